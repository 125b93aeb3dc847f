// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/banner.h"

#include "ui/widgets/tone_icon.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>

namespace lathe::ui {

QColor toneColor(Tone tone) {
  const Theme& t = Style::theme();
  switch (tone) {
  case Tone::Info:
    return t.muted;
  case Tone::Good:
    return t.good;
  case Tone::Warn:
    return t.warn;
  case Tone::Error:
    return t.bad;
  }
  return t.muted;
}

QColor toneSoft(Tone tone) {
  const Theme& t = Style::theme();
  switch (tone) {
  case Tone::Info:
    return t.hover;
  case Tone::Good:
    return t.goodSoft;
  case Tone::Warn:
    return t.warnSoft;
  case Tone::Error:
    return t.badSoft;
  }
  return t.hover;
}

namespace {

IconName toneIcon(Tone tone) {
  switch (tone) {
  case Tone::Info:
    return IconName::Info;
  case Tone::Good:
    return IconName::Check;
  case Tone::Warn:
  case Tone::Error:
    return IconName::Warning;
  }
  return IconName::Info;
}

IconRole toneIconRole(Tone tone) {
  switch (tone) {
  case Tone::Info:
    return IconRole::Muted;
  case Tone::Good:
    return IconRole::Good;
  case Tone::Warn:
    return IconRole::Warn;
  case Tone::Error:
    return IconRole::Bad;
  }
  return IconRole::Muted;
}

} // namespace

Banner::Banner(Tone tone, const QString& text, QWidget* parent) : QFrame(parent), m_tone(tone) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(14, space::k8, space::k8, space::k8);
  row->setSpacing(10);
  m_icon = new QLabel(this);
  m_text = new TextLabel(text, TextRole::Body, this);
  m_detail = new TextLabel({}, TextRole::Caption, this);
  for (TextLabel* label : {m_text, m_detail}) {
    label->setWordWrap(true);
    label->setCopyable(true);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    label->setSizePolicy(policy);
  }
  auto* texts = new QVBoxLayout;
  texts->setSpacing(2);
  texts->addWidget(m_text);
  texts->addWidget(m_detail);
  m_action = new Button({}, ButtonKind::Normal, this);
  m_close = new IconButton(IconName::Close, tr("Close"), this, 24);
  row->addWidget(m_icon, 0, Qt::AlignTop);
  row->addLayout(texts, 1);
  row->addWidget(m_action, 0, Qt::AlignVCenter);
  row->addWidget(m_close, 0, Qt::AlignVCenter);
  m_detail->hide();
  m_action->hide();
  m_close->hide();
  connect(m_action, &QPushButton::clicked, this, &Banner::actionTriggered);
  connect(m_close, &QToolButton::clicked, this, [this] {
    hide();
    Q_EMIT closed();
  });
  setTone(tone);
}

void Banner::setTone(Tone tone) {
  m_tone = tone;
  m_icon->setPixmap(style::pixmap(toneIcon(tone), toneIconRole(tone), 18, devicePixelRatioF()));
  update();
}

void Banner::setText(const QString& text, const QString& detail) {
  m_text->setText(text);
  m_detail->setText(detail);
  m_detail->setVisible(!detail.isEmpty());
  setAccessibleName(text);
}

QString Banner::text() const { return m_text->text(); }

void Banner::setAction(const QString& text) {
  m_action->setText(text);
  m_action->setVisible(!text.isEmpty());
}

void Banner::setClosable(bool closable) { m_close->setVisible(closable); }

void Banner::paintEvent(QPaintEvent*) {
  const Theme& t = Style::theme();
  QPainter painter(this);
  style::drawBox(painter, rect(), t.raised, t.border);
  QPainterPath clip;
  clip.addRoundedRect(QRectF(rect()), size::kRadius, size::kRadius);
  painter.setClipPath(clip);
  painter.fillRect(QRectF(0, 0, 3, height()), toneColor(m_tone));
}

