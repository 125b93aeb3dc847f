// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <sys/stat.h>

namespace lathe {
namespace {

std::shared_ptr<spdlog::logger> makeLogger(const std::string& path) {
  spdlog::sink_ptr sink;
  if (path.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    const mode_t old = umask(0077);
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path, false);
    umask(old);
  }
  auto logger = std::make_shared<spdlog::logger>("lathe", sink);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  logger->flush_on(spdlog::level::info);
  logger->set_level(spdlog::level::warn);
  return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = makeLogger({});
  return instance;
}

std::mutex& loggerMutex() {
  static std::mutex mutex;
  return mutex;
}

spdlog::level::level_enum spdLevel(LogLevel level) {
  switch (level) {
  case LogLevel::Debug:
    return spdlog::level::debug;
  case LogLevel::Info:
    return spdlog::level::info;
  case LogLevel::Warning:
    return spdlog::level::warn;
  case LogLevel::Error:
    return spdlog::level::err;
  }
  return spdlog::level::err;
}

} // namespace

void setLogFile(const std::string& path) {
  std::scoped_lock lock(loggerMutex());
  const auto level = logger()->level();
  logger() = makeLogger(path);
  logger()->set_level(level);
}

void setLogLevel(LogLevel level) {
  std::scoped_lock lock(loggerMutex());
  logger()->set_level(spdLevel(level));
}

void logMessage(LogLevel level, std::string_view text) {
  std::scoped_lock lock(loggerMutex());
  logger()->log(spdLevel(level), text);
}

} // namespace lathe
