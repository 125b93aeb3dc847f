// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"

#include "core/base/log.h"

#include <array>
#include <new>

namespace lathe {
namespace {

constexpr std::array<const char*, 12> kKindNames = {"usage",       "refused",  "not_found", "io",       "disk_full", "out_of_memory",
                                                    "unsupported", "conflict", "cancelled", "protocol", "numeric",   "internal"};

} // namespace

int exitCodeFor(ErrorKind kind) {
  switch (kind) {
  case ErrorKind::Usage:
    return 2;
  case ErrorKind::Refused:
    return 3;
  case ErrorKind::Internal:
    return 70;
  case ErrorKind::NotFound:
  case ErrorKind::Io:
  case ErrorKind::DiskFull:
  case ErrorKind::OutOfMemory:
  case ErrorKind::Unsupported:
  case ErrorKind::Conflict:
  case ErrorKind::Cancelled:
  case ErrorKind::Protocol:
  case ErrorKind::Numeric:
    return 1;
  }
  return 70;
}

const char* errorKindName(ErrorKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

ErrorKind errorKindFromName(const std::string& name) {
  for (size_t i = 0; i < kKindNames.size(); ++i)
    if (name == kKindNames[i])
      return static_cast<ErrorKind>(i);
  return ErrorKind::Internal;
}

void refuse(std::string code, std::string message, std::string detail) {
  throw Exception(Error{ErrorKind::Refused, std::move(message), std::move(detail), std::move(code)});
}

Error currentError() {
  try {
    throw;
  } catch (const Exception& e) {
    return e.error();
  } catch (const std::bad_alloc& e) {
    return Error{ErrorKind::OutOfMemory, "The machine has no memory left for this. Close other programs or use a smaller model.", e.what(), {}};
  } catch (const std::exception& e) {
    return Error{ErrorKind::Internal, std::string("Something inside Lathe failed: ") + e.what(), e.what(), {}};
  } catch (...) {
    return Error{ErrorKind::Internal, "Something inside Lathe failed in an unknown way.", {}, {}};
  }
}

void reportBroken(const char* condition, const char* file, int line) { logError("broken invariant `{}` at {}:{}", condition, file, line); }

} // namespace lathe
