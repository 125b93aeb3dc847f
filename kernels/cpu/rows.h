// SPDX-License-Identifier: Apache-2.0
// Kernels that walk rows or elements: norm, rotary, gated product, cross-entropy, AdamW. Included by all_kernels.h.
#pragma once

namespace lathe::kernels::LATHE_ISA {
namespace {

LATHE_INLINE int64_t strideOr(int64_t stride, int64_t width) { return stride != 0 ? stride : width; }

template <class T>
LATHE_INLINE float sumOfSquares(const T* x, int64_t n) {
  V a = splat(0), b = splat(0);
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const V u = load(x + i), w = load(x + i + 8);
    a += u * u;
    b += w * w;
  }
  float sum = sumOf(a + b);
  for (; i < n; ++i)
    sum += get(x + i) * get(x + i);
  return sum;
}

template <class T>
void rmsNormForwardRows(const RmsNormForward& p, Range rows) {
  const int64_t n = p.width;
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const T* x = static_cast<const T*>(p.x) + r * strideOr(p.xStride, n);
    T* y = static_cast<T*>(p.y) + r * strideOr(p.yStride, n);
    const float rstd = 1.0f / std::sqrt(sumOfSquares(x, n) / static_cast<float>(n) + p.eps);
    if (p.rstd)
      p.rstd[r] = rstd;
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
      store(y + i, load(x + i) * splat(rstd) * (load(p.weight + i) + splat(p.offset)));
    for (; i < n; ++i)
      put(y + i, get(x + i) * rstd * (p.weight[i] + p.offset));
  }
}

// dx = rstd · (g − x̂ · mean(g · x̂)) with g = dy · (offset + w), x̂ = x · rstd.
template <class T>
void rmsNormBackwardRows(const RmsNormBackward& p, Range rows) {
  const int64_t n = p.width;
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const T* x = static_cast<const T*>(p.x) + r * strideOr(p.xStride, n);
    const T* dy = static_cast<const T*>(p.dy) + r * strideOr(p.dyStride, n);
    const T* residual = p.residual ? static_cast<const T*>(p.residual) + r * strideOr(p.residualStride, n) : nullptr;
    T* dx = static_cast<T*>(p.dx) + r * strideOr(p.dxStride, n);
    const float rstd = p.rstd[r];
    V acc = splat(0);
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
      acc += load(dy + i) * (load(p.weight + i) + splat(p.offset)) * load(x + i);
    float dot = sumOf(acc);
    for (; i < n; ++i)
      dot += get(dy + i) * (p.weight[i] + p.offset) * get(x + i);
    const float c = dot * rstd * rstd * rstd / static_cast<float>(n);
    for (i = 0; i + kLanes <= n; i += kLanes) {
      const V xi = load(x + i), dyi = load(dy + i);
      V out = splat(rstd) * dyi * (load(p.weight + i) + splat(p.offset)) - splat(c) * xi;
      if (residual)
        out += load(residual + i);
      if (p.dWeight)
        store(p.dWeight + i, load(p.dWeight + i) + dyi * xi * splat(rstd));
      store(dx + i, out);
    }
    for (; i < n; ++i) {
      const float xi = get(x + i), dyi = get(dy + i);
      float out = rstd * dyi * (p.weight[i] + p.offset) - c * xi;
      if (residual)
        out += get(residual + i);
      if (p.dWeight)
        p.dWeight[i] += dyi * xi * rstd;
      put(dx + i, out);
    }
  }
}

template <class T>
void rotaryRows(const Rotary& p, Range tokens) {
  const int64_t half = p.headDim / 2;
  const float sign = p.inverse ? -1.0f : 1.0f;
  for (int64_t t = tokens.begin; t < tokens.end; ++t) {
    const float* c = p.cosine + t * half;
    const float* s = p.sine + t * half;
    for (int64_t h = 0; h < p.heads; ++h) {
      T* a = static_cast<T*>(p.x) + t * strideOr(p.tokenStride, p.heads * p.headDim) + h * p.headDim;
      T* b = a + half;
      int64_t i = 0;
      for (; i + kLanes <= half; i += kLanes) {
        const V ai = load(a + i), bi = load(b + i), ci = load(c + i), si = load(s + i) * splat(sign);
        store(a + i, ai * ci - bi * si);
        store(b + i, bi * ci + ai * si);
      }
      for (; i < half; ++i) {
        const float ai = get(a + i), bi = get(b + i), si = s[i] * sign;
        put(a + i, ai * c[i] - bi * si);
        put(b + i, bi * c[i] + ai * si);
      }
    }
  }
}

struct Activated {
  V value, slope;
};

LATHE_INLINE Activated activate(GateActivation kind, V x) {
  switch (kind) {
  case GateActivation::Silu: {
    const V s = sigmoid(x);
    return {x * s, s * (splat(1) + x * (splat(1) - s))};
  }
  case GateActivation::GeluTanh: {
    const V k = splat(0.7978845608028654f), c = splat(0.044715f);
    const V t = tangentHyperbolic(k * (x + c * x * x * x));
    const V inner = k * (splat(1) + splat(3) * c * x * x);
    return {splat(0.5f) * x * (splat(1) + t), splat(0.5f) * (splat(1) + t) + splat(0.5f) * x * (splat(1) - t * t) * inner};
  }
  case GateActivation::Gelu: {
    const V phi = splat(0.5f) * (splat(1) + errorFunction(x * splat(0.7071067811865476f)));
    return {x * phi, phi + x * splat(0.3989422804014327f) * exponential(splat(-0.5f) * x * x)};
  }
  }
  return {x, x};
}

