// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/compare_view.h"

#include "ui/bridge/session.h"
#include "ui/models/format.h"
#include "ui/runs/compare_charts.h"
#include "ui/runs/runs_delegate.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QShortcut>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

constexpr int kCompareRow = 26, kTitleColumn = 176, kLeastColumn = 128, kResultsEveryMs = 250, kLeastCharts = 310;

} // namespace

CompareView::CompareView(Session& session, PromptService& prompts, QWidget* parent)
    : QWidget(parent), m_session(session), m_prompts(prompts), m_header(new PageHeader), m_axis(new SegmentedSwitch), m_follow(new Button({}, ButtonKind::Quiet)),
      m_back(new Button(IconName::ChevronLeft, {})), m_banner(new Banner(Tone::Error)), m_caption(new TextLabel({}, TextRole::Caption)), m_fields(new SegmentedSwitch),
      m_table(new QTableView) {
  setObjectName(QStringLiteral("runs_compare_view"));
  m_axis->setObjectName(QStringLiteral("compare_axis"));
  m_follow->setObjectName(QStringLiteral("compare_follow"));
  m_back->setObjectName(QStringLiteral("compare_back"));
  m_caption->setObjectName(QStringLiteral("compare_caption"));
  m_fields->setObjectName(QStringLiteral("compare_fields"));
  for (QWidget* action : {static_cast<QWidget*>(m_follow), static_cast<QWidget*>(m_axis), static_cast<QWidget*>(m_back)})
    m_header->addAction(action);
  m_follow->hide();
  m_banner->hide();
  buildLayout();
  connectParts();
  retranslate();
}

void CompareView::buildLayout() {
  auto* top = new QWidget;
  top->setMinimumHeight(kLeastCharts);
  m_chartPlace = new QVBoxLayout(top);
  m_chartPlace->setContentsMargins(0, 0, 0, space::k8);
  buildTable();
  auto* bottom = new QWidget;
  auto* below = new QVBoxLayout(bottom);
  below->setContentsMargins(0, space::k8, 0, 0);
  below->setSpacing(space::k8);
  auto* head = new QHBoxLayout;
  head->addWidget(m_caption);
  head->addStretch();
  head->addWidget(m_fields);
  below->addLayout(head);
  below->addWidget(m_table, 1);
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->setObjectName(QStringLiteral("compare_splitter"));
  splitter->setChildrenCollapsible(false);
  splitter->addWidget(top);
  splitter->addWidget(bottom);
  splitter->setStretchFactor(0, 1); // the charts take what a larger window gives
  splitter->setSizes({620, 380});
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k12);
  column->addWidget(m_header);
  column->addWidget(m_banner);
  column->addWidget(splitter, 1);
}

void CompareView::connectParts() {
  connect(m_axis, &SegmentedSwitch::chosen, this, [this](const QString& key) {
    m_charts->setXAxis(key == QStringLiteral("tokens") ? XAxis::Tokens : key == QStringLiteral("time") ? XAxis::Time : XAxis::Step);
  });
  connect(m_fields, &SegmentedSwitch::chosen, this, [this](const QString& key) {
    m_model.setOnlyDifferences(key == QStringLiteral("differences"));
    showTable();
  });
  connect(m_follow, &Button::clicked, this, [this] { m_charts->group()->follow(); });
  connect(m_back, &Button::clicked, this, &CompareView::closed);
  (new QShortcut(Qt::Key_Escape, this, [this] { Q_EMIT closed(); }))->setContext(Qt::WidgetWithChildrenShortcut);
  m_later.setSingleShot(true);
  m_later.setInterval(kResultsEveryMs);
  connect(&m_later, &QTimer::timeout, &m_model, &CompareModel::readResults);
  if (Style::current())
    connect(Style::current(), &Style::changed, this, &CompareView::showSamples);
}

void CompareView::buildTable() {
  m_table->setObjectName(QStringLiteral("compare_table"));
  m_table->setHorizontalHeader(new RunsHeader(m_table, 3));
  m_table->setModel(&m_model);
  m_table->setShowGrid(false);
  m_table->setWordWrap(false);
  m_table->setTextElideMode(Qt::ElideMiddle);
  m_table->setTabKeyNavigation(false);
  m_table->setMinimumHeight(100);
  m_table->setCornerButtonEnabled(false);
  m_table->verticalHeader()->setDefaultSectionSize(kCompareRow);
  m_table->verticalHeader()->setMinimumWidth(kTitleColumn);
  m_table->verticalHeader()->setMaximumWidth(kTitleColumn);
  m_table->verticalHeader()->setSectionsClickable(false);
  m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  m_table->verticalHeader()->setTextElideMode(Qt::ElideMiddle);
}

