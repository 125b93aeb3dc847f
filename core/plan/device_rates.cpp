// SPDX-License-Identifier: Apache-2.0
#include "core/plan/device_rates.h"

#include "core/base/files.h"

#include <algorithm>
#include <cmath>

namespace lathe::plan {
namespace {

std::string ratesFile(const std::string& home) { return home + "/devices.json"; }

Json readRates(const std::string& home) {
  if (!fileExists(ratesFile(home)))
    return Json::object();
  const auto json = capture([&] { return parseJsonFile(ratesFile(home)); });
  return json.ok() && json->is_object() ? *json : Json::object(); // a damaged file is measured again
}

} // namespace

std::vector<RatePoint> loadRates(const std::string& home, const std::string& device, const std::string& name) {
  std::vector<RatePoint> out;
  const Json json = readRates(home);
  const Json* entry = find(json, device);
  const Json* points = entry && entry->is_object() && entry->value("name", "") == name ? find(*entry, "points") : nullptr;
  if (!points || !points->is_array())
    return out;
  for (const Json& item : *points) {
    const auto point = capture([&] { return RatePoint{intOr(item, "hidden", 0), doubleOr(item, "gflops", 0), stringOr(item, "source", ""), doubleOr(item, "time", 0)}; });
    if (point.ok() && point->hidden > 0 && point->gflops > 0 && std::isfinite(point->gflops))
      out.push_back(*point);
  }
  std::sort(out.begin(), out.end(), [](const RatePoint& a, const RatePoint& b) { return a.hidden < b.hidden; });
  return out;
}

void saveRate(const std::string& home, const std::string& device, const std::string& name, const RatePoint& point) {
  if (point.hidden <= 0 || !(point.gflops > 0) || !std::isfinite(point.gflops))
    return;
  std::vector<RatePoint> points = loadRates(home, device, name);
  std::erase_if(points, [&](const RatePoint& p) { return p.hidden == point.hidden; });
  points.push_back(point);
  std::sort(points.begin(), points.end(), [](const RatePoint& a, const RatePoint& b) { return a.hidden < b.hidden; });
  Json json = readRates(home), list = Json::array();
  for (const RatePoint& p : points)
    list.push_back({{"hidden", p.hidden}, {"gflops", p.gflops}, {"source", p.source}, {"time", p.time}});
  json[device] = {{"name", name}, {"points", list}};
  makeDirectories(home, 0700);
  writeFileAtomic(ratesFile(home), dumpJson(json, 2) + "\n");
}

double expectedFlops(const std::vector<RatePoint>& points, int64_t hidden) {
  if (points.empty())
    return 0;
  const auto above = std::find_if(points.begin(), points.end(), [&](const RatePoint& p) { return p.hidden >= hidden; });
  if (above == points.end())
    return points.back().gflops * 1e9;
  if (above == points.begin() || above->hidden == hidden)
    return above->gflops * 1e9;
  const RatePoint& below = *(above - 1);
  const double share = std::log(static_cast<double>(hidden) / static_cast<double>(below.hidden)) / std::log(static_cast<double>(above->hidden) / static_cast<double>(below.hidden));
  return (below.gflops + share * (above->gflops - below.gflops)) * 1e9;
}

double flopsPerToken(const ModelShape& s, bool full, bool recompute) {
  const auto mixtures = static_cast<double>(s.mixtures()), width = static_cast<double>(s.hidden);
  const double attention = width * static_cast<double>(s.headDim * (2 * s.heads + 2 * s.kvHeads)), dense = 3 * width * static_cast<double>(s.intermediate);
  const double chosen = static_cast<double>(s.experts.perToken * s.expertWeights() + s.experts.count * s.hidden); // experts and router
  const double linear = static_cast<double>(s.layers) * attention + (static_cast<double>(s.layers) - mixtures) * dense + mixtures * chosen + static_cast<double>(s.hidden) * static_cast<double>(s.vocab);
  // Forward and the gradient of the inputs (4), of the weights too when they train (6), forward again when recomputed (+2).
  return ((full ? 6.0 : 4.0) + (recompute ? 2.0 : 0.0)) * linear;
}

RatePoint rateOfRun(const api::TrainSpec& spec, const ModelShape& shape, bool recompute, double tokensPerS, const std::string& source, double time) {
  return {shape.hidden, tokensPerS * flopsPerToken(shape, spec.method.type == "full", recompute) / 1e9, source, time};
}

} // namespace lathe::plan
