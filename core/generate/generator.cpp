// SPDX-License-Identifier: Apache-2.0
#include "core/generate/generator.h"

#include "core/base/log.h"
#include "core/generate/device_decoder.h"
#include "core/generate/stop_text.h"
#include "core/ops/attention.h"
#include "core/ops/device_memory.h"

#include <ATen/ATen.h>

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace lathe::generate {
namespace {

constexpr size_t kIdleSequences = 8;
constexpr size_t kDecoders = 3; // recorded graphs kept: for as many sets of adapters

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

bool sameAdapters(const std::vector<nn::ActiveAdapter>& a, const std::vector<nn::ActiveAdapter>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.name == y.name && x.strength == y.strength; });
}

int64_t cacheTokens(const nn::Model& model, const GeneratorOptions& options) {
  const io::ModelConfig& c = model.config();
  if (options.cacheTokens > 0)
    return options.cacheTokens;
  const int64_t bytesPerToken = 2 * c.layers * c.kvHeads * c.headDim * (model.dtype() == nn::Compute::Float32 ? 4 : 2);
  const int64_t wanted = 4 * std::min<int64_t>(c.maxPositions, 8192);
  return std::max<int64_t>(std::min<int64_t>(wanted, (int64_t{1} << 30) / bytesPerToken), std::min<int64_t>(c.maxPositions, 512));
}

} // namespace

const char* finishName(Finish finish) {
  switch (finish) {
  case Finish::EndOfText:
    return "eos";
  case Finish::StopString:
    return "stop";
  case Finish::Length:
    return "length";
  case Finish::Context:
    return "context";
  case Finish::Cancelled:
    return "cancelled";
  }
  return "";
}

struct Session::Output {
  text::StreamDecoder decoder;
  StopText stops;
  bool hasText = true; // a model without a tokenizer answers in ids alone

  std::string push(int32_t id) { return hasText ? decoder.push(id) : std::string(); }
  std::string finish() { return hasText ? decoder.finish() : std::string(); }
  /// The text of `id` in this place.
  std::string textOf(int32_t id) const {
    if (!hasText)
      return {};
    text::StreamDecoder fork = decoder;
    const std::string text = fork.push(id);
    return text.empty() ? fork.finish() : text;
  }
};

Session::Session(Generator& generator, Request request)
    : m_generator(generator), m_request(std::move(request)), m_sampler(m_request.sampling),
      m_output(new Output{text::StreamDecoder(generator.m_tokenizer, true), StopText(m_request.sampling.stop), generator.m_tokenizer != nullptr}), m_history(m_request.prompt) {
  for (const int32_t id : m_request.prefix) {
    if (generator.isEnd(id))
      break;
    m_history.push_back(id);
    ++m_made;
  }
  std::tie(m_sequence, m_processed) = generator.openSequence(m_history, m_request.adapters);
  m_result.reusedTokens = static_cast<int64_t>(m_processed);
  m_startSeconds = now();
}

Session::~Session() {
  if (!m_done)
    end(Finish::Cancelled);
}

std::string Session::step() {
  try {
    return m_done ? std::string() : advance();
  } catch (const c10::OutOfMemoryError& error) {
    const std::string numbers = ops::refusedMemoryText(m_generator.m_model->device());
    throw Exception(ErrorKind::OutOfMemory,
                    fmt::format("There is not enough GPU memory to go on with this answer{}{} Shorten the conversation, or end what else uses the GPU.",
                                numbers.empty() ? "." : ": ", numbers),
                    error.what_without_backtrace());
  }
}

std::vector<api::TokenTrace> Session::takeTraces() {
  std::vector<api::TokenTrace> out(m_result.traces.begin() + static_cast<ptrdiff_t>(m_tracesTaken), m_result.traces.end());
  m_tracesTaken = m_result.traces.size();
  return out;
}

