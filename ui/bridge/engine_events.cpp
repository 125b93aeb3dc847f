// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/engine_events.h"

#include "core/base/log.h"

#include <algorithm>
#include <iterator>

namespace lathe::ui {

namespace {

void appendMetrics(const api::Event& event, std::vector<EngineEvent>& out) {
  auto rows = api::decode<std::vector<api::MetricRow>>(event.body.at("rows"));
  const QString run = QString::fromStdString(event.run);
  auto* last = out.empty() ? nullptr : std::get_if<MetricsArrived>(&out.back());
  if (last && last->run == run)
    last->rows.insert(last->rows.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  else
    out.push_back(MetricsArrived{run, std::move(rows)});
}

void appendPiece(const Json& body, std::vector<EngineEvent>& out) {
  ChatPieceArrived next{intOr(body, "chat", 0), intOr(body, "message", 0), QString::fromStdString(stringOr(body, "piece", "")), {}};
  if (const Json* tokens = find(body, "tokens"))
    next.tokens = api::decode<std::vector<api::TokenTrace>>(*tokens);
  auto* last = out.empty() ? nullptr : std::get_if<ChatPieceArrived>(&out.back());
  if (last && last->chat == next.chat && last->message == next.message) {
    last->piece += next.piece;
    std::move(next.tokens.begin(), next.tokens.end(), std::back_inserter(last->tokens));
  } else
    out.push_back(std::move(next));
}

void appendDecoded(const api::Event& event, std::vector<EngineEvent>& out) {
  const Json& body = event.body;
  if (event.type == "metrics")
    appendMetrics(event, out);
  else if (event.type == "run_event")
    out.push_back(RunEventArrived{QString::fromStdString(event.run), api::decode<api::RunEvent>(body)});
  else if (event.type == "progress")
    out.push_back(RunProgressed{QString::fromStdString(event.run), QString::fromStdString(stringOr(body, "what", "")), doubleOr(body, "share", api::kNaN)});
  else if (event.type == "run")
    out.push_back(RunChanged{api::decode<api::RunSummary>(body)});
  else if (event.type == "chat")
    out.push_back(ChatMessageArrived{intOr(body, "chat", 0), api::decode<api::ChatMessage>(body.at("message"))});
  else if (event.type == "chat_piece")
    appendPiece(body, out);
  else if (event.type == "telemetry")
    out.push_back(api::decode<TelemetryArrived>(body));
  else if (event.type == "models")
    out.push_back(ModelsListChanged{});
  else if (event.type == "chats")
    out.push_back(ChatsListChanged{});
}

} // namespace

void appendEvent(const api::Event& event, std::vector<EngineEvent>& out) {
  try {
    appendDecoded(event, out);
  } catch (...) {
    logWarning("An event of type \"{}\" could not be read: {}", event.type, currentError().message);
  }
}

} // namespace lathe::ui
