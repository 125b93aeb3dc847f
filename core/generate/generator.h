// SPDX-License-Identifier: Apache-2.0
// Text from a model: prompts become sequences in one paged cache, every step makes one token for one of them. Not thread safe: one
// generator belongs to one thread.
#pragma once

#include "core/generate/sampler.h"
#include "core/nn/model.h"
#include "core/text/tokenizer.h"

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace lathe::generate {

struct Request {
  std::vector<int32_t> prompt; // not empty
  std::vector<int32_t> prefix; // tokens the reply begins with, as if they had been made already
  api::Sampling sampling;
  std::vector<nn::ActiveAdapter> adapters; // loaded into the model under these names; empty: the base model
};

enum class Finish { EndOfText, StopString, Length, Context, Cancelled };
const char* finishName(Finish finish); // "eos", "stop", "length", "context", "cancelled"

struct Completion {
  std::vector<int32_t> ids; // without the end-of-text token
  std::vector<double> logprobs;         // 0 for those of the prefix
  std::vector<api::TokenTrace> traces;  // where Sampling::logprobs asks for them; those of the prefix have id and bytes alone
  std::string text;         // special tokens left out, stop string cut off
  Finish finish = Finish::Length;
  double firstTokenMs = 0;  // from the start of the prompt's processing
  double tokensPerS = 0;    // after the first token
  int64_t reusedTokens = 0; // of the prompt, found in the cache
};

struct GeneratorOptions {
  int64_t cacheTokens = 0; // 0: 4 × min(context, 8192), at most 1 GiB
  int64_t pageSize = 32;
  int64_t prefillChunk = 0; // tokens between two looks at a cancel; 0: 512, on a GPU 2048
};

class DeviceDecoder;
class Generator;

/// One running request. step() makes at most one token, or processes one chunk of the prompt.
class Session {
public:
  ~Session();
  /// New text (may be empty). False in done() means more to come.
  std::string step();
  void cancel();
  bool done() const { return m_done; }
  /// What was noted of the tokens since the last call.
  std::vector<api::TokenTrace> takeTraces();
  /// Complete when done().
  const Completion& result() const { return m_result; }

private:
  friend class Generator;
  Session(Generator& generator, Request request);
  std::string advance();
  std::string beginReply();
  std::string accept(const Choice& choice);
  std::string write(const Choice& choice);
  std::string end(Finish finish);

  Generator& m_generator;
  Request m_request;
  Sampler m_sampler;
  struct Output;
  std::unique_ptr<Output> m_output;
  std::vector<int32_t> m_history; // prompt and generated tokens
  size_t m_processed = 0;         // of m_history, in the cache
  nn::SequenceId m_sequence{};
  size_t m_made = 0;       // tokens of the reply that the prefix brought
  size_t m_tracesTaken = 0;
  bool m_begun = false, m_done = false;
  double m_startSeconds = 0, m_firstSeconds = 0;
  Completion m_result;
};

class Generator {
public:
  /// `endIds`: tokens that end a reply (config's eos list, the tokenizer's eos, generation_config).
  Generator(std::shared_ptr<nn::Model> model, std::shared_ptr<const text::Tokenizer> tokenizer, std::vector<int64_t> endIds,
            const GeneratorOptions& options = {});
  ~Generator();

  /// Usage when the prompt is empty, has ids outside the vocabulary or does not fit the context (both numbers named).
  std::unique_ptr<Session> start(Request request);
  /// Runs one request to its end.
  Completion run(Request request, const std::function<void(const std::string& piece)>& onPiece = {}, std::stop_token stop = {});
  /// Forgets cached prompts (after an adapter's weights changed).
  void clearCache();

  nn::Model& model() { return *m_model; }
  int64_t contextLength() const;
  uint64_t cacheBytes() const { return m_cache->bytes(); }

private:
  friend class Session;
  /// A finished sequence that is kept because the next turn of the same conversation begins with it.
  struct Idle {
    nn::SequenceId sequence;
    std::vector<int32_t> tokens;
    std::vector<nn::ActiveAdapter> adapters;
  };
  std::pair<nn::SequenceId, size_t> openSequence(const std::vector<int32_t>& prompt, const std::vector<nn::ActiveAdapter>& adapters);
  bool isEnd(int32_t id) const;
  void keepSequence(nn::SequenceId sequence, std::vector<int32_t> tokens, std::vector<nn::ActiveAdapter> adapters);
  void reserve(nn::SequenceId sequence, int64_t tokens);
  /// The recorded graph for these adapters where the GPU can do without the host; null otherwise.
  DeviceDecoder* decoderFor(const Request& request);
  at::Tensor forward(nn::SequenceId sequence, std::span<const int32_t> tokens, int64_t position, const std::vector<nn::ActiveAdapter>& adapters);

  std::shared_ptr<nn::Model> m_model;
  std::shared_ptr<const text::Tokenizer> m_tokenizer;
  std::vector<int64_t> m_endIds;
  GeneratorOptions m_options;
  std::unique_ptr<nn::PagedCache> m_cache;
  struct Decoder;
  std::list<Decoder> m_decoders; // most recently used first; after m_cache
  std::list<Idle> m_idle; // most recently used first
};

} // namespace lathe::generate