/// What the prefix says, before the model is asked for more.
std::string Session::beginReply() {
  m_begun = true;
  std::string piece;
  for (const int32_t id : m_request.prefix) {
    if (m_generator.isEnd(id))
      return piece + end(Finish::EndOfText);
    piece += write({id, 0, 0, {}});
    if (m_output->stops.stopped())
      return piece + end(Finish::StopString);
  }
  return piece;
}

std::string Session::advance() {
  if (!m_begun && !m_request.prefix.empty())
    return beginReply();
  if (m_generator.m_model->outgrowsCache(static_cast<int64_t>(m_processed), static_cast<int64_t>(m_history.size()))) {
    m_generator.m_cache->truncate(m_sequence, 0);
    m_processed = 0;
  }
  const size_t left = m_history.size() - m_processed;
  if (left == 1 && m_processed > 0)
    if (DeviceDecoder* decoder = m_generator.decoderFor(m_request)) {
      m_generator.reserve(m_sequence, 1);
      const Choice choice = decoder->next(m_sequence, m_request.sampling, m_history, m_result.ids.size());
      m_generator.m_cache->advance(m_sequence, 1);
      ++m_processed;
      return accept(choice);
    }
  const size_t chunk = std::min<size_t>(left, static_cast<size_t>(m_generator.m_options.prefillChunk));
  at::Tensor logits = m_generator.forward(m_sequence, std::span(m_history).subspan(m_processed, chunk), static_cast<int64_t>(m_processed), m_request.adapters);
  m_processed += chunk;
  if (chunk < left)
    return {};
  logits = logits.reshape({-1}).to(at::kCPU, at::kFloat).contiguous();
  return accept(m_sampler.choose(std::span(logits.mutable_data_ptr<float>(), static_cast<size_t>(logits.numel())), m_history, m_result.ids.size()));
}

std::string Session::accept(const Choice& choice) {
  if (m_result.ids.size() == m_made) {
    m_firstSeconds = now();
    m_result.firstTokenMs = (m_firstSeconds - m_startSeconds) * 1e3;
  }
  if (m_generator.isEnd(choice.id))
    return end(Finish::EndOfText);
  m_history.push_back(choice.id);
  const std::string piece = write(choice);
  if (m_output->stops.stopped())
    return piece + end(Finish::StopString);
  if (static_cast<int64_t>(m_result.ids.size()) >= m_request.sampling.maxTokens)
    return piece + end(Finish::Length);
  if (static_cast<int64_t>(m_history.size()) >= m_generator.contextLength())
    return piece + end(Finish::Context);
  return piece;
}

/// Adds a token to the reply.
std::string Session::write(const Choice& choice) {
  api::TokenTrace trace{choice.id, 0, choice.logprob, choice.entropy, {}};
  for (const Likely& likely : choice.top)
    trace.top.push_back({likely.id, likely.logprob, m_generator.isEnd(likely.id) ? std::string() : m_output->textOf(likely.id)});
  const std::string text = m_output->push(choice.id);
  trace.bytes = static_cast<int64_t>(text.size());
  m_result.ids.push_back(choice.id);
  m_result.logprobs.push_back(choice.logprob);
  if (m_request.sampling.logprobs > 0)
    m_result.traces.push_back(std::move(trace));
  std::string piece = m_output->stops.push(text);
  m_result.text += piece;
  return piece;
}

std::string Session::end(Finish finish) {
  m_done = true;
  m_result.finish = finish;
  const double seconds = now() - m_firstSeconds;
  if (m_result.ids.size() > m_made + 1 && seconds > 0)
    m_result.tokensPerS = static_cast<double>(m_result.ids.size() - m_made - 1) / seconds;
  std::string rest = m_output->stops.push(m_output->finish());
  rest += m_output->stops.finish();
  m_result.text += rest;
  m_history.resize(m_processed);
  m_generator.keepSequence(m_sequence, std::move(m_history), m_request.adapters);
  return rest;
}

void Session::cancel() {
  if (!m_done)
    end(Finish::Cancelled);
}

