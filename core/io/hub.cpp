// SPDX-License-Identifier: Apache-2.0
#include "core/io/hub.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text_format.h"
#include "core/io/digest.h"
#include "core/io/hub_http.h"
#include "core/io/hub_lock.h"
#include "core/io/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace lathe::io {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kSpare = 1ull << 30;
constexpr uint64_t kListing = 64ull << 20;
constexpr size_t kHubFiles = 100'000;
constexpr uint64_t kHubBytes = 1ull << 62; // of all files together: what comes above cannot be added without wrapping

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string hubHome() {
  const std::string home = environment("HF_HOME");
  return home.empty() ? environment("HOME") + "/.cache/huggingface" : home;
}

std::string strippedLine(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.pop_back();
  return text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' || c == '~' || c == '/')
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

bool isHex(std::string_view text, size_t digits) { return text.size() == digits && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) && !std::isupper(c); }); }

struct HubFile {
  std::string name;
  uint64_t bytes = 0;
  std::string hash; // 64 digits: SHA-256 of the content; 40: git's SHA-1 of it as a blob
};

class Pull {
public:
  explicit Pull(const PullOptions& options) : m_options(options) {
    checkRepository();
    m_endpoint = !options.endpoint.empty() ? options.endpoint : !environment("HF_ENDPOINT").empty() ? environment("HF_ENDPOINT") : "https://huggingface.co";
    while (m_endpoint.ends_with('/'))
      m_endpoint.pop_back();
    m_token = !options.token.empty() ? options.token : environment("HF_TOKEN");
    if (m_token.empty() && fileExists(hubHome() + "/token"))
      m_token = readFile(hubHome() + "/token", 4096);
    m_token = strippedLine(m_token);
    const std::string cache = !options.cache.empty() ? options.cache : !environment("HF_HUB_CACHE").empty() ? environment("HF_HUB_CACHE") : hubHome() + "/hub";
    std::string name = options.repository;
    for (size_t at; (at = name.find('/')) != std::string::npos;)
      name.replace(at, 1, "--");
    const std::string folder = (options.dataset ? "datasets--" : "models--") + name;
    m_root = cache + "/" + folder;
    m_locks = cache + "/.locks/" + folder;
  }

  PullResult run() {
    listFiles();
    addSizes();
    makeDirectories(m_root + "/blobs");
    checkDisk();
    const std::string snapshot = m_root + "/snapshots/" + m_commit;
    for (const HubFile& file : m_files) {
      fetch(file);
      link(snapshot, file);
    }
    if (m_options.revision != m_commit) {
      makeDirectories(fs::path(m_root + "/refs/" + m_options.revision).parent_path().string());
      writeFileAtomic(m_root + "/refs/" + m_options.revision, m_commit);
    }
    syncDirectory(snapshot);
    return {snapshot, m_commit, m_files.size(), m_total, m_loaded};
  }

private:
  void checkRepository() const {
    const std::string& name = m_options.repository;
    const auto good = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
    const size_t slash = name.find('/');
    const std::string owner = name.substr(0, slash), rest = slash == std::string::npos ? std::string() : name.substr(slash + 1);
    const auto part = [&](const std::string& text) { return !text.empty() && text[0] != '.' && text.size() <= 96 && std::all_of(text.begin(), text.end(), good); };
    if (!part(owner) || (slash != std::string::npos && !part(rest)))
      throw Exception(ErrorKind::Usage, fmt::format("{} is no repository; give it as owner/name.", shownName(name)));
    if (m_options.revision.empty() || m_options.revision.starts_with('/') || m_options.revision.find("..") != std::string::npos || !nameProblem(m_options.revision).empty())
      throw Exception(ErrorKind::Usage, fmt::format("{} is no revision; give a branch, a tag or a commit.", shownName(m_options.revision)));
  }

  HttpRequest request(std::string url) const {
    HttpRequest out;
    out.url = std::move(url);
    out.stop = m_options.stop;
    out.timeoutSeconds = m_options.timeoutSeconds;
    if (!m_token.empty())
      out.headers["authorization"] = "Bearer " + m_token;
    return out;
  }

