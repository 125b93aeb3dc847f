// SPDX-License-Identifier: Apache-2.0
// Where a GPU's memory goes: the book of blocks by category against an allocator that is played here, the words for a full device, and that nothing of it
// does anything without a GPU.
#include "core/ops/cuda_ops.h"
#include "core/ops/memory_ledger.h"

#include <QtTest>

#include <ATen/ATen.h>

#include <random>
#include <set>

using namespace lathe;
using ops::MemoryAnatomy;
using ops::MemoryCategory;
using ops::MemoryLedger;

namespace {

constexpr MemoryLedger::PoolId kMain{0, 0}, kGraphs{0, 7};
constexpr uint64_t kBlock = 512, kMiB = 1 << 20;

/// Tells a book what LibTorch's allocator would: at an allocation the total without it, the size never.
struct FakeAllocator {
  struct Block {
    MemoryCategory category;
    uint64_t bytes, requested;
  };
  MemoryLedger ledger;
  std::map<MemoryLedger::Address, Block> blocks;
  MemoryLedger::Address next = 4096;
  uint64_t ever = 0, now = 0, peak = 0;
  MemoryAnatomy::Bytes sums{}, atPeak{};

  /// `slack`: what is left of a cached block that is too small to be split off.
  MemoryLedger::Address take(MemoryCategory category, uint64_t bytes, uint64_t slack = 0, MemoryLedger::PoolId pool = kMain) {
    const uint64_t size = (bytes + kBlock - 1) / kBlock * kBlock + slack;
    next += 2 * size;
    ledger.allocated(next, pool, category, bytes, ever);
    blocks[next] = {category, size, bytes};
    ever += size;
    now += size;
    sums[static_cast<size_t>(category)] += size;
    if (now > peak) {
      peak = now;
      atPeak = sums;
    }
    return next;
  }
  void give(MemoryLedger::Address address) {
    const Block block = blocks.at(address);
    now -= block.bytes;
    sums[static_cast<size_t>(block.category)] -= block.bytes;
    blocks.erase(address);
    ledger.freed(address, ever);
  }
  MemoryAnatomy anatomy(bool peakOnes = false) {
    ledger.settle(ever);
    return ledger.anatomy(peakOnes);
  }
};

} // namespace

