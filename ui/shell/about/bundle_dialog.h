// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/banner.h"

#include <QDialog>

class QListWidget;
class QProcess;

namespace lathe::ui {

class PromptService;

/// Shows what a log bundle would hold, then writes it. The command does the work (`lathe doctor --bundle`), here or on the other machine.
class BundleDialog : public QDialog {
  Q_OBJECT
 public:
  /// `doctor`: program and arguments of `lathe doctor` for the engine that is worked with.
  BundleDialog(QStringList doctor, PromptService& prompts, QWidget* parent = nullptr);
  ~BundleDialog() override;

 private:
  void run(const QStringList& more, std::function<void(const QByteArray&)> done);
  void showFiles(const QByteArray& json);
  void save();
  void write(const QString& path, const QByteArray& archive);
  void say(Tone tone, const QString& text);
  QStringList m_doctor;
  PromptService& m_prompts;
  QProcess* m_process = nullptr;
  QListWidget* m_list;
  TextLabel* m_sum;
  Banner* m_banner;
  Button *m_save, *m_close;
};

} // namespace lathe::ui
