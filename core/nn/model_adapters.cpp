// SPDX-License-Identifier: Apache-2.0
// Adapters of a model: made, read, written, switched, merged.
#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/io/adapter_files.h"
#include "core/nn/model_state.h"
#include "core/nn/packed_storage.h"
#include "core/ops/memory_scope.h"
#include "core/nn/tensor_io.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lathe::nn {

namespace {

constexpr std::string_view kPeftPrefix = "base_model.model.";

/// Key of a module's dropout masks: from the adapter's seed and the module's path, so that no two modules share masks.
uint64_t moduleKey(uint64_t seed, const std::string& path) { return std::stoull(hashText(fmt::format("{}/{}", seed, path)).substr(0, 16), nullptr, 16); }

Adapter& find(std::map<std::string, Adapter>& adapters, const std::string& name) {
  const auto found = adapters.find(name);
  if (found == adapters.end())
    throw Exception(ErrorKind::NotFound, fmt::format("There is no adapter named {}.", name));
  return found->second;
}

AdapterSpec specFromConfig(const io::AdapterConfig& c) {
  AdapterSpec s;
  s.r = c.r;
  s.alpha = c.alpha;
  s.dropout = c.dropout;
  s.rslora = c.useRslora;
  s.dora = c.useDora;
  s.targetModules = c.allLinear ? std::vector<std::string>{"all-linear"} : c.targetModules;
  s.layersToTransform = c.layersToTransform;
  s.excludeModules = c.excludeModules;
  s.rankPattern = c.rankPattern;
  s.alphaPattern = c.alphaPattern;
  s.modulesToSave = c.modulesToSave;
  return s;
}

io::AdapterConfig configFromSpec(const AdapterSpec& s, const std::string& baseModel) {
  io::AdapterConfig c;
  c.baseModel = baseModel;
  c.r = s.r;
  c.alpha = s.alpha;
  c.dropout = s.dropout;
  c.useRslora = s.rslora;
  c.useDora = s.dora;
  c.allLinear = s.targetModules.size() == 1 && s.targetModules.front() == "all-linear";
  if (!c.allLinear)
    c.targetModules = s.targetModules;
  c.layersToTransform = s.layersToTransform;
  c.excludeModules = s.excludeModules;
  c.rankPattern = s.rankPattern;
  c.alphaPattern = s.alphaPattern;
  return c;
}

} // namespace

std::vector<LoraModule*> Model::State::modulesInOrder(Adapter& adapter, std::vector<std::string>* paths) {
  std::vector<LoraModule*> out;
  forEachLinear([&](Linear& linear, int64_t) {
    if (const auto found = adapter.modules.find(linear.path); found != adapter.modules.end()) {
      out.push_back(found->second.get());
      if (paths)
        paths->push_back(linear.path);
    }
  });
  return out;
}

void Model::State::layOut(Adapter& adapter) {
  std::vector<at::Tensor*> order;
  for (DecoderLayer& layer : layers)
    for (const std::vector<Linear*>& group : layer.groups())
      for (const bool isA : {true, false})
        for (const Linear* linear : group)
          if (const auto found = adapter.modules.find(linear->path); found != adapter.modules.end())
            order.push_back(isA ? &found->second->a : &found->second->b);
  int64_t total = 0;
  for (const at::Tensor* matrix : order)
    total += matrix->numel();
  const at::Tensor host = at::empty({total}, at::kFloat);
  {
    const ops::MemoryScope scope(computeType() == at::kFloat ? ops::MemoryCategory::Adapters : ops::MemoryCategory::Masters);
    adapter.masters = device.is_cpu() ? host : at::empty({total}, host.options().device(device));
  }
  int64_t offset = 0;
  for (at::Tensor* matrix : order) {
    host.narrow(0, offset, matrix->numel()).view(matrix->sizes()).copy_(*matrix);
    *matrix = adapter.masters.narrow(0, offset, matrix->numel()).view(matrix->sizes());
    offset += matrix->numel();
  }
  if (!device.is_cpu())
    adapter.masters.copy_(host);
  const ops::MemoryScope scope(ops::MemoryCategory::Adapters);
  adapter.values = computeType() == at::kFloat ? adapter.masters : adapter.masters.to(computeType());
  const auto valueOf = [&](const at::Tensor& master) { return adapter.values.narrow(0, master.storage_offset(), master.numel()).view(master.sizes()); };
  for (auto& [path, module] : adapter.modules)
    module->weights = {valueOf(module->a), valueOf(module->b)};
}

