// SPDX-License-Identifier: Apache-2.0
// `pull` against a hub of our own on loopback.
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/io/digest.h"
#include "core/io/hub.h"
#include "core/io/hub_lock.h"
#include "tests/io/io_test_support.h"

#include <QTest>

#include <fmt/format.h>

#include <QTemporaryDir>

#include <atomic>
#include <filesystem>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace lathe;
using namespace lathe::io;
using namespace iotest;
namespace fs = std::filesystem;

namespace {

const std::string kCommit(40, 'c');

std::string sha256(const std::string& text) {
  Digest digest(Digest::Kind::Sha256);
  digest.add(text);
  return digest.finish();
}

std::string gitHash(const std::string& text) {
  Digest digest(Digest::Kind::Sha1);
  digest.add(fmt::format("blob {}", text.size()) + std::string(1, '\0'));
  digest.add(text);
  return digest.finish();
}

/// Serves one repository "acme/tiny"; every request is noted.
class LoopbackHub {
public:
  struct File {
    std::string content;
    bool large = false;
  };
  std::map<std::string, File> files;
  std::string wantedToken;            // 401 without it
  std::string listing;                // instead of the real one
  size_t breakAfter = SIZE_MAX;       // bytes of a large file, once per request, until `breaks` is used up
  std::atomic<int> breaks{0};
  bool ranges = true, redirects = false, chunked = false, wrongContent = false;
  std::vector<std::string> requests;

  LoopbackHub() {
    m_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(m_fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(m_fd, 16) != 0 || ::getsockname(m_fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no loopback socket");
    m_port = ntohs(address.sin_port);
    m_thread = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~LoopbackHub() {
    m_thread.request_stop();
    m_thread.join();
    ::close(m_fd);
  }
  std::string endpoint() const { return fmt::format("http://127.0.0.1:{}", m_port); }

private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd one{m_fd, POLLIN, 0};
      if (::poll(&one, 1, 20) <= 0)
        continue;
      const int client = ::accept(m_fd, nullptr, nullptr);
      std::string head;
      char piece[4096];
      for (ssize_t n; head.find("\r\n\r\n") == std::string::npos && (n = ::recv(client, piece, sizeof piece, 0)) > 0;)
        head.append(piece, static_cast<size_t>(n));
      requests.push_back(head);
      const std::string answer = answerTo(head);
      for (size_t at = 0; at < answer.size();) {
        const ssize_t n = ::send(client, answer.data() + at, answer.size() - at, MSG_NOSIGNAL);
        if (n <= 0)
          break;
        at += static_cast<size_t>(n);
      }
      ::close(client);
    }
  }

  static std::string plain(int status, const std::string& body, const std::string& more = {}) { return fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), more, body); }

  std::string answerTo(const std::string& head) {
    const std::string path = head.substr(4, head.find(' ', 4) - 4);
    if (!wantedToken.empty() && path.find("/cdn/") != 0 && head.find("authorization: Bearer " + wantedToken) == std::string::npos)
      return plain(401, "");
    if (path == "/api/models/acme/tiny/revision/main?blobs=true")
      return chunked ? chunkedAnswer(list()) : plain(200, list());
    const std::string prefix = "/acme/tiny/resolve/" + kCommit + "/", cdn = "/cdn/";
    if (redirects && path.starts_with(prefix))
      return plain(302, "", "Location: " + cdn + path.substr(prefix.size()) + "\r\n");
    const std::string name = path.starts_with(prefix) ? path.substr(prefix.size()) : path.starts_with(cdn) ? path.substr(cdn.size()) : std::string();
    const auto found = files.find(name);
    return found == files.end() ? plain(404, "") : content(found->second, head);
  }

  std::string content(const File& file, const std::string& head) {
    std::string body = wrongContent ? std::string(file.content.size(), 'x') : file.content;
    std::string range;
    if (const size_t at = head.find("Range: bytes="); ranges && at != std::string::npos) {
      const size_t from = std::stoull(head.substr(at + 13));
      range = fmt::format("Content-Range: bytes {}-{}/{}\r\n", from, body.size() - 1, body.size());
      body = body.substr(from);
    }
    std::string answer = plain(range.empty() ? 200 : 206, body, range);
    if (file.large && breaks > 0 && body.size() > breakAfter) {
      --breaks;
      answer.resize(answer.size() - body.size() + breakAfter);
    }
    return answer;
  }

