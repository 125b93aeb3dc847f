// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/trial_views.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/library/library_texts.h"
#include "ui/models/format.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kRenderDelayMs = 150, kMostTurns = 12, kRoleWidth = 112;

} // namespace

TemplateTrialView::TemplateTrialView(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_help(new TextLabel({}, TextRole::Caption)), m_rows(new QVBoxLayout), m_add(new Button(IconName::Plus, {})), m_prompt(new QCheckBox),
      m_note(new TextLabel({}, TextRole::Caption)), m_banner(new Banner(Tone::Error)), m_rendered(new QPlainTextEdit) {
  m_help->setWordWrap(true);
  m_rows->setSpacing(space::k4);
  m_add->setObjectName(QStringLiteral("template_add"));
  m_prompt->setObjectName(QStringLiteral("template_prompt"));
  m_prompt->setChecked(true);
  m_note->setObjectName(QStringLiteral("template_note"));
  m_banner->setObjectName(QStringLiteral("template_banner"));
  m_banner->hide();
  m_rendered->setObjectName(QStringLiteral("template_rendered"));
  m_rendered->setReadOnly(true);
  m_rendered->setTabChangesFocus(true);
  m_rendered->setFont(librarytext::exactFont());
  auto* row = new QHBoxLayout;
  row->setSpacing(space::k12);
  row->addWidget(m_add);
  row->addWidget(m_prompt);
  row->addStretch(1);
  row->addWidget(m_note);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  column->addWidget(m_help);
  column->addLayout(m_rows);
  column->addLayout(row);
  column->addWidget(m_banner);
  column->addWidget(m_rendered, 1);
  m_later.setSingleShot(true);
  m_later.setInterval(kRenderDelayMs);
  connect(&m_later, &QTimer::timeout, this, &TemplateTrialView::ask);
  connect(m_prompt, &QCheckBox::toggled, this, &TemplateTrialView::ask);
  connect(m_add, &Button::clicked, this, &TemplateTrialView::addNextTurn);
  addTurn(QStringLiteral("system"), QStringLiteral("Answer briefly."));
  addTurn(QStringLiteral("user"), QStringLiteral("How long does a parcel take?"));
  addTurn(QStringLiteral("assistant"), QStringLiteral("Three days."));
  addTurn(QStringLiteral("user"), QStringLiteral("And to Norway?"));
  retranslate();
}

void TemplateTrialView::addTurn(const QString& role, const QString& text) {
  Turn turn;
  turn.row = new QWidget;
  turn.role = new QComboBox;
  for (const char* name : {"system", "user", "assistant", "tool"})
    turn.role->addItem(QString::fromUtf8(name), QString::fromUtf8(name)); // the words that templates know
  turn.role->setCurrentText(role);
  turn.role->setFixedWidth(kRoleWidth);
  turn.text = new QLineEdit(text);
  turn.remove = new IconButton(IconName::Close, {}, nullptr, 24);
  auto* row = new QHBoxLayout(turn.row);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::k8);
  row->addWidget(turn.role);
  row->addWidget(turn.text, 1);
  row->addWidget(turn.remove);
  connect(turn.role, &QComboBox::currentIndexChanged, this, &TemplateTrialView::soon);
  connect(turn.text, &QLineEdit::textChanged, this, &TemplateTrialView::soon);
  connect(turn.remove, &IconButton::clicked, this, [this, widget = turn.row] { removeTurn(widget); });
  m_rows->addWidget(turn.row);
  m_turns << turn;
  retranslateTurns();
  soon();
}

void TemplateTrialView::removeTurn(QWidget* row) {
  m_turns.removeIf([row](const Turn& turn) { return turn.row == row; });
  row->hide();
  row->deleteLater();
  retranslateTurns();
  soon();
}

