// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"
#include "core/io/adapter_files.h"
#include "tests/io/io_test_support.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <filesystem>

using namespace lathe;
using namespace lathe::io;
using namespace iotest;
namespace fs = std::filesystem;

namespace {

Json loraConfig() { return {{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 4}, {"target_modules", {"q_proj", "v_proj"}}, {"task_type", "CAUSAL_LM"}, {"base_model_name_or_path", "base"}}; }

std::vector<TensorView> loraTensors(int layers, const std::vector<std::string>& modules = {"q_proj", "v_proj"}, int64_t rank = 2) {
  std::vector<TensorView> out;
  for (int i = 0; i < layers; ++i)
    for (const std::string& module : modules) {
      const std::string name = "base_model.model.model.layers." + std::to_string(i) + ".self_attn." + module;
      out.push_back(tensorOf(name + ".lora_A.weight", {rank, 4}, std::vector<float>(static_cast<size_t>(rank) * 4, 0.5f)));
      out.push_back(tensorOf(name + ".lora_B.weight", {6, rank}, std::vector<float>(static_cast<size_t>(rank) * 6, 0.25f)));
    }
  return out;
}

} // namespace

class TestAdapterFiles : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_temporary = std::make_unique<QTemporaryDir>();
    m_folder = m_temporary->filePath("adapter").toStdString();
    fs::create_directories(m_folder);
    writeBytes(m_folder + "/adapter_config.json", dumpJson(loraConfig()));
    writeSafetensors(m_folder + "/adapter_model.safetensors", loraTensors(2));
  }

  void referenceAdaptersSurviveReadingAndWriting() {
    int seen = 0;
    for (const std::string& model : tinyModels(LATHE_SHARED_DATA))
      for (const auto& entry : fs::directory_iterator(model)) {
        if (!entry.is_directory())
          continue;
        const AdapterFiles adapter = AdapterFiles::open(entry.path().string());
        QVERIFY2(adapter.warnings.empty(), adapter.warnings.empty() ? "" : adapter.warnings.front().c_str());
        const std::string copy = m_temporary->filePath("copy").toStdString();
        writeAdapter(copy, adapter.config, adapter.tensors->tensors());
        const AdapterFiles again = AdapterFiles::open(copy);
        Json want = adapter.config.raw, got = again.config.raw;
        std::sort(want["target_modules"].begin(), want["target_modules"].end());
        for (const auto& [key, value] : want.items())
          QVERIFY2(got.contains(key) && got[key] == value, (entry.path().string() + ": " + key + " is " + dumpJson(got[key]) + " instead of " + dumpJson(value)).c_str());
        QCOMPARE(again.tensors->tensors().size(), adapter.tensors->tensors().size());
        for (const TensorView& tensor : adapter.tensors->tensors()) {
          const TensorView* other = again.tensors->find(tensor.name);
          QVERIFY(other && other->shape == tensor.shape && (tensor.bytes == 0 || std::memcmp(other->data, tensor.data, tensor.bytes) == 0));
        }
        ++seen;
      }
    if (seen == 0)
      QSKIP("the shared tiny models are not there");
    QVERIFY(seen >= 12);
  }

  void valuesAreRead() {
    if (tinyModels(LATHE_SHARED_DATA).empty())
      QSKIP("the shared tiny models are not there");
    const std::string root = std::string(LATHE_SHARED_DATA) + "/tiny-models/llama/";
    QVERIFY(readAdapterConfig(root + "adapter_dora").useDora);
    QVERIFY(readAdapterConfig(root + "adapter_rslora").useRslora);
    const AdapterConfig ada = readAdapterConfig(root + "adapter_adalora");
    QVERIFY(ada.peftType == "ADALORA" && ada.initR == 6 && ada.targetR == 3 && ada.tinit == 2 && ada.tfinal == 3 && ada.totalStep == 10);
    QVERIFY(ada.adaloraRankPattern.at("model.layers.0.mlp.down_proj.lora_E") == (std::vector<bool>{true, true, false, true, true, false}));
    AdapterConfig lora = readAdapterConfig(root + "adapter");
    QVERIFY(lora.r == 4 && lora.alpha == 8.0 && lora.targetModules.size() == 7 && lora.scaling(4, 8.0) == 2.0);
    lora.useRslora = true;
    QVERIFY(std::abs(lora.scaling(4, 8.0) - 4.0) < 1e-15);
  }

  void brokenConfigurationIsRefused_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char* name, const char* key, const Json& value, const char* code, const char* mentions) {
      Json config = loraConfig();
      config[key] = value;
      QTest::newRow(name) << QByteArray::fromStdString(dumpJson(config)) << code << mentions;
    };
    row("rank 0", "r", 0, "REJ:ADAPTER_VALUE", "\"r\" is 0");
    row("rank -1", "r", -1, "REJ:ADAPTER_VALUE", "\"r\" is -1");
    row("rank 2^31", "r", int64_t{1} << 31, "REJ:ADAPTER_VALUE", "2147483648");
    row("rank text", "r", "8", "REJ:ADAPTER_TYPE", "\"8\"");
    row("alpha text", "lora_alpha", "16", "REJ:ADAPTER_TYPE", "lora_alpha");
    row("dropout 2", "lora_dropout", 2, "REJ:ADAPTER_VALUE", "lora_dropout");
    row("pattern rank 0", "rank_pattern", {{"q_proj", 0}}, "REJ:ADAPTER_VALUE", "q_proj");
    row("pattern list", "rank_pattern", {1}, "REJ:ADAPTER_TYPE", "rank_pattern");
    row("no targets", "target_modules", Json::array(), "REJ:ADAPTER_MISSING", "target_modules");
    row("targets number", "target_modules", 3, "REJ:ADAPTER_TYPE", "target_modules");
    row("target control", "target_modules", {"q\x1bproj"}, "REJ:ADAPTER_VALUE", "U+001B");
    row("bias", "bias", "some", "REJ:ADAPTER_VALUE", "bias");
    row("no kind", "peft_type", nullptr, "REJ:ADAPTER_MISSING", "peft_type");
    row("layers negative", "layers_to_transform", {0, -1}, "REJ:ADAPTER_VALUE", "layers_to_transform");
    QTest::newRow("NaN alpha") << QByteArray(R"({"peft_type":"LORA","r":2,"lora_alpha":NaN,"target_modules":["q_proj"]})") << "REJ:ADAPTER_JSON" << "column";
    QTest::newRow("duplicate key") << QByteArray(R"({"peft_type":"LORA","r":2,"r":3})") << "REJ:ADAPTER_JSON" << "\"r\"";
    QTest::newRow("list") << QByteArray("[]") << "REJ:ADAPTER_TYPE" << "a list";
    QTest::newRow("empty file") << QByteArray("") << "REJ:ADAPTER_JSON" << "adapter_config.json";
  }

  void brokenConfigurationIsRefused() {
    QFETCH(QByteArray, json);
    QFETCH(QString, code);
    QFETCH(QString, mentions);
    writeBytes(m_folder + "/adapter_config.json", json.toStdString());
    expectRefusal(code.toStdString(), mentions.toStdString());
  }

  void otherMethodsAndVariantsAreNamed() {
    const std::vector<std::pair<Json, std::string>> rows = {{{{"peft_type", "IA3"}}, "IA3"},
                                                            {{{"target_modules", ".*\\.(q|v)_proj"}}, "pattern"},
                                                            {{{"use_qalora", true}}, "use_qalora"},
                                                            {{{"layer_replication", {{0, 4}, {2, 5}}}}, "layer_replication"}};
    for (const auto& [change, mention] : rows) {
      Json config = loraConfig();
      config.update(change);
      writeBytes(m_folder + "/adapter_config.json", dumpJson(config));
      const Outcome outcome = outcomeOf([&] { AdapterFiles::open(m_folder); });
      QCOMPARE(outcome.error.kind, ErrorKind::Unsupported);
      QVERIFY2(outcome.error.message.find(mention) != std::string::npos, outcome.error.message.c_str());
    }
    Json config = loraConfig();
    config["target_modules"] = "all-linear";
    writeBytes(m_folder + "/adapter_config.json", dumpJson(config));
    QVERIFY(AdapterFiles::open(m_folder).config.allLinear);
    QVERIFY(adapterConfigToJson(AdapterFiles::open(m_folder).config)["target_modules"] == "all-linear");
  }

  void pickleOnlyIsRefusedWithAdvice() {
    fs::remove(m_folder + "/adapter_model.safetensors");
    QCOMPARE(outcomeOf([&] { AdapterFiles::open(m_folder); }).error.kind, ErrorKind::NotFound);
    writeBytes(m_folder + "/adapter_model.bin", "PK\x03\x04");
    expectRefusal("REJ:PICKLE", "adapter_model.bin");
    expectRefusal("REJ:PICKLE", "safe");
  }

  void tensorsThatDoNotFitAreRefusedWithBothShapes() {
    auto tensors = loraTensors(1);
    tensors[1] = tensorOf(tensors[1].name, {6, 3}, std::vector<float>(18));
    writeSafetensors(m_folder + "/adapter_model.safetensors", tensors);
    expectRefusal("REJ:ADAPTER_SHAPE", "[2, 4]");
    expectRefusal("REJ:ADAPTER_SHAPE", "[6, 3]");
    writeSafetensors(m_folder + "/adapter_model.safetensors", loraTensors(1, {"q_proj"}, 3));
    expectRefusal("REJ:ADAPTER_SHAPE", "rank 2");
    tensors = loraTensors(1);
    tensors.pop_back();
    writeSafetensors(m_folder + "/adapter_model.safetensors", tensors);
    expectRefusal("REJ:ADAPTER_PAIR", "no lora_B");
    writeSafetensors(m_folder + "/adapter_model.safetensors", {tensorOf("model.norm.weight", {4}, {1, 1, 1, 1})});
    expectRefusal("REJ:ADAPTER_EMPTY", "1 tensors");
    writeBytes(m_folder + "/adapter_model.safetensors", "short");
    expectRefusal("REJ:SAFETENSORS_SHORT", "5 bytes");
  }

  void rankPatternExplainsOtherRanks() {
    auto tensors = loraTensors(1, {"q_proj"}, 3);
    for (const TensorView& tensor : loraTensors(1, {"v_proj"}))
      tensors.push_back(tensor);
    writeSafetensors(m_folder + "/adapter_model.safetensors", tensors);
    Json config = loraConfig();
    config["rank_pattern"] = {{"q_proj", 3}};
    writeBytes(m_folder + "/adapter_config.json", dumpJson(config));
    QCOMPARE(AdapterFiles::open(m_folder).config.rankPattern.at("q_proj"), int64_t{3});
    config["rank_pattern"] = {{"_proj", 3}}; // no suffix after a dot
    writeBytes(m_folder + "/adapter_config.json", dumpJson(config));
    expectRefusal("REJ:ADAPTER_SHAPE", "rank 2");
  }

  void missingLayersAreReported() {
    auto tensors = loraTensors(4, {"q_proj"});
    for (const TensorView& tensor : loraTensors(2, {"v_proj"}))
      tensors.push_back(tensor);
    writeSafetensors(m_folder + "/adapter_model.safetensors", tensors);
    const AdapterFiles adapter = AdapterFiles::open(m_folder);
    QCOMPARE(adapter.warnings.size(), size_t{1});
    QVERIFY2(adapter.warnings[0].find("2 of at least 4 layers") != std::string::npos, adapter.warnings[0].c_str());
  }

  void nonFiniteWeightsAreFoundByName() {
    auto tensors = loraTensors(1);
    tensors[0] = tensorOf(tensors[0].name, {2, 4}, {0, 0, 0, NAN, 0, 0, 0, 0});
    writeSafetensors(m_folder + "/adapter_model.safetensors", tensors);
    QCOMPARE(nonFiniteTensors(*AdapterFiles::open(m_folder).tensors), std::vector<std::string>{tensors[0].name});
  }

  void writtenConfigurationHasWhatPeftNeeds() {
    AdapterConfig config;
    config.r = 3;
    config.alpha = 6;
    config.targetModules = {"q_proj"};
    config.baseModel = "org/name";
    const std::string folder = m_temporary->filePath("new/adapter").toStdString();
    writeAdapter(folder, config, loraTensors(1, {"q_proj"}, 3));
    const Json json = parseJsonFile(folder + "/adapter_config.json");
    QVERIFY(json["peft_type"] == "LORA" && json["r"] == 3 && json["lora_alpha"] == 6 && json["lora_alpha"].is_number_integer() && json["target_modules"] == Json::array({"q_proj"}) && json["modules_to_save"].is_null());
    QVERIFY(json["inference_mode"] == true && json["init_lora_weights"] == true && json["rank_pattern"] == Json::object());
    QCOMPARE(listDirectory(folder), (std::vector<std::string>{"adapter_config.json", "adapter_model.safetensors"}));
    QCOMPARE(AdapterFiles::open(folder).config.r, int64_t{3});
  }

private:
  void expectRefusal(const std::string& code, const std::string& mentions) {
    const auto before = treeOf(m_temporary->path().toStdString());
    const Outcome outcome = outcomeOf([&] { AdapterFiles::open(m_folder); });
    QVERIFY2(outcome.error.code == code, (outcome.error.code + ": " + outcome.error.message).c_str());
    QVERIFY2(outcome.error.message.find(mentions) != std::string::npos, outcome.error.message.c_str());
    QVERIFY(outcome.processorSeconds < 1.0);
    QVERIFY(treeOf(m_temporary->path().toStdString()) == before);
  }

  std::unique_ptr<QTemporaryDir> m_temporary;
  std::string m_folder;
};

QTEST_GUILESS_MAIN(TestAdapterFiles)
#include "tst_adapter_files.moc"
