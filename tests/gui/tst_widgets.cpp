// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/support_gui.h"
#include "ui/gallery/gallery.h"
#include "ui/shell/language.h"
#include "ui/shell/settings_store.h"
#include "ui/style/style.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_list.h"
#include "ui/widgets/inspector_panel.h"
#include "ui/widgets/memory_help.h"
#include "ui/widgets/number_field.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/prompt_service.h"
#include "ui/widgets/searchable_combo.h"
#include "ui/widgets/segmented_switch.h"
#include "ui/widgets/stacked_bar.h"
#include "ui/widgets/token_chips_view.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QCheckBox>
#include <QDropEvent>
#include <QGridLayout>
#include <QLineEdit>
#include <QListView>
#include <QSplitter>
#include <QStandardItemModel>
#include <QTemporaryDir>
#include <QMimeData>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace lathe;
using namespace lathe::ui;

namespace {

std::vector<api::TokenChip> someTokens() {
  std::vector<api::TokenChip> out;
  const std::pair<const char*, bool> texts[] = {{"<|user|>", false}, {"My", false}, {" parcel", false}, {" is", false}, {" late", false}, {".", false},
                                                {"<|assistant|>", false}, {"I", true}, {"'m", true}, {" sorry", true}, {" about", true}, {" the", true},
                                                {" wait", true}, {",", true}, {" and", true}, {"\n", true}, {"<|end|>", true}};
  int64_t id = 100;
  for (const auto& [text, supervised] : texts)
    out.push_back({id++, text, supervised, text[0] == '<'});
  return out;
}

/// One of everything, as on the set-up page.
class Gallery : public QWidget {
 public:
  Gallery() {
    auto* all = new QHBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    auto* page = new QVBoxLayout;
    page->setContentsMargins(20, 16, 20, 16);
    page->setSpacing(12);
    auto* header = new PageHeader(QStringLiteral("New fine-tuning run"));
    header->setContext(QStringLiteral("LoRA r16 · Llama-3.1-8B · support.jsonl (18 402 rows, 61 % supervised)"));
    header->addAction(new Button(IconName::Pause, QStringLiteral("Pause")));
    header->addAction(new Button(IconName::Stop, QStringLiteral("Stop"), ButtonKind::Danger));
    page->addWidget(header);
    auto* banner = new Banner(Tone::Warn);
    banner->setText(QStringLiteral("Loss spike at step 696"), QStringLiteral("3.1 σ above the mean. Row 12 083 has 96 % of its loss in a base64 block."));
    banner->setAction(QStringLiteral("Open the batch"));
    banner->setClosable(true);
    page->addWidget(banner);
    auto* card = new Card;
    auto* method = card->addSection(QStringLiteral("Method"));
    method->setSummary(QStringLiteral("llama · 8.03 B parameters · 32 layers · 128k context · bf16 · 4 files"));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(20);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    auto* choice = new SegmentedSwitch({{QStringLiteral("lora"), QStringLiteral("LoRA"), {}}, {QStringLiteral("full"), QStringLiteral("Full"), {}}});
    grid->addWidget(new FieldBlock(QStringLiteral("Method"), choice, QStringLiteral("Trains 41.9 M parameters (0.52 %) beside frozen weights")), 0, 0);
    auto* rank = new NumberField;
    rank->setRange(1, 1024);
    rank->setValue(16);
    rank->setSuffix(QStringLiteral("1 – 1024"));
    grid->addWidget(new FieldBlock(QStringLiteral("Rank"), rank, QStringLiteral("Doubling it adds 0.5 GiB and 2 % time")), 0, 1);
    auto* combo = new QComboBox;
    combo->addItems({QStringLiteral("Llama-3.1-8B-Instruct"), QStringLiteral("Tiny")});
    grid->addWidget(new FieldBlock(QStringLiteral("Base model"), combo, QStringLiteral("Folder in the Hugging Face cache")), 1, 0);
    auto* path = new PathField(PathField::Kind::File);
    path->setPrompts(&prompts);
    path->setRecent({QStringLiteral("/data/support.jsonl")});
    path->setPath(QStringLiteral("/data/support.jsonl"));
    grid->addWidget(new FieldBlock(QStringLiteral("Training data"), path, QStringLiteral("chat messages · template llama-3 (from the model)")), 1, 1);
    method->content()->addLayout(grid);
    auto* chips = new ChipList;
    chips->setChips({QStringLiteral("q_proj"), QStringLiteral("k_proj"), QStringLiteral("v_proj"), QStringLiteral("o_proj"), QStringLiteral("gate_proj"), QStringLiteral("lm_head")});
    chips->setTicked({QStringLiteral("q_proj"), QStringLiteral("k_proj"), QStringLiteral("v_proj")});
    method->content()->addWidget(new FieldBlock(QStringLiteral("Target modules"), chips));
    auto* data = card->addSection(QStringLiteral("Data"));
    auto* tokens = new TokenChipsView;
    tokens->setTokens(someTokens());
    data->content()->addWidget(new FieldBlock(QStringLiteral("First row, as the model sees it"), tokens, QStringLiteral("Filled tokens are learned, dashed ones are only read.")));
    auto* check = new QCheckBox(QStringLiteral("Pack several rows into one sequence"));
    check->setChecked(true);
    data->content()->addWidget(check);
    page->addWidget(card);
    page->addStretch(1);
    all->addLayout(page, 1);
    auto* inspector = new InspectorPanel(QStringLiteral("setup"));
    auto* memory = inspector->addBlock(QStringLiteral("Memory this run will need"));
    auto* row = new QHBoxLayout;
    auto* figure = new Figure(QStringLiteral("Peak"));
    figure->setValue(QStringLiteral("41.3"), QStringLiteral("GiB of 139.8"));
    row->addWidget(figure, 1);
    row->addWidget(new Badge(QStringLiteral("fits"), Tone::Good), 0, Qt::AlignBottom);
    memory->addLayout(row);
    const double g = 1024.0 * 1024 * 1024;
    const QList<MemoryPart> parts{{MemoryCategory::Weights, 15 * g}, {MemoryCategory::Adapters, 0.3 * g}, {MemoryCategory::Optimizer, 0.3 * g},
                                  {MemoryCategory::Stash, 23.2 * g}, {MemoryCategory::Workspace, 2.5 * g}};
    auto* bar = new StackedBar;
    bar->setParts(parts, 139.8 * g);
    memory->addWidget(bar);
    auto* legend = new MemoryLegend;
    legend->setParts(parts);
    memory->addWidget(legend);
    auto* checks = inspector->addBlock(QStringLiteral("Before you start"));
    checks->addWidget(new CheckRow(Tone::Good, QStringLiteral("Disk: 0.4 GiB needed, 812 GiB free")));
    checks->addWidget(new CheckRow(Tone::Warn, QStringLiteral("31 near-duplicates in the training data:"), QStringLiteral("review")));
    auto* states = inspector->addBlock(QStringLiteral("States"));
    auto* pills = new QHBoxLayout;
    for (const auto state : {api::RunState::Running, api::RunState::Paused, api::RunState::Failed, api::RunState::Queued})
      pills->addWidget(new StatePill(state));
    pills->addStretch(1);
    states->addLayout(pills);
    auto* spark = new Sparkline;
    spark->setValues({3, 2.6, 2.2, 2.3, 1.7, 1.5, 1.4, 1.45, 1.2});
    states->addWidget(spark);
    inspector->addStretch();
    inspector->footer()->addWidget(new Button(QStringLiteral("Start"), ButtonKind::Primary));
    all->addWidget(inspector);
  }
  ScriptedPrompts prompts;
};

} // namespace