class TestMemory : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void scopesChangeNothingWithoutAGpu() {
    QVERIFY(!ops::cudaBackendLoaded());
    const ops::MemoryScope outer(MemoryCategory::Weights);
    const ops::MemoryScope inner(MemoryCategory::Stash, false);
    const at::Tensor tensor = at::ones({3, 5});
    ops::attributeMemory(tensor, MemoryCategory::Adapters, 60);
    ops::attributeMemory({}, MemoryCategory::Adapters, 60);
    ops::requireDeviceMemory(at::kCPU, uint64_t{1} << 60, "the model");
    QCOMPARE(tensor.sum().item<float>(), 15.0f);
    QVERIFY(ops::refusedMemoryText().empty());
    QVERIFY(ops::refusedMemoryText(at::kCPU).empty());
  }

  void everyCategoryHasANameOfItsOwn() {
    std::set<std::string> names;
    for (size_t i = 0; i < ops::kMemoryCategories; ++i)
      names.insert(ops::memoryCategoryName(static_cast<MemoryCategory>(i)));
    QCOMPARE(names.size(), ops::kMemoryCategories);
    QVERIFY(!names.contains("held") && !names.contains("context"));
  }

  void theBookAgreesWithTheAllocatorAfterManyBlocks() {
    FakeAllocator allocator;
    std::mt19937 random(3);
    const auto below = [&](uint64_t n) { return random() % n; };
    for (int i = 0; i < 20'000; ++i) {
      if (allocator.blocks.empty() || below(100) < (i < 10'000 ? 55 : 45)) {
        allocator.take(static_cast<MemoryCategory>(below(ops::kMemoryCategories)), 1 + below(3 * kMiB), below(3) == 0 ? below(kMiB) / kBlock * kBlock : 0,
                       below(5) == 0 ? kGraphs : kMain);
        if (below(4) == 0) // freed before anything else asks for its size
          allocator.give(allocator.next);
      } else {
        allocator.give(std::next(allocator.blocks.begin(), static_cast<std::ptrdiff_t>(below(allocator.blocks.size())))->first);
      }
      if (i % 97 == 0)
        QVERIFY2(allocator.anatomy().bytes == allocator.sums, qPrintable(QString("after %1 events").arg(i)));
    }
    QVERIFY(allocator.anatomy().bytes == allocator.sums);
    QCOMPARE(allocator.anatomy().total(), allocator.now);
    QCOMPARE(allocator.anatomy(true).total(), allocator.peak);
    QVERIFY(allocator.anatomy(true).bytes == allocator.atPeak);
    while (!allocator.blocks.empty())
      allocator.give(allocator.blocks.begin()->first);
    QCOMPARE(allocator.anatomy().total(), uint64_t{0});
    QCOMPARE(allocator.ledger.blocks(), size_t{0});
  }

  void aPeakBeginsAnewWhenItIsReset() {
    FakeAllocator allocator;
    allocator.take(MemoryCategory::Weights, 1000);
    const auto stash = allocator.take(MemoryCategory::Stash, 5000);
    allocator.give(stash);
    QCOMPARE(allocator.anatomy(true).of(MemoryCategory::Stash), uint64_t{5120});
    QCOMPARE(allocator.anatomy(true).of(MemoryCategory::Weights), uint64_t{1024});
    allocator.ledger.resetPeak();
    QCOMPARE(allocator.anatomy(true).total(), uint64_t{1024});
    allocator.take(MemoryCategory::Workspace, 100);
    QCOMPARE(allocator.anatomy(true).of(MemoryCategory::Workspace), uint64_t{512});
    QCOMPARE(allocator.anatomy(true).of(MemoryCategory::Stash), uint64_t{0});
  }

  void partOfABlockMayBelongToAnotherCategory() {
    FakeAllocator allocator;
    const auto block = allocator.take(MemoryCategory::Weights, 3000);
    allocator.ledger.attribute(block, MemoryCategory::Adapters, 1000, allocator.ever);
    for (const bool atPeak : {false, true}) {
      QCOMPARE(allocator.anatomy(atPeak).of(MemoryCategory::Adapters), uint64_t{1000});
      QCOMPARE(allocator.anatomy(atPeak).of(MemoryCategory::Weights), uint64_t{3072 - 1000});
      QCOMPARE(allocator.anatomy(atPeak).requested[static_cast<size_t>(MemoryCategory::Weights)], uint64_t{2000});
    }
    allocator.give(block);
    QCOMPARE(allocator.anatomy().total(), uint64_t{0});
    QVERIFY(allocator.anatomy().requested == MemoryAnatomy::Bytes{});
  }

  void aRecordedGraphCountsWithTheMostItUses() {
    FakeAllocator allocator;
    allocator.take(MemoryCategory::Weights, 10 * kBlock);
    const auto stash = allocator.take(MemoryCategory::Stash, 4 * kBlock, 0, kGraphs), work = allocator.take(MemoryCategory::Workspace, 2 * kBlock, 0, kGraphs);
    allocator.give(stash);
    allocator.give(work); // the recording is over; replays use both again
    allocator.ledger.retain(kGraphs);
    allocator.ledger.retain(kGraphs); // another graph in the same memory
    QVERIFY(allocator.anatomy().bytes == allocator.anatomy(true).bytes); // what the recording took counts once
    const MemoryAnatomy recorded = allocator.anatomy();
    QCOMPARE(recorded.of(MemoryCategory::Stash), 4 * kBlock);
    QCOMPARE(recorded.of(MemoryCategory::Workspace), 2 * kBlock);
    QCOMPARE(recorded.total(), allocator.now + recorded.recorded);
    allocator.ledger.resetPeak();
    allocator.ledger.release(kGraphs);
    QCOMPARE(allocator.anatomy(true).of(MemoryCategory::Stash), 4 * kBlock);
    allocator.ledger.release(kGraphs);
    QCOMPARE(allocator.anatomy(true).total(), 10 * kBlock);
    QCOMPARE(allocator.anatomy().recorded, uint64_t{0});
  }

  void blocksFromBeforeTheBookWasOpenedAreLeftOut() {
    MemoryLedger ledger;
    ledger.open(9 * kMiB);
    ledger.freed(4096, 9 * kMiB);
    ledger.allocated(8192, kMain, MemoryCategory::Cache, 700, 9 * kMiB);
    ledger.settle(9 * kMiB + 1024);
    QCOMPARE(ledger.anatomy(false).of(MemoryCategory::Cache), uint64_t{1024});
    QCOMPARE(ledger.anatomy(false).total(), uint64_t{1024});
  }

  void aFullDeviceIsToldInNumbers() {
    ops::RefusedMemory refused{1, 2048 * kMiB, 1126 * kMiB, {}};
    refused.anatomy.bytes[static_cast<size_t>(MemoryCategory::Weights)] = 15360 * kMiB;
    refused.anatomy.bytes[static_cast<size_t>(MemoryCategory::Stash)] = 20480 * kMiB;
    ops::DriverMemory driver{40960 * kMiB, 1126 * kMiB, 37000 * kMiB, 2048 * kMiB, {}};
    QCOMPARE(QString::fromStdString(ops::refusalText(refused, driver)),
             QString("2.0 GiB more were asked for and 1.1 GiB of the GPU's 40.0 GiB were free. Lathe held 35.0 GiB (stash 20.0 GiB, weights 15.0 GiB); other programs use 2.0 GiB."));
    driver.others = kMiB; // what the driver keeps for itself
    QVERIFY(ops::refusalText(refused, driver).find("other programs") == std::string::npos);
    QVERIFY(ops::refusalText({}, driver).empty());
  }
};

QTEST_APPLESS_MAIN(TestMemory)
#include "tst_memory.moc"
