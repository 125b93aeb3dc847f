// SPDX-License-Identifier: GPL-3.0-or-later
// LinePlot: mouse, keyboard, menu and looks.
#include "ui/charts/line_plot_private.h"
#include "ui/charts/plot_legend.h"

#include "ui/style/style.h"
#include "ui/widgets/prompt_service.h"

#include <QDialog>
#include <QKeyEvent>
#include <QMenu>
#include <QMetaMethod>
#include <QMouseEvent>
#include <QVBoxLayout>
#include <QWheelEvent>

#include <cmath>

namespace lathe::ui {

void LinePlot::moveTo(double from, double to) {
  const auto [lower, upper] = dataXRange();
  const double span = std::max(upper - lower, 1e-9);
  if (to - from < span * 1e-6 || to - from > span * 20)
    return;
  if (d->following) {
    d->following = false;
    Q_EMIT followingChanged(false);
  }
  d->plot->xAxis->setRange(from, to);
  markDirty();
  Q_EMIT rangeChanged(from, to);
}

void LinePlot::zoomAt(double x, double factor) {
  const auto [from, to] = xRange();
  moveTo(x - (x - from) * factor, x + (to - x) * factor);
}

bool LinePlot::eventFilter(QObject* object, QEvent* event) {
  if (object != d->plot)
    return QWidget::eventFilter(object, event);
  switch (event->type()) {
  case QEvent::Wheel: {
    auto* wheel = static_cast<QWheelEvent*>(event);
    if (wheel->angleDelta().y() != 0)
      zoomAt(d->plot->xAxis->pixelToCoord(wheel->position().x()), std::pow(0.85, wheel->angleDelta().y() / 120.0));
    return true;
  }
  case QEvent::MouseButtonPress:
  case QEvent::MouseMove:
  case QEvent::MouseButtonRelease:
  case QEvent::MouseButtonDblClick:
    return mouseEvent(static_cast<QMouseEvent*>(event));
  case QEvent::Leave:
    Q_EMIT unhovered();
    return false;
  case QEvent::FocusIn:
    describe();
    return false;
  case QEvent::KeyPress:
    return keyEvent(static_cast<QKeyEvent*>(event));
  case QEvent::ContextMenu:
    openMenu(static_cast<QContextMenuEvent*>(event)->globalPos());
    return true;
  case QEvent::Resize:
    d->dirty = true;
    if (!d->timer.isActive())
      d->timer.start(0);
    return false;
  default:
    return false;
  }
}

bool LinePlot::mouseEvent(QMouseEvent* event) {
  const double x = d->plot->xAxis->pixelToCoord(event->position().x());
  switch (event->type()) {
  case QEvent::MouseButtonDblClick:
    follow();
    return true;
  case QEvent::MouseButtonPress:
    if (event->button() != Qt::LeftButton)
      return false;
    d->plot->setFocus(Qt::MouseFocusReason);
    d->pressed = true;
    d->moved = false;
    d->brushing = event->modifiers() & Qt::ShiftModifier;
    d->pressedAt = event->position();
    std::tie(d->pressedFrom, d->pressedTo) = xRange();
    return true;
  case QEvent::MouseMove: {
    Q_EMIT hovered(x);
    if (!d->pressed)
      return true;
    if (!d->moved && (event->position() - d->pressedAt).manhattanLength() < 4)
      return true;
    d->moved = true;
    const double perPixel = (d->pressedTo - d->pressedFrom) / std::max(1, d->plot->axisRect()->width());
    const double shift = (event->position().x() - d->pressedAt.x()) * perPixel;
    if (d->brushing) {
      d->brush = std::minmax(d->plot->xAxis->pixelToCoord(d->pressedAt.x()), x);
      d->plot->layer(QStringLiteral("overlay"))->replot();
    } else {
      moveTo(d->pressedFrom - shift, d->pressedTo - shift);
    }
    return true;
  }
  case QEvent::MouseButtonRelease:
    if (!d->pressed)
      return false;
    d->pressed = false;
    if (!d->moved)
      Q_EMIT pointActivated(x);
    if (const auto brush = std::exchange(d->brush, std::nullopt)) {
      d->plot->layer(QStringLiteral("overlay"))->replot();
      moveTo(brush->first, brush->second);
    }
    return true;
  default:
    return false;
  }
}

bool LinePlot::keyEvent(QKeyEvent* event) {
  const auto [from, to] = xRange();
  const double middle = (from + to) / 2, part = (to - from) / 10;
  switch (event->key()) {
  case Qt::Key_Left:
    moveTo(from - part, to - part);
    return true;
  case Qt::Key_Right:
    moveTo(from + part, to + part);
    return true;
  case Qt::Key_Plus:
  case Qt::Key_Equal:
    zoomAt(middle, 0.8);
    return true;
  case Qt::Key_Minus:
    zoomAt(middle, 1.25);
    return true;
  case Qt::Key_Home:
  case Qt::Key_0:
    follow();
    return true;
  case Qt::Key_Return:
  case Qt::Key_Enter: // where the crosshair is, else the newest point in sight
    Q_EMIT pointActivated(d->crosshair.value_or(std::clamp(dataXRange().second, from, to)));
    return true;
  case Qt::Key_L:
    setLogY(!logY());
    return true;
  case Qt::Key_T:
    showTable();
    return true;
  default:
    return false;
  }
}

void LinePlot::openMenu(const QPoint& global) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  QAction* following = menu->addAction(tr("Show all and follow") + QStringLiteral("\tHome"), this, [this] { follow(); });
  following->setCheckable(true);
  following->setChecked(isFollowing());
  QAction* log = menu->addAction(tr("Logarithmic scale") + QStringLiteral("\tL"), this, [this] { setLogY(!logY()); });
  log->setCheckable(true);
  log->setChecked(logY());
  menu->addSeparator();
  menu->addAction(tr("Show as a table") + QStringLiteral("\tT"), this, [this] { showTable(); });
  if (d->prompts || isSignalConnected(QMetaMethod::fromSignal(&LinePlot::exportRequested)))
    menu->addAction(tr("Export…"), this, [this] {
      if (!d->prompts) {
        Q_EMIT exportRequested();
        return;
      }
      const QString filter = tr("Picture (*.png);;Drawing (*.svg);;Table (*.csv)");
      if (const auto path = d->prompts->saveFile(this, tr("Export the chart"), title() + QStringLiteral(".png"), filter))
        exportTo(*path);
    });
  menu->popup(global);
}

