// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"
#include "core/io/adapter_files.h"
#include "core/io/inspect.h"
#include "core/io/safetensors.h"
#include "tests/io/io_test_support.h"

#include <QTest>

#include <fmt/format.h>

#include <filesystem>

using namespace lathe;
using namespace lathe::io;
using namespace iotest;
namespace fs = std::filesystem;

namespace {

/// Llama 3 70B in shape: 30 shards of some 4.6 GB without a byte of disk behind them, 723 tensors.
void writeSparse70b(const std::string& folder) {
  fs::create_directories(folder);
  Json config = {{"architectures", {"LlamaForCausalLM"}}, {"model_type", "llama"}, {"vocab_size", 128256}, {"hidden_size", 8192}, {"intermediate_size", 28672},
                 {"num_hidden_layers", 80}, {"num_attention_heads", 64}, {"num_key_value_heads", 8}, {"max_position_embeddings", 8192}, {"rms_norm_eps", 1e-5},
                 {"rope_theta", 500000.0}, {"tie_word_embeddings", false}, {"torch_dtype", "bfloat16"}, {"bos_token_id", 128000}, {"eos_token_id", 128001}};
  writeBytes(folder + "/config.json", dumpJson(config));
  std::vector<std::pair<std::string, std::vector<int64_t>>> tensors = {{"model.embed_tokens.weight", {128256, 8192}}};
  for (int i = 0; i < 80; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    tensors.insert(tensors.end(), {{layer + "input_layernorm.weight", {8192}}, {layer + "post_attention_layernorm.weight", {8192}}, {layer + "self_attn.q_proj.weight", {8192, 8192}},
                                   {layer + "self_attn.k_proj.weight", {1024, 8192}}, {layer + "self_attn.v_proj.weight", {1024, 8192}}, {layer + "self_attn.o_proj.weight", {8192, 8192}},
                                   {layer + "mlp.gate_proj.weight", {28672, 8192}}, {layer + "mlp.up_proj.weight", {28672, 8192}}, {layer + "mlp.down_proj.weight", {8192, 28672}}});
  }
  tensors.insert(tensors.end(), {{"model.norm.weight", {8192}}, {"lm_head.weight", {128256, 8192}}});
  Json map;
  uint64_t total = 0;
  for (size_t s = 0; s < 30; ++s) {
    const std::string name = fmt::format("model-{:05}-of-00030.safetensors", s + 1);
    std::string header = "{";
    uint64_t at = 0;
    for (size_t i = s * tensors.size() / 30; i < (s + 1) * tensors.size() / 30; ++i) {
      const auto& [tensor, shape] = tensors[i];
      uint64_t bytes = 2;
      for (const int64_t d : shape)
        bytes *= static_cast<uint64_t>(d);
      header += fmt::format("{}\"{}\":{{\"dtype\":\"BF16\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", header.size() > 1 ? "," : "", tensor, fmt::join(shape, ","), at, at + bytes);
      at += bytes;
      map[tensor] = name;
    }
    header += "}";
    writeSparse(folder + "/" + name, safetensorsBytes(header, 0), 8 + header.size() + at);
    total += at;
  }
  writeBytes(folder + "/model.safetensors.index.json", dumpJson({{"metadata", {{"total_size", total}}}, {"weight_map", map}}, 2));
}

bool contains(const Json& problems, const std::string& text) {
  for (const Json& problem : problems)
    if (problem.get<std::string>().find(text) != std::string::npos)
      return true;
  return false;
}

} // namespace

