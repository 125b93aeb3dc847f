// SPDX-License-Identifier: Apache-2.0
// What rows are taken for, in the spellings that occur in the wild: messages, pairs, text and tokens that come out; parts chosen by hand; Parquet.
#include "core/base/files.h"
#include "core/data/dataset.h"
#include "core/data/parquet_rows.h"

#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>

#include <random>

using namespace lathe;

namespace {

class FormatFiles {
public:
  std::string write(const std::string& name, const std::string& content) {
    const std::string path = m_folder.filePath(QString::fromStdString(name)).toStdString();
    writeFileAtomic(path, content);
    return path;
  }

private:
  QTemporaryDir m_folder;
};

QByteArray plain(const std::string& text) { return QByteArray::fromStdString(text); }

std::shared_ptr<const data::Dataset> openAs(const std::string& path, const std::string& format = "auto", const Json& columns = Json::object()) {
  return data::Dataset::open({{path, format, columns}});
}

/// "user:question assistant*:answer", a star where a message may be learned; calls as {name}.
std::string told(const data::Sample& sample) {
  if (sample.shape == data::DatasetShape::Text)
    return "text:" + sample.text;
  if (sample.shape == data::DatasetShape::Tokens)
    return dumpJson(Json(sample.ids)) + dumpJson(Json(sample.labels));
  std::string out;
  for (size_t i = 0; i < sample.messages.size(); ++i) {
    const Json& message = sample.messages[i];
    const std::string role = message.at("role").get<std::string>();
    out += (i == 0 ? "" : " ") + role + (role == "assistant" && sample.train[i] ? "*" : "") + ":" + stringOr(message, "content", "-");
    if (const Json* calls = find(message, "tool_calls"))
      for (const Json& call : *calls)
        out += "{" + call.at("function").at("name").get<std::string>() + dumpJson(call.at("function").at("arguments")) + "}";
  }
  return out;
}

std::string parquetFile(const char* name) { return std::string(LATHE_TEST_DATA "/parquet/") + name; }

} // namespace

class TestFormats : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void rowsAreTakenForWhatTheyAre_data();
  void rowsAreTakenForWhatTheyAre();
  void toolListsBecomeWhatTemplatesExpect_data();
  void toolListsBecomeWhatTemplatesExpect();
  void whatDoesNotFitIsARowError_data();
  void whatDoesNotFitIsARowError();
  void mostRowsDecideAndLaterOnesAddColumns();
  void partsCanBeChosenByHand();
  void wrongChoicesAreRefusedWithTheColumns();
  void columnsAreDescribed();
  void everySharedFileIsUnderstoodAtOnce_data();
  void everySharedFileIsUnderstoodAtOnce();
  void parquetRowsAreRead();
  void parquetTypesBecomeJson();
  void parquetTokensAndPreviews();
  void damagedParquetIsRefusedAndNeverCrashes();
};

