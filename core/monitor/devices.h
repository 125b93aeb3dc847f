// SPDX-License-Identifier: Apache-2.0
// Accelerators through NVML, which is loaded at run time: without a driver the list is empty and nothing else changes.
#pragma once

#include "core/api/values.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe::monitor {

class Devices {
public:
  Devices();
  ~Devices();
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;

  /// True when NVML was loaded and started.
  bool available() const;
  /// Why not, in one sentence; empty when available.
  const std::string& problem() const;
  std::string driverVersion() const; // "580.65.06"; empty when unknown
  /// Figures of every GPU at this moment; a figure the driver does not give is NaN.
  std::vector<api::DeviceTelemetry> sample() const;

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace lathe::monitor
