// SPDX-License-Identifier: Apache-2.0
#include "core/engine/model_work.h"

#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/data/tokenizer_export.h"
#include "core/data/vocabulary_export.h"
#include "core/quant/folder_export.h"
#include "core/quant/gguf_export.h"
#include "core/quant/model_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <thread>

namespace lathe::engine {
namespace {

constexpr int kWorkingAtOnce = 4;
constexpr size_t kRemembered = 50;

std::function<void(uint64_t, uint64_t)> byteProgress(const ModelWork::Progress& progress, const std::string& what) {
  return [tell = progress.tell, what](uint64_t done, uint64_t total) {
    tell(fmt::format("{}: {} of {}", what, formatBytes(done), formatBytes(total)), total ? static_cast<double>(done) / static_cast<double>(total) : 0);
  };
}

io::DType folderDtype(const std::string& name) {
  if (name == "f32" || name == "float32")
    return io::DType::F32;
  if (name == "f16" || name == "float16")
    return io::DType::F16;
  if (name == "bf16" || name == "bfloat16")
    return io::DType::BF16;
  refuse("REJ:FIELD", fmt::format("A model folder can be written as f32, f16 or bf16, not {}.", name.substr(0, 40)));
}

std::vector<std::string> writeGguf(const io::ModelFolder& folder, const ConvertRequest& request, const ModelWork::Progress& progress) {
  const auto mix = quant::ggufMixFromName(request.type);
  if (!mix)
    refuse("REJ:FIELD", fmt::format("The type {} is not known; use one of {}.", request.type.substr(0, 40), quant::ggufMixNames()));
  quant::GgufExport options;
  options.mix = *mix;
  std::vector<std::string> notes;
  if (folder.tokenizerFile().empty())
    notes.push_back("The model has no tokenizer, so the file has no vocabulary; programs that chat need one.");
  else
    options.vocabulary = data::vocabularyForGguf(folder);
  options.name = request.out.substr(request.out.rfind('/') + 1);
  if (options.name.ends_with(".gguf"))
    options.name.resize(options.name.size() - 5);
  options.progress = byteProgress(progress, "Writing");
  options.stop = progress.stop;
  for (std::string& note : quant::exportGguf(folder, request.out, options))
    notes.push_back(std::move(note));
  return notes;
}

} // namespace

struct ModelWork::Job {
  mutable std::mutex mutex;
  api::ModelWorkState state;
  std::jthread thread; // last: ends before the rest goes

  void run(std::stop_token stop, const Task& task) {
    const Progress progress{[this](const std::string& what, double share) {
                              std::scoped_lock lock(mutex);
                              state.what = what;
                              state.share = share;
                            },
                            [this](Json soFar) {
                              std::scoped_lock lock(mutex);
                              state.result = std::move(soFar);
                            },
                            stop};
    auto result = capture([&] { return task(progress); });
    std::scoped_lock lock(mutex);
    if (result.ok()) {
      state.result = std::move(*result);
      state.state = "done";
      state.share = 1;
    } else {
      state.state = result.error().kind == ErrorKind::Cancelled || stop.stop_requested() ? "stopped" : "failed";
      state.error = result.error().message;
    }
  }
  bool isWorking() const {
    std::scoped_lock lock(mutex);
    return state.state == "working";
  }
};

void ModelWork::end() {
  for (const auto& [number, job] : m_jobs)
    job->thread.request_stop();
  m_jobs.clear();
}

int64_t ModelWork::begin(Task task) {
  if (std::count_if(m_jobs.begin(), m_jobs.end(), [](const auto& entry) { return entry.second->isWorking(); }) >= kWorkingAtOnce)
    throw Exception(ErrorKind::Conflict, fmt::format("{} pieces of work on models are under way already. Wait for one of them, or stop it.", kWorkingAtOnce));
  forgetOld();
  auto job = std::make_shared<Job>();
  job->thread = std::jthread([job = job.get(), task = std::move(task)](std::stop_token stop) { job->run(stop, task); });
  m_jobs[m_next] = std::move(job);
  return m_next++;
}

void ModelWork::forgetOld() {
  for (auto it = m_jobs.begin(); it != m_jobs.end() && m_jobs.size() >= kRemembered;)
    it = it->second->isWorking() ? std::next(it) : m_jobs.erase(it);
}

std::shared_ptr<ModelWork::Job> ModelWork::find(int64_t work) const {
  const auto it = m_jobs.find(work);
  if (it == m_jobs.end())
    throw Exception(ErrorKind::NotFound, fmt::format("There is no work with the number {}; the engine may have been started again. Begin it again.", work));
  return it->second;
}

api::ModelWorkState ModelWork::state(int64_t work) const {
  const auto job = find(work);
  std::scoped_lock lock(job->mutex);
  return job->state;
}

void ModelWork::stop(int64_t work) { find(work)->thread.request_stop(); }

bool ModelWork::isBusy() const {
  return std::any_of(m_jobs.begin(), m_jobs.end(), [](const auto& entry) { return entry.second->isWorking(); });
}

api::TensorStatistics tensorStatistics(const std::string& path, const std::string& tensor, const ModelWork::Progress& progress) {
  progress.tell("Opening the model", api::kNaN);
  const auto tensors = quant::ModelTensors::open(path);
  std::string of;
  const io::NumberSource source = tensors->numbers(tensor, of);
  io::StatisticsOptions options;
  options.progress = [&](double share) { progress.tell("Reading the tensor", share); };
  options.stop = progress.stop;
  api::TensorStatistics out = io::measureNumbers(source, options);
  out.name = tensor;
  out.of = of;
  return out;
}

Json convertModel(const ConvertRequest& request, const ModelWork::Progress& progress) {
  if (fileExists(request.out) || isDirectory(request.out))
    throw Exception(ErrorKind::Conflict, fmt::format("{} is there already. Choose another name; nothing is overwritten.", request.out));
  if (request.to != "gguf" && request.to != "safetensors")
    refuse("REJ:FIELD", fmt::format("\"{}\" is no format to convert to; it is gguf or safetensors.", request.to.substr(0, 40)));
  progress.tell("Opening the model", api::kNaN);
  makeDirectories(std::filesystem::path(request.out).parent_path().string());
  std::vector<std::string> notes;
  if (!request.adapter.empty()) {
    if (request.to != "gguf")
      refuse("REJ:FIELD", "An adapter is converted to GGUF only; `lathe merge` makes a model folder with it.");
    quant::exportLoraGguf(io::AdapterFiles::open(request.adapter), io::readModelConfig(request.path), request.out);
    return {{"out", request.out}, {"notes", notes}};
  }
  const auto folder = io::ModelFolder::open(request.path);
  if (request.to == "gguf") {
    notes = writeGguf(*folder, request, progress);
  } else {
    quant::FolderExport options;
    options.dtype = folderDtype(request.type);
    options.progress = byteProgress(progress, "Writing");
    options.stop = progress.stop;
    options.writeTokenizer = data::tryWriteTokenizerOfGguf;
    notes = quant::exportFolder(*folder, request.out, options);
  }
  return {{"out", request.out}, {"notes", notes}};
}

} // namespace lathe::engine