void TestFormats::rowsAreTakenForWhatTheyAre_data() {
  QTest::addColumn<QByteArray>("row");
  QTest::addColumn<QByteArray>("layout");
  QTest::addColumn<QByteArray>("says");
  const auto add = [](const char* name, const char* row, const char* layout, const char* says) { QTest::newRow(name) << QByteArray(row) << QByteArray(layout) << QByteArray(says); };
  add("messages", R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]})", "openai", "system:s user:q assistant*:a");
  add("content parts", R"({"messages":[{"role":"user","content":[{"type":"text","text":"q"},{"type":"input_text","text":"r"}]},{"role":"assistant","content":["a","b"]}]})", "openai", "user:qr assistant*:ab");
  add("tool calls", R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]},{"role":"tool","tool_call_id":"1","content":"r"}]})",
      "openai", "user:q assistant*:-{f{\"a\":1}} tool:r");
  add("old function call", R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"}]})",
      "openai", "user:q assistant*:-{f{}} tool:r");
  add("ShareGPT", R"({"conversations":[{"from":"system","value":"s"},{"from":"human","value":"q"},{"from":"gpt","value":"a"}]})", "sharegpt", "system:s user:q assistant*:a");
  add("ShareGPT with tools", R"({"conversations":[{"from":"human","value":"q"},{"from":"function_call","value":"{\"name\":\"f\",\"arguments\":{\"a\":1}}"},{"from":"observation","value":"r"},{"from":"gpt","value":"a"}]})",
      "sharegpt", "user:q assistant*:{f{\"a\":1}} tool:r assistant*:a");
  add("two calls at once", R"({"conversations":[{"from":"human","value":"q"},{"from":"tool_call","value":"[{\"name\":\"f\",\"arguments\":{}},{\"name\":\"g\",\"arguments\":{}}]"}]})", "sharegpt", "user:q assistant*:{f{}}{g{}}");
  add("capital roles", R"({"conversation":[{"role":"User","content":"q"},{"role":"ASSISTANT","content":"a"}]})", "openai", "user:q assistant*:a");
  add("any column of messages", R"({"id":1,"thread":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]})", "openai", "user:q assistant*:a");
  add("messages as text", R"({"messages":"[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]"})", "openai", "user:q assistant*:a");
  add("system beside", R"({"system":"s","conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]})", "sharegpt", "system:s user:q assistant*:a");
  add("Alpaca", R"({"instruction":"i","input":"n","output":"o"})", "alpaca", "user:i\nn assistant*:o");
  add("Alpaca without instruction", R"({"instruction":"","input":"n","output":"o"})", "alpaca", "user:n assistant*:o");
  add("Alpaca with history", R"({"instruction":"i","output":"o","system":"s","history":[["a","b"]]})", "alpaca", "system:s user:a assistant*:b user:i assistant*:o");
  add("prompt and completion", R"({"prompt":"p","completion":"c"})", "prompt-completion", "user:p assistant*:c");
  add("prompt and completion as messages", R"({"prompt":[{"role":"user","content":"p"},{"role":"assistant","content":"x"},{"role":"user","content":"r"}],"completion":[{"role":"assistant","content":"c"}]})",
      "prompt-completion", "user:p assistant:x user:r assistant*:c");
  add("question and answer", R"({"question":"q","answer":"a"})", "prompt-completion", "user:q assistant*:a");
  add("capital columns", R"({"Question":"q","Answer":"a"})", "prompt-completion", "user:q assistant*:a");
  add("input and output", R"({"input":"q","output":"a"})", "prompt-completion", "user:q assistant*:a");
  add("instruction, context, response", R"({"instruction":"i","context":"c","response":"r"})", "prompt-completion", "user:i\nc assistant*:r");
  add("query and response", R"({"query":"q","response":"r"})", "prompt-completion", "user:q assistant*:r");
  add("problem and solution", R"({"problem":"q","solution":"r"})", "prompt-completion", "user:q assistant*:r");
  add("inputs and targets", R"({"inputs":"q","targets":"r"})", "prompt-completion", "user:q assistant*:r");
  add("unwanted answer", R"({"prompt":"p","completion":"c","label":false})", "prompt-completion", "user:p assistant:c");
  add("wanted answer", R"({"prompt":"p","completion":"c","label":true})", "prompt-completion", "user:p assistant*:c");
  add("pair beside a conversation", R"({"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"x"},{"from":"human","value":"r"}],"chosen":{"from":"gpt","value":"good"},"rejected":{"from":"gpt","value":"bad"}})",
      "preference", "user:q assistant:x user:r assistant*:good");
  add("pair of texts", R"({"prompt":"p","chosen":"good","rejected":"bad"})", "preference", "user:p assistant*:good");
  add("Alpaca pair", R"({"instruction":"i","input":"n","chosen":"good","rejected":"bad"})", "preference", "user:i\nn assistant*:good");
  add("pair of conversations", R"({"prompt":"p","chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"good"}],"rejected":[{"role":"user","content":"p"},{"role":"assistant","content":"bad"}]})",
      "preference", "user:p assistant*:good");
  add("pair that parts early", R"({"chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"x"},{"role":"user","content":"r"},{"role":"assistant","content":"good"}],"rejected":[{"role":"user","content":"p"},{"role":"assistant","content":"y"}]})",
      "preference", "user:p assistant*:x user:r assistant*:good");
  add("pair of answers as messages", R"({"prompt":[{"role":"user","content":"p"}],"chosen":[{"role":"assistant","content":"good"}],"rejected":[{"role":"assistant","content":"bad"}]})", "preference", "user:p assistant*:good");
  add("pair of transcripts", R"({"chosen":"\n\nHuman: p\n\nAssistant: x\n\nHuman: r\n\nAssistant: good","rejected":"\n\nHuman: p\n\nAssistant: x\n\nHuman: r\n\nAssistant: bad"})",
      "preference", "user:p assistant:x user:r assistant*:good");
  add("pair inside input", R"({"input":{"messages":[{"role":"user","content":"p"}]},"preferred_output":[{"role":"assistant","content":"good"}],"non_preferred_output":[{"role":"assistant","content":"bad"}]})",
      "preference", "user:p assistant*:good");
  add("text", R"({"text":"t","url":"u"})", "text", "text:t");
  add("content", R"({"content":"t","id":3})", "text", "text:t");
  add("a single column", R"({"lyrics":"t"})", "text", "text:t");
  add("a text alone", R"("t")", "text", "text:t");
  add("tokens", R"({"input_ids":[5,6,7]})", "token-rows", "[5,6,7][-100,6,7]");
  add("tokens with labels", R"({"input_ids":[5,6,7],"attention_mask":[1,1,1],"labels":[-100,-100,7]})", "token-rows", "[5,6,7][-100,-100,7]");
  add("tokens with a mask", R"({"input_ids":[5,6,7],"assistant_masks":[0,1,0]})", "token-rows", "[5,6,7][-100,6,-100]");
}

