// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/prompt_service.h"

#include "ui/widgets/labels.h"

#include <QDialog>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

struct Ask {
  QDialog dialog;
  QVBoxLayout* content;
  Button* action;
  Ask(QWidget* over, const QString& title, const QString& text, const QString& actionText, bool dangerous) : dialog(over) {
    dialog.setWindowTitle(title);
    dialog.setMinimumWidth(400);
    auto* all = new QVBoxLayout(&dialog);
    all->setContentsMargins(space::k24, 20, space::k24, 20);
    all->setSpacing(space::k12);
    all->addWidget(new TextLabel(title, TextRole::Value, &dialog));
    if (!text.isEmpty()) {
      auto* label = new TextLabel(text, TextRole::Body, &dialog);
      label->setWordWrap(true);
      label->setCopyable(true);
      all->addWidget(label);
    }
    content = new QVBoxLayout;
    all->addLayout(content);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    auto* cancel = new Button(QDialog::tr("Cancel"), ButtonKind::Normal, &dialog);
    action = new Button(actionText, dangerous ? ButtonKind::Danger : ButtonKind::Primary, &dialog);
    action->setDefault(true);
    row->addWidget(cancel);
    row->addWidget(action);
    all->addLayout(row);
    QObject::connect(cancel, &QPushButton::clicked, &dialog, &QDialog::reject);
    QObject::connect(action, &QPushButton::clicked, &dialog, &QDialog::accept);
  }
};

std::optional<QString> notEmpty(const QString& path) { return path.isEmpty() ? std::nullopt : std::optional<QString>(path); }

} // namespace

bool DialogPrompts::confirm(QWidget* over, const QString& title, const QString& text, const QString& action, bool dangerous) {
  Ask ask(over, title, text, action, dangerous);
  return ask.dialog.exec() == QDialog::Accepted;
}

std::optional<QString> DialogPrompts::askText(QWidget* over, const QString& title, const QString& label, const QString& value) {
  Ask ask(over, title, {}, QDialog::tr("OK"), false);
  auto* edit = new QLineEdit(value, &ask.dialog);
  edit->setAccessibleName(label);
  edit->selectAll();
  ask.content->addWidget(new TextLabel(label, TextRole::Body, &ask.dialog));
  ask.content->addWidget(edit);
  edit->setFocus();
  if (ask.dialog.exec() != QDialog::Accepted)
    return std::nullopt;
  return edit->text();
}

std::optional<QString> DialogPrompts::openFile(QWidget* over, const QString& title, const QString& start, const QString& filter) {
  return notEmpty(QFileDialog::getOpenFileName(over, title, start, filter));
}

std::optional<QString> DialogPrompts::openFolder(QWidget* over, const QString& title, const QString& start) {
  return notEmpty(QFileDialog::getExistingDirectory(over, title, start));
}

std::optional<QString> DialogPrompts::saveFile(QWidget* over, const QString& title, const QString& start, const QString& filter) {
  return notEmpty(QFileDialog::getSaveFileName(over, title, start, filter));
}

std::optional<QString> ScriptedPrompts::next(const QString& title) {
  m_asked << title;
  if (m_answers.empty())
    return std::nullopt;
  const std::optional<QString> answer = m_answers.front();
  m_answers.pop_front();
  return answer;
}

} // namespace lathe::ui