  [[noreturn]] void fail(int status, const std::string& what) const {
    const std::string repository = m_options.repository;
    if (status == 401 || status == 403)
      throw Exception(ErrorKind::NotFound, fmt::format("The hub does not let us read {} ({}). Accept its conditions on its page, and give a token with HF_TOKEN.", repository, status));
    if (status == 404)
      throw Exception(ErrorKind::NotFound, fmt::format("{} has no {} at revision {} (404). Check the name; private repositories need a token.", repository, what, m_options.revision));
    throw Exception(ErrorKind::Io, fmt::format("The hub answered {} when asked for {} of {}. Try again later.", status, what, repository));
  }

  void listFiles() {
    std::string text;
    const std::string url = fmt::format("{}/api/{}/{}/revision/{}?blobs=true", m_endpoint, m_options.dataset ? "datasets" : "models", escaped(m_options.repository), escaped(m_options.revision));
    const HttpResponse answer = httpGet(request(url), [](const HttpResponse&) {}, [&](std::span<const std::byte> piece) {
      if (text.size() + piece.size() > kListing)
        refuse("REJ:HUB_LISTING", fmt::format("The hub's list of files is longer than {} bytes.", kListing));
      text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    if (answer.status != 200)
      fail(answer.status, m_options.dataset ? "dataset" : "model");
    if (!answer.complete)
      throw Exception(ErrorKind::Io, "The hub's list of files broke off. Try again.");
    JsonLimits limits;
    limits.bytes = kListing;
    limits.code = "REJ:HUB_LISTING";
    limits.what = "The hub's list of files";
    readListing(parseJson(text, limits));
  }

  void readListing(const Json& json) {
    m_commit = stringOr(json, "sha", "");
    if (!isHex(m_commit, 40))
      refuse("REJ:HUB_LISTING", fmt::format("The hub gives {} the commit {}; 40 hexadecimal digits are needed.", m_options.repository, shownName(m_commit)));
    const Json* siblings = find(json, "siblings");
    if (!siblings || !siblings->is_array() || siblings->size() > kHubFiles)
      refuse("REJ:HUB_LISTING", fmt::format("The hub's list of files of {} is missing or longer than {}.", m_options.repository, kHubFiles));
    for (const Json& one : *siblings) {
      HubFile file;
      file.name = stringOr(one, "rfilename", "");
      checkName(file.name);
      if (!chosen(file.name))
        continue;
      const Json* lfs = find(one, "lfs");
      const bool large = lfs && lfs->is_object();
      const int64_t bytes = intOr(large ? *lfs : one, "size", intOr(one, "size", -1));
      file.hash = large ? stringOr(*lfs, "sha256", "") : stringOr(one, "blobId", "");
      if (bytes < 0 || !isHex(file.hash, large ? 64 : 40))
        refuse("REJ:HUB_LISTING", fmt::format("The hub gives {} the size {} and the hash {}.", shownName(file.name), bytes, shownName(file.hash)));
      file.bytes = static_cast<uint64_t>(bytes);
      m_files.push_back(std::move(file));
    }
    if (m_files.empty())
      throw Exception(ErrorKind::NotFound, fmt::format("{} has {} files, and none fits --include and --exclude.", m_options.repository, siblings->size()));
  }

  void addSizes() {
    for (const HubFile& file : m_files) {
      m_total = checkedAdd(m_total, file.bytes).value_or(UINT64_MAX);
      if (m_total > kHubBytes)
        refuse("REJ:HUB_LISTING", fmt::format("The sizes that the hub gives for the {} files of {} add up to more than {} bytes; no such model exists. Nothing was loaded.", m_files.size(), m_options.repository, kHubBytes));
    }
  }

  void checkName(const std::string& name) const {
    std::string_view rest = name;
    while (true) {
      const size_t slash = rest.find('/');
      if (const std::string problem = fileNameProblem(rest.substr(0, slash)); !problem.empty())
        refuse("REJ:HUB_NAME", fmt::format("The hub lists a file {} whose name {}. Nothing was loaded.", shownName(name), problem));
      if (slash == std::string_view::npos)
        return;
      rest.remove_prefix(slash + 1);
    }
  }

  bool chosen(const std::string& name) const {
    const auto any = [&](const std::vector<std::string>& globs) { return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) { return globMatches(glob, name); }); };
    return (m_options.include.empty() || any(m_options.include)) && !any(m_options.exclude);
  }

