// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.h"
#include "core/io/inspect.h"
#include "core/io/model_folder.h"
#include "tests/io/io_test_support.h"

#include <QTest>

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>

using namespace lathe;
using namespace lathe::io;
using namespace iotest;
namespace fs = std::filesystem;

class TestModelFolder : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_temporary = std::make_unique<QTemporaryDir>();
    m_folder = m_temporary->filePath("model").toStdString();
    writeSmallLlama(m_folder);
  }

  void sharedModelsOpenWithAllTheirTensors() {
    const auto models = tinyModels(LATHE_SHARED_DATA);
    if (models.empty())
      QSKIP("the shared tiny models are not there");
    for (const std::string& model : models) {
      const auto folder = ModelFolder::describe(model);
      QVERIFY2(folder->find("model.embed_tokens.weight"), model.c_str());
      uint64_t bytes = 0;
      for (const std::string& name : folder->names()) {
        const TensorView* tensor = folder->find(name);
        std::vector<std::byte> copy(tensor->bytes);
        folder->read(*tensor, copy);
        QVERIFY(std::memcmp(copy.data(), tensor->data, copy.size()) == 0);
        bytes += tensor->bytes;
      }
      QCOMPARE(bytes, folder->weightBytes());
      QVERIFY(folder->generationConfig().is_object());
      QVERIFY2(folder->warnings().empty(), folder->warnings().empty() ? "" : folder->warnings().front().c_str());
    }
    QCOMPARE(ModelFolder::open(std::string(LATHE_SHARED_DATA) + "/tiny-models/llama-bf16-sharded")->shards().size(), size_t{3});
  }

  void shardedEqualsSingle() {
    split({{"model-00001-of-00002.safetensors", 0}, {"model-00002-of-00002.safetensors", 1}});
    const auto folder = ModelFolder::open(m_folder);
    QCOMPARE(folder->names().size(), smallLlamaTensors().size());
    for (const TensorView& want : smallLlamaTensors()) {
      const TensorView* got = folder->find(want.name);
      QVERIFY(got && got->shape == want.shape && std::memcmp(got->data, want.data, want.bytes) == 0);
    }
    QVERIFY(folder->warnings().empty());
  }

  /// All experts of a layer in one tensor: each is its part of it, in order; impossible ones are refused.
  void expertsInOneTensorHaveNamesOfTheirOwn() {
    const auto named = [](const char* name, std::vector<int64_t> shape, const std::vector<float>& values) {
      TensorView view{name, DType::F32, std::move(shape), reinterpret_cast<const std::byte*>(values.data()), values.size() * 4, {}, {}};
      return view;
    };
    std::vector<float> values(2 * 6 * 4);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(i);
    const std::vector<float> router = {1, 2, 3, 4, 5, 6, 7, 8};
    const auto write = [&](const std::vector<TensorView>& tensors) {
      writeFileAtomic(m_folder + "/config.json", dumpJson(Json{{"model_type", "mixtral"}, {"architectures", {"MixtralForCausalLM"}}, {"hidden_size", 4}, {"intermediate_size", 3}, {"num_hidden_layers", 1},
                                                               {"num_attention_heads", 2}, {"num_key_value_heads", 1}, {"vocab_size", 5}, {"num_local_experts", 2}}));
      writeSafetensors(m_folder + "/model.safetensors", tensors);
    };
    const TensorView both = named("model.layers.0.mlp.experts.gate_up_proj", {2, 6, 4}, values), gate = named("model.layers.0.mlp.gate.weight", {2, 4}, router);
    write({both, gate});
    const auto folder = ModelFolder::open(m_folder);
    QCOMPARE(folder->names(), (std::vector<std::string>{"model.layers.0.block_sparse_moe.experts.0.w1.weight", "model.layers.0.block_sparse_moe.experts.0.w3.weight", "model.layers.0.block_sparse_moe.experts.1.w1.weight",
                                                        "model.layers.0.block_sparse_moe.experts.1.w3.weight", "model.layers.0.block_sparse_moe.gate.weight"}));
    for (size_t i = 0; i < 4; ++i) {
      const TensorView& part = *folder->find(folder->names()[i]);
      QCOMPARE(part.shape, (std::vector<int64_t>{3, 4}));
      std::vector<float> got(12);
      folder->read(part, std::as_writable_bytes(std::span(got)));
      QVERIFY(std::equal(got.begin(), got.end(), values.begin() + static_cast<std::ptrdiff_t>(12 * i)));
    }
    for (const std::vector<int64_t>& shape : {std::vector<int64_t>{6, 2, 4}, {2, 4, 6}, {48}, {1, 2, 6, 4}, {2, 24}}) {
      write({named("model.layers.0.mlp.experts.gate_up_proj", shape, values)});
      QCOMPARE(outcomeOf([&] { ModelFolder::open(m_folder); }).error.code, std::string("REJ:MODEL_SHAPE"));
    }
    const std::vector<float> one(12);
    write({both, named("model.layers.0.block_sparse_moe.experts.1.w3.weight", {3, 4}, one)});
    QCOMPARE(outcomeOf([&] { ModelFolder::open(m_folder); }).error.code, std::string("REJ:MODEL_SHARD_CONFLICT"));
    write({named("model.layers.1.mlp.experts.gate_up_proj", {2, 6, 4}, values)}); // a layer that the model does not have
    QCOMPARE(ModelFolder::open(m_folder)->names(), std::vector<std::string>{"model.layers.1.mlp.experts.gate_up_proj"});
  }

  void hostileIndexIsRefused_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("code");
    QTest::newRow("parent") << "../model.safetensors" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("absolute") << "/etc/passwd.safetensors" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("drive") << "C:model.safetensors" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("drive path") << "C:\\model.safetensors" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("host") << "\\\\host\\share\\model.safetensors" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("folder inside") << "sub/model.safetensors" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("dots") << ".." << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("empty") << "" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("long") << QString(300, 'x') + ".safetensors" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("control") << "model\n.safetensors" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("other suffix") << "model.dat" << "REJ:MODEL_INDEX_PATH";
    QTest::newRow("pickle") << "pytorch_model.bin" << "REJ:PICKLE";
    QTest::newRow("missing") << "model-00003-of-00003.safetensors" << "REJ:MODEL_SHARD_MISSING";
  }

  void hostileIndexIsRefused() {
    QFETCH(QString, file);
    QFETCH(QString, code);
    fs::rename(m_folder + "/model.safetensors", m_folder + "/model-00001-of-00002.safetensors");
    writeIndex({{"weight_map", {{"model.norm.weight", "model-00001-of-00002.safetensors"}, {"lm_head.weight", file.toStdString()}}}});
    expectRefusal(code.toStdString(), "");
  }

  void brokenIndexIsRefused() {
    fs::rename(m_folder + "/model.safetensors", m_folder + "/a.safetensors");
    for (const Json& json : {Json(nullptr), Json::array(), Json::object(), Json({{"weight_map", 1}}), Json({{"weight_map", Json::object()}}), Json({{"weight_map", {{"a", 1}}}})}) {
      writeIndex(json);
      expectRefusal("REJ:MODEL_INDEX", "index.json");
    }
    Json many;
    for (int i = 0; i < 10'001; ++i)
      many["t" + std::to_string(i)] = "s" + std::to_string(i) + ".safetensors";
    writeIndex({{"weight_map", many}});
    expectRefusal("REJ:MODEL_INDEX", "10000");
    writeSparse(m_folder + "/model.safetensors.index.json", "{", (64ull << 20) + 1);
    expectRefusal("REJ:MODEL_INDEX", "67108865");
  }

  /// A Llama of 70 billion parameters in 300 files that take no space on disk: described, opened, read from, inspected.
  void seventyBillionParametersInThreeHundredShardsOpenInASecond() {
    writeLargeLlama(300);
    const uint64_t before = residentBytes();
    std::shared_ptr<ModelFolder> folder;
    const Outcome outcome = outcomeOf([&] { folder = ModelFolder::open(m_folder); });
    QVERIFY2(!outcome.threw, outcome.error.message.c_str());
    QCOMPARE(folder->shards().size(), size_t{300});
    QCOMPARE(folder->config().parameters(), int64_t{70'553'706'496});
    QCOMPARE(folder->weightBytes(), uint64_t{2} * 70'553'706'496);
    const TensorView* norm = folder->find("model.layers.79.input_layernorm.weight");
    std::vector<std::byte> row(norm->bytes);
    folder->read(*norm, row);
    Json inspected;
    const Outcome inspecting = outcomeOf([&] { inspected = inspectPath(m_folder); });
    QVERIFY2(!inspecting.threw, inspecting.error.message.c_str());
    const uint64_t more = residentBytes() - std::min(residentBytes(), before);
    qInfo("300 shards, 723 tensors, %.1f GB: opened in %.3f s (%.3f s of processor time), inspected in %.3f s, %.1f MiB more memory", static_cast<double>(folder->weightBytes()) / 1e9, outcome.seconds, outcome.processorSeconds,
          inspecting.seconds, static_cast<double>(more) / (1 << 20));
    QVERIFY2(outcome.processorSeconds < 1.0 && inspecting.processorSeconds < 1.0, qPrintable(QString::number(outcome.processorSeconds)));
    QVERIFY2(more < 64ull << 20, qPrintable(QString::number(more)));
  }

  void missingShardsAreListed() {
    split({{"a.safetensors", 0}, {"b.safetensors", 1}});
    fs::remove(m_folder + "/a.safetensors");
    expectRefusal("REJ:MODEL_SHARD_MISSING", "1 of 2 weight files are missing");
    expectRefusal("REJ:MODEL_SHARD_MISSING", "a.safetensors");
  }

  void conflictingShardsAreRefused() {
    split({{"a.safetensors", 0}, {"b.safetensors", 1}});
    fs::copy_file(m_folder + "/a.safetensors", m_folder + "/b.safetensors", fs::copy_options::overwrite_existing);
    expectRefusal("REJ:MODEL_SHARD_CONFLICT", "both in a.safetensors and in b.safetensors");
    init();
    split({{"a.safetensors", 0}, {"b.safetensors", 1}});
    fs::rename(m_folder + "/a.safetensors", m_folder + "/c.safetensors");
    fs::rename(m_folder + "/b.safetensors", m_folder + "/a.safetensors");
    fs::rename(m_folder + "/c.safetensors", m_folder + "/b.safetensors");
    expectRefusal("REJ:MODEL_SHARD_CONFLICT", "but it is in");
  }

  void picklesAreNeverOpened() {
    fs::remove(m_folder + "/model.safetensors");
    for (const char* name : {"pytorch_model.bin", "model.pt", "consolidated.00.pth"}) {
      writeBytes(m_folder + "/" + name, "PK\x03\x04");
      expectRefusal("REJ:PICKLE", name);
      expectRefusal("REJ:PICKLE", "safetensors");
      fs::remove(m_folder + "/" + name);
    }
    writeBytes(m_folder + "/model.safetensors", std::string("PK\x03\x04\0\0\x08\x08\0\0\0\0", 12));
    expectRefusal("REJ:PICKLE", "model.safetensors");
  }

  void foldersWithoutAModelSayWhatIsMissing() {
    QCOMPARE(outcomeOf([&] { ModelFolder::open(m_folder + "-absent"); }).error.kind, ErrorKind::NotFound);
    QCOMPARE(outcomeOf([&] { ModelFolder::open(m_folder + "/config.json"); }).error.code, std::string("REJ:MODEL_FOLDER"));
    fs::rename(m_folder + "/model.safetensors", m_folder + "/consolidated.safetensors");
    expectRefusal("REJ:MODEL_WEIGHTS", "consolidated.safetensors");
    fs::remove(m_folder + "/consolidated.safetensors");
    QCOMPARE(outcomeOf([&] { ModelFolder::open(m_folder); }).error.kind, ErrorKind::NotFound);
    fs::remove(m_folder + "/config.json");
    QCOMPARE(outcomeOf([&] { ModelFolder::open(m_folder); }).error.kind, ErrorKind::NotFound);
  }

  void brokenConfigFilesAreRefused() {
    for (const char* text : {"", "{", "{\"a\":1,\"a\":2}", "{\"rope_theta\":NaN}", "\xff\xfe{\0}", "{\"rope_theta\":1e999}"}) {
      writeBytes(m_folder + "/config.json", text);
      expectRefusal("REJ:CONFIG_JSON", "config.json");
    }
    writeSparse(m_folder + "/config.json", "{", (4ull << 20) + 1);
    expectRefusal("REJ:CONFIG_JSON", "4194305");
    writeBytes(m_folder + "/config.json", "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}");
    expectRefusal("REJ:CONFIG_JSON", "64");
  }

  void linksOutOfTheFolderAreRefused() {
    const std::string outside = m_temporary->filePath("outside.safetensors").toStdString();
    fs::rename(m_folder + "/model.safetensors", outside);
    fs::create_symlink(outside, m_folder + "/model.safetensors");
    expectRefusal("REJ:MODEL_LINK", "outside the model folder");
    fs::remove(m_folder + "/model.safetensors");
    fs::create_symlink("model.safetensors", m_folder + "/model.safetensors");
    expectRefusal("REJ:MODEL_LINK", "itself");
    fs::remove(m_folder + "/model.safetensors");
    fs::rename(outside, m_folder + "/weights");
    fs::create_symlink("weights", m_folder + "/model.safetensors");
    QVERIFY(!outcomeOf([&] { ModelFolder::open(m_folder); }).threw);
    fs::rename(m_folder + "/config.json", m_temporary->filePath("config.json").toStdString());
    fs::create_symlink("../config.json", m_folder + "/config.json");
    expectRefusal("REJ:MODEL_LINK", "config.json");
  }

  void hubCacheLayoutIsReadFromTheSnapshotAndTheRepository() {
    const std::string repository = m_temporary->filePath("models--org--name").toStdString();
    const std::string snapshot = repository + "/snapshots/0123abcd";
    fs::create_directories(repository + "/blobs");
    fs::create_directories(repository + "/refs");
    fs::create_directories(snapshot);
    for (const char* name : {"config.json", "model.safetensors"}) {
      fs::rename(m_folder + "/" + name, repository + "/blobs/" + std::string(name) + "-hash");
      fs::create_symlink("../../blobs/" + std::string(name) + "-hash", snapshot + "/" + name);
    }
    QCOMPARE(ModelFolder::open(snapshot)->names().size(), smallLlamaTensors().size());
    QCOMPARE(ModelFolder::open(repository)->path(), snapshot);
    writeBytes(repository + "/refs/main", "0123abcd\n");
    fs::create_directories(repository + "/snapshots/ffff");
    QCOMPARE(ModelFolder::open(repository)->path(), snapshot);
    writeBytes(repository + "/refs/main", "../../../etc");
    QCOMPARE(outcomeOf([&] { ModelFolder::open(repository); }).error.code, std::string("REJ:MODEL_FOLDER"));
    fs::remove(snapshot + "/config.json");
    fs::create_symlink("../../../elsewhere.json", snapshot + "/config.json");
    writeBytes(m_temporary->filePath("elsewhere.json").toStdString(), "{}");
    QCOMPARE(outcomeOf([&] { ModelFolder::open(snapshot); }).error.code, std::string("REJ:MODEL_LINK"));
    fs::remove(repository + "/blobs/model.safetensors-hash");
    QVERIFY(outcomeOf([&] { ModelFolder::open(snapshot); }).threw);
  }

  void codeInTheFolderIsReportedAndIgnored() {
    Json config = smallLlamaConfig();
    config["auto_map"] = {{"AutoModelForCausalLM", "modeling_custom.Model"}};
    writeBytes(m_folder + "/config.json", dumpJson(config));
    writeBytes(m_folder + "/modeling_custom.py", "raise SystemExit");
    const auto folder = ModelFolder::open(m_folder);
    QCOMPARE(folder->warnings().size(), size_t{2});
    QVERIFY(folder->warnings()[1].find("modeling_custom.py") != std::string::npos);
  }

  void templatesComeFromEveryPlaceInTheRightOrder() {
    QVERIFY(ModelFolder::open(m_folder)->chatTemplate().empty());
    writeBytes(m_folder + "/tokenizer_config.json", R"({"chat_template": "from config"})");
    QCOMPARE(ModelFolder::open(m_folder)->chatTemplate(), std::string("from config"));
    writeBytes(m_folder + "/tokenizer_config.json", R"({"chat_template": [{"name": "default", "template": "from list"}, {"name": "tool_use", "template": "tools"}]})");
    QCOMPARE(ModelFolder::open(m_folder)->chatTemplate(), std::string("from list"));
    QCOMPARE(ModelFolder::open(m_folder)->namedTemplates().at("tool_use"), std::string("tools"));
    writeBytes(m_folder + "/chat_template.json", R"({"chat_template": "from json"})");
    QCOMPARE(ModelFolder::open(m_folder)->chatTemplate(), std::string("from json"));
    writeBytes(m_folder + "/chat_template.jinja", "from jinja");
    QCOMPARE(ModelFolder::open(m_folder)->chatTemplate(), std::string("from jinja"));
    writeSparse(m_folder + "/chat_template.jinja", "x", (1 << 20) + 1);
    const auto folder = ModelFolder::open(m_folder);
    QCOMPARE(folder->chatTemplate(), std::string("from json"));
    QCOMPARE(folder->warnings().size(), size_t{1});
    writeBytes(m_folder + "/tokenizer_config.json", "[1]");
    QCOMPARE(ModelFolder::open(m_folder)->warnings().size(), size_t{2});
  }

  void storedTypeReplacesAMissingOne() {
    Json config = smallLlamaConfig();
    config.erase("torch_dtype");
    writeBytes(m_folder + "/config.json", dumpJson(config));
    QCOMPARE(ModelFolder::open(m_folder)->config().dtype, std::string("float32"));
    auto tensors = smallLlamaTensors();
    for (TensorView& tensor : tensors) {
      tensor.dtype = DType::BF16;
      tensor.bytes /= 2;
    }
    writeSafetensors(m_folder + "/model.safetensors", tensors);
    QCOMPARE(ModelFolder::open(m_folder)->config().dtype, std::string("bfloat16"));
  }

  void sideFilesAreCopiedWithoutWeightsAndCode() {
    for (const char* name : {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json", "LICENSE", "modeling_custom.py", "pytorch_model.bin"})
      writeBytes(m_folder + "/" + name, name);
    const std::string to = m_temporary->filePath("copy").toStdString();
    fs::create_directories(to);
    writeBytes(to + "/LICENSE", "mine");
    const auto copied = copySideFiles(m_folder, to);
    QCOMPARE(copied, (std::vector<std::string>{"chat_template.jinja", "generation_config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"}));
    QCOMPARE(readBytes(to + "/LICENSE"), std::string("mine"));
    QCOMPARE(readBytes(to + "/tokenizer.json"), std::string("tokenizer.json"));
    QCOMPARE(copySideFiles(m_folder, to, true), std::vector<std::string>{"config.json"});
  }

private:
  static uint64_t residentBytes() {
    std::ifstream file("/proc/self/statm");
    uint64_t pages = 0, resident = 0;
    file >> pages >> resident;
    return resident * 4096;
  }

  /// config.json and `shards` files of Llama 3 70B's shape, BF16, all holes.
  void writeLargeLlama(size_t shards) {
    Json config = smallLlamaConfig();
    for (const auto& [key, value] : std::vector<std::pair<const char*, int>>{{"hidden_size", 8192}, {"intermediate_size", 28672}, {"num_hidden_layers", 80}, {"num_attention_heads", 64}, {"num_key_value_heads", 8}, {"vocab_size", 128256}, {"head_dim", 128}})
      config[key] = value;
    config["tie_word_embeddings"] = false;
    config["torch_dtype"] = "bfloat16";
    writeBytes(m_folder + "/config.json", dumpJson(config));
    fs::remove(m_folder + "/model.safetensors");
    std::vector<std::pair<std::string, std::vector<int64_t>>> all = {{"model.embed_tokens.weight", {128256, 8192}}, {"model.norm.weight", {8192}}, {"lm_head.weight", {128256, 8192}}};
    for (int layer = 0; layer < 80; ++layer)
      for (const auto& [name, shape] : std::vector<std::pair<const char*, std::vector<int64_t>>>{{"self_attn.q_proj", {8192, 8192}}, {"self_attn.k_proj", {1024, 8192}}, {"self_attn.v_proj", {1024, 8192}}, {"self_attn.o_proj", {8192, 8192}},
             {"mlp.gate_proj", {28672, 8192}}, {"mlp.up_proj", {28672, 8192}}, {"mlp.down_proj", {8192, 28672}}, {"input_layernorm", {8192}}, {"post_attention_layernorm", {8192}}})
        all.emplace_back("model.layers." + std::to_string(layer) + "." + name + ".weight", shape);
    Json map;
    for (size_t shard = 0; shard < shards; ++shard) {
      const std::string name = fmt::format("model-{:05}-of-{:05}.safetensors", shard + 1, shards);
      Json header = Json::object();
      uint64_t at = 0;
      for (size_t i = shard; i < all.size(); i += shards) {
        uint64_t bytes = 2;
        for (const int64_t d : all[i].second)
          bytes *= static_cast<uint64_t>(d);
        header[all[i].first] = {{"dtype", "BF16"}, {"shape", all[i].second}, {"data_offsets", {at, at + bytes}}};
        map[all[i].first] = name;
        at += bytes;
      }
      const std::string head = safetensorsBytes(dumpJson(header), 0);
      writeSparse(m_folder + "/" + name, head, head.size() + at);
    }
    writeIndex({{"weight_map", map}});
  }

  void split(const std::vector<std::pair<std::string, int>>& files) {
    Json map;
    for (const auto& [name, part] : files) {
      std::vector<TensorView> mine;
      const auto all = smallLlamaTensors();
      for (size_t i = 0; i < all.size(); ++i)
        if (static_cast<int>(i * files.size() / all.size()) == part) {
          mine.push_back(all[i]);
          map[all[i].name] = name;
        }
      writeSafetensors(m_folder + "/" + name, mine);
    }
    fs::remove(m_folder + "/model.safetensors");
    writeIndex({{"metadata", {{"total_size", 4 * parseModelConfig(smallLlamaConfig()).parameters()}}}, {"weight_map", map}});
  }

  void writeIndex(const Json& json) { writeBytes(m_folder + "/model.safetensors.index.json", dumpJson(json)); }

  void expectRefusal(const std::string& code, const std::string& mentions) {
    const auto before = treeOf(m_temporary->path().toStdString());
    const Outcome outcome = outcomeOf([&] { ModelFolder::open(m_folder); });
    QVERIFY2(outcome.threw, ("accepted instead of " + code).c_str());
    QVERIFY2(outcome.error.code == code, (outcome.error.code + ": " + outcome.error.message).c_str());
    QVERIFY2(outcome.error.message.find(mentions) != std::string::npos, outcome.error.message.c_str());
    QVERIFY2(outcome.processorSeconds < 1.0, qPrintable(QString::number(outcome.processorSeconds)));
    QVERIFY(treeOf(m_temporary->path().toStdString()) == before);
  }

  std::unique_ptr<QTemporaryDir> m_temporary;
  std::string m_folder;
};

QTEST_GUILESS_MAIN(TestModelFolder)
#include "tst_model_folder.moc"
