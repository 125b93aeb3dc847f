// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/engine_log_view.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/models/format.h"
#include "ui/widgets/segmented_switch.h"

#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QPlainTextEdit>
#include <QScrollBar>

namespace lathe::ui {

namespace {

constexpr int kLogLines = 400, kReadAgainMs = 5000, kLogHeight = 190;

bool isWarning(const QString& line) { return line.contains(QLatin1String(" warning ")) || line.contains(QLatin1String(" error ")); }

} // namespace

EngineLogView::EngineLogView(Session& session, QWidget* parent)
    : Card(parent), m_session(session), m_section(addSection()), m_level(new SegmentedSwitch), m_copy(new Button(IconName::Copy, {}, ButtonKind::Normal)),
      m_bundle(new Button(IconName::Save, {}, ButtonKind::Normal)),
      m_text(new QPlainTextEdit) {
  setObjectName(QStringLiteral("engine_log"));
  m_level->setObjectName(QStringLiteral("engine_log_level"));
  m_copy->setObjectName(QStringLiteral("engine_log_copy"));
  m_bundle->setObjectName(QStringLiteral("engine_log_bundle"));
  m_text->setObjectName(QStringLiteral("engine_log_text"));
  m_text->setReadOnly(true);
  m_text->setTabChangesFocus(true);
  m_text->setFont(style::monoFont(12));
  m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
  m_text->setMinimumHeight(kLogHeight);
  auto* row = new QHBoxLayout;
  row->setSpacing(space::k8);
  row->addWidget(m_level);
  row->addStretch(1);
  row->addWidget(m_copy);
  row->addWidget(m_bundle);
  m_section->content()->addLayout(row);
  m_section->content()->addWidget(m_text);
  connect(m_level, &SegmentedSwitch::chosen, this, [this] { fill(); });
  connect(m_copy, &Button::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_text->toPlainText()); });
  connect(m_bundle, &Button::clicked, this, &EngineLogView::bundleRequested);
  connect(&m_timer, &QTimer::timeout, this, &EngineLogView::refresh);
  connect(session.client(), &EngineClient::connected, this, [this] {
    if (isVisible())
      refresh();
  });
  m_timer.setInterval(kReadAgainMs);
  retranslate();
}

void EngineLogView::refresh() {
  if (m_asking || !m_session.isConnected())
    return;
  m_asking = true;
  m_session.client()->call<Json>(api::method::kEngineLog, {{"lines", kLogLines}}, this, [this](const Result<Json>& answer) {
    m_asking = false;
    m_failure = answer ? QString() : fromStd(answer.error().message);
    QStringList lines;
    const Json* list = answer ? lathe::find(*answer, "lines") : nullptr;
    if (list && list->is_array())
      for (const Json& line : *list)
        lines << (line.is_string() ? fromStd(line.get<std::string>()) : QString());
    if (answer && lines == m_lines && !m_text->toPlainText().isEmpty())
      return;
    m_lines = lines;
    fill();
  });
}

void EngineLogView::fill() {
  QStringList shown;
  const bool all = m_level->current() != QStringLiteral("warnings");
  for (const QString& line : std::as_const(m_lines))
    if (all || isWarning(line))
      shown << line;
  QScrollBar* bar = m_text->verticalScrollBar();
  const bool atEnd = bar->value() >= bar->maximum();
  const int place = bar->value();
  m_text->setPlainText(!m_failure.isEmpty() ? m_failure : shown.join(QLatin1Char('\n')));
  m_text->setPlaceholderText(all ? tr("The log is empty.") : tr("No warnings and no errors in the last lines."));
  bar->setValue(atEnd ? bar->maximum() : place);
  m_copy->setEnabled(!shown.isEmpty());
}

void EngineLogView::retranslate() {
  const QString level = m_level->current();
  m_section->setTitle(tr("Engine log"));
  m_section->setSummary(tr("the last %1 lines").arg(kLogLines));
  m_level->setChoices({{QStringLiteral("all"), tr("all"), {}, true}, {QStringLiteral("warnings"), tr("warnings and errors"), {}, true}});
  m_level->setCurrent(level.isEmpty() ? QStringLiteral("all") : level);
  named(m_level, tr("Which lines of the log to show"));
  m_bundle->setText(tr("Log bundle…"));
  m_bundle->setToolTip(tr("One file for somebody who is to find out what went wrong: logs, machine, specifications; no prompts, data or keys"));
  m_copy->setText(tr("Copy"));
  m_copy->setToolTip(tr("Copy the lines that are shown. The log holds no prompts, no replies and no keys."));
  named<QPlainTextEdit>(m_text, tr("Engine log"));
  fill();
}

void EngineLogView::showEvent(QShowEvent* event) {
  Card::showEvent(event);
  refresh();
  m_timer.start();
}

void EngineLogView::hideEvent(QHideEvent* event) {
  Card::hideEvent(event);
  m_timer.stop();
}

void EngineLogView::changeEvent(QEvent* event) {
  Card::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
