// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paths.h"
#include "ui/gallery/gallery.h"
#include "ui/settings/settings_page.h"
#include "ui/shell/application.h"
#include "ui/shell/language.h"
#include "ui/shell/settings_store.h"
#include "ui/style/style.h"
#include "ui/widgets/prompt_service.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>

#include <string>

namespace {

/// --home DIR or --home=DIR: the scale is needed before Qt reads the arguments.
std::string homeArgument(int argc, char** argv) {
  const std::string prefix = "--home=";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--home" && i + 1 < argc)
      return argv[i + 1];
    if (word.rfind(prefix, 0) == 0)
      return word.substr(prefix.size());
  }
  return {};
}

} // namespace

int main(int argc, char** argv) {
  using namespace lathe::ui;
  if (wantsGallery(argc, argv))
    return runGallery(argc, argv);
  applyStoredScale(QString::fromStdString(lathe::homeFolder(homeArgument(argc, argv))));
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("Lathe"));
  QApplication::setDesktopFileName(QStringLiteral("lathe-workbench"));

  QCommandLineParser parser;
  parser.setApplicationDescription(QStringLiteral("The window of Lathe: fine-tune language models, watch runs, chat with the result."));
  parser.addHelpOption();
  const QCommandLineOption homeOption(QStringLiteral("home"), QStringLiteral("Folder for runs, chats and settings."), QStringLiteral("DIR"));
  const QCommandLineOption hostOption(QStringLiteral("host"), QStringLiteral("Work on a machine of `lathe hosts`; an empty name means this computer."), QStringLiteral("NAME"));
  parser.addOption(homeOption);
  parser.addOption({QStringLiteral("gallery"), QStringLiteral("Show every control in every state (with --theme light|dark and --scale 100|150|200) and nothing else.")});
  parser.addOption(hostOption);
  parser.process(app);

  const QString home = QString::fromStdString(lathe::homeFolder(parser.value(homeOption).toStdString()));
  QDir().mkpath(home);
  WindowSettings settings(home);
  Style style(app);
  applyStoredTheme(settings);
  Language language;
  language.set(settings.value(QStringLiteral("language"), QStringLiteral("auto")).toString());

  DialogPrompts prompts;
  Application workbench(settings, language, prompts, desktopBuses());
  workbench.open(parser.isSet(hostOption) ? parser.value(hostOption) : settings.value(QStringLiteral("host")).toString());
  return QApplication::exec();
}
