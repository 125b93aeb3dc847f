// SPDX-License-Identifier: Apache-2.0
// A thin RAII layer over one SQLite connection. One thread.
#pragma once

#include "core/base/error.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace lathe::store {

class Database;

/// Error code of a file whose content is broken, as opposed to an operation that failed.
inline constexpr const char* kDamaged = "STORE:DAMAGED";

/// A prepared statement. Parameters count from 1, columns from 0.
class Statement {
public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, const std::string& text) { return bind(index, std::string_view(text)); }
  Statement& bind(int index, const char* text) { return bind(index, std::string_view(text)); }
  Statement& bind(int index, int64_t value);
  Statement& bind(int index, double value); // NaN is stored as NULL by SQLite
  Statement& bindBlob(int index, std::string_view bytes);
  /// Binds all in order, from 1.
  template <class... Values>
  Statement& bindAll(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }
  /// True when there is a row.
  bool step();
  /// Runs to the end and resets.
  void run();
  void reset();
  std::string text(int column) const; // text or blob bytes
  int64_t integer(int column) const;
  double real(int column) const;
  /// Binds the current row's first `columns` values, as they are, to `other`.
  void copyRowTo(Statement& other, int columns) const;

private:
  Database& m_database;
  sqlite3_stmt* m_statement = nullptr;
};

enum class OpenMode { ReadWrite, Create, ReadOnly };

class Database {
public:
  /// Throws Io with SQLite's words.
  Database(const std::string& path, OpenMode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const std::string& sql);
  int64_t integer(const std::string& sql); // first column of the first row
  std::string text(const std::string& sql);
  int64_t lastId() const;
  int64_t changes() const;
  /// BEGIN IMMEDIATE … COMMIT; rolled back when `work` throws.
  void transaction(const std::function<void()>& work);
  /// Copies the whole database with SQLite's backup interface into `path`, which must not exist.
  void backupTo(const std::string& path);
  /// "ok", or the first problem. `quick` leaves out the comparison of indexes with tables.
  std::string check(bool quick);
  [[noreturn]] void fail(const std::string& doing);
  sqlite3* handle() const { return m_handle; }

private:
  std::string m_path;
  sqlite3* m_handle = nullptr;
};

} // namespace lathe::store
