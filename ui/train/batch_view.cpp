// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/batch_view.h"

#include "ui/models/format.h"
#include "ui/widgets/flow_layout.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QListView>
#include <QPainter>
#include <QShortcut>
#include <QStackedWidget>
#include <QStyledItemDelegate>

#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kStrongestTokens = 6, kRowsWidth = 240, kRowHeight = 34;
enum BatchPage { WorkingPage, ErrorPage, ResultPage };
enum BatchRole { RowLossRole = Qt::UserRole, RowShareRole };

} // namespace

/// Rows of a batch: name and mean loss.
class BatchRowsModel : public QAbstractListModel {
public:
  using QAbstractListModel::QAbstractListModel;
  void setRows(const std::vector<api::BatchRow>* rows) { // not owned; null: none
    beginResetModel();
    m_rows = rows;
    endResetModel();
  }
  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() || !m_rows ? 0 : static_cast<int>(m_rows->size()); }
  QVariant data(const QModelIndex& index, int role) const override {
    if (!m_rows || !checkIndex(index, CheckIndexOption::IndexIsValid))
      return {};
    const api::BatchRow& row = (*m_rows)[static_cast<size_t>(index.row())];
    const double highest = m_rows->front().loss;
    switch (role) {
    case Qt::DisplayRole: return fromStd(row.name);
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole: return describe(row);
    case RowLossRole: return std::isnan(row.loss) ? QStringLiteral("–") : lossText(row.loss);
    case RowShareRole: return highest > 0 && !std::isnan(row.loss) ? row.loss / highest : 0.0;
    default: return {};
    }
  }

private:
  static QString describe(const api::BatchRow& row) {
    QString text = BatchView::tr("%1: mean loss %2, %3 of %4 tokens learned").arg(fromStd(row.name), std::isnan(row.loss) ? QStringLiteral("–") : lossText(row.loss)).arg(row.supervised).arg(row.ids.size());
    return row.truncated ? text + QStringLiteral(", ") + BatchView::tr("cut at the sequence length") : text;
  }
  const std::vector<api::BatchRow>* m_rows = nullptr;
};

namespace {

/// Name left, loss right, and a bar below that compares it with the highest.
class BatchRowDelegate : public QStyledItemDelegate {
public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {kRowsWidth, kRowHeight}; }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const Theme& t = Style::theme();
    const QRect box = option.rect.adjusted(0, 0, -space::k8, -2);
    if (option.state & QStyle::State_Selected)
      style::drawBox(*painter, box, t.accentSoft, t.accentSoftBorder, size::kRadiusSmall);
    else if (option.state & QStyle::State_MouseOver)
      style::drawBox(*painter, box, t.hover, t.hover, size::kRadiusSmall);
    const QRect text = box.adjusted(space::k8, 4, -space::k8, -10);
    painter->setFont(style::uiFont(12));
    const QString loss = index.data(RowLossRole).toString();
    const int width = painter->fontMetrics().horizontalAdvance(loss);
    painter->setPen(t.text);
    painter->drawText(text, Qt::AlignRight | Qt::AlignVCenter, loss);
    const QString name = painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, text.width() - width - space::k8);
    painter->drawText(text, Qt::AlignLeft | Qt::AlignVCenter, name);
    const QRectF track(text.left(), box.bottom() - 6, text.width(), 3);
    painter->fillRect(track, t.track);
    painter->fillRect(QRectF(track.left(), track.top(), track.width() * index.data(RowShareRole).toDouble(), track.height()), t.accent);
  }
};

QString weightsText(const api::StepBatch& batch) {
  const QString step = format::grouped(batch.weightsStep);
  if (batch.weights == "base" && batch.exact())
    return BatchView::tr("With the weights the run began with.");
  if (batch.exact())
    return BatchView::tr("With exactly the weights of this step, those after step %1.").arg(step);
  if (batch.weights == "base")
    return BatchView::tr("With the weights the run began with, the nearest that are kept.");
  if (batch.weights == "result")
    return BatchView::tr("With the weights of the result, after step %1, the nearest that are kept.").arg(step);
  return BatchView::tr("With the weights of the checkpoint of step %1, the nearest that is kept.").arg(step);
}

} // namespace

