// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/workbench.h"

#include "ui/chat/chat_page.h"
#include "ui/monitor/system_page.h"
#include "ui/runs/runs_page.h"
#include "ui/settings/settings_page.h"
#include "ui/train/train_page.h"

namespace lathe::ui {

std::vector<Page*> makePages(Session& session, PromptService& prompts, WindowSettings& settings, Language& language) {
  return {new TrainPage(session, prompts, settings), new RunsPage(session, prompts), new ChatPage(session),
          new SystemPage(session, prompts, settings), new SettingsPage(settings, language)};
}

} // namespace lathe::ui
