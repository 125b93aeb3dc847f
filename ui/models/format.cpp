// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/format.h"

#include <cmath>

namespace lathe::ui {

namespace {
QString dash() { return QStringLiteral("–"); }
} // namespace

QString fromStd(const std::string& text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

QString bytesText(int64_t bytes) { return bytes > 0 ? format::bytes(static_cast<double>(bytes)) : dash(); }

QString rateText(double tokensPerSecond) { return tokensPerSecond > 0 ? format::rate(tokensPerSecond) : dash(); }

QString lossText(double loss) {
  if (std::isnan(loss))
    return QStringLiteral("NaN");
  if (std::isinf(loss))
    return QStringLiteral("∞");
  return QString::number(loss, 'f', std::abs(loss) < 10 ? 3 : 2);
}

QString knownLossText(double loss) { return std::isnan(loss) ? dash() : lossText(loss); }

bool isWorking(api::RunState state) {
  return state == api::RunState::Preparing || state == api::RunState::Running || state == api::RunState::Stopping;
}

} // namespace lathe::ui
