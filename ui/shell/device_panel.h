// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/status_model.h"
#include "ui/widgets/labels.h"

#include <QFrame>

namespace lathe::ui {

/// "98 %    641 W    61 °C", without what the device does not tell.
QString deviceLoadText(const DeviceStatus& device, const QString& between);
/// The parts of Lathe's own and the rest of what is in use.
QList<MemoryPart> deviceParts(const DeviceStatus& device);

/// What opens over a device of the status strip: its memory by category with numbers, and a way to the System page. Follows the device while open.
class DevicePanel : public QFrame {
  Q_OBJECT
 public:
  explicit DevicePanel(QWidget* parent = nullptr);
  void show(const DeviceStatus& device);
  /// Above `anchor`, inside its window's width.
  void openOver(const QWidget* anchor);

 Q_SIGNALS:
  void systemRequested();

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  TextLabel* m_name;
  TextLabel* m_used;
  StackedBar* m_bar;
  MemoryLegend* m_legend;
  TextLabel* m_load;
  LinkButton* m_system;
};

} // namespace lathe::ui
