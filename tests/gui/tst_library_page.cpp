// SPDX-License-Identifier: GPL-3.0-or-later
// The Models page, over a scripted engine.
#include "core/api/protocol.h"
#include "tests/gui/bench.h"
#include "tests/gui/fake_models.h"
#include "tests/gui/support_gui.h"
#include "ui/chat/chat_page.h"
#include "ui/library/library_page.h"
#include "ui/library/scan_view.h"
#include "ui/library/tensor_view.h"
#include "ui/library/type_bar.h"
#include "ui/library/value_histogram.h"
#include "ui/style/style.h"
#include "ui/train/train_page.h"
#include "ui/widgets/token_chips_view.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QListView>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTableView>
#include <QTest>
#include <QTreeView>

using namespace lathe;
using namespace lathe::ui;
using fake::Bench;
using fake::Window;

namespace {

const char* const kSmol = "/models/SmolLM2-135M-Instruct";
const char* const kSmolAdapter = "/runs/20261122-140211-support-tone/adapter";
const char* const kSmolGguf = "/home/models/SmolLM2-135M-Instruct-q4_k_m.gguf";
const char* const kGoneModel = "/media/disk/Llama-3.1-8B";

fake::State libraryState() {
  fake::State state = fake::demoState();
  state.models = fake::libraryModels();
  return state;
}

} // namespace