void CompareView::open(const QStringList& runs) {
  leave();
  m_runs = runs.mid(0, kMostRuns);
  m_banner->hide();
  m_charts = new CompareCharts(m_session, &m_prompts, m_runs);
  m_chartPlace->addWidget(m_charts);
  m_charts->show();
  m_charts->setXAxis(m_axis->current() == QStringLiteral("tokens") ? XAxis::Tokens : m_axis->current() == QStringLiteral("time") ? XAxis::Time : XAxis::Step);
  m_model.setRuns(m_charts->histories());
  connect(m_charts, &CompareCharts::changed, &m_later, [this] {
    if (!m_later.isActive())
      m_later.start();
  });
  connect(m_charts, &CompareCharts::specsChanged, this, [this] {
    m_model.readSpecs();
    showTable();
  });
  connect(m_charts, &CompareCharts::failed, this, [this](const QString& message) {
    m_banner->setText(message);
    m_banner->show();
  });
  connect(m_charts->group(), &ChartGroup::followingChanged, m_follow, [this](bool following) { m_follow->setVisible(!following); });
  m_header->setContext(tr("%1 runs").arg(m_runs.size()));
  showSamples();
  showTable();
  if (LegendEntry* first = m_charts->legend()->entry(0))
    first->setFocus();
}

void CompareView::leave() {
  m_later.stop();
  m_model.setRuns({});
  delete m_charts;
  m_charts = nullptr;
  m_follow->hide();
}

void CompareView::showSamples() {
  if (!m_charts)
    return;
  QList<QPixmap> samples;
  for (int i = 0; i < m_runs.size(); ++i)
    samples << m_charts->sample(i);
  m_model.setSamples(samples);
}

void CompareView::showTable() {
  m_table->clearSpans();
  for (int row = 0; row < m_model.rowCount(); ++row)
    if (m_model.isSection(row) && m_model.columnCount() > 1)
      m_table->setSpan(row, 0, 1, m_model.columnCount());
  m_caption->setText(m_model.fields() == 0 ? tr("The specifications are being read.") : tr("%1 of %2 settings differ").arg(m_model.differing()).arg(m_model.fields()));
  fitColumns();
}

/// Side by side where there is room, otherwise as wide as a value needs, to be scrolled.
void CompareView::fitColumns() {
  const int columns = m_model.columnCount();
  if (columns == 0)
    return;
  const int room = m_table->width() - kTitleColumn - 2 * m_table->frameWidth() - 12;
  for (int column = 0; column < columns; ++column)
    m_table->setColumnWidth(column, std::max(kLeastColumn, room / columns));
}

void CompareView::retranslate() {
  m_header->setTitle(tr("Compare runs"));
  m_header->setContext(m_runs.isEmpty() ? QString() : tr("%1 runs").arg(m_runs.size()));
  m_back->setText(tr("Back to the runs"));
  m_back->setToolTip(tr("Back to the runs (Esc)"));
  m_follow->setText(tr("Show all"));
  m_follow->setToolTip(tr("Show the whole of every run again"));
  const QString axis = m_axis->current(), fields = m_fields->current();
  m_axis->setChoices({{QStringLiteral("step"), tr("step"), {}, true}, {QStringLiteral("tokens"), tr("tokens"), {}, true}, {QStringLiteral("time"), tr("time"), {}, true}});
  m_axis->setCurrent(axis.isEmpty() ? QStringLiteral("step") : axis);
  named(m_axis, tr("Horizontal axis of the charts"));
  m_fields->setChoices({{QStringLiteral("differences"), tr("Differences only"), tr("Only the settings in which the runs differ"), true},
                        {QStringLiteral("all"), tr("All settings"), tr("Every setting; those that differ are marked with ≠"), true}});
  m_fields->setCurrent(fields.isEmpty() ? QStringLiteral("differences") : fields);
  named(m_fields, tr("Which settings are shown"));
  named(m_table, tr("Results and settings of the compared runs"));
  m_model.retranslate();
  showTable();
}

void CompareView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

void CompareView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fitColumns();
}

} // namespace lathe::ui
