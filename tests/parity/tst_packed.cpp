// SPDX-License-Identifier: Apache-2.0
// Models whose weights stay packed, against transformers: GGUF files that llama.cpp's own converter made of the tiny models (tests/data/gguf) and a
// bitsandbytes checkpoint (float32, CPU).
#include "core/data/open_tokenizer.h"
#include "core/data/vocabulary_export.h"
#include "core/io/inspect.h"
#include "core/nn/model.h"
#include "core/quant/folder_export.h"
#include "core/quant/gguf_export.h"
#include "core/worker/model_verbs.h"
#include "tests/support/golden_batch.h"
#include "tests/support/tensor_compare.h"

#include <QtTest>

#include <filesystem>

using namespace lathe;
using lathe::test::goldenBatch;
using lathe::test::kModels;
using lathe::test::TensorFile;
using nn::Compute;
using nn::Model;

namespace {

const std::string kFiles = std::string(LATHE_TEST_DATA) + "/gguf/";

std::shared_ptr<Model> loaded(const std::string& path) {
  nn::LoadOptions options;
  options.dtype = Compute::Float32;
  return Model::load(path, options);
}

std::vector<int64_t> valuesOf(const at::Tensor& t) { return {t.data_ptr<int64_t>(), t.data_ptr<int64_t>() + t.numel()}; }

std::vector<int64_t> greedy(Model& model, std::vector<int64_t> ids, size_t count) {
  std::vector<int64_t> out;
  while (out.size() < count) {
    const at::Tensor logits = model.logits(nn::packBatch({ids}, {}, at::kCPU), false).logits;
    out.push_back(logits[logits.size(0) - 1].argmax().item<int64_t>());
    ids.push_back(out.back());
  }
  return out;
}

} // namespace

