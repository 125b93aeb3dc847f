// SPDX-License-Identifier: Apache-2.0
// Conversations in the whole engine as a process of its own, with a worker that stands in for the real one.
#include "core/api/chat_tree.h"
#include "core/api/protocol.h"
#include "core/base/paths.h"
#include "core/rpc/async_client.h"
#include "core/rpc/client.h"
#include "tests/engine/engine_process.h"

#include <QtTest>

#include <algorithm>

#include <signal.h>

using namespace lathe;
namespace method = api::method;

class ChatsTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_home = m_folder->path().toStdString() + "/home";
    qputenv("XDG_RUNTIME_DIR", (m_folder->path() + "/run").toUtf8());
    QDir().mkpath(m_folder->path() + "/run");
  }
  void promptIsStoredBeforeTheReplyAndSurvivesAKill();
  void regeneratedReplyIsASiblingAndStopKeepsTheText();
  void whatAModelIsSentIsTheChosenPathAlsoAfterARestart();
  void anAlternativeTokenBranchesFromTheKeptBeginning();
  void searchFindsWordsInConversations();
  void ofTwoMessagesSentAtOnceOneIsAnsweredAndOneRefused();

private:
  std::unique_ptr<QTemporaryDir> m_folder;
  std::string m_home;
};

void ChatsTest::promptIsStoredBeforeTheReplyAndSurvivesAKill() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  client.subscribe(client.cursor());
  const Json chat = client.call(method::kChatsCreate, {{"panes", Json::array({{{"model_path", "/m"}}, {{"model_path", "/m"}, {"adapter_path", "/a"}}})}});
  const Json sent = client.call(method::kChatsSend, {{"id", chat["id"]}, {"text", "Tell me a word"}});
  QCOMPARE(sent["messages"].size(), size_t(3));
  QVERIFY(!capture([&] { return client.call(method::kChatsSend, {{"id", chat["id"]}, {"text", "again"}}); }).ok());
  int pieces = 0;
  while (pieces < 15)
    for (const auto& event : client.events(5))
      pieces += event.type == "chat_piece";
  QThread::msleep(700); // what was said more than half a second ago is on disk
  engine.kill(SIGKILL);
  engine.start();
  auto again = engine.connect();
  const auto after = api::decode<api::Chat>(again.call(method::kChatsGet, {{"id", chat["id"]}}));
  QCOMPARE(after.messages[0].text, std::string("Tell me a word"));
  QCOMPARE(after.messages[1].state, std::string("stopped"));
  QVERIFY2(after.messages[1].text.size() >= 15 * 5 - 5, after.messages[1].text.c_str());
  QCOMPARE(after.title, std::string("Tell me a word"));
}

void ChatsTest::regeneratedReplyIsASiblingAndStopKeepsTheText() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  client.subscribe(client.cursor());
  const Json chat = client.call(method::kChatsCreate, {{"panes", Json::array({{{"model_path", "/m"}}})}});
  const auto finished = [&] {
    api::ChatMessage message;
    while (message.state != "done" && message.state != "stopped" && message.state != "failed")
      for (const auto& event : client.events(5))
        if (event.type == "chat")
          if (auto m = api::decode<api::ChatMessage>(event.body["message"]); m.role == "assistant")
            message = m;
    return message;
  };
  client.call(method::kChatsSend, {{"id", chat["id"]}, {"text", "Hello"}});
  const auto first = finished();
  QCOMPARE(first.state, std::string("done"));
  QCOMPARE(first.text.size(), size_t(200));
  QCOMPARE(first.tokens, int64_t(40));
  client.call(method::kChatsRegenerate, {{"id", chat["id"]}, {"message", first.id}});
  QThread::msleep(200);
  client.call(method::kChatsStop, {{"id", chat["id"]}});
  const auto second = finished();
  QCOMPARE(second.state, std::string("stopped"));
  QVERIFY(!second.text.empty() && second.text.size() < 200);
  const auto all = api::decode<api::Chat>(client.call(method::kChatsGet, {{"id", chat["id"]}}));
  QCOMPARE(all.messages.size(), size_t(3));
  QVERIFY(!all.messages[1].active && all.messages[2].active);
  QCOMPARE(all.messages[1].text, first.text);
}