class TestWidgets : public QObject {
  Q_OBJECT
 private:
  static double devicePixelRatioOf(const QWidget& widget) { return widget.devicePixelRatioF(); }

 private Q_SLOTS:
  void init() { m_style->setMode(ThemeMode::Light); }

  void nothingIsClippedAndEveryControlHasAName_data() {
    QTest::addColumn<bool>("dark");
    QTest::addColumn<QString>("language");
    QTest::newRow("light, English") << false << QStringLiteral("en");
    QTest::newRow("dark, Chinese") << true << QStringLiteral("zh_CN");
  }
  void nothingIsClippedAndEveryControlHasAName() {
    QFETCH(bool, dark);
    QFETCH(QString, language);
    Language words;
    words.set(language);
    m_style->setMode(dark ? ThemeMode::Dark : ThemeMode::Light);
    Gallery gallery;
    test::settle(gallery, {1280, 800});
    QCOMPARE(test::clippedTexts(gallery), QStringList());
    QCOMPARE(controlsWithoutName(gallery), QStringList());
    test::screenshot(gallery, dark ? QStringLiteral("widgets_dark") : QStringLiteral("widgets_light"));
  }

  void theGalleryShowsAllItsTextInBothThemes_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void theGalleryShowsAllItsTextInBothThemes() {
    QFETCH(bool, dark);
    GalleryWindow window(*m_style, 100);
    auto* theme = window.findChild<SegmentedSwitch*>(QStringLiteral("gallery_theme"));
    test::settle(window, {960, 600}); // what 200 % leaves of a 1920 × 1200 screen
    if (dark)
      QTest::mouseClick(theme, Qt::LeftButton, {}, QPoint(theme->width() - 10, 14));
    QCOMPARE(Style::theme().dark, dark);
    auto* sheet = window.findChild<GallerySheet*>();
    test::settle(window, {1280, sheet->layout()->totalHeightForWidth(1250) + 100}); // nothing scrolled out of sight
    QCOMPARE(test::clippedTexts(window), QStringList());
    QCOMPARE(controlsWithoutName(window), QStringList());
    const QString folder = qEnvironmentVariable("LATHE_SCREENSHOT_DIR");
    if (!folder.isEmpty()) {
      QDir().mkpath(folder);
      const QString scale = qEnvironmentVariableIsSet("QT_SCALE_FACTOR") ? QStringLiteral("-%1").arg(qRound(devicePixelRatioOf(window) * 100)) : QString();
      QVERIFY(window.grab().save(folder + QStringLiteral("/gallery-%1%2.png").arg(dark ? QStringLiteral("dark") : QStringLiteral("light"), scale)));
    }
  }

