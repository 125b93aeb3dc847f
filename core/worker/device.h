// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace lathe::worker {

/// "cpu", "cuda", "cuda:N" or "auto" (a GPU where one is usable, else the CPU). Loads the GPU back end (before any tensor operation) and makes
/// the device current. Usage for other words; NotFound when a GPU is asked for and none is usable, with the reason.
c10::Device deviceFor(const std::string& name);

/// Computing threads: `threads`, or every core when 0. Call once, before any tensor operation.
void setThreads(int threads);

} // namespace lathe::worker
