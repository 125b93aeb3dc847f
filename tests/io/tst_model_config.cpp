// SPDX-License-Identifier: Apache-2.0
#include "core/io/model_config.h"
#include "core/io/model_folder.h"
#include "tests/io/io_test_support.h"

#include <QTest>

#include <filesystem>

using namespace lathe;
using namespace lathe::io;
using namespace iotest;

namespace {

bool sameRope(const RopeConfig& a, const RopeConfig& b) {
  return a.type == b.type && a.theta == b.theta && a.factor == b.factor && a.lowFreqFactor == b.lowFreqFactor && a.highFreqFactor == b.highFreqFactor && a.originalMaxPositions == b.originalMaxPositions &&
         a.betaFast == b.betaFast && a.betaSlow == b.betaSlow && a.attentionFactor == b.attentionFactor && a.shortFactor == b.shortFactor && a.longFactor == b.longFactor;
}

/// The first field that differs, or nothing.
std::string difference(const ModelConfig& a, const ModelConfig& b) {
#define LATHE_SAME(field)                                                                                                                                                                                      \
  if (!(a.field == b.field))                                                                                                                                                                                   \
    return #field;
  LATHE_SAME(modelType) LATHE_SAME(architecture) LATHE_SAME(vocabSize) LATHE_SAME(hiddenSize) LATHE_SAME(intermediateSize) LATHE_SAME(layers) LATHE_SAME(heads) LATHE_SAME(kvHeads) LATHE_SAME(headDim)
  LATHE_SAME(maxPositions) LATHE_SAME(rmsNormEps) LATHE_SAME(activation) LATHE_SAME(tieEmbeddings) LATHE_SAME(attentionBias) LATHE_SAME(mlpBias) LATHE_SAME(slidingWindow) LATHE_SAME(dtype) LATHE_SAME(bosId)
  LATHE_SAME(padId) LATHE_SAME(eosIds) LATHE_SAME(initializerRange) LATHE_SAME(embeddingScale) LATHE_SAME(attentionSoftcap) LATHE_SAME(finalSoftcap) LATHE_SAME(queryPreAttnScalar) LATHE_SAME(partialRotaryFactor)
  LATHE_SAME(layerTypes) LATHE_SAME(quantization) LATHE_SAME(unsupported)
#undef LATHE_SAME
  if (!sameRope(a.rope, b.rope))
    return "rope";
  if (a.localRope.has_value() != b.localRope.has_value() || (a.localRope && !sameRope(*a.localRope, *b.localRope)))
    return "localRope";
  return {};
}

Json with(const std::string& key, const Json& value) {
  Json config = smallLlamaConfig();
  config[key] = value;
  return config;
}

Json mixtral(const char* key, int64_t value) {
  Json json = smallLlamaConfig();
  json["model_type"] = "mixtral";
  json["architectures"] = {"MixtralForCausalLM"};
  json.erase("rope_theta");
  json[key] = value;
  return json;
}

} // namespace

