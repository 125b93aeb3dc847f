// SPDX-License-Identifier: Apache-2.0
// Real rows for the benchmarks: read, tokenized, truncated and packed as a run does it.
#pragma once

#include "core/data/batch_plan.h"
#include "core/worker/bench.h"

#include <map>

namespace lathe::worker {

/// The rows of options.data in batches of at most options.tokensPerStep tokens (and options.rowsPerStep rows). Token ids are taken modulo `vocab` (0: as they
/// are). Usage without data or tokenizer; what reading them throws otherwise.
std::shared_ptr<const data::BatchPlan> benchPlan(const BenchOptions& options, int64_t vocab);

/// What a batch asks of attention and of the head.
struct PackedShape {
  std::vector<int32_t> bounds; // cuSeqlens
  int64_t longest = 0, supervised = 0;
  int64_t sequences() const { return static_cast<int64_t>(bounds.size()) - 1; }
  int64_t tokens() const { return bounds.back(); }
};
/// The first `count` microbatches, epoch after epoch; without packing them.
std::vector<PackedShape> packedShapes(const data::BatchPlan& plan, int64_t count);

/// {data: [file names], supervise, tokens_per_step, batches, rows, truncated_rows, tokens, supervised_tokens, supervised_share, batch_tokens: {mean, min, max}, batch_sequences,
/// batch_longest: {mean, median, min, max, up_to: {"512": 31, …}}, packing_efficiency, attention_shapes, attention_padding}. The padding is places of the plans
/// (sequences × longest) per place of the batches.
void addPacking(Json& out, const BenchOptions& options, const data::BatchPlan& plan, const std::vector<PackedShape>& shapes);

/// Only that, without a model; at options.tokensPerStep tokens.
Json benchPacking(const BenchOptions& options);

/// Reading options.data: {what, data, bytes, rows, preview_s (first 200 rows and what they are), index_s, index_mb_per_s (on disk), index_rows_per_s, parsed_rows, bad_rows,
/// parse_rows_per_s (all processors), parse_rows_per_s_one_thread, parse_mb_per_s}. Files in the page cache: read them once before.
Json benchRows(const BenchOptions& options);

} // namespace lathe::worker
