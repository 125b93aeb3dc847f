// SPDX-License-Identifier: Apache-2.0
#include "core/io/names.h"

#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/base/text_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include <sys/stat.h>

namespace lathe::io {
namespace fs = std::filesystem;
namespace {

/// Next code point of valid UTF-8.
uint32_t nextCode(std::string_view text, size_t& i) {
  const auto c = static_cast<unsigned char>(text[i]);
  const size_t length = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
  uint32_t code = length == 1 ? c : c & (0xFFu >> (length + 1));
  for (size_t k = 1; k < length; ++k)
    code = (code << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3Fu);
  i += length;
  return code;
}

bool isControl(uint32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF; }

bool isDirection(uint32_t c) { return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

bool isWithin(const fs::path& path, const fs::path& root) {
  const fs::path relative = path.lexically_relative(root);
  return !relative.empty() && *relative.begin() != "..";
}

/// The repository folder when `folder` is a snapshot of a Hugging Face cache, else `folder`.
fs::path allowedRoot(const fs::path& folder) {
  const fs::path snapshots = folder.parent_path();
  std::error_code code;
  if (snapshots.filename() == "snapshots" && fs::is_directory(snapshots.parent_path() / "blobs", code))
    return snapshots.parent_path();
  return folder;
}

} // namespace

std::string nameProblem(std::string_view name) {
  if (name.empty())
    return "is empty";
  if (name.size() > limits::kTensorNameBytes)
    return fmt::format("has {} bytes; the limit is {}", name.size(), limits::kTensorNameBytes);
  if (std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c < 0x7F; }))
    return {};
  if (!isValidUtf8(name))
    return "is not valid UTF-8";
  for (size_t i = 0; i < name.size();) {
    const uint32_t code = nextCode(name, i);
    if (isControl(code))
      return fmt::format("holds the control character U+{:04X}", code);
    if (isDirection(code))
      return fmt::format("holds the text-direction character U+{:04X}", code);
  }
  return {};
}

std::string shownName(std::string_view text) {
  std::string out = "\"";
  const bool valid = isValidUtf8(text);
  for (size_t i = 0; i < text.size();) {
    if (out.size() > 80)
      return out + "…\"";
    const size_t from = i;
    const uint32_t code = valid ? nextCode(text, i) : static_cast<unsigned char>(text[i++]);
    if (isControl(code) || isDirection(code) || (!valid && code >= 0x80))
      out += fmt::format("\\u{{{:x}}}", code);
    else
      out += text.substr(from, i - from);
  }
  return out + "\"";
}

std::string fileNameProblem(std::string_view name) {
  if (std::string problem = nameProblem(name); !problem.empty())
    return problem;
  if (name.find_first_of("/\\") != std::string_view::npos || name == ".." || name == ".")
    return "leaves the model folder";
  if (name.size() >= 2 && name[1] == ':' && std::isalpha(static_cast<unsigned char>(name[0])))
    return "names a drive";
  if (name.size() > 255)
    return fmt::format("has {} bytes; file names hold 255", name.size());
  return {};
}

void requireRegularFile(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    throw Exception(errno == ENOENT || errno == ENOTDIR ? ErrorKind::NotFound : ErrorKind::Io, fmt::format("{} is not there or cannot be read: {}.", path, std::strerror(errno)));
  if (!S_ISREG(info.st_mode))
    refuse("REJ:NOT_A_FILE", fmt::format("{} is {}, not a regular file.", path, S_ISDIR(info.st_mode) ? "a folder" : S_ISFIFO(info.st_mode) ? "a pipe" : S_ISSOCK(info.st_mode) ? "a socket" : "a device"));
}

std::string resolveInside(const std::string& folder, const std::string& name) {
  std::error_code code;
  const fs::path real = fs::canonical(folder, code);
  if (code)
    throw Exception(ErrorKind::NotFound, fmt::format("The folder {} is not there.", folder), code.message());
  const fs::path target = fs::canonical(real / name, code);
  if (code == std::errc::too_many_symbolic_link_levels)
    refuse("REJ:MODEL_LINK", fmt::format("{}/{} is a symbolic link to itself. Replace it by the file.", folder, name));
  if (code)
    throw Exception(ErrorKind::NotFound, fmt::format("{}/{} is not there, or the file it links to is missing. Download the model again.", folder, name), code.message());
  if (!isWithin(target, allowedRoot(real)))
    refuse("REJ:MODEL_LINK", fmt::format("{}/{} is a symbolic link to {}, outside the model folder. Copy the file into the folder if you trust it.", folder, name, target.string()));
  return target.string();
}

bool globMatches(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t]) && glob[g] != '*') {
      ++g;
      ++t;
    } else if (g < glob.size() && glob[g] == '*') {
      star = g++;
      mark = t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*')
    ++g;
  return g == glob.size();
}

} // namespace lathe::io