void TestFormats::rowsAreTakenForWhatTheyAre() {
  QFETCH(QByteArray, row);
  QFETCH(QByteArray, layout);
  QFETCH(QByteArray, says);
  FormatFiles files;
  const auto set = openAs(files.write("t.jsonl", row.toStdString() + "\n"));
  QCOMPARE(QByteArray(data::rowLayoutName(set->files()[0].layout)), layout);
  QCOMPARE(plain(told(set->sample(0))), says);
  QVERIFY(!QByteArray(data::supervisedText(set->files()[0].layout)).isEmpty());
}

void TestFormats::toolListsBecomeWhatTemplatesExpect_data() {
  QTest::addColumn<QByteArray>("tools");
  QTest::addColumn<QByteArray>("becomes");
  const QByteArray whole = R"([{"type":"function","function":{"name":"f"}}])";
  QTest::newRow("as it should be") << whole << whole;
  QTest::newRow("bare functions") << QByteArray(R"([{"name":"f"}])") << whole;
  QTest::newRow("as text") << QByteArray(R"("[{\"name\":\"f\"}]")") << whole;
  QTest::newRow("one") << QByteArray(R"({"name":"f"})") << whole;
  QTest::newRow("none") << QByteArray("[]") << QByteArray("null");
  QTest::newRow("empty text") << QByteArray("\"\"") << QByteArray("null");
}

void TestFormats::toolListsBecomeWhatTemplatesExpect() {
  QFETCH(QByteArray, tools);
  QFETCH(QByteArray, becomes);
  FormatFiles files;
  const auto set = openAs(files.write("t.jsonl", R"({"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}],"tools":)" + tools.toStdString() + "}\n"));
  QCOMPARE(plain(dumpJson(set->sample(0).tools)), becomes);
}

