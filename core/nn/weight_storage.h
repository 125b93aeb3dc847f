// SPDX-License-Identifier: Apache-2.0
// How a matrix of weights is kept. A linear layer asks which matmul routes its storage supports for a shape; what no storage
// supports directly goes through dequantized blocks of rows.
#pragma once

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <memory>

namespace lathe::nn {

class WeightStorage {
public:
  virtual ~WeightStorage() = default;
  virtual int64_t rows() const = 0;    // outputs
  virtual int64_t columns() const = 0; // inputs
  virtual uint64_t bytes() const = 0;
  /// Rows first … first + out.size(0) − 1 as values of out's type, [n, columns].
  virtual void dequantizeInto(at::Tensor& out, int64_t first) const = 0;

  /// y [T, rows] = x · Wᵀ, x in the compute type (core/ops/checks.h), y too or float32 (the head's logits).
  virtual bool supportsForward(const at::Tensor& x) const = 0;
  virtual void launchForward(const at::Tensor& x, at::Tensor& y) const = 0;
  /// dx [T, columns] (+)= dy · W, all in the compute type.
  virtual bool supportsBackwardInput(const at::Tensor& dy) const = 0;
  virtual void launchBackwardInput(const at::Tensor& dy, at::Tensor& dx, bool accumulate) const = 0;

  /// The matrix itself where it is dense (and so can be trained and merged into); undefined otherwise.
  virtual at::Tensor dense() const { return {}; }
  /// Makes a dense storage use other memory of the same shape and type.
  virtual void replaceDense(const at::Tensor& values);
};

/// float32 or bfloat16 rows as they are.
class DenseStorage final : public WeightStorage {
public:
  explicit DenseStorage(at::Tensor values) : m_values(std::move(values)) {}
  int64_t rows() const override { return m_values.size(0); }
  int64_t columns() const override { return m_values.size(1); }
  uint64_t bytes() const override { return static_cast<uint64_t>(m_values.nbytes()); }
  void dequantizeInto(at::Tensor& out, int64_t first) const override;
  bool supportsForward(const at::Tensor& x) const override;
  void launchForward(const at::Tensor& x, at::Tensor& y) const override;
  bool supportsBackwardInput(const at::Tensor& dy) const override;
  void launchBackwardInput(const at::Tensor& dy, at::Tensor& dx, bool accumulate) const override;
  at::Tensor dense() const override { return m_values; }
  void replaceDense(const at::Tensor& values) override { m_values = values; }

private:
  at::Tensor m_values; // [rows, columns]
};

/// Rows of a matrix dequantized at once by the fallback route: a block of at most 4 M values.
int64_t dequantizedBlockRows(int64_t rows, int64_t columns);

/// The best supported route.
void multiply(const WeightStorage& weights, const at::Tensor& x, at::Tensor& y);
void multiplyBackward(const WeightStorage& weights, const at::Tensor& dy, at::Tensor& dx, bool accumulate);

} // namespace lathe::nn
