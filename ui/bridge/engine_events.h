// SPDX-License-Identifier: GPL-3.0-or-later
// What comes from the engine, decoded on the connection's thread so that the GUI thread only moves finished values.
#pragma once

#include "core/api/values.h"

#include <QString>

#include <functional>
#include <memory>
#include <variant>
#include <vector>

namespace lathe::ui {

struct MetricsArrived {
  QString run;
  std::vector<api::MetricRow> rows;
};
struct RunEventArrived {
  QString run;
  api::RunEvent event;
};
struct RunProgressed { // of a run that prepares
  QString run, what; // "Loading the model", in English
  double share = 0;  // 0 … 1
};
struct RunChanged {
  api::RunSummary run;
};
struct ChatMessageArrived {
  qint64 chat = 0;
  api::ChatMessage message;
};
struct ChatPieceArrived {
  qint64 chat = 0, message = 0;
  QString piece;
  std::vector<api::TokenTrace> tokens; // where the conversation asks for them
};
struct HostTelemetry {
  int64_t memoryUsed = 0, memoryTotal = 0; // bytes
  double cpu = api::kNaN;                  // percent
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("memory_used", s.memoryUsed);
    field("memory_total", s.memoryTotal);
    field("cpu", s.cpu);
  }
};
struct TelemetryArrived {
  std::vector<api::DeviceTelemetry> devices;
  HostTelemetry host;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("devices", s.devices);
    field("host", s.host);
  }
};
struct ModelsListChanged {};
struct ChatsListChanged {};

using EngineEvent = std::variant<MetricsArrived, RunEventArrived, RunProgressed, RunChanged, ChatMessageArrived, ChatPieceArrived,
                                 TelemetryArrived, ModelsListChanged, ChatsListChanged>;

/// Decodes one event and appends it; metrics of the same run are joined. Unknown types and bodies that do not decode are dropped
/// (a newer engine may send more).
void appendEvent(const api::Event& event, std::vector<EngineEvent>& out);

enum class LinkState { Connecting, Connected, Lost };

/// One message of the connection to the GUI thread.
struct LinkChanged {
  LinkState state = LinkState::Connecting;
  QString reason;
  Json hello;            // when connected
  bool continued = false; // the same engine process: no event was missed
};
using AnswerFunction = std::function<void()>; // delivers an answer that is already decoded
using Incoming = std::variant<LinkChanged, AnswerFunction, EngineEvent>;

} // namespace lathe::ui
