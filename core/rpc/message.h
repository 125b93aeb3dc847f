// SPDX-License-Identifier: Apache-2.0
// JSON-RPC 2.0 messages and Lathe's errors inside them. Nothing here throws on hostile input.
#pragma once

#include "core/base/error.h"
#include "core/base/json.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace lathe::rpc {

inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kOperationFailed = -32000;

/// What arrived in one frame.
struct Message {
  enum class Kind { Request, Notification, Response, Invalid };
  Kind kind = Kind::Invalid;
  Json id;            // number or string; null for notifications
  std::string method; // requests and notifications
  Json params;        // object (empty when absent)
  Json result;        // responses that succeeded
  bool failed = false; // responses: `error` counts
  Error error;
  int errorCode = 0;   // Invalid: what to answer; failed responses: the code received
  std::string problem; // Invalid: one sentence
};

Message parseMessage(std::string_view body);

std::string requestText(int64_t id, const std::string& method, const Json& params);
std::string notificationText(const std::string& method, const Json& params);
std::string resultText(const Json& id, const Json& result);
std::string errorText(const Json& id, int code, const std::string& message);
/// A failed operation: code −32000 (−32602 for refused fields) with data {kind, message, detail, code}.
std::string errorText(const Json& id, const Error& error);

/// Answers one request; may be called from any thread, once. Ignored when the client is gone.
using Reply = std::function<void(Result<Json>)>;
/// Runs on the server's loop thread and must not block.
using Method = std::function<void(const Json& params, Reply reply)>;

/// Methods by name.
class MethodTable {
public:
  /// Answers at once; what it throws becomes the error.
  void add(const std::string& name, std::function<Json(const Json& params)> method);
  /// Answers later.
  void addAsync(const std::string& name, Method method);
  const Method* find(const std::string& name) const;

private:
  std::map<std::string, Method> m_methods;
};

} // namespace lathe::rpc
