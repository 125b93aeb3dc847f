// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/trial_views.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/models/format.h"
#include "ui/widgets/token_chips_view.h"

#include <QCheckBox>
#include <QEvent>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

constexpr int kTrialDelayMs = 150, kTrialTextHeight = 96, kTrialChipLines = 14;

} // namespace

TokenizerTrialView::TokenizerTrialView(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_help(new TextLabel({}, TextRole::Caption)), m_text(new QPlainTextEdit), m_special(new QCheckBox), m_count(new TextLabel({}, TextRole::Body)),
      m_banner(new Banner(Tone::Error)), m_chips(new TokenChipsView) {
  m_help->setWordWrap(true);
  m_text->setObjectName(QStringLiteral("trial_text"));
  m_text->setTabChangesFocus(true);
  m_text->setMaximumHeight(kTrialTextHeight);
  m_text->setPlainText(QStringLiteral("The quick brown fox jumps over 12,345 lazy dogs. naïve café, 你好,世界!"));
  m_special->setObjectName(QStringLiteral("trial_special"));
  m_count->setObjectName(QStringLiteral("trial_count"));
  m_banner->setObjectName(QStringLiteral("trial_banner"));
  m_banner->hide();
  m_chips->setObjectName(QStringLiteral("trial_chips"));
  m_chips->setMaxLines(kTrialChipLines);
  auto* row = new QHBoxLayout;
  row->addWidget(m_special);
  row->addStretch(1);
  row->addWidget(m_count);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  column->addWidget(m_help);
  column->addWidget(m_text);
  column->addLayout(row);
  column->addWidget(m_banner);
  column->addWidget(m_chips);
  column->addStretch(1);
  m_later.setSingleShot(true);
  m_later.setInterval(kTrialDelayMs);
  connect(&m_later, &QTimer::timeout, this, &TokenizerTrialView::ask);
  connect(m_text, &QPlainTextEdit::textChanged, &m_later, qOverload<>(&QTimer::start));
  connect(m_special, &QCheckBox::toggled, this, &TokenizerTrialView::ask);
  retranslate();
}

void TokenizerTrialView::open(const QString& path) {
  m_path = path;
  m_stale = true;
  ++m_asked;
  m_chips->setTokens({});
  m_count->setText({});
  m_banner->hide();
  if (isVisible())
    ask();
}

void TokenizerTrialView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (m_stale)
    ask();
}

void TokenizerTrialView::ask() {
  if (m_path.isEmpty())
    return;
  m_stale = false;
  const Json params = {{"path", m_path.toStdString()}, {"text", m_text->toPlainText().toStdString()}, {"add_special", m_special->isChecked()}};
  m_session.client()->call<api::TokenizerTrial>(api::method::kModelsTokenize, params, this, [this, number = ++m_asked](const Result<api::TokenizerTrial>& answer) {
    if (number != m_asked)
      return;
    m_banner->setVisible(!answer);
    if (answer)
      return show(*answer);
    m_chips->setTokens({});
    m_count->setText({});
    m_banner->setText(fromStd(answer.error().message));
  });
}

void TokenizerTrialView::show(const api::TokenizerTrial& trial) {
  m_chips->setTokens(trial.chips);
  const auto shown = static_cast<int64_t>(trial.chips.size());
  m_count->setText(shown < trial.tokens ? tr("%1 tokens, the first %2 shown").arg(format::grouped(trial.tokens), format::grouped(shown))
                                        : tr("%1 tokens · %2 bytes").arg(format::grouped(trial.tokens), format::grouped(trial.bytes)));
}

void TokenizerTrialView::retranslate() {
  m_help->setText(tr("Type anything: these are the tokens that the model gets, dashed ones special, ids under the pointer."));
  m_special->setText(tr("With the tokens put around a text"));
  m_special->setToolTip(tr("Adds what the tokenizer puts in front of and behind a text, such as a begin token"));
  m_text->setToolTip(tr("The text to be turned into tokens"));
  named(m_text, tr("Text for the tokenizer"));
  named(m_chips, tr("Tokens"));
}

void TokenizerTrialView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