void TestFormats::whatDoesNotFitIsARowError_data() {
  QTest::addColumn<QByteArray>("good");
  QTest::addColumn<QByteArray>("bad");
  QTest::addColumn<QByteArray>("says");
  const QByteArray tokens = R"({"input_ids":[1,2],"labels":[-100,2]})", pair = R"({"prompt":"p","chosen":[{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"b"}]})";
  const QByteArray chat = R"({"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]})";
  QTest::newRow("labels too short") << tokens << QByteArray(R"({"input_ids":[1,2],"labels":[2]})") << QByteArray("2 tokens and 1 labels");
  QTest::newRow("negative token") << tokens << QByteArray(R"({"input_ids":[1,-2],"labels":[1,1]})") << QByteArray("entry 2 of \"input_ids\" is -2");
  QTest::newRow("huge token") << tokens << QByteArray(R"({"input_ids":[1,99999999999],"labels":[1,1]})") << QByteArray("from 0 to 2147483647");
  QTest::newRow("fractional token") << tokens << QByteArray(R"({"input_ids":[1.5],"labels":[1]})") << QByteArray("whole number");
  QTest::newRow("text token") << tokens << QByteArray(R"({"input_ids":["a"],"labels":[1]})") << QByteArray("whole number");
  QTest::newRow("other negative label") << tokens << QByteArray(R"({"input_ids":[1],"labels":[-1]})") << QByteArray("or -100");
  QTest::newRow("no tokens") << tokens << QByteArray(R"({"input_ids":[]})") << QByteArray("has no tokens");
  QTest::newRow("missing tokens") << tokens << QByteArray(R"({"labels":[1]})") << QByteArray("\"input_ids\" is missing");
  QTest::newRow("missing answer") << pair << QByteArray(R"({"prompt":"p","rejected":[]})") << QByteArray("\"chosen\" is missing");
  QTest::newRow("answer of a number") << pair << QByteArray(R"({"prompt":"p","chosen":5,"rejected":[]})") << QByteArray("should be a text or messages");
  QTest::newRow("call that is no JSON") << chat << QByteArray(R"({"conversations":[{"from":"human","value":"q"},{"from":"function_call","value":"call f"}]})") << QByteArray("message 2: the function call is not valid JSON");
  QTest::newRow("call without a name") << chat << QByteArray(R"({"conversations":[{"from":"human","value":"q"},{"from":"function_call","value":"{}"}]})") << QByteArray("without a name");
  QTest::newRow("nested messages") << chat << QByteArray(R"({"conversations":[[{"from":"human","value":"q"}]]})") << QByteArray("message 1 should be an object but is a list");
  QTest::newRow("deep nesting") << chat << "{\"conversations\":" + QByteArray(2000, '[') + QByteArray(2000, ']') + "}" << QByteArray("deeper than 64 levels");
  QTest::newRow("history of texts") << QByteArray(R"({"instruction":"i","output":"o","history":[["a","b"]]})") << QByteArray(R"({"instruction":"i","output":"o","history":["a"]})") << QByteArray("list of pairs");
}

void TestFormats::whatDoesNotFitIsARowError() {
  QFETCH(QByteArray, good);
  QFETCH(QByteArray, bad);
  QFETCH(QByteArray, says);
  FormatFiles files;
  const auto set = openAs(files.write("t.jsonl", (good + "\n" + good + "\n" + bad + "\n" + good + "\n").toStdString()));
  const auto check = set->check();
  QCOMPARE(check.totalBad(), 1u);
  QCOMPARE(check.errors[0].line, 3u);
  QVERIFY2(plain(check.errors[0].message).contains(says), check.errors[0].message.c_str());
  QVERIFY(!told(set->sample(3)).empty());
}