/// Sends, edits, branches and chooses; every reply of the fake worker is what it was sent.
void ChatsTest::whatAModelIsSentIsTheChosenPathAlsoAfterARestart() {
  qputenv("LATHE_FAKE_ECHO", "1");
  qputenv("LATHE_FAKE_PIECES", "1");
  qputenv("LATHE_FAKE_PIECE_US", "1000");
  const auto cleanup = qScopeGuard([] {
    for (const char* name : {"LATHE_FAKE_ECHO", "LATHE_FAKE_PIECES", "LATHE_FAKE_PIECE_US"})
      qunsetenv(name);
  });
  EngineProcess engine(m_home);
  auto client = std::make_unique<rpc::Client>(engine.connect());
  api::Chat chat = api::decode<api::Chat>(client->call(method::kChatsCreate, {{"panes", Json::array({{{"model_path", "/m"}}})}, {"system_prompt", "S"}}));
  const auto ask = [&](const char* name, Json params) {
    params["id"] = chat.id;
    client->call(name, params);
    for (int i = 0; i < 400; ++i, QThread::msleep(10)) {
      chat = api::decode<api::Chat>(client->call(method::kChatsGet, {{"id", chat.id}}));
      if (std::none_of(chat.messages.begin(), chat.messages.end(), api::isUnderWay))
        break;
    }
  };
  const auto path = [&] { return api::ChatTree(chat.messages).path(0); };
  const auto said = [&](size_t count) { // as the worker says it
    std::string out = "s:S";
    for (const auto* message : path())
      if (count-- > 0)
        out += "|" + message->role.substr(0, 1) + ":" + message->text;
    return out;
  };
  ask(method::kChatsSend, {{"text", "one"}});
  QCOMPARE(path()[1]->text, std::string("s:S|u:one"));
  ask(method::kChatsEdit, {{"message", path()[1]->id}, {"text", "my words"}}); // a reply in other words
  ask(method::kChatsSend, {{"text", "two"}});
  QCOMPARE(path().back()->text, std::string("s:S|u:one|a:my words|u:two"));
  const int64_t secondTurn = path()[2]->id, firstReply = path()[1]->id;
  ask(method::kChatsEdit, {{"message", secondTurn}, {"text", "two, but nicer"}});
  QCOMPARE(path().back()->text, std::string("s:S|u:one|a:my words|u:two, but nicer"));
  ask(method::kChatsBranch, {{"message", firstReply}});
  QCOMPARE(path().size(), size_t(2));
  ask(method::kChatsSend, {{"text", "three"}});
  QCOMPARE(path().back()->text, std::string("s:S|u:one|a:my words|u:three"));
  QCOMPARE(api::ChatTree(chat.messages).siblings(*path()[2]).size(), size_t(3));
  ask(method::kChatsChoose, {{"message", secondTurn}});
  QCOMPARE(path()[2]->text, std::string("two"));
  const size_t before = chat.messages.size();
  engine.kill(SIGKILL);
  engine.start();
  client = std::make_unique<rpc::Client>(engine.connect());
  ask(method::kChatsSend, {{"text", "four"}});
  QCOMPARE(path()[2]->id, secondTurn);
  QCOMPARE(path().back()->text, said(path().size() - 1));
  QVERIFY2(path().back()->text.ends_with("|u:four") && path().back()->text.find("three") == std::string::npos, path().back()->text.c_str());
  QCOMPARE(chat.messages.size(), before + 2); // nothing went away
  // The reply to "one" as the model gave it: the conversation that continues "my words" is another branch.
  const auto other = std::find_if(chat.messages.begin(), chat.messages.end(), [](const auto& m) { return m.text == "s:S|u:one"; });
  ask(method::kChatsChoose, {{"message", other->id}});
  QCOMPARE(path().size(), size_t(2));
  ask(method::kChatsSend, {{"text", "five"}});
  QCOMPARE(path().back()->text, std::string("s:S|u:one|a:s:S|u:one|u:five"));
}

