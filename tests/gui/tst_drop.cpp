// SPDX-License-Identifier: GPL-3.0-or-later
// Things dropped on the window go where they belong; and what the window says about itself.
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "tests/gui/support_gui.h"
#include "ui/shell/about/about_dialog.h"
#include "ui/shell/about/bundle_dialog.h"
#include "ui/shell/about/components.h"
#include "ui/shell/drop/drop_target.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"
#include "ui/widgets/path_field.h"

#include <QApplication>
#include <QClipboard>
#include <QDropEvent>
#include <QFileInfo>
#include <QListWidget>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProcess>
#include <QTest>
#include <QUrl>

using namespace lathe;
using namespace lathe::ui;
using fake::Bench;
using fake::Window;

namespace {

void put(const QString& path, const QByteArray& text = "{}") {
  QDir().mkpath(QFileInfo(path).path());
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly))
    qFatal("%s cannot be written", qPrintable(path));
  file.write(text);
}

/// A folder with one of everything.
struct Things {
  QTemporaryDir folder;
  QString operator()(const char* name) const { return folder.filePath(QLatin1String(name)); }
  Things() {
    put((*this)("qwen/config.json"));
    put((*this)("adapter/adapter_config.json"), "{\"base_model_name_or_path\": \"" + (*this)("qwen").toUtf8() + "\"}");
    put((*this)("lost/adapter_config.json"), "{\"base_model_name_or_path\": \"meta/gone\"}");
    put((*this)("run-7/spec.json"), R"({"model": {"path": "m"}, "data": {"train": []}, "method": {"r": 5}})");
    put((*this)("run-7/metrics.jsonl"));
    put((*this)("spec.json"), R"({"model": {"path": "m"}, "data": {"train": []}, "method": {"r": 7}} // a comment)");
    put((*this)("rows.json"), "[{\"text\": \"a\"}]");
    put((*this)("rows.jsonl"));
    put((*this)("rows.csv.gz"));
    put((*this)("rows.jsonl.zst"));
    put((*this)("a set/data/train.jsonl"));
    put((*this)("photo.jpg"));
    put((*this)("part.safetensors"));
    put((*this)("small.gguf"));
    QDir().mkpath((*this)("empty"));
  }
};

struct Dropping {
  Bench bench;
  Window window;
  DropTarget target;
  Things things;
  Dropping() : window((bench.engine.listen(), bench)), target(window.window, window.session, *setup()) {}
  SetupView* setup() { return static_cast<TrainPage*>(window.window.page(QStringLiteral("train")))->setup(); }
  DropOverlay* overlay() { return window.window.findChild<DropOverlay*>(); }
  SpecDocument& document() { return *setup()->document(); }

  static std::unique_ptr<QMimeData> mime(const QStringList& paths) {
    auto data = std::make_unique<QMimeData>();
    QList<QUrl> urls;
    for (const QString& path : paths)
      urls << QUrl::fromLocalFile(path);
    data->setUrls(urls);
    return data;
  }
  bool enter(QWidget* over, const QMimeData& data) {
    QDragEnterEvent event(QPoint(5, 5), Qt::CopyAction | Qt::MoveAction, &data, Qt::LeftButton, Qt::NoModifier);
    event.ignore();
    QApplication::sendEvent(over, &event);
    return event.isAccepted();
  }
  void drop(QWidget* over, const QStringList& paths) {
    const auto data = mime(paths);
    enter(over, *data);
    QDropEvent event(QPointF(5, 5), Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(over, &event);
  }
};

} // namespace

