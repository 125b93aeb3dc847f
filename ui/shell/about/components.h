// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace lathe::ui {

/// Something that Lathe consists of or needs to run.
struct Component {
  QString name, what;  // "QCustomPlot", "charts"
  QString licence;     // SPDX expression
  QString link;
  QString resource;    // text of the licence below :/licenses; empty: said in `what`
};
QList<Component> components();
/// The whole text of its licence.
QString licenceText(const Component& component);
/// "0.1.0"
QString versionText();
/// Version, Qt, compiler and system in a few lines, for a report.
QString buildText();

} // namespace lathe::ui