void ChatsTest::anAlternativeTokenBranchesFromTheKeptBeginning() {
  qputenv("LATHE_FAKE_PIECES", "6");
  qputenv("LATHE_FAKE_PIECE_US", "1000");
  const auto cleanup = qScopeGuard([] {
    qunsetenv("LATHE_FAKE_PIECES");
    qunsetenv("LATHE_FAKE_PIECE_US");
  });
  EngineProcess engine(m_home);
  auto client = engine.connect();
  client.subscribe(client.cursor());
  const Json made = client.call(method::kChatsCreate, {{"panes", Json::array({{{"model_path", "/m"}}})}, {"sampling", {{"logprobs", 2}}}});
  const auto reply = [&] {
    for (;;)
      for (const auto& event : client.events(5))
        if (event.type == "chat")
          if (auto m = api::decode<api::ChatMessage>(event.body["message"]); m.role == "assistant" && !api::isUnderWay(m))
            return m;
  };
  const auto tokensOf = [&](int64_t message) {
    return api::decode<std::vector<api::TokenTrace>>(client.call(method::kChatsTokens, {{"id", made["id"]}, {"message", message}})["tokens"]);
  };
  client.call(method::kChatsSend, {{"id", made["id"]}, {"text", "Hello"}});
  const auto first = reply();
  QVERIFY(first.traced);
  QCOMPARE(tokensOf(first.id).size(), size_t(6));
  client.call(method::kChatsRegenerate, {{"id", made["id"]}, {"message", first.id}, {"keep", 2}, {"token", 502}});
  const auto second = reply();
  const auto tokens = tokensOf(second.id);
  QCOMPARE(tokens.size(), size_t(6));
  QCOMPARE(tokens[1].id, int64_t(101));
  QCOMPARE(tokens[1].entropy, 1.25); // known from the first reply, not asked again
  QCOMPARE(tokens[2].id, int64_t(502));
  QCOMPARE(tokens[2].logprob, -1.5);
  QCOMPARE(tokens[2].top.size(), size_t(2));
  QCOMPARE(tokens[3].id, int64_t(103));
  QCOMPARE(tokensOf(first.id)[2].id, int64_t(102));
  for (const Json& wrong : {Json{{"keep", 6}, {"token", 502}}, Json{{"keep", -1}, {"token", 502}}, Json{{"keep", 2}, {"token", 7}}}) {
    Json params = wrong;
    params["id"] = made["id"];
    params["message"] = first.id;
    QVERIFY(!capture([&] { return client.call(method::kChatsRegenerate, params); }).ok());
  }
}

void ChatsTest::searchFindsWordsInConversations() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const auto chatWith = [&](const std::string& question, const std::string& answer) {
    return client.call(method::kChatsCreate, {{"title", question.substr(0, 10)}, {"panes", Json::array({{{"model_path", "/m"}}})},
                                              {"messages", {{{"role", "user"}, {"text", question}}, {{"role", "assistant"}, {"text", answer}}}}})["id"].get<int64_t>();
  };
  const int64_t first = chatWith("Where is it?", "It stands beside\nthe ÄRGERNIS tower, " + std::string(300, 'x'));
  const int64_t second = chatWith("What is 50%_off?", "A price.");
  const auto hits = [&](const std::string& text) { return api::decode<std::vector<api::ChatHit>>(client.call(method::kChatsSearch, {{"text", text}})["hits"]); };
  const auto found = hits("ärgernis TOWER");
  QCOMPARE(found.size(), size_t(1));
  QCOMPARE(found[0].chat, first);
  QCOMPARE(found[0].role, std::string("assistant"));
  QVERIFY2(found[0].excerpt.find("the ÄRGERNIS tower") != std::string::npos && found[0].excerpt.size() < 200 && found[0].excerpt.find('\n') == std::string::npos, found[0].excerpt.c_str());
  QCOMPARE(hits("50%_").size(), size_t(1)); // signs are signs
  QCOMPARE(hits("50%_")[0].chat, second);
  QCOMPARE(hits("absent").size(), size_t(0));
  client.call(method::kChatsDelete, {{"id", first}});
  QCOMPARE(hits("tower").size(), size_t(0));
  QVERIFY(!capture([&] { return client.call(method::kChatsSearch, {{"text", ""}}); }).ok());
}

void ChatsTest::ofTwoMessagesSentAtOnceOneIsAnsweredAndOneRefused() {
  EngineProcess engine(m_home);
  auto client = engine.connect();
  const Json chat = client.call(method::kChatsCreate, {{"panes", Json::array({{{"model_path", "/m"}}})}});
  rpc::IoLoop loop;
  std::vector<std::string> answers;
  const auto heard = [&](const Result<Json>& result) {
    answers.push_back(result.ok() ? "answered" : result.error().kind == ErrorKind::Conflict ? "refused" : result.error().message);
    if (answers.size() == 2)
      loop.stop();
  };
  rpc::AsyncClient impatient(loop, engineSocket(m_home), {});
  for (const char* text : {"one", "two"}) // both are on their way before the first is on disk
    impatient.call(method::kChatsSend, {{"id", chat["id"]}, {"text", text}}, heard);
  loop.after(std::chrono::seconds(20), [&] { loop.stop(); });
  loop.run();
  QCOMPARE(answers, (std::vector<std::string>{"answered", "refused"}));
  const auto after = api::decode<api::Chat>(client.call(method::kChatsGet, {{"id", chat["id"]}}));
  QCOMPARE(after.messages.size(), size_t(2));
  QCOMPARE(after.messages[0].text, std::string("one"));
}

LATHE_TEST_MAIN(ChatsTest) {
  if (const int code = engineProcessMain(argc, argv); code >= 0)
    return code;
  QCoreApplication app(argc, argv);
  ChatsTest test;
  return QTest::qExec(&test, argc, argv);
}

#include "tst_chats.moc"
