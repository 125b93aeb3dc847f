// SPDX-License-Identifier: Apache-2.0
// Internal to core/io: a small HTTP/1.1 client for downloads: one request a connection, redirects, ranges, limits on what the other side sends.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>

namespace lathe::io {

struct HttpRequest {
  std::string url;                            // http:// or https://
  std::map<std::string, std::string> headers; // "authorization" goes to the first host only
  uint64_t from = 0;                          // > 0: Range: bytes=from-
  std::stop_token stop = {};
  int timeoutSeconds = 30;                    // without a byte
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers; // lower-case names
  uint64_t received = 0;                      // bytes of the body
  bool complete = false;                      // the whole body came
};

/// Follows up to five redirects. `body` gets the pieces of a 2xx answer's body; `begin` sees its status and headers before. Throws Io for a network that
/// fails before an answer, Unsupported for https where this build has no OpenSSL, Protocol for answers that are no HTTP, Cancelled.
/// A body that breaks off is no throw: `complete` is false.
HttpResponse httpGet(const HttpRequest& request, const std::function<void(const HttpResponse&)>& begin, const std::function<void(std::span<const std::byte>)>& body);

} // namespace lathe::io
