// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/support_gui.h"

#include "ui/widgets/labels.h"

#include <QAbstractButton>
#include <QCheckBox>
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