void Model::addAdapter(const std::string& name, const AdapterSpec& spec, uint64_t seed) {
  const c10::NoGradGuard noGrad;
  State& s = *m_state;
  if (name.empty() || s.adapters.contains(name))
    throw Exception(ErrorKind::Usage, fmt::format("The adapter name \"{}\" is empty or taken.", name));
  validate(spec);
  Adapter adapter;
  adapter.spec = spec;
  at::Generator generator = at::detail::createCPUGenerator(seed);
  s.forEachLinear([&](Linear& linear, int64_t layer) {
    if (!spec.covers(linear.path, layer))
      return;
    const int64_t rank = spec.rankOf(linear.path), in = linear.storage->columns(), out = linear.storage->rows();
    const double bound = 1 / std::sqrt(static_cast<double>(in)); // Kaiming uniform with a = √5
    auto module = std::make_unique<LoraModule>();
    module->a = at::empty({rank, in}, at::kFloat).uniform_(-bound, bound, generator);
    module->b = at::zeros({out, rank}, at::kFloat);
    module->scaling = spec.scalingOf(linear.path);
    module->dropout = spec.dropout;
    module->key = moduleKey(seed, linear.path);
    adapter.modules.emplace(linear.path, std::move(module));
  });
  if (adapter.modules.empty())
    throw Exception(ErrorKind::Usage, fmt::format("No module of this model matches the adapter's targets ({}), so nothing would be trained. "
                                                  "Use \"all-linear\" or names such as q_proj.", fmt::join(spec.targetModules, ", ")));
  s.layOut(adapter);
  s.adapters.emplace(name, std::move(adapter));
}

namespace {

/// The two matrices of one module as found in a file.
struct FoundModule {
  const io::TensorView* a = nullptr;
  const io::TensorView* b = nullptr;
};

std::map<std::string, FoundModule> modulesInFile(const io::SafetensorsFile& file) {
  std::map<std::string, FoundModule> found;
  for (const io::TensorView& view : file.tensors()) {
    std::string_view name = view.name;
    const bool a = name.ends_with(".lora_A.weight"), b = name.ends_with(".lora_B.weight");
    if (!name.starts_with(kPeftPrefix) || !(a || b))
      throw Exception(ErrorKind::Unsupported, fmt::format("The adapter holds the tensor {}, which is not part of a LoRA of linear layers.", view.name));
    name.remove_prefix(kPeftPrefix.size());
    name.remove_suffix(std::string_view(".lora_A.weight").size());
    (a ? found[std::string(name)].a : found[std::string(name)].b) = &view;
  }
  return found;
}

at::Tensor readMatrix(const io::SafetensorsFile& file, const io::TensorView& view, int64_t rows, int64_t columns) {
  if (view.shape != std::vector<int64_t>{rows, columns})
    refuse("REJ:ADAPTER_SHAPE", fmt::format("The adapter's tensor {} has shape [{}], and this model needs [{}, {}]. It was trained on another base model.", view.name,
                                            fmt::join(view.shape, ", "), rows, columns));
  const at::Tensor values = readTensor(view, at::kFloat, at::kCPU, [&](std::span<std::byte> out) { file.read(view, out); });
  if (!values.isfinite().all().item<bool>())
    refuse("REJ:ADAPTER_NAN", fmt::format("The adapter's tensor {} holds NaN or infinity. Use an earlier checkpoint of it.", view.name));
  return values;
}

} // namespace