void TestFormats::mostRowsDecideAndLaterOnesAddColumns() {
  FormatFiles files;
  const auto set = openAs(files.write("t.jsonl", "{\"text\":\"odd\"}\n{\"instruction\":\"a\",\"output\":\"b\"}\n{\"instruction\":\"c\",\"output\":\"d\",\"input\":\"e\",\"system\":\"f\"}\n"));
  QVERIFY(set->shape() == data::DatasetShape::Alpaca);
  QCOMPARE(plain(told(set->sample(2))), QByteArray("system:f user:c\ne assistant*:d"));
  QCOMPARE(plain(told(set->sample(1))), QByteArray("user:a assistant*:b"));
  const auto check = set->check();
  QCOMPARE(check.totalBad(), 1u);
  QCOMPARE(check.errors[0].line, 1u);
}

void TestFormats::partsCanBeChosenByHand() {
  FormatFiles files;
  const std::string path = files.write("t.jsonl", R"({"frage":"q","antwort":"a","instruction":"i","output":"o","input":"n","tief":{"text":"t","paar":{"gut":"g"}}})");
  QCOMPARE(plain(told(openAs(path)->sample(0))), QByteArray("user:i\nn assistant*:o"));
  QCOMPARE(plain(told(openAs(path, "auto", {{"instruction", "frage"}, {"output", "antwort"}, {"input", ""}})->sample(0))), QByteArray("user:q assistant*:a"));
  QCOMPARE(plain(told(openAs(path, "auto", {{"text", "tief.text"}})->sample(0))), QByteArray("text:t"));
  QCOMPARE(plain(told(openAs(path, "auto", {{"output", "tief.paar.gut"}, {"rejected", "antwort"}})->sample(0))), QByteArray("user:i\nn assistant*:g"));
  QVERIFY(openAs(path, "auto", {{"rejected", "antwort"}})->files()[0].layout == data::RowLayout::Preference);
  const std::string chat = files.write("c.jsonl", R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"text":"t"})");
  QCOMPARE(plain(told(openAs(chat, "text")->sample(0))), QByteArray("text:t"));
  QVERIFY(openAs(chat)->contentHash() != openAs(chat, "text")->contentHash());
}

void TestFormats::wrongChoicesAreRefusedWithTheColumns() {
  FormatFiles files;
  const std::string path = files.write("t.jsonl", R"({"instruction":"i","output":"o"})");
  const auto refused = [&](const std::string& format, const Json& columns) {
    const auto result = capture([&] { return openAs(path, format, columns)->rows(); });
    return result.ok() ? std::string("opened") : result.error().code + " " + result.error().message;
  };
  QVERIFY2(plain(refused("auto", {{"instruction", "frage"}})).contains("no column \"frage\""), refused("auto", {{"instruction", "frage"}}).c_str());
  QVERIFY(plain(refused("auto", {{"instruction", "frage"}})).startsWith("REJ:DATASET_COLUMNS"));
  QVERIFY(plain(refused("auto", {{"question", "instruction"}})).contains("not a part"));
  QVERIFY(plain(refused("text", Json::object())).contains("there is no field \"text\"; the columns are \"instruction\", \"output\""));
  QVERIFY(plain(refused("preference", Json::object())).contains("chosen and a rejected"));
  QVERIFY(plain(refused("tokens", Json::object())).contains("input_ids"));
  QVERIFY(plain(refused("nonsense", Json::object())).contains("not known"));
}

void TestFormats::columnsAreDescribed() {
  FormatFiles files;
  const auto set = openAs(files.write("t.jsonl", "{\"instruction\":\"i\",\"output\":\"o\",\"n\":null,\"meta\":{\"id\":7},\"tags\":[]}\n{\"instruction\":\"" + std::string(500, 'x') + "\",\"output\":\"o\",\"n\":1.5,\"tags\":[1,2],\"mixed\":true}\n"
                                                 "{\"instruction\":\"i\",\"output\":\"o\",\"mixed\":\"t\"}\n"));
  std::string all;
  for (const data::Column& column : set->files()[0].columns)
    all += fmt::format("{}={}/{} ", column.name, column.kind, column.rows);
  QCOMPARE(plain(all), QByteArray("instruction=text/3 output=text/3 n=number/1 meta=object/1 meta.id=number/1 tags=tokens/2 mixed=mixed/2 "));
  QCOMPARE(set->files()[0].sampledRows, 3u);
  QVERIFY(set->files()[0].columns[0].example.size() <= 130);
  for (const data::RoleKey& role : data::roleKeys(data::DatasetShape::Alpaca))
    QVERIFY(!QByteArray(role.key).isEmpty());
  QCOMPARE(plain(dumpJson(data::rolesJson(set->roles()))), QByteArray(R"({"instruction":"instruction","output":"output"})"));
}

