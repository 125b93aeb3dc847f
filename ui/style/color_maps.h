// SPDX-License-Identifier: GPL-3.0-or-later
// Colours of heat maps. Both maps take equal perceptual steps (Oklab, B. Ottosson 2020) and change lightness in one direction, so that they read in
// grey and for every kind of colour vision; they start at the ground of the theme, so that "nothing" looks like nothing.
#pragma once

#include "ui/style/tokens.h"

namespace lathe::ui::style {

/// `share` 0 … 1: from the ground over copper to the strongest. NaN: the theme's track colour.
QColor sequentialColor(double share, const Theme& theme);
/// `value` −1 … 1: blue below zero, the ground at zero, copper above; −v and v are equally strong. NaN: the theme's track colour.
QColor divergingColor(double value, const Theme& theme);
/// Text on a cell of either map: contrast ≥ 4.5 on every colour of them.
QColor inkOn(const QColor& ground);

/// Oklab: lightness 0 … 1 and the two colour axes.
struct Oklab {
  double l = 0, a = 0, b = 0;
};
Oklab toOklab(const QColor& color);
QColor fromOklab(const Oklab& lab); // channels out of sRGB are cut

} // namespace lathe::ui::style
