// SPDX-License-Identifier: Apache-2.0
#include "core/generate/device_decoder.h"

#include "core/base/error.h"
#include "core/ops/attention.h"
#include "core/ops/memory_scope.h"
#include "core/ops/sample.h"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstring>

namespace lathe::generate {

namespace {

/// Into memory that a graph reads; in the order of the stream, from pinned memory.
void setDevice(at::Tensor into, const at::Tensor& host) { into.copy_(host.pin_memory(), true); }

at::Tensor parametersOf(const api::Sampling& s, uint64_t index) {
  ops::SampleOptions options;
  options.seed = static_cast<uint64_t>(s.seed);
  options.index = index;
  options.temperature = s.greedy ? 0 : static_cast<float>(s.temperature);
  options.topP = static_cast<float>(s.topP);
  options.minP = static_cast<float>(s.minP);
  options.topK = static_cast<int32_t>(s.topK);
  options.repetitionPenalty = static_cast<float>(s.repetitionPenalty);
  return ops::sampleParameters(std::span(&options, 1));
}

} // namespace

bool supportsDeviceSampling(const api::Sampling& sampling) { return sampling.topK >= 0 && sampling.topK <= INT32_MAX; }

DeviceDecoder::DeviceDecoder(nn::Model& model, nn::PagedCache& cache, int64_t context, bool penalties, bool traced)
    : m_model(model), m_cache(cache), m_alternatives(traced ? std::min<int64_t>(kMostAlternatives, model.config().vocabSize) : 0) {
  const c10::NoGradGuard noGrad;
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  const auto on = [&](at::ScalarType type) { return at::TensorOptions().dtype(type).device(model.device()); };
  const int64_t pages = (context + cache.pageSize() - 1) / cache.pageSize();
  m_state = {at::zeros({1}, on(at::kLong)), at::full({1}, -1, on(at::kInt)), at::full({1, pages}, -1, on(at::kInt)), std::min<int64_t>(context, 4096)};
  m_parameters = at::zeros({1, parametersOf({}, 0).size(1)}, on(at::kByte));
  m_ids = at::zeros({1}, on(at::kInt));
  m_logprobs = at::zeros({1}, on(at::kFloat));
  m_indexAdd = at::zeros({1}, on(at::kLong));
  const int64_t numbers = traced ? 3 + 2 * m_alternatives : 2;
  m_result = at::zeros({numbers}, on(at::kInt));
  if (penalties) {
    m_history = at::zeros({1, context + 1}, on(at::kInt));
    m_historyLengths = at::zeros({1}, on(at::kInt));
  }
  m_hostResult = at::empty({numbers}, at::TensorOptions().dtype(at::kInt).pinned_memory(true));
  m_graph = std::make_unique<ops::RecordedGraph>(model.device(), [this] { work(); });
}

DeviceDecoder::~DeviceDecoder() = default;

/// While the graph is recorded the sequence has no page and is one token short of none, so nothing is stored and no key is read.
void DeviceDecoder::work() {
  const c10::NoGradGuard noGrad;
  const at::Tensor logits = m_model.decode(m_cache, m_state);
  ops::sampleRows({logits, m_parameters, m_ids, m_logprobs, m_history, m_historyLengths, m_indexAdd});
  m_result.narrow(0, 0, 1).copy_(m_ids);
  m_result.narrow(0, 1, 1).copy_(m_logprobs.view(at::kInt));
  if (m_alternatives > 0)
    describe(logits);
  m_state.tokens.copy_(m_ids.clamp_min(0));
  m_state.lengths.add_(1);
  m_indexAdd.add_(1);
  if (m_history.defined()) {
    m_history.scatter_(1, m_historyLengths.to(at::kLong).unsqueeze(1), m_ids.unsqueeze(1));
    m_historyLengths.add_(1);
  }
}

/// Of the distribution as the model gives it, as in Sampler::describe; part of the graph.
void DeviceDecoder::describe(const at::Tensor& logits) {
  const at::Tensor logp = at::log_softmax(logits.reshape({-1}), 0, at::kFloat);
  m_result.narrow(0, 2, 1).copy_(at::special_entr(logp.exp()).sum().reshape({1}).view(at::kInt));
  const auto [values, ids] = logp.topk(m_alternatives);
  m_result.narrow(0, 3, m_alternatives).copy_(ids);
  m_result.narrow(0, 3 + m_alternatives, m_alternatives).copy_(values.contiguous().view(at::kInt));
}

Choice DeviceDecoder::choiceFrom(const int32_t* values, int64_t alternatives) const {
  const auto number = [&](int64_t at) {
    float out = 0;
    std::memcpy(&out, values + at, sizeof out);
    return static_cast<double>(out);
  };
  Choice choice{values[0], number(1), 0, {}};
  if (m_alternatives > 0)
    choice.entropy = number(2);
  for (int64_t i = 0; i < std::min(alternatives, m_alternatives); ++i)
    choice.top.push_back({values[3 + i], number(3 + m_alternatives + i)});
  return choice;
}

void DeviceDecoder::setPages(nn::SequenceId sequence) {
  const nn::CacheView view = m_cache.view(std::span(&sequence, 1));
  m_pages = view.blockTable.size(1);
  setDevice(m_state.blockTable.narrow(1, 0, m_pages), view.blockTable);
}

void DeviceDecoder::setState(nn::SequenceId sequence, const api::Sampling& sampling, std::span<const int32_t> history, uint64_t index) {
  const auto count = static_cast<int64_t>(history.size());
  setDevice(m_state.tokens, at::full({1}, history.back(), at::kLong));
  setDevice(m_state.lengths, at::full({1}, count - 1, at::kInt));
  setDevice(m_parameters, parametersOf(sampling, index));
  m_indexAdd.zero_();
  if (m_history.defined()) {
    at::Tensor host = at::empty({1, count}, at::kInt);
    std::copy(history.begin(), history.end(), host.mutable_data_ptr<int32_t>());
    setDevice(m_history.narrow(1, 0, count), host);
    setDevice(m_historyLengths, at::full({1}, count, at::kInt));
  }
  setPages(sequence);
  m_sequence = sequence;
}

Choice DeviceDecoder::next(nn::SequenceId sequence, const api::Sampling& sampling, std::span<const int32_t> history, uint64_t index) {
  const c10::NoGradGuard noGrad;
  if (m_sequence != sequence || m_expected != history.size() || index == 0)
    setState(sequence, sampling, history, index);
  else if (static_cast<int64_t>(history.size()) > m_pages * m_cache.pageSize())
    setPages(sequence);
  m_graph->replay();
  m_hostResult.copy_(m_result, true);
  c10::Event done(m_model.device().type());
  done.record(c10::impl::VirtualGuardImpl(m_model.device().type()).getStream(m_model.device()));
  done.synchronize();
  const int32_t* values = m_hostResult.const_data_ptr<int32_t>();
  if (values[0] < 0) {
    m_expected = 0;
    throw Exception(ErrorKind::Numeric, "The model's output holds no finite number, so no token can be chosen. Its weights or adapter may be damaged.");
  }
  m_expected = history.size() + 1;
  return choiceFrom(values, sampling.logprobs);
}

} // namespace lathe::generate
