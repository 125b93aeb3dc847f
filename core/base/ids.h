// SPDX-License-Identifier: Apache-2.0
// Names of runs and chats; random identifiers.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace lathe {

/// Folder name of a run: "20261122-151542-support-tone-3f9a". Never empty once made; contains only [a-z0-9-].
struct RunId {
  std::string value;
  auto operator<=>(const RunId&) const = default;
  bool valid() const; // 1–80 characters of [a-z0-9-_.], not starting with '.'
};

/// Lower-case hexadecimal characters from the system's random source.
std::string randomId(int characters);
/// A new run name from the current local time and a slug of `name`.
RunId makeRunId(const std::string& name);
/// "Support tone, v2!" → "support-tone-v2"; at most 40 characters; empty in, empty out.
std::string slug(const std::string& text);

} // namespace lathe
