// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/row_view.h"

#include "ui/data/data_texts.h"
#include "ui/models/format.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/segmented_switch.h"
#include "ui/widgets/token_chips_view.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QTextBlock>

namespace lathe::ui {

namespace {

QTextEdit* rawTextView(const char* name) {
  auto* view = new QTextEdit;
  view->setObjectName(QString::fromUtf8(name));
  view->setReadOnly(true);
  view->setAcceptRichText(false);
  view->setUndoRedoEnabled(false);
  view->setTabChangesFocus(true);
  view->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  view->setFont(style::monoFont(12));
  return view;
}

} // namespace

ConversationView::ConversationView(QWidget* parent) : QTextEdit(parent) {
  setReadOnly(true);
  setUndoRedoEnabled(false);
  setTabChangesFocus(true);
  setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  document()->setDocumentMargin(space::k8);
}

void ConversationView::show(const api::DataRowView& row) {
  m_row = row;
  draw();
  verticalScrollBar()->setValue(0);
}

void ConversationView::draw() {
  const Theme& theme = Style::theme();
  clear();
  QTextCursor cursor(document());
  cursor.beginEditBlock();
  const auto put = [&](const QString& text, const QColor& color, const QFont& font, int above) {
    QTextCharFormat format;
    format.setForeground(color);
    format.setFont(font);
    QTextBlockFormat block;
    block.setTopMargin(above);
    if (cursor.position() > 0)
      cursor.insertBlock(block, format);
    else
      cursor.setBlockFormat(block);
    cursor.insertText(text, format);
  };
  const auto left = [](int64_t bytes) { return tr("… %1 more").arg(format::bytes(static_cast<double>(bytes))); };
  if (!m_row.tools.empty()) {
    put(tr("Tools"), theme.muted, style::uiFont(12, QFont::DemiBold), 0);
    put(fromStd(m_row.tools), theme.muted, style::monoFont(12), 0);
  }
  for (const api::DataTurn& turn : m_row.turns) {
    const QString who = turn.role.empty() ? tr("Text") : datatext::speaker(turn.role);
    put(turn.learned ? tr("%1 · learned").arg(who) : who, turn.learned ? theme.accentInk : theme.muted, style::uiFont(12, QFont::DemiBold), space::k12);
    put(fromStd(turn.text), theme.text, style::uiFont(), 2);
    if (turn.leftOut > 0)
      put(left(turn.leftOut), theme.muted, style::uiFont(), 2);
  }
  if (m_row.turns.empty() && m_row.problem.empty() && !m_row.chips.empty())
    put(tr("This row is tokens already; they stand below."), theme.muted, style::uiFont(), 0);
  cursor.endEditBlock();
}

void ConversationView::changeEvent(QEvent* event) {
  QTextEdit::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::LanguageChange)
    draw();
}

RowView::RowView(QWidget* parent)
    : QWidget(parent), m_place(new ElidedLabel({}, TextRole::Muted)), m_how(new SegmentedSwitch), m_problem(new Banner(Tone::Warn)), m_texts(new QStackedWidget),
      m_conversation(new ConversationView), m_raw(rawTextView("row_raw")), m_tokens(new QWidget), m_title(new TextLabel({}, TextRole::Strong)), m_note(new TextLabel({}, TextRole::Caption)),
      m_back(new IconButton(IconName::ChevronLeft, {}, nullptr, 22)), m_next(new IconButton(IconName::ChevronRight, {}, nullptr, 22)), m_chips(new TokenChipsView), m_split(new QSplitter(Qt::Vertical)) {
  setObjectName(QStringLiteral("data_row"));
  m_split->setObjectName(QStringLiteral("data_row_split"));
  m_split->setChildrenCollapsible(false);
  m_split->addWidget(buildTexts());
  buildTokens();
  m_split->addWidget(m_tokens);
  m_split->setStretchFactor(0, 3);
  m_split->setStretchFactor(1, 2);
  m_split->setSizes({300, 220});
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->addWidget(m_split);
  connect(m_how, &SegmentedSwitch::chosen, this, [this] {
    m_onlyRaw = false;
    showTexts();
  });
  connect(m_back, &IconButton::clicked, this, [this] { Q_EMIT chipsRequested(std::max<qint64>(0, m_row.chipsFrom - kChips)); });
  connect(m_next, &IconButton::clicked, this, [this] { Q_EMIT chipsRequested(m_row.chipsFrom + static_cast<qint64>(m_row.chips.size())); });
  retranslate();
  clear({});
}

QWidget* RowView::buildTexts() {
  m_place->setObjectName(QStringLiteral("row_place"));
  m_how->setObjectName(QStringLiteral("row_how"));
  m_problem->setObjectName(QStringLiteral("row_problem"));
  m_conversation->setObjectName(QStringLiteral("row_conversation"));
  m_texts->addWidget(m_conversation);
  m_texts->addWidget(m_raw);
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k8);
  head->addWidget(m_place, 1);
  head->addWidget(m_how);
  auto* upper = new QWidget;
  auto* above = new QVBoxLayout(upper);
  above->setContentsMargins(space::k8, 0, 0, space::k4);
  above->setSpacing(space::k8);
  above->addLayout(head);
  above->addWidget(m_problem);
  above->addWidget(m_texts, 1);
  return upper;
}

