// SPDX-License-Identifier: Apache-2.0
#include "core/nn/linear_group.h"

#include "core/ops/checks.h"
#include "core/ops/matmul.h"
#include "core/ops/memory_scope.h"

#include <ATen/ATen.h>

namespace lathe::nn {

namespace {
constexpr int64_t kConcatRows = 16; // fewer are read through the matrix-vector kernel
}

at::Tensor joinedRows(std::span<const at::Tensor> tensors) {
  if (tensors.empty() || !tensors.front().defined())
    return {};
  const at::Tensor& first = tensors.front();
  const int64_t columns = first.size(1), stride = first.stride(0);
  int64_t rows = 0;
  for (const at::Tensor& t : tensors) {
    if (!t.defined() || t.scalar_type() != first.scalar_type() || t.size(1) != columns || t.stride(0) != stride || t.stride(1) != 1 ||
        !t.storage().is_alias_of(first.storage()) || t.storage_offset() != first.storage_offset() + rows * stride)
      return {};
    rows += t.size(0);
  }
  return tensors.size() == 1 ? first : first.as_strided({rows, columns}, {stride, 1}, first.storage_offset());
}

LinearGroup::LinearGroup(std::initializer_list<const Linear*> members, const CallContext& call, at::Device device)
    : m_count(members.size()), m_call(call), m_gpu(!device.is_cpu()) {
  std::copy(members.begin(), members.end(), m_members.begin());
  if (!m_gpu)
    return;
  std::array<at::Tensor, kMostMembers> weights;
  for (size_t i = 0; i < m_count; ++i)
    weights[i] = m_members[i]->storage->dense();
  m_weights = joinedRows(std::span(weights).first(m_count));
  collectParts();
  findConcat();
}

void LinearGroup::findConcat() {
  const ConcatWeights* concat = m_members[0]->concat.get();
  if (!concat || !m_joined || m_parts.empty() || !m_weights.defined() || m_weights.data_ptr() != concat->all.data_ptr() || concat->held.size() != m_parts.size())
    return;
  for (size_t i = 0; i < m_parts.size(); ++i)
    if (concat->held[i].module != m_parts[i].module || concat->held[i].scale != m_parts[i].scale)
      return;
  m_concat = concat;
}

at::Tensor LinearGroup::inputPlace(int64_t rows, const at::TensorOptions& options) const {
  return m_concat && rows >= kConcatRows ? at::empty({rows, m_concat->inputs + m_concat->room}, options).narrow(1, 0, m_concat->inputs) : at::Tensor();
}

at::Tensor LinearGroup::withRoom(const at::Tensor& x, int64_t width) const {
  const int64_t whole = m_concat ? width + m_concat->room : 0;
  if (!m_concat || x.size(0) < kConcatRows || x.stride(0) != whole || x.stride(1) != 1 || static_cast<int64_t>(x.storage().nbytes()) < (x.storage_offset() + x.size(0) * whole) * x.element_size())
    return {};
  return x.as_strided({x.size(0), whole}, {whole, 1}, x.storage_offset());
}

void LinearGroup::collectParts() {
  std::vector<at::Tensor> a, gradA;
  for (size_t i = 0; i < m_count; ++i) {
    for (const Linear::Use& use : m_members[i]->active) {
      if (Linear::dropoutOf(*use.module, m_call).probability > 0)
        return; // every module has masks of its own
      m_parts.push_back({i, use.module, use.scale(), m_rank});
      m_rank += use.module->weights.a.size(0);
      a.push_back(use.module->weights.a);
      if (use.module->gradA.defined())
        gradA.push_back(use.module->gradA);
    }
  }
  m_a = joinedRows(a);
  m_gradA = joinedRows(gradA);
  m_joined = m_parts.empty() || (m_a.defined() && (gradA.empty() || (m_gradA.defined() && gradA.size() == a.size())));
}

bool LinearGroup::trains() const {
  return std::any_of(m_members.begin(), m_members.begin() + static_cast<std::ptrdiff_t>(m_count), [](const Linear* l) { return l->trains(); });
}

Columns LinearGroup::columns(int64_t rows, const at::TensorOptions& options) const {
  Columns out;
  int64_t total = 0, first = 0;
  for (size_t i = 0; i < m_count; ++i)
    total += m_members[i]->storage->rows();
  if (m_gpu)
    out.all = m_concat && m_count > 1 ? at::empty({rows, total + m_concat->room}, options).narrow(1, 0, total) : at::empty({rows, total}, options);
  for (size_t i = 0; i < m_count; ++i) {
    const int64_t n = m_members[i]->storage->rows();
    out.member[i] = !m_gpu ? at::empty({rows, n}, options) : m_count == 1 ? out.all : out.all.narrow(1, first, n);
    first += n;
  }
  return out;
}

Columns LinearGroup::forward(const LinearInput& in, at::Tensor* low, bool kept) const {
  Columns y;
  if (!m_gpu) {
    for (size_t i = 0; i < m_count; ++i)
      y.member[i] = m_members[i]->forward(in, m_call);
    return y;
  }
  {
    const ops::MemoryScope scope(ops::MemoryCategory::Stash, kept);
    y = columns(in.x.size(0), in.compute.options());
  }
  const at::Tensor whole = m_concat ? withRoom(in.compute, m_concat->inputs) : at::Tensor();
  if (whole.defined()) {
    at::Tensor place = whole.narrow(1, m_concat->inputs, m_concat->room);
    at::mm_out(place, in.compute, m_concat->all.narrow(0, m_concat->outputs, m_concat->room).narrow(1, 0, m_concat->inputs).t());
    at::mm_out(y.all, whole, m_concat->all.narrow(0, 0, m_concat->outputs).t());
    const ops::MemoryScope scope(ops::MemoryCategory::Stash);
    if (low)
      *low = place.narrow(1, 0, m_rank).contiguous(); // a view would keep the whole input
  } else if (m_weights.defined()) {
    multiply(DenseStorage(m_weights), in.compute, y.all);
  }
  for (size_t i = 0; i < m_count; ++i) {
    if (!m_weights.defined())
      multiply(*m_members[i]->storage, in.compute, y.member[i]);
    if (m_members[i]->bias.defined())
      y.member[i].add_(m_members[i]->bias);
  }
  if (!whole.defined())
    addLora(in.compute, y, low);
  return y;
}

at::Tensor LinearGroup::lowOf(const at::Tensor& x, bool kept) const {
  at::Tensor out;
  {
    const ops::MemoryScope scope(ops::MemoryCategory::Stash, kept);
    out = at::empty({x.size(0), m_rank}, x.options());
  }
  return at::mm_out(out, x, m_a.t());
}

void LinearGroup::addLora(const at::Tensor& x, Columns& y, at::Tensor* low) const {
  if (!m_joined) {
    for (size_t i = 0; i < m_count; ++i)
      for (const Linear::Use& use : m_members[i]->active)
        ops::loraForward(x, use.module->weights, use.scale(), Linear::dropoutOf(*use.module, m_call), y.member[i]);
    return;
  }
  if (m_parts.empty())
    return;
  const at::Tensor all = lowOf(x, low != nullptr);
  for (const Part& part : m_parts)
    y.member[part.member].addmm_(all.narrow(1, part.first, part.module->weights.a.size(0)), part.module->weights.b.t(), 1, part.scale);
  if (low)
    *low = all;
}

Columns LinearGroup::computed(const Columns& dy) const {
  Columns out{dy.all.defined() ? ops::computeOf(dy.all) : at::Tensor(), {}};
  for (size_t i = 0; i < m_count; ++i)
    out.member[i] = ops::computeOf(dy.member[i]);
  return out;
}

void LinearGroup::backward(const Columns& dy, const LinearInput& in, const at::Tensor& low, at::Tensor dx) const {
  if (!m_gpu) {
    for (size_t i = 0; i < m_count; ++i)
      m_members[i]->backward(ops::computeOf(dy.member[i]), in, m_call, dx, i > 0);
    return;
  }
  if (!m_joined) { // dropout, or several adapters: their backward makes both gradients at once
    if (dx.defined() && m_weights.defined())
      at::mm_out(dx, dy.all, m_weights);
    for (size_t i = 0; i < m_count; ++i) {
      const Linear& member = *m_members[i];
      if (dx.defined() && !m_weights.defined())
        multiplyBackward(*member.storage, dy.member[i], dx, i > 0);
      member.backwardOwn(dy.member[i], in.compute);
      for (const Linear::Use& use : member.active)
        ops::loraBackward(dy.member[i], in.compute, use.module->weights, use.scale(), Linear::dropoutOf(*use.module, m_call), use.module->gradA, use.module->gradB, dx);
    }
    return;
  }
  backwardWeights(dy, in, low, dx.defined() ? backwardInput(dy, dx) : at::Tensor());
}

/// α · dY · B of every adapter, [T, Σr].
at::Tensor LinearGroup::lowGradient(const Columns& dy) const {
  at::Tensor out = at::empty({dy.all.size(0), m_rank}, dy.all.options());
  for (const Part& part : m_parts) {
    at::Tensor place = out.narrow(1, part.first, part.module->weights.a.size(0));
    at::addmm_out(place, place, dy.member[part.member], part.module->weights.b, 0, part.scale);
  }
  return out;
}

at::Tensor LinearGroup::backwardInput(const Columns& given, at::Tensor dx) const {
  const Columns dy = computed(given);
  if (const at::Tensor whole = m_concat ? withRoom(dy.all, m_concat->outputs) : at::Tensor(); whole.defined()) {
    at::Tensor place = whole.narrow(1, m_concat->outputs, m_concat->room);
    at::mm_out(place, dy.all, m_concat->all.narrow(0, 0, m_concat->outputs).narrow(1, m_concat->inputs, m_concat->room));
    at::mm_out(dx, whole, m_concat->all.narrow(1, 0, m_concat->inputs));
    return place.narrow(1, 0, m_rank);
  }
  if (m_gpu && m_weights.defined()) {
    ops::noteTokens(dx.size(0));
    at::mm_out(dx, dy.all, m_weights);
  }
  for (size_t i = 0; i < m_count; ++i) {
    if (!m_weights.defined())
      multiplyBackward(*m_members[i]->storage, dy.member[i], dx, i > 0);
    if (!m_gpu || !m_joined)
      for (const Linear::Use& use : m_members[i]->active)
        ops::loraBackward(dy.member[i], dx, use.module->weights, use.scale(), Linear::dropoutOf(*use.module, m_call), {}, {}, dx);
  }
  if (!m_gpu || !m_joined || m_parts.empty())
    return {};
  const at::Tensor dLow = lowGradient(dy);
  dx.addmm_(dLow, m_a);
  return dLow;
}

void LinearGroup::backwardWeights(const Columns& given, const LinearInput& in, const at::Tensor& low, const at::Tensor& dLow) const {
  if (!trains())
    return;
  const Columns dy = computed(given);
  for (size_t i = 0; i < m_count; ++i)
    if (!m_gpu || !m_joined)
      m_members[i]->backward(dy.member[i], in, m_call, {}, false);
    else
      m_members[i]->backwardOwn(dy.member[i], in.compute);
  if (!m_gpu || !m_joined || !m_gradA.defined())
    return;
  ops::accumulateOuter(m_gradA, dLow.defined() ? dLow : lowGradient(dy), in.compute);
  const at::Tensor all = low.defined() ? low : lowOf(in.compute, false);
  for (const Part& part : m_parts)
    ops::accumulateOuter(part.module->gradB, dy.member[part.member], all.narrow(1, part.first, part.module->weights.a.size(0)), part.scale);
}

} // namespace lathe::nn
