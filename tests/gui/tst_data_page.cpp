// SPDX-License-Identifier: GPL-3.0-or-later
// The Data page on the real engine: files of its own, the bundled model and datasets.
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "tests/gui/support_gui.h"
#include "ui/data/data_page.h"
#include "ui/data/dataset_view.h"
#include "ui/data/length_histogram.h"
#include "ui/data/open_dataset.h"
#include "ui/data/packing_strip.h"
#include "ui/data/rows_view.h"
#include "ui/data/token_choices.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"
#include "ui/widgets/number_field.h"
#include "ui/widgets/segmented_switch.h"
#include "ui/widgets/token_chips_view.h"

#include <QComboBox>
#include <QDropEvent>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QTableView>
#include <QTest>
#include <QTreeWidget>

using namespace lathe;
using namespace lathe::ui;
using fake::Window;

namespace {

constexpr int kDataMs = 20000;

/// A file of the test's folder.
QString writeData(const QTemporaryDir& folder, const char* name, const QByteArray& content) {
  QFile file(folder.filePath(QString::fromUtf8(name)));
  if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
    qFatal("%s cannot be written", name);
  return file.fileName();
}

QByteArray chatLine(const QByteArray& question, const QByteArray& answer) {
  return R"({"messages": [{"role": "user", "content": ")" + question + R"("}, {"role": "assistant", "content": ")" + answer + "\"}]}\n";
}

QString chipTexts(const TokenChipsView& chips, bool supervisedOnly) {
  QString out;
  for (const api::TokenChip& chip : chips.tokenModel()->tokens())
    if (!supervisedOnly || chip.supervised)
      out += QString::fromStdString(chip.text);
  return out;
}

int chipsWith(const TokenChipsView& chips, bool api::TokenChip::*mark) {
  const auto& all = chips.tokenModel()->tokens();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [mark](const api::TokenChip& chip) { return chip.*mark; }));
}

/// The window with its Data page open, on a home of this test.
struct DataBench {
  explicit DataBench(const EngineOptions& options, QSize size = {1280, 800}) : window(options, size) {
    window.window.showPage(QStringLiteral("data"));
    page = static_cast<DataPage*>(window.window.page(QStringLiteral("data")));
  }
  template <class T>
  T* find(const char* name) const {
    auto* out = page->findChild<T*>(QString::fromUtf8(name));
    if (!out)
      qFatal("There is no %s", name);
    return out;
  }
  QListView* list() const { return find<QListView>("data_list"); }
  TokenChipsView* chips() const { return find<TokenChipsView>("row_chips"); }
  bool isReady() { return window.session.isConnected() && list()->model()->rowCount() > 0 && !window.session.models()->models().empty(); }
  /// Adds a file by the dialog and waits until its first row is shown.
  bool add(const QString& path) {
    window.prompts.answer(path);
    window.click("data_add_file");
    return QTest::qWaitFor([&] { return page->view()->dataset().entry().path == path.toStdString() && (page->view()->dataset().detail() || !page->view()->dataset().problem().isEmpty()); }, kDataMs);
  }
  void tab(const char* key) { page->view()->showTab(QString::fromUtf8(key)); }
  void setLength(int length) const {
    auto* field = find<NumberField>("data_max_length");
    field->setFocus();
    field->selectAll();
    QTest::keyClicks(field, QString::number(length));
    QTest::keyClick(field, Qt::Key_Return);
  }
  Window window;
  DataPage* page;
};

void chooseByKeys(QComboBox* combo, const QString& data) {
  const int wanted = combo->findData(data);
  if (wanted < 0)
    qFatal("%s is no choice", qPrintable(data));
  combo->setFocus();
  while (combo->currentIndex() != wanted)
    QTest::keyClick(combo, combo->currentIndex() < wanted ? Qt::Key_Down : Qt::Key_Up);
}

} // namespace

