// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/format.h"

#include "core/base/text_format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <cmath>

namespace lathe::ui::format {

namespace {

QString none() { return QStringLiteral("–"); }

struct Text {
  Q_DECLARE_TR_FUNCTIONS(Format)
};

QString withoutZeros(QString text) {
  if (!text.contains(QLatin1Char('.')))
    return text;
  while (text.endsWith(QLatin1Char('0')))
    text.chop(1);
  if (text.endsWith(QLatin1Char('.')))
    text.chop(1);
  return text;
}

} // namespace

QString bytes(double value) {
  if (!std::isfinite(value) || value < 0)
    return none();
  return QString::fromStdString(formatBytes(static_cast<uint64_t>(value)));
}

QString gib(double value) {
  if (!std::isfinite(value))
    return none();
  const double g = value / (1024.0 * 1024.0 * 1024.0);
  return QString::number(g, 'f', g < 0.0995 && g > 0 ? 2 : 1);
}

QString count(double value) { return std::isfinite(value) ? QString::fromStdString(formatCount(value)) : none(); }

QString grouped(qint64 value) {
  QString digits = QString::number(value < 0 ? -value : value);
  for (qsizetype at = digits.size() - 3; at > 0; at -= 3)
    digits.insert(at, QChar(0x202F));
  return value < 0 ? QChar(0x2212) + digits : digits;
}

QString number(double value, int digits) {
  if (!std::isfinite(value))
    return none();
  const double size = std::fabs(value);
  if (size != 0 && (size < 1e-3 || size >= 1e7))
    return scientific(value);
  const int before = size < 1 ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
  return QString::number(value, 'f', std::max(0, digits - before));
}

QString scientific(double value) {
  if (!std::isfinite(value))
    return none();
  if (value == 0)
    return QStringLiteral("0");
  int exponent = static_cast<int>(std::floor(std::log10(std::fabs(value)) + 1e-12));
  double mantissa = value / std::pow(10.0, exponent);
  if (std::fabs(mantissa) >= 9.9995) {
    mantissa /= 10;
    ++exponent;
  }
  const QString head = withoutZeros(QString::number(mantissa, 'f', 3));
  return exponent == 0 ? head : QStringLiteral("%1e%2").arg(head).arg(exponent);
}

QString percent(double value) {
  if (!std::isfinite(value))
    return none();
  return QString::number(value, 'f', value != 0 && std::fabs(value) < 9.95 && std::floor(value) != value ? 1 : 0) + QChar(0x00A0) + QLatin1Char('%');
}

QString duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0)
    return none();
  const qint64 s = std::llround(seconds);
  if (s < 90)
    return Text::tr("%1 s").arg(s);
  if (s < 600)
    return s % 60 ? Text::tr("%1 min %2 s").arg(s / 60).arg(s % 60) : Text::tr("%1 min").arg(s / 60);
  if (s < 3600)
    return Text::tr("%1 min").arg((s + 30) / 60);
  if (s < 48 * 3600)
    return Text::tr("%1 h %2 min").arg(s / 3600).arg((s % 3600) / 60, 2, 10, QLatin1Char('0'));
  return Text::tr("%1 d %2 h").arg(s / 86400).arg((s % 86400) / 3600);
}

QString timeLeft(double seconds) { return std::isfinite(seconds) ? Text::tr("%1 left").arg(duration(seconds)) : none(); }

QString ago(double seconds) {
  const qint64 s = std::llround(seconds);
  if (!std::isfinite(seconds) || s <= 0)
    return s == 0 ? Text::tr("now") : QString();
  return QChar(0x2212) + (s % 60 == 0 ? Text::tr("%1 min").arg(s / 60) : duration(static_cast<double>(s)));
}

QString clock(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0)
    return none();
  const qint64 s = std::llround(seconds);
  if (s < 3600)
    return QStringLiteral("%1:%2").arg(s / 60).arg(s % 60, 2, 10, QLatin1Char('0'));
  return QStringLiteral("%1:%2:%3").arg(s / 3600).arg((s / 60) % 60, 2, 10, QLatin1Char('0')).arg(s % 60, 2, 10, QLatin1Char('0'));
}

QString rate(double tokensPerSecond) {
  return std::isfinite(tokensPerSecond) ? Text::tr("%1 tok/s").arg(count(tokensPerSecond)) : none();
}

QString when(double secondsSince1970) {
  if (!std::isfinite(secondsSince1970) || secondsSince1970 <= 0)
    return none();
  const QDateTime time = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(secondsSince1970 * 1000));
  const QDate today = QDate::currentDate();
  const QString clockText = time.toString(QStringLiteral("HH:mm"));
  if (time.date() == today)
    return clockText;
  if (time.date() == today.addDays(-1))
    return Text::tr("yesterday %1").arg(clockText);
  const QLocale locale;
  return time.date().year() == today.year() ? locale.toString(time.date(), Text::tr("d MMM")) : locale.toString(time.date(), Text::tr("d MMM yyyy"));
}

QString middleElided(const QString& text, int characters) {
  if (text.size() <= characters)
    return text;
  const int head = (characters - 1) / 2;
  return text.left(head) + QChar(0x2026) + text.right(characters - 1 - head);
}

} // namespace lathe::ui::format