BatchView::BatchView(EngineClient* client, QWidget* parent)
    : Card(parent), m_request(client), m_title(new TextLabel({}, TextRole::Strong)), m_figures(new ElidedLabel({}, TextRole::Muted, nullptr, Qt::ElideRight)), m_weights(new TextLabel({}, TextRole::Caption)),
      m_back(new IconButton(IconName::ChevronLeft, {}, nullptr, 24)), m_next(new IconButton(IconName::ChevronRight, {}, nullptr, 24)),
      m_close(new IconButton(IconName::Close, {}, nullptr, 24)), m_pages(new QStackedWidget), m_what(new TextLabel), m_progress(new ThinProgress), m_cancel(new Button(QString())),
      m_error(new Banner(Tone::Error)), m_model(new BatchRowsModel(this)), m_rows(new QListView), m_strongestTitle(new TextLabel({}, TextRole::Caption)), m_strongest(new QWidget),
      m_chips(new LossChipsView), m_legend(new TextLabel({}, TextRole::Caption)) {
  setObjectName(QStringLiteral("run_batch"));
  auto* column = new QVBoxLayout;
  column->setContentsMargins(space::k12, space::k8, space::k12, space::k12);
  column->setSpacing(space::k8);
  column->addWidget(buildHead());
  m_pages->addWidget(buildWorking());
  auto* error = new QWidget;
  auto* errorColumn = new QVBoxLayout(error);
  errorColumn->setContentsMargins(0, 0, 0, 0);
  errorColumn->addWidget(m_error);
  errorColumn->addStretch();
  m_pages->addWidget(error);
  m_pages->addWidget(buildResult());
  column->addWidget(m_pages, 1);
  body()->addLayout(column);
  m_error->setObjectName(QStringLiteral("batch_error"));
  connect(m_error, &Banner::actionTriggered, this, [this] { ask(m_step); });
  connect(&m_request, &BatchRequest::progress, this, [this](const QString& what, double share) {
    m_what->setText(what.isEmpty() ? tr("Starting…") : what == QStringLiteral("Loading the model") ? tr("Loading the model…") : what == QStringLiteral("Computing the losses") ? tr("Computing the losses…") : tr("Reading the data…"));
    m_progress->setShare(share);
  });
  connect(&m_request, &BatchRequest::done, this, &BatchView::showBatch);
  connect(&m_request, &BatchRequest::failed, this, [this](const QString& message) {
    const bool waited = m_cancel->hasFocus();
    m_error->setText(message);
    m_pages->setCurrentIndex(ErrorPage);
    if (waited)
      m_error->actionButton()->setFocus();
  });
  auto* escape = new QShortcut(Qt::Key_Escape, this, [this] { Q_EMIT closed(); });
  escape->setContext(Qt::WidgetWithChildrenShortcut);
  hide();
  retranslate();
}

QWidget* BatchView::buildHead() {
  auto* head = new QWidget;
  auto* row = new QHBoxLayout(head);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::k8);
  m_title->setObjectName(QStringLiteral("batch_title"));
  m_figures->setObjectName(QStringLiteral("batch_figures"));
  m_back->setObjectName(QStringLiteral("batch_back"));
  m_next->setObjectName(QStringLiteral("batch_next"));
  m_close->setObjectName(QStringLiteral("batch_close"));
  row->addWidget(m_title);
  row->addWidget(m_figures, 1);
  row->addWidget(m_back);
  row->addWidget(m_next);
  row->addWidget(m_close);
  connect(m_back, &IconButton::clicked, this, [this] { ask(m_step - 1); });
  connect(m_next, &IconButton::clicked, this, [this] { ask(m_step + 1); });
  connect(m_close, &IconButton::clicked, this, &BatchView::closed);
  return head;
}

QWidget* BatchView::buildWorking() {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setSpacing(space::k12);
  m_what->setObjectName(QStringLiteral("batch_what"));
  m_cancel->setObjectName(QStringLiteral("batch_cancel"));
  m_progress->setFixedWidth(260);
  column->addStretch();
  column->addWidget(m_what, 0, Qt::AlignHCenter);
  column->addWidget(m_progress, 0, Qt::AlignHCenter);
  column->addWidget(m_cancel, 0, Qt::AlignHCenter);
  column->addStretch();
  connect(m_cancel, &Button::clicked, this, &BatchView::closed);
  return page;
}

QWidget* BatchView::buildResult() {
  auto* page = new QWidget;
  auto* row = new QHBoxLayout(page);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::k12);
  m_rows->setObjectName(QStringLiteral("batch_rows"));
  m_rows->setModel(m_model);
  m_rows->setItemDelegate(new BatchRowDelegate(m_rows));
  m_rows->setUniformItemSizes(true);
  m_rows->setFrameShape(QFrame::NoFrame);
  m_rows->setMouseTracking(true);
  m_rows->setFixedWidth(kRowsWidth);
  m_rows->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_rows->viewport()->setAutoFillBackground(false);
  m_chips->setObjectName(QStringLiteral("batch_chips"));
  m_legend->setObjectName(QStringLiteral("batch_legend"));
  auto* strongest = new FlowLayout(m_strongest, space::k8);
  strongest->setContentsMargins(0, 0, 0, 0);
  m_legend->setWordWrap(true);
  m_weights->setWordWrap(true);
  m_weights->setObjectName(QStringLiteral("batch_weights"));
  auto* right = new QVBoxLayout;
  right->setSpacing(space::k4);
  right->addWidget(m_weights);
  right->addWidget(m_chips, 1);
  right->addWidget(m_strongestTitle);
  right->addWidget(m_strongest);
  right->addWidget(m_legend);
  row->addWidget(m_rows);
  row->addLayout(right, 1);
  connect(m_rows->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) { showRow(index.row()); });
  return page;
}

