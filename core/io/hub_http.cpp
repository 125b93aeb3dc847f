// SPDX-License-Identifier: Apache-2.0
#include "core/io/hub_http.h"

#include "core/base/error.h"
#include "core/io/hub_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace lathe::io {
namespace {

constexpr size_t kHeaderBytes = 64 << 10;
constexpr int kRedirects = 5;

struct Url {
  bool secure = false;
  std::string host, port, path;
};

Url parseUrl(const std::string& text) {
  Url out;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    out.secure = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    throw Exception(ErrorKind::Usage, fmt::format("{} is no address that begins with http:// or https://.", text));
  }
  const size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  out.path = slash < rest.size() ? std::string(rest.substr(slash)) : "/";
  if (out.path[0] == '?')
    out.path.insert(0, "/");
  const size_t colon = authority.rfind(':');
  out.host = std::string(authority.substr(0, colon));
  out.port = colon == std::string_view::npos ? (out.secure ? "443" : "80") : std::string(authority.substr(colon + 1));
  const auto bad = [](std::string_view part) { return part.empty() || part.find_first_of("@\r\n \t") != std::string_view::npos; };
  if (bad(out.host) || bad(out.port) || out.path.find_first_of("\r\n \t") != std::string::npos)
    throw Exception(ErrorKind::Usage, fmt::format("{} is no address of a hub.", text));
  return out;
}

std::optional<uint64_t> wholeNumber(std::string_view text, int base) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(out) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

class Exchange {
public:
  Exchange(const HttpRequest& request, const Url& url, bool withSecret) : m_url(url), m_stream(url.host, url.port, url.secure, request.timeoutSeconds, request.stop) {
    std::string text = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: lathe\r\nAccept-Encoding: identity\r\nConnection: close\r\n", url.path, url.port == "80" || url.port == "443" ? url.host : url.host + ":" + url.port);
    if (request.from > 0)
      text += fmt::format("Range: bytes={}-\r\n", request.from);
    for (const auto& [name, value] : request.headers)
      if (withSecret || name != "authorization")
        text += fmt::format("{}: {}\r\n", name, value);
    m_stream.write(text + "\r\n");
  }

  HttpResponse head() {
    const size_t end = headerEnd();
    HttpResponse out;
    std::string_view text = std::string_view(m_held).substr(0, end);
    const size_t first = text.find("\r\n");
    const std::string_view line = text.substr(0, first);
    const auto status = line.starts_with("HTTP/1.") && line.size() >= 12 ? wholeNumber(line.substr(9, 3), 10) : std::nullopt;
    if (!status)
      throw Exception(ErrorKind::Protocol, fmt::format("{} did not answer with HTTP/1.1. Check the address of the hub.", m_url.host));
    out.status = static_cast<int>(*status);
    for (text.remove_prefix(first + 2); !text.empty();) {
      const size_t stop = std::min(text.find("\r\n"), text.size()), colon = text.find(':');
      if (colon < stop) {
        std::string name(trimmed(text.substr(0, colon)));
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        out.headers[name] = std::string(trimmed(text.substr(colon + 1, stop - colon - 1)));
      }
      text.remove_prefix(std::min(stop + 2, text.size()));
    }
    m_held.erase(0, end + 4);
    return out;
  }

  void body(HttpResponse& response, const std::function<void(std::span<const std::byte>)>& give) {
    const auto coding = response.headers.find("transfer-encoding");
    if (coding != response.headers.end() && coding->second == "chunked")
      return chunks(response, give);
    const auto length = response.headers.find("content-length");
    const auto announced = length == response.headers.end() ? std::nullopt : wholeNumber(length->second, 10);
    if (length != response.headers.end() && !announced)
      throw Exception(ErrorKind::Protocol, fmt::format("{} announced a body of \"{}\" bytes.", m_url.host, length->second.substr(0, 40)));
    response.complete = pass(announced.value_or(UINT64_MAX), response, give) || !announced;
  }

private:
  size_t headerEnd() {
    for (size_t end; (end = m_held.find("\r\n\r\n")) == std::string::npos;) {
      if (m_held.size() > kHeaderBytes)
        throw Exception(ErrorKind::Protocol, fmt::format("{} sent more than {} bytes of headers.", m_url.host, kHeaderBytes));
      if (!more())
        throw Exception(ErrorKind::Io, fmt::format("{} closed the connection without an answer. Try again.", m_url.host));
    }
    return m_held.find("\r\n\r\n");
  }

  bool more() {
    char piece[64 << 10];
    const size_t got = m_stream.read(piece, sizeof piece);
    m_held.append(piece, got);
    return got > 0;
  }

  /// Gives on up to n bytes; false when the stream ended before.
  bool pass(uint64_t n, HttpResponse& response, const std::function<void(std::span<const std::byte>)>& give) {
    while (n > 0) {
      if (m_held.empty() && !more())
        return false;
      const size_t piece = static_cast<size_t>(std::min<uint64_t>(n, m_held.size()));
      give(std::as_bytes(std::span(m_held.data(), piece)));
      response.received += piece;
      n -= piece;
      m_held.erase(0, piece);
    }
    return true;
  }

  void chunks(HttpResponse& response, const std::function<void(std::span<const std::byte>)>& give) {
    while (true) {
      size_t end;
      while ((end = m_held.find("\r\n")) == std::string::npos)
        if (m_held.size() > 256 || !more())
          return;
      const auto size = wholeNumber(std::string_view(m_held).substr(0, std::min(m_held.find_first_of(";\r"), end)), 16);
      if (!size)
        throw Exception(ErrorKind::Protocol, fmt::format("{} sent a piece without its length.", m_url.host));
      m_held.erase(0, end + 2);
      if (*size == 0) {
        response.complete = true;
        return;
      }
      if (!pass(*size, response, give))
        return;
      while (m_held.size() < 2)
        if (!more())
          return;
      m_held.erase(0, 2);
    }
  }

  Url m_url;
  HubStream m_stream;
  std::string m_held; // read and not yet used
};

} // namespace

HttpResponse httpGet(const HttpRequest& request, const std::function<void(const HttpResponse&)>& begin, const std::function<void(std::span<const std::byte>)>& body) {
  const Url first = parseUrl(request.url);
  Url url = first;
  for (int turn = 0; turn <= kRedirects; ++turn) {
    Exchange exchange(request, url, url.host == first.host && url.port == first.port && url.secure == first.secure);
    HttpResponse response = exchange.head();
    const auto place = response.headers.find("location");
    if (response.status >= 300 && response.status < 400 && place != response.headers.end()) {
      const std::string origin = fmt::format("{}://{}:{}", url.secure ? "https" : "http", url.host, url.port);
      const bool relative = place->second.starts_with("/") && !place->second.starts_with("//");
      if (const Url next = parseUrl(relative ? origin + place->second : place->second); url.secure && !next.secure)
        throw Exception(ErrorKind::Protocol, fmt::format("{} sends on from https to http; that is not followed.", url.host));
      else
        url = next;
      continue;
    }
    begin(response);
    exchange.body(response, response.status >= 200 && response.status < 300 ? body : [](std::span<const std::byte>) {});
    return response;
  }
  throw Exception(ErrorKind::Protocol, fmt::format("{} was sent on more than {} times.", request.url, kRedirects));
}

} // namespace lathe::io
