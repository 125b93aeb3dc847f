// SPDX-License-Identifier: GPL-3.0-or-later
// The gallery's sections that have no states: what tells, memory, charts, colours, type, icons.
#include "ui/gallery/gallery.h"

#include "ui/charts/line_plot.h"
#include "ui/charts/plot_legend.h"
#include "ui/style/color_maps.h"
#include "ui/style/format.h"
#include "ui/style/series_look.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/stacked_bar.h"
#include "ui/widgets/token_chips_view.h"

#include <QHBoxLayout>
#include <QPainter>

#include <cmath>
#include <functional>

namespace lathe::ui {

namespace {

QString utf8(const char* text) { return QString::fromUtf8(text); }

/// Paints itself by a function; follows the theme.
class Swatch : public QWidget {
 public:
  Swatch(QSize size, const QString& name, std::function<void(QPainter&, QRect)> paint) : m_paint(std::move(paint)) {
    setFixedSize(size);
    setAccessibleName(name);
    setToolTip(name);
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    m_paint(painter, rect());
  }

 private:
  std::function<void(QPainter&, QRect)> m_paint;
};

QHBoxLayout* rowOf(std::initializer_list<QWidget*> widgets) {
  auto* row = new QHBoxLayout;
  row->setSpacing(space::k8);
  for (QWidget* widget : widgets)
    row->addWidget(widget);
  row->addStretch(1);
  return row;
}

struct NamedColour {
  const char* name;
  QColor Theme::*color;
};

constexpr NamedColour kColours[] = {
    {"background", &Theme::background}, {"surface", &Theme::surface}, {"raised", &Theme::raised}, {"hover", &Theme::hover}, {"track", &Theme::track},
    {"border", &Theme::border}, {"borderStrong", &Theme::borderStrong}, {"text", &Theme::text}, {"muted", &Theme::muted}, {"disabled", &Theme::disabled},
    {"accent", &Theme::accent}, {"accentInk", &Theme::accentInk}, {"accentFill", &Theme::accentFill}, {"accentSoft", &Theme::accentSoft},
    {"good", &Theme::good}, {"warn", &Theme::warn}, {"bad", &Theme::bad}, {"goodSoft", &Theme::goodSoft}, {"warnSoft", &Theme::warnSoft}, {"badSoft", &Theme::badSoft}};

std::vector<api::TokenChip> someTokens() {
  std::vector<api::TokenChip> out;
  int64_t id = 100;
  for (const auto& [text, supervised] : {std::pair{"<|user|>", false}, {"My", false}, {" parcel", false}, {" is", false}, {" late", false}, {"<|assistant|>", false}, {"I", true}, {"'m", true}, {" sorry", true}, {"<|end|>", true}})
    out.push_back({id++, text, supervised, text[0] == '<'});
  return out;
}

} // namespace

void GallerySheet::addTellers() {
  auto* column = addSection("What tells", "banner, pill, badge, check, empty state, token chips");
  for (const auto& [tone, text] : {std::pair{Tone::Info, "The engine has been updated."}, {Tone::Good, "The run is finished."}, {Tone::Warn, "Loss spike at step 696."}, {Tone::Error, "The engine has stopped."}}) {
    auto* banner = new Banner(tone);
    banner->setText(utf8(text), utf8("One sentence with numbers and what to do."));
    banner->setAction(utf8("Show it"));
    banner->setClosable(true);
    column->addWidget(banner);
  }
  auto* pills = new QHBoxLayout;
  pills->setSpacing(space::k8);
  for (const auto state : {api::RunState::Queued, api::RunState::Preparing, api::RunState::Running, api::RunState::Paused, api::RunState::Stopping,
                           api::RunState::Finished, api::RunState::Stopped, api::RunState::Failed, api::RunState::Interrupted})
    pills->addWidget(new StatePill(state));
  pills->addStretch(1);
  column->addLayout(pills);
  column->addWidget(new CheckRow(Tone::Good, utf8("Disk: 0.4 GiB needed, 812 GiB free")));
  column->addWidget(new CheckRow(Tone::Warn, utf8("31 near-duplicates in the training data:"), utf8("review")));
  column->addWidget(new CheckRow(Tone::Error, utf8("The validation file does not exist.")));
  auto* chips = new TokenChipsView;
  chips->setTokens(someTokens());
  chips->setAccessibleName(utf8("Tokens"));
  column->addWidget(chips);
  column->addWidget(new EmptyState(IconName::Runs, utf8("No runs yet"), utf8("A run appears here as soon as it starts."), utf8("Set up a run")));
}

void GallerySheet::addMemory() {
  auto* column = addSection("Memory, progress, trend");
  const double g = 1024.0 * 1024 * 1024;
  QList<MemoryPart> parts;
  for (int i = 0; i < kMemoryCategories; ++i)
    parts.append({static_cast<MemoryCategory>(i), (i + 1) * 0.8 * g});
  auto* bar = new StackedBar;
  bar->setParts(parts, 80 * g);
  column->addWidget(bar);
  auto* over = new StackedBar;
  over->setParts(parts, 50 * g);
  column->addWidget(over);
  auto* legend = new MemoryLegend;
  legend->setParts(parts);
  column->addWidget(legend);
  for (const double share : {0.0, 0.43, 1.0, std::nan("")}) {
    auto* progress = new ThinProgress;
    progress->setShare(share);
    column->addWidget(progress);
  }
  auto* spark = new Sparkline;
  spark->setValues({3, 2.6, 2.2, 2.3, 1.7, 1.5, 1.4, 1.45, 1.2});
  auto* figure = new Figure(utf8("Loss"));
  figure->setValue(utf8("1.042"), utf8("nats"));
  column->addLayout(rowOf({spark, figure}));
}

void GallerySheet::addCharts() {
  auto* column = addSection("Charts", "ten series: colour, dash and marker");
  auto* plot = new LinePlot(utf8("Loss of ten runs"));
  plot->setMinimumHeight(280);
  for (int k = 0; k < 10; ++k) {
    SeriesOptions options;
    options.name = utf8("run ") + QString::number(k + 1);
    options.style = SeriesStyle::RawAndSmooth;
    options.color = k;
    plot->addSeries(options);
    for (int step = 0; step < 400; ++step)
      plot->append(k, {double(step), step * 8192.0, step * 2.0}, 1 + 0.12 * k + 1.6 * std::exp(-step / (60.0 + 9 * k)) + 0.02 * std::sin(step * (1.3 + k)));
  }
  column->addWidget(plot);
  column->addWidget(new PlotLegend(plot));
}

void GallerySheet::addColours() {
  auto* column = addSection("Colours", "colour literals exist in ui/style only");
  auto* flow = new QWidget;
  auto* layout = new FlowLayout(flow, space::k8);
  for (const NamedColour& colour : kColours)
    layout->addWidget(new Swatch({112, 40}, utf8(colour.name), [colour](QPainter& painter, QRect rect) {
      const Theme& t = Style::theme();
      style::drawBox(painter, rect, t.*colour.color, t.border, size::kRadiusSmall);
      painter.setPen(style::inkOn(t.*colour.color));
      painter.setFont(style::uiFont(size::kCaption));
      painter.drawText(rect, Qt::AlignCenter, utf8(colour.name));
    }));
  column->addWidget(flow);
  auto* series = new QWidget;
  auto* looks = new FlowLayout(series, space::k8);
  for (int i = 0; i < 10; ++i)
    looks->addWidget(new Swatch({80, 28}, utf8("series ") + QString::number(i), [i](QPainter& painter, QRect rect) {
      const SeriesLook look = style::seriesLook(i);
      painter.setRenderHint(QPainter::Antialiasing);
      painter.setPen(style::seriesPen(look, 2));
      painter.drawLine(QPointF(4, rect.center().y()), QPointF(rect.width() - 4, rect.center().y()));
      style::drawMarker(painter, QPointF(rect.center()), look, 4);
    }));
  column->addWidget(series);
  const auto map = [](const char* name, double from, auto colorOf) {
    return new Swatch({420, 26}, utf8(name), [from, colorOf, name](QPainter& painter, QRect rect) {
      for (int x = 0; x < rect.width(); ++x)
        painter.fillRect(QRect(x, 0, 1, rect.height()), colorOf(from + (1 - from) * x / (rect.width() - 1), Style::theme()));
      painter.setFont(style::uiFont(size::kCaption));
      painter.setPen(style::inkOn(colorOf(from, Style::theme())));
      painter.drawText(rect.adjusted(8, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, utf8(name));
    });
  };
  column->addLayout(rowOf({map("sequential", 0, style::sequentialColor), map("diverging", -1, style::divergingColor)}));
}

void GallerySheet::addType() {
  auto* column = addSection("Type", "interface font with tabular figures, monospace for tokens and logs");
  const std::pair<const char*, TextRole> roles[] = {{"Page title 0123456789", TextRole::Title}, {"Value 61.2 GiB", TextRole::Value}, {"Strong", TextRole::Strong},
                                                    {"Heading", TextRole::Heading}, {"Body text 0123456789 · 每个适配器的内部维度", TextRole::Body}, {"Muted help · 加倍则适配器内存加倍", TextRole::Muted},
                                                    {"Caption 11 px", TextRole::Caption}, {"lathe train spec.json", TextRole::Mono}, {"Good", TextRole::Good}, {"Warn", TextRole::Warn},
                                                    {"Bad", TextRole::Bad}, {"Accent", TextRole::Accent}};
  for (const auto& [text, role] : roles)
    column->addWidget(new TextLabel(utf8(text), role));
}

void GallerySheet::addIcons() {
  auto* column = addSection("Icons", "20 px lines in the colour of their role");
  auto* flow = new QWidget;
  auto* layout = new FlowLayout(flow, space::k12);
  for (int i = 0; i < kIconCount; ++i)
    layout->addWidget(new Swatch({24, 24}, utf8(style::iconFile(static_cast<IconName>(i))), [icon = style::icon(static_cast<IconName>(i), IconRole::Text)](QPainter& painter, QRect rect) { icon.paint(&painter, rect); }));
  column->addWidget(flow);
}

} // namespace lathe::ui
