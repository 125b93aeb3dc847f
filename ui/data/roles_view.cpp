// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/roles_view.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/data/data_texts.h"
#include "ui/data/open_dataset.h"
#include "ui/data/row_view.h"
#include "ui/models/format.h"
#include "ui/widgets/card.h"

#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QHeaderView>
#include <QScrollArea>
#include <QTableWidget>

namespace lathe::ui {

namespace {

constexpr int kRolesPerLine = 2;

void clearGrid(QGridLayout& grid) {
  while (QLayoutItem* item = grid.takeAt(0)) {
    delete item->widget();
    delete item;
  }
}

} // namespace

RolesView::RolesView(Session& session, OpenDataset& dataset, QWidget* parent)
    : QWidget(parent), m_session(session), m_dataset(dataset), m_shape(new QComboBox), m_shapeBlock(new FieldBlock({}, m_shape)), m_parts(new QWidget), m_grid(new QGridLayout(m_parts)),
      m_reset(new LinkButton({})), m_learned(new TextLabel({}, TextRole::Muted)), m_columnsTitle(new TextLabel({}, TextRole::Strong)), m_firstTitle(new TextLabel({}, TextRole::Strong)),
      m_notes(new TextLabel({}, TextRole::Caption)), m_columns(new QTableWidget), m_first(new ConversationView) {
  setObjectName(QStringLiteral("data_roles_view"));
  m_shape->setObjectName(QStringLiteral("role_shape"));
  m_reset->setObjectName(QStringLiteral("roles_reset"));
  m_learned->setObjectName(QStringLiteral("roles_learned"));
  m_columns->setObjectName(QStringLiteral("data_columns"));
  m_first->setObjectName(QStringLiteral("roles_first"));
  m_learned->setWordWrap(true);
  m_notes->setWordWrap(true);
  m_grid->setContentsMargins(0, 0, 0, 0);
  m_grid->setHorizontalSpacing(space::k12);
  m_grid->setVerticalSpacing(space::k8);
  auto* right = new QVBoxLayout;
  right->setSpacing(space::k8);
  right->addWidget(m_firstTitle);
  right->addWidget(m_first, 1);
  auto* all = new QHBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(space::k12);
  all->addWidget(buildForm(), 3);
  all->addLayout(right, 2);
  connect(m_shape, &QComboBox::activated, this, [this] {
    showRoles(shape());
    edited();
  });
  connect(m_reset, &LinkButton::clicked, this, [this] { m_dataset.readAs("auto", Json::object()); });
  connect(&m_dataset, &OpenDataset::reset, this, &RolesView::showDetail);
  connect(&m_dataset, &OpenDataset::opened, this, &RolesView::showDetail);
  connect(&m_dataset, &OpenDataset::failed, this, &RolesView::showDetail);
  retranslate();
}

QWidget* RolesView::buildForm() {
  m_columns->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_columns->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_columns->setTabKeyNavigation(false);
  m_columns->setShowGrid(false);
  m_columns->setWordWrap(false);
  m_columns->verticalHeader()->hide();
  m_columns->setColumnCount(4);
  m_columns->horizontalHeader()->setStretchLastSection(true);
  m_columns->setMinimumHeight(110);
  auto* inside = new QWidget;
  auto* form = new QVBoxLayout(inside);
  form->setContentsMargins(0, 0, space::k8, 0);
  form->setSpacing(space::k8);
  form->addWidget(m_shapeBlock);
  form->addWidget(m_parts);
  form->addWidget(m_learned);
  form->addWidget(m_reset, 0, Qt::AlignLeft);
  form->addWidget(m_columnsTitle);
  form->addWidget(m_columns, 1);
  form->addWidget(m_notes);
  auto* scroll = new QScrollArea;
  scroll->setWidget(inside);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  return scroll;
}

std::string RolesView::shape() const {
  const std::string chosen = m_shape->currentData().toString().toStdString();
  if (chosen == "preference")
    return "messages";
  if (chosen == "lines" || chosen == "paragraphs" || chosen == "document")
    return "text";
  if (chosen != "auto")
    return chosen;
  const std::string found = m_dataset.detail() ? m_dataset.detail()->summary.shape : std::string();
  return found.empty() ? "alpaca" : found;
}

/// What the rows can be; of a plain text file, how it is cut into rows.
void RolesView::fillShapes() {
  const auto& detail = m_dataset.detail();
  m_shape->clear();
  m_shape->addItem(tr("automatic"), QStringLiteral("auto"));
  if (detail && (detail->summary.file == "text" || detail->summary.file == "text-folder")) {
    m_shape->addItem(tr("text, every line a row"), QStringLiteral("lines"));
    m_shape->addItem(tr("text, rows between empty lines"), QStringLiteral("paragraphs"));
    m_shape->addItem(tr("text, the whole file one row"), QStringLiteral("document"));
  } else {
    m_shape->addItem(tr("conversations"), QStringLiteral("messages"));
    m_shape->addItem(tr("instructions or prompts with an answer"), QStringLiteral("alpaca"));
    m_shape->addItem(tr("preference pairs"), QStringLiteral("preference"));
    m_shape->addItem(tr("text"), QStringLiteral("text"));
    m_shape->addItem(tr("tokens"), QStringLiteral("tokens"));
  }
  m_shape->setCurrentIndex(std::max(0, m_shape->findData(fromStd(m_dataset.entry().format))));
}

void RolesView::showDetail() {
  const auto& detail = m_dataset.detail();
  if (!detail && m_dataset.problem().isEmpty())
    return; // what was there stays until something is known
  fillShapes();
  showRoles(shape());
  showColumns();
  m_learned->setText(detail && m_dataset.problem().isEmpty() ? datatext::learned(detail->summary.layout, detail->learned) : tr("Say what the rows are, and which column plays which part."));
  m_reset->setEnabled(m_dataset.entry().format != "auto" || !m_dataset.entry().columns.empty());
  QStringList notes;
  if (detail)
    for (const std::string& note : detail->notes)
      notes << fromStd(note);
  m_notes->setText(notes.join(QLatin1Char('\n')));
  m_notes->setVisible(!notes.isEmpty());
  askFirst();
}

void RolesView::showRoles(const std::string& shape) {
  clearGrid(*m_grid);
  m_roles.clear();
  if (!m_dataset.detail())
    return;
  int place = 0;
  for (const api::DataRole& role : m_dataset.detail()->roles)
    if (role.shape == shape)
      addRole(role, place++);
  m_parts->setVisible(place > 0);
}

void RolesView::addRole(const api::DataRole& role, int place) {
  auto* combo = new QComboBox;
  combo->setObjectName(QStringLiteral("role_") + fromStd(role.key));
  combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  combo->setMinimumContentsLength(8);
  combo->addItem(role.needed ? tr("choose a column") : tr("none"), QString());
  QStringList names;
  for (const api::DataColumn& column : m_dataset.detail()->columns)
    names << fromStd(column.name);
  const QString chosen = fromStd(m_dataset.entry().columns.is_object() ? stringOr(m_dataset.entry().columns, role.key, role.column) : role.column);
  if (!chosen.isEmpty() && !names.contains(chosen))
    names << chosen; // named by hand, or only in later rows
  for (const QString& name : names)
    combo->addItem(name, name);
  combo->setCurrentIndex(std::max(0, combo->findData(chosen)));
  combo->setToolTip(datatext::roleHelp(role.key));
  connect(combo, &QComboBox::activated, this, &RolesView::edited);
  combo->setProperty("found", !role.needed && (!role.column.empty() || lathe::find(m_dataset.entry().columns, role.key)));
  m_roles[role.key] = combo;
  auto* block = new FieldBlock(datatext::roleName(role.key), combo, datatext::roleHelp(role.key));
  m_grid->addWidget(block, place / kRolesPerLine, place % kRolesPerLine);
}

/// As soon as every needed part has a column, the file is read in this way.
void RolesView::edited() {
  Json columns = Json::object();
  for (const auto& [key, combo] : m_roles) {
    const std::string column = combo->currentData().toString().toStdString();
    if (!column.empty() || combo->property("found").toBool()) // "none" has to be said where a column was found
      columns[key] = column;
  }
  const std::string chosen = m_shape->currentData().toString().toStdString();
  if (m_dataset.detail())
    for (const api::DataRole& role : m_dataset.detail()->roles)
      if (role.shape == shape() && role.needed && !columns.contains(role.key) && !(shape() == "messages" && columns.contains("chosen"))) {
        m_learned->setText(tr("Choose a column for “%1”.").arg(datatext::roleName(role.key)));
        return;
      }
  m_dataset.readAs(chosen == "auto" && !columns.empty() ? shape() : chosen, columns);
}

void RolesView::showColumns() {
  const auto& detail = m_dataset.detail();
  const auto count = detail ? static_cast<int>(detail->columns.size()) : 0;
  m_columns->setRowCount(count);
  m_columns->setVisible(count > 0);
  m_columnsTitle->setVisible(count > 0);
  for (int row = 0; row < count; ++row) {
    const api::DataColumn& column = detail->columns[static_cast<size_t>(row)];
    const QStringList texts = {fromStd(column.name), datatext::columnKind(column.kind), tr("%1 of %2").arg(column.rows).arg(detail->sampledRows), fromStd(column.example)};
    for (int i = 0; i < texts.size(); ++i) {
      auto* item = new QTableWidgetItem(texts[i]);
      item->setToolTip(texts[i]);
      m_columns->setItem(row, i, item);
    }
  }
}

void RolesView::askFirst() {
  ++m_asked;
  if (!m_dataset.detail() || m_dataset.detail()->readableRows == 0 || !m_dataset.problem().isEmpty())
    return m_first->show(api::DataRowView());
  m_session.client()->call<api::DataRowView>(api::method::kDataRow, {{"spec", m_dataset.spec()}, {"row", 0}, {"chips", 0}, {"beside", true}}, this, [this, number = m_asked](const Result<api::DataRowView>& answer) {
    if (number != m_asked)
      return;
    m_first->show(answer ? *answer : api::DataRowView());
    m_first->setPlaceholderText(answer ? fromStd(answer->problem) : fromStd(answer.error().message));
  });
}

void RolesView::retranslate() {
  m_shapeBlock->setLabel(tr("What the rows are"));
  fillShapes();
  m_shape->setToolTip(tr("What every row holds; automatic looks at the first rows"));
  m_reset->setText(tr("Back to what was found"));
  m_reset->setToolTip(tr("Forget these roles and look at the first rows again"));
  m_columnsTitle->setText(tr("Columns of the file"));
  m_columns->setHorizontalHeaderLabels({tr("Column"), tr("Holds"), tr("Rows"), tr("Example")});
  named(m_columns, tr("Columns of the file"));
  m_firstTitle->setText(tr("The first row, read in this way"));
  named(m_first, tr("The first row, read in this way"));
  showDetail();
}

void RolesView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
