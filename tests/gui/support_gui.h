// SPDX-License-Identifier: GPL-3.0-or-later
// Helpers of all GUI tests.
#pragma once

#include <QString>
#include <QStringList>
#include <QWidget>

namespace lathe::ui::test {

/// Labels and buttons below `root` that are visible and smaller than their text needs. ElidedLabel may be.
QStringList clippedTexts(const QWidget& root);
/// Texts below `root` that are visible (labels and buttons), for checking translations.
QStringList visibleTexts(const QWidget& root);
/// Saves a picture when LATHE_SCREENSHOTS names a folder; always returns the picture's size.
QSize screenshot(QWidget& widget, const QString& name);
/// Shows `widget` at this size and lets layouts and paints settle.
void settle(QWidget& widget, QSize size);

} // namespace lathe::ui::test
