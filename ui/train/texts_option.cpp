// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/texts_option.h"

#include "ui/models/format.h"
#include "ui/train/option_texts.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

const QChar kBreak(0x23CE);

QString shownLine(QString text) { return text.replace(QLatin1Char('\n'), kBreak); }
QString meantLine(QString text) { return text.replace(kBreak, QLatin1Char('\n')); }

} // namespace

struct TextsOption::Line : QWidget {
  Line() : edit(new QLineEdit), remove(new IconButton(IconName::Close, {}, nullptr, 24)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::k4);
    row->addWidget(edit, 1);
    row->addWidget(remove);
  }
  QLineEdit* edit;
  IconButton* remove;
};

TextsOption::TextsOption(const api::TrainOption& option, QWidget* parent)
    : OptionField(option, new QWidget, parent), m_lines(new QVBoxLayout(control())), m_add(new LinkButton({})) {
  m_lines->setContentsMargins(0, 0, 0, 0);
  m_lines->setSpacing(space::k4);
  m_lines->addWidget(m_add, 0, Qt::AlignLeft);
  m_add->setObjectName(QStringLiteral("add_") + QString::fromUtf8(option.path));
  connect(m_add, &LinkButton::clicked, this, [this] {
    addLine({});
    dress();
    m_edits.last()->edit->setFocus();
  });
  retranslate();
}

void TextsOption::addLine(const QString& text) {
  auto* line = new Line;
  line->edit->setText(shownLine(text));
  connect(line->edit, &QLineEdit::textEdited, this, [this] { Q_EMIT edited(value()); });
  connect(line->remove, &IconButton::clicked, this, [this, line] { removeLine(line); });
  m_lines->insertWidget(static_cast<int>(m_edits.size()), line);
  m_edits.append(line);
}

void TextsOption::removeLine(QWidget* holder) {
  const auto at = m_edits.indexOf(static_cast<Line*>(holder));
  m_edits.removeAt(at);
  holder->hide();
  holder->deleteLater(); // its button is being clicked
  dress();
  (m_edits.isEmpty() ? static_cast<QWidget*>(m_add) : m_edits[std::min(at, m_edits.size() - 1)]->edit)->setFocus();
  Q_EMIT edited(value());
}

void TextsOption::setValue(const Json& value) {
  QStringList texts;
  if (value.is_string())
    texts << fromStd(value.get<std::string>());
  if (value.is_array())
    for (const Json& item : value)
      texts << (item.is_string() ? fromStd(item.get<std::string>()) : QString());
  if (value.is_array() && value == this->value()) // an empty line that was just added stays
    return;
  while (m_edits.size() > texts.size())
    delete m_edits.takeLast();
  while (m_edits.size() < texts.size())
    addLine({});
  for (int i = 0; i < m_edits.size(); ++i)
    if (meantLine(m_edits[i]->edit->text()) != texts[i])
      m_edits[i]->edit->setText(shownLine(texts[i]));
  dress();
}

Json TextsOption::value() const {
  Json out = Json::array();
  for (const Line* line : m_edits)
    if (const QString text = meantLine(line->edit->text()); !text.trimmed().isEmpty())
      out.push_back(text.toStdString());
  return out;
}

void TextsOption::retranslate() {
  OptionField::retranslate();
  m_add->setText(tr("Add a prompt"));
  dress();
}

void TextsOption::dress() {
  const QString title = optionText(option().title), path = QString::fromUtf8(option().path);
  for (int i = 0; i < m_edits.size(); ++i) {
    Line& line = *m_edits[i];
    line.edit->setObjectName(QStringLiteral("%1_%2").arg(path).arg(i));
    line.remove->setObjectName(QStringLiteral("remove_%1_%2").arg(path).arg(i));
    line.edit->setPlaceholderText(tr("What would you ask the model?"));
    named(line.edit, tr("%1, line %2").arg(title).arg(i + 1));
    line.remove->setName(tr("Remove this line"));
  }
}

} // namespace lathe::ui
