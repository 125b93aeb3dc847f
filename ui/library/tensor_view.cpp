// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/tensor_view.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/library/library_texts.h"
#include "ui/library/value_histogram.h"
#include "ui/models/format.h"

#include <QEvent>
#include <QHeaderView>
#include <QLineEdit>
#include <QShortcut>
#include <QTableView>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

constexpr int kTensorPage = 20'000, kTensorRow = 28, kLeastTensorName = 170, kLeastTable = 144;
constexpr int kTensorWidths[TensorsModel::ColumnCount] = {300, 108, 56, 76, 68, 68, 68};

/// Long names keep their end, which tells them apart, and their begin.
class MiddleDelegate : public QStyledItemDelegate {
public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
    QStyledItemDelegate::initStyleOption(option, index);
    option->textElideMode = Qt::ElideMiddle;
  }
};

} // namespace

TensorView::TensorView(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_work(session), m_search(new QLineEdit), m_count(new TextLabel({}, TextRole::Caption)), m_banner(new Banner(Tone::Error)), m_table(new QTableView) {
  m_search->setObjectName(QStringLiteral("tensors_search"));
  m_search->setClearButtonEnabled(true);
  m_banner->setObjectName(QStringLiteral("tensors_banner"));
  m_banner->setClosable(true);
  m_banner->hide();
  buildTable();
  auto* top = new QHBoxLayout;
  top->setSpacing(space::k12);
  top->addWidget(m_search, 1);
  top->addWidget(m_count);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  column->addLayout(top);
  column->addWidget(m_banner);
  column->addWidget(m_table, 3);
  column->addWidget(buildMeasured(), 2);
  connectControls();
  retranslate();
}

void TensorView::connectControls() {
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
    m_filter.setFilterFixedString(text.trimmed());
    showCount();
  });
  connect(m_banner, &Banner::closed, m_banner, &QWidget::hide);
  connect(m_measure, &Button::clicked, this, &TensorView::measure);
  connect(m_cancel, &Button::clicked, &m_work, &LibraryWork::stop);
  connect(&m_work, &LibraryWork::progressed, this, [this](const api::ModelWorkState& state) { m_progress->setShare(state.share); });
  connect(&m_work, &LibraryWork::busyChanged, this, &TensorView::showChosen);
  connect(&m_work, &LibraryWork::finished, this, [this](const Json& result) {
    const auto statistics = capture([&] { return api::decode<api::TensorStatistics>(result); });
    if (statistics)
      m_model.setStatistics(*statistics);
    showChosen();
  });
  connect(&m_work, &LibraryWork::failed, this, [this](const QString& message) {
    m_banner->setText(message);
    m_banner->show();
  });
}

void TensorView::buildTable() {
  m_filter.setSourceModel(&m_model);
  m_filter.setSortRole(TensorsModel::SortRole);
  m_filter.setFilterCaseSensitivity(Qt::CaseInsensitive);
  m_filter.setFilterKeyColumn(TensorsModel::Name);
  m_table->setObjectName(QStringLiteral("tensors_table"));
  m_table->setMinimumHeight(kLeastTable);
  m_table->setModel(&m_filter);
  m_table->setItemDelegateForColumn(TensorsModel::Name, new MiddleDelegate(m_table));
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setSortingEnabled(true);
  m_table->sortByColumn(TensorsModel::Name, Qt::AscendingOrder);
  m_table->setShowGrid(false);
  m_table->setWordWrap(false);
  m_table->setTabKeyNavigation(false);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(kTensorRow);
  m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed); // never measures the rows: there may be many thousands
  m_table->horizontalHeader()->setMinimumSectionSize(44);
  for (int column = 0; column < TensorsModel::ColumnCount; ++column)
    m_table->setColumnWidth(column, kTensorWidths[column]);
  connect(m_table, &QTableView::activated, this, &TensorView::measure);
  connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &TensorView::showChosen);
}

QWidget* TensorView::buildMeasured() {
  auto* box = new QWidget;
  m_name = new ElidedLabel({}, TextRole::Strong);
  m_measure = new Button(IconName::Evaluate, {});
  m_measure->setObjectName(QStringLiteral("tensor_measure"));
  m_cancel = new Button(IconName::Stop, {});
  m_cancel->setObjectName(QStringLiteral("tensor_cancel"));
  m_progress = new ThinProgress;
  m_progress->setObjectName(QStringLiteral("tensor_progress"));
  m_figures = new TextLabel({}, TextRole::Body);
  m_figures->setObjectName(QStringLiteral("tensor_figures"));
  m_figures->setWordWrap(true);
  m_figures->setCopyable(true);
  m_notes = new TextLabel({}, TextRole::Caption);
  m_notes->setObjectName(QStringLiteral("tensor_notes"));
  m_notes->setWordWrap(true);
  m_bin = new TextLabel({}, TextRole::Caption);
  m_bin->setObjectName(QStringLiteral("tensor_bin"));
  m_histogram = new ValueHistogram;
  m_histogram->setObjectName(QStringLiteral("tensor_histogram"));
  connect(m_histogram, &ValueHistogram::currentChanged, m_bin, &QLabel::setText);
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k8);
  head->addWidget(m_name, 1);
  head->addWidget(m_progress);
  head->addWidget(m_cancel);
  head->addWidget(m_measure);
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k4);
  column->addLayout(head);
  column->addWidget(m_figures);
  column->addWidget(m_notes);
  column->addWidget(m_histogram, 1);
  column->addWidget(m_bin);
  return box;
}

