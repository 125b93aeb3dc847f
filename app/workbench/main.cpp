// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paths.h"
#include "ui/bridge/workbench.h"
#include "ui/settings/settings_page.h"
#include "ui/shell/language.h"
#include "ui/shell/main_window.h"
#include "ui/shell/settings_store.h"
#include "ui/shell/status_model.h"
#include "ui/style/style.h"
#include "ui/widgets/prompt_service.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>

int main(int argc, char** argv) {
  using namespace lathe::ui;
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("Lathe"));
  QApplication::setDesktopFileName(QStringLiteral("lathe-workbench"));

  QCommandLineParser parser;
  parser.setApplicationDescription(QStringLiteral("The window of Lathe: fine-tune language models, watch runs, chat with the result."));
  parser.addHelpOption();
  const QCommandLineOption homeOption(QStringLiteral("home"), QStringLiteral("Folder for runs, chats and settings."), QStringLiteral("DIR"));
  parser.addOption(homeOption);
  parser.process(app);

  const QString home = QString::fromStdString(lathe::homeFolder(parser.value(homeOption).toStdString()));
  QDir().mkpath(home);
  WindowSettings settings(home);
  Style style(app);
  applyStoredTheme(settings);
  Language language;
  language.set(settings.value(QStringLiteral("language"), QStringLiteral("auto")).toString());

  DialogPrompts prompts;
  StatusModel status;
  EngineOptions options;
  options.home = home;
  Session session(options);
  session.connectStatus(&status);
  MainWindow window(makePages(session, prompts, settings, language), status, settings);
  window.show();
  session.client()->start();
  return QApplication::exec();
}
