// SPDX-License-Identifier: Apache-2.0
// Where the assistant speaks: spans of every shared template hold the assistant's words and the marker that ends the turn.
#include "core/base/files.h"
#include "core/text/chat_template.h"
#include "core/text/template_check.h"

#include <QDir>
#include <QTest>

#include <algorithm>
#include <map>

using namespace lathe;
using text::ChatTemplate;

namespace {

const Json kConversation = Json::parse(R"([{"role": "user", "content": "First question?"}, {"role": "assistant", "content": "First answer."},
  {"role": "user", "content": "Second question?"}, {"role": "assistant", "content": "Second answer, longer."}])");

ChatTemplate::Request requestFor(const Json& messages) {
  ChatTemplate::Request request;
  request.messages = messages;
  request.variables = {{"bos_token", "<s>"}, {"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}};
  request.nowIso = "2026-07-26T14:05:06";
  return request;
}

std::vector<std::string> spanTexts(const ChatTemplate& chat, const ChatTemplate::Request& request) {
  const auto rendered = chat.renderWithSpans(request);
  std::vector<std::string> out;
  for (const auto& [begin, end] : rendered.assistantSpans)
    out.push_back(rendered.text.substr(begin, end - begin));
  return out;
}

QByteArray bytes(const std::string& text) { return QByteArray::fromStdString(text); }

} // namespace

class TestChatTemplate : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void builtInTemplateMarksAnswers();
  void spansHoldAnswerAndEndOfTurn_data();
  void spansHoldAnswerAndEndOfTurn();
  void spansAgreeWithRenderedPrefixes();
  void turnsAreFoundWherePrefixesRenderOtherwise_data();
  void turnsAreFoundWherePrefixesRenderOtherwise();
  void generationBlocksGiveTheSpans();
  void sameAnswerTwiceIsFoundTwice();
  void systemPromptInLastTurnDoesNotMoveSpans();
  void toolCallsBelongToTheTurn();
  void warningsNameWhatTemplatesDoToSystemMessages();
  void warningsNameWhereATemplateBranchesOnContent();
  void warningsForSharedTemplatesAreTheKnownOnes();
};

void TestChatTemplate::builtInTemplateMarksAnswers() {
  const auto spans = spanTexts(*ChatTemplate::chatMl(), requestFor(kConversation));
  QCOMPARE(spans.size(), 2u);
  QCOMPARE(bytes(spans[0]), QByteArray("First answer.<|im_end|>"));
  QCOMPARE(bytes(spans[1]), QByteArray("Second answer, longer.<|im_end|>"));
}

