// SPDX-License-Identifier: Apache-2.0
// y = x · Wᵀ for up to eight rows of x: W is read once, so bytes in flight decide. bf16 goes through the tensor cores (m16n8k16): W's rows are the 16,
// the rows of x the 8, and because the order of k is free as long as both operands agree, a lane's 16 bytes of W are its operand of two
// instructions as they come. A lane copies its own bytes of W asynchronously through a ring in shared memory and reads back only those, so the ring
// needs no barrier and three stages stay in flight whatever the registers hold. It is launched programmatically: W is asked for while the kernel before
// still runs, x and everything else only once that has ended. The eight warps of a block split the columns of a tile of rows and add
// their parts in order; a block goes from tile to tile without letting the ring run dry. float32, and anything not aligned to 16 bytes, takes
// plain multiplications, a warp per two rows.
#include "kernels/cuda/device/launch.cuh"
#include "lathe/kernels/gemv.h"

namespace lathe::kernels {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;
constexpr int kMostBatch = 8;
constexpr int kTile = 16;     // rows of W of one instruction
constexpr int kChunk = 32;    // columns of two instructions
constexpr int kStages = 4;    // of the ring
constexpr int kSlot = 4;      // 16-byte pieces of W per lane and stage
constexpr int kPlainRows = 2; // rows per warp of the plain kernel

/// 16 bytes from global to shared memory; zeros when `inside` is false.
__device__ __forceinline__ void copyAsync(uint4* to, const BFloat16* from, bool inside) {
  const auto address = static_cast<uint32_t>(__cvta_generic_to_shared(to));
  const int bytes = inside ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(bytes) : "memory");
}
__device__ __forceinline__ void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int Pending>
__device__ __forceinline__ void waitCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

