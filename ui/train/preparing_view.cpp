// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/preparing_view.h"

#include "ui/style/format.h"

#include <QEvent>
#include <QHBoxLayout>

#include <cmath>

namespace lathe::ui {

namespace {

struct Stage {
  const char* what; // as the worker says it
  const char* text;
};
/// In the order in which a run goes through them.
const Stage kStages[] = {{"Reading the data", QT_TRANSLATE_NOOP("lathe::ui::PreparingView", "Reading the data")},
                         {"Tokenizing", QT_TRANSLATE_NOOP("lathe::ui::PreparingView", "Tokenizing")},
                         {"Loading the model", QT_TRANSLATE_NOOP("lathe::ui::PreparingView", "Loading the model")}};

} // namespace

PreparingView::PreparingView(QWidget* parent)
    : Card(parent), m_stage(new TextLabel({}, TextRole::Strong)), m_left(new TextLabel({}, TextRole::Muted)), m_progress(new ThinProgress),
      m_cancel(new Button({}, ButtonKind::Normal)) {
  setObjectName(QStringLiteral("preparing"));
  m_stage->setObjectName(QStringLiteral("preparing_stage"));
  m_left->setObjectName(QStringLiteral("preparing_left"));
  m_cancel->setObjectName(QStringLiteral("preparing_cancel"));
  auto* row = new QHBoxLayout;
  row->setContentsMargins(space::k16, space::k8, space::k12, space::k8);
  row->setSpacing(space::k16);
  row->addWidget(m_stage);
  row->addWidget(m_progress, 1);
  row->addWidget(m_left);
  row->addWidget(m_cancel);
  body()->addLayout(row);
  connect(m_cancel, &Button::clicked, this, [this] {
    setCancelling();
    Q_EMIT cancelRequested();
  });
  begin();
}

void PreparingView::begin() {
  m_what.clear();
  m_share = m_firstShare = 0;
  m_cancelling = false;
  retranslate();
}

void PreparingView::show(const QString& what, double share) {
  if (what != m_what) {
    m_what = what;
    m_firstShare = std::isfinite(share) ? share : 0;
    m_sinceStage.start();
  }
  m_share = share;
  showTexts();
}

void PreparingView::setCancelling() {
  m_cancelling = true;
  retranslate();
}

void PreparingView::showTexts() {
  QString stage = m_what.isEmpty() ? tr("Starting the worker") : m_what;
  for (size_t i = 0; i < std::size(kStages); ++i)
    if (m_what == QLatin1String(kStages[i].what))
      stage = tr("%1 of %2 · %3").arg(i + 1).arg(std::size(kStages)).arg(tr(kStages[i].text));
  m_stage->setText(stage);
  m_progress->setShare(m_share);
  QStringList left;
  if (std::isfinite(m_share) && !m_what.isEmpty())
    left << format::percent(std::floor(m_share * 100));
  const double done = m_share - m_firstShare;
  if (done > 0.02 && m_share < 1 && m_sinceStage.isValid() && m_sinceStage.elapsed() > 1000)
    left << format::timeLeft((1 - m_share) / done * static_cast<double>(m_sinceStage.elapsed()) / 1000);
  m_left->setText(left.join(QStringLiteral(" · ")));
}

void PreparingView::retranslate() {
  m_cancel->setText(m_cancelling ? tr("Cancelling…") : tr("Cancel"));
  m_cancel->setEnabled(!m_cancelling);
  m_cancel->setToolTip(tr("Ends the run before its first step. Nothing has been learned yet."));
  named(m_progress, tr("Progress of the preparation"));
  showTexts();
}

void PreparingView::changeEvent(QEvent* event) {
  Card::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
