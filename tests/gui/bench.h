// SPDX-License-Identifier: GPL-3.0-or-later
// The real window on a scripted engine.
#pragma once

#include "tests/gui/fake_engine.h"
#include "ui/bridge/session.h"
#include "ui/shell/language.h"
#include "ui/shell/main_window.h"
#include "ui/shell/settings_store.h"
#include "ui/shell/status_model.h"
#include "ui/widgets/prompt_service.h"

#include <QTemporaryDir>

#include <memory>

namespace lathe::fake {

/// The home and the engine; windows come and go.
struct Bench {
  explicit Bench(State state = demoState());
  std::string path(const char* name) const { return folder.filePath(QString::fromUtf8(name)).toStdString(); }
  QTemporaryDir folder;
  FakeEngine engine;
};

struct Window {
  explicit Window(Bench& bench, QSize size = {1280, 800});
  explicit Window(const ui::EngineOptions& options, QSize size = {1280, 800});
  template <class T>
  T* find(const char* name) const {
    return window.findChild<T*>(QString::fromUtf8(name));
  }
  void click(const char* name) const;
  ui::WindowSettings settings;
  ui::Language language;
  ui::StatusModel status;
  ui::ScriptedPrompts prompts;
  ui::Session session;
  ui::MainWindow window;
};

} // namespace lathe::fake
