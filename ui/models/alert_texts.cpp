// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/alert_texts.h"

#include "ui/models/format.h"

#include <QCoreApplication>

namespace lathe::ui {

namespace {

// lupdate does not look into core/, so every text of core/api/run_alerts.h stands here once more; a test compares both.
const char* const kAlertTexts[] = {
    QT_TRANSLATE_NOOP("RunAlert", "The loss was not a number in {} steps so far, last at step {}."),
    QT_TRANSLATE_NOOP("RunAlert", "Such a step changes no weights. Lower the learning rate if it goes on."),
    QT_TRANSLATE_NOOP("RunAlert", "The loss rises: {} over the last 20 steps, and it was {} at step {}."),
    QT_TRANSLATE_NOOP("RunAlert", "Start again with a lower learning rate."),
    QT_TRANSLATE_NOOP("RunAlert", "The loss has not fallen for {} steps: it was {} and is {}."),
    QT_TRANSLATE_NOOP("RunAlert", "Stop it and keep what is saved, or try another learning rate."),
    QT_TRANSLATE_NOOP("RunAlert", "The validation loss rises while the training loss falls: {} now, {} at step {}."),
    QT_TRANSLATE_NOOP("RunAlert", "Stop it: the best checkpoint is kept. Fewer epochs or more data help."),
    QT_TRANSLATE_NOOP("RunAlert", "The gradient has been zero for {} steps: nothing is learned."),
    QT_TRANSLATE_NOOP("RunAlert", "Check the target modules, and that the data has supervised tokens."),
    QT_TRANSLATE_NOOP("RunAlert", "This run computes on the processor although there is a GPU: {}."),
    QT_TRANSLATE_NOOP("RunAlert", "The System page says what is missing."),
};

QString translated(const std::string& text) { return text.empty() ? QString() : QCoreApplication::translate("RunAlert", text.c_str()); }

} // namespace

QString alertTitle(api::AlertKind kind) {
  switch (kind) {
  case api::AlertKind::NonFinite: return QCoreApplication::translate("RunAlert", "Not a number");
  case api::AlertKind::Divergence: return QCoreApplication::translate("RunAlert", "The loss rises");
  case api::AlertKind::Plateau: return QCoreApplication::translate("RunAlert", "No more progress");
  case api::AlertKind::Overfitting: return QCoreApplication::translate("RunAlert", "Overfitting");
  case api::AlertKind::DeadAdapter: return QCoreApplication::translate("RunAlert", "Nothing is learned");
  case api::AlertKind::CpuFallback: return QCoreApplication::translate("RunAlert", "Not on the GPU");
  }
  return {};
}

QString alertText(const api::RunAlert& alert) {
  QString out = translated(alert.message);
  qsizetype from = 0;
  for (const std::string& arg : alert.args) {
    const qsizetype at = out.indexOf(QLatin1String("{}"), from);
    if (at < 0)
      break;
    out.replace(at, 2, fromStd(arg));
    from = at + fromStd(arg).size();
  }
  return out;
}

QString alertRemedy(const api::RunAlert& alert) { return translated(alert.remedy); }

std::span<const char* const> alertTexts() { return kAlertTexts; }

} // namespace lathe::ui
