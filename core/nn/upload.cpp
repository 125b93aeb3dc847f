// SPDX-License-Identifier: Apache-2.0
#include "core/nn/upload.h"

#include "core/base/error.h"
#include "core/nn/tensor_io.h"
#include "core/ops/cuda_ops.h"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/GradMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace lathe::nn {

namespace {

constexpr uint64_t kPieceBytes = 8 << 20;
constexpr size_t kPiecesInFlight = 3; // per thread
constexpr unsigned kMostReaders = 6;

/// Some rows of one tensor.
struct UploadPiece {
  const UploadItem* item;
  const io::SafetensorsFile* file;
  int64_t firstRow, rows;
  uint64_t rowBytes;
};

std::vector<UploadPiece> piecesOf(const io::ModelFolder& folder, const std::vector<UploadItem>& items) {
  std::vector<UploadPiece> out;
  for (const UploadItem& item : items) {
    const int64_t rows = item.into.size(0);
    if (rows == 0)
      continue;
    const uint64_t rowBytes = item.view->bytes / static_cast<uint64_t>(rows);
    const int64_t atOnce = std::max<int64_t>(1, static_cast<int64_t>(kPieceBytes / std::max<uint64_t>(rowBytes, 1)));
    for (int64_t first = 0; first < rows; first += atOnce)
      out.push_back({&item, &folder.shardOf(*item.view), first, std::min(atOnce, rows - first), rowBytes});
  }
  return out;
}

class Uploader {
public:
  Uploader(const io::ModelFolder& folder, const std::vector<UploadItem>& items, at::Device device) : m_pieces(piecesOf(folder, items)), m_device(device) {
    for (const UploadItem& item : items)
      m_total += item.view->bytes;
  }

  void run(const LoadOptions& options) {
    std::vector<std::jthread> readers;
    const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1u, kMostReaders);
    m_running = count;
    for (unsigned i = 0; i < count; ++i)
      readers.emplace_back([this] { read(); });
    try {
      std::unique_lock lock(m_mutex);
      while (m_running > 0) {
        m_changed.wait_for(lock, std::chrono::milliseconds(50));
        if (options.stop.stop_requested())
          m_stop = true;
        report(lock, options);
      }
      report(lock, options);
    } catch (...) {
      m_stop = true; // before the readers are waited for
      throw;
    }
    readers.clear();
    if (m_failure)
      std::rethrow_exception(m_failure);
    if (m_stop)
      throw Exception(ErrorKind::Cancelled, "Loading the model was stopped.");
  }

private:
  void report(std::unique_lock<std::mutex>& lock, const LoadOptions& options) {
    const uint64_t done = m_done;
    if (done == m_reported || !options.progress)
      return;
    m_reported = done;
    lock.unlock();
    options.progress(done, m_total);
    lock.lock();
  }

  void read() {
    try {
      readPieces();
    } catch (...) {
      std::scoped_lock lock(m_mutex);
      if (!m_failure)
        m_failure = std::current_exception();
      m_stop = true;
    }
    std::scoped_lock lock(m_mutex);
    --m_running;
    m_changed.notify_one();
  }

  void readPieces() {
    struct Slot {
      at::Tensor memory;
      std::unique_ptr<c10::Event> copied;
    };
    const c10::NoGradGuard noGrad;
    const ops::MemoryScope scope(ops::MemoryCategory::Workspace); // of this thread
    const c10::StreamGuard guard(c10::impl::VirtualGuardImpl(m_device.type()).getStreamFromGlobalPool(m_device));
    std::vector<Slot> slots(kPiecesInFlight);
    for (size_t turn = 0;; ++turn) {
      const size_t index = m_next++;
      if (index >= m_pieces.size() || m_stop)
        break;
      const UploadPiece& piece = m_pieces[index];
      const auto bytes = static_cast<int64_t>(piece.rowBytes) * piece.rows;
      Slot& slot = slots[turn % slots.size()];
      if (slot.copied)
        slot.copied->synchronize();
      if (!slot.memory.defined() || slot.memory.numel() < bytes)
        slot.memory = at::empty({std::max(bytes, static_cast<int64_t>(kPieceBytes))}, at::TensorOptions().dtype(at::kByte).pinned_memory(true));
      piece.file->readPart(*piece.item->view, piece.rowBytes * static_cast<uint64_t>(piece.firstRow), {static_cast<std::byte*>(slot.memory.data_ptr()), static_cast<size_t>(bytes)});
      at::Tensor into = piece.item->into.narrow(0, piece.firstRow, piece.rows);
      const at::Tensor host = slot.memory.narrow(0, 0, bytes).view(scalarTypeOf(*piece.item->view)).view(into.sizes());
      into.copy_(host.scalar_type() == into.scalar_type() ? host : host.to(m_device, host.scalar_type(), true), true);
      slot.copied = std::make_unique<c10::Event>(m_device.type());
      slot.copied->record(guard.current_stream());
      std::scoped_lock lock(m_mutex);
      m_done += static_cast<uint64_t>(bytes);
      m_changed.notify_one();
    }
    for (Slot& slot : slots)
      if (slot.copied)
        slot.copied->synchronize();
  }

  std::vector<UploadPiece> m_pieces;
  at::Device m_device;
  uint64_t m_total = 0, m_reported = 0;
  std::atomic<size_t> m_next{0};
  std::atomic<bool> m_stop{false};
  std::mutex m_mutex; // guards what follows
  std::condition_variable m_changed;
  uint64_t m_done = 0;
  unsigned m_running = 0;
  std::exception_ptr m_failure;
};

} // namespace

void uploadTensors(const io::ModelFolder& folder, const std::vector<UploadItem>& items, const LoadOptions& options) {
  ops::cudaOps().synchronize(options.device); // whoever had this memory before is done with it
  Uploader(folder, items, options.device).run(options);
}

} // namespace lathe::nn
