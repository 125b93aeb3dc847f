// SPDX-License-Identifier: GPL-3.0-or-later
// Painting asks here for hover and focus, so that the gallery can show every state of a control side by side.
#pragma once

#include <QStyle>

class QWidget;

namespace lathe::ui::style {

/// Paints the widget as if it were in this state too. For the gallery: nothing but its looks changes.
void showAs(QWidget* widget, QStyle::State state);
bool isShownAs(const QObject* widget, QStyle::StateFlag flag);

bool showsFocus(const QWidget* widget); // it has the focus, or is shown as if
bool showsHover(const QWidget* widget); // the pointer is over it, or it is shown as if

} // namespace lathe::ui::style
