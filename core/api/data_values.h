// SPDX-License-Identifier: Apache-2.0
// What the engine tells about datasets, their rows and the work on them (requests data/… of protocol.h). Plain values; JSON names are the first
// argument of visit(). Rows are numbered from 0 over all files of a dataset in their order.
#pragma once

#include "core/api/values.h"

namespace lathe::api {

/// A dataset of the list: bundled, or remembered since the person opened it.
struct DatasetSummary {
  std::string path, name;       // name: last part of the path
  std::string format = "auto";  // as in a specification's data.train
  Json columns = Json::object();
  std::string file;             // jsonl | json | csv | tsv | text | text-folder | parquet | safetensors
  std::string packed = "none";  // none | gzip | zstd
  std::string layout;           // openai | sharegpt | prompt-completion | alpaca | preference | text | token-rows | token-file
  std::string shape;            // messages | alpaca | text | tokens
  int64_t rows = 0, bytes = 0;
  bool exact = false;           // every row was counted; otherwise from the first ones and the size
  bool bundled = false, missing = false;
  std::string problem;          // one sentence: why it cannot be read
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("path", s.path);
    field("name", s.name);
    field("format", s.format);
    field("columns", s.columns);
    field("file", s.file);
    field("packed", s.packed);
    field("layout", s.layout);
    field("shape", s.shape);
    field("rows", s.rows);
    field("bytes", s.bytes);
    field("exact", s.exact);
    field("bundled", s.bundled);
    field("missing", s.missing);
    field("problem", s.problem);
  }
};

struct DatasetList {
  std::vector<DatasetSummary> datasets;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) { field("datasets", s.datasets); }
};

/// A column as the first rows show it.
struct DataColumn {
  std::string name, kind, example; // kind: text | messages | tokens | list | object | number | true or false | null | mixed
  int64_t rows = 0;                // of those looked at, how many have it
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("name", s.name);
    field("kind", s.kind);
    field("example", s.example);
    field("rows", s.rows);
  }
};

/// A part that a column can play, and which one plays it (empty: none).
struct DataRole {
  std::string shape; // of which shape it is a part
  std::string key;   // in the entry's columns
  bool needed = false;
  std::string column;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("shape", s.shape);
    field("key", s.key);
    field("needed", s.needed);
    field("column", s.column);
  }
};

/// Answer of data/open.
struct DatasetDetail {
  DatasetSummary summary;
  int64_t readableRows = 0;        // rows that data/rows can give by now
  std::string learned;             // one sentence: what of a row is learned
  std::vector<DataRole> roles;     // of every shape that can be chosen; columns where the dataset has this shape
  std::vector<DataColumn> columns; // of the first file
  int64_t sampledRows = 0;         // that `columns` was made from
  std::vector<std::string> notes;  // files of a folder that were left out
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("summary", s.summary);
    field("readable_rows", s.readableRows);
    field("learned", s.learned);
    field("roles", s.roles);
    field("columns", s.columns);
    field("sampled_rows", s.sampledRows);
    field("notes", s.notes);
  }
};

/// A row in a list.
struct DataRowLine {
  int64_t row = 0;
  std::string text;    // its beginning, one line
  std::string problem; // "train.jsonl:718:42: …" when it is unreadable
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("row", s.row);
    field("text", s.text);
    field("problem", s.problem);
  }
};

struct DataRowLines {
  std::vector<DataRowLine> rows;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) { field("rows", s.rows); }
};

/// One message of a row; of texts only one, without a role.
struct DataTurn {
  std::string role;
  std::string text;      // at most 16 KiB
  int64_t leftOut = 0;   // bytes that `text` does not have
  bool learned = false;  // the row does not switch it off and the model is trained to say it
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("role", s.role);
    field("text", s.text);
    field("left_out", s.leftOut);
    field("learned", s.learned);
  }
};

/// A row as it stands in the file, as a conversation and as tokens: answer of data/row.
struct DataRowView {
  int64_t row = 0;
  std::string file;              // name without folder
  int64_t line = 0, column = 0;  // from 1; of the problem where there is one
  std::string problem;           // why it is unreadable
  std::string raw;               // as it stands there, at most 64 KiB
  int64_t rawLeftOut = 0;        // bytes
  std::vector<DataTurn> turns;
  std::string tools;             // JSON, at most 16 KiB; empty without
  std::string templateName;      // "from the model" | "built-in ChatML" | file | "none"
  std::string tokenProblem;      // why there are no tokens
  int64_t tokens = 0;            // of the whole row, before the sequence length
  int64_t kept = 0, supervised = 0; // tokens that a run sees; of them learned
  int64_t pieces = 0;            // token rows that it becomes; 0: it is left out
  std::vector<TokenChip> chips;  // some of `tokens`
  int64_t chipsFrom = 0;         // position of the first of them
  bool cutsKnown = true;         // false: `chips` are the kept tokens alone
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("row", s.row);
    field("file", s.file);
    field("line", s.line);
    field("column", s.column);
    field("problem", s.problem);
    field("raw", s.raw);
    field("raw_left_out", s.rawLeftOut);
    field("turns", s.turns);
    field("tools", s.tools);
    field("template", s.templateName);
    field("token_problem", s.tokenProblem);
    field("tokens", s.tokens);
    field("kept", s.kept);
    field("supervised", s.supervised);
    field("pieces", s.pieces);
    field("chips", s.chips);
    field("chips_from", s.chipsFrom);
    field("cuts_known", s.cutsKnown);
  }
};

/// A row that cannot be read.
struct BadDataRow {
  int64_t row = -1; // −1: it could not be found again
  std::string file; // name without folder
  int64_t line = 0, column = 0;
  std::string message;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("row", s.row);
    field("file", s.file);
    field("line", s.line);
    field("column", s.column);
    field("message", s.message);
  }
};

/// Result of the work "rows".
struct BadDataRows {
  int64_t checked = 0, bad = 0;
  std::vector<BadDataRow> rows; // the first 500
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("checked", s.checked);
    field("bad", s.bad);
    field("rows", s.rows);
  }
};

/// Result of the work "clean".
struct CleanedCopy {
  std::string path;
  int64_t written = 0, removed = 0; // rows
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("path", s.path);
    field("written", s.written);
    field("removed", s.removed);
  }
};

/// Answer of data/work/state.
struct DataWorkState {
  std::string state = "waiting"; // waiting | working | done | failed | stopped
  std::string what;              // what it does now, in English
  double share = kNaN;           // 0 … 1; NaN: unknown
  std::string error;             // one sentence when failed
  Json result;                   // by kind, when done
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("state", s.state);
    field("what", s.what);
    field("share", s.share);
    field("error", s.error);
    field("result", s.result);
  }
};

} // namespace lathe::api
