// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/labels.h"

#include <QVBoxLayout>
#include <QWidget>

class QScrollArea;

namespace lathe::ui {

/// The right side of a page: blocks under small headings, a fixed footer for the page's main action; can be folded to a strip. A page
/// puts it last into its QHBoxLayout without margins. keepFolded() of the shell remembers the folded state under `key`.
class InspectorPanel : public QWidget {
  Q_OBJECT
 public:
  explicit InspectorPanel(const QString& key, QWidget* parent = nullptr);
  /// A block under a heading; fill its layout.
  QVBoxLayout* addBlock(const QString& heading);
  void setHeading(int block, const QString& heading); // for a change of language
  void addStretch();
  QVBoxLayout* footer(); // takes no room until it is asked for
  const QString& key() const { return m_key; }
  bool isFolded() const { return m_folded; }
  void setFolded(bool folded); // no signal

 Q_SIGNALS:
  void foldedChanged(bool folded); // by the person

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QString m_key;
  QList<TextLabel*> m_headings;
  QScrollArea* m_scroll;
  QWidget* m_inside;
  QVBoxLayout* m_blocks;
  QWidget* m_foot;
  QVBoxLayout* m_footer;
  IconButton* m_fold;
  bool m_folded = false, m_hasFooter = false;
};

} // namespace lathe::ui
