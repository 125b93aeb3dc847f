// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/check_line.h"

#include "ui/style/format.h"
#include "ui/widgets/stacked_bar.h"

#include <QHBoxLayout>

#include <cmath>

namespace lathe::ui {

CheckLine::CheckLine(Session& session, const char* name, QWidget* parent)
    : QWidget(parent), m_work(session), m_line(new QHBoxLayout(this)), m_title(new TextLabel({}, TextRole::Strong)), m_status(new ElidedLabel({}, TextRole::Muted, nullptr, Qt::ElideRight)),
      m_progress(new ThinProgress), m_button(new Button) {
  setObjectName(QString::fromUtf8(name));
  m_button->setObjectName(QString::fromUtf8(name) + QStringLiteral("_run"));
  m_status->setObjectName(QString::fromUtf8(name) + QStringLiteral("_status"));
  m_progress->setFixedWidth(100);
  m_line->setContentsMargins(0, 0, 0, 0);
  m_line->setSpacing(space::k12);
  m_line->addWidget(m_title);
  m_line->addWidget(m_status, 1);
  m_line->addWidget(m_progress);
  m_line->addWidget(m_button);
  m_title->setMinimumWidth(130);
  connect(m_button, &Button::clicked, this, [this] {
    if (m_work.isBusy())
      m_work.stop();
    else
      Q_EMIT startRequested();
  });
  connect(&m_work, &DataWork::busyChanged, this, &CheckLine::showBusy);
  connect(&m_work, &DataWork::progressed, this, [this](const QString& what, double share) {
    m_progress->setShare(share);
    m_progress->setAccessibleDescription(std::isnan(share) ? what : format::percent(100 * share));
    m_status->setText(std::isnan(share) ? what + QStringLiteral("…") : what + QStringLiteral(", ") + format::percent(100 * share));
  });
  connect(&m_work, &DataWork::failed, this, [this](const QString& message) { setStatus(message, TextRole::Bad); });
  showBusy(false);
}

void CheckLine::setTexts(const QString& title, const QString& button, const QString& tip) {
  m_title->setText(title);
  m_title->setVisible(!title.isEmpty());
  m_start = button;
  m_tip = tip;
  named(m_progress, tr("Progress of: %1").arg(title.isEmpty() ? button : title));
  showBusy(m_work.isBusy());
}

void CheckLine::setStatus(const QString& text, TextRole role) {
  m_before = text;
  m_status->setRole(role);
  m_status->setText(text);
}

QString CheckLine::status() const { return m_status->text(); }

void CheckLine::addWidget(QWidget* widget) { m_line->insertWidget(m_line->count() - 2, widget); }

void CheckLine::showBusy(bool busy) {
  m_progress->setVisible(busy);
  m_button->setText(busy ? tr("Cancel") : m_start);
  m_button->setToolTip(busy ? tr("Stop; what was known before stays") : m_tip);
  if (busy)
    m_status->setRole(TextRole::Muted);
  else
    m_status->setText(m_before); // the result comes right after, if there is one
}

} // namespace lathe::ui
