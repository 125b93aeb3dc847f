// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/card.h"

#include <QTimer>

class QPlainTextEdit;

namespace lathe::ui {

class SegmentedSwitch;
class Session;

/// The last lines of the engine's log: all of them or only warnings and errors; can be selected and copied. Read again every few seconds while it is
/// in sight, and it stays where it was scrolled to unless that was its end.
class EngineLogView : public Card {
  Q_OBJECT
public:
  explicit EngineLogView(Session& session, QWidget* parent = nullptr);
  void refresh();
  QPlainTextEdit* text() const { return m_text; }

Q_SIGNALS:
  void bundleRequested();

protected:
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void fill();
  void retranslate();
  Session& m_session;
  Section* m_section;
  SegmentedSwitch* m_level;
  Button *m_copy, *m_bundle;
  QPlainTextEdit* m_text;
  QStringList m_lines;
  QString m_failure;
  bool m_asking = false;
  QTimer m_timer;
};

} // namespace lathe::ui
