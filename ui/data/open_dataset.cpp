// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/open_dataset.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/data/token_choices.h"
#include "ui/models/format.h"

namespace lathe::ui {

OpenDataset::OpenDataset(Session& session, const TokenChoices& choices, QObject* parent) : QObject(parent), m_session(session), m_choices(choices) {}

void OpenDataset::open(const api::DatasetSummary& dataset) {
  m_entry = dataset;
  m_detail.reset();
  m_problem.clear();
  m_counting = false;
  ++m_number;
  Q_EMIT reset();
  ask(false);
}

void OpenDataset::close() {
  m_entry = {};
  m_detail.reset();
  m_problem.clear();
  m_counting = false;
  ++m_number;
  Q_EMIT reset();
}

void OpenDataset::readAs(const std::string& format, const Json& columns) {
  api::DatasetSummary entry = m_entry;
  entry.format = format;
  entry.columns = columns;
  const Json params = {{"path", entry.path}, {"format", format}, {"columns", columns}};
  m_session.client()->call<api::DatasetSummary>(api::method::kDataAdd, params, this, [this](const Result<api::DatasetSummary>& answer) {
    if (answer)
      Q_EMIT remembered(*answer);
    else
      Q_EMIT m_session.trouble(fromStd(answer.error().message));
  });
  open(entry);
}

Json OpenDataset::spec() const { return m_choices.spec(m_entry.path, m_entry.format, m_entry.columns); }

void OpenDataset::ask(bool whole) {
  m_counting = whole;
  m_session.client()->call<api::DatasetDetail>(api::method::kDataOpen, {{"spec", spec()}, {"whole", whole}}, this, [this, whole, number = m_number](const Result<api::DatasetDetail>& answer) {
    if (number != m_number)
      return;
    m_counting = false;
    if (answer)
      return take(*answer, whole);
    m_problem = fromStd(answer.error().message);
    Q_EMIT failed();
  });
}

void OpenDataset::take(const api::DatasetDetail& detail, bool whole) {
  m_detail = detail;
  m_detail->summary.bundled = m_entry.bundled;
  if (!detail.summary.problem.empty()) {
    m_problem = fromStd(detail.summary.problem);
    Q_EMIT failed();
    return;
  }
  if (!detail.summary.exact && !whole)
    ask(true);
  if (whole)
    Q_EMIT grew();
  else
    Q_EMIT opened();
  if (detail.summary.exact)
    Q_EMIT remembered(m_detail->summary);
}

} // namespace lathe::ui
