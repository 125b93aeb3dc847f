// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

class QLineEdit;
class QToolButton;

namespace lathe::ui {
class PromptService;

/// A file or folder: typed, dropped, browsed or chosen among the known and recent ones.
class PathField : public QWidget {
  Q_OBJECT
 public:
  enum class Kind { File, Folder };
  struct Known {
    QString path, text, note; // "support.jsonl", "18 402 rows"
  };
  explicit PathField(Kind kind, QWidget* parent = nullptr);
  QString path() const;
  void setPath(const QString& path); // no signal
  void setKnown(const QList<Known>& known);  // menu, first part
  void setRecent(const QStringList& paths);  // menu, second part
  void setPlaceholder(const QString& text);
  void setFilter(const QString& filter);     // "JSON lines (*.jsonl *.json)"
  void setPrompts(PromptService* prompts);   // asks for files; needed for Browse
  QLineEdit* edit() const { return m_edit; }

 Q_SIGNALS:
  void pathChanged(const QString& path); // by the person, when the field is left, dropped into or chosen

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void openMenu();
  void browse();
  void take(const QString& path);
  void retranslate();
  Kind m_kind;
  QLineEdit* m_edit;
  QToolButton* m_menu;
  QToolButton* m_browse;
  QList<Known> m_known;
  QStringList m_recent;
  QString m_filter, m_last;
  PromptService* m_prompts = nullptr;
};

} // namespace lathe::ui
