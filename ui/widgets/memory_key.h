// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/stacked_bar.h"

namespace lathe::ui {

/// "■ Weights 15.0 GiB   ■ Stash 22.9 GiB": the colours of a memory chart with what each is now, in as many lines as they need.
class MemoryKey : public QWidget {
  Q_OBJECT
 public:
  explicit MemoryKey(QWidget* parent = nullptr);
  void setParts(const QList<MemoryPart>& parts);
  const QList<MemoryPart>& parts() const { return m_parts; }
  QSize sizeHint() const override { return {400, heightForWidth(400)}; }
  QSize minimumSizeHint() const override { return {200, heightForWidth(width())}; }
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  template <class Place>
  int walk(int width, Place&& place) const;
  QList<MemoryPart> m_parts;
};

} // namespace lathe::ui