void TestChatTemplate::spansHoldAnswerAndEndOfTurn_data() {
  QTest::addColumn<QByteArray>("file");
  QTest::addColumn<QByteArray>("end");
  const std::map<QByteArray, QByteArray> ends = {
      {"Apertus-8B-Instruct", "<|assistant_end|>"}, {"Bielik-11B-v3.0-Instruct", "<|im_end|>"}, {"CohereForAI-c4ai-command-r-plus-tool_use", "<|END_OF_TURN_TOKEN|>"},
      {"GLM-4.6", ""}, {"HuggingFaceTB-SmolLM3-3B", "<|im_end|>"}, {"Kimi-K2-Instruct", "<|im_end|>"}, {"LFM2-8B-A1B", "<|im_end|>"}, {"MiMo-VL", "<|im_end|>"},
      {"NousResearch-Hermes-3-Llama-3.1-8B-tool_use", "<|im_end|>"}, {"Qwen-Qwen2.5-7B-Instruct", "<|im_end|>"}, {"Qwen-Qwen3-0.6B", "<|im_end|>"}, {"Qwen3-Coder", "<|im_end|>"},
      {"axolotl-chatml", "<|im_end|>"}, {"axolotl-exaone4", "[|endofturn|]"}, {"axolotl-gemma3", "<end_of_turn>"}, {"axolotl-llama3", "<|eot_id|>"}, {"axolotl-mistral_v2v3", "</s>"},
      {"axolotl-phi_4", "<|im_end|>"}, {"axolotl-qwen_25", "<|im_end|>"}, {"deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "<｜end▁of▁sentence｜>"},
      {"deepseek-ai-DeepSeek-V3.1", "<｜end▁of▁sentence｜>"}, {"google-gemma-2-2b-it", "<end_of_turn>"}, {"ibm-granite-granite-3.3-2B-Instruct", "<|end_of_text|>"},
      {"meta-llama-Llama-3.1-8B-Instruct", "<|eot_id|>"}, {"microsoft-Phi-3.5-mini-instruct", "<|end|>"}, {"mistralai-Mistral-Nemo-Instruct-2407", "</s>"}, {"openai-gpt-oss-120b", "<|end|>"}};
  for (const auto& [file, end] : ends)
    QTest::newRow(file.constData()) << file << end;
}

void TestChatTemplate::spansHoldAnswerAndEndOfTurn() {
  QFETCH(QByteArray, file);
  QFETCH(QByteArray, end);
  const QString path = QStringLiteral(LATHE_SHARED_DATA "/templates/") + file + ".jinja";
  if (!QFile::exists(path))
    QSKIP("the shared templates are not here");
  const auto chat = ChatTemplate::parse(readFile(path.toStdString(), 1 << 20));
  ChatTemplate::Request request = requestFor(kConversation);
  if (file.contains("tool_use"))
    request.tools = Json::array(); // these two loop over tools without asking whether there are any
  const auto spans = spanTexts(*chat, request);
  QCOMPARE(spans.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const QByteArray span = bytes(spans[i]), answer = i == 0 ? "First answer." : "Second answer, longer.";
    const bool last = i == 1;
    QVERIFY2(span.contains(answer), span.constData());
    QVERIFY2(!span.contains("question"), span.constData());
    // gpt-oss ends the very last turn of a conversation with <|return|>; Apertus ends a turn only when the next message comes.
    const QByteArray wanted = last && file.startsWith("openai") ? QByteArray("<|return|>") : last && file.startsWith("Apertus") ? QByteArray() : end;
    QVERIFY2(span.endsWith(answer + wanted) || span.endsWith(answer + " " + wanted), span.constData());
    const QByteArray before = span.left(span.indexOf(answer));
    QVERIFY2(before.size() < 48 && !before.contains("user"), before.constData());
  }
}

// Every shared template with every conversation of the reference data. Independent of how spans are found: where the text of the messages before
// (with the generation prompt) and of the messages up to the answer are prefixes of the whole text, the answer lies between their ends.
void TestChatTemplate::spansAgreeWithRenderedPrefixes() {
  const QString shared = QStringLiteral(LATHE_SHARED_DATA);
  if (!QDir(shared + "/goldens").exists())
    QSKIP("the shared reference data is not here");
  const Json document = parseJsonFile((shared + "/goldens/conversations.json").toStdString());
  int compared = 0, turns = 0, hidden = 0;
  for (const QString& name : QDir(shared + "/templates").entryList({"*.jinja"})) {
    const auto chat = ChatTemplate::parse(readFile((shared + "/templates/" + name).toStdString(), 1 << 20));
    for (const Json& conversation : document.at("cases")) {
      ChatTemplate::Request request = requestFor(conversation.at("messages"));
      request.variables = document.at("special_tokens");
      if (const Json* tools = find(conversation, "tools"))
        request.tools = *tools;
      const auto whole = capture([&] { return chat->render(request); });
      if (!whole.ok())
        continue;
      const auto rendered = capture([&] { return chat->renderWithSpans(request); });
      if (!rendered.ok()) {
        QCOMPARE(QByteArray::fromStdString(rendered.error().code), QByteArray("TEMPLATE:spans"));
        ++hidden;
        continue;
      }
      QCOMPARE(rendered->text, *whole);
      for (size_t k = 0; k < rendered->assistantSpans.size(); ++k) {
        const auto [begin, end] = rendered->assistantSpans[k];
        const size_t message = rendered->spanMessages[k];
        ++turns;
        ChatTemplate::Request before = request, after = request;
        before.addGenerationPrompt = true;
        before.messages = Json(Json::array_t(request.messages.begin(), request.messages.begin() + static_cast<std::ptrdiff_t>(message)));
        after.messages = Json(Json::array_t(request.messages.begin(), request.messages.begin() + static_cast<std::ptrdiff_t>(message) + 1));
        const auto prompt = capture([&] { return chat->render(before); }), answered = capture([&] { return chat->render(after); });
        if (!prompt.ok() || !answered.ok() || !whole->starts_with(*prompt) || !whole->starts_with(*answered) || answered->size() < prompt->size())
          continue;
        const bool last = message + 1 == request.messages.size();
        const bool two = !last && stringOr(request.messages[message + 1], "role", {}) == "assistant"; // two answers in one turn are one span
        std::string rest = end <= answered->size() ? whole->substr(end, answered->size() - end) : std::string();
        if (const std::string eos = document.at("special_tokens").at("eos_token"); last && rest.ends_with(eos))
          rest.resize(rest.size() - eos.size()); // Phi ends a whole conversation, not only the turn
        const std::string where = name.toStdString() + " / " + conversation.at("name").get<std::string>() + ": span " + std::to_string(begin) + "-" + std::to_string(end) + ", prefixes " +
                                  std::to_string(prompt->size()) + "-" + std::to_string(answered->size()) + ", rest " + Json(rest).dump();
        QVERIFY2(begin == prompt->size(), where.c_str());
        QVERIFY2(two || rest.find_first_not_of(" \n\t\r") == std::string::npos, where.c_str());
        ++compared;
      }
    }
  }
  qInfo("%d assistant turns, %d of them between prefixes, %d conversations without findable turns", turns, compared, hidden);
  QVERIFY2(compared > 390 && hidden == 0, qPrintable(QString("%1 compared, %2 hidden").arg(compared).arg(hidden)));
}

void TestChatTemplate::turnsAreFoundWherePrefixesRenderOtherwise_data() {
  QTest::addColumn<QByteArray>("file");
  QTest::addColumn<QByteArray>("name");
  QTest::addColumn<QByteArray>("begin"); // of the first turn
  QTest::addColumn<QByteArray>("end");
  QTest::newRow("thoughts dropped") << QByteArray("Qwen-Qwen3-0.6B") << QByteArray("think_tags_in_content") << QByteArray("Yes.") << QByteArray("Yes.<|im_end|>");
  QTest::newRow("calls behind dropped thoughts") << QByteArray("Qwen-Qwen3-0.6B") << QByteArray("parallel_tool_calls") << QByteArray("Let me look.\n<tool_call>") << QByteArray("</tool_call><|im_end|>");
  QTest::newRow("the next header is no end") << QByteArray("GLM-4.6") << QByteArray("reasoning_content") << QByteArray("\n<think></think>\nYes.") << QByteArray("Yes.");
  QTest::newRow("calls without content, tools moved") << QByteArray("mistralai-Mistral-Nemo-Instruct-2407") << QByteArray("tool_call_null_content") << QByteArray("[TOOL_CALLS][{") << QByteArray("}]</s>");
  QTest::newRow("content in parts, system prompt moved") << QByteArray("axolotl-mistral_v2v3") << QByteArray("list_content") << QByteArray(" Answer.") << QByteArray(" Answer.</s>");
  QTest::newRow("end of the conversation") << QByteArray("microsoft-Phi-3.5-mini-instruct") << QByteArray("tool_arguments_as_string") << QByteArray("<|end|>") << QByteArray("<|end|>");
}

void TestChatTemplate::turnsAreFoundWherePrefixesRenderOtherwise() {
  QFETCH(QByteArray, file);
  QFETCH(QByteArray, name);
  QFETCH(QByteArray, begin);
  QFETCH(QByteArray, end);
  const QString shared = QStringLiteral(LATHE_SHARED_DATA);
  if (!QDir(shared + "/goldens").exists())
    QSKIP("the shared reference data is not here");
  const Json document = parseJsonFile((shared + "/goldens/conversations.json").toStdString());
  const Json& cases = document.at("cases");
  const auto conversation = std::find_if(cases.begin(), cases.end(), [&](const Json& one) { return one.at("name") == name.toStdString(); });
  QVERIFY(conversation != cases.end());
  ChatTemplate::Request request = requestFor(conversation->at("messages"));
  request.variables = document.at("special_tokens");
  if (const Json* tools = find(*conversation, "tools"))
    request.tools = *tools;
  const auto spans = spanTexts(*ChatTemplate::parse(readFile((shared + "/templates/" + file + ".jinja").toStdString(), 1 << 20)), request);
  QVERIFY(!spans.empty());
  QVERIFY2(bytes(spans[0]).startsWith(begin) && bytes(spans[0]).endsWith(end), spans[0].c_str());
}

void TestChatTemplate::generationBlocksGiveTheSpans() {
  const auto chat = ChatTemplate::parse("{% for m in messages %}{% if m.role == 'assistant' %}A:{% generation %}{{ m.content }}!{% endgeneration %}{% else %}U:{{ m.content }}{% endif %}\n{% endfor %}");
  QVERIFY(chat->hasGenerationBlocks());
  const auto spans = spanTexts(*chat, requestFor(kConversation));
  QCOMPARE(spans.size(), 2u);
  QCOMPARE(bytes(spans[1]), QByteArray("Second answer, longer.!"));
}

void TestChatTemplate::sameAnswerTwiceIsFoundTwice() {
  const Json messages = Json::parse(R"([{"role": "user", "content": "ok"}, {"role": "assistant", "content": "ok"}, {"role": "user", "content": "ok"}, {"role": "assistant", "content": "ok"}])");
  const auto chat = ChatTemplate::parse("{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}");
  const auto rendered = chat->renderWithSpans(requestFor(messages));
  QCOMPARE(rendered.assistantSpans.size(), 2u);
  QCOMPARE(bytes(rendered.text), QByteArray("<s>[INST] ok [/INST] ok</s>[INST] ok [/INST] ok</s>"));
  QCOMPARE(bytes(rendered.text.substr(rendered.assistantSpans[1].first)), QByteArray(" ok</s>"));
  QCOMPARE(rendered.assistantSpans[0].second, 27u);
}

void TestChatTemplate::systemPromptInLastTurnDoesNotMoveSpans() {
  // As Mistral's templates do: the system prompt stands in the last user turn, so prefixes of the conversation render differently.
  const auto chat = ChatTemplate::parse("{% set sys = messages[0].content %}{% set rest = messages[1:] %}{{ bos_token }}{% for m in rest %}{% if m.role == 'user' %}[INST]"
                                        "{% if loop.revindex0 < 2 %}{{ sys }}|{% endif %}{{ m.content }}[/INST]{% else %}{{ m.content }}{{ eos_token }}{% endif %}{% endfor %}");
  Json messages = Json::array({Json{{"role", "system"}, {"content", "Be kind."}}});
  for (const Json& m : kConversation)
    messages.push_back(m);
  const auto spans = spanTexts(*chat, requestFor(messages));
  QCOMPARE(spans.size(), 2u);
  QCOMPARE(bytes(spans[0]), QByteArray("First answer.</s>"));
  QCOMPARE(bytes(spans[1]), QByteArray("Second answer, longer.</s>"));
}

void TestChatTemplate::toolCallsBelongToTheTurn() {
  const QString path = QStringLiteral(LATHE_SHARED_DATA "/templates/Qwen-Qwen2.5-7B-Instruct.jinja");
  if (!QFile::exists(path))
    QSKIP("the shared templates are not here");
  const Json messages = Json::parse(R"([{"role": "user", "content": "Weather?"},
    {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Bern"}}}]},
    {"role": "tool", "content": "sunny"}, {"role": "assistant", "content": "Sunny."}])");
  const auto chat = ChatTemplate::parse(readFile(path.toStdString(), 1 << 20));
  const auto spans = spanTexts(*chat, requestFor(messages));
  QCOMPARE(spans.size(), 2u);
  QVERIFY2(bytes(spans[0]).contains("\"name\": \"weather\"") && bytes(spans[0]).endsWith("</tool_call><|im_end|>"), spans[0].c_str());
  QCOMPARE(bytes(spans[1]), QByteArray("Sunny.<|im_end|>"));
}

void TestChatTemplate::warningsNameWhatTemplatesDoToSystemMessages() {
  using Kind = text::TemplateWarning::Kind;
  QVERIFY(text::examineTemplate(*ChatTemplate::chatMl()).empty());
  const auto refusing = text::examineTemplate(*ChatTemplate::parse("{% for m in messages %}\n{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}\n{{ m.content }}{% endfor %}"));
  QCOMPARE(refusing.size(), 1u);
  QVERIFY(refusing[0].kind == Kind::SystemRefused);
  QCOMPARE(refusing[0].line, 2);
  QVERIFY2(bytes(refusing[0].message).contains("System role not supported (line 2: {% if m.role == 'system' %}"), refusing[0].message.c_str());
  const auto dropping = text::examineTemplate(*ChatTemplate::parse("{% for m in messages %}{% if m.role == 'user' %}[{{ m.content }}]{% endif %}{% endfor %}"));
  QCOMPARE(dropping.size(), 1u);
  QVERIFY(dropping[0].kind == Kind::SystemDropped);
  QVERIFY2(bytes(dropping[0].message).contains("no place for them"), dropping[0].message.c_str());
  const auto skipping = text::examineTemplate(*ChatTemplate::parse("{% for m in messages %}\n\n{% if m.role != 'system' %}[{{ m.content }}]{% endif %}{% endfor %}"));
  QCOMPARE(skipping.size(), 1u);
  QVERIFY(skipping[0].kind == Kind::SystemDropped && skipping[0].line == 3);
  // A template that cannot render a plain conversation says nothing about system messages.
  QVERIFY(text::examineTemplate(*ChatTemplate::parse("{{ nowhere.to.be.found }}")).empty());
}

void TestChatTemplate::warningsNameWhereATemplateBranchesOnContent() {
  using Kind = text::TemplateWarning::Kind;
  for (const char* condition : {"'</think>' in m.content", "m['content'].startswith('<tool')", "content == 'stop'"}) {
    const auto warnings = text::examineTemplate(*ChatTemplate::parse(std::string("{% for m in messages %}{% set content = m.content %}\n{% if ") + condition + " %}X{% else %}{{ m.content }}{% endif %}{% endfor %}"));
    QVERIFY2(warnings.size() == 1 && warnings[0].kind == Kind::BranchesOnContent && warnings[0].line == 2, condition);
    QVERIFY2(bytes(warnings[0].message).contains("line 2: {% if "), warnings[0].message.c_str());
  }
  for (const char* condition : {"m.content is string", "m.content", "m.content == ''", "m.role == 'user'", "'content' in m", "m.content | length > 3"})
    QVERIFY2(text::examineTemplate(*ChatTemplate::parse(std::string("{% for m in messages %}{% if ") + condition + " %}{{ m.content }}{% else %}{{ m.content }}!{% endif %}{% endfor %}")).empty(), condition);
}

void TestChatTemplate::warningsForSharedTemplatesAreTheKnownOnes() {
  using Kind = text::TemplateWarning::Kind;
  const QString folder = QStringLiteral(LATHE_SHARED_DATA "/templates");
  if (!QDir(folder).exists())
    QSKIP("the shared templates are not here");
  QStringList refusing, dropping, branching;
  for (const QString& name : QDir(folder).entryList({"*.jinja"})) {
    const auto chat = ChatTemplate::parse(readFile((folder + "/" + name).toStdString(), 1 << 20));
    for (const auto& warning : text::examineTemplate(*chat, {{"bos_token", "<s>"}, {"eos_token", "</s>"}}))
      (warning.kind == Kind::SystemRefused ? refusing : warning.kind == Kind::SystemDropped ? dropping : branching) << name;
  }
  qInfo("refused: %s; dropped: %s; branching on content: %s", qPrintable(refusing.join(", ")), qPrintable(dropping.join(", ")), qPrintable(branching.join(", ")));
  QVERIFY(refusing.contains("google-gemma-2-2b-it.jinja"));
  QVERIFY(branching.contains("Qwen-Qwen3-0.6B.jinja"));
  for (const char* fine : {"meta-llama-Llama-3.1-8B-Instruct.jinja", "axolotl-chatml.jinja", "microsoft-Phi-3.5-mini-instruct.jinja"})
    QVERIFY2(!refusing.contains(fine) && !dropping.contains(fine), fine);
}

QTEST_GUILESS_MAIN(TestChatTemplate)
#include "tst_chat_template.moc"
