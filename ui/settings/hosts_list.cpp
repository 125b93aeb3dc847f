// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings/hosts_list.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace lathe::ui {

HostsList::HostsList(QWidget* parent) : QWidget(parent), m_rows(new QVBoxLayout), m_add(new Button(IconName::Plus, {}, ButtonKind::Normal)) {
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(space::k8);
  m_rows->setSpacing(space::k4);
  all->addLayout(m_rows);
  m_add->setObjectName(QStringLiteral("settings_add_host"));
  all->addWidget(m_add, 0, Qt::AlignLeft);
  connect(m_add, &Button::clicked, this, [this] { Q_EMIT editRequested({}); });
  fill();
}

void HostsList::setHosts(const QString& current, const QStringList& known) {
  m_current = current;
  m_known = known;
  fill();
}

void HostsList::addRow(const QString& name) {
  auto* holder = new QWidget(this);
  auto* row = new QHBoxLayout(holder);
  row->setContentsMargins(0, 0, 0, 0);
  const QString shown = name.isEmpty() ? tr("This computer") : name;
  const bool current = name == m_current;
  row->addWidget(new ElidedLabel(current ? tr("%1 (in use)").arg(shown) : shown, current ? TextRole::Strong : TextRole::Body), 1);
  const auto button = [&](const char* what, const QString& text, const QString& tip, auto act) {
    auto* one = new Button(text, ButtonKind::Quiet);
    one->setObjectName(QStringLiteral("host_%1_%2").arg(QLatin1String(what), name));
    named(one, QStringLiteral("%1: %2").arg(shown, text), tip);
    one->setToolTip(tip);
    connect(one, &Button::clicked, this, act);
    row->addWidget(one);
    return one;
  };
  if (!current)
    button("use", tr("Use"), tr("Opens this window on that machine"), [this, name] { Q_EMIT chosen(name); });
  if (!name.isEmpty()) {
    button("edit", tr("Change…"), tr("Address, port, key, or where Lathe is over there"), [this, name] { Q_EMIT editRequested(name); });
    button("forget", tr("Forget"), tr("Out of this list; nothing over there changes"), [this, name] { Q_EMIT forgetRequested(name); })->setEnabled(!current);
  }
  m_rows->addWidget(holder);
}

void HostsList::fill() {
  while (QLayoutItem* item = m_rows->takeAt(0)) {
    item->widget()->hide();
    item->widget()->deleteLater(); // one of its buttons may have asked for this
    delete item;
  }
  addRow({});
  for (const QString& name : std::as_const(m_known))
    addRow(name);
  m_add->setText(tr("Add a machine…"));
  m_add->setToolTip(tr("A machine with Lathe on it that ssh reaches"));
}

void HostsList::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    fill();
}

} // namespace lathe::ui
