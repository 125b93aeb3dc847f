// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/searchable_combo.h"

#include "ui/style/style.h"
#include "ui/widgets/labels.h"

#include <QFrame>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QScreen>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kRowHeight = 26, kMostRows = 12;

/// Rows whose text has every word.
class WordFilter : public QSortFilterProxyModel {
 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;
  void setWords(const QStringList& words) {
    m_words = words;
    invalidateFilter();
  }

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override {
    const QString text = sourceModel()->index(row, 0, parent).data(Qt::DisplayRole).toString();
    return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
  }

 private:
  QStringList m_words;
};

} // namespace

SearchableCombo::SearchableCombo(QWidget* parent) : QComboBox(parent) { setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon); }

void SearchableCombo::setSearchHint(const QString& hint) { m_hint = hint; }
bool SearchableCombo::isOpen() const { return m_popup && m_popup->isVisible(); }
QLineEdit* SearchableCombo::searchLine() const { return m_search; }
QListView* SearchableCombo::resultList() const { return m_list; }

void SearchableCombo::showPopup() { open({}); }

void SearchableCombo::hidePopup() {
  if (m_popup)
    m_popup->close();
}

void SearchableCombo::open(const QString& typed) {
  if (isOpen() || count() == 0)
    return;
  m_popup = new QFrame(this, Qt::Popup);
  m_popup->setAttribute(Qt::WA_DeleteOnClose);
  m_popup->setObjectName(QStringLiteral("search_popup"));
  m_popup->setFrameShape(QFrame::StyledPanel);
  auto* column = new QVBoxLayout(m_popup);
  column->setContentsMargins(space::k4, space::k4, space::k4, space::k4);
  column->setSpacing(space::k4);
  m_search = new QLineEdit(m_popup);
  m_search->setObjectName(QStringLiteral("search_line"));
  m_search->setPlaceholderText(m_hint.isEmpty() ? tr("Search…") : m_hint);
  named<QLineEdit>(m_search, accessibleName().isEmpty() ? m_search->placeholderText() : tr("Search in %1").arg(accessibleName()));
  m_list = new QListView(m_popup);
  m_list->setObjectName(QStringLiteral("search_results"));
  m_list->setFrameShape(QFrame::NoFrame);
  m_list->setUniformItemSizes(true);
  m_list->setMouseTracking(true);
  m_list->setFocusPolicy(Qt::NoFocus);
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_list->setTextElideMode(Qt::ElideMiddle);
  named<QListView>(m_list, accessibleName().isEmpty() ? tr("Choices") : accessibleName());
  auto* proxy = new WordFilter(m_popup);
  proxy->setSourceModel(model());
  m_proxy = proxy;
  m_list->setModel(proxy);
  m_list->setModelColumn(modelColumn());
  auto* none = new TextLabel(tr("Nothing matches."), TextRole::Muted, m_popup);
  none->setContentsMargins(space::k8, space::k4, space::k8, space::k4);
  m_none = none;
  column->addWidget(m_search);
  column->addWidget(m_list, 1);
  column->addWidget(none);
  m_search->installEventFilter(this);
  connect(m_search, &QLineEdit::textChanged, this, &SearchableCombo::filter);
  connect(m_list, &QListView::clicked, this, &SearchableCombo::take);
  connect(m_list, &QListView::entered, m_list, &QListView::setCurrentIndex);
  filter(typed);
  placePopup();
  m_popup->show();
  m_search->setFocus(Qt::PopupFocusReason);
  m_search->setText(typed);
}

void SearchableCombo::placePopup() {
  const int rows = std::clamp(count(), 1, kMostRows);
  const QSize size(std::max(width(), 220), m_search->sizeHint().height() + rows * kRowHeight + 3 * space::k4 + 4);
  QPoint corner = mapToGlobal(QPoint(0, height() + 2));
  if (const QScreen* at = screen(); at && corner.y() + size.height() > at->availableGeometry().bottom())
    corner.setY(std::max(at->availableGeometry().top(), mapToGlobal(QPoint(0, -2)).y() - size.height()));
  m_popup->setGeometry(QRect(corner, size));
}

void SearchableCombo::filter(const QString& text) {
  static_cast<WordFilter*>(m_proxy.data())->setWords(text.split(QLatin1Char(' '), Qt::SkipEmptyParts));
  const QModelIndex kept = m_proxy->mapFromSource(model()->index(currentIndex(), modelColumn()));
  const bool any = m_proxy->rowCount() > 0;
  m_none->setVisible(!any);
  m_list->setVisible(any);
  m_list->setCurrentIndex(QModelIndex());
  if (text.isEmpty() && kept.isValid())
    m_list->setCurrentIndex(kept);
  else
    move(1);
  if (any)
    m_list->scrollTo(m_list->currentIndex());
}

/// To the next row that can be chosen, so many rows away.
void SearchableCombo::move(int rows) {
  const int end = m_proxy->rowCount(), step = rows > 0 ? 1 : -1, start = m_list->currentIndex().isValid() ? m_list->currentIndex().row() : -1;
  const auto canTake = [&](int row) { return m_proxy->index(row, modelColumn()).flags().testFlag(Qt::ItemIsEnabled); };
  int row = std::clamp(start + rows, 0, std::max(0, end - 1));
  while (row >= 0 && row < end && !canTake(row))
    row += step;
  if (row >= 0 && row < end)
    m_list->setCurrentIndex(m_proxy->index(row, modelColumn()));
}

void SearchableCombo::take(const QModelIndex& index) {
  if (!index.isValid() || !index.flags().testFlag(Qt::ItemIsEnabled))
    return;
  const int row = m_proxy->mapToSource(index).row();
  hidePopup();
  setCurrentIndex(row);
  Q_EMIT activated(row);
  Q_EMIT textActivated(itemText(row));
}

bool SearchableCombo::steer(QKeyEvent* event) {
  switch (event->key()) {
  case Qt::Key_Down:
    move(1);
    return true;
  case Qt::Key_Up:
    move(-1);
    return true;
  case Qt::Key_PageDown:
    move(kMostRows - 1);
    return true;
  case Qt::Key_PageUp:
    move(1 - kMostRows);
    return true;
  case Qt::Key_Return:
  case Qt::Key_Enter:
    take(m_list->currentIndex());
    return true;
  case Qt::Key_Escape:
    hidePopup();
    return true;
  default:
    return false;
  }
}

bool SearchableCombo::eventFilter(QObject* object, QEvent* event) {
  if (object == m_search && event->type() == QEvent::KeyPress && steer(static_cast<QKeyEvent*>(event)))
    return true;
  return QComboBox::eventFilter(object, event);
}

void SearchableCombo::keyPressEvent(QKeyEvent* event) {
  const QString typed = event->text();
  const bool word = !typed.isEmpty() && typed.at(0).isPrint() && typed.at(0) != QLatin1Char(' ');
  if (word && !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)))
    open(typed);
  else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
    open({});
  else
    QComboBox::keyPressEvent(event);
}

} // namespace lathe::ui
