// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/shown_state.h"

#include <QVariant>
#include <QWidget>

namespace lathe::ui::style {

namespace {
constexpr const char* kShownStateProperty = "latheShownState";
bool g_anyShown = false; // spares the look-up in a window that shows no such states
} // namespace

void showAs(QWidget* widget, QStyle::State state) {
  g_anyShown = true;
  widget->setProperty(kShownStateProperty, static_cast<int>(state));
  widget->update();
}

bool isShownAs(const QObject* widget, QStyle::StateFlag flag) {
  return g_anyShown && widget && QStyle::State(widget->property(kShownStateProperty).toInt()).testFlag(flag);
}

bool showsFocus(const QWidget* widget) { return widget->hasFocus() || isShownAs(widget, QStyle::State_HasFocus); }
bool showsHover(const QWidget* widget) { return widget->underMouse() || isShownAs(widget, QStyle::State_MouseOver); }

} // namespace lathe::ui::style