class TestDataPage : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    if (!QFileInfo(QStringLiteral(LATHE_BUILD_BIN "/lathe")).isExecutable())
      QSKIP("lathe is not built here: the real engine cannot be driven.");
    m_style = std::make_unique<Style>(*qApp);
  }

  void bundledDataIsListedAndShownAsExactTokens() {
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QTRY_VERIFY_WITH_TIMEOUT(bench.chips()->tokenModel()->rowCount() > 0, kDataMs);
    QVERIFY(bench.list()->currentIndex().data().toString().endsWith(QStringLiteral(".jsonl")));
    QVERIFY2(bench.list()->currentIndex().data(DatasetsModel::DetailRole).toString().contains(QStringLiteral("400 rows")), qPrintable(bench.list()->currentIndex().data(DatasetsModel::DetailRole).toString()));
    QCOMPARE(bench.find<QTableView>("data_rows")->model()->rowCount(), 400);
    QVERIFY(!bench.find<QWidget>("dataset_remove")->isEnabled()); // it came with Lathe
  }

  void aRowIsAConversationAndItsTokensAreThoseThatTrainingSees() {
    const QString path = writeData(m_files, "chat.jsonl", chatLine("Where is my parcel?", "It is in Delft.") + chatLine("Second question", "Second answer"));
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QVERIFY(bench.add(path));
    auto* conversation = bench.find<QTextEdit>("row_conversation");
    QTRY_VERIFY_WITH_TIMEOUT(conversation->toPlainText().contains(QStringLiteral("Where is my parcel?")), kDataMs);
    QVERIFY(conversation->toPlainText().contains(QStringLiteral("Assistant · learned")));
    QVERIFY(!conversation->toPlainText().contains(QStringLiteral("User · learned")));
    QTRY_VERIFY(chipTexts(*bench.chips(), false).contains(QStringLiteral("Where is my parcel?")));
    QVERIFY(chipTexts(*bench.chips(), true).contains(QStringLiteral("It is in Delft.")));
    QVERIFY(!chipTexts(*bench.chips(), true).contains(QStringLiteral("parcel?")));
    QTest::keyClick(bench.find<QTableView>("data_rows"), Qt::Key_Down);
    QTRY_VERIFY(chipTexts(*bench.chips(), true).contains(QStringLiteral("Second answer")));
    chooseByKeys(bench.find<QComboBox>("data_train_on"), QStringLiteral("all"));
    QTRY_VERIFY(chipTexts(*bench.chips(), true).contains(QStringLiteral("Second question")));
    QTRY_VERIFY(conversation->toPlainText().contains(QStringLiteral("User · learned")));
    chooseByKeys(bench.find<QComboBox>("data_train_on"), QStringLiteral("assistant"));
    QTRY_VERIFY(!chipTexts(*bench.chips(), true).contains(QStringLiteral("Second question")));
  }

  void whatTheSequenceLengthCutsIsDrawn() {
    QByteArray words;
    for (int i = 0; i < 60; ++i)
      words += "word" + QByteArray::number(i) + " ";
    const QString path = writeData(m_files, "long.jsonl", "{\"text\": \"" + words + "\"}\n");
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QVERIFY(bench.add(path));
    bench.setLength(2048);
    QTRY_VERIFY_WITH_TIMEOUT(bench.chips()->tokenModel()->rowCount() > 60, kDataMs);
    const int all = bench.chips()->tokenModel()->rowCount();
    QTRY_COMPARE(chipsWith(*bench.chips(), &api::TokenChip::cut), 0);
    chooseByKeys(bench.find<QComboBox>("data_long_rows"), QStringLiteral("truncate_right"));
    bench.setLength(16);
    QTRY_COMPARE_WITH_TIMEOUT(chipsWith(*bench.chips(), &api::TokenChip::cut), all - 16, kDataMs);
    QVERIFY(bench.chips()->tokenModel()->tokens().back().cut && !bench.chips()->tokenModel()->tokens().front().cut);
    chooseByKeys(bench.find<QComboBox>("data_long_rows"), QStringLiteral("truncate_left"));
    QTRY_VERIFY_WITH_TIMEOUT(!bench.chips()->tokenModel()->tokens().back().cut && bench.chips()->tokenModel()->tokens().front().cut, kDataMs);
    chooseByKeys(bench.find<QComboBox>("data_long_rows"), QStringLiteral("split"));
    QTRY_VERIFY_WITH_TIMEOUT(chipsWith(*bench.chips(), &api::TokenChip::begins) >= all / 16, kDataMs);
    chooseByKeys(bench.find<QComboBox>("data_long_rows"), QStringLiteral("drop"));
    QTRY_COMPARE_WITH_TIMEOUT(chipsWith(*bench.chips(), &api::TokenChip::cut), all, kDataMs);
    QVERIFY(bench.find<TextLabel>("row_tokens_note")->text().contains(QStringLiteral("left out")));
    chooseByKeys(bench.find<QComboBox>("data_long_rows"), QStringLiteral("auto"));
    bench.setLength(2048);
    QTRY_COMPARE_WITH_TIMEOUT(chipsWith(*bench.chips(), &api::TokenChip::cut), 0, kDataMs);
  }

  void aDatasetIsSearchedRemovedAndBroughtBack() {
    const QString path = writeData(m_files, "unicorns.jsonl", chatLine("a", "b"));
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QVERIFY(bench.add(path));
    const int before = bench.list()->model()->rowCount();
    auto* search = bench.find<QLineEdit>("data_search");
    QTest::keyClicks(search, QStringLiteral("unicorn"));
    QCOMPARE(bench.list()->model()->rowCount(), 1);
    search->clear();
    QTRY_VERIFY(bench.find<QWidget>("dataset_remove")->isEnabled());
    bench.window.click("dataset_remove");
    QTRY_COMPARE(bench.list()->model()->rowCount(), before - 1);
    bench.page->opened(); // the engine's list says the same
    QTest::qWait(300);
    QCOMPARE(bench.list()->model()->rowCount(), before - 1);
    QTest::mouseClick(bench.page->findChild<UndoBar*>()->undoButton(), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(bench.list()->model()->rowCount(), before, kDataMs);
    QVERIFY(QFileInfo::exists(path));
  }

  void aFileThatIsGoneIsShownAsMissing() {
    const QString path = writeData(m_files, "gone.jsonl", chatLine("a", "b"));
    {
      DataBench bench(options());
      QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
      QVERIFY(bench.add(path));
    }
    QVERIFY(QFile::remove(path));
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    bench.page->showDataset(path);
    QCOMPARE(bench.list()->currentIndex().data(DatasetsModel::DetailRole).toString(), QStringLiteral("missing"));
    QTRY_VERIFY(bench.find<QWidget>("dataset_problem")->isVisible());
    QVERIFY(bench.find<QWidget>("dataset_remove")->isEnabled());
    bench.window.click("dataset_remove");
    QTRY_VERIFY(bench.page->view()->dataset().entry().path != path.toStdString());
  }

  void aBadRowIsListedWithItsPlaceAndOpensAsItStands() {
    const QString path = writeData(m_files, "broken.jsonl", chatLine("one", "1") + chatLine("two", "2") + "{\"messages\": [{\"role\": \"user\" \"content\": \"x\"}]}\n" + chatLine("four", "4"));
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QVERIFY(bench.add(path));
    bench.tab("quality");
    bench.window.click("check_rows_run");
    auto* list = bench.find<QTreeWidget>("quality_list");
    QTRY_COMPARE_WITH_TIMEOUT(list->topLevelItemCount(), 1, kDataMs);
    QVERIFY2(list->topLevelItem(0)->text(0).startsWith(QStringLiteral("broken.jsonl:3:")), qPrintable(list->topLevelItem(0)->text(0)));
    QVERIFY(bench.find<QLabel>("check_rows_status") != nullptr);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->topLevelItem(0)).center());
    QTRY_VERIFY(bench.find<QTextEdit>("row_raw")->isVisible());
    QTRY_VERIFY(bench.find<QTextEdit>("row_raw")->toPlainText().contains(QStringLiteral("\"user\" \"content\"")));
    QVERIFY(bench.find<QWidget>("row_problem")->isVisible());
    QCOMPARE(bench.find<QTableView>("data_rows")->currentIndex().row(), 2);
  }

  void rolesAreChosenSeenAtOnceAndReachTheTrainPage() {
    const QString path = writeData(m_files, "fragen.csv", "nummer,frage,antwort,thema\n1,Wo liegt Delft?,In Holland.,geo\n2,Und Bonn?,Am Rhein.,geo\n");
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QVERIFY(bench.add(path));
    QTRY_VERIFY(bench.find<QWidget>("dataset_problem")->isVisible()); // nobody knows what "frage" is
    QTRY_VERIFY(bench.find<QWidget>("data_roles_view")->isVisible());
    QVERIFY(!bench.find<QWidget>("data_train")->isEnabled());
    chooseByKeys(bench.find<QComboBox>("role_instruction"), QStringLiteral("frage"));
    chooseByKeys(bench.find<QComboBox>("role_output"), QStringLiteral("antwort"));
    QTRY_VERIFY_WITH_TIMEOUT(bench.find<QTextEdit>("roles_first")->toPlainText().contains(QStringLiteral("In Holland.")), kDataMs);
    QVERIFY(!bench.find<QWidget>("dataset_problem")->isVisible());
    bench.tab("rows");
    QTRY_VERIFY_WITH_TIMEOUT(chipTexts(*bench.chips(), true).contains(QStringLiteral("In Holland.")), kDataMs);
    QVERIFY(bench.find<QWidget>("data_train")->isEnabled());
    bench.window.click("data_train");
    QCOMPARE(bench.window.window.currentPage()->key(), QStringLiteral("train"));
    auto* train = static_cast<TrainPage*>(bench.window.window.page(QStringLiteral("train")));
    const Json entry = train->setup()->document()->value("data.train").at(0);
    QCOMPARE(QString::fromStdString(entry.at("path").get<std::string>()), path);
    QCOMPARE(QString::fromStdString(entry.at("columns").dump()), QStringLiteral(R"({"instruction":"frage","output":"antwort"})"));
    QVERIFY(!api::parseTrainSpec(train->setup()->document()->json()).spec.data.train.at(0).columns.empty());
    QTRY_VERIFY_WITH_TIMEOUT(train->setup()->requests()->isSettled(), kDataMs);
    QTRY_VERIFY_WITH_TIMEOUT(chipTexts(*bench.window.find<TokenChipsView>("token_chips"), true).contains(QStringLiteral("In Holland.")), kDataMs); // the form's own preview reads it so, too
  }

  void statisticsCountEveryRowAndSuggestALength() {
    QByteArray content;
    for (int i = 0; i < 300; ++i)
      content += chatLine("question number " + QByteArray::number(i), QByteArray("long answer ").repeated(1 + i % 40));
    const QString path = writeData(m_files, "lengths.jsonl", content);
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QVERIFY(bench.add(path));
    bench.setLength(32);
    QTest::qWait(400);
    bench.tab("statistics");
    auto* histogram = bench.find<LengthHistogram>("length_histogram");
    QTRY_VERIFY_WITH_TIMEOUT(histogram->isVisible() && histogram->lineAt() > 0, kDataMs);
    QVERIFY2(histogram->accessibleDescription().contains(QStringLiteral("longer than the sequence length of 32")), qPrintable(histogram->accessibleDescription()));
    QCOMPARE(bench.find<Figure>("figure_0")->value(), QStringLiteral("300"));
    QVERIFY(bench.find<QWidget>("statistics_suggest")->isVisible());
    bench.window.click("statistics_suggest");
    QTRY_VERIFY_WITH_TIMEOUT(bench.page->view()->choices().maxLength() > 64, kDataMs);
    QTRY_VERIFY_WITH_TIMEOUT(bench.find<QLabel>("statistics_long")->isVisible() && !bench.find<QWidget>("statistics_suggest")->isVisible(), kDataMs);
    auto* strip = bench.find<PackingStrip>("packing_strip");
    QVERIFY(strip->isVisible());
    QVERIFY(bench.find<QLabel>("statistics_packing")->text().contains(QStringLiteral("best fit")));
    strip->setFocus();
    QTest::keyClick(strip, Qt::Key_Right);
    QTest::keyClick(strip, Qt::Key_Return);
    QTRY_VERIFY(bench.find<QTableView>("data_rows")->isVisible());
    bench.setLength(2048);
  }

  void duplicatesAndLeakageAreFoundAndACleanCopyIsSaved() {
    QByteArray content;
    for (int i = 0; i < 20; ++i)
      content += chatLine("a question of its own, number " + QByteArray::number(i * 7919), "an answer that nobody else gives " + QByteArray::number(i * 104729));
    content += chatLine("the same thing", "twice") + chatLine("the same thing", "twice");
    const QString path = writeData(m_files, "twice.jsonl", content);
    const QString validation = writeData(m_files, "validation.jsonl", chatLine("the same thing", "twice") + chatLine("unseen", "entirely so"));
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QVERIFY(bench.add(path));
    bench.tab("quality");
    bench.window.click("check_near"); // exact ones only
    bench.window.click("check_duplicates_run");
    auto* list = bench.find<QTreeWidget>("quality_list");
    QTRY_COMPARE_WITH_TIMEOUT(list->topLevelItemCount(), 1, kDataMs);
    QCOMPARE(list->topLevelItem(0)->childCount(), 2);
    QCOMPARE(list->topLevelItem(0)->child(1)->text(0), QStringLiteral("twice.jsonl:22"));
    const QString copy = m_files.filePath(QStringLiteral("twice-clean.jsonl"));
    bench.window.prompts.answer(copy);
    bench.window.click("clean_copy_run");
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(copy), kDataMs);
    QFile cleaned(copy);
    QVERIFY(cleaned.open(QIODevice::ReadOnly));
    QCOMPARE(cleaned.readAll().count('\n'), 21);
    auto* field = bench.page->findChild<QWidget*>(QStringLiteral("check_validation"))->findChild<QLineEdit*>();
    field->setFocus();
    QTest::keyClicks(field, validation);
    QTest::keyClick(field, Qt::Key_Return);
    bench.window.click("check_leakage_run");
    QTRY_VERIFY_WITH_TIMEOUT(list->topLevelItemCount() == 1 && list->topLevelItem(0)->text(0).startsWith(QStringLiteral("validation.jsonl:1")), kDataMs);
  }

  void cancelEndsACheckWithinASecond() {
    QByteArray content;
    for (int i = 0; i < 120000; ++i)
      content += chatLine("a question of its own, number " + QByteArray::number(i * 7919) + " and some words more that have to be compared", "an answer " + QByteArray::number(i));
    const QString path = writeData(m_files, "many.jsonl", content);
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QVERIFY(bench.add(path));
    bench.tab("quality");
    bench.window.click("check_duplicates_run");
    auto* button = bench.find<QPushButton>("check_duplicates_run");
    QTRY_COMPARE_WITH_TIMEOUT(button->text(), QStringLiteral("Cancel"), kDataMs);
    QTest::qWait(700);
    QCOMPARE(button->text(), QStringLiteral("Cancel"));
    QElapsedTimer clock;
    clock.start();
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_COMPARE(button->text(), QStringLiteral("Check"));
    bench.window.click("check_rows_run"); // the engine's thread is free again: this one gets its turn
    auto* rows = bench.find<QPushButton>("check_rows_run");
    const auto working = [&] { return bench.find<ElidedLabel>("check_rows_status")->text().startsWith(QStringLiteral("Checking")) || rows->text() == QStringLiteral("Check"); };
    QVERIFY(QTest::qWaitFor(working, kDataMs));
    QVERIFY2(clock.elapsed() < 1500, qPrintable(QString::number(clock.elapsed()))); // a second, and the window asks every 150 ms
  }

  void whatIsDroppedIsAdded() {
    const QString path = writeData(m_files, "dropped.jsonl", chatLine("a", "b"));
    DataBench bench(options());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(bench.page, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(bench.page, &drop);
    QTRY_COMPARE_WITH_TIMEOUT(QString::fromStdString(bench.page->view()->dataset().entry().path), path, kDataMs);
    QCOMPARE(bench.window.window.currentPage()->key(), QStringLiteral("data"));
  }

  void nothingIsClippedOrUnnamed_data() {
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("dark");
    QTest::newRow("1280x800 light") << QSize(1280, 800) << false;
    QTest::newRow("960x600 dark") << QSize(960, 600) << true;
  }

  void nothingIsClippedOrUnnamed() {
    QFETCH(QSize, size);
    QFETCH(bool, dark);
    m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
    DataBench bench(options(), size);
    QTRY_VERIFY_WITH_TIMEOUT(bench.isReady(), kDataMs);
    QTRY_VERIFY_WITH_TIMEOUT(bench.chips()->tokenModel()->rowCount() > 0, kDataMs);
    for (const char* tab : {"rows", "roles", "statistics", "quality"}) {
      bench.tab(tab);
      QTest::qWait(400);
      QTRY_VERIFY2(ui::test::clippedTexts(bench.window.window).isEmpty(), qPrintable(QString::fromUtf8(tab) + ui::test::clippedTexts(bench.window.window).join(QStringLiteral(" | "))));
      QVERIFY2(ui::test::accessibleProblems(bench.window.window).isEmpty(), qPrintable(QString::fromUtf8(tab) + ui::test::accessibleProblems(bench.window.window).join(QStringLiteral(" | "))));
      QVERIFY2(ui::test::tabOrderProblems(bench.window.window).isEmpty(), qPrintable(QString::fromUtf8(tab) + ui::test::tabOrderProblems(bench.window.window).join(QStringLiteral(" | "))));
      QCOMPARE(bench.window.window.size(), size);
      if (qEnvironmentVariableIsSet("LATHE_SCREENSHOTS"))
        ui::test::screenshot(bench.window.window, QStringLiteral("data-%1-%2").arg(QString::fromUtf8(tab), QString::fromUtf8(QTest::currentDataTag())));
    }
    m_style->setMode(ThemeMode::Light);
  }

  void cleanupTestCase() {
    EngineOptions last = options();
    last.startEngine = false;
    EngineClient client(last);
    client.start();
    if (QTest::qWaitFor([&] { return client.state() == LinkState::Connected; }, 3000))
      client.tell(api::method::kShutdown, Json::object());
    QTest::qWait(500);
  }

private:
  EngineOptions options() const {
    EngineOptions out;
    out.home = m_home.path();
    out.program = QStringLiteral(LATHE_BUILD_BIN "/lathe");
    return out;
  }
  QTemporaryDir m_home, m_files;
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestDataPage)
#include "tst_data_page.moc"
