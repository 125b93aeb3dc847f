// SPDX-License-Identifier: Apache-2.0
// The engine's view of all runs: folders are followed, the index and the clients told, queued runs started one at a time, dead
// workers noticed.
#pragma once

#include "core/engine/compute_thread.h"
#include "core/engine/context.h"
#include "core/engine/file_follower.h"
#include "core/engine/run_files.h"
#include "core/monitor/uses.h"
#include "core/rpc/async_client.h"

#include <map>
#include <memory>
#include <string>

namespace lathe::engine {

class Batches;

class Runs {
public:
  explicit Runs(Context& context);
  ~Runs();

  /// Before the loop runs: what the index knows, then what the folders say.
  void load(std::vector<store::RunRecord> records);
  void addMethods(rpc::MethodTable& table);
  /// A run that is neither ended nor waiting, or one that waits.
  bool isBusy() const;
  /// The training workers, with their memory by category as of their last answers.
  std::vector<monitor::WorkerUse> uses() const;
  /// What telemetry says about where the runs compute, with uses() attributed: an alert where one fell back to the processor.
  void noteDevices(const std::vector<api::DeviceTelemetry>& devices);
  /// Folders of results that can be chosen as models: run name, folder of the adapter or model, its base model's path (empty: trained from scratch), method.
  struct ResultFolder {
    std::string name, path, base, method;
    bool adapter = false;
  };
  std::vector<ResultFolder> results() const;
  /// Called when a run ended with a result, was deleted or came back.
  std::function<void()> onResultsChanged;
  /// Called when a run ended that was seen to train long enough: median tokens per second of its last steps.
  std::function<void(const api::RunSummary&, double tokensPerS)> onMeasured;

private:
  struct Run;
  using RunPointer = std::shared_ptr<Run>;
  RunPointer find(const Json& params) const;
  void scan();
  void adopt(const std::string& id, const std::string& folder, bool deleted, const store::RunRecord* record);
  void tick();
  void follow(const RunPointer& run);
  void readStatusOf(const RunPointer& run);
  void takeMetrics(Run& run, FileFollower::Piece piece);
  void takeEvents(Run& run, FileFollower::Piece piece);
  void checkWorker(const RunPointer& run);
  void connectWorker(const RunPointer& run);
  void pollWorkers();
  void startNext();
  void launch(const RunPointer& run);
  void endRun(const RunPointer& run, api::RunState state, const std::string& error);
  void flush(Run& run);
  void indexAgain(const std::string& id);
  void announce(Run& run);
  Json start(const Json& params);
  Json resume(const Json& params);
  void control(const Json& params, const rpc::Reply& reply);
  Json moveToBin(const Json& params);
  Json restore(const Json& params);
  Json purge(const Json& params);
  Json rename(const Json& params);
  Json tag(const Json& params);
  void batch(const Json& params, const rpc::Reply& reply);
  void showAlerts(Run& run);
  void countDisk(const RunPointer& run);
  Json list(const Json& params) const;
  void get(const Json& params, const rpc::Reply& reply);
  void metrics(const Json& params, const rpc::Reply& reply);

  Context& m_context;
  std::string m_runsFolder, m_binFolder;
  std::map<std::string, RunPointer> m_runs;
  int64_t m_ticks = 0;
  int m_counts = 0;         // folders that are being measured or wait for it
  std::unique_ptr<Batches> m_batches;
  ComputeThread m_counting; // sizes of folders; last, so that it ends first
};

} // namespace lathe::engine
