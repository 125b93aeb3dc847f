// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/session.h"

#include <vector>

namespace lathe::ui {

class Language;
class Page;
class PromptService;
class WindowSettings;

/// main(): Session session(options); StatusModel status; session.connectStatus(&status); MainWindow window(makePages(…), status, settings);
/// session.client()->start().
/// The pages in the order of the rail: Train, Runs, Models, Data, Chat, System, Settings, and First steps, which is not in it. The window that takes them owns them.
std::vector<Page*> makePages(Session& session, PromptService& prompts, WindowSettings& settings, Language& language);

} // namespace lathe::ui
