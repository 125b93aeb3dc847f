// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/scan_view.h"

#include "ui/bridge/session.h"
#include "ui/library/library_texts.h"
#include "ui/models/format.h"

#include <QApplication>
#include <QEvent>
#include <QListView>
#include <QPainter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kFoundHeight = 46, kFoundTick = 18;

/// Tick, name and state, below them what it is and where.
class FoundDelegate : public QStyledItemDelegate {
public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {200, kFoundHeight}; }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const Theme& theme = Style::theme();
    const bool enabled = index.flags().testFlag(Qt::ItemIsUserCheckable);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF box(option.rect.adjusted(1, 1, -1, -1));
    if (option.state & QStyle::State_Selected)
      style::drawBox(*painter, box, theme.accentSoft, option.state & QStyle::State_HasFocus ? theme.accent : theme.accentSoft);
    else if (option.state & QStyle::State_MouseOver)
      style::drawBox(*painter, box, theme.hover, theme.hover);
    const QRect inside = option.rect.adjusted(space::k12, 6, -space::k12, -6);
    QStyleOptionViewItem tick(option);
    tick.rect = QRect(inside.left(), inside.center().y() - kFoundTick / 2, kFoundTick, kFoundTick);
    tick.state = (enabled ? QStyle::State_Enabled : QStyle::State_None) | (index.data(Qt::CheckStateRole).toInt() == Qt::Checked ? QStyle::State_On : QStyle::State_Off);
    const QStyle* look = option.widget ? option.widget->style() : QApplication::style();
    if (enabled)
      look->drawPrimitive(QStyle::PE_IndicatorItemViewItemCheck, &tick, painter, option.widget);
    const QString state = index.data(FoundModels::StateRole).toString();
    const QSize pill = Badge::sizeOf(state);
    Badge::paint(*painter, QRectF(inside.right() - pill.width() + 1, inside.center().y() - pill.height() / 2.0, pill.width(), pill.height()), state, static_cast<Tone>(index.data(FoundModels::ToneRole).toInt()));
    const QRect text = inside.adjusted(kFoundTick + space::k12, 0, -pill.width() - space::k12, 0);
    painter->setFont(style::uiFont());
    painter->setPen(enabled ? theme.text : theme.muted);
    painter->drawText(text, Qt::AlignLeft | Qt::AlignTop, painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, text.width()));
    painter->setFont(style::uiFont(size::kCaption));
    painter->setPen(theme.muted);
    painter->drawText(text, Qt::AlignLeft | Qt::AlignBottom, painter->fontMetrics().elidedText(index.data(FoundModels::DetailRole).toString(), Qt::ElideMiddle, text.width()));
    painter->restore();
  }
  /// A press ticks wherever it is on the row (QListView::clicked), so not here a second time.
  bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option, const QModelIndex& index) override {
    return event->type() == QEvent::KeyPress && QStyledItemDelegate::editorEvent(event, model, option, index);
  }
};

bool canBeAdded(const api::FoundModel& model) { return model.supported && !model.known; }

} // namespace

void FoundModels::setFound(std::vector<api::FoundModel> found) {
  beginResetModel();
  m_found = std::move(found);
  std::erase_if(m_ticked, [this](const std::string& path) { return std::none_of(m_found.begin(), m_found.end(), [&](const auto& model) { return model.path == path && canBeAdded(model); }); });
  endResetModel();
  Q_EMIT tickedChanged();
}

QStringList FoundModels::ticked() const {
  QStringList out;
  for (const auto& model : m_found)
    if (m_ticked.contains(model.path))
      out << fromStd(model.path);
  return out;
}

int FoundModels::tickable() const { return static_cast<int>(std::count_if(m_found.begin(), m_found.end(), canBeAdded)); }

void FoundModels::setAllTicked(bool on) {
  m_ticked.clear();
  if (on)
    for (const auto& model : m_found)
      if (canBeAdded(model))
        m_ticked.insert(model.path);
  if (!m_found.empty())
    Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::CheckStateRole});
  Q_EMIT tickedChanged();
}

int FoundModels::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_found.size()); }

Qt::ItemFlags FoundModels::flags(const QModelIndex& index) const {
  const Qt::ItemFlags flags = QAbstractListModel::flags(index);
  return index.isValid() && canBeAdded(m_found[static_cast<size_t>(index.row())]) ? flags | Qt::ItemIsUserCheckable : flags;
}

