// SPDX-License-Identifier: Apache-2.0
#include "core/io/hub_stream.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef LATHE_WITH_OPENSSL
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif

namespace lathe::io {
namespace {

constexpr int kSliceMilliseconds = 100; // how often the stop request is looked at

int connectTo(const std::string& host, const std::string& port, int timeoutSeconds) {
  addrinfo hints{}, *list = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list); error != 0)
    throw Exception(ErrorKind::Io, fmt::format("{} was not found ({}). Check the network and the address of the hub.", host, ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  int problem = 0;
  for (const addrinfo* at = list; at; at = at->ai_next) {
    const int fd = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0)
      continue;
    const timeval limit{timeoutSeconds, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit); // of connect(), too
    if (::connect(fd, at->ai_addr, at->ai_addrlen) == 0)
      return fd;
    problem = errno;
    ::close(fd);
  }
  throw Exception(ErrorKind::Io, fmt::format("{}:{} does not answer ({}). Check the network and the address of the hub.", host, port, std::strerror(problem)));
}

} // namespace

#ifdef LATHE_WITH_OPENSSL
struct HubStream::Tls {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, SSL_free};

  Tls(int fd, const std::string& host) {
    SSL_CTX_set_default_verify_paths(context.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    ssl.reset(SSL_new(context.get()));
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
    SSL_set1_host(ssl.get(), host.c_str());
    SSL_set_fd(ssl.get(), fd);
    if (SSL_connect(ssl.get()) == 1)
      return;
    const long verified = SSL_get_verify_result(ssl.get());
    throw Exception(ErrorKind::Io, fmt::format("The secure connection to {} failed ({}).", host, verified != X509_V_OK ? X509_verify_cert_error_string(verified) : "no agreement on TLS"));
  }
};
#else
struct HubStream::Tls {
  Tls(int, const std::string& host) { throw Exception(ErrorKind::Unsupported, fmt::format("{} needs https, and this build of Lathe was made without OpenSSL. Install libssl-dev and build again.", host)); }
};
#endif

HubStream::HubStream(const std::string& host, const std::string& port, bool secure, int timeoutSeconds, std::stop_token stop)
    : m_host(host), m_fd(connectTo(host, port, timeoutSeconds)), m_timeoutSeconds(timeoutSeconds), m_stop(std::move(stop)) {
  const timeval limit{timeoutSeconds, 0};
  ::setsockopt(m_fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  try {
    if (secure)
      m_tls = std::make_unique<Tls>(m_fd, host);
  } catch (...) {
    ::close(m_fd);
    throw;
  }
}

HubStream::~HubStream() {
  m_tls.reset();
  ::close(m_fd);
}

bool HubStream::ready(short events) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(m_timeoutSeconds);
  while (std::chrono::steady_clock::now() < end) {
    if (m_stop.stop_requested())
      throw Exception(ErrorKind::Cancelled, "The download was stopped. What came is kept; the next pull goes on from there.");
    pollfd one{m_fd, events, 0};
    if (::poll(&one, 1, kSliceMilliseconds) > 0)
      return true;
  }
  return false;
}

void HubStream::write(std::string_view text) {
  while (!text.empty()) {
    ssize_t n = -1;
#ifdef LATHE_WITH_OPENSSL
    if (m_tls)
      n = SSL_write(m_tls->ssl.get(), text.data(), static_cast<int>(text.size()));
    else
#endif
      n = ::send(m_fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0)
      throw Exception(ErrorKind::Io, fmt::format("The connection to {} broke. Try again.", m_host));
    text.remove_prefix(static_cast<size_t>(n));
  }
}

size_t HubStream::read(char* into, size_t most) {
#ifdef LATHE_WITH_OPENSSL
  if (m_tls) {
    if (SSL_pending(m_tls->ssl.get()) == 0 && !ready(POLLIN))
      return 0;
    const int n = SSL_read(m_tls->ssl.get(), into, static_cast<int>(most));
    return n > 0 ? static_cast<size_t>(n) : 0;
  }
#endif
  if (!ready(POLLIN))
    return 0;
  const ssize_t n = ::recv(m_fd, into, most, 0);
  return n > 0 ? static_cast<size_t>(n) : 0;
}

} // namespace lathe::io