void RowView::buildTokens() {
  m_title->setObjectName(QStringLiteral("row_tokens_title"));
  m_note->setObjectName(QStringLiteral("row_tokens_note"));
  m_back->setObjectName(QStringLiteral("row_tokens_back"));
  m_next->setObjectName(QStringLiteral("row_tokens_next"));
  m_chips->setObjectName(QStringLiteral("row_chips"));
  m_chips->setMaxLines(3);
  m_chips->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  m_note->setWordWrap(true);
  auto* line = new QHBoxLayout;
  line->setSpacing(space::k4);
  line->addWidget(m_title, 1);
  line->addWidget(m_back);
  line->addWidget(m_next);
  auto* below = new QVBoxLayout(m_tokens);
  below->setContentsMargins(space::k8, space::k4, 0, 0);
  below->setSpacing(space::k4);
  below->addLayout(line);
  below->addWidget(m_chips, 1);
  below->addWidget(m_note);
}

void RowView::clear(const QString& why) {
  m_has = false;
  m_row = {};
  m_conversation->show(m_row);
  m_conversation->setPlaceholderText(why);
  m_raw->clear();
  m_problem->hide();
  m_place->setText({});
  showTokens();
}

void RowView::show(const api::DataRowView& row) {
  const bool bad = !row.problem.empty();
  m_has = true;
  m_row = row;
  m_conversation->show(row);
  m_how->setChoiceEnabled(QStringLiteral("turns"), !bad);
  if (bad && m_how->current() != QStringLiteral("raw")) {
    m_how->setCurrent(QStringLiteral("raw"));
    m_onlyRaw = true; // the next good row is a conversation again
  } else if (!bad && std::exchange(m_onlyRaw, false)) {
    m_how->setCurrent(QStringLiteral("turns"));
  }
  showTexts();
  showPlace();
  showTokens();
}

/// The text of the file is laid out only where somebody looks at it.
void RowView::showTexts() {
  const bool raw = m_how->current() == QStringLiteral("raw");
  m_texts->setCurrentIndex(raw);
  if (raw)
    m_raw->setPlainText(fromStd(m_row.raw) + (m_row.rawLeftOut > 0 ? QLatin1Char('\n') + tr("… %1 more").arg(format::bytes(static_cast<double>(m_row.rawLeftOut))) : QString()));
}

void RowView::showPlace() {
  m_place->setText(m_has ? tr("Row %1 · %2, line %3").arg(format::grouped(m_row.row + 1), fromStd(m_row.file), format::grouped(m_row.line)) : QString());
  m_problem->setVisible(m_has && !m_row.problem.empty());
  if (!m_row.problem.empty())
    m_problem->setText(tr("%1:%2:%3: %4. Training leaves this row out.").arg(fromStd(m_row.file)).arg(m_row.line).arg(m_row.column).arg(fromStd(m_row.problem)));
}

QString RowView::tokensText() const {
  if (!m_row.tokenProblem.empty())
    return fromStd(m_row.tokenProblem);
  QStringList parts = {tr("Filled tokens are learned, dashed ones are only read.")};
  if (m_row.pieces == 0)
    parts << tr("The row is left out: it is longer than the sequence length.");
  else if (m_row.kept < m_row.tokens)
    parts << tr("%1 tokens are cut off; they are struck through.").arg(format::grouped(m_row.tokens - m_row.kept));
  if (m_row.pieces > 1)
    parts << tr("It becomes %1 token rows; a bar stands before each.").arg(m_row.pieces);
  if (m_row.supervised == 0 && m_row.pieces > 0)
    parts << tr("Nothing of it is learned, so training leaves it out.");
  if (!m_row.templateName.empty() && m_row.templateName != "none")
    parts << tr("Template: %1.").arg(datatext::templateName(m_row.templateName));
  return parts.join(QLatin1Char(' '));
}

void RowView::showTokens() {
  const bool shown = m_has && m_row.problem.empty();
  m_tokens->setVisible(shown);
  if (!shown)
    return;
  const auto count = static_cast<int64_t>(m_row.chips.size());
  const int64_t all = m_row.cutsKnown ? m_row.tokens : m_row.kept;
  m_chips->setVisible(count > 0);
  m_chips->setTokens(m_row.chips);
  m_chips->scrollToTop();
  const bool paged = all > count;
  m_back->setVisible(paged);
  m_next->setVisible(paged);
  m_back->setEnabled(m_row.chipsFrom > 0);
  m_next->setEnabled(m_row.chipsFrom + count < all);
  QString title = tr("Tokens");
  if (m_row.tokens > 0)
    title = tr("%1 tokens, %2 learned").arg(format::grouped(m_row.tokens), format::grouped(m_row.supervised));
  if (paged)
    title += QStringLiteral(" · ") + tr("%1 to %2 shown").arg(format::grouped(m_row.chipsFrom + 1), format::grouped(m_row.chipsFrom + count));
  m_title->setText(title);
  m_note->setText(tokensText());
}

void RowView::retranslate() {
  const QString chosen = m_how->current().isEmpty() ? QStringLiteral("turns") : m_how->current();
  m_how->setChoices({{QStringLiteral("turns"), tr("Conversation"), tr("Who says what, and what is learned"), m_row.problem.empty()},
                     {QStringLiteral("raw"), tr("In the file"), tr("The row as it stands in the file"), true}});
  m_how->setCurrent(chosen);
  named(m_how, tr("Show the row"));
  named(m_conversation, tr("Conversation"));
  named(m_raw, tr("The row as it stands in the file"));
  m_back->setName(tr("Tokens before"));
  m_next->setName(tr("Tokens behind"));
  showPlace();
  showTokens();
}

void RowView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