class TestDrop : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { m_style = std::make_unique<Style>(*qApp); }

  void whatIsDroppedIsRecognized_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("kind");
    const auto row = [](const char* name, DroppedKind kind) { QTest::newRow(name) << QString::fromLatin1(name) << static_cast<int>(kind); };
    row("qwen", DroppedKind::Model);
    row("adapter", DroppedKind::Adapter);
    row("run-7", DroppedKind::Run);
    row("spec.json", DroppedKind::Spec);
    row("small.gguf", DroppedKind::Model);
    row("rows.json", DroppedKind::Dataset);
    row("rows.jsonl", DroppedKind::Dataset);
    row("rows.csv.gz", DroppedKind::Dataset);
    row("rows.jsonl.zst", DroppedKind::Dataset);
    row("a set", DroppedKind::Dataset); // a folder of data files
    row("photo.jpg", DroppedKind::Unknown);
    row("part.safetensors", DroppedKind::Unknown);
    row("empty", DroppedKind::Unknown);
    row("gone", DroppedKind::Unknown);
  }
  void whatIsDroppedIsRecognized() {
    QFETCH(QString, name);
    QFETCH(int, kind);
    const Things things;
    const Dropped found = recognize(things.folder.filePath(name));
    QCOMPARE(static_cast<int>(found.kind), kind);
    QCOMPARE(found.reason.isEmpty(), found.kind != DroppedKind::Unknown);
  }

  void aModelOverTheWindowSaysWhatWillHappenAndFillsTheForm() {
    Dropping d;
    QTRY_VERIFY(d.window.session.runsLoaded());
    QTRY_VERIFY(!d.document().text("model.path").empty()); // the first model of the list, as soon as that is read
    d.window.window.showPage(QStringLiteral("runs"));
    const std::string before = d.document().text("model.path");
    const auto data = Dropping::mime({d.things("qwen")});
    QWidget* over = d.window.find<QWidget>("page_runs");
    QVERIFY(d.enter(over, *data));
    QTRY_VERIFY(d.overlay()->isVisible());
    QVERIFY2(d.overlay()->text().contains(QStringLiteral("qwen becomes the base model")), qPrintable(d.overlay()->text()));
    QVERIFY(d.overlay()->accepted());
    QTest::qWait(30);
    test::screenshot(d.window.window, QStringLiteral("drop_overlay"));
    d.drop(over, {d.things("qwen")});
    QTRY_COMPARE(d.window.window.currentPage()->key(), QStringLiteral("train"));
    QCOMPARE(QString::fromStdString(d.document().text("model.path")), d.things("qwen"));
    QVERIFY(!d.overlay()->isVisible());
    auto* undo = d.window.find<UndoBar>("window_undo");
    QVERIFY(undo->isVisible());
    QTest::mouseClick(undo->undoButton(), Qt::LeftButton);
    QCOMPARE(d.document().text("model.path"), before);
  }

  void datasetsAdaptersAndSpecificationsFillTheForm() {
    Dropping d;
    QTRY_VERIFY(d.window.session.runsLoaded());
    QWidget* over = d.window.find<QWidget>("page_train");
    d.drop(over, {d.things("rows.jsonl"), d.things("rows.json")});
    QTRY_COMPARE(d.document().value("data.train").size(), size_t(2));
    QCOMPARE(QString::fromStdString(d.document().firstDataset()), d.things("rows.jsonl"));
    d.drop(over, {d.things("adapter")});
    QTRY_COMPARE(QString::fromStdString(d.document().text("method.init_from")), d.things("adapter"));
    QCOMPARE(QString::fromStdString(d.document().text("model.path")), d.things("qwen"));
    d.drop(over, {d.things("spec.json")});
    QTRY_COMPARE(d.document().number("method.r"), 7.0);
    d.drop(over, {d.things("run-7")}); // not of this home: its specification
    QTRY_COMPARE(d.document().number("method.r"), 5.0);
  }

  void onTheModelsPageModelsAndAdaptersAreAddedToTheList() {
    Dropping d;
    QTRY_VERIFY(d.window.session.runsLoaded());
    d.window.window.showPage(QStringLiteral("models"));
    QWidget* over = d.window.find<QWidget>("page_models");
    const auto data = Dropping::mime({d.things("small.gguf"), d.things("lost")});
    QVERIFY(d.enter(over, *data));
    QTRY_VERIFY2(d.overlay()->text().contains(QStringLiteral("Adds 2 models")), qPrintable(d.overlay()->text()));
    QVERIFY(d.overlay()->accepted()); // also an adapter whose base is not here
    const auto before = d.bench.engine.state().models.size();
    const Json form = d.document().json();
    d.drop(over, {d.things("small.gguf"), d.things("lost")});
    QTRY_COMPARE(d.bench.engine.state().models.size(), before + 2);
    QTRY_VERIFY(d.window.session.models()->find(d.things("small.gguf")));
    QCOMPARE(d.window.window.currentPage()->key(), QStringLiteral("models"));
    QCOMPARE(d.document().json(), form);
    d.drop(over, {d.things("rows.jsonl")}); // a dataset goes where it always goes
    QTRY_COMPARE(QString::fromStdString(d.document().firstDataset()), d.things("rows.jsonl"));
  }

  void aRunOfThisHomeIsOpened() {
    Dropping d;
    QTRY_VERIFY(d.window.session.runsLoaded());
    const QString id = QString::fromStdString(d.bench.engine.state().runs.begin()->first);
    put(d.things.folder.filePath(id + QStringLiteral("/spec.json")), R"({"model": {"path": "m"}, "data": {"train": []}})");
    put(d.things.folder.filePath(id + QStringLiteral("/events.jsonl")));
    d.drop(d.window.find<QWidget>("page_train"), {d.things.folder.filePath(id)});
    QTRY_COMPARE(static_cast<TrainPage*>(d.window.window.page(QStringLiteral("train")))->runView()->run(), id);
  }

  void inTheChatAModelStartsAConversation() {
    Dropping d;
    QTRY_VERIFY(d.window.session.runsLoaded());
    d.window.window.showPage(QStringLiteral("chat"));
    d.drop(d.window.find<QWidget>("page_chat"), {d.things("adapter")});
    QTRY_VERIFY(d.bench.engine.calls(api::method::kChatsCreate) == 1);
    const Json panes = d.bench.engine.lastParams(api::method::kChatsCreate).at("panes");
    QCOMPARE(panes.size(), size_t(2));
    QCOMPARE(QString::fromStdString(panes[1].at("adapter_path").get<std::string>()), d.things("adapter"));
    QCOMPARE(QString::fromStdString(panes[0].at("model_path").get<std::string>()), d.things("qwen"));
  }

  void whatDoesNotFitIsRefusedWithOneSentence_data() {
    QTest::addColumn<QStringList>("names");
    QTest::addColumn<QString>("reason");
    QTest::newRow("picture") << QStringList{QStringLiteral("photo.jpg")} << QStringLiteral("no dataset");
    QTest::newRow("part") << QStringList{QStringLiteral("part.safetensors")} << QStringLiteral("drop the folder");
    QTest::newRow("empty folder") << QStringList{QStringLiteral("empty")} << QStringLiteral("neither a model");
    QTest::newRow("adapter without base") << QStringList{QStringLiteral("lost")} << QStringLiteral("base model");
    QTest::newRow("two models") << QStringList{QStringLiteral("qwen"), QStringLiteral("rows.jsonl")} << QStringLiteral("at a time");
  }
  void whatDoesNotFitIsRefusedWithOneSentence() {
    QFETCH(QStringList, names);
    QFETCH(QString, reason);
    Dropping d;
    QTRY_VERIFY(d.window.session.runsLoaded());
    QTRY_VERIFY(d.window.find<TrainPage>("page_train")->setup()->requests()->isSettled()); // what the form fills in by itself is there
    const Json before = d.document().json();
    for (QString& name : names)
      name = d.things.folder.filePath(name);
    d.drop(d.window.find<QWidget>("page_train"), names);
    auto* notice = d.window.find<Banner>("window_notice");
    QTRY_VERIFY(notice->isVisible());
    QVERIFY2(notice->text().contains(reason), qPrintable(notice->text()));
    QVERIFY(d.document().json() == before);
  }

  void onAnotherMachineFilesOfThisOneAreRefused() {
    const DropPlan plan = planDrop({Dropped{}}, false, true);
    QCOMPARE(static_cast<int>(plan.kind), static_cast<int>(DroppedKind::Unknown));
    QVERIFY(plan.text.contains(QStringLiteral("another machine")));
  }

  void aPathFieldKeepsWhatIsDroppedOnIt() {
    Dropping d;
    QTRY_VERIFY(d.window.session.runsLoaded());
    auto* field = d.window.window.findChild<PathField*>();
    QVERIFY(field);
    const auto data = Dropping::mime({d.things("qwen")});
    d.enter(field, *data);
    QTest::qWait(100);
    QVERIFY(!d.overlay()->isVisible());
  }

  void everyPartHasALicenceThatCanBeRead() {
    for (const Component& component : components()) {
      QVERIFY2(licenceText(component).size() > 300, qPrintable(component.name));
      QVERIFY2(component.link.startsWith(QStringLiteral("https://")), qPrintable(component.name));
    }
    AboutDialog about;
    test::settle(about, {820, 560});
    auto* list = about.findChild<QListWidget*>(QStringLiteral("about_list"));
    auto* text = about.findChild<QPlainTextEdit*>(QStringLiteral("about_text"));
    QVERIFY(text->toPlainText().contains(QStringLiteral("GNU GENERAL PUBLIC LICENSE")));
    list->setFocus();
    QTest::keyClick(list, Qt::Key_Down);
    QVERIFY(text->toPlainText().contains(QStringLiteral("Apache License")));
    QCOMPARE(controlsWithoutName(about), QStringList());
    QTest::mouseClick(about.findChild<QWidget*>(QStringLiteral("about_copy")), Qt::LeftButton);
    QVERIFY(QApplication::clipboard()->text().startsWith(QStringLiteral("Lathe ") + versionText()));
    test::screenshot(about, QStringLiteral("about"));
  }

  void theBundleIsShownBeforeItIsWrittenAndHoldsNoSecret() {
    if (!QFileInfo(QStringLiteral(LATHE_BUILD_BIN "/lathe")).isExecutable())
      QSKIP("lathe is not built here.");
    QTemporaryDir home;
    put(home.filePath(QStringLiteral("engine.log")), "token=hf_abcdefghijklmnopqrstuvwx in " + QDir::homePath().toUtf8() + "/models\n");
    put(home.filePath(QStringLiteral("runs/20261122-a/spec.json")), R"({"model": {"path": "m"}, "probes": {"prompts": ["my secret question"]}})");
    put(home.filePath(QStringLiteral("runs/20261122-a/log.txt")), "step 1\n");
    ScriptedPrompts prompts;
    const QString file = home.filePath(QStringLiteral("out.tar.gz"));
    prompts.answer(file);
    BundleDialog dialog({QStringLiteral(LATHE_BUILD_BIN "/lathe"), QStringLiteral("doctor"), QStringLiteral("--home"), home.path()}, prompts);
    test::settle(dialog, {720, 520});
    auto* save = dialog.findChild<QPushButton*>(QStringLiteral("bundle_save"));
    QTRY_VERIFY_WITH_TIMEOUT(save->isEnabled(), 20000);
    QVERIFY(dialog.findChild<QListWidget*>(QStringLiteral("bundle_list"))->count() >= 6);
    QVERIFY(!QFile::exists(file));
    test::screenshot(dialog, QStringLiteral("bundle"));
    QTest::mouseClick(save, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), 20000);
    QProcess tar;
    tar.start(QStringLiteral("tar"), {QStringLiteral("-xzOf"), file});
    QVERIFY(tar.waitForFinished());
    QCOMPARE(tar.exitCode(), 0);
    const QByteArray all = tar.readAllStandardOutput();
    QVERIFY(all.contains("step 1") && all.contains("<removed>"));
    for (const QByteArray secret : {QByteArray("hf_abc"), QByteArray("my secret question"), QDir::homePath().toUtf8() + "/models"})
      QVERIFY2(!all.contains(secret), secret.constData());
  }

private:
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestDrop)
#include "tst_drop.moc"