  std::string blobOf(const HubFile& file) const { return m_root + "/blobs/" + file.hash; }
  static uint64_t sizeOf(const std::string& path) {
    std::error_code code;
    const auto size = fs::file_size(path, code);
    return code ? 0 : size;
  }

  void checkDisk() const {
    uint64_t need = 0;
    for (const HubFile& file : m_files)
      if (!fileExists(blobOf(file)))
        need += file.bytes - std::min(file.bytes, sizeOf(blobOf(file) + ".incomplete"));
    const uint64_t free = freeDiskBytes(m_root), wanted = need + std::max(kSpare, need / 50);
    if (need > 0 && free < wanted)
      throw Exception(ErrorKind::DiskFull, fmt::format("{} needs {} on the disk with a reserve of {}, and {} are free at {}. Free some space, or choose files with --include.", m_options.repository, formatBytes(need),
                                                       formatBytes(wanted - need), formatBytes(free), m_root));
  }

  void fetch(const HubFile& file) {
    const std::string blob = blobOf(file), part = blob + ".incomplete";
    if (fileExists(blob) && sizeOf(blob) == file.bytes) {
      advance(file, file.bytes);
      return;
    }
    const HubLock lock(m_locks + "/" + file.hash + ".lock", m_options.stop);
    if (fileExists(blob) && sizeOf(blob) == file.bytes) { // another program loaded it in the meantime
      advance(file, file.bytes);
      return;
    }
    const uint64_t before = m_done;
    for (int attempt = 1;; ++attempt) {
      m_done = before;
      const std::string problem = attemptOnce(file, part);
      if (problem.empty())
        break;
      if (attempt >= m_options.attempts)
        throw Exception(ErrorKind::Io, fmt::format("{} could not be loaded in {} attempts: {}. What came is kept; the next pull goes on from there.", file.name, attempt, problem));
      for (int waits = 1 << std::min(attempt, 6); waits > 0 && !m_options.stop.stop_requested(); --waits)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    renamePath(part, blob);
    syncDirectory(m_root + "/blobs");
  }

  void advance(const HubFile& file, uint64_t bytes) {
    m_done += bytes;
    if (m_options.progress)
      m_options.progress(file.name, m_done, m_total);
  }

  /// Empty when the file is whole and right; else what broke and may be tried again.
  std::string attemptOnce(const HubFile& file, const std::string& part) {
    uint64_t have = sizeOf(part);
    if (have > file.bytes) {
      removeTree(part);
      have = 0;
    }
    const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
      throw Exception(ErrorKind::Io, fmt::format("{} cannot be written: {}.", part, std::strerror(errno)));
    const std::unique_ptr<const int, void (*)(const int*)> closer(&fd, [](const int* at) { ::close(*at); });
    if (have < file.bytes || file.bytes == 0) {
      try {
        if (const std::string problem = load(file, fd, have); !problem.empty())
          return problem;
      } catch (const Exception& e) {
        if (e.error().kind == ErrorKind::Io)
          return e.error().message;
        throw;
      }
    } else {
      advance(file, have);
    }
    if (::fsync(fd) != 0)
      throw Exception(ErrorKind::Io, fmt::format("{} cannot be written: {}.", part, std::strerror(errno)));
    if (hashOf(file, part) == file.hash)
      return {};
    removeTree(part);
    return "its hash is not the one that the hub names";
  }

  std::string load(const HubFile& file, int fd, uint64_t have) {
    HttpRequest get = request(fmt::format("{}/{}{}/resolve/{}/{}", m_endpoint, m_options.dataset ? "datasets/" : "", escaped(m_options.repository), m_commit, escaped(file.name)));
    get.from = have;
    uint64_t at = have;
    const HttpResponse answer = httpGet(
        get,
        [&](const HttpResponse& head) {
          if (head.status == 200)
            at = 0; // the hub has no ranges: from the start
          if (head.status == 206 && !rangeStarts(head, have))
            throw Exception(ErrorKind::Protocol, fmt::format("The hub answered with another part of {} than was asked for.", file.name));
          if ((head.status == 200 || head.status == 206) && ::ftruncate(fd, static_cast<off_t>(at)) != 0)
            throw Exception(ErrorKind::Io, fmt::format("{} cannot be written: {}.", file.name, std::strerror(errno)));
          advance(file, at);
        },
        [&](std::span<const std::byte> piece) {
          if (piece.size() > file.bytes - at)
            refuse("REJ:HUB_SIZE", fmt::format("The hub sends more than the {} bytes that it announced for {}.", file.bytes, file.name));
          writeAt(fd, at, piece, file.name);
          at += piece.size();
          m_loaded += piece.size();
          advance(file, piece.size());
        });
    if (answer.status != 200 && answer.status != 206) {
      if (answer.status >= 500 || answer.status == 429)
        return fmt::format("the hub answered {}", answer.status);
      fail(answer.status, file.name);
    }
    return at == file.bytes ? std::string() : fmt::format("the connection broke after {} of {} bytes", at, file.bytes);
  }

  static bool rangeStarts(const HttpResponse& head, uint64_t from) {
    const auto range = head.headers.find("content-range");
    return range != head.headers.end() && range->second.starts_with(fmt::format("bytes {}-", from));
  }

  static void writeAt(int fd, uint64_t at, std::span<const std::byte> piece, const std::string& name) {
    while (!piece.empty()) {
      const ssize_t n = ::pwrite(fd, piece.data(), piece.size(), static_cast<off_t>(at));
      if (n <= 0)
        throw Exception(errno == ENOSPC || errno == EDQUOT ? ErrorKind::DiskFull : ErrorKind::Internal, fmt::format("{} cannot be written: {}. What came is kept; the next pull goes on from there.", name, std::strerror(errno)));
      at += static_cast<uint64_t>(n);
      piece = piece.subspan(static_cast<size_t>(n));
    }
  }

  std::string hashOf(const HubFile& file, const std::string& path) const {
    const bool large = file.hash.size() == 64;
    Digest digest(large ? Digest::Kind::Sha256 : Digest::Kind::Sha1);
    if (!large)
      digest.add(fmt::format("blob {}", file.bytes) + std::string(1, '\0'));
    if (file.bytes == 0)
      return digest.finish();
    const auto map = MappedFile::open(path);
    std::vector<std::byte> block(std::min<uint64_t>(4 << 20, map->size()));
    for (uint64_t at = 0; at < map->size(); at += block.size()) {
      if (m_options.stop.stop_requested())
        throw Exception(ErrorKind::Cancelled, "The download was stopped. What came is kept; the next pull goes on from there.");
      const std::span<std::byte> piece(block.data(), std::min<uint64_t>(block.size(), map->size() - at));
      map->readAt(at, piece);
      digest.add(piece);
    }
    return digest.finish();
  }

  /// snapshots/<commit>/a/b → ../../../blobs/<hash>
  void link(const std::string& snapshot, const HubFile& file) const {
    const fs::path place = fs::path(snapshot) / file.name;
    makeDirectories(place.parent_path().string());
    const fs::path target = fs::path(blobOf(file)).lexically_relative(place.parent_path());
    std::error_code code;
    if (fs::is_symlink(place, code) && fs::read_symlink(place, code) == target)
      return;
    const fs::path temporary = place.string() + ".tmp-" + randomId(8);
    fs::create_symlink(target, temporary, code);
    if (code)
      throw Exception(ErrorKind::Io, fmt::format("{} cannot be linked: {}.", place.string(), code.message()));
    renamePath(temporary.string(), place.string());
  }

  const PullOptions& m_options;
  std::string m_endpoint, m_token, m_root, m_locks, m_commit;
  std::vector<HubFile> m_files;
  uint64_t m_total = 0, m_done = 0, m_loaded = 0;
};

} // namespace

PullResult pull(const PullOptions& options) { return Pull(options).run(); }

} // namespace lathe::io
