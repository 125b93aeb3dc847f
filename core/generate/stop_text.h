// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lathe::generate {

/// Holds back text that could be the beginning of a stop string, and ends before the first complete one.
class StopText {
public:
  explicit StopText(std::vector<std::string> stops);
  /// Text that is certain to be shown. After stopped() everything is swallowed.
  std::string push(std::string_view text);
  /// What is still held back, when the generation ended in another way.
  std::string finish();
  bool stopped() const { return m_stopped; }

private:
  std::vector<std::string> m_stops;
  std::string m_held;
  bool m_stopped = false;
};

} // namespace lathe::generate
