// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QWidget>

namespace lathe::ui {

/// Bytes of one element type.
struct TypePart {
  QString type; // "BF16"
  double bytes = 0;
};

/// A bar of the bytes of a model by element type, largest first, and a line for each below it: colour, type, bytes, share.
class TypeBar : public QWidget {
  Q_OBJECT
public:
  explicit TypeBar(QWidget* parent = nullptr);
  void setParts(QList<TypePart> parts);
  const QList<TypePart>& parts() const { return m_parts; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override; // tooltip of the part under the pointer

private:
  double sum() const;
  QString describe(const TypePart& part) const;
  QList<TypePart> m_parts;
};

} // namespace lathe::ui
