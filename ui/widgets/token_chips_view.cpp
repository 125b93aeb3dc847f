// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/token_chips_view.h"

#include "ui/style/style.h"

#include <QApplication>
#include <QClipboard>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyledItemDelegate>

namespace lathe::ui {

namespace {

constexpr int kChip = 22, kGap = 3, kBar = 5;

class ChipDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const override {
    const QFontMetrics metrics(style::monoFont(12));
    return {metrics.horizontalAdvance(index.data().toString()) + 10 + kGap + (index.data(TokenModel::BeginsRole).toBool() ? kBar : 0), kChip + kGap};
  }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const Theme& t = Style::theme();
    const bool supervised = index.data(TokenModel::SupervisedRole).toBool();
    const bool selected = option.state & QStyle::State_Selected;
    const bool cut = index.data(TokenModel::CutRole).toBool(), begins = index.data(TokenModel::BeginsRole).toBool();
    const QRect chip = option.rect.adjusted(begins ? kBar : 0, 0, -kGap, -kGap);
    const QColor fill = supervised && !cut ? t.accentSoft : t.raised;
    const QColor border = selected ? t.accent : cut ? t.bad : supervised ? t.accentSoftBorder : t.borderStrong;
    style::drawBox(*painter, chip, fill, border, size::kRadiusSmall, (supervised && !cut) || selected ? Qt::SolidLine : Qt::DashLine);
    if (begins)
      painter->fillRect(QRect(option.rect.left(), chip.top(), 2, chip.height()), t.accent);
    QFont font = style::monoFont(12);
    font.setStrikeOut(cut);
    painter->setFont(font);
    painter->setPen(supervised && !cut ? t.text : t.muted);
    painter->drawText(chip, Qt::AlignCenter, index.data().toString());
  }
};

} // namespace

void TokenModel::setTokens(std::vector<api::TokenChip> tokens) {
  beginResetModel();
  m_tokens = std::move(tokens);
  endResetModel();
}

int TokenModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_tokens.size()); }

QString TokenModel::displayText(const api::TokenChip& token) {
  QString text = QString::fromStdString(token.text);
  text.replace(QLatin1Char('\n'), QChar(0x23CE)).replace(QLatin1Char('\t'), QChar(0x21E5));
  if (text.isEmpty())
    text = QStringLiteral("∅");
  return text;
}

QVariant TokenModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::TokenChip& token = m_tokens[static_cast<size_t>(index.row())];
  switch (role) {
  case Qt::DisplayRole:
    return displayText(token);
  case Qt::ToolTipRole:
    if (token.cut)
      return tr("id %1, cut off: beyond the sequence length").arg(token.id);
    return token.supervised ? tr("id %1, learned").arg(token.id) : tr("id %1, only read").arg(token.id);
  case Qt::AccessibleTextRole:
    if (token.cut)
      return tr("%1, cut off").arg(displayText(token));
    return token.supervised ? tr("%1, learned").arg(displayText(token)) : displayText(token);
  case IdRole:
    return qint64(token.id);
  case SupervisedRole:
    return token.supervised;
  case SpecialRole:
    return token.special;
  case CutRole:
    return token.cut;
  case BeginsRole:
    return token.begins;
  default:
    return {};
  }
}

TokenChipsView::TokenChipsView(QWidget* parent) : QListView(parent), m_model(new TokenModel(this)) {
  setModel(m_model);
  setItemDelegate(new ChipDelegate(this));
  setFlow(QListView::LeftToRight);
  setWrapping(true);
  setResizeMode(QListView::Adjust);
  setUniformItemSizes(false);
  setFrameShape(QFrame::NoFrame);
  setSelectionMode(QAbstractItemView::ExtendedSelection);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  setAccessibleName(tr("Tokens"));
  viewport()->setAutoFillBackground(false);
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setSizePolicy(policy);
  setTabKeyNavigation(false);
}

void TokenChipsView::setTokens(std::vector<api::TokenChip> tokens) {
  m_model->setTokens(std::move(tokens));
  doItemsLayout();
  updateGeometry();
}

void TokenChipsView::setMaxLines(int lines) {
  m_maxLines = lines;
  updateGeometry();
}

QSize TokenChipsView::sizeHint() const {
  const int content = m_model->rowCount() == 0 ? 0 : std::max(contentsSize().height(), kChip + kGap);
  return {300, std::clamp(content, kChip + kGap, m_maxLines * (kChip + kGap)) + 2};
}

QSize TokenChipsView::minimumSizeHint() const { return {120, sizeHint().height()}; }

void TokenChipsView::resizeEvent(QResizeEvent* event) {
  const int before = sizeHint().height();
  QListView::resizeEvent(event);
  executeDelayedItemsLayout();
  if (sizeHint().height() != before || height() != sizeHint().height())
    updateGeometry();
}

void TokenChipsView::keyPressEvent(QKeyEvent* event) {
  if (!event->matches(QKeySequence::Copy)) {
    QListView::keyPressEvent(event);
    return;
  }
  QModelIndexList rows = selectedIndexes();
  std::sort(rows.begin(), rows.end());
  QString text;
  for (const QModelIndex& index : rows)
    text += QString::fromStdString(m_model->tokens()[static_cast<size_t>(index.row())].text);
  QApplication::clipboard()->setText(text);
}

} // namespace lathe::ui