  void theGalleryFitsAtAHundredAndFiftyAndTwoHundredPercent_data() {
    QTest::addColumn<QString>("scale");
    QTest::newRow("150 %") << QStringLiteral("1.5");
    QTest::newRow("200 %") << QStringLiteral("2");
  }
  void theGalleryFitsAtAHundredAndFiftyAndTwoHundredPercent() {
    QFETCH(QString, scale); // Qt reads it once, when the application is made
    QProcess self;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_SCALE_FACTOR"), scale);
    self.setProcessEnvironment(environment);
    self.setProcessChannelMode(QProcess::MergedChannels);
    self.start(QCoreApplication::applicationFilePath(), {QStringLiteral("theGalleryShowsAllItsTextInBothThemes")});
    QVERIFY(self.waitForFinished(120000));
    QVERIFY2(self.exitCode() == 0, self.readAll().constData());
  }

  void arrowKeysMoveTheSwitchAndSkipWhatIsOff() {
    SegmentedSwitch choice({{QStringLiteral("a"), QStringLiteral("A"), {}}, {QStringLiteral("b"), QStringLiteral("B"), {}, false}, {QStringLiteral("c"), QStringLiteral("C"), {}}});
    QSignalSpy spy(&choice, &SegmentedSwitch::chosen);
    QCOMPARE(choice.current(), QStringLiteral("a"));
    QTest::keyClick(&choice, Qt::Key_Right);
    QCOMPARE(choice.current(), QStringLiteral("c"));
    QTest::keyClick(&choice, Qt::Key_Right);
    QCOMPARE(spy.count(), 1);
    choice.setCurrent(QStringLiteral("a"));
    QCOMPARE(spy.count(), 1); // the program's own change is silent
  }