void TestFormats::everySharedFileIsUnderstoodAtOnce_data() {
  QTest::addColumn<QByteArray>("name");
  QTest::addColumn<QByteArray>("layout");
  QTest::addColumn<QByteArray>("roles");
  const auto add = [](const char* name, const char* layout, const char* roles) { QTest::newRow(name) << QByteArray(name) << QByteArray(layout) << QByteArray(roles); };
  const char* alpaca = R"({"instruction":"instruction","input":"input","output":"output"})";
  const char* pair = R"({"instruction":"question","output":"answer"})";
  add("alpaca_en_demo.json", "alpaca", alpaca);
  add("alpaca_zh_demo.json", "alpaca", alpaca);
  add("identity.json", "alpaca", alpaca);
  add("c4_demo.jsonl", "text", R"({"text":"text"})");
  add("dpo_en_demo.json", "preference", R"({"messages":"conversations","chosen":"chosen","rejected":"rejected"})");
  add("glaive_toolcall_en_demo.json", "sharegpt", R"({"messages":"conversations","tools":"tools"})");
  add("gsm8k-test.jsonl", "prompt-completion", pair);
  add("gsm8k-train.jsonl", "prompt-completion", pair);
  add("v1_sft_demo.jsonl", "openai", R"({"messages":"messages"})");
  add("wiki_demo.txt", "text", "{}");
}

void TestFormats::everySharedFileIsUnderstoodAtOnce() {
  QFETCH(QByteArray, name);
  QFETCH(QByteArray, layout);
  QFETCH(QByteArray, roles);
  const QString path = QStringLiteral(LATHE_SHARED_DATA "/datasets/") + name;
  if (!QFile::exists(path))
    QSKIP("the shared datasets are not here");
  const auto set = openAs(path.toStdString());
  QCOMPARE(QByteArray(data::rowLayoutName(set->files()[0].layout)), layout);
  QCOMPARE(plain(dumpJson(data::rolesJson(set->roles()))), roles);
  const auto check = set->check();
  QVERIFY2(check.totalBad() == 0, check.errors.empty() ? "" : check.errors[0].text().c_str());
  QCOMPARE(check.checked[0], set->rows());
}

void TestFormats::parquetRowsAreRead() {
  const auto opened = capture([] { return openAs(parquetFile("messages.parquet")); });
  if (!data::canReadParquet()) {
    QVERIFY(!opened.ok());
    QVERIFY2(plain(opened.error().message).contains("./dev.sh setup --parquet"), opened.error().message.c_str());
    QSKIP("this build has no Parquet reader (./dev.sh setup --parquet); that it says so was checked");
  }
  const auto set = *opened;
  QCOMPARE(set->rows(), 250u);
  QVERIFY(set->files()[0].format == data::FileFormat::Parquet);
  QCOMPARE(plain(told(set->sample(249))), QByteArray("user:question 249 \u00e9 assistant*:answer \"249\"\nline\t\\"));
  const auto check = set->check();
  QCOMPARE(check.totalBad(), 2u);
  QCOMPARE(plain(check.errors[0].text()), QByteArray("messages.parquet:8:1: the field \"messages\" is null"));
  QCOMPARE(plain(check.errors[1].text()), QByteArray("messages.parquet:10:1: message 2 has no content"));
  const auto pairs = openAs(parquetFile("pairs.parquet"));
  QCOMPARE(plain(told(pairs->sample(99))), QByteArray("user:q0 assistant*:a0"));
  QVERIFY(pairs->files()[0].layout == data::RowLayout::PromptCompletion);
}

