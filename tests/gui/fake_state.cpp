// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/fake_state.h"

#include "core/base/random.h"

#include <algorithm>
#include <cmath>

namespace lathe::fake {

namespace {

constexpr int64_t kMiB = 1 << 20;
constexpr double kEpoch = 1795356000; // the demo's clock: a fixed afternoon

double noise(int64_t step, uint64_t stream) { return randomUniform(7, stream, static_cast<uint64_t>(step)) - 0.5; }

api::ModelSummary model(const char* path, const char* name, int64_t parameters, int64_t layers, int64_t hidden, int64_t context, int64_t vocab) {
  api::ModelSummary out;
  out.path = path;
  out.name = name;
  out.architecture = "llama";
  out.kind = "base";
  out.parameters = parameters;
  out.bytes = parameters * 2;
  out.layers = layers;
  out.hiddenSize = hidden;
  out.context = context;
  out.vocab = vocab;
  out.dtype = "bfloat16";
  out.hasTemplate = true;
  return out;
}

api::ChatMessage message(int64_t id, int64_t parent, const char* role, const std::string& text, int64_t pane) {
  api::ChatMessage out;
  out.id = id;
  out.parent = parent;
  out.role = role;
  out.text = text;
  out.pane = pane;
  out.state = "done";
  out.created = kEpoch;
  if (pane >= 0) {
    out.firstTokenMs = 41 + 3.0 * static_cast<double>(pane);
    out.tokensPerS = 212 - 8.0 * static_cast<double>(pane);
    out.tokens = static_cast<int64_t>(text.size() / 4);
  }
  return out;
}

const char* kPrompt = "My parcel is late and nobody answers my mails. What now?";

void addChats(State& state) {
  const char* titles[] = {"Late parcel", "Return of worn shoes", "Invoice to a company", "Sums, temperature 0", "故事续写"};
  for (int i = 0; i < 5; ++i) {
    api::Chat chat;
    chat.id = state.nextId++;
    chat.title = titles[i];
    chat.panes = {{"/models/SmolLM2-135M-Instruct", "", 1.0}};
    if (i < 2)
      chat.panes.push_back({"/models/SmolLM2-135M-Instruct", "/runs/20261122-140211-support-tone/adapter", 1.0});
    if (i == 0) {
      chat.messages.push_back(message(1, 0, "user", kPrompt, -1));
      for (int64_t pane = 0; pane < 2; ++pane)
        chat.messages.push_back(message(2 + pane, 1, "assistant", replyText(chat.panes[static_cast<size_t>(pane)], kPrompt), pane));
    }
    state.chats[chat.id] = chat;
  }
  state.nextId = 100;
}

} // namespace

api::MetricRow rowAt(int64_t step, int64_t totalSteps) {
  api::MetricRow row;
  const auto s = static_cast<double>(step), total = static_cast<double>(std::max<int64_t>(totalSteps, 1));
  row.step = step;
  row.loss = 0.95 + 1.75 * std::exp(-s / (0.22 * total)) + 0.16 * noise(step, 1) + (step == 411 ? 0.7 : 0);
  row.tokens = 8192 - static_cast<int64_t>(600 * randomUniform(7, 2, static_cast<uint64_t>(step)));
  row.supervisedTokens = row.tokens * 61 / 100;
  const double warmup = 0.03 * total;
  row.lr = 2e-4 * (s < warmup ? s / warmup : 0.5 * (1 + std::cos(3.14159265 * (s - warmup) / (total - warmup))));
  row.gradNorm = 0.45 + 0.75 * std::exp(-s / (0.3 * total)) + 0.22 * noise(step, 3);
  row.tokensPerS = 3150 + 180 * noise(step, 4) - (step % 200 == 0 ? 600 : 0);
  row.stepMs = 1000 * static_cast<double>(row.tokens) / row.tokensPerS;
  row.memoryAllocated = 1890 * kMiB + static_cast<int64_t>(40 * noise(step, 5)) * kMiB;
  row.memoryReserved = 2110 * kMiB;
  row.memoryByCategory = std::map<std::string, int64_t>{{"weights", 257 * kMiB}, {"adapters", 37 * kMiB}, {"gradients", 37 * kMiB}, {"optimizer", 75 * kMiB}, {"workspace", 174 * kMiB}};
  (*row.memoryByCategory)["stash"] = row.memoryAllocated - 580 * kMiB;
  row.epoch = 2 * s / total;
  row.time = 2.6 * s;
  if (step % 100 == 0)
    row.evalLoss = 1.06 + 1.62 * std::exp(-s / (0.25 * total));
  row.samples = std::to_string(step);
  return row;
}

api::DoctorReport demoDoctor() {
  namespace say = api::doctor_text;
  api::DoctorReport out;
  out.version = "0.1.0";
  out.status = "warn";
  const auto add = [&](const char* name, const char* status, const char* message, std::vector<std::string> args, const char* remedy = "", const char* command = "") {
    std::string text = message;
    for (const std::string& arg : args)
      if (const size_t at = text.find("{}"); at != std::string::npos)
        text.replace(at, 2, arg);
    out.checks.push_back({name, status, text, message, std::move(args), remedy, command, nullptr});
  };
  add("processor", "ok", say::kProcessor, {"AMD EPYC 9454 48-Core Processor", "16"});
  add("memory", "ok", say::kMemory, {"121.4 GiB", "128.0 GiB"});
  add("swap", "ok", say::kNoSwap, {});
  add("huge pages", "warn", say::kHugePages, {"always madvise [never]"}, say::kHugePagesOff, "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
  add("governor", "warn", say::kGovernor, {"powersave"}, say::kGovernorSaves, "sudo cpupower frequency-set -g performance");
  add("disk", "ok", say::kDisk, {"812.0 GiB", "~/.local/share/lathe"});
  add("driver", "ok", say::kDriver, {"580.65.06"});
  add("GPU", "ok", say::kGpu, {"NVIDIA H200", "40.9 GiB", "139.8 GiB"});
  add("nvcc", "ok", say::kNvcc, {"/usr/local/cuda/bin/nvcc"});
  add("lathe-worker", "ok", say::kWorker, {"/opt/lathe/bin/lathe-worker"});
  return out;
}

std::vector<api::DeviceTelemetry> cpuMachine(double seconds) {
  const auto tick = static_cast<int64_t>(seconds * 2);
  api::DeviceTelemetry cpu;
  cpu.id = "cpu";
  cpu.name = "CPU";
  cpu.model = "AMD EPYC 9454 48-Core Processor";
  cpu.memoryTotal = 131072 * kMiB;
  cpu.memoryUsed = 6810 * kMiB + static_cast<int64_t>(400 * noise(tick / 7, 21)) * kMiB;
  cpu.utilisation = 12 + 9 * noise(tick, 22);
  cpu.temperature = 48 + 3 * noise(tick / 9, 23);
  cpu.clock = 3620;
  return {cpu};
}

std::vector<api::DeviceTelemetry> gpuMachine(double seconds) {
  const auto tick = static_cast<int64_t>(seconds * 2);
  api::DeviceTelemetry gpu;
  gpu.id = "cuda:0";
  gpu.name = "NVIDIA H200";
  gpu.memoryTotal = 143156 * kMiB;
  const double loaded = std::clamp((seconds - 120) / 25, 0.0, 1.0); // a run begins after two minutes
  const bool training = seconds > 150;
  const auto mib = [](double value) { return static_cast<int64_t>(value) * kMiB; };
  if (loaded > 0)
    gpu.categories = {{"weights", mib(15360 * loaded)}, {"adapters", mib(80 * loaded)}, {"masters", mib(160 * loaded)}, {"context", mib(560)}, {"held", mib(380)}};
  if (training) {
    gpu.categories["gradients"] = mib(160);
    gpu.categories["optimizer"] = mib(320);
    gpu.categories["stash"] = mib(22900 + 900 * noise(tick / 3, 31));
    gpu.categories["workspace"] = mib(1840);
  }
  int64_t own = 0;
  for (const auto& [category, bytes] : gpu.categories)
    own += bytes;
  gpu.memoryUsed = own + 612 * kMiB;
  gpu.utilisation = training ? 98 + 3 * noise(tick, 32) - (tick % 97 == 0 ? 60 : 0) : loaded > 0 ? 12 : 0;
  gpu.power = training ? 641 + 40 * noise(tick, 33) : 118;
  gpu.powerLimit = 700;
  gpu.temperature = training ? 61 - 18 * std::exp(-(seconds - 150) / 45) : 43;
  gpu.clock = training ? 1875 : 345;
  gpu.memoryClock = 3201;
  if (loaded > 0)
    gpu.processes = {{48211, "support-tone r32", own, "train", "20261122-143055-support-tone-r32"}, {2210, "Xorg", 88 * kMiB, "", ""}, {39944, "python3", 524 * kMiB, "", ""}};
  auto out = cpuMachine(seconds);
  out.insert(out.begin(), gpu);
  return out;
}

Json telemetryOf(const std::vector<api::DeviceTelemetry>& devices) {
  const auto& cpu = devices.back();
  return {{"devices", api::encode(devices)}, {"host", {{"memory_used", cpu.memoryUsed}, {"memory_total", cpu.memoryTotal}, {"cpu", api::encode(cpu.utilisation)}}}};
}

void summarize(Run& run) {
  auto& out = run.summary;
  if (run.rows.empty())
    return;
  const auto& last = run.rows.back();
  out.step = last.step;
  out.loss = last.loss;
  out.tokensPerS = last.tokensPerS;
  out.peakMemory = 1930 * kMiB;
  out.secondsLeft = 2.6 * static_cast<double>(out.totalSteps - out.step);
  out.spark.clear();
  const size_t stride = std::max<size_t>(1, run.rows.size() / 48);
  for (size_t i = 0; i < run.rows.size(); i += stride)
    out.spark.push_back(run.rows[i].loss);
  for (const auto& row : run.rows)
    if (row.evalLoss)
      out.evalLoss = *row.evalLoss;
}

Json specFor(const std::string& name) {
  return {{"name", name},
          {"model", {{"path", "/models/SmolLM2-135M-Instruct"}, {"dtype", "bfloat16"}}},
          {"method", {{"type", "lora"}, {"r", 16}, {"alpha", 32}}},
          {"data", {{"train", Json::array({{{"path", "/data/support.jsonl"}}})}, {"validation", {{"fraction", 0.02}}}}},
          {"training", {{"epochs", 2}, {"learning_rate", 2e-4}}}};
}

Run makeRun(const std::string& id, const std::string& name, api::RunState state, int64_t steps, int64_t totalSteps) {
  Run run;
  auto& s = run.summary;
  s.id = id;
  s.name = name;
  s.state = state;
  s.method = "LoRA r16";
  s.model = "SmolLM2-135M-Instruct";
  s.modelPath = "/models/SmolLM2-135M-Instruct";
  s.data = "support.jsonl";
  s.totalSteps = totalSteps;
  s.created = kEpoch;
  s.folder = "/runs/" + id;
  s.hasResult = state == api::RunState::Finished;
  if (api::isEnded(state))
    s.ended = kEpoch + 2.6 * static_cast<double>(steps);
  run.spec = specFor(name);
  for (int64_t step = 1; step <= steps; ++step) {
    run.rows.push_back(rowAt(step, totalSteps));
    const double time = kEpoch + 2.6 * static_cast<double>(step);
    if (step % 200 == 0)
      run.events.push_back({time, step, "saved", "Checkpoint of step " + std::to_string(step) + ".", {{"path", s.folder + "/checkpoints/" + std::to_string(step)}}});
    if (step % 100 == 0)
      run.events.push_back({time, step, "evaluated", "Measured on 368 validation rows.", {{"eval_loss", *run.rows.back().evalLoss}}});
  }
  summarize(run);
  return run;
}

State demoState() {
  State state;
  state.models = {model("/models/SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct", 134'515'008, 30, 576, 8192, 49152),
                  model("/models/lathe-tiny", "lathe-tiny", 1'048'576, 4, 128, 512, 2048)};
  state.models[1].bundled = true;
  api::ModelSummary adapter;
  adapter.path = "/runs/20261122-140211-support-tone/adapter";
  adapter.name = "support-tone r16";
  adapter.kind = "adapter";
  adapter.base = "/models/SmolLM2-135M-Instruct";
  state.models.push_back(adapter);

  const auto add = [&](Run run, double hoursAgo, const char* method, const char* data) {
    run.summary.created = kEpoch - 3600 * hoursAgo;
    run.summary.method = method;
    run.summary.data = data;
    state.runs[run.summary.id] = std::move(run);
  };
  add(makeRun("20261122-143055-support-tone-r32", "support-tone r32", api::RunState::Running, 864, 1200), 0.5, "LoRA r32", "support.jsonl");
  add(makeRun("20261122-140211-support-tone", "support-tone r16", api::RunState::Finished, 1200, 1200), 2, "LoRA r16", "support.jsonl");
  add(makeRun("20261122-101500-returns", "returns, attention only", api::RunState::Stopped, 412, 900), 6, "LoRA r8", "returns.jsonl");
  add(makeRun("20261121-180312-tiny-full", "tiny, every weight", api::RunState::Finished, 600, 600), 22, "Full", "stories.jsonl");
  add(makeRun("20261121-172209-high-rate", "support-tone, lr 1e-2", api::RunState::Failed, 57, 1200), 23, "LoRA r16", "support.jsonl");
  add(makeRun("20261120-090101-night", "night run", api::RunState::Interrupted, 733, 2400), 53, "rsLoRA r64", "support.jsonl, returns.jsonl");
  auto& failed = state.runs["20261121-172209-high-rate"].summary;
  failed.error = "The loss was not a number in 3 steps in a row (55–57). Lower the learning rate (it was 0.01) and start again.";
  failed.loss = api::kNaN;
  const auto tagged = [&](const char* id, std::vector<std::string> tags, int64_t mib) {
    state.runs[id].summary.tags = std::move(tags);
    state.runs[id].summary.diskBytes = mib * kMiB;
  };
  /// The specification says what the table of runs shows.
  const auto specified = [&](const char* id, const Json& changes) { state.runs[id].spec.merge_patch(changes); };
  specified("20261122-143055-support-tone-r32", {{"method", {{"r", 32}, {"alpha", 64}}}});
  specified("20261122-140211-support-tone", {{"method", {{"r", 16}, {"alpha", 32}}}});
  specified("20261121-180312-tiny-full", {{"model", {{"path", "/models/lathe-tiny"}}}, {"method", {{"type", "full"}}}, {"data", {{"train", Json::array({{{"path", "/data/stories.jsonl"}}})}}}});
  specified("20261121-172209-high-rate", {{"training", {{"learning_rate", 1e-2}}}});
  specified("20261120-090101-night", {{"method", {{"r", 64}, {"use_rslora", true}}}, {"training", {{"seed", 7}, {"schedule", "linear"}}}});
  tagged("20261122-143055-support-tone-r32", {"rank", "support"}, 214);
  tagged("20261122-140211-support-tone", {"baseline", "support"}, 112);
  tagged("20261122-101500-returns", {"returns"}, 61);
  tagged("20261121-180312-tiny-full", {}, 38);
  tagged("20261121-172209-high-rate", {"do not repeat", "support"}, 3);
  tagged("20261120-090101-night", {"rank", "returns", "support"}, 1890);
  auto& tiny = state.runs["20261121-180312-tiny-full"].summary;
  tiny.model = "lathe-tiny";
  tiny.modelPath = "/models/lathe-tiny";
  auto& probed = state.runs["20261122-143055-support-tone-r32"];
  probed.spec["probes"] = demoProbes();
  for (const int64_t step : {0, 200, 400, 600, 800})
    for (auto& event : sampleEvents(step, step == 0, kEpoch + 2.6 * static_cast<double>(step) + 1))
      probed.events.push_back(std::move(event));
  std::stable_sort(probed.events.begin(), probed.events.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  addChats(state);
  return state;
}

api::MemoryPlan planFor(const Json& spec) {
  api::MemoryPlan plan;
  const Json* method = find(spec, "method");
  const Json* training = find(spec, "training");
  const bool full = method && stringOr(*method, "type", "lora") == "full";
  const int64_t rank = method ? intOr(*method, "r", 16) : 16;
  const int64_t tokens = training ? intOr(*training, "tokens_per_microbatch", 8192) : 8192;
  const bool recompute = training && stringOr(*training, "recompute", "auto") == "all";
  plan.modelParameters = 134'515'008;
  plan.trainableParameters = full ? plan.modelParameters : rank * 305'280;
  plan.weights = plan.modelParameters * 2;
  plan.adapters = full ? 0 : plan.trainableParameters * 4;
  plan.gradients = plan.trainableParameters * 4;
  plan.optimizer = plan.trainableParameters * 8;
  plan.stash = tokens * (recompute ? 34'560 : 176'000);
  plan.workspace = 311 * kMiB;
  plan.total = plan.weights + plan.adapters + plan.gradients + plan.optimizer + plan.stash + plan.workspace;
  plan.available = 16384 * kMiB;
  plan.device = "CPU";
  plan.tokensPerS = recompute ? 2400 : 3150;
  plan.recompute = recompute ? "all" : "none";
  if (plan.total > plan.available)
    plan.problems.push_back("This run needs more memory than is free. Lower the tokens per microbatch.");
  return plan;
}

api::DataPreview previewFor(const Json& spec, int64_t rows) {
  api::DataPreview preview;
  const Json* data = find(spec, "data");
  const Json* train = data ? find(*data, "train") : nullptr;
  if (!train || !train->is_array() || train->empty())
    return preview;
  preview.shape = "messages";
  preview.templateName = "from the model";
  preview.rows = 18'034;
  preview.validationRows = 368;
  preview.truncatedRows = 412;
  preview.tokens = 5'100'000;
  preview.supervisedTokens = 3'111'000;
  preview.steps = 1128;
  preview.exact = true;
  const std::vector<std::pair<const char*, bool>> words = {
      {"<|im_start|>", false}, {"user", false}, {"\n", false}, {"My", false}, {" parcel", false}, {" is", false}, {" late", false}, {".", false},
      {"<|im_end|>", false}, {"\n", false}, {"<|im_start|>", false}, {"assistant", false}, {"\n", false}, {"I", true}, {"'m", true}, {" sorry", true},
      {" about", true}, {" the", true}, {" wait", true}, {",", true}, {" and", true}, {" about", true}, {" the", true}, {" silence", true}, {".", true},
      {"<|im_end|>", true}};
  for (int64_t row = 0; row < std::min<int64_t>(rows, 4); ++row) {
    api::PreviewRow out;
    out.row = row;
    for (const auto& [text, supervised] : words)
      out.chips.push_back({static_cast<int64_t>(out.chips.size()) * 37 + 11 + row, text, supervised, text[0] == '<'});
    out.tokens = static_cast<int64_t>(words.size());
    out.supervised = 13;
    preview.first.push_back(std::move(out));
  }
  return preview;
}

std::string replyText(const api::ChatPane& pane, const std::string& prompt) {
  if (pane.adapterPath.empty())
    return "Unfortunately, I do not have access to your order information. I would recommend contacting the customer service of the shop and "
           "asking for a tracking number.";
  return "I'm sorry about the wait, and about the silence on our side. Please send me the order number, and I will look up where it is right now.";
}

std::vector<std::string> pieces(const std::string& text) {
  std::vector<std::string> out;
  for (const char c : text) {
    if (out.empty() || c == ' ')
      out.emplace_back();
    out.back() += c;
  }
  return out;
}

} // namespace lathe::fake
