// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/color_maps.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace lathe::ui::style {

namespace {

constexpr int kSteps = 256;
using Table = std::array<QColor, kSteps>;

/// Lightness, chroma and hue in degrees.
struct Oklch {
  double l, c, h;
};

double toLinear(double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); }
double toSrgb(double c) { return c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055; }

Oklab mixed(const Oklab& a, const Oklab& b, double share) {
  return {a.l + (b.l - a.l) * share, a.a + (b.a - a.a) * share, a.b + (b.b - a.b) * share};
}

double distance(const Oklab& a, const Oklab& b) { return std::hypot(a.l - b.l, a.a - b.a, a.b - b.b); }

Oklab rectangular(const Oklch& c) {
  const double angle = c.h * 3.14159265358979323846 / 180;
  return {c.l, c.c * std::cos(angle), c.c * std::sin(angle)};
}

/// Equal steps along the path through the points.
Table tableThrough(const std::vector<Oklch>& points) {
  std::vector<Oklab> path;
  for (const Oklch& point : points)
    path.push_back(rectangular(point));
  double length = 0;
  for (size_t i = 1; i < path.size(); ++i)
    length += distance(path[i - 1], path[i]);
  Table out;
  size_t part = 1;
  double before = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double wanted = length * i / (kSteps - 1);
    while (part + 1 < path.size() && wanted > before + distance(path[part - 1], path[part])) {
      before += distance(path[part - 1], path[part]);
      ++part;
    }
    const double size = distance(path[part - 1], path[part]);
    out[static_cast<size_t>(i)] = fromOklab(mixed(path[part - 1], path[part], std::min(1.0, (wanted - before) / size)));
  }
  return out;
}

struct Maps {
  Table sequential, above, below;
};

const Maps& mapsOf(bool dark) {
  static const Maps light = {tableThrough({{0.965, 0.012, 80}, {0.70, 0.125, 55}, {0.36, 0.10, 15}}),
                             tableThrough({{0.965, 0.004, 80}, {0.50, 0.125, 48}}), tableThrough({{0.965, 0.004, 80}, {0.50, 0.125, 255}})};
  static const Maps night = {tableThrough({{0.275, 0.012, 60}, {0.62, 0.135, 48}, {0.95, 0.06, 90}}),
                             tableThrough({{0.275, 0.004, 60}, {0.78, 0.115, 58}}), tableThrough({{0.275, 0.004, 60}, {0.78, 0.10, 245}})};
  return dark ? night : light;
}

QColor at(const Table& table, double share) {
  return table[static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * (kSteps - 1)))];
}

} // namespace

Oklab toOklab(const QColor& color) {
  const double r = toLinear(color.redF()), g = toLinear(color.greenF()), b = toLinear(color.blueF());
  const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

QColor fromOklab(const Oklab& lab) {
  const double l = std::pow(lab.l + 0.3963377774 * lab.a + 0.2158037573 * lab.b, 3);
  const double m = std::pow(lab.l - 0.1055613458 * lab.a - 0.0638541728 * lab.b, 3);
  const double s = std::pow(lab.l - 0.0894841775 * lab.a - 1.2914855480 * lab.b, 3);
  const auto channel = [](double linear) { return static_cast<float>(toSrgb(std::clamp(linear, 0.0, 1.0))); };
  return QColor::fromRgbF(channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                          channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                          channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
}

QColor sequentialColor(double share, const Theme& theme) {
  return std::isfinite(share) ? at(mapsOf(theme.dark).sequential, share) : theme.track;
}

QColor divergingColor(double value, const Theme& theme) {
  if (!std::isfinite(value))
    return theme.track;
  const Maps& maps = mapsOf(theme.dark);
  return at(value < 0 ? maps.below : maps.above, std::fabs(value));
}

QColor inkOn(const QColor& ground) {
  const QColor dark(Qt::black), light(Qt::white); // anything less leaves a grey in the middle on which neither reaches 4.5
  return contrastRatio(dark, ground) >= contrastRatio(light, ground) ? dark : light;
}

} // namespace lathe::ui::style
