// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/dataset_view.h"

#include "ui/bridge/session.h"
#include "ui/data/data_texts.h"
#include "ui/data/open_dataset.h"
#include "ui/data/quality_view.h"
#include "ui/data/roles_view.h"
#include "ui/data/rows_view.h"
#include "ui/data/statistics_view.h"
#include "ui/data/token_choices.h"
#include "ui/models/format.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/segmented_switch.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QStackedWidget>

namespace lathe::ui {

DatasetView::DatasetView(Session& session, PromptService& prompts, WindowSettings& settings, QWidget* parent)
    : QWidget(parent), m_session(session), m_choices(new TokenChoices(*session.models(), settings)), m_dataset(new OpenDataset(session, *m_choices, this)),
      m_name(new ElidedLabel({}, TextRole::Value)), m_about(new ElidedLabel({}, TextRole::Caption)), m_remove(new Button(IconName::Trash, {}, ButtonKind::Normal)), m_problem(new Banner(Tone::Error)),
      m_tabs(new SegmentedSwitch), m_state(new TextLabel({}, TextRole::Caption)), m_stack(new QStackedWidget), m_rows(new RowsView(session, *m_dataset)),
      m_roles(new RolesView(session, *m_dataset)), m_statistics(new StatisticsView(session, *m_dataset, *m_choices)), m_quality(new QualityView(session, prompts, *m_dataset)) {
  setObjectName(QStringLiteral("dataset_view"));
  m_name->setObjectName(QStringLiteral("dataset_name"));
  m_about->setObjectName(QStringLiteral("dataset_about"));
  m_remove->setObjectName(QStringLiteral("dataset_remove"));
  m_problem->setObjectName(QStringLiteral("dataset_problem"));
  m_tabs->setObjectName(QStringLiteral("dataset_tabs"));
  m_state->setObjectName(QStringLiteral("dataset_state"));
  auto* titles = new QVBoxLayout;
  titles->setSpacing(0);
  titles->addWidget(m_name);
  titles->addWidget(m_about);
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k8);
  head->addLayout(titles, 1);
  head->addWidget(m_remove, 0, Qt::AlignTop);
  auto* tabs = new QHBoxLayout;
  tabs->setSpacing(space::k12);
  tabs->addWidget(m_tabs);
  tabs->addWidget(m_state, 1, Qt::AlignRight | Qt::AlignVCenter);
  for (QWidget* view : {static_cast<QWidget*>(m_rows), static_cast<QWidget*>(m_roles), static_cast<QWidget*>(m_statistics), static_cast<QWidget*>(m_quality)})
    m_stack->addWidget(view);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(space::k12, 0, 0, 0);
  column->setSpacing(space::k8);
  column->addLayout(head);
  column->addWidget(m_choices);
  column->addWidget(m_problem);
  column->addLayout(tabs);
  column->addWidget(m_stack, 1);
  connectParts();
  retranslate();
  showTab(QStringLiteral("rows"));
}

void DatasetView::connectParts() {
  connect(m_remove, &Button::clicked, this, &DatasetView::removeRequested);
  connect(m_tabs, &SegmentedSwitch::chosen, this, &DatasetView::showTab);
  connect(m_choices, &TokenChoices::changed, this, [this] {
    m_rows->tokensChanged();
    m_roles->tokensChanged();
    m_statistics->tokensChanged();
    m_quality->tokensChanged();
  });
  connect(m_dataset, &OpenDataset::reset, this, &DatasetView::showDataset);
  connect(m_dataset, &OpenDataset::opened, this, &DatasetView::showDataset);
  connect(m_dataset, &OpenDataset::grew, this, &DatasetView::showDataset);
  connect(m_dataset, &OpenDataset::failed, this, [this] {
    showDataset();
    if (m_dataset->detail()) // the columns are known: the remedy is there
      showTab(QStringLiteral("roles"));
  });
  const auto toRow = [this](qint64 row) {
    showTab(QStringLiteral("rows"));
    m_rows->showRow(row);
  };
  connect(m_statistics, &StatisticsView::rowRequested, this, toRow);
  connect(m_quality, &QualityView::rowRequested, this, toRow);
  connect(m_session.models(), &QAbstractItemModel::modelReset, m_choices, &TokenChoices::refreshModels);
  connect(&m_session, &Session::modelsRead, m_choices, &TokenChoices::refreshModels);
}

void DatasetView::showTab(const QString& key) {
  m_tabs->setCurrent(key);
  const QStringList keys = {QStringLiteral("rows"), QStringLiteral("roles"), QStringLiteral("statistics"), QStringLiteral("quality")};
  m_stack->setCurrentIndex(std::max<int>(0, static_cast<int>(keys.indexOf(key))));
  if (key == QStringLiteral("statistics"))
    m_statistics->looked();
}

void DatasetView::showDataset() {
  const api::DatasetSummary& entry = m_dataset->entry();
  const auto& detail = m_dataset->detail();
  m_name->setText(fromStd(entry.name));
  m_about->setText(fromStd(entry.path));
  m_remove->setEnabled(!entry.bundled);
  m_remove->setToolTip(entry.bundled ? tr("It came with Lathe and stays in the list.") : tr("Take it out of the list; the file stays"));
  showProblem();
  if (!detail || !m_dataset->problem().isEmpty())
    m_state->setText(m_dataset->problem().isEmpty() && m_dataset->isOpen() ? tr("Reading…") : QString());
  else if (m_dataset->isCounting())
    m_state->setText(tr("The first %1 rows; reading the others…").arg(format::grouped(detail->readableRows)));
  else
    m_state->setText(QStringList{datatext::rows(detail->summary.rows, detail->summary.exact), datatext::layout(detail->summary.layout)}.join(QStringLiteral(" · ")));
}

void DatasetView::showProblem() {
  m_problem->setVisible(!m_dataset->problem().isEmpty());
  m_problem->setText(m_dataset->problem());
}

void DatasetView::retranslate() {
  m_remove->setText(tr("Remove"));
  const QString chosen = m_tabs->current();
  m_tabs->setChoices({{QStringLiteral("rows"), tr("Rows"), tr("Every row as a conversation and as tokens"), true},
                      {QStringLiteral("roles"), tr("Roles"), tr("Which column plays which part"), true},
                      {QStringLiteral("statistics"), tr("Statistics"), tr("Lengths, what is learned, and how rows are packed"), true},
                      {QStringLiteral("quality"), tr("Quality"), tr("Unreadable rows, duplicates, leakage into validation"), true}});
  m_tabs->setCurrent(chosen.isEmpty() ? QStringLiteral("rows") : chosen);
  named(m_tabs, tr("What to show of the dataset"));
  showDataset();
}

void DatasetView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
