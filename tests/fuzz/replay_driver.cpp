// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without libFuzzer: every file of the corpus folders as it is, then seeded mutations of each. Fails on a crash, on an
// escaped exception and on an input that takes more than a second of processor time; the input is then left in the
// temporary folder. Options: --mutations N (per file), --seed N, --seconds N (whole run).
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

namespace {

constexpr double kLimitSeconds = 1.0;
constexpr int kHangSeconds = 10;

const Bytes* current = nullptr;
char crashFile[4096];

void keepInput() {
  const int fd = ::open(crashFile, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || !current)
    return;
  const ssize_t ignored = ::write(fd, current->data(), current->size());
  (void)ignored;
  ::close(fd);
}

void onSignal(int signal) {
  keepInput();
  const char text[] = "FAILED: crash or hang; the input is in ";
  ssize_t ignored = ::write(2, text, sizeof text - 1);
  ignored = ::write(2, crashFile, std::strlen(crashFile));
  ignored = ::write(2, "\n", 1);
  (void)ignored;
  ::signal(signal, SIG_DFL);
  if (signal == SIGPROF)
    ::_exit(1);
  ::raise(signal);
}

double processorSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// False when the input was too slow.
bool runOne(const Bytes& input, double& slowest) {
  current = &input;
  const itimerval timer{{0, 0}, {kHangSeconds, 0}};
  ::setitimer(ITIMER_PROF, &timer, nullptr);
  const Bytes exact(input); // its own allocation, so that a sanitizer sees reads past the end
  const double start = processorSeconds();
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  const double took = processorSeconds() - start;
  slowest = std::max(slowest, took);
  if (took <= kLimitSeconds)
    return true;
  keepInput();
  std::fprintf(stderr, "FAILED: one input of %zu bytes took %.2f s (limit %.0f s); it is in %s\n", input.size(), took, kLimitSeconds, crashFile);
  return false;
}

class Mutator {
public:
  explicit Mutator(uint64_t seed) : m_random(seed) {}

  Bytes mutate(const Bytes& from, const std::vector<Bytes>& others) {
    Bytes out = from;
    for (uint64_t n = 1 + below(4); n > 0; --n)
      step(out, others);
    return out;
  }

private:
  uint64_t below(uint64_t n) { return n == 0 ? 0 : m_random() % n; }

  void step(Bytes& b, const std::vector<Bytes>& others) {
    switch (below(9)) {
    case 0: // flip a bit
      if (!b.empty())
        b[below(b.size())] ^= static_cast<uint8_t>(1u << below(8));
      break;
    case 1: // any byte
      if (!b.empty())
        b[below(b.size())] = static_cast<uint8_t>(m_random());
      break;
    case 2: // cut the end
      b.resize(below(b.size() + 1));
      break;
    case 3: // remove a piece
      if (!b.empty()) {
        const size_t at = below(b.size()), n = std::min<size_t>(1 + below(64), b.size() - at);
        b.erase(b.begin() + static_cast<long>(at), b.begin() + static_cast<long>(at + n));
      }
      break;
    case 4: // repeat a piece
      if (!b.empty() && b.size() < (1u << 20)) {
        const size_t at = below(b.size()), n = std::min<size_t>(1 + below(64), b.size() - at);
        const Bytes piece(b.begin() + static_cast<long>(at), b.begin() + static_cast<long>(at + n));
        for (uint64_t k = 1 + below(3); k > 0; --k)
          b.insert(b.begin() + static_cast<long>(at), piece.begin(), piece.end());
      }
      break;
    case 5: // splice: our head, another file's tail
      if (const Bytes& other = others[below(others.size())]; !other.empty()) {
        b.resize(below(b.size() + 1));
        b.insert(b.end(), other.begin() + static_cast<long>(below(other.size())), other.end());
      }
      break;
    case 6:
      binaryInteger(b);
      break;
    case 7:
      decimalNumber(b);
      break;
    default:
      token(b);
      break;
    }
  }

  void binaryInteger(Bytes& b) {
    static constexpr uint64_t kValues[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff};
    const size_t width = size_t{1} << below(4);
    if (b.size() < width)
      return;
    const uint64_t value = kValues[below(std::size(kValues))];
    std::memcpy(b.data() + (below(3) == 0 ? 0 : below(b.size() - width + 1)), &value, width);
  }

