// SPDX-License-Identifier: Apache-2.0
// Every number against the reference implementations: tests/data/quant, made by make_quant_goldens.py.
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/io/convert.h"
#include "core/io/digest.h"
#include "core/io/model_folder.h"
#include "core/io/safetensors.h"
#include "core/quant/gguf_blocks.h"
#include "core/quant/gguf_export.h"
#include "core/quant/packed_weight.h"

#include <QTest>

#include <fmt/format.h>

#include <QTemporaryDir>

#include <cmath>
#include <cstring>

using namespace lathe;
using namespace lathe::io;
using namespace lathe::quant;

namespace {

std::shared_ptr<SafetensorsFile> golden(const char* name) { return SafetensorsFile::open(std::string(LATHE_TEST_DATA) + "/quant/" + name); }

std::vector<std::byte> bytesOf(const SafetensorsFile& file, const std::string& name) {
  const TensorView* view = file.find(name);
  if (!view)
    throw Exception(ErrorKind::NotFound, name);
  std::vector<std::byte> out(view->bytes);
  file.read(*view, out);
  return out;
}

std::vector<float> floatsOf(const SafetensorsFile& file, const std::string& name) { return toFloat(file.find(name)->dtype, bytesOf(file, name)); }

/// Empty when both are equal bit for bit, else the first difference.
std::string difference(const std::vector<float>& got, const std::vector<float>& expected) {
  if (got.size() != expected.size())
    return fmt::format("{} values, {} expected", got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    if (std::memcmp(&got[i], &expected[i], sizeof(float)) != 0)
      return fmt::format("at {}: {} instead of {}", i, got[i], expected[i]);
  return {};
}

TensorView viewOf(const std::string& name, DType dtype, std::vector<int64_t> shape, const std::vector<std::byte>& bytes) {
  TensorView out;
  out.name = name;
  out.dtype = dtype;
  out.shape = std::move(shape);
  auto owner = std::make_shared<std::vector<std::byte>>(bytes);
  out.data = owner->data();
  out.bytes = owner->size();
  out.owner = owner;
  return out;
}

template <class T>
std::vector<std::byte> rawOf(const std::vector<T>& values) {
  std::vector<std::byte> out(values.size() * sizeof(T));
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

} // namespace

class TestBlocks : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void blocksDequantizeToTheBitsOfTheReference_data() {
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("kind");
    const auto file = golden("gguf.safetensors");
    for (const char* type : {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4"})
      for (const char* kind : {"random_", "ggml_", ""})
        if (file->find(fmt::format("{}.{}dequant", type, kind)))
          QTest::newRow(fmt::format("{} {}", type, kind).c_str()) << type << kind;
  }

  void blocksDequantizeToTheBitsOfTheReference() {
    QFETCH(QString, type);
    QFETCH(QString, kind);
    const auto file = golden("gguf.safetensors");
    const std::string name = type.toStdString() + "." + kind.toStdString();
    const std::vector<float> expected = floatsOf(*file, name + "dequant");
    std::vector<float> got(expected.size());
    dequantizeBlocks(*ggufTypeFromName(type.toStdString()), bytesOf(*file, name + "bytes"), got);
    QCOMPARE(QString::fromStdString(difference(got, expected)), QString());
  }

  void numbersQuantizeToTheBytesOfTheReference_data() {
    QTest::addColumn<QString>("type");
    for (const char* type : {"Q8_0", "Q4_0", "Q4_K", "Q5_K", "Q6_K"})
      QTest::newRow(type) << type;
  }

  void numbersQuantizeToTheBytesOfTheReference() {
    QFETCH(QString, type);
    const auto file = golden("gguf.safetensors");
    const std::vector<std::byte> expected = bytesOf(*file, type.toStdString() + ".ggml_bytes");
    std::vector<std::byte> got(expected.size());
    quantizeBlocks(*ggufTypeFromName(type.toStdString()), floatsOf(*file, "x"), got);
    for (size_t i = 0; i < got.size(); ++i)
      QVERIFY2(got[i] == expected[i], fmt::format("byte {} is {} instead of {}", i, static_cast<int>(got[i]), static_cast<int>(expected[i])).c_str());
  }

  void aModelGetsTheTypesAndBytesThatLlamaQuantizeGivesIt_data() {
    QTest::addColumn<QString>("mix");
    for (const char* mix : {"q8_0", "q4_0", "q4_k_m", "q5_k_m", "q6_k"})
      QTest::newRow(mix) << mix;
  }
  void aModelGetsTheTypesAndBytesThatLlamaQuantizeGivesIt() {
    QFETCH(QString, mix);
    const std::string data = LATHE_TEST_DATA;
    const Json expected = parseJson(readFile(data + "/gguf/spark-tensors.json", 1 << 20))[mix.toStdString()];
    QTemporaryDir folder;
    const std::string path = folder.filePath("model.gguf").toStdString();
    GgufExport options;
    options.mix = ggufMixFromName(mix.toStdString()).value();
    exportGguf(*ModelFolder::open(LATHE_SOURCE_DIR "/resources/models/spark"), path, options);
    const auto file = GgufFile::open(path);
    QCOMPARE(file->header().tensors().size(), expected.size());
    for (const GgufTensor& tensor : file->header().tensors()) {
      std::vector<std::byte> bytes(tensor.bytes);
      file->read(tensor, 0, bytes);
      Digest digest(Digest::Kind::Sha256);
      digest.add(bytes);
      QVERIFY2(expected.contains(tensor.name), tensor.name.c_str());
      QVERIFY2(ggufTypeFromName(expected[tensor.name][0].get<std::string>()) == tensor.type, tensor.name.c_str());
      QVERIFY2(expected[tensor.name][1] == digest.finish(), tensor.name.c_str());
    }
  }

  void halvesRoundTripAndOtherTypesAreRefusedByName() {
    const std::vector<float> values = {0.f, -0.f, 1.f, -2.5f, 65504.f, 6e-8f};
    for (const GgufType type : {GgufType::F32, GgufType::F16, GgufType::BF16}) {
      std::vector<std::byte> packed(blockBytes(type, values.size()));
      quantizeBlocks(type, values, packed);
      std::vector<float> back(values.size());
      dequantizeBlocks(type, packed, back);
      for (size_t i = 0; i < 4; ++i)
        QCOMPARE(back[i], values[i]);
    }
    for (const char* name : {"IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ3_S", "IQ2_S", "IQ1_M", "TQ1_0", "TQ2_0"}) {
      const GgufTypeInfo& info = ggufTypeInfo(*ggufTypeFromName(name));
      std::vector<float> out(info.blockValues);
      std::vector<std::byte> block(info.blockBytes);
      const auto result = capture([&] { return dequantizeBlocks(info.type, block, out), 0; });
      QVERIFY2(!result.ok() && result.error().kind == ErrorKind::Unsupported && result.error().message.find(name) != std::string::npos, name);
    }
  }

  void aScaleThatIsNoNumberIsFoundInEveryType() {
    const auto file = golden("gguf.safetensors");
    for (const char* name : {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"}) {
      const GgufTypeInfo& info = ggufTypeInfo(*ggufTypeFromName(name));
      std::vector<std::byte> bytes = bytesOf(*file, std::string(name) + ".random_bytes");
      QCOMPARE(firstNonFiniteBlock(info.type, bytes), int64_t{-1});
      const size_t at = std::string(name) == "Q2_K" ? 80 : std::string(name) == "Q3_K" ? 108 : std::string(name) == "Q6_K" ? 208 : 0;
      bytes[3 * info.blockBytes + at] = std::byte{0};
      bytes[3 * info.blockBytes + at + 1] = std::byte{0x7c};
      QCOMPARE(firstNonFiniteBlock(info.type, bytes), int64_t{3});
      const auto result = capture([&] { return packedBlocks(info.type, 1, static_cast<int64_t>(bytes.size() / info.blockBytes * info.blockValues), bytes, "w"), 0; });
      QVERIFY(!result.ok() && result.error().code == "REJ:GGUF_NONFINITE");
    }
  }

  void aBitsAndBytesCheckpointGivesItsReferenceWeights() {
    const auto file = golden("bnb-4bit-checkpoint.safetensors");
    const std::string name = "model.layers.0.mlp.up_proj.weight";
    std::vector<TensorView> tensors;
    for (const TensorView& view : file->tensors())
      if (view.name.starts_with(name))
        tensors.push_back(view);
    const auto folder = modelFolder("bitsandbytes", {{"load_in_4bit", true}}, tensors);
    QVERIFY(isPacked(*folder, name));
    const auto weight = readPacked(*folder, name, 96, 128);
    QCOMPARE(weight->typeName(), std::string("NF4"));
    QVERIFY(weight->bytes() < 96 * 128 * 6 / 10);
    const std::vector<float> expected = floatsOf(*file, "dequant");
    QCOMPARE(QString::fromStdString(difference(valuesOf(*weight), expected)), QString());
    std::vector<float> middle(3 * 128); // a part gives the same
    weight->dequantizeRows(7, 3, middle.data());
    QCOMPARE(QString::fromStdString(difference(middle, std::vector<float>(expected.begin() + 7 * 128, expected.begin() + 10 * 128))), QString());
    const auto wrong = capture([&] { return readPacked(*folder, name, 128, 96), 0; });
    QVERIFY(!wrong.ok() && wrong.error().code == "REJ:QUANT_SHAPE");
  }

  void everyFourBitFormGivesItsReferenceWeights_data() {
    QTest::addColumn<QString>("matrix");
    QTest::addColumn<QString>("type");
    QTest::addColumn<bool>("nested");
    for (const char* matrix : {"normal", "outliers", "odd", "bf16"})
      for (const char* type : {"nf4", "fp4"})
        for (const bool nested : {false, true})
          QTest::newRow(fmt::format("{} {}{}", matrix, type, nested ? " nested" : "").c_str()) << matrix << type << nested;
  }

  void everyFourBitFormGivesItsReferenceWeights() {
    QFETCH(QString, matrix);
    QFETCH(QString, type);
    QFETCH(bool, nested);
    const auto file = golden("bnb-4bit.safetensors");
    const std::string key = fmt::format("{}.{}", matrix.toStdString(), type.toStdString()), base = "model.layers.0.mlp.up_proj.weight";
    const TensorView* x = file->find(matrix.toStdString() + ".x");
    Json state = {{"quant_type", type.toStdString()}, {"blocksize", 64}, {"dtype", x->dtype == DType::BF16 ? "bfloat16" : "float32"}, {"shape", x->shape}};
    std::vector<TensorView> tensors = {viewOf(base, DType::U8, file->find(key + ".packed")->shape, bytesOf(*file, key + ".packed")),
                                       viewOf(base + ".quant_map", DType::F32, {16}, bytesOf(*file, "code." + type.toStdString()))};
    const std::string source = nested ? key + ".dq" : key;
    const TensorView* absmax = file->find(source + ".absmax");
    tensors.push_back(viewOf(base + ".absmax", absmax->dtype, absmax->shape, bytesOf(*file, source + ".absmax")));
    if (nested) {
      const TensorView* maxima = file->find(source + ".nested_absmax");
      tensors.push_back(viewOf(base + ".nested_absmax", DType::F32, maxima->shape, bytesOf(*file, maxima->name)));
      tensors.push_back(viewOf(base + ".nested_quant_map", DType::F32, {256}, bytesOf(*file, "code.nested")));
      state["nested_blocksize"] = 256;
      state["nested_offset"] = static_cast<double>(floatsOf(*file, source + ".offset")[0]);
    }
    const std::string text = dumpJson(state);
    tensors.push_back(viewOf(base + ".quant_state.bitsandbytes__" + type.toStdString(), DType::U8, {static_cast<int64_t>(text.size())}, rawOf(std::vector<char>(text.begin(), text.end()))));
    const auto folder = modelFolder("bitsandbytes", {{"load_in_4bit", true}}, tensors);
    const auto weight = readPacked(*folder, base, x->shape[0], x->shape[1]);
    QCOMPARE(QString::fromStdString(difference(valuesOf(*weight), floatsOf(*file, source + ".dequant"))), QString());
  }

  void int8RowsGiveTheirReferenceWeights() {
    const auto file = golden("bnb-int8.safetensors");
    const std::string base = "model.layers.0.mlp.up_proj";
    const auto folder = modelFolder("bitsandbytes", {{"load_in_8bit", true}}, {viewOf(base + ".weight", DType::I8, {48, 128}, bytesOf(*file, "B.q")), viewOf(base + ".SCB", DType::F32, {48}, bytesOf(*file, "B.stats"))});
    const auto weight = readPacked(*folder, base + ".weight", 48, 128);
    const std::vector<float> original = floatsOf(*file, "B.w"), maxima = floatsOf(*file, "B.stats");
    const std::vector<float> got = valuesOf(*weight);
    for (size_t i = 0; i < got.size(); ++i) // half a step of the row
      QVERIFY2(std::fabs(got[i] - original[i]) <= maxima[i / 128] / 127 * 0.5001f, fmt::format("at {}: {} for {}", i, got[i], original[i]).c_str());
  }

  void groupedFormsGiveTheWeightsOfTheIndependentScript_data() {
    QTest::addColumn<QString>("form");
    for (const char* form : {"gptq", "gptq_v2", "gptq_act_order", "gptq_8", "awq", "ct_int4", "ct_int4_zero", "ct_int8", "ct_fp8", "ct_fp8_row"})
      QTest::newRow(form) << form;
  }

  void groupedFormsGiveTheWeightsOfTheIndependentScript() {
    QFETCH(QString, form);
    const auto file = golden("grouped.safetensors");
    const std::string prefix = form.toStdString() + "/", base = "model.layers.0.mlp.up_proj";
    std::vector<TensorView> tensors;
    for (const TensorView& view : file->tensors())
      if (view.name.starts_with(prefix) && view.name != prefix + "dequant") {
        tensors.push_back(view);
        tensors.back().name = base + "." + view.name.substr(prefix.size());
      }
    const Json settings = parseJson(file->metadata().at(form.toStdString()));
    const auto folder = modelFolder(settings["quant_method"], settings, tensors);
    QVERIFY(isPacked(*folder, base + ".weight"));
    const TensorView* expected = file->find(prefix + "dequant");
    const auto weight = readPacked(*folder, base + ".weight", expected->shape[0], expected->shape[1]);
    QCOMPARE(QString::fromStdString(difference(valuesOf(*weight), floatsOf(*file, expected->name))), QString());
    for (const TensorView& missing : tensors) { // nothing half-loaded: each part is needed or its absence is another form
      std::vector<TensorView> rest;
      for (const TensorView& view : tensors)
        if (view.name != missing.name)
          rest.push_back(view);
      const auto broken = modelFolder(settings["quant_method"], settings, rest);
      const auto result = capture([&] { return isPacked(*broken, base + ".weight") ? readPacked(*broken, base + ".weight", expected->shape[0], expected->shape[1])->rows() : int64_t{0}; });
      QVERIFY2(result.ok() || result.error().code.starts_with("REJ:QUANT"), missing.name.c_str());
    }
  }

  void hostileGroupIndexIsRefused() {
    const auto file = golden("grouped.safetensors");
    const std::string base = "model.layers.0.mlp.up_proj";
    std::vector<TensorView> tensors;
    for (const char* part : {"qweight", "qzeros", "scales", "g_idx"}) {
      tensors.push_back(*file->find(std::string("gptq_act_order/") + part));
      tensors.back().name = base + "." + part;
    }
    std::vector<int32_t> order(static_cast<size_t>(tensors[3].shape[0]), 0);
    order[5] = -1;
    tensors[3] = viewOf(base + ".g_idx", DType::I32, tensors[3].shape, rawOf(order));
    const auto folder = modelFolder("gptq", parseJson(file->metadata().at("gptq_act_order")), tensors);
    const TensorView* expected = file->find("gptq_act_order/dequant");
    const auto result = capture([&] { return readPacked(*folder, base + ".weight", expected->shape[0], expected->shape[1]), 0; });
    QVERIFY(!result.ok() && result.error().code == "REJ:QUANT_ORDER");
  }

private:
  std::vector<float> valuesOf(const PackedWeight& weight) {
    std::vector<float> out(static_cast<size_t>(weight.rows() * weight.columns()));
    weight.dequantizeRows(0, weight.rows(), out.data());
    return out;
  }

  /// A folder that holds just these tensors.
  std::shared_ptr<ModelFolder> modelFolder(const std::string& method, Json settings, const std::vector<TensorView>& tensors) {
    settings["quant_method"] = method;
    const Json config = {{"architectures", {"LlamaForCausalLM"}}, {"model_type", "llama"}, {"vocab_size", 32}, {"hidden_size", 128}, {"intermediate_size", 96}, {"num_hidden_layers", 1},
                         {"num_attention_heads", 4}, {"max_position_embeddings", 64}, {"quantization_config", settings}};
    const std::string path = m_folder.filePath(QString("m%1").arg(m_count++)).toStdString();
    makeDirectories(path);
    writeFileAtomic(path + "/config.json", dumpJson(config));
    writeSafetensors(path + "/model.safetensors", tensors);
    return ModelFolder::open(path);
  }

  QTemporaryDir m_folder;
  int m_count = 0;
};

QTEST_GUILESS_MAIN(TestBlocks)
#include "tst_blocks.moc"
