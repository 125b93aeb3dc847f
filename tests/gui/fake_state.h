// SPDX-License-Identifier: GPL-3.0-or-later
// The scripted world behind FakeEngine: runs, models, conversations. Everything is a function of step or index, so that tests know
// what must arrive.
#pragma once

#include "core/api/doctor.h"
#include "core/api/values.h"

#include <map>
#include <string>
#include <vector>

namespace lathe::fake {

struct Run {
  api::RunSummary summary;
  Json spec;
  std::vector<api::RunEvent> events;
  std::vector<api::MetricRow> rows;
};

/// A machine in good order but for a few things.
api::DoctorReport demoDoctor();
/// A GPU at work and the processor beside it, at `seconds` of its story.
std::vector<api::DeviceTelemetry> gpuMachine(double seconds);
/// The processor alone.
std::vector<api::DeviceTelemetry> cpuMachine(double seconds);
Json telemetryOf(const std::vector<api::DeviceTelemetry>& devices);

struct State {
  std::map<std::string, Run> runs;
  std::vector<api::ModelSummary> models;
  std::map<int64_t, api::Chat> chats;
  std::map<int64_t, bool> deletedChats;
  Json settings = Json::object();
  api::DoctorReport doctor = demoDoctor();
  int64_t nextId = 1;
};

api::MetricRow rowAt(int64_t step, int64_t totalSteps);
/// A run with `steps` rows of history.
Run makeRun(const std::string& id, const std::string& name, api::RunState state, int64_t steps, int64_t totalSteps);
/// The refreshed summary fields that follow from the rows.
void summarize(Run& run);
Json specFor(const std::string& name);
/// What the screenshots show.
State demoState();
api::MemoryPlan planFor(const Json& spec);
api::DataPreview previewFor(const Json& spec, int64_t rows);
/// The reply of a pane, whole.
std::string replyText(const api::ChatPane& pane, const std::string& prompt);
std::vector<std::string> pieces(const std::string& text);

} // namespace lathe::fake
