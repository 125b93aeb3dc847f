// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/data_work.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/data/data_texts.h"
#include "ui/models/format.h"

namespace lathe::ui {

namespace {

constexpr int kWorkAskMs = 150;

} // namespace

DataWork::DataWork(Session& session, QObject* parent) : QObject(parent), m_session(session) {
  m_timer.setSingleShot(true);
  m_timer.setInterval(kWorkAskMs);
  connect(&m_timer, &QTimer::timeout, this, &DataWork::ask);
}

DataWork::~DataWork() {
  blockSignals(true); // whoever listens may be half gone
  stop();
}

void DataWork::start(const char* kind, Json params) {
  stop();
  params["kind"] = kind;
  const qint64 number = ++m_number;
  setBusy(true);
  Q_EMIT progressed(datatext::work("Reading the data"), api::kNaN);
  m_session.client()->call<Json>(api::method::kDataWork, std::move(params), this, [this, number](const Result<Json>& answer) {
    const qint64 work = answer ? intOr(*answer, "work", 0) : 0;
    if (number != m_number)
      return work > 0 ? tellStop(work) : void();
    if (!answer) {
      setBusy(false);
      Q_EMIT failed(fromStd(answer.error().message));
      return;
    }
    m_work = work;
    ask();
  });
}

void DataWork::stop() {
  ++m_number;
  m_timer.stop();
  if (m_work > 0)
    tellStop(m_work);
  m_work = 0;
  setBusy(false);
}

void DataWork::tellStop(qint64 work) {
  m_session.client()->call<Json>(api::method::kDataWorkStop, {{"work", work}}, this, [](const Result<Json>&) {});
}

void DataWork::ask() {
  m_session.client()->call<api::DataWorkState>(api::method::kDataWorkState, {{"work", m_work}}, this, [this, number = m_number](const Result<api::DataWorkState>& state) {
    if (number != m_number)
      return;
    if (state)
      return take(*state);
    m_work = 0;
    setBusy(false);
    Q_EMIT failed(fromStd(state.error().message));
  });
}

void DataWork::take(const api::DataWorkState& state) {
  if (state.state == "waiting" || state.state == "working") {
    Q_EMIT progressed(datatext::work(state.what), state.share);
    m_timer.start();
    return;
  }
  m_work = 0;
  setBusy(false);
  if (state.state == "done")
    Q_EMIT finished(state.result);
  else if (state.state == "failed")
    Q_EMIT failed(fromStd(state.error));
}

void DataWork::setBusy(bool busy) {
  if (m_busy == busy)
    return;
  m_busy = busy;
  Q_EMIT busyChanged(busy);
}

} // namespace lathe::ui