void BatchView::open(const QString& run, int64_t step, int64_t last) {
  m_run = run;
  m_last = last;
  show();
  ask(step);
}

void BatchView::close() {
  m_request.cancel();
  m_model->setRows(nullptr);
  m_batch.reset();
  hide();
}

void BatchView::ask(int64_t step) {
  m_step = std::clamp<int64_t>(step, 1, std::max<int64_t>(1, m_last));
  m_model->setRows(nullptr);
  m_batch.reset();
  m_what->setText(tr("Starting…"));
  m_progress->setShare(0);
  m_pages->setCurrentIndex(WorkingPage);
  showTexts();
  m_request.cancel();
  m_request.start(m_run, m_step);
  m_cancel->setFocus();
  Q_EMIT stepShown(m_step);
}

void BatchView::showBatch(const api::StepBatch& batch) {
  const bool waited = m_cancel->hasFocus();
  m_batch = batch;
  m_model->setRows(&m_batch->rows);
  m_pages->setCurrentIndex(ResultPage);
  showTexts();
  m_rows->setCurrentIndex(m_model->index(0));
  if (waited) // who went on to something else meanwhile keeps the focus there
    m_rows->setFocus();
}

void BatchView::showRow(int row) {
  auto* links = static_cast<FlowLayout*>(m_strongest->layout());
  while (QLayoutItem* item = links->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  if (!m_batch || row < 0 || row >= static_cast<int>(m_batch->rows.size())) {
    m_chips->setRow({});
    return;
  }
  m_chips->setRow(m_batch->rows[static_cast<size_t>(row)]);
  const auto strongest = m_chips->tokens()->strongest(kStrongestTokens);
  for (const int token : strongest) {
    auto* link = new LinkButton(QStringLiteral("“%1” %2").arg(m_chips->tokens()->shownText(token), lossText(m_batch->rows[static_cast<size_t>(row)].losses[static_cast<size_t>(token)])));
    link->setObjectName(QStringLiteral("batch_strongest_%1").arg(links->count()));
    link->setToolTip(tr("Show this token in the row"));
    connect(link, &LinkButton::clicked, this, [this, token] { m_chips->choose(token); });
    links->addWidget(link);
  }
  m_strongestTitle->setVisible(!strongest.empty());
  m_strongest->setVisible(!strongest.empty());
}

void BatchView::showTexts() {
  m_title->setText(tr("Batch of step %1").arg(format::grouped(m_step)));
  m_back->setEnabled(m_step > 1);
  m_next->setEnabled(m_step < m_last);
  if (!m_batch) {
    m_figures->setText({});
    m_weights->setText({});
    return;
  }
  const api::StepBatch& batch = *m_batch;
  m_figures->setText(tr("%1 rows · %2 of %3 tokens learned · mean loss %4, recorded %5")
                         .arg(format::grouped(static_cast<qint64>(batch.rows.size())), format::grouped(batch.supervised), format::grouped(batch.tokens), lossText(batch.mean), lossText(batch.recorded)));
  QStringList said = {weightsText(batch)};
  if (batch.dropout)
    said << tr("The run has dropout on, here it is off.");
  if (batch.stepRows > static_cast<int64_t>(batch.rows.size()))
    said << tr("Only the first %1 of the step's %2 rows are shown, and the mean is theirs.").arg(batch.rows.size()).arg(batch.stepRows);
  m_weights->setText(said.join(QLatin1Char(' ')));
}

void BatchView::retranslate() {
  m_back->setName(tr("The step before"));
  m_next->setName(tr("The next step"));
  m_close->setName(tr("Close the batch"));
  m_cancel->setText(tr("Cancel"));
  m_error->setAction(tr("Try again"));
  m_strongestTitle->setText(tr("Highest losses in this row"));
  m_legend->setText(tr("Filled tokens were learned: the stronger the fill and the longer the bar at its foot, the higher the loss (full at %1). Dashed ones are only read.").arg(LossChipsView::kFullLoss));
  named(m_rows, tr("Rows of the batch, highest loss first"));
  named(m_progress, tr("Progress of the computation"));
  setAccessibleName(tr("Batch behind a step"));
  showTexts();
}

void BatchView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
