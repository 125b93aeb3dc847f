// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/support_gui.h"

#include "ui/widgets/labels.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QTest>

namespace lathe::ui::test {

QStringList clippedTexts(const QWidget& root) {
  QStringList out;
  const auto all = root.findChildren<QWidget*>();
  for (const QWidget* w : all) {
    if (!w->isVisibleTo(&root) || qobject_cast<const ElidedLabel*>(w) || w->visibleRegion().isEmpty())
      continue;
    QString text;
    QSize needed;
    if (const auto* label = qobject_cast<const QLabel*>(w)) {
      text = label->text();
      needed = label->wordWrap() ? QSize(0, label->heightForWidth(label->width())) : label->sizeHint();
    } else if (const auto* button = qobject_cast<const QAbstractButton*>(w)) {
      text = button->text();
      needed = button->sizeHint();
    }
    if (text.isEmpty())
      continue;
    if (w->width() < needed.width() || w->height() < needed.height())
      out << QStringLiteral("\"%1\" (%2): has %3×%4, needs %5×%6")
                 .arg(text, QLatin1String(w->metaObject()->className()))
                 .arg(w->width()).arg(w->height()).arg(needed.width()).arg(needed.height());
  }
  return out;
}

namespace {

struct ShownText {
  const QWidget* widget;
  QString text;
  QRect rect; // of the letters, in the root's coordinates
};

/// Labels and buttons with text that are in sight.
QList<ShownText> shownTexts(const QWidget& root) {
  QList<ShownText> out;
  const auto all = root.findChildren<QWidget*>();
  for (const QWidget* w : all) {
    if (!w->isVisibleTo(&root) || w->visibleRegion().isEmpty())
      continue;
    QString text;
    Qt::Alignment alignment = Qt::AlignCenter;
    QRect inside = w->contentsRect();
    if (const auto* label = qobject_cast<const QLabel*>(w)) {
      text = label->text();
      alignment = label->alignment();
    } else if (const auto* push = qobject_cast<const QPushButton*>(w); push && push->icon().isNull()) {
      text = push->text(); // other buttons place their text themselves
    }
    if (text.isEmpty() || inside.isEmpty())
      continue;
    const int wrap = qobject_cast<const QLabel*>(w) && qobject_cast<const QLabel*>(w)->wordWrap() ? Qt::TextWordWrap : 0;
    const QRect whole = w->fontMetrics().boundingRect(inside, int(alignment) | wrap, text);
    const QRect letters = whole & w->visibleRegion().boundingRect();
    if (letters.height() > 0.7 * whole.height() && !letters.isEmpty()) // not one that is scrolled half out of sight
      out << ShownText{w, text, QRect(w->mapTo(&root, letters.topLeft()), letters.size())};
  }
  return out;
}

QString placeOf(const QWidget* widget) {
  return QStringLiteral("%1 \"%2\"").arg(QLatin1String(widget->metaObject()->className()), widget->objectName());
}

void walk(QAccessibleInterface* at, const QWidget& root, QStringList& out, int depth) {
  if (!at || !at->isValid() || depth > 40)
    return;
  const QAccessible::State state = at->state();
  const auto* widget = qobject_cast<QWidget*>(at->object());
  if (state.invisible || (widget && (!widget->isVisibleTo(&root) || widget->visibleRegion().isEmpty())))
    return;
  const QAccessible::Role role = at->role();
  static const QSet<int> kControls = {QAccessible::Button, QAccessible::CheckBox, QAccessible::RadioButton, QAccessible::ComboBox, QAccessible::EditableText, QAccessible::SpinBox,
                                      QAccessible::Slider, QAccessible::ProgressBar, QAccessible::Chart, QAccessible::Graphic, QAccessible::Indicator, QAccessible::Link,
                                      QAccessible::ButtonMenu, QAccessible::Table, QAccessible::List, QAccessible::Tree, QAccessible::MenuItem, QAccessible::ButtonDropDown};
  const bool inside = widget && (qobject_cast<QAbstractItemView*>(widget->parentWidget()) || qobject_cast<QComboBox*>(widget->parentWidget()) ||
                                 widget->objectName().startsWith(QLatin1String("qt_")));
  const bool asksForKeys = widget && widget->focusPolicy() != Qt::NoFocus && widget->isEnabled() && !widget->focusProxy() && !qobject_cast<const QAbstractScrollArea*>(widget);
  if (!inside && (kControls.contains(role) || asksForKeys)) {
    if (at->text(QAccessible::Name).isEmpty())
      out << QStringLiteral("%1 has no name").arg(widget ? placeOf(widget) : QString::number(role));
    if (role == QAccessible::Client || role == QAccessible::NoRole)
      out << QStringLiteral("%1 has no role").arg(widget ? placeOf(widget) : QString());
  }
  if (widget && qobject_cast<const QAbstractItemView*>(widget))
    return; // its cells are the model's
  for (int i = 0; i < at->childCount(); ++i)
    walk(at->child(i), root, out, depth + 1);
}

} // namespace

QStringList overlappingTexts(const QWidget& root) {
  QStringList out;
  const QList<ShownText> all = shownTexts(root);
  for (qsizetype i = 0; i < all.size(); ++i)
    for (qsizetype k = 0; k < i; ++k) {
      const QRect shared = all[i].rect & all[k].rect;
      if (shared.width() > 2 && shared.height() > 3 && !all[i].widget->isAncestorOf(all[k].widget) && !all[k].widget->isAncestorOf(all[i].widget))
        out << QStringLiteral("\"%1\" and \"%2\"").arg(all[k].text, all[i].text);
    }
  return out;
}

QStringList accessibleProblems(QWidget& root) {
  QStringList out;
  walk(QAccessible::queryAccessibleInterface(&root), root, out, 0);
  return out;
}

QStringList tabOrderProblems(QWidget& window) {
  constexpr int kMost = 600;
  window.activateWindow();
  QCoreApplication::processEvents();
  QSet<const QWidget*> reached;
  QStringList out;
  for (int i = 0; i < kMost; ++i) {
    QWidget* before = QApplication::focusWidget();
    if (before && reached.contains(before))
      break;
    if (before)
      reached.insert(before);
    QTest::keyClick(before ? before : &window, Qt::Key_Tab);
    if (before && QApplication::focusWidget() == before) {
      out << QStringLiteral("Tab stays in %1").arg(placeOf(before));
      return out;
    }
  }
  const auto all = window.findChildren<QWidget*>();
  for (const QWidget* w : all) {
    const bool wanted = (w->focusPolicy() & Qt::TabFocus) && w->isVisibleTo(&window) && w->isEnabled() && !w->focusProxy() && !w->isWindow() &&
                        !w->objectName().startsWith(QLatin1String("qt_"));
    if (wanted && !reached.contains(w))
      out << QStringLiteral("Tab does not reach %1").arg(placeOf(w));
  }
  return out;
}

QStringList faintTexts(QWidget& root) {
  QImage image(root.size() * 2, QImage::Format_RGB32);
  image.setDevicePixelRatio(2);
  root.render(&image);
  QStringList out;
  for (const ShownText& shown : shownTexts(root)) {
    if (!shown.widget->isEnabled())
      continue;
    const QRect area = QRect(shown.rect.topLeft() * 2, shown.rect.size() * 2) & image.rect();
    QHash<QRgb, int> counts;
    for (int y = area.top(); y <= area.bottom(); ++y)
      for (int x = area.left(); x <= area.right(); ++x)
        ++counts[image.pixel(x, y)];
    QRgb ground = 0;
    int most = 0;
    for (auto it = counts.begin(); it != counts.end(); ++it)
      if (it.value() > most)
        most = it.value(), ground = it.key();
    double best = 1;
    for (auto it = counts.begin(); it != counts.end(); ++it)
      best = std::max(best, contrastRatio(QColor(it.key()), QColor(ground)));
    if (best < 4.5)
      out << QStringLiteral("\"%1\" (%2): %3").arg(shown.text, placeOf(shown.widget)).arg(best, 0, 'f', 1);
  }
  return out;
}

QStringList visibleTexts(const QWidget& root) {
  QStringList out;
  const auto all = root.findChildren<QWidget*>();
  for (const QWidget* w : all) {
    if (!w->isVisibleTo(&root))
      continue;
    if (const auto* elided = qobject_cast<const ElidedLabel*>(w))
      out << elided->text();
    else if (const auto* label = qobject_cast<const QLabel*>(w))
      out << label->text();
    else if (const auto* button = qobject_cast<const QAbstractButton*>(w))
      out << button->text();
  }
  out.removeAll(QString());
  return out;
}

QSize screenshot(QWidget& widget, const QString& name) {
  const QPixmap picture = widget.grab();
  const QString folder = qEnvironmentVariable("LATHE_SCREENSHOTS");
  if (!folder.isEmpty()) {
    QDir().mkpath(folder);
    picture.save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
  }
  return picture.size();
}

void settle(QWidget& widget, QSize size) {
  widget.resize(size);
  widget.show();
  QTest::qWait(1);
  for (int i = 0; i < 3; ++i)
    QCoreApplication::processEvents();
  QTest::qWait(60);
}

} // namespace lathe::ui::test