  void numbersAreReadAsPeopleWriteThem_data() {
    QTest::addColumn<int>("notation");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<bool>("valid");
    QTest::addColumn<double>("value");
    const int integer = int(NumberField::Notation::Integer), decimal = int(NumberField::Notation::Decimal), scientific = int(NumberField::Notation::Scientific);
    QTest::newRow("plain") << integer << "16" << true << 16.0;
    QTest::newRow("grouped") << integer << "8 192" << true << 8192.0;
    QTest::newRow("e-4") << scientific << "2e-4" << true << 2e-4;
    QTest::newRow("decimal rate") << scientific << "0.0003" << true << 3e-4;
    QTest::newRow("comma") << decimal << "0,1" << true << 0.1;
    QTest::newRow("thousands") << integer << "9,000" << true << 9000.0;
    QTest::newRow("not whole") << integer << "1.5" << false << 1.0;
    QTest::newRow("word") << integer << "many" << false << 1.0;
    QTest::newRow("too large") << integer << "20000" << false << 1.0;
    QTest::newRow("infinite") << decimal << "inf" << false << 1.0;
    QTest::newRow("empty") << integer << "" << false << 1.0;
  }
  void numbersAreReadAsPeopleWriteThem() {
    QFETCH(int, notation);
    QFETCH(QString, typed);
    QFETCH(bool, valid);
    QFETCH(double, value);
    NumberField field(static_cast<NumberField::Notation>(notation));
    field.setRange(0, 10000);
    field.setValue(1);
    QSignalSpy edited(&field, &NumberField::edited);
    field.selectAll();
    if (typed.isEmpty())
      QTest::keyClick(&field, Qt::Key_Delete);
    else
      QTest::keyClicks(&field, typed);
    QCOMPARE(field.isValid(), valid);
    QCOMPARE(field.problem().isEmpty(), valid);
    QVERIFY(valid ? field.toolTip().contains(QStringLiteral("Drag")) : field.toolTip() == field.problem());
    if (valid) {
      QCOMPARE(field.value(), value);
      QCOMPARE(edited.last().first().toDouble(), value);
    }
  }

  void optionalNumbersMayBeEmpty() {
    NumberField field;
    field.setOptional(true, QStringLiteral("whole epochs"));
    field.setValue(5);
    field.selectAll();
    QTest::keyClick(&field, Qt::Key_Delete);
    QVERIFY(field.isValid());
    QVERIFY(!field.optionalValue());
  }

  void arrowsStepALearningRateByAFactor() {
    NumberField field(NumberField::Notation::Scientific);
    field.setRange(1e-7, 1);
    field.setValue(2e-4);
    QTest::keyClick(&field, Qt::Key_Up);
    QCOMPARE(field.value(), 2.5e-4);
    for (int i = 0; i < 200; ++i)
      QTest::keyClick(&field, Qt::Key_Down);
    QCOMPARE(field.value(), 1e-7);
  }

  void draggingANumberSidewaysChangesItAndEscTakesItBack() {
    QWidget page;
    auto* row = new QHBoxLayout(&page);
    auto *other = new QLineEdit, *unused = new QLineEdit;
    auto* field = new NumberField;
    row->addWidget(other);
    row->addWidget(field);
    row->addWidget(unused);
    field->setRange(1, 1024);
    field->setValue(16);
    field->setSuffix(QStringLiteral("tokens"));
    test::settle(page, {600, 40});
    other->setFocus();
    QSignalSpy edited(field, &NumberField::edited);
    const QPoint at(20, 14);
    QTest::mousePress(field, Qt::LeftButton, {}, at);
    QTest::mouseMove(field, at + QPoint(10, 0));
    QVERIFY(field->isScrubbing());
    QTest::mouseMove(field, at + QPoint(50, 0)); // 40 px after the drag began: ten steps
    QCOMPARE(field->value(), 26.0);
    QTest::mouseMove(field, at + QPoint(-2000, 0));
    QCOMPARE(field->value(), 1.0); // the range holds
    QTest::mouseMove(field, at + QPoint(50, 0));
    QCOMPARE(field->value(), 26.0); // the way back brings the same number
    QTest::keyClick(field, Qt::Key_Escape);
    QCOMPARE(field->value(), 16.0);
    QCOMPARE(edited.last().first().toDouble(), 16.0);
    QVERIFY(!field->isScrubbing());
    QTest::mouseRelease(field, Qt::LeftButton, {}, at);
    QCOMPARE(field->value(), 16.0);
    // The field has the focus now: in its text the mouse selects, on its unit it still drags.
    QTest::mousePress(field, Qt::LeftButton, {}, at);
    QTest::mouseMove(field, at + QPoint(-18, 0));
    QVERIFY(!field->isScrubbing());
    QTest::mouseRelease(field, Qt::LeftButton, {}, at);
    const QPoint unit(field->width() - 15, 14);
    QTest::mousePress(field, Qt::LeftButton, {}, unit);
    QTest::mouseMove(field, unit - QPoint(10, 0));
    QTest::mouseMove(field, unit - QPoint(30, 0));
    QCOMPARE(field->value(), 11.0);
    QTest::mouseRelease(field, Qt::LeftButton, {}, unit);
    QCOMPARE(field->value(), 11.0);
  }