void Model::loadAdapter(const std::string& name, const std::string& folder) {
  const c10::NoGradGuard noGrad;
  State& s = *m_state;
  if (name.empty() || s.adapters.contains(name))
    throw Exception(ErrorKind::Usage, fmt::format("The adapter name \"{}\" is empty or taken.", name));
  const io::AdapterFiles files = io::AdapterFiles::open(folder);
  if (files.config.peftType != "LORA")
    throw Exception(ErrorKind::Unsupported, fmt::format("The adapter in {} is of type {}; only LoRA can be used for now.", folder, files.config.peftType));
  if (files.config.bias != "none" || files.config.fanInFanOut)
    throw Exception(ErrorKind::Unsupported, fmt::format("The adapter in {} trains biases or transposed layers, which is not supported.", folder));
  Adapter adapter;
  adapter.spec = specFromConfig(files.config);
  validate(adapter.spec);
  const uint64_t key = 0;
  const std::map<std::string, FoundModule> found = modulesInFile(*files.tensors);
  for (const auto& [path, tensors] : found) {
    Linear* linear = s.findLinear(path);
    if (!linear)
      refuse("REJ:ADAPTER_TARGET", fmt::format("The adapter changes {}, which this model does not have. It was trained on another base model.", path));
    if (!tensors.a || !tensors.b)
      refuse("REJ:ADAPTER_PAIR", fmt::format("The adapter has only one of the two matrices of {}.", path));
    const int64_t rank = adapter.spec.rankOf(path);
    auto module = std::make_unique<LoraModule>();
    module->a = readMatrix(*files.tensors, *tensors.a, rank, linear->storage->columns());
    module->b = readMatrix(*files.tensors, *tensors.b, linear->storage->rows(), rank);
    module->scaling = adapter.spec.scalingOf(path);
    module->dropout = adapter.spec.dropout;
    module->key = moduleKey(key, path);
    adapter.modules.emplace(path, std::move(module));
  }
  s.forEachLinear([&](Linear& linear, int64_t layer) {
    if (adapter.spec.covers(linear.path, layer) && !adapter.modules.contains(linear.path))
      refuse("REJ:ADAPTER_MISSING", fmt::format("The adapter's configuration covers {}, but its file has no tensors for it ({} modules are there). The file is incomplete.",
                                                linear.path, adapter.modules.size()));
  });
  if (adapter.modules.empty())
    refuse("REJ:ADAPTER_TARGET", fmt::format("The adapter in {} has no tensors for this model.", folder));
  s.layOut(adapter);
  s.adapters.emplace(name, std::move(adapter));
}

void Model::saveAdapter(const std::string& name, const std::string& folder, const std::string& baseModel) const {
  const c10::NoGradGuard noGrad;
  const Adapter& adapter = find(m_state->adapters, name);
  std::vector<at::Tensor> kept;
  std::vector<io::TensorView> views;
  for (const auto& [path, module] : adapter.modules)
    for (const bool isA : {true, false}) {
      kept.push_back((isA ? module->a : module->b).to(at::kCPU, at::kFloat).contiguous());
      views.push_back(viewOf(fmt::format("{}{}.lora_{}.weight", kPeftPrefix, path, isA ? 'A' : 'B'), kept.back()));
    }
  io::writeAdapter(folder, configFromSpec(adapter.spec, baseModel), views);
}

void Model::removeAdapter(const std::string& name) {
  State& s = *m_state;
  find(s.adapters, name);
  if (s.trained == name)
    s.stopTraining();
  std::erase_if(s.active, [&](const ActiveAdapter& a) { return a.name == name; });
  s.applyActive();
  s.adapters.erase(name);
}

std::vector<std::string> Model::adapters() const {
  std::vector<std::string> names;
  for (const auto& [name, adapter] : m_state->adapters)
    names.push_back(name);
  return names;
}

const AdapterSpec& Model::adapterSpec(const std::string& name) const { return find(m_state->adapters, name).spec; }

void Model::State::applyActive() {
  forEachLinear([&](Linear& linear, int64_t) {
    linear.active.clear();
    for (const ActiveAdapter& use : active) {
      const auto& modules = find(adapters, use.name).modules;
      if (const auto module = modules.find(linear.path); module != modules.end() && use.strength != 0)
        linear.active.push_back({module->second.get(), use.strength});
    }
  });
}

void Model::setActiveAdapters(std::vector<ActiveAdapter> active) {
  for (const ActiveAdapter& use : active)
    find(m_state->adapters, use.name);
  m_state->active = std::move(active);
  m_state->applyActive();
}

void Model::mergeAdapter(const std::string& name) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  State& s = *m_state;
  Adapter& adapter = find(s.adapters, name);
  for (const auto& [path, module] : adapter.modules)
    if (!at::mm(module->b, module->a).isfinite().all().item<bool>())
      throw Exception(ErrorKind::Numeric, fmt::format("The adapter {} holds NaN or infinity in {} and was not merged.", name, path));
  for (const auto& [path, module] : adapter.modules) {
    std::shared_ptr<WeightStorage>& storage = s.findLinear(path)->storage;
    if (!storage->dense().defined()) // quantized weights become dense with their first merge
      storage = std::make_shared<DenseStorage>(unpacked(*storage, s.scalarType()));
    at::Tensor weights = storage->dense();
    weights.copy_(at::addmm(weights.to(at::kFloat), module->b, module->a, 1, module->scaling));
  }
  removeAdapter(name);
}

} // namespace lathe::nn
