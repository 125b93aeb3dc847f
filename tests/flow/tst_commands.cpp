// SPDX-License-Identifier: Apache-2.0
// `lathe runs`, `lathe plan`, `lathe chat` and interrupted training as commands: what they print, what they return, what they leave behind.
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/processes.h"
#include "tests/flow/flow_support.h"

#include <csignal>
#include <random>

#include <unistd.h>

using flow::Output;
using lathe::Json;

class TestCommands : public QObject {
  Q_OBJECT

  flow::Home m_home;
  QString m_first, m_second;

  Output run(const QStringList& arguments, const QByteArray& input = {}) { return flow::lathe(m_home.path(), arguments, input); }

  /// One JSON object on stdout, nothing on stderr, exit code 0.
  Json json(const QStringList& arguments) {
    const Output out = run(arguments);
    if (out.code != 0 || out.out.count('\n') != 1)
      qFatal("%s: code %d, %s %s", qPrintable(arguments.join(' ')), out.code, out.out.constData(), out.err.constData());
    return lathe::parseJson(out.out.toStdString(), {.bytes = 1 << 24});
  }

  QStringList listed(const QStringList& arguments) {
    QStringList out;
    const Json answer = json(arguments);
    for (const Json& item : answer.at("runs"))
      out << QString::fromStdString(item.at("id").get<std::string>());
    return out;
  }