class TestInspect : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void seventyBillionParametersTakeAThirdOfASecond() {
    const std::string folder = path("70b");
    writeSparse70b(folder);
    Json json;
    const Outcome outcome = outcomeOf([&] { json = inspectPath(folder); });
    QVERIFY2(!outcome.threw, outcome.error.message.c_str());
    qInfo("70B folder, 30 shards, 723 tensors: %.3f s (%.3f s of processor time)", outcome.seconds, outcome.processorSeconds);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    QVERIFY2(outcome.processorSeconds < 0.3, qPrintable(QString::number(outcome.processorSeconds)));
#endif
    QVERIFY(json["tensors"] == 723 && json["parameters"] == 70'553'706'496ull && json["bytes"] == 141'107'412'992ull && json["layers"] == 80);
    QVERIFY2(json["supported"] == true && json["files"].size() == 30, dumpJson(json["problems"]).c_str());
    QVERIFY(json["bytes_by_dtype"] == Json({{"BF16", 141'107'412'992ull}}));
  }

  void sharedModelsAndAdaptersAreDescribed() {
    const auto models = tinyModels(LATHE_SHARED_DATA);
    if (models.empty())
      QSKIP("the shared tiny models are not there");
    for (const std::string& model : models) {
      const Json json = inspectPath(model);
      const std::string name = fs::path(model).filename().string();
      QVERIFY2(json["kind"] == "model" && json["supported"] == true, dumpJson(json, 1).c_str());
      QVERIFY(json["hidden_size"] == 64 && json["parameters"] > 90'000 && !json["architecture"].get<std::string>().empty());
      QVERIFY(inspectText(json).find("parameters") != std::string::npos);
      const Json adapter = inspectPath(model + "/adapter");
      QVERIFY(adapter["kind"] == "adapter" && adapter["supported"] == true && adapter["r"] == readAdapterConfig(model + "/adapter").r);
      QVERIFY(inspectPath(model + "/golden.safetensors")["kind"] == "safetensors");
    }
  }

  void tokenizersAndDatasetsAreDescribed() {
    const std::string root = std::string(LATHE_SHARED_DATA) + "/tokenizers/";
    if (!fileExists(root + "gpt2.tokenizer.json"))
      QSKIP("the shared tokenizers are not there");
    const Json gpt2 = inspectPath(root + "gpt2.tokenizer.json");
    QVERIFY2(gpt2["kind"] == "tokenizer" && gpt2["type"] == "BPE" && gpt2["vocab"] == 50257 && gpt2["merges"] == 50000, dumpJson(gpt2).c_str());
    for (const std::string& name : listDirectory(root)) {
      const bool known = name.ends_with("tokenizer.json") || name.ends_with("tokenizer.json.gz") || name.ends_with(".model");
      if (known)
        QVERIFY2(inspectPath(root + name)["kind"] == "tokenizer", name.c_str());
    }
    writeBytes(path("rows.jsonl"), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}");
    QVERIFY(inspectPath(path("rows.jsonl"))["rows"] == 3);
    std::string many;
    while (many.size() < (3u << 20))
      many += "{\"text\": \"a row of a data set\"}\n";
    writeBytes(path("many.jsonl"), many);
    const Json large = inspectPath(path("many.jsonl"));
    const double rows = static_cast<double>(std::count(many.begin(), many.end(), '\n'));
    QVERIFY(large["rows_estimated"] == true && std::abs(large["rows"].get<double>() - rows) < rows / 1000);
    writeBytes(path("empty.csv"), "");
    QVERIFY(inspectPath(path("empty.csv"))["supported"] == false);
  }

  void aGgufModelIsDescribed() {
    const Json json = inspectPath(std::string(LATHE_TEST_DATA) + "/gguf/llama-q8_0.gguf");
    QVERIFY2(json["kind"] == "gguf" && json["version"] == 3 && json["architecture"] == "LlamaForCausalLM" && json["supported"] == true, dumpJson(json).c_str());
    QVERIFY2(json["layers"] == 3 && json["hidden_size"] == 64 && json["context"] == 128 && json["vocab"] == 320 && json["tied_embeddings"] == false, dumpJson(json).c_str());
    QVERIFY(json["bytes_by_dtype"].contains("Q8_0") && json["bytes_by_dtype"].contains("F16") && json["bytes_by_dtype"].contains("F32"));
    QVERIFY(json["problems"].empty());
    QVERIFY(inspectText(json).find("Q8_0") != std::string::npos);
    writeBytes(path("short.gguf"), "GGUF");
    QCOMPARE(outcomeOf([&] { inspectPath(path("short.gguf")); }).error.code, std::string("REJ:GGUF_SHORT"));
  }

  void runsAndCheckpointsAreDescribed() {
    const std::string run = path("run"), checkpoint = run + "/checkpoints/20";
    fs::create_directories(checkpoint);
    fs::create_directories(run + "/adapter");
    writeBytes(run + "/spec.json", R"({"model": {"path": "base"}, "method": {"type": "lora"}})");
    writeBytes(run + "/metrics.jsonl", "{\"step\":19,\"loss\":1.5}\n{\"step\":20,\"loss\":1.25}\n{\"step\":2");
    writeBytes(checkpoint + "/manifest.json", R"({"step": 20, "files": {"adapter_model.safetensors": {}}})");
    const Json json = inspectPath(run);
    QVERIFY2(json["kind"] == "run" && json["step"] == 20 && json["loss"] == 1.25 && json["method"] == "lora" && json["checkpoints"] == Json::array({"20"}) && json["result"] == "adapter", dumpJson(json).c_str());
    QVERIFY(inspectPath(checkpoint)["kind"] == "checkpoint" && inspectPath(checkpoint)["step"] == 20);
  }

  void problemsOfAModelAreShown() {
    const std::string folder = path("broken");
    writeSmallLlama(folder);
    QVERIFY(inspectPath(folder)["supported"] == true);
    Json config = smallLlamaConfig();
    config["vocab_size"] = 33;
    config["num_hidden_layers"] = 3;
    writeBytes(folder + "/config.json", dumpJson(config));
    const Json json = inspectPath(folder);
    QVERIFY(json["supported"] == false);
    QVERIFY2(contains(json["problems"], "[32, 16]; config.json says [33, 16]") && contains(json["problems"], "model.layers.2.input_layernorm.weight is missing"), dumpJson(json["problems"], 1).c_str());
    QVERIFY(json["problems"].size() <= 14);
    QVERIFY(inspectText(json).find("problem") != std::string::npos);
  }

  void hostilePathsAreRefused() {
    QCOMPARE(outcomeOf([&] { inspectPath(path("absent")); }).error.kind, ErrorKind::NotFound);
    QCOMPARE(outcomeOf([&] { inspectPath("/dev/null"); }).error.code, std::string("REJ:NOT_A_FILE"));
    writeBytes(path("model.bin"), "PK\x03\x04");
    QCOMPARE(outcomeOf([&] { inspectPath(path("model.bin")); }).error.code, std::string("REJ:PICKLE"));
    writeBytes(path("x.safetensors"), "{}");
    QCOMPARE(outcomeOf([&] { inspectPath(path("x.safetensors")); }).error.code, std::string("REJ:SAFETENSORS_SHORT"));
    writeBytes(path("tokenizer.json"), "{\"model\": 3}");
    QCOMPARE(outcomeOf([&] { inspectPath(path("tokenizer.json")); }).error.code, std::string("REJ:TOKENIZER_JSON"));
    fs::create_directories(path("nothing"));
    QVERIFY(inspectPath(path("nothing"))["kind"] == "unknown");
    writeBytes(path("file.xyz"), "?");
    QVERIFY(inspectPath(path("file.xyz"))["kind"] == "unknown");
  }

  void terminalEscapesInFilesAreShownAsText() {
    const std::string folder = path("escapes");
    writeSmallLlama(folder);
    writeBytes(folder + "/chat_template.jinja", "\x1b]0;owned\x07{{ messages }}\xe2\x80\xae");
    const std::string text = inspectText(inspectPath(folder));
    QVERIFY2(text.find('\x1b') == std::string::npos && text.find('\x07') == std::string::npos && text.find("\xe2\x80\xae") == std::string::npos, text.c_str());
    QVERIFY(text.find("{{ messages }}") != std::string::npos);
  }

private:
  std::string path(const char* name) const { return m_temporary.filePath(name).toStdString(); }
  QTemporaryDir m_temporary;
};

QTEST_GUILESS_MAIN(TestInspect)
#include "tst_inspect.moc"