  void shiftMakesTheDragTenTimesFiner() {
    NumberField field(NumberField::Notation::Decimal);
    field.setRange(0, 100);
    field.setValue(50);
    field.setSuffix(QStringLiteral("percent of it")); // the unit can be dragged at any time
    test::settle(field, {200, 30});
    QTest::mousePress(&field, Qt::LeftButton, {}, {190, 14});
    const auto move = [&](int x) { // QTest::mouseMove cannot hold a key
      QMouseEvent event(QEvent::MouseMove, QPointF(x, 14), field.mapToGlobal(QPointF(x, 14)), Qt::NoButton, Qt::LeftButton, Qt::ShiftModifier);
      QCoreApplication::sendEvent(&field, &event);
    };
    move(200);
    move(240); // 40 px: one step
    QCOMPARE(field.value(), 51.0);
    move(244);
    QCOMPARE(field.value(), 51.1);
    QTest::mouseRelease(&field, Qt::LeftButton, Qt::ShiftModifier, {244, 14});
    QCOMPARE(field.value(), 51.1);
  }

  void theSearchableComboFindsByWordsAndObeysTheKeyboard() {
    SearchableCombo combo;
    combo.setAccessibleName(QStringLiteral("Model"));
    combo.addItems({QStringLiteral("Llama 3.1 8B Instruct"), QStringLiteral("Llama 3.1 70B"), QStringLiteral("Qwen 3 8B Instruct"), QStringLiteral("SmolLM2 135M")});
    qobject_cast<QStandardItemModel*>(combo.model())->item(1)->setEnabled(false);
    test::settle(combo, {240, 30});
    QSignalSpy activated(&combo, &QComboBox::activated);
    combo.setFocus();
    QTest::keyClick(&combo, Qt::Key_I); // typing opens it
    QVERIFY(combo.isOpen());
    QCOMPARE(combo.searchLine()->text(), QStringLiteral("i"));
    QTest::keyClicks(combo.searchLine(), QStringLiteral("nst 8b"));
    QCOMPARE(combo.resultList()->model()->rowCount(), 2);
    QTest::keyClick(combo.searchLine(), Qt::Key_Down);
    QTest::keyClick(combo.searchLine(), Qt::Key_Return);
    QVERIFY(!combo.isOpen());
    QCOMPARE(combo.currentText(), QStringLiteral("Qwen 3 8B Instruct"));
    QCOMPARE(activated.count(), 1);
    combo.showPopup();
    QCOMPARE(controlsWithoutName(*combo.searchLine()->parentWidget()), QStringList());
    QTest::keyClicks(combo.searchLine(), QStringLiteral("llama"));
    QTest::keyClick(combo.searchLine(), Qt::Key_Down); // the second one cannot be chosen
    QCOMPARE(combo.resultList()->currentIndex().row(), 0);
    QTest::keyClick(combo.searchLine(), Qt::Key_Escape);
    QVERIFY(!combo.isOpen());
    QCOMPARE(combo.currentText(), QStringLiteral("Qwen 3 8B Instruct")); // as it was
    combo.showPopup();
    QTest::keyClicks(combo.searchLine(), QStringLiteral("gpt"));
    QCOMPARE(combo.resultList()->model()->rowCount(), 0);
    QTest::keyClick(combo.searchLine(), Qt::Key_Return); // nothing to take
    QCOMPARE(activated.count(), 1);
    combo.hidePopup();
    combo.showPopup();
    const QModelIndex last = combo.resultList()->model()->index(3, 0);
    QTest::mouseClick(combo.resultList()->viewport(), Qt::LeftButton, {}, combo.resultList()->visualRect(last).center());
    QCOMPARE(combo.currentText(), QStringLiteral("SmolLM2 135M"));
    QCOMPARE(activated.count(), 2);
  }