Generator::Generator(std::shared_ptr<nn::Model> model, std::shared_ptr<const text::Tokenizer> tokenizer, std::vector<int64_t> endIds,
                     const GeneratorOptions& options)
    : m_model(std::move(model)), m_tokenizer(std::move(tokenizer)), m_endIds(std::move(endIds)), m_options(options) {
  if (m_options.prefillChunk == 0)
    m_options.prefillChunk = m_model->device().is_cpu() ? 512 : 2048;
  if (m_model->positionsDependOnLength())
    m_options.prefillChunk = m_model->config().maxPositions;
  const int64_t pages = (cacheTokens(*m_model, options) + options.pageSize - 1) / options.pageSize;
  m_cache = std::make_unique<nn::PagedCache>(m_model->config(), m_model->dtype(), m_model->device(), pages, options.pageSize);
}

/// A recorded graph and what it was recorded for.
struct Generator::Decoder {
  std::vector<nn::ActiveAdapter> adapters;
  bool penalties, traced;
  std::unique_ptr<DeviceDecoder> device; // null: it could not be recorded
};

Generator::~Generator() = default;

DeviceDecoder* Generator::decoderFor(const Request& request) {
  if (!m_model->supportsDecode() || !supportsDeviceSampling(request.sampling))
    return nullptr;
  const bool penalties = request.sampling.repetitionPenalty != 1.0, traced = request.sampling.logprobs > 0;
  const auto found = std::find_if(m_decoders.begin(), m_decoders.end(), [&](const Decoder& d) {
    return d.penalties == penalties && d.traced == traced && sameAdapters(d.adapters, request.adapters);
  });
  if (found != m_decoders.end()) {
    m_decoders.splice(m_decoders.begin(), m_decoders, found);
    return m_decoders.front().device.get();
  }
  m_model->setActiveAdapters(request.adapters);
  std::unique_ptr<DeviceDecoder> device;
  try {
    device = std::make_unique<DeviceDecoder>(*m_model, *m_cache, contextLength(), penalties, traced);
  } catch (const std::exception& problem) {
    logWarning("decoding without a recorded graph: {}", problem.what());
  }
  m_decoders.push_front({request.adapters, penalties, traced, std::move(device)});
  if (m_decoders.size() > kDecoders)
    m_decoders.pop_back();
  return m_decoders.front().device.get();
}

int64_t Generator::contextLength() const { return std::min(m_model->config().maxPositions, m_cache->pages() * m_cache->pageSize()); }

std::unique_ptr<Session> Generator::start(Request request) {
  if (request.prompt.empty())
    throw Exception(ErrorKind::Usage, "The prompt is empty: there is nothing to go on from.");
  const int64_t vocab = m_model->config().vocabSize;
  for (const auto* ids : {&request.prompt, &request.prefix})
    for (int32_t id : *ids)
      if (id < 0 || id >= vocab)
        throw Exception(ErrorKind::Usage, fmt::format("The prompt holds token {}, but the model knows 0 to {} only. The tokenizer may belong to another model.", id, vocab - 1));
  if (const size_t tokens = request.prompt.size() + request.prefix.size(); static_cast<int64_t>(tokens) >= contextLength())
    throw Exception(ErrorKind::Usage, fmt::format("The prompt has {} tokens and the context {}. Shorten the conversation.", tokens, contextLength()));
  return std::unique_ptr<Session>(new Session(*this, std::move(request)));
}

Completion Generator::run(Request request, const std::function<void(const std::string&)>& onPiece, std::stop_token stop) {
  const auto session = start(std::move(request));
  while (!session->done()) {
    if (stop.stop_requested())
      session->cancel();
    const std::string piece = session->step();
    if (onPiece && !piece.empty())
      onPiece(piece);
  }
  return session->result();
}

void Generator::clearCache() {
  for (const Idle& idle : m_idle)
    m_cache->close(idle.sequence);
  m_idle.clear();
  m_decoders.clear();
}

