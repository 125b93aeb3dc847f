// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as the window shows them. Every function answers "–" for NaN.
#pragma once

#include <QString>

namespace lathe::ui::format {

QString bytes(double bytes);               // "61.2 GiB", "512 B"
QString gib(double bytes);                 // "61.2": the number alone, in GiB
QString count(double value);               // "950", "15.9k", "41.9M", "8.03B"
QString grouped(qint64 value);             // "18 402" with narrow no-break spaces
QString number(double value, int digits = 4); // significant digits, trailing zeros removed: "1.042"
QString scientific(double value);          // "2e-4", "1.5e-4"
QString percent(double percent);           // "43 %"
QString duration(double seconds);          // "12 min", "2 h 05 min", "45 s"
QString timeLeft(double seconds);          // "12 min left"
QString ago(double seconds);               // "now", "−30 s", "−2 min"
QString clock(double seconds);             // "2:36", "1:02:36"
QString rate(double tokensPerSecond);      // "17.6k tok/s"
QString when(double secondsSince1970);     // "14:02", "yesterday 09:10", "3 Nov"
QString middleElided(const QString& text, int characters);

} // namespace lathe::ui::format