void TestFormats::parquetTypesBecomeJson() {
  if (!data::canReadParquet())
    QSKIP("this build has no Parquet reader (./dev.sh setup --parquet)");
  const auto set = openAs(parquetFile("types.parquet"));
  QCOMPARE(plain(dumpJson(set->row(0))), QByteArray(R"({"text":"a","i8":-128,"u64":18446744073709551615,"f32":0.5,"flag":true,"bytes":"plain text","day":"2026-01-02","money":"1.50","map":{"k":1},"fixed":[1,2],"deep":{"a":[{"b":[1]}]}})"));
  QCOMPARE(plain(dumpJson(set->row(1))), QByteArray(R"({"text":null,"i8":0,"u64":0,"f32":null,"flag":false,"bytes":null,"day":null,"money":null,"map":{},"fixed":null,"deep":null})"));
  QCOMPARE(plain(dumpJson(set->row(2))), QByteArray("{\"text\":\"\u4f60\u597d\",\"i8\":null,\"u64\":1,\"f32\":null,\"flag\":null,\"bytes\":null,\"day\":\"1970-01-01\",\"money\":\"-2.25\",\"map\":null,\"fixed\":[3,4],\"deep\":{\"a\":[]}}"));
}

void TestFormats::parquetTokensAndPreviews() {
  if (!data::canReadParquet())
    QSKIP("this build has no Parquet reader (./dev.sh setup --parquet)");
  QCOMPARE(plain(told(openAs(parquetFile("tokens.parquet"))->sample(1))), QByteArray("[4,5][-100,5]"));
  data::DatasetOptions options;
  options.maxRows = 70;
  const auto set = data::Dataset::open({{parquetFile("messages.parquet"), "auto", Json::object()}}, options);
  QCOMPARE(set->rows(), 70u);
  QCOMPARE(set->files()[0].estimatedRows, 250u);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = capture([&] { return data::Dataset::open({{parquetFile("messages.parquet"), "auto", Json::object()}}, {}, {}, stop.get_token())->rows(); });
  QVERIFY(stopped.ok() || stopped.error().kind == ErrorKind::Cancelled); // 250 rows may be read before it looks
}

void TestFormats::damagedParquetIsRefusedAndNeverCrashes() {
  if (!data::canReadParquet())
    QSKIP("this build has no Parquet reader (./dev.sh setup --parquet)");
  FormatFiles files;
  const std::string good = readFile(parquetFile("messages.parquet"), 1 << 20);
  for (const std::string& bad : {good.substr(0, good.size() / 2), good.substr(0, 4), std::string("PAR1PAR1"), good.substr(0, good.size() - 1), std::string("not Parquet at all")}) {
    const auto result = capture([&] { return openAs(files.write("bad.parquet", bad))->rows(); });
    QVERIFY(!result.ok());
    QCOMPARE(plain(result.error().code), QByteArray("REJ:PARQUET"));
  }
  std::mt19937 random(5);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    std::string bad = good;
    for (int k = 0; k < 1 + i % 4; ++k)
      bad[4 + random() % (bad.size() - 4)] ^= static_cast<char>(1 << random() % 8);
    const auto result = capture([&] { return openAs(files.write("flip.parquet", bad))->check().totalBad(); });
    refused += !result.ok();
    QVERIFY2(result.ok() || result.error().kind == ErrorKind::Refused, result.ok() ? "" : result.error().message.c_str());
  }
  qInfo("%d of 300 damaged files refused, the others read", refused);
}

QTEST_GUILESS_MAIN(TestFormats)
#include "tst_formats.moc"