__device__ __forceinline__ void multiply(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

template <class T>
__device__ __forceinline__ void finish(const GemvDevice& p, int64_t row, int64_t b, float sum) {
  if (p.bias)
    sum += p.bias[row];
  if (p.floatOutput) {
    static_cast<float*>(p.y)[b * p.yStride + row] = sum;
    return;
  }
  if (p.add)
    sum += toFloat(static_cast<const T*>(p.add)[b * p.addStride + row]);
  static_cast<T*>(p.y)[b * p.yStride + row] = fromFloat<T>(sum);
}

// Lane (g, t) = (lane / 4, lane % 4) takes columns 8t … 8t + 7 of a chunk: of rows g and g + 8 of each tile, and of row g of x. A stage is Chunks
// chunks of the 2 · Tiles rows.
template <int Tiles>
__global__ void __launch_bounds__(kThreads) gemvMmaKernel(GemvDevice p, int tiles) {
  constexpr int chunks = kSlot / (2 * Tiles), rowsPerTile = Tiles * kTile;
  __shared__ float parts[2][kWarps][rowsPerTile][kMostBatch];
  extern __shared__ uint4 ring[]; // [kStages][kSlot][kThreads]
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp, g = lane / 4, t = lane % 4;
  const auto* w = static_cast<const BFloat16*>(p.w) + t * kPack;
  const bool hasX = g < p.batch;
  const BFloat16* x = static_cast<const BFloat16*>(p.x) + (hasX ? g : 0) * p.xStride + t * kPack;
  const int columns = static_cast<int>(p.columns), perStage = kChunk * chunks, perRound = kWarps * perStage;
  const int rounds = (columns + perRound - 1) / perRound;

  int issueTile = blockIdx.x, issueRound = 0, issueSlot = 0; // what is asked for next
  const auto issue = [&] {
    if (issueTile < tiles) {
      const int column = issueRound * perRound + warp * perStage;
#pragma unroll
      for (int i = 0; i < kSlot; ++i) {
        const int at = column + i / (2 * Tiles) * kChunk;
        const bool inside = at + t * kPack < columns;
        // Rows past the end read the last one and are dropped below.
        const int64_t row = min(static_cast<int64_t>(issueTile) * rowsPerTile + i % (2 * Tiles) * 8 + g, p.rows - 1);
        copyAsync(ring + (issueSlot * kSlot + i) * kThreads + threadIdx.x, w + row * p.wStride + (inside ? at : 0), inside);
      }
      if (++issueRound == rounds) {
        issueRound = 0;
        issueTile += gridDim.x;
      }
    }
    commitCopies();
    issueSlot = issueSlot + 1 == kStages ? 0 : issueSlot + 1;
  };
  letDependentsStart();
#pragma unroll
  for (int s = 0; s < kStages - 1; ++s)
    issue();
  waitForTheKernelBefore();

  int slot = 0, buffer = 0;
  for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x, buffer ^= 1) {
    float c[Tiles][4] = {};
    for (int round = 0; round < rounds; ++round) {
      uint4 b[chunks];
#pragma unroll
      for (int k = 0; k < chunks; ++k) {
        const int at = round * perRound + warp * perStage + k * kChunk;
        b[k] = hasX && at + t * kPack < columns ? *reinterpret_cast<const uint4*>(x + at) : make_uint4(0, 0, 0, 0);
      }
      waitCopies<kStages - 2>();
      uint4 a[kSlot];
#pragma unroll
      for (int i = 0; i < kSlot; ++i)
        a[i] = ring[(slot * kSlot + i) * kThreads + threadIdx.x];
      issue(); // into the slot that was read in the round before
      slot = slot + 1 == kStages ? 0 : slot + 1;
#pragma unroll
      for (int k = 0; k < chunks; ++k)
#pragma unroll
        for (int i = 0; i < Tiles; ++i) {
          const uint4 &low = a[k * 2 * Tiles + 2 * i], &high = a[k * 2 * Tiles + 2 * i + 1];
          multiply(c[i], low.x, high.x, low.y, high.y, b[k].x, b[k].y);
          multiply(c[i], low.z, high.z, low.w, high.w, b[k].z, b[k].w);
        }
    }
#pragma unroll
    for (int i = 0; i < Tiles; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j)
        parts[buffer][warp][i * kTile + g + j / 2 * 8][2 * t + j % 2] = c[i][j];
    __syncthreads(); // one is enough: the other buffer was read before it by everybody
    for (int i = threadIdx.x; i < rowsPerTile * kMostBatch; i += kThreads) {
      const int64_t row = static_cast<int64_t>(tile) * rowsPerTile + i % rowsPerTile, n = i / rowsPerTile;
      if (row >= p.rows || n >= p.batch)
        continue;
      float sum = 0;
#pragma unroll
      for (int k = 0; k < kWarps; ++k)
        sum += parts[buffer][k][i % rowsPerTile][n];
      finish<BFloat16>(p, row, n, sum);
    }
  }
}

template <int Tiles>
Status launchMma(const GemvDevice& p, cudaStream_t stream) {
  constexpr int ringBytes = kStages * kSlot * kThreads * static_cast<int>(sizeof(uint4));
  constexpr int blocksPerMultiprocessor = Tiles == 1 ? 3 : 2; // as many rings as the shared memory of an H100 holds
  int device = 0, multiprocessors = 0, major = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error == cudaSuccess)
    error = cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device);
  if (error == cudaSuccess)
    error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  if (error == cudaSuccess)
    error = cudaFuncSetAttribute(gemvMmaKernel<Tiles>, cudaFuncAttributeMaxDynamicSharedMemorySize, ringBytes);
  if (error != cudaSuccess)
    return noteLaunch(error);
  const int tiles = static_cast<int>((p.rows + Tiles * kTile - 1) / (Tiles * kTile));
  const int blocks = tiles < blocksPerMultiprocessor * multiprocessors ? tiles : blocksPerMultiprocessor * multiprocessors;
  cudaLaunchAttribute early;
  early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  early.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = ringBytes;
  config.stream = stream;
  config.attrs = &early;
  config.numAttrs = major >= 9 ? 1 : 0;
  return noteLaunch(cudaLaunchKernelEx(&config, gemvMmaKernel<Tiles>, p, tiles));
}

