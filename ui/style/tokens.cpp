// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/tokens.h"

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

QColor rgb(unsigned value) { return QColor::fromRgb(value | 0xff000000u); }

Theme makeLight() {
  Theme t;
  t.background = rgb(0xF6F5F3);
  t.surface = rgb(0xFBFAF8);
  t.raised = rgb(0xFFFFFF);
  t.hover = rgb(0xEFEDE9);
  t.track = rgb(0xE1DED9);
  t.border = rgb(0xE2DFDA);
  t.borderStrong = rgb(0xCDC9C2);
  t.text = rgb(0x1D1B18);
  t.muted = rgb(0x66615A);
  t.disabled = rgb(0xA8A39B);
  t.accent = rgb(0xC2652A);
  t.accentInk = rgb(0xA04C18);
  t.accentFill = rgb(0xB8591F);
  t.onAccent = rgb(0xFFFFFF);
  t.accentSoft = rgb(0xF6E7DC);
  t.accentSoftBorder = rgb(0xD79A71);
  t.good = rgb(0x2A6B3F);
  t.warn = rgb(0x855800);
  t.bad = rgb(0xB3352B);
  t.goodSoft = rgb(0xE2F0E5);
  t.warnSoft = rgb(0xF8EDD3);
  t.badSoft = rgb(0xFAE5E2);
  t.series = {rgb(0x315992), rgb(0xC2652A), rgb(0x47401C), rgb(0xAA5FC2), rgb(0x5F7D79),
              rgb(0x43A18D), rgb(0x3A2985), rgb(0xC14149), rgb(0x7D95C4), rgb(0x6D5E70)};
  t.grid = rgb(0xEDEAE6);
  t.memory = {rgb(0x2E6DB4), rgb(0xC2652A), rgb(0xE3A478), rgb(0xC24B78), rgb(0x8A5FB0), rgb(0x4A8F5F),
              rgb(0xB58B16), rgb(0x23888E), rgb(0x56A8D6), rgb(0xB4C0CE), rgb(0x7A6A58), rgb(0xA09A91)};
  return t;
}

Theme makeDark() {
  Theme t;
  t.dark = true;
  t.background = rgb(0x1B1A19);
  t.surface = rgb(0x201F1D);
  t.raised = rgb(0x242321);
  t.hover = rgb(0x2E2C29);
  t.track = rgb(0x38352F);
  t.border = rgb(0x34322E);
  t.borderStrong = rgb(0x4A4741);
  t.text = rgb(0xEBE8E3);
  t.muted = rgb(0xA8A299);
  t.disabled = rgb(0x6A655D);
  t.accent = rgb(0xE08A4B);
  t.accentInk = rgb(0xE8955A);
  t.accentFill = rgb(0xE08A4B);
  t.onAccent = rgb(0x1B1A19);
  t.accentSoft = rgb(0x3A291D);
  t.accentSoftBorder = rgb(0x8A5A35);
  t.good = rgb(0x74BE88);
  t.warn = rgb(0xD9AE4A);
  t.bad = rgb(0xF08A7E);
  t.goodSoft = rgb(0x203226);
  t.warnSoft = rgb(0x392F19);
  t.badSoft = rgb(0x3F2522);
  t.series = {rgb(0x95A9F2), rgb(0xE08A4B), rgb(0xC0E4BC), rgb(0xAC66B1), rgb(0xE3CE59),
              rgb(0x47ADAC), rgb(0x8C85E7), rgb(0xF5ACBC), rgb(0xA1DFF9), rgb(0xA69983)};
  t.grid = rgb(0x2D2B28);
  t.memory = {rgb(0x6AA5EA), rgb(0xE08A4B), rgb(0xA85A2A), rgb(0xE58BAC), rgb(0xB596DE), rgb(0x7CC08D),
              rgb(0xD2B24C), rgb(0x5CC2C8), rgb(0x9AD0EE), rgb(0x5B6672), rgb(0xB8A690), rgb(0x7D776E)};
  return t;
}

double luminance(const QColor& color) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

} // namespace

const Theme& lightTheme() {
  static const Theme theme = makeLight();
  return theme;
}

const Theme& darkTheme() {
  static const Theme theme = makeDark();
  return theme;
}

double contrastRatio(const QColor& a, const QColor& b) {
  const double la = luminance(a), lb = luminance(b);
  return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

} // namespace lathe::ui
