// SPDX-License-Identifier: Apache-2.0
#include "core/io/inspect_card.h"

#include "core/base/files.h"
#include "core/base/text_format.h"
#include "core/io/gguf.h"
#include "core/io/inspect_parts.h"
#include "core/io/names.h"
#include "core/io/rope_config.h"

#include <algorithm>
#include <cctype>

namespace lathe::io {
namespace {

constexpr size_t kReadmeStart = 64 << 10;
constexpr size_t kOriginBytes = 512;

const char* activationTitle(Activation activation) {
  switch (activation) {
  case Activation::Silu: return "SiLU";
  case Activation::GeluTanh: return "GELU (tanh)";
  case Activation::Gelu: return "GELU";
  }
  return "";
}

const char* placementName(NormPlacement placement) {
  switch (placement) {
  case NormPlacement::Before: return "before";
  case NormPlacement::Around: return "before and after";
  case NormPlacement::After: return "after";
  }
  return "";
}

Json ropeJson(const RopeConfig& rope) {
  Json out = {{"type", ropeTypeName(rope.type)}, {"theta", rope.theta}};
  if (rope.type != RopeType::Default) {
    out["factor"] = rope.factor;
    if (rope.originalMaxPositions > 0)
      out["original_positions"] = rope.originalMaxPositions;
  }
  return out;
}

std::string trimmed(std::string text) {
  const auto plain = [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '"' && c != '\''; };
  text.erase(text.begin(), std::find_if(text.begin(), text.end(), plain));
  text.erase(std::find_if(text.rbegin(), text.rend(), plain).base(), text.end());
  return text.size() <= kOriginBytes && isValidUtf8(text) && nameProblem(text).empty() ? text : std::string();
}

/// A value of the front matter of a README: "key: value", or the first of a list below "key:".
std::string frontMatter(const std::string& readme, const std::string& key) {
  if (!readme.starts_with("---"))
    return {};
  bool below = false;
  for (size_t at = readme.find('\n'); at != std::string::npos; at = readme.find('\n', at + 1)) {
    const std::string line = readme.substr(at + 1, readme.find('\n', at + 1) - at - 1);
    if (line.starts_with("---"))
      return {};
    if (below)
      return line.find_first_not_of(' ') != std::string::npos && line[line.find_first_not_of(' ')] == '-' ? trimmed(line.substr(line.find('-') + 1)) : std::string();
    if (line.starts_with(key + ":")) {
      const std::string value = trimmed(line.substr(key.size() + 1));
      if (!value.empty())
        return value;
      below = true;
    }
  }
  return {};
}

Json licenceJson(const std::string& file, const std::string& id) {
  if (file.empty() && id.empty())
    return nullptr;
  Json out = Json::object();
  if (!file.empty())
    out["file"] = file;
  if (!id.empty())
    out["id"] = id;
  return out;
}

} // namespace

void putCard(const ModelConfig& c, Json& out) {
  out["rope"] = ropeJson(c.rope);
  if (c.localRope)
    out["local_rope"] = ropeJson(*c.localRope);
  out["partial_rotary"] = c.partialRotaryFactor;
  out["activation"] = activationTitle(c.activation);
  out["norms"] = placementName(c.norms);
  out["head_norms"] = c.hasHeadNorms();
  out["attention_bias"] = c.attentionBias;
  int64_t sliding = 0;
  for (int64_t i = 0; i < c.layers; ++i)
    sliding += c.windowOf(i).has_value();
  out["sliding_layers"] = sliding;
  out["attention_softcap"] = c.attentionSoftcap ? Json(*c.attentionSoftcap) : Json(nullptr);
  out["final_softcap"] = c.finalSoftcap ? Json(*c.finalSoftcap) : Json(nullptr);
  out["stored_dtype"] = c.dtype;
}

std::string licenceFile(const std::string& folder) {
  const auto names = capture([&] { return listDirectory(folder); });
  if (!names.ok())
    return {};
  for (const std::string& name : *names) {
    std::string upper = name;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
    if ((upper.starts_with("LICENSE") || upper.starts_with("LICENCE") || upper.starts_with("COPYING")) && !isDirectory(folder + "/" + name))
      return name;
  }
  return {};
}

void putOrigin(const std::string& folder, Json& out) {
  std::string readme;
  if (fileExists(folder + "/README.md")) {
    const auto start = capture([&] { return firstBytes(resolveInside(folder, "README.md"), kReadmeStart); });
    if (start.ok())
      readme = *start;
  }
  out["licence"] = licenceJson(licenceFile(folder), frontMatter(readme, "license"));
  if (const std::string base = frontMatter(readme, "base_model"); !base.empty())
    out["base_model"] = base;
}

void putOrigin(const GgufFile& file, Json& out) {
  const auto text = [&](const char* key) {
    const GgufValue* value = file.header().find(key);
    return value && !value->isArray && value->type == GgufValueType::String ? trimmed(std::string(*file.header().text(key))) : std::string();
  };
  out["licence"] = licenceJson({}, text("general.license"));
  std::string base = text("general.base_model.0.repo_url");
  if (const size_t at = base.find("://"); at != std::string::npos)
    base = base.find('/', at + 3) == std::string::npos ? std::string() : base.substr(base.find('/', at + 3) + 1);
  if (!base.empty())
    out["base_model"] = base;
}

} // namespace lathe::io
