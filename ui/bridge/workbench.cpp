// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/workbench.h"

#include "ui/chat/chat_page.h"
#include "ui/data/data_page.h"
#include "ui/library/library_page.h"
#include "ui/models/format.h"
#include "ui/monitor/system_page.h"
#include "ui/runs/runs_page.h"
#include "ui/settings/settings_page.h"
#include "ui/shell/settings_store.h"
#include "ui/shell/welcome/welcome_page.h"
#include "ui/train/train_page.h"

#include <QSplitter>

namespace lathe::ui {

namespace {

/// New runs begin with the device of the settings; a specification that names one keeps it.
void useDefaultDevice(SetupView& setup, const QString& device) {
  if (device != QStringLiteral("auto"))
    setup.document()->setAll({{"training.device", device.toStdString()}});
}

QStringList trainingFiles(SetupView& setup) {
  QStringList out;
  if (const Json train = setup.document()->value("data.train"); train.is_array())
    for (const Json& entry : train)
      out << fromStd(entry.is_string() ? entry.get<std::string>() : stringOr(entry, "path", ""));
  return out;
}

Page* makeDataPage(TrainPage& train, Session& session, PromptService& prompts, WindowSettings& settings) {
  auto* data = new DataPage(session, prompts, settings);
  SetupView* setup = train.setup();
  data->setTrainFiles([setup] { return trainingFiles(*setup); });
  QObject::connect(data, &DataPage::trainingRequested, &train, [setup, &session](const std::vector<std::pair<std::string, Json>>& values) {
    setup->document()->setAll(values);
    Q_EMIT session.setupRequested();
  });
  return data;
}

} // namespace

std::vector<Page*> makePages(Session& session, PromptService& prompts, WindowSettings& settings, Language& language) {
  auto* train = new TrainPage(session, prompts, settings);
  auto* preferences = new SettingsPage(settings, language);
  useDefaultDevice(*train->setup(), settings.value(QLatin1String(kDefaultDeviceKey), QStringLiteral("auto")).toString());
  QObject::connect(preferences, &SettingsPage::deviceChanged, train, [train](const QString& device) {
    train->setup()->document()->setAll({{"training.device", device.toStdString()}});
  });
  QObject::connect(session.devices(), &DeviceHistory::devicesChanged, preferences, [preferences, &session] { preferences->setDevices(session.devices()->choices()); });
  auto* library = new LibraryPage(session, prompts);
  QObject::connect(library, &LibraryPage::fineTuneRequested, train, [train, &session](const QString& model, const QString& adapter) {
    train->setup()->document()->setAll({{"model.path", model.toStdString()}, {"method.init_from", adapter.isEmpty() ? Json(nullptr) : Json(adapter.toStdString())}});
    Q_EMIT session.setupRequested();
  });
  const std::vector<Page*> pages = {train, new RunsPage(session, prompts), library, makeDataPage(*train, session, prompts, settings), new ChatPage(session), new SystemPage(session, prompts, settings), preferences,
                                    new WelcomePage(session, prompts, settings)};
  for (Page* page : pages)
    for (QSplitter* splitter : page->findChildren<QSplitter*>())
      if (!splitter->objectName().isEmpty()) // those without a name change their parts all the time
        keepPlace(*splitter, splitter->objectName(), settings);
  return pages;
}

} // namespace lathe::ui
