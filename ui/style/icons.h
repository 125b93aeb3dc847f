// SPDX-License-Identifier: GPL-3.0-or-later
// One family of 20 px line icons, coloured by role when they are painted, so that a change of theme needs nothing.
#pragma once

#include <QIcon>

namespace lathe::ui {

enum class IconName {
  Train, Runs, Models, Data, Chat, System, Settings,
  Pause, Play, Stop, Save, Evaluate, Sample, Copy, Search, Plus, Trash, Undo, Refresh,
  ChevronDown, ChevronRight, ChevronLeft, ChevronUp, Check, Warning, Info, Close, Folder, Send, Sun, Moon, Pencil, Branch, More, Export,
  Logo,
};
inline constexpr int kIconCount = static_cast<int>(IconName::Logo) + 1;

enum class IconRole { Text, Muted, Accent, OnAccent, Good, Warn, Bad };

namespace style {
QIcon icon(IconName name, IconRole role = IconRole::Muted);
QPixmap pixmap(IconName name, IconRole role, int side, double devicePixelRatio);
const char* iconFile(IconName name); // "train" of ":/icons/train.svg"
} // namespace style

} // namespace lathe::ui