class TestModelConfig : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void bothKeyStylesGiveEqualValues() {
    const auto models = tinyModels(LATHE_SHARED_DATA);
    if (models.empty())
      QSKIP("the shared tiny models are not there");
    for (const std::string& model : models) {
      const ModelConfig current = describeModelConfig(parseJsonFile(model + "/config.json"));
      const ModelConfig older = describeModelConfig(parseJsonFile(model + "/config-v4.json"));
      QVERIFY2(difference(current, older).empty(), (model + ": " + difference(current, older)).c_str());
      QVERIFY2(current.warnings.empty(), model.c_str());
      const ModelConfig again = describeModelConfig(modelConfigToJson(current));
      QVERIFY2(difference(current, again).empty(), (model + " written and read: " + difference(current, again)).c_str());
    }
    QVERIFY(models.size() >= 10);
  }

  void parameterCountEqualsTheStoredTensors() {
    const auto models = tinyModels(LATHE_SHARED_DATA);
    if (models.empty())
      QSKIP("the shared tiny models are not there");
    for (const std::string& model : models) {
      const auto folder = ModelFolder::describe(model);
      if (!folder->config().quantization.empty())
        continue; // packed
      int64_t stored = 0;
      for (const std::string& name : folder->names())
        stored += folder->find(name)->elements();
      QVERIFY2(folder->config().parameters() == stored, qPrintable(QString("%1: %2 by formula, %3 stored").arg(model.c_str()).arg(folder->config().parameters()).arg(stored)));
    }
  }

  void everyModelOfTheReferenceIsSupported() {
    const auto models = tinyModels(LATHE_SHARED_DATA);
    if (models.empty())
      QSKIP("the shared tiny models are not there");
    for (const std::string& model : models) {
      const Outcome outcome = outcomeOf([&] { readModelConfig(model); });
      QVERIFY2(!outcome.threw, (model + ": " + outcome.error.message).c_str());
    }
  }

  void anUnknownArchitectureIsNamedWithThoseThatRun() {
    Json json = with("model_type", "mamba2");
    json["architectures"] = {"Mamba2ForCausalLM"};
    const Outcome outcome = outcomeOf([&] { parseModelConfig(json); });
    QCOMPARE(outcome.error.kind, ErrorKind::Unsupported);
    for (const char* word : {"Mamba2ForCausalLM", "mamba2", "Llama, Mistral", "Gemma 3", "OLMo 2"})
      QVERIFY2(outcome.error.message.find(word) != std::string::npos, outcome.error.message.c_str());
  }

  void valuesOfTheGoldenModelsAreRead() {
    if (tinyModels(LATHE_SHARED_DATA).empty())
      QSKIP("the shared tiny models are not there");
    const std::string root = std::string(LATHE_SHARED_DATA) + "/tiny-models/";
    const ModelConfig llama3 = readModelConfig(root + "llama3-rope-tied");
    QVERIFY(llama3.rope.type == RopeType::Llama3 && llama3.rope.theta == 500000.0 && llama3.rope.factor == 8.0 && llama3.rope.originalMaxPositions == 32 && llama3.tieEmbeddings && llama3.kvHeads == 2);
    QCOMPARE(readModelConfig(root + "mistral-swa").slidingWindow.value_or(0), int64_t{12});
    QCOMPARE(readModelConfig(root + "llama-bf16-sharded").dtype, std::string("bfloat16"));
    const ModelConfig gemma3 = describeModelConfig(parseJsonFile(root + "gemma3-text/config.json"));
    QVERIFY(gemma3.rope.type == RopeType::Linear && gemma3.rope.factor == 8.0 && gemma3.localRope && gemma3.localRope->theta == 10000.0 && gemma3.activation == Activation::GeluTanh);
    const ModelConfig phi3 = describeModelConfig(parseJsonFile(root + "phi3-longrope/config.json"));
    QVERIFY(phi3.rope.type == RopeType::LongRope && phi3.rope.factor == 4.0 && phi3.rope.longFactor.size() == 8 && phi3.rope.originalMaxPositions == 16);
    const ModelConfig qwen2 = readModelConfig(root + "qwen2"), qwen3 = readModelConfig(root + "qwen3");
    QVERIFY(qwen2.attentionBias && !qwen2.hasOutputBias() && !qwen2.hasHeadNorms() && !qwen2.slidingWindow);
    QVERIFY(!qwen3.attentionBias && qwen3.hasHeadNorms() && qwen3.headDim == 32 && qwen3.heads * qwen3.headDim != qwen3.hiddenSize && qwen3.tieEmbeddings);
  }

  void theFirstLayersOfAnOlderQwenSeeEverything() {
    Json json = with("model_type", "qwen2");
    json["architectures"] = {"Qwen2ForCausalLM"};
    json["num_hidden_layers"] = 3;
    json["use_sliding_window"] = true;
    json["sliding_window"] = 64;
    json["max_window_layers"] = 2;
    const ModelConfig windowed = parseModelConfig(json);
    QVERIFY(!windowed.windowOf(0) && !windowed.windowOf(1) && windowed.windowOf(2) == 64);
    json["use_sliding_window"] = false;
    QVERIFY(!parseModelConfig(json).windowOf(2));
    json["use_sliding_window"] = true;
    json["layer_types"] = {"sliding_attention", "full_attention", "full_attention"};
    const ModelConfig listed = parseModelConfig(json);
    QVERIFY(listed.windowOf(0) == 64 && !listed.windowOf(1));
  }

  void brokenValuesAreRefused_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char* name, const Json& json, const char* code, const char* mentions) { QTest::newRow(name) << QByteArray::fromStdString(dumpJson(json)) << code << mentions; };
    for (const char* key : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "max_position_embeddings", "head_dim"}) {
      const auto name = [&](const char* what) { return std::string(key) + " " + what; };
      row(name("0").c_str(), with(key, 0), "REJ:CONFIG_VALUE", key);
      row(name("-1").c_str(), with(key, -1), "REJ:CONFIG_VALUE", key);
      row(name("2^31").c_str(), with(key, int64_t{1} << 31), "REJ:CONFIG_VALUE", "2147483648");
      row(name("2^64-1").c_str(), with(key, UINT64_MAX), "REJ:CONFIG_VALUE", "18446744073709551615");
      row(name("text").c_str(), with(key, "4096"), "REJ:CONFIG_TYPE", "\"4096\"");
      row(name("fraction").c_str(), with(key, 16.5), "REJ:CONFIG_TYPE", "16.5");
      row(name("list").c_str(), with(key, Json::array({16})), "REJ:CONFIG_TYPE", "a list");
    }
    for (const char* key : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"})
      row((std::string(key) + " null").c_str(), with(key, nullptr), "REJ:CONFIG_MISSING", "null");
    row("10^9 layers", with("num_hidden_layers", 1'000'000'000), "REJ:CONFIG_VALUE", "1000000000");
    row("heads do not divide", with("num_attention_heads", 5), "REJ:CONFIG_HEADS", "num_key_value_heads");
    row("key heads do not divide", with("num_key_value_heads", 3), "REJ:CONFIG_HEADS", "3");
    row("more key heads than heads", with("num_key_value_heads", 8), "REJ:CONFIG_HEADS", "8");
    row("odd head", with("head_dim", 5), "REJ:CONFIG_HEADS", "even");
    row("rope 0", with("rope_theta", 0), "REJ:CONFIG_VALUE", "rope_theta");
    row("rope negative", with("rope_theta", -1.0), "REJ:CONFIG_VALUE", "rope_theta");
    row("rope text", with("rope_theta", "10000"), "REJ:CONFIG_TYPE", "rope_theta");
    row("rope factor 0", with("rope_scaling", {{"rope_type", "linear"}, {"factor", 0}}), "REJ:CONFIG_VALUE", "factor");
    row("rope without factor", with("rope_scaling", {{"rope_type", "linear"}}), "REJ:CONFIG_ROPE", "factor");
    row("rope no object", with("rope_scaling", 2.0), "REJ:CONFIG_TYPE", "rope_scaling");
    row("llama3 without length", with("rope_scaling", {{"rope_type", "llama3"}, {"factor", 8.0}}), "REJ:CONFIG_ROPE", "original_max_position_embeddings");
    row("llama3 frequencies swapped", with("rope_scaling", {{"rope_type", "llama3"}, {"factor", 8.0}, {"low_freq_factor", 4.0}, {"high_freq_factor", 1.0}, {"original_max_position_embeddings", 32}}), "REJ:CONFIG_ROPE", "high_freq_factor");
    row("longrope list too short", with("rope_scaling", {{"type", "longrope"}, {"short_factor", {1.0}}, {"long_factor", {1.0, 1.0}}, {"original_max_position_embeddings", 32}}), "REJ:CONFIG_ROPE", "short_factor");
    row("eps negative", with("rms_norm_eps", -1e-5), "REJ:CONFIG_VALUE", "rms_norm_eps");
    row("tie text", with("tie_word_embeddings", "true"), "REJ:CONFIG_TYPE", "tie_word_embeddings");
    row("window 0", with("sliding_window", 0), "REJ:CONFIG_VALUE", "sliding_window");
    row("layer types too few", with("layer_types", {"full_attention"}), "REJ:CONFIG_VALUE", "layer_types");
    row("more chosen than experts", mixtral("num_experts_per_tok", 9), "REJ:CONFIG_VALUE", "num_experts_per_tok");
    row("no expert", mixtral("num_local_experts", 0), "REJ:CONFIG_VALUE", "num_local_experts");
    row("10^6 experts", mixtral("num_local_experts", 1'000'000), "REJ:CONFIG_VALUE", "1000000");
    row("too many experts in all", mixtral("num_hidden_layers", 9'000), "REJ:CONFIG_VALUE", "65536");
    row("eos text", with("eos_token_id", "</s>"), "REJ:CONFIG_TYPE", "eos_token_id");
    row("architectures number", with("architectures", 3), "REJ:CONFIG_TYPE", "architectures");
    row("empty object", Json::object(), "REJ:CONFIG_MISSING", "model_type");
    row("list", Json::array(), "REJ:CONFIG_TYPE", "a list");
    row("null", nullptr, "REJ:CONFIG_TYPE", "null");
  }

  void brokenValuesAreRefused() {
    QFETCH(QByteArray, json);
    QFETCH(QString, code);
    QFETCH(QString, mentions);
    const Json config = parseJson(json.toStdString());
    const Outcome outcome = outcomeOf([&] { parseModelConfig(config); });
    QVERIFY2(outcome.threw, "the values were accepted");
    QCOMPARE(QString::fromStdString(outcome.error.code), code);
    QVERIFY2(QString::fromStdString(outcome.error.message).contains(mentions), outcome.error.message.c_str());
    QVERIFY2(outcome.error.message.find("config.json") != std::string::npos, outcome.error.message.c_str());
    const Outcome described = outcomeOf([&] { describeModelConfig(config); });
    QCOMPARE(described.error.code, outcome.error.code);
  }

  void whatLatheDoesNotRunIsNamed_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char* name, const Json& json, const char* mentions) { QTest::newRow(name) << QByteArray::fromStdString(dumpJson(json)) << mentions; };
    row("rope type", with("rope_scaling", {{"rope_type", "spiral"}, {"factor", 2.0}}), "spiral");
    row("activation", with("hidden_act", "relu"), "relu");
    row("type", with("torch_dtype", "float8_e4m3fn"), "float8_e4m3fn");
    row("classifier", with("architectures", {"LlamaForSequenceClassification"}), "LlamaForSequenceClassification");
    row("hqq", with("quantization_config", {{"quant_method", "hqq"}, {"bits", 4}}), "hqq");
    row("unnamed quantization", with("quantization_config", Json::object()), "unknown");
    Json mamba = {{"model_type", "mamba"}, {"architectures", {"MambaForCausalLM"}}, {"d_model", 8}};
    row("other architecture", mamba, "MambaForCausalLM");
  }

  void whatLatheDoesNotRunIsNamed() {
    QFETCH(QByteArray, json);
    QFETCH(QString, mentions);
    const Json config = parseJson(json.toStdString());
    const Outcome outcome = outcomeOf([&] { parseModelConfig(config); });
    QCOMPARE(outcome.error.kind, ErrorKind::Unsupported);
    QVERIFY2(QString::fromStdString(outcome.error.message).contains(mentions), outcome.error.message.c_str());
    QCOMPARE(describeModelConfig(config).unsupported, outcome.error.message);
  }

  void oddButUsableValuesWarn() {
    Json config = smallLlamaConfig();
    config["eos_token_id"] = {2, 32, -1, 2};
    config["pad_token_id"] = -1;
    config["auto_map"] = {{"AutoModel", "modeling_evil.Model"}};
    config["head_dim"] = nullptr;
    config["num_key_value_heads"] = nullptr;
    const ModelConfig parsed = parseModelConfig(config);
    QVERIFY(parsed.eosIds == std::vector<int64_t>{2});
    QVERIFY(!parsed.padId && parsed.bosId == 1 && parsed.headDim == 4 && parsed.kvHeads == 4);
    QCOMPARE(parsed.warnings.size(), size_t{4});
    QVERIFY(!find(modelConfigToJson(parsed), "auto_map"));
  }

  /// Numbers of parameters as transformers 5.23 counts them (models made without memory).
  void mixturesOfExpertsAreCounted() {
    Json json = mixtral("hidden_size", 4096);
    for (const auto& [key, value] : {std::pair("intermediate_size", 14336), std::pair("num_hidden_layers", 32), std::pair("num_attention_heads", 32), std::pair("num_key_value_heads", 8), std::pair("vocab_size", 32000)})
      json[key] = value;
    const ModelConfig large = parseModelConfig(json);
    QVERIFY(large.experts.count == 8 && large.experts.perToken == 2 && large.experts.normalized && large.rope.theta == 1e6 && large.isMixture(0) && large.isMixture(31));
    QCOMPARE(large.parameters(), int64_t{46'702'792'704});
    QCOMPARE(large.activeParameters(), int64_t{46'702'792'704} - int64_t{32} * 6 * 3 * 4096 * 14336);
    const Json qwen = {{"model_type", "qwen3_moe"}, {"architectures", {"Qwen3MoeForCausalLM"}}, {"hidden_size", 2048}, {"intermediate_size", 6144}, {"num_hidden_layers", 48}, {"num_attention_heads", 32},
                       {"num_key_value_heads", 4}, {"head_dim", 128}, {"moe_intermediate_size", 768}, {"num_experts", 128}, {"num_experts_per_tok", 8}, {"vocab_size", 151936}, {"norm_topk_prob", true}};
    QCOMPARE(parseModelConfig(qwen).parameters(), int64_t{30'532'122'624});
    QVERIFY(parseModelConfig(qwen).warnings.empty() && parseModelConfig(qwen).experts.normalized);
    Json some = qwen;
    some["mlp_only_layers"] = {3, 900};
    some["decoder_sparse_step"] = 2;
    some["norm_topk_prob"] = false;
    some["output_router_logits"] = true;
    const ModelConfig mixed = parseModelConfig(some);
    QVERIFY(!mixed.isMixture(0) && mixed.isMixture(1) && !mixed.isMixture(3) && mixed.isMixture(5) && !mixed.experts.normalized);
    QCOMPARE(mixed.mixtureLayers(), int64_t{23});
    QCOMPARE(mixed.warnings.size(), size_t{1}); // the balancing loss is not applied
    QVERIFY(difference(mixed, parseModelConfig(modelConfigToJson(mixed))).empty() && parseModelConfig(modelConfigToJson(mixed)).experts.layers == mixed.experts.layers);
  }

  void theDefaultsOfTransformersHold() {
    Json config = smallLlamaConfig();
    config["model_type"] = "mistral";
    config["architectures"] = {"MistralForCausalLM"};
    config["num_attention_heads"] = 8;
    config.erase("num_key_value_heads");
    const ModelConfig mistral = parseModelConfig(config);
    QVERIFY(mistral.slidingWindow == 4096 && mistral.kvHeads == 8);
    config["sliding_window"] = nullptr;
    QVERIFY(!parseModelConfig(config).slidingWindow);
  }
};

QTEST_GUILESS_MAIN(TestModelConfig)
#include "tst_model_config.moc"
