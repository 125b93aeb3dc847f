// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_values.h"

#include <QObject>

#include <optional>

namespace lathe::ui {

class Session;
class TokenChoices;

/// The dataset that the page shows: which file, read in which way, and what the engine says about it.
class OpenDataset : public QObject {
  Q_OBJECT
public:
  OpenDataset(Session& session, const TokenChoices& choices, QObject* parent = nullptr);
  void open(const api::DatasetSummary& dataset);
  void close();
  /// Reads the same file in another way. The list remembers it.
  void readAs(const std::string& format, const Json& columns);
  bool isOpen() const { return !m_entry.path.empty(); }
  const api::DatasetSummary& entry() const { return m_entry; } // as the list has it
  const std::optional<api::DatasetDetail>& detail() const { return m_detail; }
  const QString& problem() const { return m_problem; } // why there is no detail; empty while it is being read
  bool isCounting() const { return m_counting; }       // every row is being indexed
  Json spec() const;

Q_SIGNALS:
  void reset();         // another file or another reading: nothing is known yet
  void opened();        // detail() is there
  void grew();          // all rows can be read now
  void failed();        // problem() says why
  void remembered(const lathe::api::DatasetSummary& dataset); // what the list should show of it

private:
  void ask(bool whole);
  void take(const api::DatasetDetail& detail, bool whole);
  Session& m_session;
  const TokenChoices& m_choices;
  api::DatasetSummary m_entry;
  std::optional<api::DatasetDetail> m_detail;
  QString m_problem;
  qint64 m_number = 0; // of the last opening
  bool m_counting = false;
};

} // namespace lathe::ui
