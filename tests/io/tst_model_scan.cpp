// SPDX-License-Identifier: Apache-2.0
// Models that other programs keep, in the layouts of those programs.
#include "core/base/files.h"
#include "core/io/gguf.h"
#include "core/io/inspect.h"
#include "core/io/model_scan.h"
#include "tests/io/gguf_bytes.h"
#include "tests/io/io_test_support.h"

#include <QTest>

#include <fmt/format.h>

#include <filesystem>

using namespace lathe;
using namespace lathe::io;
using namespace iotest;
namespace fs = std::filesystem;

namespace {

const std::string kBlobDigest(64, 'a');

/// A GGUF file that holds a vocabulary size and one tensor: enough to be known as a model that lacks its rest.
std::string someGguf() {
  return GgufBytes()
      .start(1, 2)
      .textKey("general.architecture", "llama")
      .textKey("general.license", "mit")
      .tensor("token_embd.weight", {32, 2}, 0, 0)
      .data(256)
      .bytes();
}

void putRepository(const std::string& cache, const std::string& name, const std::string& revision, bool main) {
  const std::string repository = cache + "/" + name;
  const std::string snapshot = repository + "/snapshots/" + revision;
  writeSmallLlama(snapshot);
  fs::create_directories(repository + "/blobs");
  fs::rename(snapshot + "/model.safetensors", repository + "/blobs/w1"); // as a cache keeps it
  fs::create_symlink("../../blobs/w1", snapshot + "/model.safetensors");
  if (main)
    writeBytes((fs::create_directories(repository + "/refs"), repository + "/refs/main"), revision);
}

std::vector<std::string> namesOf(const api::ModelScan& scan) {
  std::vector<std::string> out;
  for (const auto& found : scan.found)
    out.push_back(found.name);
  return out;
}

} // namespace

class TestModelScan : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> m_folder;
  std::string at(const std::string& name) const { return m_folder->path().toStdString() + "/" + name; }