// Loads and stores of up to eight elements; the rest of the vector is zero.
template <class T>
LATHE_INLINE V loadSome(const T* p, int64_t n) {
  if (n >= kLanes)
    return load(p);
  V v = splat(0);
  for (int64_t i = 0; i < n; ++i)
    v[i] = get(p + i);
  return v;
}
template <class T>
LATHE_INLINE void storeSome(T* p, V v, int64_t n) {
  if (n >= kLanes)
    return store(p, v);
  for (int64_t i = 0; i < n; ++i)
    put(p + i, v[i]);
}

template <class T>
void gatedForwardElements(const GatedForward& p, Range range) {
  const T* gate = static_cast<const T*>(p.gate);
  const T* up = static_cast<const T*>(p.up);
  for (int64_t i = range.begin; i < range.end; i += kLanes) {
    const int64_t n = range.end - i;
    storeSome(static_cast<T*>(p.out) + i, activate(p.activation, loadSome(gate + i, n)).value * loadSome(up + i, n), n);
  }
}

template <class T>
void gatedBackwardElements(const GatedBackward& p, Range range) {
  for (int64_t i = range.begin; i < range.end; i += kLanes) {
    const int64_t n = range.end - i;
    T* dh = static_cast<T*>(p.dh) + i;
    T* gate = static_cast<T*>(p.gate) + i;
    T* up = static_cast<T*>(p.up) + i;
    const V dhi = loadSome(dh, n), upi = loadSome(up, n);
    const Activated a = activate(p.activation, loadSome(gate, n));
    storeSome(dh, a.value * upi, n);
    storeSome(gate, dhi * upi * a.slope, n);
    storeSome(up, dhi * a.value, n);
  }
}

#define LATHE_BY_ELEMENT(function, element, ...) \
  ((element) == Element::Float32 ? function<float>(__VA_ARGS__) : function<BFloat16>(__VA_ARGS__))

void rmsNormForward(const RmsNormForward& p, Range rows) { LATHE_BY_ELEMENT(rmsNormForwardRows, p.element, p, rows); }
void rmsNormBackward(const RmsNormBackward& p, Range rows) { LATHE_BY_ELEMENT(rmsNormBackwardRows, p.element, p, rows); }
void rotary(const Rotary& p, Range tokens) { LATHE_BY_ELEMENT(rotaryRows, p.element, p, tokens); }
void gatedForward(const GatedForward& p, Range r) { LATHE_BY_ELEMENT(gatedForwardElements, p.element, p, r); }
void gatedBackward(const GatedBackward& p, Range r) { LATHE_BY_ELEMENT(gatedBackwardElements, p.element, p, r); }

LATHE_INLINE float largestOfRow(const float* z, int64_t n) {
  float largest = z[0];
  int64_t i = 0;
  if (n >= kLanes) {
    V m = load(z);
    for (i = kLanes; i + kLanes <= n; i += kLanes)
      m = maxOf(m, load(z + i));
    largest = largestOf(m);
  }
  for (; i < n; ++i)
    largest = z[i] > largest ? z[i] : largest;
  return largest;
}

void crossEntropyRows(const CrossEntropyRows& p, Range rows) {
  const int64_t n = p.vocab;
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    float* z = static_cast<float*>(p.logits) + r * strideOr(p.rowStride, n);
    const int64_t target = p.targets[r];
    if (target < 0) {
      p.loss[r] = 0;
      for (int64_t i = 0; p.gradient && i < n; ++i)
        z[i] = 0;
      continue;
    }
    const float largest = largestOfRow(z, n), atTarget = z[target];
    double sum = 0; // partial sums in double: the loss is compared at 1e-5 over large vocabularies
    for (int64_t i = 0; i < n;) {
      V acc = splat(0);
      const int64_t end = i + 512 < n ? i + 512 : n;
      for (; i < end; i += kLanes) {
        const int64_t count = n - i;
        V e = exponential(loadSome(z + i, count) - splat(largest));
        if (count < kLanes)
          for (int64_t j = count; j < kLanes; ++j)
            e[j] = 0;
        acc += e;
        if (p.gradient)
          storeSome(z + i, e, count);
      }
      sum += sumOf(acc);
    }
    p.loss[r] = static_cast<float>(std::log(sum) + static_cast<double>(largest) - static_cast<double>(atTarget));
    if (!p.gradient)
      continue;
    const V factor = splat(static_cast<float>(p.scale / sum));
    for (int64_t i = 0; i < n; i += kLanes)
      storeSome(z + i, loadSome(z + i, n - i) * factor, n - i);
    z[target] -= p.scale;
  }
}

LATHE_INLINE V rootOf(V x) {
  V out;
  for (int i = 0; i < 8; ++i)
    out[i] = std::sqrt(x[i]);
  return out;
}

void adamW(const AdamW& p, Range range) {
  const V keep = splat(1 - p.lr * p.weightDecay), b1 = splat(p.beta1), b2 = splat(p.beta2), scale = splat(p.gradScale);
  const V step = splat(p.lr / p.correction1), root = splat(p.correction2Sqrt), eps = splat(p.eps), one = splat(1);
  for (int64_t i = range.begin; i < range.end; i += kLanes) {
    const int64_t n = range.end - i;
    const V g = loadSome(p.grad + i, n) * scale;
    const V m0 = loadSome(p.mean + i, n);
    const V m = m0 + (one - b1) * (g - m0);
    const V v = loadSome(p.variance + i, n) * b2 + (one - b2) * g * g;
    const V w = loadSome(p.value + i, n) * keep;
    storeSome(p.mean + i, m, n);
    storeSome(p.variance + i, v, n);
    storeSome(p.value + i, w - step * (m / (rootOf(v) / root + eps)), n);
  }
}

} // namespace
} // namespace lathe::kernels::LATHE_ISA
