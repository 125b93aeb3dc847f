// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/about/about_dialog.h"

#include "ui/shell/about/components.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace lathe::ui {

AboutDialog::AboutDialog(QWidget* parent) : QDialog(parent), m_list(new QListWidget), m_link(new TextLabel({}, TextRole::Muted)), m_text(new QPlainTextEdit) {
  setObjectName(QStringLiteral("about_dialog"));
  setWindowTitle(tr("About Lathe"));
  resize(820, 560);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(space::k24, 20, space::k24, 20);
  all->setSpacing(space::k12);
  all->addWidget(new TextLabel(tr("Lathe %1").arg(versionText()), TextRole::Title));
  auto* what = new TextLabel(tr("A workbench for language models on one's own hardware. The window is free software under the GPL, version 3 or later; engine and command line under the "
                                "Apache License 2.0. There is no warranty."),
                             TextRole::Muted);
  what->setWordWrap(true);
  all->addWidget(what);
  all->addLayout(buildParts(), 1);
  auto* buttons = new QHBoxLayout;
  auto* copy = new Button(IconName::Copy, tr("Copy version and system"), ButtonKind::Normal, this);
  copy->setObjectName(QStringLiteral("about_copy"));
  copy->setToolTip(tr("For a report: version, Qt, system"));
  auto* close = new Button(tr("Close"), ButtonKind::Primary, this);
  close->setObjectName(QStringLiteral("about_close"));
  close->setDefault(true);
  buttons->addWidget(copy);
  buttons->addStretch(1);
  buttons->addWidget(close);
  all->addLayout(buttons);
  connect(copy, &QPushButton::clicked, this, [] { QApplication::clipboard()->setText(buildText()); });
  connect(close, &QPushButton::clicked, this, &QDialog::accept);
  connect(m_list, &QListWidget::currentRowChanged, this, &AboutDialog::showComponent);
  m_list->setCurrentRow(0);
}

QLayout* AboutDialog::buildParts() {
  auto* row = new QHBoxLayout;
  row->setSpacing(space::k12);
  m_list->setObjectName(QStringLiteral("about_list"));
  m_list->setFixedWidth(250);
  named(m_list, tr("Parts"));
  for (const Component& component : components()) {
    auto* item = new QListWidgetItem(QStringLiteral("%1\n%2").arg(component.name, component.licence), m_list);
    item->setToolTip(component.what);
  }
  row->addWidget(m_list);
  auto* right = new QVBoxLayout;
  m_link->setObjectName(QStringLiteral("about_link"));
  m_link->setCopyable(true);
  m_link->setWordWrap(true);
  m_text->setObjectName(QStringLiteral("about_text"));
  m_text->setReadOnly(true);
  m_text->setFont(style::monoFont(12));
  named(m_text, tr("Text of the licence"));
  right->addWidget(m_link);
  right->addWidget(m_text, 1);
  row->addLayout(right, 1);
  return row;
}

void AboutDialog::showComponent(int row) {
  const auto all = components();
  if (row < 0 || row >= all.size())
    return;
  m_link->setText(QStringLiteral("%1: %2\n%3").arg(all[row].name, all[row].what, all[row].link));
  m_text->setPlainText(licenceText(all[row]));
}

} // namespace lathe::ui
