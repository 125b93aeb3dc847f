// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/labels.h"

#include <QVBoxLayout>
#include <QWidget>

class QScrollArea;

namespace lathe::ui {

/// The right side of a page: blocks under small headings, a fixed footer for the page's main action; can be folded to a strip, and its left edge can be
/// dragged (a double click there brings the usual width back). A page puts it last into its QHBoxLayout without margins. keepFolded() of the
/// shell remembers folding and width under `key`.
class InspectorPanel : public QWidget {
  Q_OBJECT
 public:
  explicit InspectorPanel(const QString& key, QWidget* parent = nullptr);
  /// A block under a heading; fill its layout.
  QVBoxLayout* addBlock(const QString& heading);
  /// A block that brings its heading along; hidden it takes no room. A first one leaves 28 px beside its heading to the fold button.
  void addWidget(QWidget* block);
  void setHeading(int block, const QString& heading); // for a change of language
  void addStretch();
  QVBoxLayout* footer(); // takes no room until it is asked for
  const QString& key() const { return m_key; }
  bool isFolded() const { return m_folded; }
  void setFolded(bool folded); // no signal
  int openWidth() const { return m_width; } // pixels, while not folded
  void setOpenWidth(int width);             // no signal; within kNarrowest and kWidest
  static constexpr int kNarrowest = 260, kWidest = 560;
  /// For a panel without which the page is whole: on a page narrower than this it is folded until the person unfolds it there. 0: never.
  void setFoldsBelow(int pageWidth) { m_foldsBelow = pageWidth; }

 Q_SIGNALS:
  void foldedChanged(bool folded); // by the person
  void openWidthChanged(int width); // by the person, when the edge is let go

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override; // of the grip and the page
  void showEvent(QShowEvent* event) override;

 private:
  void fitPage();
  bool dragEdge(class QMouseEvent* event);
  QString m_key;
  QList<TextLabel*> m_headings;
  QScrollArea* m_scroll;
  QWidget* m_inside;
  QVBoxLayout* m_blocks;
  QWidget* m_foot;
  QVBoxLayout* m_footer;
  IconButton* m_fold;
  QWidget* m_grip;
  int m_width = size::kInspector, m_pressedX = 0, m_pressedWidth = 0;
  int m_foldsBelow = 0;
  bool m_folded = false, m_hasFooter = false;
  bool m_narrow = false, m_wanted = false; // folded because the page is narrow; what the person wants where it is not
};

} // namespace lathe::ui
