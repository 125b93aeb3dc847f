// SPDX-License-Identifier: GPL-3.0-or-later
// Things that tell: banner, pill, dot, empty state, undo bar.
#pragma once

#include "core/api/run_state.h"
#include "ui/widgets/labels.h"

#include <QFrame>
#include <QTimer>

#include <functional>

namespace lathe::ui {

enum class Tone { Info, Good, Warn, Error };

/// One sentence with at most one action, in the page; never a dialog. Edge and icon in the tone's colour.
class Banner : public QFrame {
  Q_OBJECT
 public:
  explicit Banner(Tone tone = Tone::Info, const QString& text = {}, QWidget* parent = nullptr);
  void setTone(Tone tone);
  void setText(const QString& text, const QString& detail = {});
  QString text() const;
  void setAction(const QString& text); // empty removes it
  Button* actionButton() const { return m_action; }
  void setClosable(bool closable);

 Q_SIGNALS:
  void actionTriggered();
  void closed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  Tone m_tone;
  QLabel* m_icon;
  TextLabel* m_text;
  TextLabel* m_detail;
  Button* m_action;
  IconButton* m_close;
};

/// A short word in a bordered pill: "fits", "running".
class Badge : public QWidget {
  Q_OBJECT
 public:
  explicit Badge(const QString& text = {}, Tone tone = Tone::Info, QWidget* parent = nullptr);
  void set(const QString& text, Tone tone);
  QString text() const { return m_text; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }
  static void paint(QPainter& painter, const QRectF& rect, const QString& text, Tone tone);
  static QSize sizeOf(const QString& text);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString m_text;
  Tone m_tone;
};

QString runStateName(api::RunState state); // translated: "running"
Tone runStateTone(api::RunState state);

/// The state of a run as a badge.
class StatePill : public Badge {
  Q_OBJECT
 public:
  explicit StatePill(api::RunState state = api::RunState::Queued, QWidget* parent = nullptr);
  void setState(api::RunState state);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  api::RunState m_state;
};

/// "● Template matches the tokenizer": a row of a check list, optionally with a link.
class CheckRow : public QWidget {
  Q_OBJECT
 public:
  CheckRow(Tone tone, const QString& text, const QString& link = {}, QWidget* parent = nullptr);

 Q_SIGNALS:
  void linkTriggered();
};

/// A filled dot; the tone's word must stand beside it or in the accessible name.
class Dot : public QWidget {
  Q_OBJECT
 public:
  explicit Dot(Tone tone = Tone::Info, QWidget* parent = nullptr);
  void setTone(Tone tone);
  QSize sizeHint() const override { return {12, 12}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Tone m_tone;
};
QColor toneColor(Tone tone);
QColor toneSoft(Tone tone);

/// What a page is for and the first thing to do there.
class EmptyState : public QWidget {
  Q_OBJECT
 public:
  EmptyState(IconName icon, const QString& title, const QString& text, const QString& action = {}, QWidget* parent = nullptr);
  void setTexts(const QString& title, const QString& text, const QString& action);
  Button* actionButton() const { return m_action; }

 Q_SIGNALS:
  void actionTriggered();

 private:
  TextLabel* m_title;
  TextLabel* m_text;
  Button* m_action;
};

/// "Run deleted. [Undo]": shows for a while at the bottom of a page; calls one of the two functions exactly once.
class UndoBar : public QFrame {
  Q_OBJECT
 public:
  explicit UndoBar(QWidget* parent = nullptr);
  /// Shows the bar; an older offer is final from now on.
  void offer(const QString& text, std::function<void()> undo, std::function<void()> makeFinal = {}, int milliseconds = 10000);
  Button* undoButton() const { return m_undo; }
  void finish(); // the time is over

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  TextLabel* m_text;
  Button* m_undo;
  IconButton* m_close;
  QTimer m_timer;
  std::function<void()> m_onUndo, m_onFinal;
};

} // namespace lathe::ui
