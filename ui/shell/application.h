// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/desktop/buses.h"
#include "ui/shell/page.h"

#include <QObject>

#include <memory>

namespace lathe::ui {

class HostDialog;
class Language;
class MainWindow;
class PromptService;
class Session;
class WindowSettings;
struct EngineOptions;

/// One window on one machine's engine, and the change to another machine: the window is made anew then, nothing of the old one is carried
/// over but its place on the screen.
class Application : public QObject {
  Q_OBJECT
 public:
  Application(WindowSettings& settings, Language& language, PromptService& prompts, BusAddresses buses, QObject* parent = nullptr);
  ~Application() override;
  /// Options of the engine on this computer; before open(). Their home is that of the settings.
  void setLocalEngine(const EngineOptions& options);
  /// Opens the window on a machine of hosts.json (empty: this computer). A name that is not there opens this computer and says so.
  void open(const QString& host);
  /// As open(), and remembered for the next start.
  void switchTo(const QString& host);
  /// Opens the dialog over the window; `name` empty: a new machine.
  HostDialog* editHost(const QString& name);
  void forgetHost(const QString& name);
  void showAbout();
  void showBundle();
  QStringList hosts() const;
  QString host() const { return m_host; }
  MainWindow* window() const;
  Session* session() const;

 private:
  struct Place;
  void wire(Place& place);
  void showHosts();
  QList<Command> commands();
  bool mayClose();
  WindowSettings& m_settings;
  Language& m_language;
  PromptService& m_prompts;
  BusAddresses m_buses;
  std::unique_ptr<EngineOptions> m_local;
  QString m_host;
  std::unique_ptr<Place> m_place;
};

} // namespace lathe::ui
