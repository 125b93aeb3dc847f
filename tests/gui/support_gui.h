// SPDX-License-Identifier: GPL-3.0-or-later
// Helpers of all GUI tests.
#pragma once

#include <QString>
#include <QStringList>
#include <QWidget>

namespace lathe::ui::test {

/// Labels and buttons below `root` that are visible and smaller than their text needs. ElidedLabel may be.
QStringList clippedTexts(const QWidget& root);
/// Texts of labels and buttons that lie over each other.
QStringList overlappingTexts(const QWidget& root);
/// What a screen reader would meet and could not name or tell the kind of: the whole accessibility tree below `root`, invisible parts left out.
QStringList accessibleProblems(QWidget& root);
/// Controls that Tab does not reach, and places where it stays. Presses Tab until it is back where it began.
QStringList tabOrderProblems(QWidget& window);
/// Texts whose colour in the picture (the window at twice its size) has a contrast below 4.5 to what is around them; disabled ones are exempt.
QStringList faintTexts(QWidget& root);
/// Texts below `root` that are visible (labels and buttons), for checking translations.
QStringList visibleTexts(const QWidget& root);
/// Saves a picture when LATHE_SCREENSHOTS names a folder; always returns the picture's size.
QSize screenshot(QWidget& widget, const QString& name);
/// Shows `widget` at this size and lets layouts and paints settle.
void settle(QWidget& widget, QSize size);

} // namespace lathe::ui::test
