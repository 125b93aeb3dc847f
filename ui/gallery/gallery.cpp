// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gallery/gallery.h"

#include "ui/style/shown_state.h"
#include "ui/style/style.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_list.h"
#include "ui/widgets/device_combo.h"
#include "ui/widgets/number_field.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/searchable_combo.h"
#include "ui/widgets/segmented_switch.h"

#include <QApplication>
#include <QCheckBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QProcess>
#include <QRadioButton>
#include <QScrollArea>
#include <QSlider>

#include <functional>

namespace lathe::ui {

namespace {

QString latin(const char* text) { return QString::fromUtf8(text); }

struct Control {
  const char* name;
  std::function<QWidget*()> make;
  bool hasProblem = false; // knows a wrong value
};

template <class Widget>
std::function<QWidget*()> maker(std::function<void(Widget*)> dress) {
  return [dress] {
    auto* widget = new Widget;
    dress(widget);
    return widget;
  };
}

void fillChoices(QComboBox* box) {
  box->addItems({latin("cosine"), latin("linear"), latin("constant")});
  box->setMinimumContentsLength(6);
}

std::function<QWidget*()> button(const char* text, ButtonKind kind) {
  return [text, kind] { return new Button(latin(text), kind); };
}

QList<Control> controls() {
  return {
      {"Button", button("Pause", ButtonKind::Normal)},
      {"Button, primary", button("Start", ButtonKind::Primary)},
      {"Button, danger", button("Stop", ButtonKind::Danger)},
      {"Button, quiet", button("More", ButtonKind::Quiet)},
      {"Icon button", [] { return new IconButton(IconName::Save, latin("Save")); }},
      {"Link button", [] { return new LinkButton(latin("review")); }},
      {"Switch", [] { return new SegmentedSwitch({{latin("a"), latin("LoRA"), {}}, {latin("b"), latin("Full"), {}}}); }},
      {"Number with unit", maker<NumberField>([](NumberField* f) { f->setRange(1, 1e6); f->setValue(8192); f->setSuffix(latin("tokens")); }), true},
      {"Text", maker<QLineEdit>([](QLineEdit* e) { e->setText(latin("support tone")); }), true},
      {"Choice", maker<QComboBox>(fillChoices)},
      {"Searchable choice", maker<SearchableCombo>(fillChoices)},
      {"Device", maker<DeviceCombo>([](DeviceCombo* d) { d->setDevices({{latin("cuda:0"), latin("H200"), 9e10, {}}, {latin("cpu"), latin("CPU"), 1e10, {}}}); })},
      {"Path", [] {
         auto* field = new PathField(PathField::Kind::File);
         field->setPath(latin("/data/support.jsonl"));
         named(field->edit(), latin("Path"));
         return field;
       }},
      {"Check box", maker<QCheckBox>([](QCheckBox* b) { b->setText(latin("on")); b->setChecked(true); })},
      {"Radio button", maker<QRadioButton>([](QRadioButton* b) { b->setText(latin("one")); b->setChecked(true); })},
      {"Slider", maker<QSlider>([](QSlider* s) { s->setOrientation(Qt::Horizontal); s->setValue(60); })},
      {"Chips", maker<ChipList>([](ChipList* c) { c->setChips({latin("q_proj"), latin("v_proj")}); c->setTicked({latin("q_proj")}); })},
  };
}

/// Down to the part that paints the state: chips, the text line of a path.
void showState(QWidget* widget, QStyle::State state) {
  style::showAs(widget, state);
  for (QWidget* child : widget->findChildren<QWidget*>())
    if (child->focusPolicy() != Qt::NoFocus) {
      style::showAs(child, state);
      return;
    }
}

void showProblem(QWidget* widget) {
  if (auto* number = qobject_cast<NumberField*>(widget)) {
    number->setText(latin("many"));
    Q_EMIT number->textEdited(number->text());
  }
  widget->setProperty("latheProblem", true);
}

} // namespace

GallerySheet::GallerySheet(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this)) {
  m_column->setContentsMargins(space::k24, space::k16, space::k24, space::k24);
  m_column->setSpacing(space::k16);
  addStates();
  addTellers();
  addMemory();
  addCharts();
  addColours();
  addType();
  addIcons();
}

QVBoxLayout* GallerySheet::addSection(const char* title, const char* note) {
  auto* card = new Card;
  auto* section = card->addSection(latin(title));
  section->setSummary(latin(note));
  m_column->addWidget(card);
  return section->content();
}