void LinePlot::showTable() {
  auto* dialog = new QDialog(window());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title());
  dialog->resize(520, 480);
  auto* all = new QVBoxLayout(dialog);
  auto* text = new TextLabel(summaryText(), TextRole::Muted, dialog);
  text->setWordWrap(true);
  text->setCopyable(true);
  all->addWidget(text);
  all->addWidget(makeTable(dialog));
  dialog->show();
}

void LinePlot::setPrompts(PromptService* prompts) { d->prompts = prompts; }

void LinePlot::applyTheme() {
  const Theme& t = Style::theme();
  d->plot->setBackground(QBrush(t.raised));
  const QFont font = style::uiFont(10);
  for (QCPAxis* axis : {d->plot->xAxis, d->plot->yAxis}) {
    axis->setBasePen(QPen(Qt::NoPen));
    axis->setTickPen(QPen(Qt::NoPen));
    axis->setSubTicks(false);
    axis->setTickLength(0, 0);
    axis->setTickLabelPadding(axis == d->plot->xAxis ? 3 : 6);
    axis->setNumberFormat(QStringLiteral("g")); // labels are texts of our tickers; "gb" would set exponents
    axis->setTickLabelFont(font);
    axis->setTickLabelColor(t.muted);
    axis->grid()->setPen(QPen(t.grid, 1));
    axis->grid()->setZeroLinePen(QPen(t.grid, 1));
    axis->grid()->setSubGridVisible(false);
  }
  d->plot->xAxis->grid()->setVisible(false);
  markDirty();
}

void LinePlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange)
    applyTheme();
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

void LinePlot::retranslate() {
  d->menu->setName(tr("Chart options"));
  d->menu->setAccessibleName(tr("Options of the chart %1").arg(title()));
  setAccessibleName(title());
  d->plot->setAccessibleName(tr("Chart: %1").arg(title()));
  describe();
}

/// For who hears the chart: what it shows now, then the keys.
void LinePlot::describe() {
  d->plot->setAccessibleDescription(summaryText() + QLatin1Char('\n') +
                                    tr("Arrow keys pan, plus and minus zoom, Home shows everything, L changes the scale, T shows the values as a table."));
}

void LinePlot::showLegend() {
  if (d->legend)
    return;
  d->legend = new PlotLegend(this);
  d->legend->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  d->head->insertWidget(1, d->legend);
}

PlotLegend* LinePlot::legend() const { return d->legend; }

void LinePlot::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  style::drawBox(painter, rect(), Style::theme().raised, d->plot->hasFocus() ? Style::theme().accentSoftBorder : Style::theme().border);
}

void LinePlot::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  d->dirty = true;
  d->timer.start(0);
}

} // namespace lathe::ui