  std::string list() const {
    if (!listing.empty())
      return listing;
    Json siblings = Json::array();
    for (const auto& [name, file] : files) {
      Json one = {{"rfilename", name}, {"size", file.content.size()}, {"blobId", gitHash(file.content)}};
      if (file.large)
        one["lfs"] = {{"sha256", sha256(file.content)}, {"size", file.content.size()}};
      siblings.push_back(one);
    }
    return dumpJson(Json{{"sha", kCommit}, {"siblings", siblings}});
  }

  static std::string chunkedAnswer(const std::string& body) {
    std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (size_t at = 0; at < body.size(); at += 100)
      out += fmt::format("{:x}\r\n{}\r\n", std::min<size_t>(100, body.size() - at), body.substr(at, 100));
    return out + "0\r\n\r\n";
  }

  int m_fd = -1;
  uint16_t m_port = 0;
  std::jthread m_thread;
};

std::string noise(size_t bytes) {
  std::string out(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i)
    out[i] = static_cast<char>((i * 2654435761u) >> 13);
  return out;
}

} // namespace

class TestHub : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_hub = std::make_unique<LoopbackHub>();
    m_hub->files = {{"config.json", {"{\"a\": 1}", false}}, {"empty.txt", {"", false}}, {"sub/weights.safetensors", {noise(3'000'000), true}}};
  }

  void digestsAreThoseOfTheStandard() {
    QCOMPARE(sha256("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(sha256(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    QCOMPARE(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
    QCOMPARE(gitHash(""), std::string("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"));
    QCOMPARE(gitHash("hello\n"), std::string("ce013625030ba8dba906f756967f9e9ca394464a"));
  }

  void aRepositoryComesIntoTheStandardCache() {
    uint64_t last = 0, total = 0;
    PullOptions options = plain();
    options.progress = [&](const std::string&, uint64_t done, uint64_t all) { last = done, total = all; };
    const PullResult result = pull(options);
    const std::string root = cache() + "/models--acme--tiny";
    QCOMPARE(result.folder, root + "/snapshots/" + kCommit);
    QCOMPARE(readBytes(root + "/refs/main"), kCommit);
    for (const auto& [name, file] : m_hub->files) {
      QVERIFY2(fs::is_symlink(result.folder + "/" + name), name.c_str());
      QVERIFY2(readBytes(result.folder + "/" + name) == file.content, name.c_str());
    }
    QVERIFY(fs::exists(root + "/blobs/" + sha256(m_hub->files["sub/weights.safetensors"].content)));
    QVERIFY(fs::read_symlink(result.folder + "/sub/weights.safetensors").string().starts_with("../../../blobs/"));
    QVERIFY(last == total && total == result.bytes && result.loadedBytes == result.bytes && result.files == 3);
    const size_t before = m_hub->requests.size();
    QCOMPARE(pull(options).loadedBytes, uint64_t{0}); // only the list is asked for again
    QCOMPARE(m_hub->requests.size(), before + 1);
  }

  void aBrokenConnectionIsTakenUpWhereItBroke() {
    m_hub->breakAfter = 1'000'000;
    m_hub->breaks = 2;
    const PullResult result = pull(plain());
    QVERIFY(readBytes(result.folder + "/sub/weights.safetensors") == m_hub->files["sub/weights.safetensors"].content);
    QCOMPARE(result.loadedBytes, result.bytes); // nothing twice
    QVERIFY2(m_hub->requests.back().find("Range: bytes=2000000-") != std::string::npos, m_hub->requests.back().c_str());
  }

  void aLaterPullGoesOnAndAHubWithoutRangesStartsAgain() {
    m_hub->breakAfter = 1'000'000;
    m_hub->breaks = 1;
    PullOptions options = plain();
    options.attempts = 1;
    const Outcome broken = outcomeOf([&] { pull(options); });
    QVERIFY(broken.threw && broken.error.kind == ErrorKind::Io);
    QVERIFY2(broken.error.message.find("1000000 of 3000000") != std::string::npos, broken.error.message.c_str());
    QVERIFY(!fs::exists(cache() + "/models--acme--tiny/snapshots/" + kCommit + "/sub/weights.safetensors"));
    m_hub->ranges = false;
    const PullResult result = pull(options);
    QVERIFY(readBytes(result.folder + "/sub/weights.safetensors") == m_hub->files["sub/weights.safetensors"].content);
  }

  void contentWithAnotherHashIsNeverKept() {
    m_hub->wrongContent = true;
    PullOptions options = plain();
    options.attempts = 2;
    const Outcome outcome = outcomeOf([&] { pull(options); });
    QVERIFY(outcome.threw && outcome.error.kind == ErrorKind::Io);
    QVERIFY2(outcome.error.message.find("hash") != std::string::npos, outcome.error.message.c_str());
    for (const std::string& path : treeOf(cache()))
      QVERIFY2(!fs::is_regular_file(path) || path.ends_with(".incomplete") || path.ends_with(".lock") || path.ends_with("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"), path.c_str());
  }

  void redirectsAreFollowedAndChunkedListsRead() {
    m_hub->redirects = m_hub->chunked = true;
    QCOMPARE(pull(plain()).files, uint64_t{3});
  }

  void theTokenGoesAlongAndItsAbsenceIsExplained() {
    m_hub->wantedToken = "secret";
    const Outcome without = outcomeOf([&] { pull(plain()); });
    QVERIFY2(without.threw && without.error.message.find("HF_TOKEN") != std::string::npos && without.error.message.find("secret") == std::string::npos, without.error.message.c_str());
    PullOptions options = plain();
    options.token = "secret";
    QCOMPARE(pull(options).files, uint64_t{3});
  }

  void patternsChooseFiles() {
    PullOptions options = plain();
    options.include = {"*.json", "*.safetensors"};
    options.exclude = {"sub/*"};
    const PullResult result = pull(options);
    QVERIFY(result.files == 1 && fs::exists(result.folder + "/config.json"));
    options.include = {"*.gguf"};
    QVERIFY(outcomeOf([&] { pull(options); }).error.kind == ErrorKind::NotFound);
  }

  void hostileListsAreRefused_data() {
    QTest::addColumn<QString>("listing");
    QTest::addColumn<QString>("code");
    const auto one = [](const std::string& file) { return QString::fromStdString(fmt::format("{{\"sha\": \"{}\", \"siblings\": [{}]}}", kCommit, file)); };
    const std::string rest = ", \"size\": 1, \"blobId\": \"" + std::string(40, 'a') + "\"}";
    for (const char* name : {"../x", "/etc/x", "a/../../x", "C:\\\\x", "a//b", ".", "a\\u0007"})
      QTest::newRow(name) << one(std::string("{\"rfilename\": \"") + name + "\"" + rest) << "REJ:HUB_NAME";
    QTest::newRow("no JSON") << "<html>" << "REJ:HUB_LISTING";
    QTest::newRow("commit") << "{\"sha\": \"../../x\", \"siblings\": []}" << "REJ:HUB_LISTING";
    QTest::newRow("size") << one("{\"rfilename\": \"a\", \"size\": -1, \"blobId\": \"" + std::string(40, 'a') + "\"}") << "REJ:HUB_LISTING";
    const auto sized = [](const std::string& name, uint64_t bytes) { return fmt::format("{{\"rfilename\": \"{}\", \"size\": {}, \"blobId\": \"{}\"}}", name, bytes, std::string(40, name[0])); };
    QTest::newRow("sum of sizes wraps") << one(sized("a", INT64_MAX) + "," + sized("b", INT64_MAX) + "," + sized("c", 3)) << "REJ:HUB_LISTING";
    QTest::newRow("hash") << one("{\"rfilename\": \"a\", \"size\": 1, \"blobId\": \"../x\"}") << "REJ:HUB_LISTING";
  }
  void hostileListsAreRefused() {
    QFETCH(QString, listing);
    QFETCH(QString, code);
    m_hub->listing = listing.toStdString();
    const Outcome outcome = outcomeOf([&] { pull(plain()); });
    QCOMPARE(QString::fromStdString(outcome.error.code), code);
    QVERIFY(!fs::exists(cache()));
  }

  void aFullDiskIsSaidBeforeAnythingIsLoaded() {
    m_hub->listing = fmt::format("{{\"sha\": \"{}\", \"siblings\": [{{\"rfilename\": \"a\", \"lfs\": {{\"sha256\": \"{}\", \"size\": {}}}}}]}}", kCommit, std::string(64, 'a'), uint64_t{1} << 60);
    const Outcome outcome = outcomeOf([&] { pull(plain()); });
    QVERIFY(outcome.error.kind == ErrorKind::DiskFull);
    QCOMPARE(m_hub->requests.size(), size_t{1});
  }

  void namesAndAddressesAreChecked() {
    for (const char* name : {"", "a/b/c", "../x", "a/..", "a b/c", "/a"}) {
      PullOptions options = plain();
      options.repository = name;
      QVERIFY2(outcomeOf([&] { pull(options); }).error.kind == ErrorKind::Usage, name);
    }
    PullOptions options = plain();
    options.endpoint = "ftp://127.0.0.1";
    QVERIFY(outcomeOf([&] { pull(options); }).error.kind == ErrorKind::Usage);
    options.endpoint = "http://127.0.0.1:1";
    const Outcome nobody = outcomeOf([&] { pull(options); });
    QVERIFY2(nobody.error.kind == ErrorKind::Io, nobody.error.message.c_str());
  }

  void aStopKeepsWhatCame() {
    std::stop_source stop;
    PullOptions options = plain();
    options.stop = stop.get_token();
    options.progress = [&](const std::string&, uint64_t done, uint64_t) {
      if (done > 500'000)
        stop.request_stop();
    };
    QVERIFY(outcomeOf([&] { pull(options); }).error.kind == ErrorKind::Cancelled);
    const PullResult result = pull(plain());
    QVERIFY(result.loadedBytes < result.bytes - 400'000);
    QVERIFY(readBytes(result.folder + "/sub/weights.safetensors") == m_hub->files["sub/weights.safetensors"].content);
  }

  void twoPullsAtOnceLoadEveryFileOnce() {
    PullResult results[2];
    {
      std::jthread first([&] { results[0] = pull(plain()); }), second([&] { results[1] = pull(plain()); });
    }
    QCOMPARE(results[0].loadedBytes + results[1].loadedBytes, results[0].bytes);
    for (const PullResult& result : results)
      for (const auto& [name, file] : m_hub->files)
        QVERIFY2(readBytes(result.folder + "/" + name) == file.content, name.c_str());
    for (const std::string& path : treeOf(cache()))
      QVERIFY2(path.find(".incomplete") == std::string::npos && path.find(".tmp-") == std::string::npos, path.c_str());
  }

  void aPullWaitsForAnotherProgramsLockAndCanBeStoppedMeanwhile() {
    const std::string locks = cache() + "/.locks/models--acme--tiny", hash = gitHash(m_hub->files["config.json"].content);
    std::optional<HubLock> other(std::in_place, locks + "/" + hash + ".lock", std::stop_token());
    std::stop_source stop;
    PullOptions options = plain();
    options.stop = stop.get_token();
    Outcome stopped;
    {
      std::jthread puller([&] { stopped = outcomeOf([&] { pull(options); }); });
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      stop.request_stop();
    }
    QVERIFY2(stopped.threw && stopped.error.kind == ErrorKind::Cancelled, stopped.error.message.c_str());
    QVERIFY(!fs::exists(cache() + "/models--acme--tiny/blobs/" + hash));
    other.reset();
    QCOMPARE(pull(plain()).files, uint64_t{3});
  }

private:
  std::string cache() const { return m_folder->filePath("cache").toStdString(); }
  PullOptions plain() const {
    PullOptions options;
    options.repository = "acme/tiny";
    options.endpoint = m_hub->endpoint();
    options.cache = cache();
    options.token = "none";
    options.timeoutSeconds = 5;
    return options;
  }

  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<LoopbackHub> m_hub;
};

QTEST_GUILESS_MAIN(TestHub)
#include "tst_hub.moc"
