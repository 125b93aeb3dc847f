// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/accessible_roles.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QCoreApplication>
#include <QKeyEvent>
#include <QWidget>

namespace lathe::ui::style {

namespace {

struct KnownRole {
  const char* className;
  QAccessible::Role role;
};

constexpr KnownRole kRoles[] = {
    {"lathe::ui::SegmentedSwitch", QAccessible::ComboBox}, {"lathe::ui::StackedBar", QAccessible::Chart}, {"lathe::ui::LengthHistogram", QAccessible::Chart}, {"lathe::ui::PackingStrip", QAccessible::Chart},      {"lathe::ui::MemoryLegend", QAccessible::StaticText},
    {"lathe::ui::ThinProgress", QAccessible::ProgressBar}, {"lathe::ui::Sparkline", QAccessible::Graphic},     {"lathe::ui::Badge", QAccessible::StaticText},
    {"lathe::ui::DeviceItem", QAccessible::Button},     {"lathe::ui::JobItem", QAccessible::Button},
    {"lathe::ui::EngineItem", QAccessible::Button},        {"lathe::ui::LinePlot", QAccessible::Grouping},     {"QCustomPlot", QAccessible::Chart},
    {"lathe::ui::Banner", QAccessible::AlertMessage},      {"lathe::ui::InspectorPanel", QAccessible::Pane},
    {"lathe::ui::TypeBar", QAccessible::Chart},            {"lathe::ui::ValueHistogram", QAccessible::Chart},
};

/// Name and description are the widget's; a switch and a progress bar say in their description where they stand, which is their value too. Pressing is Return.
class RoleInterface : public QAccessibleWidget {
 public:
  using QAccessibleWidget::QAccessibleWidget;
  QString text(QAccessible::Text kind) const override {
    if (kind == QAccessible::Value && (role() == QAccessible::ComboBox || role() == QAccessible::ProgressBar))
      return widget()->accessibleDescription();
    return QAccessibleWidget::text(kind);
  }
  QStringList actionNames() const override { return role() == QAccessible::Button ? QStringList{pressAction(), setFocusAction()} : QAccessibleWidget::actionNames(); }
  void doAction(const QString& name) override {
    if (name != pressAction() || role() != QAccessible::Button) {
      QAccessibleWidget::doAction(name);
      return;
    }
    for (const auto type : {QEvent::KeyPress, QEvent::KeyRelease}) {
      QKeyEvent key(type, Qt::Key_Return, Qt::NoModifier);
      QCoreApplication::sendEvent(widget(), &key);
    }
  }
};

QAccessibleInterface* makeInterface(const QString& className, QObject* object) {
  auto* widget = qobject_cast<QWidget*>(object);
  if (widget)
    for (const KnownRole& known : kRoles)
      if (className == QLatin1String(known.className))
        return new RoleInterface(widget, known.role);
  return nullptr;
}

} // namespace

void installAccessibleRoles() { QAccessible::installFactory(makeInterface); }

} // namespace lathe::ui::style