class TestLibraryPage : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { m_style = std::make_unique<Style>(*qApp); }

  void whatWasMadeFromAModelStandsBelowIt() {
    LibraryModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setModels(fake::libraryModels());
    QCOMPARE(model.rowCount(), 5); // two bases with children, two without, and the base that is not here
    const QModelIndex smol = model.indexOf(QString::fromUtf8(kSmol));
    QCOMPARE(model.rowCount(smol), 3);
    QCOMPARE(model.indexOf(QString::fromUtf8(kSmolGguf)).parent(), smol);
    const QModelIndex absent = model.index(4, 0);
    QCOMPARE(absent.data().toString(), QStringLiteral("mistralai/Mistral-7B-v0.3"));
    QVERIFY(!model.summary(absent));
    QCOMPARE(model.index(0, 0, absent).data().toString(), QStringLiteral("law-lora"));
    auto models = fake::libraryModels();
    models[0].base = models[1].path; // each claims to be made from the other
    models[1].base = models[0].path;
    model.setModels(models);
    QVERIFY(model.indexOf(QString::fromUtf8(kSmol)).isValid());
    int seen = 0;
    const std::function<void(const QModelIndex&)> count = [&](const QModelIndex& parent) {
      for (int row = 0; row < model.rowCount(parent); ++row, ++seen)
        count(model.index(row, 0, parent));
    };
    count({});
    QCOMPARE(seen, static_cast<int>(models.size()) + 1); // nobody is lost, nobody is shown twice
  }

  void theChosenModelIsDescribed() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmol);
    QTRY_VERIFY(window.find<TypeBar>("library_types"));
    const QStringList texts = test::visibleTexts(*window.find<QWidget>("library_card"));
    for (const char* wanted : {"LlamaForCausalLM", "30", "576", "llama3 × 8, θ 100000", "tied to the input", "apache-2.0"})
      QVERIFY2(texts.contains(QString::fromUtf8(wanted)), qPrintable(QStringLiteral("%1 in %2").arg(QString::fromUtf8(wanted), texts.join(QStringLiteral(" | ")))));
    choose(page, kSmolGguf);
    QTRY_VERIFY(window.find<TypeBar>("library_types") && window.find<TypeBar>("library_types")->parts().size() == 3); // none while it is being read
    QCOMPARE(window.find<TypeBar>("library_types")->parts().front().type, QStringLiteral("Q4_K")); // the largest first
    QVERIFY(window.find<TypeBar>("library_types")->accessibleDescription().contains(QStringLiteral("61.0 MiB")));
    choose(page, kSmolAdapter);
    QTRY_VERIFY(test::visibleTexts(*window.find<QWidget>("library_card")).contains(QStringLiteral("all-linear")));
  }

  void aMissingFolderSaysSoAndCanBeRemovedAndBroughtBack() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kGoneModel);
    QTRY_VERIFY(window.find<QWidget>("library_problems"));
    QVERIFY(test::visibleTexts(*window.find<QWidget>("library_problems")).join(QLatin1Char(' ')).contains(QStringLiteral("Nothing is at")));
    QVERIFY(!window.find<QWidget>("library_fine_tune")->isEnabled());
    QVERIFY(!window.find<QWidget>("library_chat")->isEnabled());
    const int before = static_cast<int>(bench.engine.state().models.size());
    QTest::keyClick(page->tree(), Qt::Key_Delete);
    QTRY_COMPARE(static_cast<int>(bench.engine.state().models.size()), before - 1);
    QTRY_COMPARE(static_cast<int>(window.session.models()->models().size()), before - 1);
    QTest::mouseClick(page->findChild<UndoBar*>()->undoButton(), Qt::LeftButton);
    QTRY_COMPARE(static_cast<int>(window.session.models()->models().size()), before);
    QVERIFY(bench.engine.lastParams(api::method::kModelsAdd)["even_missing"].get<bool>());
    QTRY_COMPARE(page->tree()->currentIndex().data(LibraryModel::PathRole).toString(), QString::fromUtf8(kGoneModel));
  }

  void whatBelongsToARunOrToLatheIsNotRemoved() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    for (const char* path : {kSmolAdapter, "/models/lathe-tiny"}) {
      choose(page, path);
      QVERIFY2(!window.find<QWidget>("library_remove")->isEnabled(), path);
      QVERIFY(!window.find<QWidget>("library_remove")->toolTip().isEmpty());
    }
    QTest::keyClick(page->tree(), Qt::Key_Delete);
    QTest::qWait(50);
    QCOMPARE(bench.engine.calls(api::method::kModelsRemove), 0);
  }

  void searchKeepsWhatIsAboveAndBelow() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    window.find<QLineEdit>("library_search")->setFocus();
    QTest::keyClicks(window.find<QLineEdit>("library_search"), QStringLiteral("returns"));
    QCOMPARE(page->tree()->model()->rowCount(), 1); // the base of the adapter
    const QModelIndex base = page->tree()->model()->index(0, 0);
    QCOMPARE(base.data(LibraryModel::PathRole).toString(), QString::fromUtf8(kSmol));
    QCOMPARE(page->tree()->model()->rowCount(base), 1);
    window.find<QLineEdit>("library_search")->setText(QStringLiteral("missing"));
    QCOMPARE(page->tree()->model()->rowCount(), 1);
    QCOMPARE(page->tree()->model()->index(0, 0).data(LibraryModel::PathRole).toString(), QString::fromUtf8(kGoneModel));
  }

  void fineTuneOpensTrainWithTheModelAndWithTheAdapter() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    auto* train = static_cast<TrainPage*>(window.window.page(QStringLiteral("train")));
    choose(page, kSmolAdapter);
    window.click("library_fine_tune");
    QCOMPARE(window.window.currentPage()->key(), QStringLiteral("train"));
    QCOMPARE(train->setup()->document()->value("model.path"), Json(kSmol));
    QCOMPARE(train->setup()->document()->value("method.init_from"), Json(kSmolAdapter));
    window.window.showPage(QStringLiteral("models"));
    choose(page, "/models/Qwen3-0.6B");
    window.click("library_fine_tune");
    QCOMPARE(train->setup()->document()->value("model.path"), Json("/models/Qwen3-0.6B"));
    QVERIFY(train->setup()->document()->value("method.init_from").is_null()); // not the adapter of before
  }

  void chatWithAnAdapterShowsItBesideItsBase() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmolAdapter);
    window.click("library_chat");
    QTRY_COMPARE(window.window.currentPage()->key(), QStringLiteral("chat"));
    const Json panes = bench.engine.lastParams(api::method::kChatsCreate)["panes"];
    QCOMPARE(panes.size(), size_t(2));
    QCOMPARE(panes[0]["model_path"], Json(kSmol));
    QCOMPARE(panes[0]["adapter_path"], Json(""));
    QCOMPARE(panes[1]["adapter_path"], Json(kSmolAdapter));
  }

  void tensorsAreSortedSearchedAndMeasured() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmol);
    view(window, 1);
    auto* table = window.find<QTableView>("tensors_table");
    QTRY_COMPARE(table->model()->rowCount(), 273);
    table->sortByColumn(TensorsModel::Bytes, Qt::DescendingOrder); // numbers, not texts: 1.7 MiB before 648 KiB
    QCOMPARE(table->model()->index(0, TensorsModel::Name).data().toString(), QStringLiteral("model.embed_tokens.weight"));
    QCOMPARE(table->model()->index(1, TensorsModel::Bytes).data().toString(), QStringLiteral("1.7 MiB"));
    table->sortByColumn(TensorsModel::Name, Qt::AscendingOrder);
    QCOMPARE(table->model()->index(1 + 2 * 9, TensorsModel::Name).data().toString(), QStringLiteral("model.layers.2.input_layernorm.weight"));
    window.find<QLineEdit>("tensors_search")->setText(QStringLiteral("layers.29.self_attn.q"));
    QCOMPARE(table->model()->rowCount(), 1);
    table->selectRow(0);
    QVERIFY(window.find<QLabel>("tensor_figures")->text().contains(QStringLiteral("Not measured")));
    QTest::keyClick(table, Qt::Key_Return);
    QTRY_VERIFY(window.find<QWidget>("tensor_cancel")->isVisible());
    QTRY_VERIFY(window.find<QLabel>("tensor_figures")->text().startsWith(QStringLiteral("min -0.4453")));
    QCOMPARE(table->model()->index(0, TensorsModel::Max).data().toString(), QStringLiteral("0.5117"));
    QVERIFY(window.find<QLabel>("tensor_notes")->text().contains(QStringLiteral("12 are zero")));
    auto* histogram = window.find<ValueHistogram>("tensor_histogram");
    histogram->setFocus();
    QTest::keyClick(histogram, Qt::Key_Right);
    QTest::keyClick(histogram, Qt::Key_Right);
    QCOMPARE(histogram->current(), 1);
    QCOMPARE(window.find<QLabel>("tensor_bin")->text(), histogram->binText(1));
    QVERIFY(!histogram->accessibleDescription().isEmpty());
  }

  void aMeasurementIsCancelled() {
    Bench bench(libraryState());
    bench.engine.change([](fake::State& state) { state.work.endless = true; });
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmol);
    view(window, 1);
    QTRY_COMPARE(window.find<QTableView>("tensors_table")->model()->rowCount(), 273);
    window.click("tensor_measure");
    QTRY_VERIFY(bench.engine.state().work.asked > 1);
    window.click("tensor_cancel");
    QTRY_VERIFY(bench.engine.state().work.stopped);
    QVERIFY(window.find<QWidget>("tensor_measure")->isVisible());
  }

  void tenThousandTensorsDoNotHoldTheWindowUp() {
    Bench bench(libraryState());
    bench.engine.change([](fake::State& state) { state.layers = 1111; });
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmol);
    view(window, 1);
    auto* table = window.find<QTableView>("tensors_table");
    QTRY_COMPARE(table->model()->rowCount(), 10'002);
    QElapsedTimer timer;
    qint64 worst = 0;
    const auto timed = [&](const std::function<void()>& act) {
      timer.start();
      act();
      QCoreApplication::processEvents();
      table->viewport()->repaint();
      worst = std::max(worst, timer.elapsed());
    };
    for (int i = 1; i <= 20; ++i)
      timed([&] { table->verticalScrollBar()->setValue(table->verticalScrollBar()->maximum() * i / 20); });
    qInfo("10,002 tensors: worst of 20 scrolls %lld ms", static_cast<long long>(worst));
    QVERIFY2(worst <= 100, qPrintable(QString::number(worst)));
    worst = 0;
    timed([&] { table->sortByColumn(TensorsModel::Bytes, Qt::DescendingOrder); });
    timed([&] { window.find<QLineEdit>("tensors_search")->setText(QStringLiteral("q_proj")); });
    qInfo("10,002 tensors: sort or search %lld ms", static_cast<long long>(worst));
    QCOMPARE(table->model()->rowCount(), 1111);
    QVERIFY2(worst <= 400, qPrintable(QString::number(worst)));
  }

  void theTokenizerIsTriedWhileTyping() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmolAdapter);
    view(window, 2);
    auto* text = window.find<QPlainTextEdit>("trial_text");
    text->clear();
    text->setFocus();
    QTest::keyClicks(text, QStringLiteral("one two three"));
    auto* chips = window.find<TokenChipsView>("trial_chips");
    QTRY_COMPARE(chips->model()->rowCount(), 3);
    QCOMPARE(window.find<QLabel>("trial_count")->text(), QStringLiteral("3 tokens · 13 bytes"));
    QCOMPARE(bench.engine.lastParams(api::method::kModelsTokenize)["path"], Json(kSmol)); // an adapter has its base's
    QTest::mouseClick(window.find<QCheckBox>("trial_special"), Qt::LeftButton, {}, QPoint(8, window.find<QCheckBox>("trial_special")->height() / 2));
    QTRY_COMPARE(chips->model()->rowCount(), 4);
  }

  void theTemplateIsTriedAndItsErrorsAreSaid() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmol);
    view(window, 3);
    auto* rendered = window.find<QPlainTextEdit>("template_rendered");
    QTRY_VERIFY(rendered->toPlainText().endsWith(QStringLiteral("<|im_start|>assistant\n")));
    auto* prompt = window.find<QCheckBox>("template_prompt");
    QTest::mouseClick(prompt, Qt::LeftButton, {}, QPoint(8, prompt->height() / 2));
    QTRY_VERIFY(rendered->toPlainText().endsWith(QStringLiteral("And to Norway?<|im_end|>\n")));
    window.click("template_remove_0");
    QTRY_VERIFY(!rendered->toPlainText().contains(QStringLiteral("Answer briefly")));
    window.click("template_add");
    QTest::keyClicks(window.find<QLineEdit>("template_text_3"), QStringLiteral("Five days."));
    QTRY_VERIFY(rendered->toPlainText().contains(QStringLiteral("<|im_start|>assistant\nFive days.")));
    window.find<QComboBox>("template_role_3")->setCurrentIndex(3); // tool
    QTRY_VERIFY(window.find<Banner>("template_banner")->isVisible());
    QVERIFY(window.find<Banner>("template_banner")->text().contains(QStringLiteral("This template knows no tools.")));
    QVERIFY(rendered->toPlainText().isEmpty());
  }

  void theLicenceIsShown() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmol);
    QTRY_VERIFY(window.find<QAbstractButton>("library_licence"));
    window.click("library_licence");
    QTRY_VERIFY(window.find<QPlainTextEdit>("library_sheet")->isVisible());
    QVERIFY(window.find<QPlainTextEdit>("library_sheet")->toPlainText().startsWith(QStringLiteral("Apache License")));
    window.click("library_sheet_back");
    QVERIFY(window.find<QWidget>("library_card")->isVisible());
  }

  void aScanAddsWhatIsTicked() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    window.click("library_scan");
    auto* list = window.find<QListView>("scan_list");
    QTRY_COMPARE(list->model()->rowCount(), 6);
    QVERIFY(!window.find<QWidget>("scan_add")->isEnabled());
    const auto rowAt = [&](int row) { return list->model()->index(row, 0); };
    QVERIFY(!rowAt(2).flags().testFlag(Qt::ItemIsUserCheckable)); // not usable
    QVERIFY(!rowAt(5).flags().testFlag(Qt::ItemIsUserCheckable)); // in the list
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(rowAt(0)).center());
    list->setCurrentIndex(rowAt(4));
    QTest::keyClick(list, Qt::Key_Space);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(rowAt(2)).center());
    QCOMPARE(page->scanView()->found()->ticked().size(), 2);
    const auto before = bench.engine.state().models.size();
    window.click("scan_add");
    QTRY_COMPARE(bench.engine.state().models.size(), before + 2);
    QVERIFY(page->tree()->isVisible());
    QTRY_VERIFY(window.session.models()->find(QStringLiteral("/ollama/blobs/sha256-aa")));
  }

  void aScanIsCancelledAndKeepsWhatItFound() {
    Bench bench(libraryState());
    bench.engine.change([](fake::State& state) { state.work.endless = true; });
    bench.engine.listen();
    Window window(bench);
    open(window);
    window.click("library_scan");
    QTRY_VERIFY(window.find<QListView>("scan_list")->model()->rowCount() >= 2);
    window.click("scan_cancel");
    QTRY_VERIFY(bench.engine.state().work.stopped);
    QVERIFY(window.find<QListView>("scan_list")->model()->rowCount() >= 2);
    QVERIFY(window.find<QLabel>("scan_summary")->text().contains(QStringLiteral("stopped")));
    window.click("scan_back");
    QVERIFY(window.find<QWidget>("library_tree")->isVisible());
  }

  void aConversionIsFollowedAndItsResultShown() {
    Bench bench(libraryState());
    bench.engine.change([](fake::State& state) { state.work.length = 4; });
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmol);
    view(window, 4);
    QCOMPARE(window.find<QLineEdit>("convert_path")->text(), QStringLiteral("/home/models/SmolLM2-135M-Instruct-q4_k_m.gguf"));
    auto* path = window.find<QLineEdit>("convert_path");
    path->selectAll();
    QTest::keyClicks(path, QStringLiteral("made.gguf"));
    QVERIFY(!window.find<QWidget>("convert_start")->isEnabled()); // no whole path
    path->selectAll();
    QTest::keyClicks(path, QStringLiteral("/tmp/out/made.gguf"));
    window.click("convert_start");
    QVERIFY(window.find<QWidget>("convert_cancel")->isVisible());
    QTRY_COMPARE(bench.engine.calls(api::method::kModelsWork), 1);
    const Json params = bench.engine.lastParams(api::method::kModelsWork);
    QCOMPARE(params["kind"], Json("convert"));
    QCOMPARE(params["path"], Json(kSmol));
    QCOMPARE(params["type"], Json("q4_k_m"));
    QTRY_VERIFY(window.find<Banner>("convert_banner")->text().contains(QStringLiteral("/tmp/out/made.gguf")));
    QTRY_VERIFY(window.session.models()->find(QStringLiteral("/tmp/out/made.gguf")));
    QTest::mouseClick(window.find<Banner>("convert_banner")->actionButton(), Qt::LeftButton);
    QTRY_COMPARE(page->tree()->currentIndex().data(LibraryModel::PathRole).toString(), QStringLiteral("/tmp/out/made.gguf"));
    QCOMPARE(page->tree()->currentIndex().parent().data(LibraryModel::PathRole).toString(), QString::fromUtf8(kSmol));
  }

  void anAdapterIsMergedIntoItsBase() {
    Bench bench(libraryState());
    bench.engine.listen();
    Window window(bench);
    LibraryPage* page = open(window);
    choose(page, kSmolAdapter);
    view(window, 4);
    QCOMPARE(window.find<QLineEdit>("convert_path")->text(), QStringLiteral("/home/models/support-tone-r16-lora.gguf"));
    QVERIFY(!window.find<QComboBox>("convert_type")->isVisible());
    auto* format = window.find<SegmentedSwitch>("convert_format");
    format->setFocus();
    QTest::keyClick(format, Qt::Key_Right);
    QCOMPARE(window.find<QLineEdit>("convert_path")->text(), QStringLiteral("/home/models/support-tone-r16-merged"));
    window.click("convert_start");
    QTRY_COMPARE(bench.engine.calls(api::method::kModelsWork), 1);
    const Json params = bench.engine.lastParams(api::method::kModelsWork);
    QCOMPARE(params["kind"], Json("merge"));
    QCOMPARE(params["path"], Json(kSmol));
    QCOMPARE(params["adapter"], Json(kSmolAdapter));
    QTRY_VERIFY(window.find<Banner>("convert_banner")->text().contains(QStringLiteral("-merged")));
  }

  void withoutModelsThePageSaysWhatItIsForAndOffersTheFirstThings() {
    Bench bench(libraryState());
    bench.engine.change([](fake::State& state) { state.models.clear(); });
    bench.engine.listen();
    Window window(bench);
    window.window.showPage(QStringLiteral("models"));
    QTRY_VERIFY(window.find<QWidget>("library_first_folder")->isVisible());
    window.prompts.answer(QStringLiteral("/models/Qwen3-0.6B"));
    window.click("library_first_folder");
    QTRY_COMPARE(bench.engine.state().models.size(), size_t(1));
    QTRY_VERIFY(window.find<QWidget>("library_tree")->isVisible());
  }

  void aRefusedFolderIsSaidInThePage() {
    Bench bench(libraryState());
    bench.engine.refuse(api::method::kModelsAdd, "/etc holds no model: give a folder with config.json.");
    bench.engine.listen();
    Window window(bench);
    open(window);
    window.prompts.answer(QStringLiteral("/etc"));
    window.click("library_add_folder");
    QTRY_VERIFY(window.find<Banner>("library_banner")->isVisible());
    QVERIFY(window.find<Banner>("library_banner")->text().contains(QStringLiteral("/etc holds no model")));
  }

  void thePageIsWholeInTheSmallestWindow_data() {
    QTest::addColumn<QString>("view");
    for (const char* key : {"overview", "tensors", "tokenizer", "template", "convert", "scan"})
      QTest::addRow("%s", key) << QString::fromUtf8(key);
  }

  void thePageIsWholeInTheSmallestWindow() {
    QFETCH(QString, view);
    for (const QSize size : {QSize(960, 600), QSize(1280, 800)})
      for (const bool dark : {false, true}) {
        m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
        Bench bench(libraryState());
        bench.engine.listen();
        Window window(bench, size);
        LibraryPage* page = open(window);
        choose(page, kSmol);
        if (view == QStringLiteral("scan"))
          window.click("library_scan");
        else
          TestLibraryPage::view(window, QStringList{QStringLiteral("overview"), QStringLiteral("tensors"), QStringLiteral("tokenizer"), QStringLiteral("template"), QStringLiteral("convert")}.indexOf(view));
        QTest::qWait(350);
        if (view == QStringLiteral("tensors")) {
          window.click("tensor_measure");
          QTRY_VERIFY(window.find<QLabel>("tensor_figures")->text().startsWith(QStringLiteral("min")));
          QTest::qWait(50);
        }
        (void)test::screenshot(window.window, QStringLiteral("library-%1-%2-%3").arg(view).arg(size.width()).arg(dark ? QStringLiteral("dark") : QStringLiteral("light")));
        const QStringList wrong = test::clippedTexts(window.window) + test::overlappingTexts(window.window) + controlsWithoutName(window.window) + test::accessibleProblems(window.window) +
                                  test::faintTexts(window.window) + test::tabOrderProblems(window.window);
        QVERIFY2(wrong.isEmpty(), qPrintable(QStringLiteral("%1×%2: %3").arg(size.width()).arg(size.height()).arg(wrong.join(QStringLiteral(" | ")))));
        QCOMPARE(window.window.size(), size);
      }
    m_style->setMode(ThemeMode::Light);
  }