  void decimalNumber(Bytes& b) {
    static const char* const kValues[] = {"0",    "-1",  "1",   "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "2147483648", "4294967296",
                                          "1e308", "1e999", "0.5", "-0",  "null", "true", "\"4096\"", "[]", "{}", "1000000000", "00"};
    std::vector<size_t> starts;
    for (size_t i = 0; i < b.size(); ++i)
      if (std::isdigit(b[i]) && (i == 0 || !std::isdigit(b[i - 1])))
        starts.push_back(i);
    if (starts.empty())
      return;
    const size_t at = starts[below(starts.size())];
    size_t end = at;
    while (end < b.size() && std::isdigit(b[end]))
      ++end;
    replace(b, at, end, kValues[below(std::size(kValues))]);
  }

  void token(Bytes& b) {
    static const char* const kValues[] = {"{", "}", "[", "]", "\"", "\\", ",", ":", "\n", "\r\n", "\xff", "\xef\xbb\xbf", "\xe2\x80\xa8", "\\u0000", "\\ud800", "../", "{%", "%}", "{{", "}}", "null", "{\"a\":", "[[[[[[[[", "\t", "//", "-", "%s"};
    const size_t at = below(b.size() + 1);
    replace(b, at, at, kValues[below(std::size(kValues))]);
  }

  static void replace(Bytes& b, size_t from, size_t to, const std::string& with) {
    b.erase(b.begin() + static_cast<long>(from), b.begin() + static_cast<long>(to));
    b.insert(b.begin() + static_cast<long>(from), with.begin(), with.end());
  }

  std::mt19937_64 m_random;
};

Bytes readAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

std::vector<Bytes> readCorpus(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    if (fs::is_regular_file(path))
      files.push_back(path);
    else if (fs::is_directory(path))
      for (const auto& entry : fs::recursive_directory_iterator(path))
        if (entry.is_regular_file())
          files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Bytes> corpus;
  for (const fs::path& file : files)
    corpus.push_back(readAll(file));
  return corpus;
}

} // namespace

int main(int argc, char** argv) {
  uint64_t mutations = 2000, seed = 1;
  double seconds = 90;
  std::vector<fs::path> paths;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option.starts_with("--") && i + 1 < argc) {
      const double value = std::strtod(argv[++i], nullptr);
      if (option == "--mutations")
        mutations = static_cast<uint64_t>(value);
      else if (option == "--seed")
        seed = static_cast<uint64_t>(value);
      else if (option == "--seconds")
        seconds = value;
    } else if (!option.starts_with("-")) {
      paths.emplace_back(option);
    }
  }
  const std::string program = fs::path(argv[0]).filename().string();
  std::snprintf(crashFile, sizeof crashFile, "%s/%s-%d.input", fs::temp_directory_path().c_str(), program.c_str(), static_cast<int>(::getpid()));
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF})
    ::signal(signal, onSignal);

  std::vector<Bytes> corpus = readCorpus(paths);
  const size_t files = corpus.size();
  if (files == 0) {
    std::fprintf(stderr, "FAILED: no corpus files in the given folders\n");
    return 1;
  }
  const auto start = std::chrono::steady_clock::now();
  double slowest = 0;
  uint64_t ran = 0;
  for (const Bytes& input : corpus) {
    if (!runOne(input, slowest))
      return 1;
    ++ran;
  }
  Mutator mutator(seed);
  bool outOfTime = false;
  for (uint64_t round = 0; round < mutations && !outOfTime; ++round) { // round by round, so that a short run touches every file
    for (size_t f = 0; f < files && !outOfTime; ++f) {
      const Bytes input = mutator.mutate(corpus[f], corpus);
      if (!runOne(input, slowest))
        return 1;
      ++ran;
      outOfTime = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds;
    }
  }
  std::printf("%s: %zu files, %llu inputs, slowest %.3f s%s\n", program.c_str(), files, static_cast<unsigned long long>(ran), slowest, outOfTime ? " (stopped by --seconds)" : "");
  return 0;
}
