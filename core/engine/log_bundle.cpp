// SPDX-License-Identifier: Apache-2.0
#include "core/engine/log_bundle.h"

#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/redact.h"
#include "core/base/version.h"
#include "core/io/tar_writer.h"
#include "core/monitor/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace lathe::engine {
namespace {

constexpr size_t kLogBytes = 256 << 10, kShortName = 60;
constexpr uint64_t kRunFileBytes = 4 << 20;

/// The last part of a file, from the beginning of a line.
std::string tailOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file)
    throw Exception(ErrorKind::NotFound, fmt::format("{} cannot be read.", path));
  const auto size = static_cast<size_t>(file.tellg());
  const size_t from = size > kLogBytes ? size - kLogBytes : 0;
  file.seekg(static_cast<std::streamoff>(from));
  std::string text(size - from, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (from > 0)
    text = fmt::format("({} bytes before this are left out)\n", from) + text.substr(std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

/// What a person wrote to their model is nobody's business: the lengths stay.
void removePrompts(Json& value) {
  if (value.is_object())
    for (auto& [key, part] : value.items()) {
      const bool text = key == "prompts" || key == "prompt" || key == "system_prompt" || key == "text" || key == "content";
      if (text && part.is_array())
        part = fmt::format("({} removed)", part.size());
      else if (text && part.is_string())
        part = fmt::format("({} characters removed)", part.get_ref<const std::string&>().size());
      else
        removePrompts(part);
    }
  else if (value.is_array())
    for (Json& part : value)
      removePrompts(part);
}

std::string specText(const std::string& path) {
  Json spec = parseJsonFile(path, {.bytes = kRunFileBytes, .comments = true, .code = "REJ:SPEC", .what = path});
  removePrompts(spec);
  return dumpJson(spec, 2) + "\n";
}

/// When, at which step, what: texts of rows and answers stay behind.
std::string eventsText(const std::string& path) {
  std::string out;
  const std::string text = tailOf(path);
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const auto event = capture([&] { return parseJson(std::string_view(text).substr(start, end - start)); });
    Json kept = Json::object();
    if (event && event->is_object())
      for (const char* key : {"time", "step", "type", "text"})
        if (const Json* part = find(*event, key); part && !(std::string_view(key) == "text" && stringOr(*event, "type", "") == "sample"))
          kept[key] = *part;
    if (!kept.empty())
      out += dumpJson(kept) + "\n";
    start = end + 1;
  }
  return out;
}

class Collector {
public:
  template <class Read>
  void add(const std::string& name, const std::string& what, Read&& read) {
    const auto text = capture(read);
    if (text)
      m_files.push_back({name, redact(*text), what});
    else
      m_missing += fmt::format("{}: {}\n", name, redact(text.error().message));
  }
  std::vector<BundleFile> files() {
    if (!m_missing.empty())
      m_files.push_back({"missing.txt", m_missing, "What could not be read"});
    return std::move(m_files);
  }

private:
  std::vector<BundleFile> m_files;
  std::string m_missing;
};

/// Names of the newest run folders, newest first: their names begin with the date.
std::vector<std::string> newestRuns(const std::string& home, size_t count) {
  const std::string folder = runsFolder(home);
  std::vector<std::string> names = isDirectory(folder) ? listDirectory(folder) : std::vector<std::string>();
  std::erase_if(names, [&](const std::string& name) { return name.starts_with('.') || !isDirectory(folder + "/" + name); });
  std::reverse(names.begin(), names.end());
  if (names.size() > count)
    names.resize(count);
  return names;
}

} // namespace

std::vector<BundleFile> collectBundle(const std::string& home, size_t runs) {
  Collector all;
  all.add("version.txt", "Version of Lathe", [] { return fmt::format("Lathe {}\n", kVersion); });
  const auto report = capture([&] { return monitor::doctorReport(home); });
  all.add("doctor.json", "What the doctor says about this machine", [&] { return dumpJson(report.ok() ? *report : throw Exception(report.error()), 2) + "\n"; });
  all.add("doctor.txt", "The same as text", [&] { return monitor::doctorText(report.ok() ? *report : throw Exception(report.error())); });
  all.add("engine.log", "The engine's log, its last part", [&] { return tailOf(home + "/engine.log"); });
  for (const std::string& name : newestRuns(home, runs)) {
    const std::string from = runsFolder(home) + "/" + name, into = "runs/" + name.substr(0, kShortName);
    all.add(into + "/spec.json", "Specification of a run, without prompts", [&] { return specText(from + "/spec.json"); });
    all.add(into + "/events.jsonl", "What happened to it", [&] { return eventsText(from + "/events.jsonl"); });
    all.add(into + "/log.txt", "Its worker's log, its last part", [&] { return tailOf(from + "/log.txt"); });
  }
  return all.files();
}

std::string bundleArchive(const std::vector<BundleFile>& files) {
  std::vector<std::pair<std::string, std::string>> parts;
  for (const BundleFile& file : files)
    parts.emplace_back("lathe-bundle/" + file.name, file.content);
  return io::tarGz(parts);
}

uint64_t writeBundle(const std::vector<BundleFile>& files, const std::string& path) {
  const std::string archive = bundleArchive(files);
  writeFileAtomic(path, archive, 0600);
  return archive.size();
}

} // namespace lathe::engine
