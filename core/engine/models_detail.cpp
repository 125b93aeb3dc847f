// SPDX-License-Identifier: Apache-2.0
// models/*: what is inside one model, and work on models.
#include "core/engine/models.h"

#include "core/api/protocol.h"
#include "core/base/paths.h"
#include "core/engine/model_merge.h"
#include "core/engine/models_internal.h"
#include "core/io/model_scan.h"
#include "core/quant/model_tensors.h"

#include <algorithm>
#include <future>
#include <set>

namespace lathe::engine {
namespace method = api::method;
namespace {

constexpr int64_t kTensorRows = 20'000; // in one answer; some 200 bytes each

Error overtaken() { return {ErrorKind::Cancelled, "A newer text was asked for.", {}, {}}; }

std::string pathOf(const Json& params) { return absolutePath(stringOr(params, "path", "")); }

api::TensorRows tensorRows(const std::string& path, int64_t from, int64_t limit) {
  const auto tensors = quant::ModelTensors::open(path);
  const auto& all = tensors->rows();
  api::TensorRows out;
  out.total = static_cast<int64_t>(all.size());
  const int64_t begin = std::clamp<int64_t>(from, 0, out.total);
  const int64_t end = std::min(out.total, begin + std::clamp<int64_t>(limit, 1, kTensorRows));
  out.tensors.assign(all.begin() + begin, all.begin() + end);
  return out;
}

} // namespace

void Models::addDetailMethods(rpc::MethodTable& table) {
  table.addAsync(method::kModelsTensors, [this](const Json& p, const rpc::Reply& reply) {
    m_compute.post("", [path = pathOf(p), from = intOr(p, "from", 0), limit = intOr(p, "limit", kTensorRows), reply](std::stop_token) {
      reply(capture([&] { return api::encode(tensorRows(path, from, limit)); }));
    });
  });
  table.addAsync(method::kModelsText, [this](const Json& p, const rpc::Reply& reply) {
    m_compute.post("", [path = pathOf(p), what = stringOr(p, "what", ""), reply](std::stop_token) { reply(capture([&] { return api::encode(modelText(path, what)); })); });
  });
  table.addAsync(method::kModelsTokenize, [this](const Json& p, const rpc::Reply& reply) {
    m_trying.post("tokenize", [this, path = pathOf(p), text = stringOr(p, "text", ""), special = boolOr(p, "add_special", false), reply](std::stop_token stop) {
      if (stop.stop_requested())
        reply(overtaken());
      else
        reply(capture([&] { return api::encode(m_trials.tokenize(path, text, special)); }));
    });
  });
  table.addAsync(method::kModelsRender, [this](const Json& p, const rpc::Reply& reply) {
    const Json* messages = find(p, "messages");
    m_trying.post("render", [this, path = pathOf(p), messages = messages ? *messages : Json::array(), prompt = boolOr(p, "add_generation_prompt", false), reply](std::stop_token stop) {
      if (stop.stop_requested())
        reply(overtaken());
      else
        reply(capture([&] { return api::encode(m_trials.render(path, messages, prompt)); }));
    });
  });
}

void Models::addWorkMethods(rpc::MethodTable& table) {
  table.add(method::kModelsWork, [this](const Json& p) { return beginWork(p); });
  table.add(method::kModelsWorkState, [this](const Json& p) { return api::encode(m_work.state(intOr(p, "work", 0))); });
  table.add(method::kModelsWorkStop, [this](const Json& p) -> Json {
    m_work.stop(intOr(p, "work", 0));
    return Json::object();
  });
}

Json Models::beginWork(const Json& p) {
  const std::string kind = stringOr(p, "kind", "");
  ModelWork::Task task;
  if (kind == "statistics") {
    task = [path = pathOf(p), tensor = stringOr(p, "tensor", "")](const ModelWork::Progress& progress) { return api::encode(tensorStatistics(path, tensor, progress)); };
  } else if (kind == "scan") {
    task = scanTask();
  } else if (kind == "convert") {
    const std::string adapter = stringOr(p, "adapter", "");
    task = convertTask({pathOf(p), adapter.empty() ? adapter : absolutePath(adapter), stringOr(p, "to", ""), stringOr(p, "type", ""), absolutePath(stringOr(p, "out", ""))});
  } else if (kind == "merge") {
    const MergeRequest request{pathOf(p), absolutePath(stringOr(p, "adapter", "")), absolutePath(stringOr(p, "out", "")), m_context.workerProgram, m_context.home};
    task = [this, request](const ModelWork::Progress& progress) {
      Json result = mergeModel(request, progress);
      noteMade(request.out, request.path, "merged");
      return result;
    };
  } else {
    refuse("REJ:FIELD", fmt::format("\"{}\" is no work on models; it is statistics, scan, convert or merge.", kind.substr(0, 40)));
  }
  return {{"work", m_work.begin(std::move(task))}};
}

ModelWork::Task Models::scanTask() {
  return [this](const ModelWork::Progress& progress) {
    auto known = std::make_shared<std::promise<std::set<std::string>>>();
    m_context.store.post([known](store::Store& s) {
      const auto paths = capture([&] { return s.models(); });
      known->set_value(paths.ok() ? std::set<std::string>(paths->begin(), paths->end()) : std::set<std::string>());
    });
    const std::set<std::string> inList = known->get_future().get();
    const auto mark = [&](api::ModelScan scan) {
      for (api::FoundModel& found : scan.found)
        found.known = inList.contains(found.path);
      return api::encode(scan);
    };
    io::ScanOptions options;
    options.stop = progress.stop;
    options.progress = [&](const api::ModelScan& soFar, const std::string& folder, double share) {
      progress.tell(folder, share);
      progress.show(mark(soFar));
    };
    return mark(io::scanModels(io::scanPlaces(), options));
  };
}

ModelWork::Task Models::convertTask(ConvertRequest request) {
  return [this, request = std::move(request)](const ModelWork::Progress& progress) {
    Json result = convertModel(request, progress);
    if (request.adapter.empty()) // else it is no model of its own
      noteMade(request.out, request.path, request.type);
    return result;
  };
}

/// Puts what was made into the list, with what it was made from. From a thread of m_work.
void Models::noteMade(const std::string& out, const std::string& from, const std::string& how) {
  m_context.store.post([this, out, from, how](store::Store& s) {
    const auto noted = capture([&] {
      s.addModel(out, wallClock());
      auto settings = s.settings();
      Json made = settings[kMadeKey].is_object() ? settings[kMadeKey] : Json::object();
      made[out] = {{"from", from}, {"how", how}};
      s.setSettings({{kMadeKey, made}});
      return 0;
    });
    if (noted.ok())
      m_context.events.append("models", "", Json::object());
  });
}

} // namespace lathe::engine
