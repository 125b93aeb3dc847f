// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QMap>
#include <QSet>
#include <QString>

#include <optional>

namespace lathe::ui {

/// What to tell about a run that has ended.
struct RunEnding {
  QString title, text;
  bool urgent = false; // it failed
};

/// Notices which runs end while they are watched. What a person stopped is no news to that person.
class RunEndings {
 public:
  /// The newest state of a run; an answer when it worked before and has ended now.
  std::optional<RunEnding> update(const api::RunSummary& run);
  void stopRequested(const QString& run) { m_stopped.insert(run); }
  /// Runs that a process works on, as far as is known.
  int working() const;

 private:
  QMap<QString, api::RunState> m_states;
  QSet<QString> m_stopped;
};

} // namespace lathe::ui
