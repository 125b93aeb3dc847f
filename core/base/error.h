// SPDX-License-Identifier: Apache-2.0
// Errors as values. `message` is one sentence for the person, with numbers and what to do next; `detail` is for the log.
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <variant>

namespace lathe {

enum class ErrorKind {
  Usage,       // wrong arguments or options: exit 2
  Refused,     // outside data was refused, `code` says why ("REJ:SAFETENSORS_OVERLAP"): exit 3
  NotFound,    // a file, run or model is not there
  Io,          // the operating system failed a read or write
  DiskFull,    // no space left for a write
  OutOfMemory, // host or device memory
  Unsupported, // valid, but not something Lathe does
  Conflict,    // the state does not allow it (paused run asked to pause, …)
  Cancelled,   // stopped on request
  Protocol,    // a peer broke the wire format
  Numeric,     // NaN or infinity where a number was needed
  Internal,    // our own fault: exit 70
};

struct Error {
  ErrorKind kind = ErrorKind::Internal;
  std::string message; // for the person
  std::string detail;  // for the log; may be empty
  std::string code;    // stable code of a refusal, as in "REJ:CONFIG_VALUE"; empty otherwise
};

/// Exit code of a program that ends with this error (cli.md: 1 failed, 2 usage, 3 refused, 70 internal).
int exitCodeFor(ErrorKind kind);

/// Name used on the wire ("usage", "refused", …) and back.
const char* errorKindName(ErrorKind kind);
ErrorKind errorKindFromName(const std::string& name);

/// What core internals throw; caught once per job or request.
class Exception : public std::exception {
public:
  explicit Exception(Error error) : m_error(std::move(error)) {}
  Exception(ErrorKind kind, std::string message, std::string detail = {})
      : m_error{kind, std::move(message), std::move(detail), {}} {}
  const char* what() const noexcept override { return m_error.message.c_str(); }
  const Error& error() const { return m_error; }

private:
  Error m_error;
};

/// Throws a refusal of outside data with its stable code.
[[noreturn]] void refuse(std::string code, std::string message, std::string detail = {});
/// Error value of the exception that is being handled (call inside a catch block); foreign exceptions become Internal.
Error currentError();

/// A value or an Error.
template <class T>
class [[nodiscard]] Result {
public:
  Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}
  bool ok() const { return m_state.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// The value; throws the error when there is none.
  T& value() & { check(); return std::get<0>(m_state); }
  const T& value() const& { check(); return std::get<0>(m_state); }
  T&& value() && { check(); return std::get<0>(std::move(m_state)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return std::get<1>(m_state); }

private:
  void check() const {
    if (!ok())
      throw Exception(std::get<1>(m_state));
  }
  std::variant<T, Error> m_state;
};

/// Success or an Error.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(Error error) : m_failed(true), m_error(std::move(error)) {}
  bool ok() const { return !m_failed; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return m_error; }
  void orThrow() const {
    if (m_failed)
      throw Exception(m_error);
  }

private:
  bool m_failed = false;
  Error m_error;
};

/// Runs `function` and turns what it throws into an Error.
template <class Function>
auto capture(Function&& function) -> Result<decltype(function())> {
  try {
    return function();
  } catch (...) {
    return currentError();
  }
}

/// For conditions that only our own code can break, where the program can go on: logs once and runs the fallback block.
#define LATHE_VERIFY_OR(condition) if (!(condition) && (::lathe::reportBroken(#condition, __FILE__, __LINE__), true))
void reportBroken(const char* condition, const char* file, int line);

} // namespace lathe
