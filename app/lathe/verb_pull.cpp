// SPDX-License-Identifier: Apache-2.0
#include "app/lathe/verbs.h"

#include "core/base/json.h"
#include "core/base/text_format.h"
#include "core/io/hub.h"

#include <fmt/format.h>

#include <csignal>
#include <thread>

#include <unistd.h>

namespace lathe::cli {
namespace {

volatile std::sig_atomic_t stopSignal = 0;

/// The first SIGINT or SIGTERM asks the download to stop; the second ends the program.
class StopOnSignal {
public:
  StopOnSignal() {
    struct sigaction action {};
    action.sa_handler = [](int signal) { stopSignal = signal; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN); // a server that goes away is an error of the transfer, which is tried again
    m_watch = std::jthread([this](const std::stop_token& done) {
      while (!done.stop_requested() && stopSignal == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      if (stopSignal != 0)
        m_source.request_stop();
    });
  }
  std::stop_token token() const { return m_source.get_token(); }

private:
  std::stop_source m_source;
  std::jthread m_watch;
};

struct PullVerb {
  io::PullOptions pull;
  bool json = false;
};

void run(PullVerb options) {
  const StopOnSignal stop;
  options.pull.stop = stop.token();
  if (::isatty(STDERR_FILENO) != 0)
    options.pull.progress = [last = -1](const std::string& file, uint64_t done, uint64_t total) mutable {
      const int percent = total ? static_cast<int>(100 * done / total) : 100;
      if (percent != last)
        fmt::print(stderr, "\r\x1b[K{} of {} ({} %)  {}{}", formatBytes(done), formatBytes(total), percent, file, done == total ? "\n" : "");
      last = percent;
    };
  try {
    const io::PullResult result = io::pull(options.pull);
    if (options.json)
      fmt::print("{}\n", dumpJson(Json{{"folder", result.folder}, {"commit", result.commit}, {"files", result.files}, {"bytes", result.bytes}, {"loaded_bytes", result.loadedBytes}}));
    else
      fmt::print("{}\n", result.folder);
  } catch (const Exception& e) {
    if (e.error().kind != ErrorKind::Cancelled || stopSignal == 0)
      throw;
    fmt::print(stderr, "lathe: {}\n", e.error().message);
    throw Exit{128 + static_cast<int>(stopSignal)};
  }
}

} // namespace

void addPullVerb(CLI::App& app) {
  auto options = std::make_shared<PullVerb>();
  io::PullOptions& pull = options->pull;
  CLI::App* verb = app.add_subcommand("pull", "Downloads a model or dataset from a Hugging Face compatible hub into its standard cache; goes on where it stopped.\nExample: lathe pull Qwen/Qwen3-0.6B --include '*.json' --include '*.safetensors'");
  verb->add_option("repository", pull.repository, "owner/name")->required();
  verb->add_option("--revision", pull.revision, "Branch, tag or commit")->capture_default_str();
  verb->add_option("--include", pull.include, "Only files that fit this pattern (* and ?); may be repeated")->allow_extra_args(false);
  verb->add_option("--exclude", pull.exclude, "No files that fit this pattern; may be repeated")->allow_extra_args(false);
  verb->add_flag("--dataset", pull.dataset, "The repository is a dataset");
  verb->add_option("--endpoint", pull.endpoint, "Address of the hub (default: HF_ENDPOINT, else https://huggingface.co)");
  verb->add_option("--cache", pull.cache, "Cache folder (default: HF_HUB_CACHE, else the cache of huggingface_hub)");
  verb->add_flag("--json", options->json, "One JSON object");
  verb->footer("A token for private repositories comes from HF_TOKEN or the file that `hf auth login` writes.");
  verb->callback([options] { run(*options); });
}

} // namespace lathe::cli
