// SPDX-License-Identifier: Apache-2.0
#include "core/rpc/message.h"

namespace lathe::rpc {
namespace {

const JsonLimits kLimits{.bytes = limits::kFrameBytes, .depth = limits::kJsonDepth, .code = "REJ:FRAME", .what = "The message"};

std::string wrap(const Json& id, const char* key, const Json& value) {
  return R"({"jsonrpc":"2.0","id":)" + dumpJson(id) + ",\"" + key + "\":" + dumpJson(value) + "}";
}

std::string text(const Json* value) { return value && value->is_string() ? value->get<std::string>() : std::string(); }

Error errorFrom(const Json& json) {
  Error error{ErrorKind::Internal, text(find(json, "message")), {}, {}};
  const Json* data = find(json, "data");
  if (!data || !data->is_object()) {
    error.kind = ErrorKind::Protocol;
    return error;
  }
  error.kind = errorKindFromName(text(find(*data, "kind")));
  error.detail = text(find(*data, "detail"));
  error.code = text(find(*data, "code"));
  return error;
}

Message invalid(Json id, int code, std::string problem) {
  Message message;
  message.id = std::move(id);
  message.errorCode = code;
  message.problem = std::move(problem);
  return message;
}

Message parseResponse(Message message, const Json& json) {
  const Json* error = find(json, "error");
  const Json* result = find(json, "result");
  if ((!error || !error->is_object()) && !result)
    return invalid(message.id, kInvalidRequest, "A message has neither a method nor a result.");
  message.kind = Message::Kind::Response;
  if (error && error->is_object()) {
    message.failed = true;
    message.error = errorFrom(*error);
    const Json* code = find(*error, "code");
    message.errorCode = code && code->is_number_integer() ? static_cast<int>(code->get<int64_t>()) : 0;
  } else {
    message.result = *result;
  }
  return message;
}

} // namespace

Message parseMessage(std::string_view body) {
  Json json;
  try {
    json = parseJson(body, kLimits);
  } catch (...) {
    return invalid(nullptr, kParseError, currentError().message);
  }
  if (!json.is_object())
    return invalid(nullptr, kInvalidRequest, "A message has to be one object.");
  Message message;
  const Json* id = find(json, "id");
  const bool hasId = id && (id->is_string() || id->is_number_integer());
  if (id && !hasId && !id->is_null())
    return invalid(nullptr, kInvalidRequest, "The id of a message has to be an integer or a string.");
  message.id = hasId ? *id : Json(nullptr);
  if (text(find(json, "jsonrpc")) != "2.0")
    return invalid(message.id, kInvalidRequest, "A message has to say \"jsonrpc\": \"2.0\".");
  const Json* method = find(json, "method");
  if (!method)
    return parseResponse(std::move(message), json);
  if (!method->is_string() || method->get_ref<const std::string&>().empty())
    return invalid(message.id, kInvalidRequest, "The method of a message has to be a name.");
  message.method = method->get<std::string>();
  const Json* params = find(json, "params");
  message.params = params && !params->is_null() ? *params : Json::object();
  if (!message.params.is_object())
    return invalid(message.id, hasId ? kInvalidParams : kInvalidRequest, "The params of a message have to be an object.");
  message.kind = hasId ? Message::Kind::Request : Message::Kind::Notification;
  return message;
}

std::string requestText(int64_t id, const std::string& method, const Json& params) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + ",\"method\":" + dumpJson(method) + ",\"params\":" + dumpJson(params) + "}";
}

std::string notificationText(const std::string& method, const Json& params) {
  return R"({"jsonrpc":"2.0","method":)" + dumpJson(method) + ",\"params\":" + dumpJson(params) + "}";
}

std::string resultText(const Json& id, const Json& result) { return wrap(id, "result", result); }

std::string errorText(const Json& id, int code, const std::string& message) {
  return wrap(id, "error", Json{{"code", code}, {"message", message}});
}

std::string errorText(const Json& id, const Error& error) {
  const bool badField = error.code == "REJ:FIELD" || error.code == "REJ:JSON_TYPE";
  const Json data = {{"kind", errorKindName(error.kind)}, {"message", error.message}, {"detail", error.detail}, {"code", error.code}};
  return wrap(id, "error", Json{{"code", badField ? kInvalidParams : kOperationFailed}, {"message", error.message}, {"data", data}});
}

void MethodTable::add(const std::string& name, std::function<Json(const Json&)> method) {
  m_methods[name] = [method = std::move(method)](const Json& params, const Reply& reply) {
    reply(capture([&] { return method(params); }));
  };
}

void MethodTable::addAsync(const std::string& name, Method method) { m_methods[name] = std::move(method); }

const Method* MethodTable::find(const std::string& name) const {
  const auto it = m_methods.find(name);
  return it == m_methods.end() ? nullptr : &it->second;
}

} // namespace lathe::rpc
