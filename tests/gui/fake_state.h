// SPDX-License-Identifier: GPL-3.0-or-later
// The scripted world behind FakeEngine: runs, models, conversations. Everything is a function of step or index, so that tests know
// what must arrive.
#pragma once

#include "core/api/doctor.h"
#include "core/api/batch_values.h"
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

/// A piece of work on models: it has `length` answers, the last one its result.
struct FakeWork {
  int64_t number = 0;
  Json params = Json::object();
  int asked = 0, length = 3;
  bool endless = false, stopped = false;
  std::string failure;
};

struct State {
  FakeWork work;
  int layers = 30;            // of every model
  bool modelsChanged = false; // to be announced
  std::map<std::string, Run> runs;
  std::vector<api::ModelSummary> models;
  std::map<int64_t, api::Chat> chats;
  std::map<int64_t, bool> deletedChats;
  Json settings = Json::object();
  api::DoctorReport doctor = demoDoctor();
  std::vector<std::string> engineLog = {"2026-11-22T14:28:01.113 info The engine serves 14 runs", "2026-11-22T14:30:55.402 info Run 20261122-143055-support-tone-r32 was started as process 48211",
                                        "2026-11-22T14:31:07.020 warning The GPU is at 83 °C"};
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
/// The `probes` section of the running run, and what it and its base say to them.
Json demoProbes();
std::vector<api::RunEvent> sampleEvents(int64_t step, bool base, double time);
api::StepBatch batchFor(int64_t step);
api::MemoryPlan planFor(const Json& spec);
api::DataPreview previewFor(const Json& spec, int64_t rows);
/// The reply of a pane, whole.
std::string replyText(const api::ChatPane& pane, const std::string& prompt);
std::vector<std::string> pieces(const std::string& text);

} // namespace lathe::fake