QVariant FoundModels::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::FoundModel& model = m_found[static_cast<size_t>(index.row())];
  const QString state = model.known ? tr("in the list") : model.supported ? tr("can be added") : tr("not usable");
  switch (role) {
  case Qt::DisplayRole: return fromStd(model.name);
  case Qt::ToolTipRole: return model.problem.empty() ? fromStd(model.path) : QStringLiteral("%1\n%2").arg(fromStd(model.path), fromStd(model.problem));
  case Qt::CheckStateRole: return canBeAdded(model) ? QVariant(m_ticked.contains(model.path) ? Qt::Checked : Qt::Unchecked) : QVariant();
  case DetailRole: {
    QStringList parts = {librarytext::placeName(model.place)};
    if (model.bytes > 0)
      parts << format::bytes(static_cast<double>(model.bytes));
    parts << (model.problem.empty() ? fromStd(model.architecture) : fromStd(model.problem));
    parts.removeAll(QString());
    return parts.join(QStringLiteral(" · "));
  }
  case StateRole: return state;
  case ToneRole: return static_cast<int>(model.known ? Tone::Info : model.supported ? Tone::Good : Tone::Error);
  case Qt::AccessibleTextRole: return QStringLiteral("%1, %2, %3").arg(fromStd(model.name), data(index, DetailRole).toString(), state);
  default: return {};
  }
}

bool FoundModels::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (role != Qt::CheckStateRole || !index.isValid() || !canBeAdded(m_found[static_cast<size_t>(index.row())]))
    return false;
  const std::string& path = m_found[static_cast<size_t>(index.row())].path;
  if (value.toInt() == Qt::Checked)
    m_ticked.insert(path);
  else
    m_ticked.erase(path);
  Q_EMIT dataChanged(index, index, {Qt::CheckStateRole});
  Q_EMIT tickedChanged();
  return true;
}

ScanView::ScanView(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_work(session), m_back(new IconButton(IconName::ChevronLeft, {})), m_header(new PageHeader), m_progress(new ThinProgress),
      m_at(new ElidedLabel({}, TextRole::Caption)), m_summary(new TextLabel({}, TextRole::Caption)), m_cancel(new Button(IconName::Stop, {})), m_again(new Button(IconName::Refresh, {})), m_all(new Button),
      m_add(new Button({}, ButtonKind::Primary)), m_stack(new QStackedWidget), m_empty(new EmptyState(IconName::Search, {}, {})), m_list(new QListView) {
  m_back->setObjectName(QStringLiteral("scan_back"));
  m_cancel->setObjectName(QStringLiteral("scan_cancel"));
  m_again->setObjectName(QStringLiteral("scan_again"));
  m_all->setObjectName(QStringLiteral("scan_all"));
  m_add->setObjectName(QStringLiteral("scan_add"));
  m_list->setObjectName(QStringLiteral("scan_list"));
  m_summary->setObjectName(QStringLiteral("scan_summary"));
  m_summary->setWordWrap(true);
  m_list->setModel(&m_found);
  m_list->setItemDelegate(new FoundDelegate(m_list));
  m_list->setUniformItemSizes(true);
  m_list->setMouseTracking(true);
  m_stack->addWidget(m_list);
  m_stack->addWidget(m_empty);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k12);
  column->addLayout(buildTop());
  column->addWidget(m_summary);
  column->addWidget(m_stack, 1);
  connectControls();
  retranslate();
}

