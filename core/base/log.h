// SPDX-License-Identifier: Apache-2.0
// Logging to stderr or a file. No prompt, reply or key is ever logged (robustness.md N14).
#pragma once

#include <fmt/format.h>
#include <string>
#include <string_view>

namespace lathe {

enum class LogLevel { Debug, Info, Warning, Error };

/// Sends the log to `path` (created 0600, appended to); an empty path means stderr. Thread safe.
void setLogFile(const std::string& path);
void setLogLevel(LogLevel level);
void logMessage(LogLevel level, std::string_view text);

template <class... Args>
void logDebug(fmt::format_string<Args...> format, Args&&... args) { logMessage(LogLevel::Debug, fmt::format(format, std::forward<Args>(args)...)); }
template <class... Args>
void logInfo(fmt::format_string<Args...> format, Args&&... args) { logMessage(LogLevel::Info, fmt::format(format, std::forward<Args>(args)...)); }
template <class... Args>
void logWarning(fmt::format_string<Args...> format, Args&&... args) { logMessage(LogLevel::Warning, fmt::format(format, std::forward<Args>(args)...)); }
template <class... Args>
void logError(fmt::format_string<Args...> format, Args&&... args) { logMessage(LogLevel::Error, fmt::format(format, std::forward<Args>(args)...)); }

} // namespace lathe