template <class T, bool Vec, int Batch>
__global__ void __launch_bounds__(kThreads) gemvPlainKernel(GemvDevice p) {
  const int lane = threadIdx.x % kWarp;
  const int64_t first = (static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp) * kPlainRows;
  if (first >= p.rows)
    return;
  const T* w[kPlainRows];
#pragma unroll
  for (int r = 0; r < kPlainRows; ++r)
    w[r] = static_cast<const T*>(p.w) + min(first + r, p.rows - 1) * p.wStride;
  float sum[kPlainRows][Batch] = {};
#pragma unroll(Batch <= 2 ? 4 : 2)
  for (int64_t c = lane * kPack; c < p.columns; c += kWarp * kPack) {
    float wv[kPlainRows][kPack];
#pragma unroll
    for (int r = 0; r < kPlainRows; ++r)
      loadSome<Vec>(w[r] + c, p.columns - c, wv[r]);
#pragma unroll
    for (int b = 0; b < Batch; ++b) {
      if (b >= p.batch)
        continue;
      float xv[kPack];
      loadSome<Vec>(static_cast<const T*>(p.x) + b * p.xStride + c, p.columns - c, xv);
#pragma unroll
      for (int r = 0; r < kPlainRows; ++r)
#pragma unroll
        for (int j = 0; j < kPack; ++j)
          sum[r][b] += wv[r][j] * xv[j];
    }
  }
#pragma unroll
  for (int r = 0; r < kPlainRows; ++r)
#pragma unroll
    for (int b = 0; b < Batch; ++b) {
      const float total = warpSum(sum[r][b]);
      if (lane == 0 && b < p.batch && first + r < p.rows)
        finish<T>(p, first + r, b, total);
    }
}

template <class T, bool Vec>
Status launchPlain(const GemvDevice& p, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>((p.rows + kWarps * kPlainRows - 1) / (kWarps * kPlainRows));
  if (p.batch == 1)
    gemvPlainKernel<T, Vec, 1><<<blocks, kThreads, 0, stream>>>(p);
  else if (p.batch <= 4)
    gemvPlainKernel<T, Vec, 4><<<blocks, kThreads, 0, stream>>>(p);
  else
    gemvPlainKernel<T, Vec, kMostBatch><<<blocks, kThreads, 0, stream>>>(p);
  return launched();
}

constexpr int64_t kManyRows = 8192, kWideBatch = 5; // from here two tiles per warp: half the reads of x

} // namespace

bool supportsGemvDevice(const GemvDevice& p) {
  return p.batch >= 1 && p.batch <= kMostBatch && p.rows >= 1 && p.columns >= 1 && p.rows < int64_t{1} << 31 && p.columns < int64_t{1} << 30 && !(p.floatOutput && p.add);
}

Status launchGemvDevice(const GemvDevice& problem, Stream stream) {
  GemvDevice p = problem;
  if (!supportsGemvDevice(p))
    return Status::Unsupported;
  p.wStride = orElse(p.wStride, p.columns), p.xStride = orElse(p.xStride, p.columns), p.yStride = orElse(p.yStride, p.rows), p.addStride = orElse(p.addStride, p.rows);
  const bool vectorized = wholePacks(p.columns) && aligned(p.w, p.wStride, p.element) && aligned(p.x, p.xStride, p.element);
  if (p.element == Element::Float32)
    return byFlag(vectorized, [&](auto vec) { return launchPlain<float, decltype(vec)::value>(p, streamOf(stream)); });
  if (!vectorized)
    return launchPlain<BFloat16, false>(p, streamOf(stream));
  return p.rows >= kManyRows && p.batch >= kWideBatch ? launchMma<2>(p, streamOf(stream)) : launchMma<1>(p, streamOf(stream));
}

} // namespace lathe::kernels
