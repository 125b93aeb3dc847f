// SPDX-License-Identifier: Apache-2.0
// Internal to core/io: a connection, plain or with TLS (where this build has OpenSSL; certificates of the system, host name checked).
#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace lathe::io {

class HubStream {
public:
  /// Io when nobody answers within the timeout; Unsupported for `secure` without OpenSSL.
  HubStream(const std::string& host, const std::string& port, bool secure, int timeoutSeconds, std::stop_token stop);
  ~HubStream();
  HubStream(const HubStream&) = delete;
  HubStream& operator=(const HubStream&) = delete;
  void write(std::string_view text);
  /// 0 at the end of the stream or after the timeout. Cancelled when asked to stop.
  size_t read(char* into, size_t most);

private:
  bool ready(short events) const;
  struct Tls;
  std::string m_host;
  int m_fd = -1, m_timeoutSeconds;
  std::stop_token m_stop;
  std::unique_ptr<Tls> m_tls;
};

} // namespace lathe::io
