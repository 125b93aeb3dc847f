// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/library_work.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/models/format.h"

namespace lathe::ui {

namespace {

constexpr int kWorkAskMs = 120;

} // namespace

LibraryWork::LibraryWork(Session& session, QObject* parent) : QObject(parent), m_session(session) {
  m_timer.setSingleShot(true);
  m_timer.setInterval(kWorkAskMs);
  connect(&m_timer, &QTimer::timeout, this, &LibraryWork::ask);
}

/// A conversion goes on without the window; what nobody waits for any more was stopped by whoever began it.
LibraryWork::~LibraryWork() = default;

void LibraryWork::start(Json params) {
  if (m_busy)
    stop();
  const qint64 number = ++m_number;
  m_busy = true;
  Q_EMIT busyChanged(true);
  m_session.client()->call<Json>(api::method::kModelsWork, std::move(params), this, [this, number](const Result<Json>& answer) {
    const qint64 work = answer ? intOr(*answer, "work", 0) : 0;
    if (number != m_number)
      return work > 0 ? tellStop(work) : void();
    if (!answer) {
      end();
      Q_EMIT failed(fromStd(answer.error().message));
      return;
    }
    m_work = work;
    ask();
  });
}

void LibraryWork::stop() {
  if (!m_busy)
    return;
  ++m_number;
  m_timer.stop();
  if (m_work > 0)
    tellStop(m_work);
  end();
  Q_EMIT stopped();
}

void LibraryWork::tellStop(qint64 work) {
  m_session.client()->call<Json>(api::method::kModelsWorkStop, {{"work", work}}, this, [](const Result<Json>&) {});
}

void LibraryWork::end() {
  m_work = 0;
  m_busy = false;
  Q_EMIT busyChanged(false);
}

void LibraryWork::ask() {
  m_session.client()->call<api::ModelWorkState>(api::method::kModelsWorkState, {{"work", m_work}}, this, [this, number = m_number](const Result<api::ModelWorkState>& state) {
    if (number != m_number)
      return;
    if (state)
      return take(*state);
    end();
    Q_EMIT failed(fromStd(state.error().message));
  });
}

void LibraryWork::take(const api::ModelWorkState& state) {
  if (state.state == "working") {
    m_timer.start();
    Q_EMIT progressed(state);
    return;
  }
  end();
  if (state.state == "done")
    Q_EMIT finished(state.result);
  else if (state.state == "failed")
    Q_EMIT failed(fromStd(state.error));
  else
    Q_EMIT stopped();
}

} // namespace lathe::ui