void ScanView::connectControls() {
  connect(m_back, &IconButton::clicked, this, [this] {
    m_work.stop();
    Q_EMIT closed();
  });
  connect(m_cancel, &Button::clicked, this, [this] {
    m_cancelled = true;
    m_work.stop();
  });
  connect(m_again, &Button::clicked, this, &ScanView::start);
  connect(m_all, &Button::clicked, this, [this] { m_found.setAllTicked(m_found.ticked().size() < m_found.tickable()); });
  connect(m_add, &Button::clicked, this, [this] { Q_EMIT addRequested(m_found.ticked()); });
  connect(m_list, &QListView::clicked, this, [this](const QModelIndex& index) { // anywhere on the row
    m_found.setData(index, index.data(Qt::CheckStateRole).toInt() == Qt::Checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
  });
  connect(&m_found, &FoundModels::tickedChanged, this, &ScanView::showState);
  connect(&m_work, &LibraryWork::progressed, this, [this](const api::ModelWorkState& state) {
    m_folder = fromStd(state.what);
    m_progress->setShare(state.share);
    if (!state.result.is_null())
      take(state.result);
    showState();
  });
  connect(&m_work, &LibraryWork::finished, this, &ScanView::take);
  connect(&m_work, &LibraryWork::failed, this, [this](const QString& message) {
    m_failure = message;
    showState();
  });
  connect(&m_work, &LibraryWork::busyChanged, this, &ScanView::showState);
}

ScanView::~ScanView() { disconnect(&m_work, nullptr, this, nullptr); }

QLayout* ScanView::buildTop() {
  auto* top = new QVBoxLayout;
  top->setSpacing(space::k8);
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k8);
  head->addWidget(m_back, 0, Qt::AlignTop);
  head->addWidget(m_header, 1);
  m_header->addAction(m_cancel);
  m_header->addAction(m_again);
  m_header->addAction(m_all);
  m_header->addAction(m_add);
  auto* at = new QHBoxLayout;
  at->setSpacing(space::k12);
  at->addWidget(m_progress);
  at->addWidget(m_at, 1);
  top->addLayout(head);
  top->addLayout(at);
  return top;
}

void ScanView::start() {
  m_scan = {};
  m_folder.clear();
  m_failure.clear();
  m_cancelled = false;
  m_found.setFound({});
  m_progress->setShare(0);
  m_work.start({{"kind", "scan"}});
  m_list->setFocus();
}

void ScanView::take(const Json& result) {
  const auto scan = capture([&] { return api::decode<api::ModelScan>(result); });
  if (!scan)
    return;
  const bool same = scan->found.size() == m_scan.found.size() && !m_scan.found.empty() && m_work.isBusy();
  m_scan = *scan;
  if (!same)
    m_found.setFound(m_scan.found);
  showState();
}

void ScanView::showState() {
  const bool busy = m_work.isBusy();
  const auto found = static_cast<qint64>(m_scan.found.size()), ticked = static_cast<qint64>(m_found.ticked().size());
  m_progress->setVisible(busy);
  m_at->setVisible(busy);
  m_at->setText(m_folder);
  m_cancel->setVisible(busy);
  m_again->setVisible(!busy);
  m_all->setVisible(m_found.tickable() > 0);
  m_all->setText(ticked > 0 && ticked == m_found.tickable() ? tr("Untick all") : tr("Tick all"));
  m_add->setEnabled(ticked > 0);
  m_add->setText(ticked > 0 ? tr("Add %1").arg(ticked) : tr("Add"));
  m_header->setContext(busy ? tr("%1 found, %2 files and folders seen").arg(format::grouped(found), format::grouped(m_scan.entries)) : tr("%1 found").arg(format::grouped(found)));
  QStringList notes;
  if (!m_failure.isEmpty())
    notes << m_failure;
  if (m_cancelled)
    notes << tr("The scan was stopped: there may be more.");
  else if (!busy && !m_scan.complete)
    notes << tr("There were too many files: there may be more.");
  for (const std::string& problem : m_scan.problems)
    notes << fromStd(problem);
  if (!busy && m_scan.found.empty() && m_failure.isEmpty() && !m_scan.places.empty()) {
    QStringList places;
    for (const std::string& place : m_scan.places)
      places << fromStd(place);
    notes << tr("Looked at: %1").arg(places.join(QStringLiteral(", ")));
  }
  m_summary->setText(notes.join(QLatin1Char('\n')));
  m_summary->setVisible(!notes.isEmpty());
  m_stack->setCurrentWidget(found > 0 || busy ? static_cast<QWidget*>(m_list) : m_empty);
}

void ScanView::retranslate() {
  m_header->setTitle(tr("Models on this computer"));
  m_back->setName(tr("Back to the models"));
  m_cancel->setText(tr("Cancel"));
  m_cancel->setToolTip(tr("Stop the scan; what was found stays"));
  m_again->setText(tr("Scan again"));
  m_again->setToolTip(tr("Look through the folders again"));
  m_all->setToolTip(tr("Every model that can be added"));
  m_add->setToolTip(tr("Put the ticked models into the list; their files stay where they are"));
  m_empty->setTexts(tr("No models found"), tr("The caches of Hugging Face, LM Studio, Ollama and llama.cpp hold no models here. Add a folder by hand, or load one with `lathe pull`."), {});
  named(m_list, tr("Models found"), tr("Space ticks a model"));
  named(m_progress, tr("Progress of the scan"));
  showState();
}

void ScanView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
