// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/chats_delegate.h"

#include "ui/models/chats_model.h"
#include "ui/style/style.h"

#include <QPainter>

namespace lathe::ui {

namespace {
constexpr int kHeight = 46;
}

QSize ChatsDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const { return {100, kHeight}; }

void ChatsDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const Theme& theme = Style::theme();
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  if (option.state & QStyle::State_Selected)
    style::drawBox(*painter, QRectF(option.rect.adjusted(0, 1, 0, -1)), theme.accentSoft, option.state & QStyle::State_HasFocus ? theme.accent : theme.accentSoft);
  else if (option.state & QStyle::State_MouseOver)
    style::drawBox(*painter, QRectF(option.rect.adjusted(0, 1, 0, -1)), theme.hover, theme.hover);
  const QRect inside = option.rect.adjusted(space::k12, 6, -space::k8, -6);
  const QFont title = style::uiFont();
  painter->setFont(title);
  painter->setPen(theme.text);
  painter->drawText(inside, Qt::AlignLeft | Qt::AlignTop, QFontMetrics(title).elidedText(index.data().toString(), Qt::ElideRight, inside.width()));
  const QFont detail = style::uiFont(size::kCaption);
  painter->setFont(detail);
  painter->setPen(theme.muted);
  painter->drawText(inside, Qt::AlignLeft | Qt::AlignBottom,
                    QFontMetrics(detail).elidedText(index.data(ChatsModel::DetailRole).toString(), Qt::ElideRight, inside.width()));
  painter->restore();
}

} // namespace lathe::ui
