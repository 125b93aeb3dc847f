// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/application.h"

#include "core/base/log.h"
#include "ui/bridge/workbench.h"
#include "ui/models/format.h"
#include "ui/monitor/system_page.h"
#include "ui/settings/settings_page.h"
#include "ui/shell/about/about_dialog.h"
#include "ui/shell/about/bundle_dialog.h"
#include "ui/shell/desktop/desktop.h"
#include "ui/shell/drop/drop_target.h"
#include "ui/shell/hosts/host_dialog.h"
#include "ui/shell/hosts/remote_prompts.h"
#include "ui/shell/main_window.h"
#include "ui/shell/settings_store.h"
#include "ui/shell/status_model.h"
#include "ui/shell/welcome/welcome_page.h"
#include "ui/train/train_page.h"
#include "ui/widgets/prompt_service.h"

#include <QApplication>
#include <QTimer>

namespace lathe::ui {

namespace {

constexpr const char* kHostKey = "host";
constexpr const char* kClosingToldKey = "window/closing_told";
constexpr int kFirstSshRetryMs = 500, kLastSshRetryMs = 30000;

} // namespace

/// Everything that belongs to one engine, in the order in which it is made.
struct Application::Place {
  Place(Application& app, const EngineOptions& options)
      : session(options), remotePrompts(*session.client(), app.m_prompts),
        window(makePages(session, session.isRemote() ? static_cast<PromptService&>(remotePrompts) : app.m_prompts, app.m_settings, app.m_language), status, app.m_settings),
        desktop(session, app.m_settings, app.m_buses, [] { return QApplication::activeWindow() != nullptr; }, session.isRemote()),
        drop(window, session, *static_cast<TrainPage*>(window.page(QStringLiteral("train")))->setup()) {}
  Session session;
  RemotePrompts remotePrompts;
  StatusModel status;
  MainWindow window;
  Desktop desktop;
  DropTarget drop;
};

Application::Application(WindowSettings& settings, Language& language, PromptService& prompts, BusAddresses buses, QObject* parent)
    : QObject(parent), m_settings(settings), m_language(language), m_prompts(prompts), m_buses(std::move(buses)), m_local(std::make_unique<EngineOptions>()) {
  m_local->home = settings.home();
}

Application::~Application() = default;

void Application::setLocalEngine(const EngineOptions& options) { *m_local = options; }

MainWindow* Application::window() const { return m_place ? &m_place->window : nullptr; }

Session* Application::session() const { return m_place ? &m_place->session : nullptr; }

void Application::open(const QString& host) {
  EngineOptions options = *m_local;
  QString trouble;
  if (!host.isEmpty()) {
    const auto known = capture([&] { return api::findHost(api::readHosts(m_settings.home().toStdString()), host.toStdString()); });
    if (known) {
      options.host = *known;
      options.firstRetryMs = kFirstSshRetryMs;
      options.lastRetryMs = kLastSshRetryMs;
    } else {
      trouble = fromStd(known.error().message);
    }
  }
  m_host = options.host ? host : QString();
  std::unique_ptr<Place> old = std::exchange(m_place, nullptr);
  auto place = std::make_unique<Place>(*this, options);
  wire(*place);
  if (old)
    place->window.setGeometry(old->window.geometry());
  m_place = std::move(place);
  showHosts();
  m_place->window.show();
  m_place->session.client()->start();
  if (!trouble.isEmpty())
    m_place->window.showNotice(trouble);
  if (old) { // it may be what has called
    old->window.hide();
    QTimer::singleShot(0, this, [gone = std::shared_ptr<Place>(std::move(old))]() mutable { gone.reset(); });
  }
}

void Application::switchTo(const QString& host) {
  m_settings.set(QLatin1String(kHostKey), host);
  if (host != m_host)
    open(host);
}

void Application::wire(Place& place) {
  place.session.connectStatus(&place.status);
  connect(&place.status, &StatusModel::hostChosen, this, &Application::switchTo);
  connect(&place.status, &StatusModel::addHostRequested, this, [this] { editHost({}); });
  connect(&place.desktop, &Desktop::runRequested, this, [this](const QString& run) {
    m_place->window.show();
    m_place->window.raise();
    m_place->window.activateWindow();
    Q_EMIT m_place->session.openRunRequested(run);
  });
  if (auto* welcome = qobject_cast<WelcomePage*>(place.window.page(QStringLiteral("welcome"))))
    connect(welcome, &WelcomePage::hostRequested, this, [this] { editHost({}); });
  if (auto* settings = qobject_cast<SettingsPage*>(place.window.page(QStringLiteral("settings")))) {
    settings->setHosts(m_host, hosts());
    connect(settings, &SettingsPage::desktopChanged, &place.desktop, &Desktop::settingsChanged);
    connect(settings, &SettingsPage::hostChosen, this, &Application::switchTo);
    connect(settings, &SettingsPage::hostEditRequested, this, [this](const QString& name) { editHost(name); });
    connect(settings, &SettingsPage::hostForgetRequested, this, &Application::forgetHost);
    connect(settings, &SettingsPage::aboutRequested, this, &Application::showAbout);
    connect(settings, &SettingsPage::bundleRequested, this, &Application::showBundle);
  }
  if (auto* system = qobject_cast<SystemPage*>(place.window.page(QStringLiteral("system"))))
    connect(system, &SystemPage::bundleRequested, this, &Application::showBundle);
  place.window.setMoreCommands([this] { return commands(); });
  place.window.setCloseQuestion([this] { return mayClose(); });
}

QStringList Application::hosts() const {
  const auto known = capture([&] { return api::readHosts(m_settings.home().toStdString()); });
  QStringList out;
  if (known)
    for (const api::Host& host : *known)
      out << fromStd(host.name);
  else
    logWarning("{}", known.error().message);
  return out;
}

void Application::showHosts() {
  m_place->status.setHosts(m_host, hosts());
  if (auto* settings = qobject_cast<SettingsPage*>(m_place->window.page(QStringLiteral("settings"))))
    settings->setHosts(m_host, hosts());
}

HostDialog* Application::editHost(const QString& name) {
  auto* dialog = new HostDialog(m_settings.home(), name, &m_prompts, &m_place->window);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &HostDialog::saved, this, [this, name](const QString& saved) {
    showHosts();
    if (name.isEmpty())
      QTimer::singleShot(0, this, [this, saved] { switchTo(saved); });
    else if (name == m_host) // the one in use: its new address, port or key counts at once
      QTimer::singleShot(0, this, [this, saved] {
        m_settings.set(QLatin1String(kHostKey), saved);
        open(saved);
      });
  });
  dialog->open();
  return dialog;
}