/// Whoever's turn it is.
void TemplateTrialView::addNextTurn() {
  const QString last = m_turns.isEmpty() ? QString() : m_turns.last().role->currentData().toString();
  addTurn(last == QStringLiteral("user") ? QStringLiteral("assistant") : QStringLiteral("user"), {});
  m_turns.last().text->setFocus();
}

void TemplateTrialView::soon() {
  m_stale = true;
  if (isVisible())
    m_later.start();
}

void TemplateTrialView::open(const QString& path) {
  m_path = path;
  m_stale = true;
  ++m_asked;
  m_rendered->clear();
  m_note->setText({});
  m_banner->hide();
  if (isVisible())
    ask();
}

void TemplateTrialView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (m_stale)
    ask();
}

void TemplateTrialView::ask() {
  if (m_path.isEmpty())
    return;
  m_stale = false;
  Json messages = Json::array();
  for (const Turn& turn : std::as_const(m_turns))
    messages.push_back({{"role", turn.role->currentData().toString().toStdString()}, {"content", turn.text->text().toStdString()}});
  const Json params = {{"path", m_path.toStdString()}, {"messages", messages}, {"add_generation_prompt", m_prompt->isChecked()}};
  m_session.client()->call<api::TemplateTrial>(api::method::kModelsRender, params, this, [this, number = ++m_asked](const Result<api::TemplateTrial>& answer) {
    if (number != m_asked)
      return;
    if (answer)
      return show(*answer);
    m_banner->setText(fromStd(answer.error().message));
    m_banner->show();
    m_rendered->clear();
    m_note->setText({});
  });
}

void TemplateTrialView::show(const api::TemplateTrial& trial) {
  const bool failed = !trial.errorKind.empty();
  m_banner->setVisible(failed);
  if (failed) {
    const QString said = fromStd(trial.error);
    m_banner->setText(trial.errorKind == "raised"      ? tr("The template refuses this conversation: %1").arg(said)
                      : trial.errorKind == "undefined" ? tr("The template asks for something that is not there: %1").arg(said)
                      : trial.errorKind == "limit"     ? tr("The template was stopped: %1").arg(said)
                                                       : tr("The template has a mistake: %1").arg(said));
    m_rendered->clear();
    m_note->setText({});
    return;
  }
  m_rendered->setPlainText(fromStd(trial.text));
  QStringList notes = {trial.source == "from the model" ? tr("template of the model") : tr("the model has none: built-in ChatML")};
  if (trial.tokens >= 0)
    notes << tr("%1 tokens").arg(format::grouped(trial.tokens));
  m_note->setText(notes.join(QStringLiteral(" · ")));
}

void TemplateTrialView::retranslateTurns() {
  for (int i = 0; i < m_turns.size(); ++i) {
    const Turn& turn = m_turns[i];
    turn.role->setObjectName(QStringLiteral("template_role_%1").arg(i));
    turn.text->setObjectName(QStringLiteral("template_text_%1").arg(i));
    turn.remove->setObjectName(QStringLiteral("template_remove_%1").arg(i));
    turn.role->setToolTip(tr("Who says it"));
    turn.text->setToolTip(tr("What is said"));
    turn.text->setPlaceholderText(tr("What is said"));
    named(turn.role, tr("Role of turn %1").arg(i + 1));
    named(turn.text, tr("Text of turn %1").arg(i + 1));
    turn.remove->setName(tr("Leave turn %1 out").arg(i + 1));
  }
  m_add->setEnabled(m_turns.size() < kMostTurns);
}

void TemplateTrialView::retranslate() {
  m_help->setText(tr("This is what the model gets to read for such a conversation."));
  m_add->setText(tr("Add a turn"));
  m_add->setToolTip(tr("One more turn at the end"));
  m_prompt->setText(tr("Ask for a reply"));
  m_prompt->setToolTip(tr("Ends with the header of the assistant's turn (the generation prompt)"));
  named(m_rendered, tr("The conversation as the model gets it"));
  retranslateTurns();
  soon();
}

void TemplateTrialView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