  QString specFile(const char* name, int steps, int saveEvery) {
    const QString path = m_home.file(name);
    lathe::writeFileAtomic(path.toStdString(), lathe::dumpJson(flow::spec(steps, saveEvery), 2));
    return path;
  }

private Q_SLOTS:
  void initTestCase() {
    if (const QString why = flow::missing(); !why.isEmpty())
      QSKIP(qPrintable(why));
    const QString spec = specFile("spec.json", 6, 3);
    for (QString* id : {&m_first, &m_second}) {
      const QStringList before = listed({"runs", "list", "--json"});
      const Output trained = run({"train", spec, "--set", id == &m_first ? "name=first" : "name=second"});
      QVERIFY2(trained.code == 0, trained.err.constData());
      QVERIFY(QTest::qWaitFor([&] { return listed({"runs", "list", "--json"}).size() == before.size() + 1; }, 10'000)); // a running engine finds it by itself
      *id = listed({"runs", "list", "--json"}).front();
    }
    QVERIFY(m_first.contains("first") && m_second.contains("second"));
  }

  void aMachineIsAddedTestedUsedAndForgotten() {
    QVERIFY(run({"hosts", "list"}).out.contains("No machines yet"));
    QCOMPARE(run({"hosts", "add", "box", "-oProxyCommand=x"}).code, 2);
    QCOMPARE(run({"hosts", "add", "bo x", "me@box"}).code, 2);
    // In place of ssh: the command runs here, on another home.
    QTemporaryDir there;
    const QString ssh = m_home.file("ssh");
    lathe::writeFileAtomic(ssh.toStdString(), "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift 2\nexec sh -c \"$*\"\n", 0700);
    qputenv("LATHE_SSH", ssh.toUtf8());
    const QString program = LATHE_BUILD_BIN "/lathe";
    QCOMPARE(run({"hosts", "add", "box", "me@box", "--port", "2200", "--program", program, "--remote-home", there.path()}).code, 0);
    QCOMPARE(run({"hosts", "add", "box", "me@box"}).code, 2); // there is one of that name
    const Json tested = json({"hosts", "test", "box", "--json"});
    for (const Json& step : tested.at("steps"))
      QVERIFY2(step.at("state") == "ok", step.dump().c_str());
    QVERIFY(tested.at("steps")[3].at("what").get<std::string>().find(there.path().toStdString()) != std::string::npos);
    const Json runs = json({"--host", "box", "runs", "list", "--json"});
    QCOMPARE(runs.at("runs").size(), size_t(0)); // over there, not here
    const Output unknown = run({"--host=bix", "runs", "list"});
    QCOMPARE(unknown.code, 1);
    QVERIFY2(unknown.err.contains("Did you mean box?"), unknown.err.constData());
    QCOMPARE(run({"--host", "box", "runs", "show", "none"}).code, 1); // the exit code comes back
    lathe::rpc::Client::connect(lathe::engineSocket(there.path().toStdString())).call("engine/shutdown");
    qunsetenv("LATHE_SSH");
    QCOMPARE(run({"hosts", "remove", "box"}).code, 0);
    QVERIFY(run({"hosts", "list"}).out.contains("No machines yet"));
  }

  void theLogBundleIsListedAndWritten() {
    const Json listed = json({"doctor", "--bundle-list", "--json"});
    const QString file = m_home.file("bundle.tar.gz");
    const Json written = json({"doctor", "--bundle", file, "--json"});
    QVERIFY(written.at("files").size() >= listed.at("files").size());
    QCOMPARE(static_cast<qint64>(written.at("bytes").get<int64_t>()), QFileInfo(file).size());
    QCOMPARE(QFileInfo(file).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    QProcess tar;
    tar.start("tar", {"-tzf", file});
    QVERIFY(tar.waitForFinished());
    const QByteArray names = tar.readAllStandardOutput();
    for (const char* name : {"lathe-bundle/doctor.json", "lathe-bundle/version.txt", "/spec.json", "/events.jsonl"})
      QVERIFY2(names.contains(name), names.constData());
  }

  void listShowsRunsNewestFirst() {
    QCOMPARE(listed({"runs", "list", "--json"}), (QStringList{m_second, m_first}));
    QCOMPARE(listed({"runs", "--json"}), (QStringList{m_second, m_first}));
    const Output text = run({"runs", "list"});
    QCOMPARE(text.code, 0);
    QVERIFY(text.err.isEmpty());
    const QList<QByteArray> lines = text.out.trimmed().split('\n');
    QCOMPARE(lines.size(), 3);
    QVERIFY2(lines[0].startsWith("RUN") && lines[1].startsWith(m_second.toUtf8()) && lines[2].startsWith(m_first.toUtf8()), text.out.constData());
    QVERIFY2(lines[1].contains("finished") && lines[1].contains("6/6"), lines[1].constData());
  }

  void showGivesARunWithItsEvents() {
    const Json answer = json({"runs", "show", m_first, "--json"});
    QCOMPARE(answer["run"]["state"].get<std::string>(), std::string("finished"));
    QCOMPARE(answer["run"]["step"].get<int>(), 6);
    QCOMPARE(answer["spec"]["training"]["steps"].get<int>(), 6);
    int saved = 0;
    for (const Json& event : answer["events"])
      saved += event["type"] == "saved";
    QVERIFY2(saved >= 2, answer["events"].dump().c_str());
    const Output text = run({"runs", "show", m_first});
    QCOMPARE(text.code, 0);
    for (const char* part : {"state   finished", "step    6 of 6", "method  LoRA r8", "saved"})
      QVERIFY2(text.out.contains(part), text.out.constData());
    const Output both = run({"runs", "show", m_first, m_second, "--json"});
    QCOMPARE(both.out.count('\n'), 2); // one object a line
  }

  void comparePutsRunsSideBySide() {
    const Json answer = json({"runs", "compare", m_first, m_second, "--json"});
    QCOMPARE(answer["runs"].size(), size_t(2));
    QCOMPARE(answer["runs"][0]["run"]["loss"].get<double>(), answer["runs"][1]["run"]["loss"].get<double>()); // deterministic, same specification
    const Output text = run({"runs", "compare", m_first, m_second});
    QCOMPARE(text.code, 0);
    for (const char* row : {"run ", "state", "loss", "validation", "tok/s", "memory"})
      QVERIFY2(text.out.contains(row), text.out.constData());
  }

  void compareNamesOnlyTheSettingsThatDiffer() {
    const Output other = run({"train", specFile("other.json", 4, 2), "--set", "name=third, with a name that is longer than any column", "--set", "method.r=4", "--set", "training.learning_rate=1e-5"});
    QVERIFY2(other.code == 0, other.err.constData());
    QVERIFY(QTest::qWaitFor([&] { return listed({"runs", "list", "--limit", "1", "--json"}).front().contains("third"); }, 10'000));
    const QString third = listed({"runs", "list", "--limit", "1", "--json"}).front();
    const Json answer = json({"runs", "compare", m_first, third, "--json"});
    QStringList paths;
    for (const Json& field : answer["settings"])
      paths << QString::fromStdString(field["path"].get<std::string>());
    QCOMPARE(paths, (QStringList{"method.r", "training.steps", "training.learning_rate", "save.every_steps"}));
    QCOMPARE(answer["settings"][0]["values"], Json({"8", "4"}));
    const Output text = run({"runs", "compare", m_first, third});
    QVERIFY2(text.out.contains("training.learning_rate") && text.out.contains("1e-5") && text.out.contains("…"), text.out.constData());
    QVERIFY(!text.out.contains("weight_decay"));
    QVERIFY(run({"runs", "compare", m_first, third, "--all"}).out.contains("≠ method.r"));
    QVERIFY(run({"runs", "compare", m_first, m_second}).out.contains("No setting differs."));
    QCOMPARE(run({"runs", "compare", m_first}).code, 2);
    QCOMPARE(run({"runs", "delete", "--purge", third}).code, 0);
  }

  void tagsAreAddedRemovedAndFilteredBy() {
    QCOMPARE(run({"runs", "tag", m_first, "+keep", "+base line", "-h"}).out, QByteArray("base line\nkeep\n"));
    QCOMPARE(run({"runs", "tag", m_first, "-base line", "--json"}).out, QByteArray("{\"tags\":[\"keep\"]}\n"));
    QCOMPARE(listed({"runs", "list", "--tag", "keep", "--json"}), QStringList{m_first});
    QVERIFY(run({"runs", "show", m_first}).out.contains("tags    keep"));
    QCOMPARE(listed({"runs", "list", "--limit", "1", "--json"}), QStringList{m_second});
    QCOMPARE(run({"runs", "tag", m_first, "+a,b"}).code, 3);
    QCOMPARE(run({"runs", "tag", m_first, "keep"}).code, 2); // neither + nor -
    QCOMPARE(run({"runs", "tag", m_first, "-keep"}).out, QByteArray());
  }

  void deleteIsUndoneByRestoreAndPurgeIsNot() {
    QCOMPARE(run({"runs", "delete", m_first}).out, m_first.toUtf8() + " moved to the bin\n");
    QCOMPARE(listed({"runs", "list", "--json"}), QStringList{m_second});
    QCOMPARE(listed({"runs", "list", "--deleted", "--json"}), QStringList{m_first});
    QCOMPARE(run({"runs", "delete", m_first}).code, 0); // again: nothing to do
    QCOMPARE(json({"runs", "restore", m_first, "--json"})["runs"][0].get<std::string>(), m_first.toStdString());
    QCOMPARE(listed({"runs", "list", "--json"}), (QStringList{m_second, m_first}));
    QCOMPARE(json({"runs", "show", m_first, "--json"})["run"]["step"].get<int>(), 6);
    const QString folder = QString::fromStdString(m_home.folder(m_first.toStdString()));
    QVERIFY(QDir(folder).exists());
    QCOMPARE(run({"runs", "delete", "--purge", m_first}).out, m_first.toUtf8() + " removed\n");
    QVERIFY(!QDir(folder).exists());
    QCOMPARE(listed({"runs", "list", "--deleted", "--json"}), QStringList());
    const Output gone = run({"runs", "restore", m_first});
    QCOMPARE(gone.code, 1);
    QVERIFY2(gone.err.contains(m_first.toUtf8()) && gone.err.count('\n') == 1 && gone.out.isEmpty(), gone.err.constData());
  }

  void wrongUseAndUnknownRunsHaveTheirExitCodes() {
    QCOMPARE(run({"runs", "show"}).code, 2);
    QCOMPARE(run({"runs", "explode"}).code, 2);
    QCOMPARE(run({"runs", "list", "--nonsense"}).code, 2);
    for (const char* verb : {"show", "compare", "delete", "restore"}) {
      const Output out = run({"runs", verb, "no-such-run"});
      QCOMPARE(out.code, 1);
      QVERIFY2(out.err.contains("There is no run \"no-such-run\"."), out.err.constData());
    }
    QCOMPARE(run({"runs", "show", "../../etc"}).code, 1);
  }

  void aPlanSaysHowFastOnceARunWasMeasured() {
    flow::Home fresh;
    const QString spec = specFile("plan.json", 20, 100);
    const Output unknown = flow::lathe(fresh.path(), {"plan", spec, "--json"});
    QCOMPARE(unknown.code, 0);
    const Json before = lathe::parseJson(unknown.out.toStdString());
    QVERIFY2(before["tokens_per_s"].is_null() && before["advice"].dump().find("bench device") != std::string::npos, unknown.out.constData());
    QVERIFY(flow::lathe(fresh.path(), {"plan", spec}).out.contains("not known"));
    fresh.startEngine();
    const std::string id = fresh.start(flow::spec(20, 100));
    QVERIFY2(fresh.reaches(id, "finished"), fresh.run(id).dump().c_str());
    Json after;
    QVERIFY(QTest::qWaitFor([&] {
      after = lathe::parseJson(flow::lathe(fresh.path(), {"plan", spec, "--json"}).out.toStdString());
      return after["tokens_per_s"].is_number();
    }, 10'000));
    const double seen = fresh.run(id)["tokens_per_s"].get<double>(), planned = after["tokens_per_s"].get<double>();
    qInfo("measured %.0f tokens/s in the last step, planned %.0f", seen, planned);
    QVERIFY2(planned > seen / 4 && planned < seen * 4, qPrintable(QString("%1 against %2").arg(planned).arg(seen))); // single steps vary on a busy machine
    QVERIFY(flow::lathe(fresh.path(), {"plan", spec}).out.contains("tokens/s"));
    qputenv("XDG_RUNTIME_DIR", m_home.file("").toLocal8Bit());
  }

  /// Regenerate, edit, branch, choose, alternatives and search, as a script would do it.
  void chatCommandsGrowATreeAndNothingIsLost() {
    const QString model = QString::fromStdString(flow::modelFolder());
    const QByteArray script = "Tell me about the lighthouse\n/again\n/choose 2 1\n/rewrite It stands by the sea.\nAnd the ship?\n/edit And the boat?\n/branch 2\nAnd the gull?\n/choose 3 1\n/tokens\n"
                              "/alternative 2 2\n/nonsense\n//slash\n/list\n/quit\nnever said\n";
    const Output chat = run({"chat", "--model", model, "--max-tokens", "12", "--temperature", "0.8", "--logprobs", "3"}, script);
    QCOMPARE(chat.code, 1); // one command was wrong, and the others went on
    QVERIFY2(chat.err.contains("There is no command /nonsense"), chat.err.constData());
    const QString out = QString::fromUtf8(chat.out);
    const QStringList lines = out.split('\n');
    const auto last = [&](const QString& part) {
      for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        if (line->contains(part))
          return *line;
      return QString();
    };
    QVERIFY2(last("It stands by the sea.").contains("[3/3]"), chat.out.constData());
    QVERIFY2(last("And the ship?").contains("[1/3]"), chat.out.constData());
    QVERIFY2(last("/slash").contains("you"), chat.out.constData());
    QVERIFY2(out.contains(" nat "), chat.out.constData());
    QVERIFY(!out.contains("never said"));
    const Output found = run({"chat", "--search", "THE GULL", "--json"});
    QVERIFY2(found.code == 0 && found.out.count('\n') == 1, found.out.constData());
    const Json hit = lathe::parseJson(found.out.toStdString());
    const Output again = run({"chat", "--chat", QString::number(hit["chat"].get<int64_t>()), "--json"}, "/list\n");
    QVERIFY2(again.code == 0 && again.out.contains("And the ship?") && !again.out.contains("And the gull?"), again.out.constData()); // the chosen branch is kept
    QCOMPARE(run({"chat"}).code, 2);
    // Kept tokens are kept exactly: the likeliest token at one place of a greedy reply gives that reply again.
    const Output same = run({"chat", "--model", model, "--max-tokens", "24", "--greedy", "--logprobs", "2", "--json"}, "Tell me about the sea\n/alternative 5 1\n");
    QVERIFY2(same.code == 0, same.err.constData());
    const auto replies = same.out.trimmed().split('\n');
    QCOMPARE(replies.size(), 2);
    const Json first = lathe::parseJson(replies[0].toStdString(), {.bytes = 1 << 24}), second = lathe::parseJson(replies[1].toStdString(), {.bytes = 1 << 24});
    QCOMPARE(second["text"], first["text"]);
    QCOMPARE(second["token_traces"].size(), first["token_traces"].size());
    for (size_t i = 0; i < first["token_traces"].size(); ++i) {
      const Json &a = first["token_traces"][i], &b = second["token_traces"][i];
      QVERIFY2(a["id"] == b["id"] && a["n"] == b["n"] && std::abs(a["lp"].get<double>() - b["lp"].get<double>()) < 1e-4 && std::abs(a["h"].get<double>() - b["h"].get<double>()) < 1e-4,
               (lathe::dumpJson(a) + " and " + lathe::dumpJson(b)).c_str());
    }
  }

  void chatTakesAConversationFromAPipe() {
    const QString program = QCoreApplication::applicationDirPath() + "/../bin/lathe";
    const QString model = QString::fromStdString(flow::modelFolder());
    const QString messages = R"([{"role":"system","content":"Be kind."},{"role":"user","content":"Hello"},{"role":"assistant","content":"Hello to you."},{"role":"user","content":"What colour is the sky?"}])";
    const auto shell = [&](const QString& command) {
      QProcess bash;
      bash.start("bash", {"-c", command});
      bash.waitForFinished(120'000);
      return Output{bash.exitCode(), bash.readAllStandardOutput(), bash.readAllStandardError()};
    };
    const QString home = QString::fromStdString(m_home.path());
    const Output chat = shell(QString("%1 chat --home %2 --model %3 --greedy --max-tokens 24 --json --messages <(echo '%4') < /dev/null").arg(program, home, model, messages));
    QVERIFY2(chat.code == 0, chat.err.constData());
    const Json reply = lathe::parseJson(chat.out.toStdString());
    QVERIFY2(reply["state"] == "done" && !reply["text"].get<std::string>().empty(), chat.out.constData());
    const Output input = run({"chat", "--model", model, "--greedy", "--max-tokens", "24", "--json", "--messages", "-"}, messages.toUtf8());
    QVERIFY2(input.code == 0, input.err.constData());
    QCOMPARE(lathe::parseJson(input.out.toStdString())["text"], reply["text"]); // the same conversation, the same greedy answer
    const Output generate = shell(QString("%1 generate --model %2 --greedy --max-tokens 24 --json --messages <(echo '%3')").arg(program, model, messages));
    QVERIFY2(generate.code == 0 && generate.out.contains("\"text\""), generate.err.constData());
    const Output rendered = shell(QString("%1 template --model %2 --messages <(echo '%3')").arg(program, model, messages));
    QVERIFY2(rendered.code == 0 && rendered.out.contains("What colour is the sky?"), rendered.err.constData());
    for (const char* bad : {R"([{"role":"critic","content":"x"}])", R"([{"role":"assistant","content":"x"},{"role":"user","content":"y"}])", "42", "[", R"([{"role":"user","content":7}])"}) {
      const Output refused = run({"chat", "--model", model, "--messages", "-"}, bad);
      QVERIFY2(refused.code == 3 && !refused.err.isEmpty(), bad);
    }
    QCOMPARE(run({"chat", "--model", model, "--messages", "/"}).code, 3);
    QCOMPARE(run({"chat", "--model", model, "--messages", "/no/such/file"}).code, 1);
  }

  /// The first SIGINT saves; the second ends at once, wherever that save is, and what is on disk still is old or new, never half.
  void aSecondInterruptDuringTheSaveLosesNothing() {
    const QString spec = specFile("interrupt.json", 8, 100);
    const QString whole = m_home.file("whole");
    QCOMPARE(run({"train", spec, "--out", whole}).code, 0);
    const auto adapterOf = [](const QString& folder) { return lathe::readFile((folder + "/adapter/adapter_model.safetensors").toStdString(), 1 << 26); };
    std::mt19937 random(11);
    int inside = 0, atOnce = 0;
    for (int round = 0; round < 6; ++round) {
      const QString out = m_home.file(QString("interrupted%1").arg(round));
      const QString checkpoints = out + "/checkpoints";
      QProcess train;
      train.start(QCoreApplication::applicationDirPath() + "/../bin/lathe", {"train", spec, "--out", out});
      QVERIFY(train.waitForStarted());
      const auto lines = [&] {
        QFile file(out + "/metrics.jsonl");
        return file.open(QIODevice::ReadOnly) ? file.readAll().count('\n') : 0;
      };
      QVERIFY(QTest::qWaitFor([&] { return lines() >= 2; }, 60'000));
      const auto pid = static_cast<pid_t>(train.processId());
      ::kill(pid, SIGINT);
      const auto saving = [&] { return !QDir(checkpoints).entryList({".tmp-*"}, QDir::Dirs | QDir::Hidden).isEmpty(); };
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (!saving() && QFileInfo(QString("/proc/%1").arg(pid)).exists() && std::chrono::steady_clock::now() < end && QDir(checkpoints).entryList(QDir::Dirs | QDir::NoDotAndDotDot).isEmpty()) {
      }
      ::usleep(random() % 3000);
      const double second = lathe::wallClock();
      ::kill(pid, SIGINT);
      QVERIFY(train.waitForFinished(20'000));
      atOnce += lathe::wallClock() - second < 1;
      inside += saving();
      QCOMPARE(train.exitStatus(), QProcess::NormalExit);
      QCOMPARE(train.exitCode(), 130);
      const Output resumed = run({"resume", out});
      QVERIFY2(resumed.code == 0, resumed.err.constData());
      QVERIFY2(adapterOf(out) == adapterOf(whole), "the resumed run's weights differ from the uninterrupted one's");
      QCOMPARE(int(lines()), 8);
      QVERIFY2(!saving(), "a temporary folder is left after the resumed run");
    }
    qInfo("6 second interrupts: %d inside the save, %d ended within a second", inside, atOnce);
    QCOMPARE(atOnce, 6);
    QVERIFY2(inside >= 1, "no second interrupt hit a save");
  }
};

QTEST_GUILESS_MAIN(TestCommands)
#include "tst_commands.moc"
