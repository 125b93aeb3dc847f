// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/batch_request.h"

#include "core/api/protocol.h"
#include "ui/models/format.h"

namespace lathe::ui {

namespace {
constexpr int kAskAgainMs = 200;
}

BatchRequest::BatchRequest(EngineClient* client, QObject* parent) : QObject(parent), m_client(client) {
  m_again.setSingleShot(true);
  m_again.setInterval(kAskAgainMs);
  connect(&m_again, &QTimer::timeout, this, &BatchRequest::ask);
}

void BatchRequest::start(const QString& run, int64_t step) {
  m_run = run;
  m_step = step;
  m_working = true;
  ++m_question;
  ask();
}

void BatchRequest::cancel() {
  if (!std::exchange(m_working, false))
    return;
  ++m_question;
  m_again.stop();
  m_client->tell(api::method::kRunsBatch, {{"id", m_run.toStdString()}, {"step", m_step}, {"stop", true}});
}

void BatchRequest::ask() {
  m_again.stop();
  m_client->call<api::BatchAnswer>(api::method::kRunsBatch, {{"id", m_run.toStdString()}, {"step", m_step}}, this,
                                   [this, question = m_question](const Result<api::BatchAnswer>& answer) {
                                     if (question == m_question)
                                       take(answer);
                                   });
}

void BatchRequest::take(const Result<api::BatchAnswer>& answer) {
  if (answer.ok() && answer->state == "working") {
    Q_EMIT progress(fromStd(answer->what), answer->share);
    m_again.start();
    return;
  }
  m_working = false;
  if (!answer.ok())
    Q_EMIT failed(fromStd(answer.error().message));
  else if (answer->state == "done")
    Q_EMIT done(answer->batch);
  else
    Q_EMIT failed(answer->error.empty() ? tr("Somebody else stopped this. Try again.") : fromStd(answer->error));
}

} // namespace lathe::ui
