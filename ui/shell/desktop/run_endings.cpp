// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/desktop/run_endings.h"

#include "ui/models/format.h"

#include <QCoreApplication>

#include <algorithm>

namespace lathe::ui {

namespace {

QString endingText(const char* source) { return QCoreApplication::translate("RunEndings", source); }

QString lossOf(const api::RunSummary& run) {
  const double loss = std::isfinite(run.evalLoss) ? run.evalLoss : run.loss;
  if (!std::isfinite(loss))
    return {};
  const QString text = std::isfinite(run.evalLoss) ? endingText(QT_TRANSLATE_NOOP("RunEndings", "Validation loss %1.")) : endingText(QT_TRANSLATE_NOOP("RunEndings", "Loss %1."));
  return QStringLiteral(" ") + text.arg(lossText(loss));
}

QString stepsOf(const api::RunSummary& run) {
  return endingText(QT_TRANSLATE_NOOP("RunEndings", "Step %1 of %2.")).arg(format::grouped(run.step), format::grouped(run.totalSteps));
}

RunEnding describe(const api::RunSummary& run) {
  const QString name = fromStd(run.name.empty() ? run.id : run.name), reason = run.error.empty() ? QString() : QStringLiteral(" ") + fromStd(run.error);
  switch (run.state) {
  case api::RunState::Finished: return {endingText(QT_TRANSLATE_NOOP("RunEndings", "%1 is finished")).arg(name), stepsOf(run) + lossOf(run), false};
  case api::RunState::Stopped: return {endingText(QT_TRANSLATE_NOOP("RunEndings", "%1 has stopped")).arg(name), stepsOf(run) + lossOf(run) + reason, false};
  case api::RunState::Failed: return {endingText(QT_TRANSLATE_NOOP("RunEndings", "%1 has failed")).arg(name), stepsOf(run) + reason, true};
  default: break;
  }
  return {endingText(QT_TRANSLATE_NOOP("RunEndings", "%1 was interrupted")).arg(name),
          stepsOf(run) + QStringLiteral(" ") + endingText(QT_TRANSLATE_NOOP("RunEndings", "It can be resumed from its last checkpoint.")), true};
}

} // namespace

std::optional<RunEnding> RunEndings::update(const api::RunSummary& run) {
  const QString id = fromStd(run.id);
  const auto before = m_states.find(id);
  const bool wasWatched = before != m_states.end() && !api::isEnded(*before) && *before != api::RunState::Queued;
  if (!api::isEnded(run.state) && run.state != api::RunState::Stopping)
    m_stopped.remove(id); // resumed
  m_states.insert(id, run.state);
  if (!wasWatched || !api::isEnded(run.state) || run.deleted)
    return std::nullopt;
  if (run.state == api::RunState::Stopped && m_stopped.remove(id))
    return std::nullopt;
  return describe(run);
}

int RunEndings::working() const { return static_cast<int>(std::count_if(m_states.begin(), m_states.end(), isWorking)); }

} // namespace lathe::ui