void GallerySheet::addStates() {
  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(space::k16);
  grid->setVerticalSpacing(space::k8);
  const char* const kHeads[] = {"", "normal", "under the pointer", "with the focus", "disabled", "wrong value"};
  for (int column = 0; column < 6; ++column) {
    grid->addWidget(new TextLabel(latin(kHeads[column]), TextRole::Caption), 0, column);
    grid->setColumnStretch(column, column == 0 ? 0 : 1);
  }
  int row = 1;
  const auto all = controls();
  for (const Control& control : all) {
    grid->addWidget(new TextLabel(latin(control.name), TextRole::Muted), row, 0);
    for (int state = 0; state < (control.hasProblem ? 5 : 4); ++state) {
      QWidget* widget = control.make();
      if (widget->accessibleName().isEmpty())
        widget->setAccessibleName(latin(control.name) + QStringLiteral(", ") + latin(kHeads[state + 1]));
      if (state == 1)
        showState(widget, QStyle::State_MouseOver);
      if (state == 2)
        showState(widget, QStyle::State_HasFocus | QStyle::State_KeyboardFocusChange);
      widget->setEnabled(state != 3);
      if (state == 4)
        showProblem(widget);
      const bool grows = qobject_cast<QLineEdit*>(widget) || widget->sizePolicy().horizontalPolicy() == QSizePolicy::Expanding || control.name == latin("Path");
      grid->addWidget(widget, row, state + 1, grows ? Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    }
    ++row;
  }
  addSection("Controls", "hover and focus are shown as if")->addLayout(grid);
}

GalleryWindow::GalleryWindow(Style& style, int scalePercent) {
  setWindowTitle(latin("Lathe: gallery"));
  resize(1280, 800);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  auto* header = new PageHeader(latin("Gallery"));
  header->setContentsMargins(space::k24, space::k12, space::k24, 0);
  auto* theme = new SegmentedSwitch({{latin("light"), latin("Light"), {}}, {latin("dark"), latin("Dark"), {}}});
  theme->setObjectName(latin("gallery_theme"));
  theme->setCurrent(Style::theme().dark ? latin("dark") : latin("light"));
  header->addAction(named(theme, latin("Theme")));
  auto* scale = new SegmentedSwitch({{latin("100"), latin("100 %"), {}}, {latin("150"), latin("150 %"), {}}, {latin("200"), latin("200 %"), {}}});
  scale->setObjectName(latin("gallery_scale"));
  scale->setCurrent(QString::number(scalePercent));
  header->addAction(named(scale, latin("Scale")));
  auto* scroll = new QScrollArea;
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setWidget(new GallerySheet);
  column->addWidget(header);
  column->addWidget(scroll, 1);
  connect(theme, &SegmentedSwitch::chosen, this, [&style](const QString& key) { style.setMode(key == latin("dark") ? ThemeMode::Dark : ThemeMode::Light); });
  connect(scale, &SegmentedSwitch::chosen, this, [this](const QString& key) { Q_EMIT scaleRequested(key.toInt()); });
}

namespace {

QString argumentAfter(int argc, char** argv, const char* option, const char* otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (qstrcmp(argv[i], option) == 0)
      return latin(argv[i + 1]);
  return latin(otherwise);
}

} // namespace

bool wantsGallery(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc, [](const char* argument) { return qstrcmp(argument, "--gallery") == 0; });
}

int runGallery(int& argc, char** argv) {
  const int scale = std::clamp(argumentAfter(argc, argv, "--scale", "100").toInt(), 100, 200);
  if (scale != 100)
    qputenv("QT_SCALE_FACTOR", QByteArray::number(scale / 100.0)); // read when the application is made
  QApplication app(argc, argv);
  Style style(app);
  style.setMode(argumentAfter(argc, argv, "--theme", "light") == latin("dark") ? ThemeMode::Dark : ThemeMode::Light);
  GalleryWindow window(style, scale);
  QObject::connect(&window, &GalleryWindow::scaleRequested, &app, [](int percent) {
    qunsetenv("QT_SCALE_FACTOR");
    const QString theme = Style::theme().dark ? latin("dark") : latin("light");
    QProcess::startDetached(QApplication::applicationFilePath(), {latin("--gallery"), latin("--theme"), theme, latin("--scale"), QString::number(percent)});
    QApplication::quit();
  });
  window.show();
  return QApplication::exec();
}

} // namespace lathe::ui
