// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/doctor_texts.h"

#include "ui/models/format.h"

#include <QCoreApplication>

#include <algorithm>

namespace lathe::ui {

namespace {

// lupdate does not look into core/, so every text of core/api/doctor.h stands here once more; a test compares both.
const char* const kDoctorTexts[] = {
    QT_TRANSLATE_NOOP("Doctor", "processor"),
    QT_TRANSLATE_NOOP("Doctor", "memory"),
    QT_TRANSLATE_NOOP("Doctor", "swap"),
    QT_TRANSLATE_NOOP("Doctor", "huge pages"),
    QT_TRANSLATE_NOOP("Doctor", "governor"),
    QT_TRANSLATE_NOOP("Doctor", "disk"),
    QT_TRANSLATE_NOOP("Doctor", "driver"),
    QT_TRANSLATE_NOOP("Doctor", "GPU"),
    QT_TRANSLATE_NOOP("Doctor", "GPU back end"),
    QT_TRANSLATE_NOOP("Doctor", "nvcc"),
    QT_TRANSLATE_NOOP("Doctor", "lathe-worker"),
    QT_TRANSLATE_NOOP("Doctor", "LibTorch"),
    QT_TRANSLATE_NOOP("Doctor", "resources"),
    QT_TRANSLATE_NOOP("Doctor", "{}, {} cores usable"),
    QT_TRANSLATE_NOOP("Doctor", "{} of {} available"),
    QT_TRANSLATE_NOOP("Doctor", "Close other programs before you train."),
    QT_TRANSLATE_NOOP("Doctor", "none"),
    QT_TRANSLATE_NOOP("Doctor", "{} of {} free"),
    QT_TRANSLATE_NOOP("Doctor", "Swap is nearly full: close other programs, or the system may end a run."),
    QT_TRANSLATE_NOOP("Doctor", "not told by this system"),
    QT_TRANSLATE_NOOP("Doctor", "transparent huge pages: {}"),
    QT_TRANSLATE_NOOP("Doctor", "Large buffers are faster with huge pages on request."),
    QT_TRANSLATE_NOOP("Doctor", "The processor saves power and computes slower than it could."),
    QT_TRANSLATE_NOOP("Doctor", "{} free for {}"),
    QT_TRANSLATE_NOOP("Doctor", "{} free for {}, which cannot be written"),
    QT_TRANSLATE_NOOP("Doctor", "Choose another folder with --home."),
    QT_TRANSLATE_NOOP("Doctor", "Free some space, or choose another folder with --home."),
    QT_TRANSLATE_NOOP("Doctor", "No NVIDIA driver was found. Everything runs on the processor."),
    QT_TRANSLATE_NOOP("Doctor", "{} Everything runs on the processor."),
    QT_TRANSLATE_NOOP("Doctor", "With an NVIDIA card: install its driver, version 580 or later."),
    QT_TRANSLATE_NOOP("Doctor", "A restart after a driver update often helps."),
    QT_TRANSLATE_NOOP("Doctor", "NVIDIA driver {}"),
    QT_TRANSLATE_NOOP("Doctor", "NVIDIA driver {}, too old for CUDA 13"),
    QT_TRANSLATE_NOOP("Doctor", "Install driver 580 or later."),
    QT_TRANSLATE_NOOP("Doctor", "{}, {} of {} used"),
    QT_TRANSLATE_NOOP("Doctor", "{} is of an older kind than Lathe computes on"),
    QT_TRANSLATE_NOOP("Doctor", "It needs compute capability 8.0: an RTX 30, A100 or newer."),
    QT_TRANSLATE_NOOP("Doctor", "The driver runs but shows no GPU. Everything runs on the processor."),
    QT_TRANSLATE_NOOP("Doctor", "Look at what the driver itself says."),
    QT_TRANSLATE_NOOP("Doctor", "This build has no GPU back end (liblathe_cuda.so)."),
    QT_TRANSLATE_NOOP("Doctor", "Set up nvcc 13 and build again."),
    QT_TRANSLATE_NOOP("Doctor", "not installed; needed only to build the GPU back end from source"),
    QT_TRANSLATE_NOOP("Doctor", "{} is missing: nothing can be trained or generated"),
    QT_TRANSLATE_NOOP("Doctor", "Build it again."),
    QT_TRANSLATE_NOOP("Doctor", "linked into lathe-worker by its build path"),
    QT_TRANSLATE_NOOP("Doctor", "not found"),
    QT_TRANSLATE_NOOP("Doctor", "Set it up."),
    QT_TRANSLATE_NOOP("Doctor", "{} holds no models: the bundled model is missing"),
};

bool isKnown(const std::string& text) {
  return std::any_of(std::begin(kDoctorTexts), std::end(kDoctorTexts), [&](const char* known) { return text == known; });
}

QString translatedText(const std::string& text) { return isKnown(text) ? QCoreApplication::translate("Doctor", text.c_str()) : fromStd(text); }

} // namespace

QString doctorName(const api::DoctorCheck& check) {
  QString name = translatedText(check.name);
  if (!name.isEmpty())
    name[0] = name[0].toUpper();
  return check.name.starts_with("lathe") || check.name == "nvcc" ? fromStd(check.name) : name; // names of programs
}

QString doctorText(const api::DoctorCheck& check) {
  if (check.message != "{}" && !isKnown(check.message))
    return fromStd(check.text);
  QString out = translatedText(check.message);
  qsizetype at = 0;
  for (const std::string& arg : check.args) {
    at = out.indexOf(QStringLiteral("{}"), at);
    if (at < 0)
      break;
    const QString value = fromStd(arg);
    out.replace(at, 2, value);
    at += value.size();
  }
  return out;
}

QString doctorRemedy(const api::DoctorCheck& check) { return check.remedy.empty() ? QString() : translatedText(check.remedy); }

std::span<const char* const> doctorTexts() { return kDoctorTexts; }

} // namespace lathe::ui