void Banner::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::PaletteChange)
    setTone(m_tone);
  if (event->type() == QEvent::LanguageChange)
    m_close->setName(tr("Close"));
}

Badge::Badge(const QString& text, Tone tone, QWidget* parent) : QWidget(parent), m_text(text), m_tone(tone) {
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setAccessibleName(text);
}

void Badge::set(const QString& text, Tone tone) {
  m_text = text;
  m_tone = tone;
  setAccessibleName(text);
  updateGeometry();
  update();
}

QSize Badge::sizeOf(const QString& text) { return {QFontMetrics(style::uiFont(12)).horizontalAdvance(text) + 14, 22}; }

QSize Badge::sizeHint() const { return sizeOf(m_text); }

void Badge::paint(QPainter& painter, const QRectF& rect, const QString& text, Tone tone) {
  const QColor ink = toneColor(tone);
  style::drawBox(painter, rect, toneSoft(tone), style::withAlpha(ink, 0.55), size::kRadiusSmall);
  painter.setFont(style::uiFont(12));
  painter.setPen(ink);
  painter.drawText(rect, Qt::AlignCenter, text);
}

void Badge::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paint(painter, rect(), m_text, m_tone);
}

namespace {
struct States {
  Q_DECLARE_TR_FUNCTIONS(RunState)
};
} // namespace

QString runStateName(api::RunState state) {
  switch (state) {
  case api::RunState::Queued:
    return States::tr("queued");
  case api::RunState::Preparing:
    return States::tr("preparing");
  case api::RunState::Running:
    return States::tr("running");
  case api::RunState::Paused:
    return States::tr("paused");
  case api::RunState::Stopping:
    return States::tr("stopping");
  case api::RunState::Finished:
    return States::tr("finished");
  case api::RunState::Stopped:
    return States::tr("stopped");
  case api::RunState::Failed:
    return States::tr("failed");
  case api::RunState::Interrupted:
    return States::tr("interrupted");
  }
  return {};
}

Tone runStateTone(api::RunState state) {
  switch (state) {
  case api::RunState::Running:
  case api::RunState::Finished:
    return Tone::Good;
  case api::RunState::Paused:
  case api::RunState::Stopping:
  case api::RunState::Interrupted:
    return Tone::Warn;
  case api::RunState::Failed:
    return Tone::Error;
  case api::RunState::Queued:
  case api::RunState::Preparing:
  case api::RunState::Stopped:
    return Tone::Info;
  }
  return Tone::Info;
}

StatePill::StatePill(api::RunState state, QWidget* parent) : Badge(runStateName(state), runStateTone(state), parent), m_state(state) {}

void StatePill::setState(api::RunState state) {
  m_state = state;
  set(runStateName(state), runStateTone(state));
}

void StatePill::changeEvent(QEvent* event) {
  Badge::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    setState(m_state);
}

CheckRow::CheckRow(Tone tone, const QString& text, const QString& link, QWidget* parent) : QWidget(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(6);
  const QString word = tone == Tone::Good ? tr("in order") : tone == Tone::Warn ? tr("to be looked at") : tone == Tone::Error ? tr("has to be fixed") : tr("to know");
  auto* label = new TextLabel(text, TextRole::Muted, this);
  label->setFont(style::uiFont(12));
  label->setWordWrap(true);
  label->setCopyable(true);
  row->addWidget(new ToneIcon(tone, word, this), 0, Qt::AlignTop);
  row->addWidget(label, 1);
  if (!link.isEmpty()) {
    auto* button = new LinkButton(link, this);
    row->addWidget(button, 0, Qt::AlignTop);
    connect(button, &QToolButton::clicked, this, &CheckRow::linkTriggered);
  }
}

Dot::Dot(Tone tone, QWidget* parent) : QWidget(parent), m_tone(tone) { setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed); }

void Dot::setTone(Tone tone) {
  m_tone = tone;
  update();
}

void Dot::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(toneColor(m_tone));
  painter.drawEllipse(QRectF(rect()).center(), 5, 5);
}

} // namespace lathe::ui
