// SPDX-License-Identifier: Apache-2.0
// The worker's control socket. The logic lives in core/rpc/control_server.h, which is free of LibTorch.
#pragma once

#include "core/rpc/control_server.h"

namespace lathe::worker {

using rpc::ControlHandler;
using rpc::ControlServer;

} // namespace lathe::worker