bool Generator::isEnd(int32_t id) const { return std::find(m_endIds.begin(), m_endIds.end(), id) != m_endIds.end(); }

std::pair<nn::SequenceId, size_t> Generator::openSequence(const std::vector<int32_t>& prompt, const std::vector<nn::ActiveAdapter>& adapters) {
  for (Decoder& decoder : m_decoders) // what a decoder remembers of a sequence does not hold for the next request that is given it
    if (decoder.device)
      decoder.device->forget();
  auto best = m_idle.end();
  size_t bestLength = 0;
  for (auto it = m_idle.begin(); it != m_idle.end(); ++it) {
    const int64_t held = static_cast<int64_t>(it->tokens.size()), wanted = static_cast<int64_t>(prompt.size());
    if (!sameAdapters(it->adapters, adapters) || m_model->outgrowsCache(wanted, held)) // keys of a sequence that was long, for one that is short
      continue;
    const auto differs = std::mismatch(it->tokens.begin(), it->tokens.end(), prompt.begin(), prompt.end());
    // The last prompt token is always processed again: its logits are needed.
    const size_t common = std::min<size_t>(static_cast<size_t>(differs.first - it->tokens.begin()), prompt.size() - 1);
    if (common > bestLength) {
      best = it;
      bestLength = common;
    }
  }
  if (best == m_idle.end())
    return {m_cache->open(), 0};
  const nn::SequenceId sequence = best->sequence;
  m_idle.erase(best);
  m_cache->truncate(sequence, static_cast<int64_t>(bestLength));
  return {sequence, bestLength};
}

void Generator::keepSequence(nn::SequenceId sequence, std::vector<int32_t> tokens, std::vector<nn::ActiveAdapter> adapters) {
  if (tokens.empty()) {
    m_cache->close(sequence);
    return;
  }
  m_idle.push_front({sequence, std::move(tokens), std::move(adapters)});
  while (m_idle.size() > kIdleSequences) {
    m_cache->close(m_idle.back().sequence);
    m_idle.pop_back();
  }
}

void Generator::reserve(nn::SequenceId sequence, int64_t tokens) {
  while (!m_cache->reserve(sequence, tokens)) {
    if (m_idle.empty())
      throw Exception(ErrorKind::OutOfMemory, fmt::format("The cache for {} tokens is full with running replies. Stop one of them or shorten the conversation.",
                                                          m_cache->pages() * m_cache->pageSize()));
    m_cache->close(m_idle.back().sequence); // least recently used first
    m_idle.pop_back();
  }
}

at::Tensor Generator::forward(nn::SequenceId sequence, std::span<const int32_t> tokens, int64_t position, const std::vector<nn::ActiveAdapter>& adapters) {
  const ops::MemoryScope scope(ops::MemoryCategory::Workspace);
  reserve(sequence, static_cast<int64_t>(tokens.size()));
  m_model->setActiveAdapters(adapters);
  const auto count = static_cast<int64_t>(tokens.size());
  at::Tensor ids = at::empty({count}, at::kLong), positions = at::empty({count}, at::kLong);
  for (int64_t i = 0; i < count; ++i) {
    ids.mutable_data_ptr<int64_t>()[i] = tokens[static_cast<size_t>(i)];
    positions.mutable_data_ptr<int64_t>()[i] = position + i;
  }
  at::Tensor cuSeqlens = at::empty({2}, at::kInt);
  cuSeqlens.mutable_data_ptr<int32_t>()[0] = 0;
  cuSeqlens.mutable_data_ptr<int32_t>()[1] = static_cast<int32_t>(count);
  nn::CacheView view = m_cache->view(std::span(&sequence, 1));
  return m_model->forwardCached(ops::uploaded(ids, m_model->device()), ops::uploaded(positions, m_model->device()), cuSeqlens, view);
}

} // namespace lathe::generate