  void panelsAndSplittersRememberTheirPlace() {
    QTemporaryDir home;
    int parts = 0;
    for (const bool again : {false, true}) {
      WindowSettings settings(home.path());
      QWidget page;
      auto* row = new QHBoxLayout(&page);
      row->setContentsMargins(0, 0, 0, 0);
      auto* splitter = new QSplitter;
      splitter->addWidget(new QWidget);
      splitter->addWidget(new QWidget);
      splitter->setHandleWidth(4);
      row->addWidget(splitter, 1);
      auto* panel = new InspectorPanel(QStringLiteral("side"));
      panel->addBlock(QStringLiteral("Block"));
      row->addWidget(panel);
      keepFolded(*panel, settings);
      test::settle(page, {1200, 300});
      keepPlace(*splitter, QStringLiteral("panes"), settings);
      if (again) {
        QCOMPARE(panel->width(), 380);
        QCOMPARE(splitter->sizes().first(), parts);
        break;
      }
      auto* grip = panel->findChild<QWidget*>(QStringLiteral("grip_side"));
      QTest::mousePress(grip, Qt::LeftButton, {}, {2, 100});
      const QPointF to(2 - 60, 100);
      QMouseEvent move(QEvent::MouseMove, to, grip->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(grip, &move);
      QTest::mouseRelease(grip, Qt::LeftButton, {}, {2, 100});
      QCOMPARE(panel->openWidth(), size::kInspector + 60);
      QTest::qWait(10);
      QWidget* handle = splitter->handle(1);
      QTest::mousePress(handle, Qt::LeftButton, {}, {2, 100});
      QMouseEvent drag(QEvent::MouseMove, QPointF(102, 100), handle->mapToGlobal(QPointF(102, 100)), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(handle, &drag);
      QTest::mouseRelease(handle, Qt::LeftButton, {}, {2, 100});
      parts = splitter->sizes().first();
      settings.sync();
    }
  }

  void chipsReportWhatIsTickedAndKeepItWhenTheListChanges() {
    ChipList chips;
    chips.setChips({QStringLiteral("q"), QStringLiteral("k"), QStringLiteral("v")});
    chips.setTicked({QStringLiteral("q"), QStringLiteral("v")});
    QSignalSpy spy(&chips, &ChipList::tickedChanged);
    chips.show();
    QTest::mouseClick(chips.findChild<QAbstractButton*>(QStringLiteral("chip_k")), Qt::LeftButton);
    QCOMPARE(spy.count(), 1);
    QCOMPARE(chips.ticked(), (QStringList{QStringLiteral("q"), QStringLiteral("k"), QStringLiteral("v")}));
    chips.setChips({QStringLiteral("k"), QStringLiteral("o")});
    QCOMPARE(chips.ticked(), QStringList{QStringLiteral("k")});
  }

  void pathsComeFromTypingDroppingAndBrowsing() {
    ScriptedPrompts prompts;
    PathField field(PathField::Kind::Folder);
    field.setPrompts(&prompts);
    test::settle(field, {400, 30});
    QSignalSpy spy(&field, &PathField::pathChanged);
    QTest::keyClicks(field.edit(), QStringLiteral("/models/a"));
    QTest::keyClick(field.edit(), Qt::Key_Return);
    QCOMPARE(spy.count(), 1);
    QTest::keyClick(field.edit(), Qt::Key_Return);
    QCOMPARE(spy.count(), 1); // the same path again is no change
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(QStringLiteral("/models/b"))});
    QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&field, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&field, &drop);
    QCOMPARE(field.path(), QStringLiteral("/models/b"));
    prompts.answer(QStringLiteral("/models/c"));
    for (auto* button : field.findChildren<IconButton*>())
      if (button->isVisible())
        button->click();
    QCOMPARE(field.path(), QStringLiteral("/models/c"));
    QCOMPARE(spy.count(), 3);
  }

  void longNamesElideInTheMiddleAndShowWholeInATooltip() {
    ElidedLabel label(QStringLiteral("a-very-long-name-of-a-model-folder-that-nobody-can-read-in-one-glance"));
    test::settle(label, {120, 20});
    QVERIFY(label.isElided());
    QCOMPARE(label.toolTip(), label.text());
    QCOMPARE(label.accessibleName(), label.text());
    label.resize(900, 20);
    QVERIFY(label.toolTip().isEmpty());
  }

  void tokenModelIsAProperModel() {
    TokenModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setTokens(someTokens());
    QCOMPARE(model.rowCount(), 17);
    QCOMPARE(model.data(model.index(2), Qt::DisplayRole).toString(), QStringLiteral(" parcel"));
    QCOMPARE(model.data(model.index(15), Qt::DisplayRole).toString(), QStringLiteral("⏎"));
    QVERIFY(model.data(model.index(0), Qt::ToolTipRole).toString().contains(QStringLiteral("100")));
    model.setTokens({});
    QCOMPARE(model.rowCount(), 0);
  }

  void tokenChipsWrapAndGrowUpToTheirLimit() {
    TokenChipsView view;
    view.setMaxLines(3);
    view.setTokens(someTokens());
    test::settle(view, {1200, 30});
    const int one = view.sizeHint().height();
    view.resize(240, 200);
    QTest::qWait(10);
    QVERIFY(view.sizeHint().height() > one * 2);
    view.resize(130, 200);
    QTest::qWait(10);
    QCOMPARE(view.sizeHint().height(), 3 * (22 + 3) + 2);
    view.selectAll();
    QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
    QVERIFY(QApplication::clipboard()->text().startsWith(QStringLiteral("<|user|>My parcel is late.")));
  }

  void undoAndItsTimeOutExcludeEachOther() {
    UndoBar bar;
    int undone = 0, made = 0;
    const auto undo = [&] { ++undone; };
    const auto makeFinal = [&] { ++made; };
    bar.offer(QStringLiteral("Run deleted."), undo, makeFinal, 10000);
    bar.undoButton()->click();
    QCOMPARE(undone, 1);
    QCOMPARE(made, 0);
    bar.offer(QStringLiteral("Run deleted."), undo, makeFinal, 10);
    QTRY_COMPARE(made, 1);
    QCOMPARE(undone, 1);
    bar.offer(QStringLiteral("One"), undo, makeFinal, 10000);
    bar.offer(QStringLiteral("Two"), undo, makeFinal, 10000); // the first is final now
    QCOMPARE(made, 2);
  }

  void scriptedPromptsAnswerInOrderAndCancelWhenEmpty() {
    ScriptedPrompts prompts;
    prompts.answer(QStringLiteral("yes"));
    prompts.cancel();
    QVERIFY(prompts.confirm(nullptr, QStringLiteral("Stop?"), {}, {}, true));
    QVERIFY(!prompts.askText(nullptr, QStringLiteral("Name"), {}, {}));
    QVERIFY(!prompts.openFile(nullptr, QStringLiteral("File"), {}, {}));
    QCOMPARE(prompts.asked(), (QStringList{QStringLiteral("Stop?"), QStringLiteral("Name"), QStringLiteral("File")}));
  }

  void stackedBarPaintsTheSharesOfItsParts() {
    StackedBar bar;
    bar.setParts({{MemoryCategory::Weights, 50}, {MemoryCategory::Stash, 25}}, 100);
    test::settle(bar, {400, 16});
    const QImage image = bar.grab().toImage();
    const Theme& t = Style::theme();
    QCOMPARE(image.pixelColor(100, 8), t.memoryColor(MemoryCategory::Weights));
    QCOMPARE(image.pixelColor(250, 8), t.memoryColor(MemoryCategory::Stash));
    QCOMPARE(image.pixelColor(350, 8), t.track);
    bar.setParts({{MemoryCategory::Weights, 200}}, 100);
    QCOMPARE(bar.grab().toImage().pixelColor(300, 1), t.bad);
    QVERIFY(bar.accessibleName().contains(QStringLiteral("Weights")));
  }

  void fieldSearchMatchesAllWords() {
    FieldBlock block(QStringLiteral("Learning rate"), new QLineEdit, QStringLiteral("Cosine, 3 % warm-up"));
    block.setKeywords(QStringLiteral("lr training.learning_rate"));
    QVERIFY(block.matches(QStringLiteral("learn COSINE")));
    QVERIFY(block.matches(QStringLiteral("lr")));
    QVERIFY(!block.matches(QStringLiteral("rate rank")));
    block.setProblem(QStringLiteral("Too large."));
    QCOMPARE(block.control()->accessibleDescription(), QStringLiteral("Too large."));
  }

  void memoryCategoriesAreFoundByTheirNames() {
    QCOMPARE(memoryCategory(QStringLiteral("stash")), MemoryCategory::Stash);
    QCOMPARE(memoryCategory(QStringLiteral("masters")), MemoryCategory::Masters);
    QCOMPARE(memoryCategory(QStringLiteral("kv_cache")), MemoryCategory::Cache);
    QCOMPARE(memoryCategory(QStringLiteral("cache")), MemoryCategory::Cache);
    QCOMPARE(memoryCategory(QStringLiteral("context")), MemoryCategory::Context);
    QCOMPARE(memoryCategory(QStringLiteral("held")), MemoryCategory::Held);
    QCOMPARE(memoryCategory(QStringLiteral("anything")), MemoryCategory::Rest); // Lathe's own, not another program's
  }

  void everyMemoryCategoryHasANameAndAColourOfItsOwn() {
    QStringList names, light, dark;
    for (int i = 0; i < kMemoryCategories; ++i) {
      const auto category = static_cast<MemoryCategory>(i);
      names << memoryCategoryName(category);
      light << lightTheme().memoryColor(category).name();
      dark << darkTheme().memoryColor(category).name();
      QVERIFY2(!names.last().isEmpty(), qPrintable(QString::number(i)));
    }
    for (QStringList* list : {&names, &light, &dark})
      QCOMPARE(list->removeDuplicates(), 0);
  }

  void partsAreSortedSummedAndCompletedToWhatTheDeviceHasInUse() {
    const QList<MemoryPart> parts = withOthers(memoryParts({{"stash", 30}, {"weights", 50}, {"kv_cache", 4}, {"cache", 6}, {"gradients", 0}}), 100);
    QStringList shown;
    for (const MemoryPart& part : parts)
      shown << memoryCategoryName(part.category) + QLatin1Char(' ') + QString::number(part.bytes);
    QCOMPARE(shown, (QStringList{QStringLiteral("Weights 50"), QStringLiteral("Stash 30"), QStringLiteral("Cache 10"), QStringLiteral("Other programs 10")}));
    QCOMPARE(withOthers(parts, 80).size(), 4); // figures of another moment: nothing negative
  }

  void theLegendExplainsItsRows() {
    QStringList helps;
    for (int i = 0; i < kMemoryCategories; ++i)
      helps << memoryCategoryHelp(static_cast<MemoryCategory>(i));
    QVERIFY(!helps.contains(QString()));
    QCOMPARE(helps.removeDuplicates(), 0);
    MemoryLegend legend;
    legend.setParts({{MemoryCategory::Weights, 1}, {MemoryCategory::Stash, 2}});
    QCOMPARE(legend.toolTip(), QStringLiteral("Weights: %1\nStash: %2").arg(helps[0], helps[static_cast<int>(MemoryCategory::Stash)]));
  }

  void theLegendSpeaksItsRows() {
    MemoryLegend legend;
    legend.setParts(memoryParts({{"weights", int64_t(15) << 30}, {"held", int64_t(2) << 30}}));
    const int before = legend.sizeHint().height();
    legend.setExtras({{QStringLiteral("Free"), QStringLiteral("120.0 GiB")}});
    QCOMPARE(legend.accessibleName(), QStringLiteral("Weights 15.0 GiB, Held, free 2.0 GiB, Free 120.0 GiB"));
    QVERIFY(legend.sizeHint().height() > before);
  }

 public:
  TestWidgets() : m_style(new Style(*qApp)) { m_style->setParent(this); }

 private:
  Style* m_style;
};

QTEST_MAIN(TestWidgets)
#include "tst_widgets.moc"