private Q_SLOTS:
  void init() { m_folder = std::make_unique<QTemporaryDir>(); }

  void aDownloadCacheIsReadByItsMainRevision() {
    putRepository(at("hub"), "models--org--small", "aaa", true);
    putRepository(at("hub"), "models--org--small", "zzz", false); // newer, not main
    putRepository(at("hub"), "models--other--two", "b1", false);
    fs::create_directories(at("hub/datasets--org--set/snapshots/x"));
    fs::create_directories(at("hub/models--org--empty/snapshots"));
    const api::ModelScan scan = scanModels({{"huggingface", at("hub")}});
    QCOMPARE(namesOf(scan), (std::vector<std::string>{"org/small", "other/two"}));
    QCOMPARE(scan.found[0].path, at("hub/models--org--small/snapshots/aaa"));
    QVERIFY2(scan.found[0].supported, scan.found[0].problem.c_str());
    QVERIFY(scan.found[0].bytes > 0 && scan.found[0].architecture == "LlamaForCausalLM");
    QVERIFY(scan.complete && scan.problems.empty());
  }

  void ollamasManifestsLeadToTheirBlobs() {
    const std::string models = at("ollama");
    fs::create_directories(models + "/blobs");
    writeBytes(models + "/blobs/sha256-" + kBlobDigest, someGguf());
    const auto manifest = [&](const std::string& name, const std::string& digest) {
      fs::create_directories(fs::path(models + "/manifests/" + name).parent_path());
      writeBytes(models + "/manifests/" + name, dumpJson(Json{{"layers", Json::array({{{"mediaType", "application/vnd.ollama.image.template"}, {"digest", "sha256:" + std::string(64, 'b')}},
                                                                                        {{"mediaType", "application/vnd.ollama.image.model"}, {"digest", digest}}})}}));
    };
    manifest("registry.ollama.ai/library/llama3.2/1b", "sha256:" + kBlobDigest);
    manifest("registry.ollama.ai/someone/tuned/latest", "sha256:" + kBlobDigest); // the same blob: once
    manifest("registry.ollama.ai/library/gone/latest", "sha256:" + std::string(64, 'c'));
    manifest("registry.ollama.ai/library/hostile/latest", "sha256:../../../../etc/passwd");
    writeBytes(models + "/manifests/registry.ollama.ai/library/llama3.2/broken", "{");
    const api::ModelScan scan = scanModels({{"ollama", models}});
    QCOMPARE(namesOf(scan), (std::vector<std::string>{"llama3.2:1b"}));
    QCOMPARE(scan.found[0].path, models + "/blobs/sha256-" + kBlobDigest);
    QCOMPARE(modelDisplayName(scan.found[0].path), std::string("llama3.2:1b"));
  }

  void foldersOfFilesAreWalkedWithoutFollowingLinks() {
    fs::create_directories(at("lm/publisher/model"));
    writeBytes(at("lm/publisher/model/model-Q4_K_M.gguf"), someGguf());
    writeBytes(at("lm/publisher/model/mmproj-model.gguf"), someGguf());
    writeBytes(at("lm/publisher/model/big-00001-of-00003.gguf"), someGguf());
    writeBytes(at("lm/publisher/model/big-00002-of-00003.gguf"), someGguf());
    writeSmallLlama(at("lm/publisher/folder"));
    fs::create_directory_symlink(at("lm"), at("lm/publisher/loop"));
    const api::ModelScan scan = scanModels({{"lmstudio", at("lm")}});
    QCOMPARE(namesOf(scan), (std::vector<std::string>{"folder", "big-00001-of-00003.gguf", "model-Q4_K_M.gguf"}));
    QVERIFY(scan.complete && scan.entries < 30);
  }

  void limitsEndAScanAndItSaysSo() {
    for (int i = 0; i < 40; ++i)
      writeSmallLlama(at(fmt::format("lm/a/model{:02}", i)));
    ScanOptions few;
    few.limits.found = 7;
    const api::ModelScan seven = scanModels({{"lmstudio", at("lm")}}, few);
    QCOMPARE(seven.found.size(), size_t(7));
    QVERIFY(!seven.complete);
    ScanOptions entries;
    entries.limits.entries = 20;
    const api::ModelScan some = scanModels({{"lmstudio", at("lm")}}, entries);
    QVERIFY(!some.complete && some.entries <= 25);
    ScanOptions shallow;
    shallow.limits.depth = 0;
    QVERIFY(scanModels({{"lmstudio", at("lm")}}, shallow).found.empty());
  }

  void aStopIsHeardAndWhatWasFoundStays() {
    for (int i = 0; i < 20; ++i)
      writeSmallLlama(at(fmt::format("lm/model{:02}", i)));
    std::stop_source stop;
    ScanOptions options;
    options.stop = stop.get_token();
    options.progress = [&](const api::ModelScan& soFar, const std::string&, double) {
      if (soFar.found.size() == 5)
        stop.request_stop();
    };
    const api::ModelScan scan = scanModels({{"lmstudio", at("lm")}}, options);
    QCOMPARE(scan.found.size(), size_t(5));
    QVERIFY(!scan.complete);
  }

  void aBrokenModelIsListedWithItsProblem() {
    writeSmallLlama(at("lm/broken"));
    writeBytes(at("lm/broken/config.json"), "{");
    writeSmallLlama(at("lm/good"));
    const api::ModelScan scan = scanModels({{"lmstudio", at("lm")}});
    QCOMPARE(namesOf(scan), (std::vector<std::string>{"broken", "good"}));
    QVERIFY(!scan.found[0].supported && !scan.found[0].problem.empty());
    QVERIFY(scan.found[1].supported);
  }

  void thePlacesFollowTheEnvironment() {
    fs::create_directories(at("hf/hub"));
    fs::create_directories(at("home/.lmstudio/models"));
    fs::create_directories(at("home/.cache/llama.cpp"));
    const QByteArray home = qgetenv("HOME"), hf = qgetenv("HF_HOME"), hub = qgetenv("HF_HUB_CACHE");
    qputenv("HOME", at("home").c_str());
    qputenv("HF_HOME", at("hf").c_str());
    qunsetenv("HF_HUB_CACHE");
    std::vector<std::string> places;
    for (const ScanPlace& place : scanPlaces())
      places.push_back(place.place);
    qputenv("HOME", home);
    hf.isNull() ? (void)qunsetenv("HF_HOME") : (void)qputenv("HF_HOME", hf);
    if (!hub.isNull())
      qputenv("HF_HUB_CACHE", hub);
    std::erase(places, "ollama"); // this computer may have one for all users
    QCOMPARE(places, (std::vector<std::string>{"huggingface", "lmstudio", "llamacpp"}));
  }

  void inspectSaysWhereAModelComesFrom() {
    writeSmallLlama(at("model"));
    writeBytes(at("model/LICENSE.txt"), "Do what you like.");
    writeBytes(at("model/README.md"), "---\nlicense: apache-2.0\nbase_model:\n- org/base\n- org/second\n---\n# Model\nlicense: no\n");
    const Json json = inspectPath(at("model"));
    QCOMPARE(json["licence"], (Json{{"file", "LICENSE.txt"}, {"id", "apache-2.0"}}));
    QCOMPARE(json["base_model"], Json("org/base"));
    QCOMPARE(json["rope"]["type"], Json("default"));
    QCOMPARE(json["activation"], Json("SiLU"));
    writeBytes(at("model/README.md"), "# Model\nlicense: apache-2.0\n"); // no front matter
    fs::remove(at("model/LICENSE.txt"));
    const Json plain = inspectPath(at("model"));
    QVERIFY(plain["licence"].is_null() && !plain.contains("base_model"));
  }

  void aModelIsCalledAsAPersonCallsIt() {
    QCOMPARE(modelDisplayName("/c/hub/models--org--name-7b/snapshots/0a1b"), std::string("org/name-7b"));
    QCOMPARE(modelDisplayName("/c/hub/models--gpt2"), std::string("gpt2"));
    QCOMPARE(modelDisplayName("/m/My Model/"), std::string("My Model"));
    QCOMPARE(modelDisplayName("/m/x.gguf"), std::string("x.gguf"));
  }
};

QTEST_GUILESS_MAIN(TestModelScan)
#include "tst_model_scan.moc"
