// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/prompt_service.h"

#include <QDialog>

class QLineEdit;
class QListWidget;

namespace lathe::ui {

class Banner;
class Button;
class EngineClient;

/// Chooses a file or folder of the machine that the engine runs on.
class RemoteChooser : public QDialog {
  Q_OBJECT
 public:
  RemoteChooser(EngineClient& client, const QString& title, const QString& start, bool folders, QWidget* parent = nullptr);
  QString path() const;

 private:
  void go(const QString& folder);
  void openRow(int row);
  void showChoice();
  EngineClient& m_client;
  bool m_folders;
  QString m_folder; // shown now
  QLineEdit* m_edit;
  QListWidget* m_list;
  Banner* m_banner;
  Button* m_choose;
};

/// Files and folders to open are those of the other machine; everything else is asked as before, and files to save are of this computer.
class RemotePrompts : public PromptService {
 public:
  RemotePrompts(EngineClient& client, PromptService& local) : m_client(client), m_local(local) {}
  bool confirm(QWidget* over, const QString& title, const QString& text, const QString& action, bool dangerous) override { return m_local.confirm(over, title, text, action, dangerous); }
  std::optional<QString> askText(QWidget* over, const QString& title, const QString& label, const QString& value) override { return m_local.askText(over, title, label, value); }
  std::optional<QString> openFile(QWidget* over, const QString& title, const QString& start, const QString& filter) override;
  std::optional<QString> openFolder(QWidget* over, const QString& title, const QString& start) override;
  std::optional<QString> saveFile(QWidget* over, const QString& title, const QString& start, const QString& filter) override { return m_local.saveFile(over, title, start, filter); }

 private:
  EngineClient& m_client;
  PromptService& m_local;
};

} // namespace lathe::ui
