// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/card.h"

#include <QAbstractButton>
#include <QHBoxLayout>
#include <QPainter>

namespace lathe::ui {

Card::Card(QWidget* parent) : QFrame(parent) {
  m_body = new QVBoxLayout(this);
  m_body->setContentsMargins(1, 1, 1, 1);
  m_body->setSpacing(0);
}

Section* Card::addSection(const QString& title) {
  auto* section = new Section(title, this);
  section->setDivided(m_sections++ > 0);
  m_body->addWidget(section);
  return section;
}

void Card::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  style::drawBox(painter, rect(), Style::theme().raised, Style::theme().border);
}

Section::Section(const QString& title, QWidget* parent) : QWidget(parent) {
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(15, space::k12, 15, space::k12);
  all->setSpacing(space::k8);
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k16);
  m_title = new TextLabel(title, TextRole::Strong, this);
  m_summary = new ElidedLabel({}, TextRole::Caption, this);
  m_summary->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  head->addWidget(m_title);
  head->addWidget(m_summary, 1);
  all->addLayout(head);
  m_content = new QVBoxLayout;
  m_content->setSpacing(space::k12);
  all->addLayout(m_content);
  m_title->setVisible(!title.isEmpty());
  m_summary->hide();
}

void Section::setTitle(const QString& title) {
  m_title->setText(title);
  m_title->setVisible(!title.isEmpty());
}

void Section::setSummary(const QString& summary) {
  m_summary->setText(summary);
  m_summary->setVisible(!summary.isEmpty());
}

void Section::setDivided(bool divided) {
  m_divided = divided;
  update();
}

void Section::paintEvent(QPaintEvent*) {
  if (m_divided)
    QPainter(this).fillRect(QRect(0, 0, width(), 1), Style::theme().border);
}

FieldBlock::FieldBlock(const QString& label, QWidget* control, const QString& help, QWidget* parent)
    : QWidget(parent), m_control(control), m_helpText(help) {
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(space::k4);
  m_label = new TextLabel(label, TextRole::Body, this);
  m_label->setFont(style::uiFont(12));
  m_label->setBuddy(control->focusProxy() ? control->focusProxy() : control);
  m_help = new TextLabel(help, TextRole::Caption, this);
  m_help->setWordWrap(true);
  m_help->setCopyable(false);
  all->addWidget(m_label);
  all->addWidget(control, 0, control->sizePolicy().horizontalPolicy() == QSizePolicy::Fixed ? Qt::AlignLeft : Qt::Alignment());
  all->addWidget(m_help);
  all->addStretch(1);
  setLabel(label);
  showHelp();
}

void FieldBlock::setLabel(const QString& label) {
  m_label->setText(label);
  m_control->setAccessibleName(label);
  if (m_control->focusProxy())
    m_control->focusProxy()->setAccessibleName(label);
}

QString FieldBlock::label() const { return m_label->text(); }

void FieldBlock::setHelp(const QString& help) {
  m_helpText = help;
  showHelp();
}

void FieldBlock::setProblem(const QString& problem) {
  m_problem = problem;
  showHelp();
}

void FieldBlock::showHelp() {
  const bool wrong = !m_problem.isEmpty();
  const QString text = wrong ? m_problem : m_helpText;
  if (m_help->text() != text)
    m_help->setText(text);
  const TextRole role = wrong ? TextRole::Bad : TextRole::Caption;
  if (m_help->role() != role) {
    m_help->setRole(role);
    m_help->setFont(style::uiFont(size::kCaption));
  }
  m_help->setVisible(!text.isEmpty());
  m_control->setAccessibleDescription(text);
}

bool FieldBlock::matches(const QString& text) const {
  const QString all = m_label->text() + QLatin1Char(' ') + m_helpText + QLatin1Char(' ') + m_keywords;
  const auto words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  for (const QString& word : words)
    if (!all.contains(word, Qt::CaseInsensitive))
      return false;
  return true;
}

void FieldBlock::setHighlighted(bool on) { m_label->setRole(on ? TextRole::Accent : TextRole::Body); m_label->setFont(style::uiFont(12, on ? QFont::Medium : QFont::Normal)); }

PageHeader::PageHeader(const QString& title, QWidget* parent) : QWidget(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::k8);
  auto* texts = new QVBoxLayout;
  texts->setSpacing(1);
  m_title = new ElidedLabel(title, TextRole::Title, this);
  m_context = new ElidedLabel({}, TextRole::Caption, this);
  m_context->hide();
  texts->addWidget(m_title);
  texts->addWidget(m_context);
  row->addLayout(texts, 1);
  m_actions = new QHBoxLayout;
  m_actions->setSpacing(space::k8);
  row->addLayout(m_actions);
}

void PageHeader::setTitle(const QString& title) { m_title->setText(title); }

void PageHeader::setContext(const QString& context) {
  m_context->setText(context);
  m_context->setVisible(!context.isEmpty());
}

void PageHeader::addAction(QWidget* widget) { m_actions->addWidget(widget, 0, Qt::AlignVCenter); }

Figure::Figure(const QString& title, QWidget* parent) : QWidget(parent) {
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(0);
  m_title = new TextLabel(title, TextRole::Caption, this);
  all->addWidget(m_title);
  auto* row = new QHBoxLayout;
  row->setSpacing(space::k4);
  m_value = new TextLabel({}, TextRole::Value, this);
  m_unit = new TextLabel({}, TextRole::Caption, this);
  m_unit->setContentsMargins(0, 4, 0, 0);
  row->addWidget(m_value);
  row->addWidget(m_unit);
  row->addStretch(1);
  all->addLayout(row);
}

void Figure::setTitle(const QString& title) { m_title->setText(title); }

void Figure::setValue(const QString& value, const QString& unit) {
  if (m_value->text() != value)
    m_value->setText(value);
  if (m_unit->text() != unit)
    m_unit->setText(unit);
  m_unit->setVisible(!unit.isEmpty());
  setAccessibleName(QStringLiteral("%1: %2 %3").arg(m_title->text(), value, unit));
}

QString Figure::value() const { return m_value->text(); }

} // namespace lathe::ui