void TensorView::open(const QString& path) {
  if (m_work.isBusy())
    m_work.stop();
  m_path = path;
  m_read = false;
  ++m_reading;
  m_total = 0;
  m_model.clear();
  m_banner->hide();
  m_search->clear();
  showChosen();
  showCount();
  if (isVisible() && !path.isEmpty())
    read(0);
}

void TensorView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (!m_read && !m_path.isEmpty())
    read(0);
  fitColumns();
}

/// Page by page: a million names do not fit into one answer.
void TensorView::read(qint64 from) {
  m_read = true;
  const Json params = {{"path", m_path.toStdString()}, {"from", from}, {"limit", kTensorPage}};
  m_session.client()->call<api::TensorRows>(api::method::kModelsTensors, params, this, [this, from, number = m_reading](Result<api::TensorRows> answer) {
    if (number != m_reading)
      return;
    if (!answer) {
      m_banner->setText(fromStd(answer.error().message));
      m_banner->show();
      return;
    }
    const auto got = static_cast<qint64>(answer->tensors.size());
    m_total = answer->total;
    m_model.append(std::move(answer->tensors));
    if (from == 0 && got > 0)
      m_table->selectRow(0);
    showCount();
    QTimer::singleShot(0, this, [this] { fitColumns(); }); // a scroll bar may have come
    if (got > 0 && from + got < m_total)
      read(from + got);
  });
}

QString TensorView::chosen() const {
  const auto rows = m_table->selectionModel()->selectedRows();
  const api::TensorRow* row = rows.isEmpty() ? nullptr : m_model.row(m_filter.mapToSource(rows.first()).row());
  return row ? fromStd(row->name) : QString();
}

void TensorView::measure() {
  const QString name = chosen();
  if (name.isEmpty() || (m_work.isBusy() && name == m_measuring))
    return;
  m_measuring = name;
  m_banner->hide();
  m_progress->setShare(0);
  m_work.start({{"kind", "statistics"}, {"path", m_path.toStdString()}, {"tensor", name.toStdString()}});
}

void TensorView::showChosen() {
  const QString name = chosen();
  m_name->setText(name);
  const api::TensorStatistics* known = m_model.statistics(name);
  const bool busy = m_work.isBusy();
  m_measure->setVisible(!busy);
  m_measure->setEnabled(!name.isEmpty());
  m_cancel->setVisible(busy);
  m_progress->setVisible(busy);
  showStatistics(known);
}

void TensorView::showStatistics(const api::TensorStatistics* s) {
  m_bin->clear();
  if (!s) {
    m_figures->setText(chosen().isEmpty() ? QString() : tr("Not measured yet: the whole tensor has to be read for its values."));
    m_notes->setText({});
    m_histogram->clear();
    return;
  }
  m_figures->setText(tr("min %1 · max %2 · mean %3 · σ %4").arg(librarytext::value(s->min), librarytext::value(s->max), librarytext::value(s->mean), librarytext::value(s->deviation)));
  QStringList notes = {tr("%1 values").arg(format::grouped(s->values))};
  if (s->zeros > 0)
    notes << tr("%1 are zero").arg(format::grouped(s->zeros));
  if (s->nans > 0)
    notes << tr("%1 are NaN").arg(format::grouped(s->nans));
  if (s->infinities > 0)
    notes << tr("%1 are infinite").arg(format::grouped(s->infinities));
  if (s->below + s->above > 0)
    notes << tr("%1 lie outside the bars").arg(format::grouped(s->below + s->above));
  if (!s->of.empty())
    notes << tr("measured: %1").arg(fromStd(s->of));
  m_notes->setText(notes.join(QStringLiteral(" · ")));
  m_histogram->setStatistics(*s);
}

void TensorView::showCount() {
  const qint64 here = m_model.rowCount(), shown = m_filter.rowCount();
  m_count->setText(here == 0 ? QString() : shown == here ? here < m_total ? tr("%1 of %2 read").arg(format::grouped(here), format::grouped(m_total)) : tr("%1 tensors").arg(format::grouped(here))
                                                          : tr("%1 of %2 tensors").arg(format::grouped(shown), format::grouped(here)));
}

void TensorView::fitColumns() {
  int others = 0;
  for (int column = TensorsModel::Name + 1; column < TensorsModel::ColumnCount; ++column)
    others += m_table->columnWidth(column);
  m_table->setColumnWidth(TensorsModel::Name, std::max(kLeastTensorName, m_table->viewport()->width() - others));
}

void TensorView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  QTimer::singleShot(0, this, [this] { fitColumns(); }); // the table has its size by then
}

void TensorView::retranslate() {
  m_search->setPlaceholderText(tr("Part of a name…"));
  m_search->setToolTip(tr("Shows the tensors with this in their names"));
  named(m_search, tr("Search tensors"));
  named(m_table, tr("Tensors"));
  m_measure->setText(tr("Measure"));
  m_measure->setToolTip(tr("Read the whole tensor and show extremes, deviation and histogram (Enter). Packed values are unpacked for it."));
  m_cancel->setText(tr("Cancel"));
  m_cancel->setToolTip(tr("Stop reading the tensor"));
  named(m_progress, tr("Progress of the measurement"));
  showCount();
  showChosen();
}

void TensorView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