private:
  static LibraryPage* open(Window& window) {
    auto* page = static_cast<LibraryPage*>(window.window.page(QStringLiteral("models")));
    window.window.showPage(QStringLiteral("models"));
    const bool read = QTest::qWaitFor([&] { return page->tree()->model()->rowCount() > 0; }, 5000);
    if (!read)
      qFatal("The models do not arrive");
    return page;
  }
  static void choose(LibraryPage* page, const char* path) {
    const auto all = page->tree()->model()->match(page->tree()->model()->index(0, 0), LibraryModel::PathRole, QString::fromUtf8(path), 1, Qt::MatchExactly | Qt::MatchRecursive);
    if (all.isEmpty())
      qFatal("There is no model %s", path);
    page->tree()->scrollTo(all.first());
    QTest::mouseClick(page->tree()->viewport(), Qt::LeftButton, {}, page->tree()->visualRect(all.first()).center());
  }
  /// By the keyboard: the switch moves with the arrow keys.
  static void view(Window& window, int index) {
    auto* views = window.find<SegmentedSwitch>("library_view");
    views->setFocus();
    while (views->currentIndex() > 0)
      QTest::keyClick(views, Qt::Key_Left);
    while (views->currentIndex() < index)
      QTest::keyClick(views, Qt::Key_Right);
  }
  std::unique_ptr<Style> m_style;
};

QTEST_MAIN(TestLibraryPage)
#include "tst_library_page.moc"