void Application::forgetHost(const QString& name) {
  const auto done = capture([&] {
    auto hosts = api::readHosts(m_settings.home().toStdString());
    std::erase_if(hosts, [&](const api::Host& host) { return fromStd(host.name) == name; });
    api::writeHosts(m_settings.home().toStdString(), std::move(hosts));
    return true;
  });
  if (!done)
    m_place->window.showNotice(fromStd(done.error().message));
  showHosts();
}

void Application::showAbout() {
  auto* dialog = new AboutDialog(&m_place->window);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

void Application::showBundle() {
  auto* dialog = new BundleDialog(m_place->session.client()->commandLine({QStringLiteral("doctor")}), m_prompts, &m_place->window);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

QList<Command> Application::commands() {
  QList<Command> out = {{tr("Add a machine…"), tr("Machine"), [this] { editHost({}); }},
                        {tr("About Lathe, licences"), tr("Help"), [this] { showAbout(); }},
                        {tr("Save a log bundle…"), tr("Help"), [this] { showBundle(); }}};
  const auto add = [&](const QString& text, const QString& host) {
    if (host != m_host)
      out.append({tr("Work on %1").arg(text), tr("Machine"), [this, host] { switchTo(host); }});
  };
  add(tr("this computer"), {});
  for (const QString& host : hosts())
    add(host, host);
  return out;
}

bool Application::mayClose() {
  const auto& runs = m_place->session.runs()->runs();
  const auto working = std::count_if(runs.begin(), runs.end(), [](const auto& run) { return isWorking(run.state); });
  if (working == 0 || qApp->isSavingSession() || m_settings.value(QLatin1String(kClosingToldKey), false).toBool())
    return true;
  m_settings.set(QLatin1String(kClosingToldKey), true);
  const QString text = m_host.isEmpty() ? tr("Runs belong to the engine, not to this window. They go on when it is closed, and are here with all their curves when it is opened again. "
                                             "Without the window nothing keeps this computer awake.")
                                        : tr("Runs belong to the engine on %1, not to this window. They go on when it is closed, and are here with all their curves when it is opened again.").arg(m_host);
  return m_prompts.confirm(&m_place->window, tr("%n run(s) will go on", nullptr, static_cast<int>(working)), text, tr("Close the window"), false);
}

} // namespace lathe::ui
