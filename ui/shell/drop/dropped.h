// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace lathe::ui {

enum class DroppedKind { Model, Adapter, Dataset, Run, Spec, Unknown };

/// What a path of this computer is, as far as Lathe is concerned.
struct Dropped {
  DroppedKind kind = DroppedKind::Unknown;
  QString path;
  QString name;   // last part of the path
  QString base;   // adapters: the base model that they name, where it is a folder here
  QString reason; // Unknown: one sentence
  Json spec;      // Run, Spec
};
/// Reads a few small files; not for the GUI thread.
Dropped recognize(const QString& path);

/// What would happen to things that are dropped together: one of a kind, or several datasets.
struct DropPlan {
  DroppedKind kind = DroppedKind::Unknown;
  std::vector<Dropped> things;
  QString text; // one sentence: what will happen, or why nothing does
};
/// `inChat`: the Chat page is open. `remote`: the window works on another machine. `inModels`: the Models page is open, which takes several at once.
DropPlan planDrop(std::vector<Dropped> things, bool inChat, bool remote, bool inModels = false);

} // namespace lathe::ui
