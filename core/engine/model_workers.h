// SPDX-License-Identifier: Apache-2.0
// Processes that hold a base model for chat: one per model path and device, started on demand, found again after a restart of the engine, ended
// after five minutes without work.
#pragma once

#include "core/engine/context.h"
#include "core/monitor/uses.h"
#include "core/rpc/async_client.h"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace lathe::engine {

class ModelWorkers {
public:
  explicit ModelWorkers(Context& context);
  ~ModelWorkers();

  /// `generate` of protocol.h on the worker that holds `modelPath` on `device` (auto | cpu | cuda:N). Events text and text_end of this request go to `event`; when the worker is lost
  /// `event` gets a text_end with state "failed". Returns at once.
  void generate(const std::string& modelPath, const std::string& device, const Json& params, std::function<void(const api::Event&)> event);
  void cancel(const std::string& request);
  bool isBusy() const { return !m_requests.empty(); }
  /// The workers, with their memory by category as of their last answers.
  std::vector<monitor::WorkerUse> uses() const;

private:
  struct Worker;
  struct Request {
    std::string model;
    std::function<void(const api::Event&)> event;
  };
  std::string socketOf(const std::string& modelPath, const std::string& device) const;
  void findRunning();
  void start(const std::shared_ptr<Worker>& worker);
  void connect(const std::shared_ptr<Worker>& worker);
  void onEvent(const api::Event& event);
  void onClosed(const std::shared_ptr<Worker>& worker, const Error& why);
  void finish(const std::string& request, const std::string& problem);
  void failAll(const std::string& model, const std::string& problem);
  void tick();

  Context& m_context;
  std::map<std::string, std::shared_ptr<Worker>> m_workers; // by socket
  std::map<std::string, Request> m_requests;
  uint64_t m_timer = 0;
};

} // namespace lathe::engine
