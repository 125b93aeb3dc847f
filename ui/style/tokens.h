// SPDX-License-Identifier: GPL-3.0-or-later
// Every colour, size and distance of the window. No other folder contains a colour literal.
#pragma once

#include <QColor>

#include <array>

namespace lathe::ui {

/// What a memory bar shows; the order is the order in the bar.
enum class MemoryCategory { Weights, Adapters, Masters, Gradients, Optimizer, Stash, Workspace, Cache, Context, Held, Rest, Other };
inline constexpr int kMemoryCategories = 12;

struct Theme {
  bool dark = false;
  // Backgrounds, from the window's ground upwards
  QColor background; // page ground
  QColor surface;    // rail, inspector, status strip
  QColor raised;     // cards and input fields
  QColor hover;      // under the pointer, selected rows that are not the focus
  QColor track;      // empty part of bars; not a ground for text
  QColor border;
  QColor borderStrong; // input fields, dashed chips
  // Text
  QColor text;
  QColor muted;    // help, captions, units, placeholders
  QColor disabled; // exempt from the contrast rule
  // Accent: `accent` for lines and marks, `accentInk` for text, `accentFill` under `onAccent`
  QColor accent, accentInk, accentFill, onAccent, accentSoft, accentSoftBorder;
  // Semantics: readable as text on every background
  QColor good, warn, bad;
  QColor goodSoft, warnSoft, badSoft;
  // Charts
  /// Category palette: contrast ≥ 3 on `raised`, told apart with normal vision and with simulated protanopia, deuteranopia and tritanopia (Oklab distance
  /// × 100 at least 14 among the first three, 10 among five, 8 among seven, 6 among all). Dash and marker are the second channel (series_look.h).
  std::array<QColor, 10> series;
  QColor grid;
  std::array<QColor, kMemoryCategories> memory;

  QColor memoryColor(MemoryCategory c) const { return memory[static_cast<size_t>(c)]; }
};

const Theme& lightTheme();
const Theme& darkTheme();

/// WCAG 2.1 contrast ratio, 1 … 21.
double contrastRatio(const QColor& a, const QColor& b);

namespace space {
inline constexpr int k4 = 4, k8 = 8, k12 = 12, k16 = 16, k24 = 24;
}
namespace size {
inline constexpr int kRadius = 6, kRadiusSmall = 4, kControl = 28, kIcon = 20, kRail = 76, kStatus = 40, kInspector = 320;
inline constexpr int kBase = 13, kCaption = 11, kTitle = 20, kValue = 18; // type, px
} // namespace size

} // namespace lathe::ui