class TestPacked : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void ggufOfLlamaCppGivesTheLogitsAndTextOfTheFolder_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"llama", "llama3-rope-tied", "qwen2", "qwen3", "phi3-longrope", "phi3-partial", "mixtral", "qwen3-moe", "granite", "smollm3", "olmo2"})
      QTest::newRow(name) << name;
  }
  void ggufOfLlamaCppGivesTheLogitsAndTextOfTheFolder() {
    QFETCH(QString, name);
    const TensorFile golden(kModels + name.toStdString() + "/golden.safetensors");
    const auto model = loaded(kFiles + name.toStdString() + "-f32.gguf");
    COMPARE_TENSORS(model->logits(goldenBatch(golden), false).logits, golden["logits"], 1e-4 * test::largest(golden["logits"]));
    for (const char* turn : {"0", "1"}) {
      const std::vector<int64_t> expected = valuesOf(golden[std::string("gen.base.") + turn]);
      QCOMPARE(greedy(*model, valuesOf(golden[std::string("gen.prompt.") + turn]), expected.size()), expected);
    }
  }

  /// The tiny models of Gemma have what a GGUF file cannot say (another scale of the scores, other sliding layers), so the same weights are compared with what
  /// llama.cpp gives all such models.
  void ggufOfGemmaGivesTheLogitsOfTheFolder_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"gemma2", "gemma3-text"})
      QTest::newRow(name) << name;
  }
  void ggufOfGemmaGivesTheLogitsOfTheFolder() {
    QFETCH(QString, name);
    const TensorFile golden(kModels + name.toStdString() + "/golden.safetensors");
    const at::Tensor expected = loaded(exportable(name.toStdString()))->logits(goldenBatch(golden), false).logits;
    COMPARE_TENSORS(loaded(kFiles + name.toStdString() + "-f32.gguf")->logits(goldenBatch(golden), false).logits, expected, 1e-6 * test::largest(expected));
    QVERIFY2(!test::difference(expected, golden["logits"], 1e-4 * test::largest(expected)).empty(), "what the file cannot say does not matter here");
  }

  /// What llama.cpp would compute otherwise is not written.
  void modelsThatLlamaCppWouldComputeOtherwiseAreRefused() {
    const std::string out = m_folder.filePath("refused.gguf").toStdString();
    for (const auto& [name, word] : {std::pair("gemma2", "query_pre_attn_scalar"), std::pair("gemma3-text", "slide"), std::pair("qwen3-moe-step", "mixtures"), std::pair("llama-dynamic", "rotary scaling")}) {
      const auto refused = capture([&] { return quant::exportGguf(*io::ModelFolder::open(kModels + name), out, {.mix = quant::GgufMix::F32}); });
      QVERIFY2(!refused.ok() && refused.error().kind == ErrorKind::Unsupported && refused.error().message.find(word) != std::string::npos, name);
      QVERIFY(!fileExists(out));
    }
  }

  void packedWeightsGiveWhatTheyGiveDense_data() {
    QTest::addColumn<QString>("kind");
    for (const char* kind : {"f16", "bf16", "q8_0"})
      QTest::newRow(kind) << kind;
  }
  void packedWeightsGiveWhatTheyGiveDense() {
    QFETCH(QString, kind);
    const TensorFile golden(kModels + "llama/golden.safetensors");
    const auto model = loaded(kFiles + "llama-" + kind.toStdString() + ".gguf");
    const uint64_t whole = static_cast<uint64_t>(model->config().parameters()) * 4;
    if (kind != "bf16") // of which dense float32 matrices are made here
      QVERIFY2(model->memoryByCategory().at("weights") < whole * 55 / 100, "the weights did not stay packed");
    const std::string folder = m_folder.filePath(kind).toStdString();
    model->saveModel(folder);
    const auto dense = loaded(folder);
    QCOMPARE(dense->memoryByCategory().at("weights"), whole);
    const nn::Batch batch = goldenBatch(golden);
    const at::Tensor expected = dense->logits(batch, false).logits;
    COMPARE_TENSORS(model->logits(batch, false).logits, expected, 1e-6 * test::largest(expected));
    const double allowed = kind == "f16" ? 5e-3 : kind == "bf16" ? 4e-2 : 6e-2; // of what the stored precision itself costs
    COMPARE_TENSORS(expected, golden["logits"], allowed * test::largest(golden["logits"]));
  }

  void nf4CheckpointGivesTheLogitsOfTransformers() {
    const std::string folder = kModels + "llama-bnb-nf4";
    const TensorFile tokens(folder + "/golden.safetensors"), golden(folder + "/reference.safetensors");
    const auto model = loaded(folder);
    const nn::Batch batch = goldenBatch(tokens);
    COMPARE_TENSORS(model->logits(batch, false).logits, golden["logits"], 1e-4 * test::largest(golden["logits"]));
    model->loadAdapter("a", folder + "/adapter");
    model->setActiveAdapters({{"a", 1.0}});
    COMPARE_TENSORS(model->logits(batch, false).logits, golden["lora.logits"], 1e-4 * test::largest(golden["lora.logits"]));
    for (const nn::Parameter& p : model->trainable("a")) {
      p.grad.zero_();
    }
    const Model::Loss loss = model->forwardBackward(batch, 1.0 / static_cast<double>(model->evaluate(batch).supervised), {});
    QVERIFY(loss.supervised > 0);
    for (const nn::Parameter& p : model->trainable("a")) {
      const at::Tensor expected = golden["lora.grad." + p.name];
      COMPARE_TENSORS(p.grad, expected, 1e-4 * test::largest(expected) + 1e-9);
    }
  }

  void packedWeightsAreNotTrainedThemselvesButTakeAnAdapterIn() {
    const std::string folder = kModels + "llama-bnb-nf4";
    const TensorFile tokens(folder + "/golden.safetensors"), golden(folder + "/reference.safetensors");
    const auto model = loaded(folder);
    const auto refused = capture([&] { return model->trainable("").size(); });
    QVERIFY(!refused.ok() && refused.error().kind == ErrorKind::Unsupported && refused.error().message.find("adapter") != std::string::npos);
    model->loadAdapter("a", folder + "/adapter");
    model->mergeAdapter("a");
    COMPARE_TENSORS(model->logits(goldenBatch(tokens), false).logits, golden["lora.logits"], 1e-4 * test::largest(golden["lora.logits"]));
  }

  void logitsVerbReadsGguf() {
    worker::LogitsOptions options;
    options.model = kFiles + "llama-f32.gguf";
    options.tokens = kModels + "llama/golden.safetensors";
    options.out = m_folder.filePath("out.safetensors").toStdString();
    options.device = "cpu";
    worker::writeLogits(options);
    const TensorFile golden(kModels + "llama/golden.safetensors"), out(options.out);
    COMPARE_TENSORS(out["logits"], golden["logits"], 1e-4 * test::largest(golden["logits"]));
  }

  void writtenFileHoldsWhatLlamaCppsConverterWrites_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("type");
    for (const char* type : {"f32", "f16", "bf16", "q8_0"})
      QTest::newRow(type) << "llama" << type;
    for (const char* name : {"llama3-rope-tied", "qwen2", "qwen3", "phi3-longrope", "phi3-partial", "mixtral", "qwen3-moe", "gemma2", "gemma3-text", "granite", "smollm3", "olmo2"})
      QTest::newRow(name) << name << "f32";
  }
  void writtenFileHoldsWhatLlamaCppsConverterWrites() {
    QFETCH(QString, name);
    QFETCH(QString, type);
    const std::string out = m_folder.filePath(name + "-" + type + ".gguf").toStdString();
    quant::GgufExport options;
    options.mix = *quant::ggufMixFromName(type.toStdString());
    quant::exportGguf(*io::ModelFolder::open(exportable(name.toStdString())), out, options);
    const auto ours = io::GgufFile::open(out), theirs = io::GgufFile::open(kFiles + name.toStdString() + "-" + type.toStdString() + ".gguf");
    QCOMPARE(ours->header().tensors().size(), theirs->header().tensors().size());
    for (const io::GgufTensor& expected : theirs->header().tensors()) {
      const io::GgufTensor* got = ours->header().findTensor(expected.name);
      QVERIFY2(got && got->type == expected.type && got->shape == expected.shape, expected.name.c_str());
      const auto a = ours->data(*got), b = theirs->data(expected);
      if (expected.name.starts_with("rope_")) { // computed there in float32
        for (size_t at = 0; at < a.size(); at += 4) {
          float x, y;
          std::memcpy(&x, a.data() + at, 4);
          std::memcpy(&y, b.data() + at, 4);
          QVERIFY2(std::abs(x - y) <= 1e-6f * std::abs(y), fmt::format("{}: {} instead of {}", expected.name, x, y).c_str());
        }
        continue;
      }
      QVERIFY2(std::equal(a.begin(), a.end(), b.begin(), b.end()), expected.name.c_str());
    }
    const std::string arch(theirs->header().text("general.architecture").value());
    for (const io::GgufValue& expected : theirs->header().values()) {
      const io::GgufValue* got = ours->header().find(expected.key);
      if (expected.key.starts_with(arch + ".") || expected.key == "tokenizer.ggml.model") // "none"
        QVERIFY2(got && ours->header().json(*got) == theirs->header().json(expected), expected.key.c_str());
    }
  }

  void writtenModelKeepsItsTokensTemplateAndWeights_data() {
    QTest::addColumn<QString>("type");
    QTest::addColumn<double>("allowed");
    for (const auto& [type, allowed] : {std::pair("f32", 1e-5), std::pair("q8_0", 3e-2), std::pair("q4_0", 0.4), std::pair("q4_k_m", 0.4), std::pair("q5_k_m", 0.3), std::pair("q6_k", 0.15)})
      QTest::newRow(type) << type << allowed;
  }
  void writtenModelKeepsItsTokensTemplateAndWeights() {
    QFETCH(QString, type);
    QFETCH(double, allowed);
    const std::string folder = std::string(LATHE_TEST_DATA) + "/ember", out = m_folder.filePath("ember-" + type + ".gguf").toStdString();
    const auto source = io::ModelFolder::open(folder);
    quant::GgufExport options;
    options.mix = *quant::ggufMixFromName(type.toStdString());
    options.vocabulary = data::vocabularyForGguf(*source);
    uint64_t done = 0, total = 0;
    options.progress = [&](uint64_t d, uint64_t t) { done = d, total = t; };
    quant::exportGguf(*source, out, options);
    QVERIFY(done == total && total > 0);
    const Json json = io::inspectPath(out);
    QVERIFY2(json["supported"] == true && json["problems"].empty(), dumpJson(json).c_str());
    QCOMPARE(io::ModelFolder::open(out)->chatTemplate(), source->chatTemplate());
    const auto own = data::openTokenizer(source->tokenizerFile()), written = data::openTokenizer(out);
    for (const char* text : {"", "Hello there, how are you?", "  two  spaces\n\n\tand 12345 numbers", "Grüße 你好 😀", "<|im_start|>user\nHi<|im_end|>"}) {
      QCOMPARE(written->encode(text, false), own->encode(text, false));
      QCOMPARE(written->decode(written->encode(text, false), false), own->decode(own->encode(text, false), false));
    }
    const std::vector<int32_t> ids = own->encode("The quick brown fox jumps over the lazy dog and says hello to everyone in the garden.", false);
    const nn::Batch batch = nn::packBatch({std::vector<int64_t>(ids.begin(), ids.end())}, {}, at::kCPU);
    const at::Tensor expected = loaded(folder)->logits(batch, false).logits;
    COMPARE_TENSORS(loaded(out)->logits(batch, false).logits, expected, allowed * test::largest(expected));
  }

  void aGgufFileBecomesAFolderAgain() {
    const std::string out = m_folder.filePath("folder").toStdString();
    quant::FolderExport options;
    options.dtype = io::DType::F32;
    quant::exportFolder(*io::ModelFolder::open(kFiles + "llama-f32.gguf"), out, options);
    const auto got = io::ModelFolder::open(out), expected = io::ModelFolder::open(kModels + "llama");
    QCOMPARE(got->names(), expected->names());
    for (const std::string& name : expected->names()) {
      std::vector<std::byte> a(got->find(name)->bytes), b(expected->find(name)->bytes);
      got->read(*got->find(name), a);
      expected->read(*expected->find(name), b);
      QVERIFY2(a == b, name.c_str());
    }
    QVERIFY(!capture([&] { return quant::exportFolder(*expected, out, options).size(); }).ok()); // never overwritten
  }

  void loraBecomesAGgufAdapter() {
    const std::string folder = kModels + "llama/adapter", out = m_folder.filePath("lora.gguf").toStdString();
    const io::AdapterFiles adapter = io::AdapterFiles::open(folder);
    quant::exportLoraGguf(adapter, io::readModelConfig(kModels + "llama"), out);
    const auto file = io::GgufFile::open(out);
    QCOMPARE(file->header().text("adapter.type").value(), std::string_view("lora"));
    QCOMPARE(file->header().number("adapter.lora.alpha").value(), adapter.config.alpha);
    QCOMPARE(file->header().tensors().size(), adapter.tensors->tensors().size());
    const auto theirs = io::GgufFile::open(kFiles + "llama-lora.gguf");
    for (const io::GgufTensor& expected : theirs->header().tensors()) {
      const io::GgufTensor* got = file->header().findTensor(expected.name);
      QVERIFY2(got && got->shape == expected.shape && got->type == expected.type, expected.name.c_str());
      QVERIFY2(std::ranges::equal(file->data(*got), theirs->data(expected)), expected.name.c_str());
    }
  }

private:
  /// The tiny model; Gemma's with what GGUF files mean.
  std::string exportable(const std::string& name) {
    if (!name.starts_with("gemma"))
      return kModels + name;
    const std::string folder = m_folder.filePath(QString::fromStdString(name)).toStdString();
    makeDirectories(folder);
    Json config = parseJsonFile(kModels + name + "/config.json", {});
    config["query_pre_attn_scalar"] = config["head_dim"];
    if (name == "gemma3-text")
      config["layer_types"] = Json(std::vector<std::string>(config["layer_types"].size(), "sliding_attention")); // the sixth would be another
    writeFileAtomic(folder + "/config.json", dumpJson(config, 2));
    QFile::copy(QString::fromStdString(kModels + name + "/model.safetensors"), QString::fromStdString(folder + "/model.safetensors"));
    return folder;
  }

  QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestPacked)
#include "tst_packed.moc"
