// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/labels.h"

#include <QFrame>
#include <QVBoxLayout>

namespace lathe::ui {

/// A raised box with a one-pixel border. Sections inside are divided by lines.
class Card : public QFrame {
  Q_OBJECT
 public:
  explicit Card(QWidget* parent = nullptr);
  QVBoxLayout* body() const { return m_body; } // no margins: sections bring their own
  /// Adds a section below the others (with a dividing line) and returns it.
  class Section* addSection(const QString& title = {});

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QVBoxLayout* m_body;
  int m_sections = 0;
};

/// Title left, summary right-aligned, content below.
class Section : public QWidget {
  Q_OBJECT
 public:
  explicit Section(const QString& title = {}, QWidget* parent = nullptr);
  void setTitle(const QString& title);
  void setSummary(const QString& summary);
  QVBoxLayout* content() const { return m_content; }
  void setDivided(bool divided); // line above

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  TextLabel* m_title;
  ElidedLabel* m_summary;
  QVBoxLayout* m_content;
  bool m_divided = false;
};

/// Label above, control, one line of help below. `help` may say what a change costs ("Doubling it adds 0.5 GiB").
class FieldBlock : public QWidget {
  Q_OBJECT
 public:
  FieldBlock(const QString& label, QWidget* control, const QString& help = {}, QWidget* parent = nullptr);
  void setLabel(const QString& label); // also the control's accessible name
  void setHelp(const QString& help);
  void setProblem(const QString& problem); // replaces the help in red; empty: the help again
  QString label() const;
  QWidget* control() const { return m_control; }
  /// For the field search: whether label, help or key words contain all words of `text`.
  bool matches(const QString& text) const;
  void setKeywords(const QString& keywords) { m_keywords = keywords; }
  void setHighlighted(bool on);

 private:
  void showHelp();
  TextLabel* m_label;
  TextLabel* m_help;
  QWidget* m_control;
  QString m_helpText, m_problem, m_keywords;
};

/// Title and context left, actions right: the top of a page.
class PageHeader : public QWidget {
  Q_OBJECT
 public:
  explicit PageHeader(const QString& title = {}, QWidget* parent = nullptr);
  void setTitle(const QString& title);
  void setContext(const QString& context); // small line under the title; empty hides it
  void addAction(QWidget* widget);         // to the right

 private:
  ElidedLabel* m_title;
  ElidedLabel* m_context;
  QHBoxLayout* m_actions;
};

/// A titled number with unit: "Loss / 1.042".
class Figure : public QWidget {
  Q_OBJECT
 public:
  explicit Figure(const QString& title, QWidget* parent = nullptr);
  void setTitle(const QString& title);
  void setValue(const QString& value, const QString& unit = {});
  QString value() const;

 private:
  TextLabel* m_title;
  TextLabel* m_value;
  TextLabel* m_unit;
};

} // namespace lathe::ui
