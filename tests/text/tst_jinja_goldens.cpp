// SPDX-License-Identifier: Apache-2.0
// Every rendering of the reference data: text exactly, errors by class, raised messages exactly.
#include "core/base/files.h"
#include "core/text/chat_template.h"

#include <QDir>
#include <QTest>

#include <map>

using namespace lathe;

namespace {

QString shared() { return QStringLiteral(LATHE_SHARED_DATA); }

Json variablesOf(const Json& document, const Json& conversation) {
  Json out = document.at("special_tokens");
  if (const Json* more = find(conversation, "kwargs"))
    for (const auto& [key, value] : more->items())
      out[key] = value;
  if (const Json* documents = find(conversation, "documents"))
    out["documents"] = *documents;
  return out;
}

} // namespace

class TestJinjaGoldens : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyReferenceRenderingIsReproduced();
};

void TestJinjaGoldens::everyReferenceRenderingIsReproduced() {
  if (!QDir(shared() + "/goldens").exists())
    QSKIP("the shared reference data is not here");
  const std::string folder = shared().toStdString();
  const Json document = parseJsonFile(folder + "/goldens/conversations.json");
  std::map<std::string, Json> conversations;
  for (const Json& one : document.at("cases"))
    conversations[one.at("name")] = one;
  std::map<std::string, std::shared_ptr<const text::ChatTemplate>> templates;
  std::map<std::string, std::pair<int, int>> passed; // good, all
  const std::string lines = readFile(folder + "/goldens/templates.jsonl", 64 << 20);
  int bad = 0;
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    const Json golden = parseJson(lines.substr(at, end - at));
    at = end + 1;
    const std::string name = golden.at("template");
    auto& parsed = templates[name];
    if (!parsed)
      parsed = text::ChatTemplate::parse(readFile(folder + "/templates/" + name, 1 << 20));
    const Json& conversation = conversations.at(golden.at("case"));
    text::ChatTemplate::Request request;
    request.messages = conversation.at("messages");
    if (const Json* tools = find(conversation, "tools"))
      request.tools = *tools;
    request.addGenerationPrompt = golden.at("add_generation_prompt");
    request.variables = variablesOf(document, conversation);
    request.nowIso = "2026-07-26T14:05:06";
    std::string got, want = golden.contains("expected") ? "text: " + golden.at("expected").get<std::string>() : std::string();
    if (const Json* kind = find(golden, "error_class")) {
      const bool raised = *kind == "raised-by-template";
      want = raised ? "raised: " + golden.at("error").get<std::string>() : kind->get<std::string>();
    }
    try {
      got = "text: " + parsed->render(request);
    } catch (const Exception& e) {
      const std::string code = e.error().code.substr(9);
      got = code == "raised" ? "raised: " + e.error().message : code;
      if (got != want)
        qWarning("  error: %s", e.what());
    }
    auto& [good, all] = passed[name];
    ++all;
    if (got == want) {
      ++good;
    } else if (++bad <= 12) {
      size_t i = 0;
      while (i < got.size() && i < want.size() && got[i] == want[i])
        ++i;
      qWarning("%s / %s / %d differ at byte %zu:\n  expected …%s\n  got      …%s", name.c_str(), golden.at("case").get<std::string>().c_str(),
               int(request.addGenerationPrompt), i, want.substr(i > 40 ? i - 40 : 0, 160).c_str(), got.substr(i > 40 ? i - 40 : 0, 160).c_str());
    }
  }
  for (const auto& [name, counts] : passed)
    qInfo("%-60s %d of %d", name.c_str(), counts.first, counts.second);
  QCOMPARE(bad, 0);
}

QTEST_GUILESS_MAIN(TestJinjaGoldens)
#include "tst_jinja_goldens.moc"
