// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/device_uses.h"

#include "ui/models/format.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr size_t kShownUses = 5;
constexpr int kMemoryWidth = 76;

QString kindText(const api::DeviceProcess& process) {
  if (process.kind == "train")
    return DeviceUses::tr("training · process %1").arg(process.pid);
  if (process.kind == "chat")
    return DeviceUses::tr("chat · process %1").arg(process.pid);
  return DeviceUses::tr("another program · process %1").arg(process.pid);
}

void setTextOnce(TextLabel* label, const QString& text) {
  if (label->text() != text)
    label->setText(text);
}

} // namespace

UseRow::UseRow(QWidget* parent)
    : QWidget(parent), m_name(new ElidedLabel), m_kind(new TextLabel({}, TextRole::Caption)), m_memory(new TextLabel), m_open(new LinkButton({})) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::k12);
  m_memory->setMinimumWidth(kMemoryWidth);
  m_memory->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  m_open->setObjectName(QStringLiteral("use_open"));
  row->addWidget(m_name);
  row->addWidget(m_open);
  row->addStretch(1);
  row->addWidget(m_kind);
  row->addWidget(m_memory);
  connect(m_open, &LinkButton::clicked, this, [this] { Q_EMIT openRequested(m_run); });
}

void UseRow::show(const api::DeviceProcess& process) {
  m_run = fromStd(process.run);
  m_name->setText(fromStd(process.name));
  setTextOnce(m_kind, kindText(process));
  setTextOnce(m_memory, bytesText(process.memory));
  m_open->setText(tr("Open"));
  named(m_open, tr("Open the run %1").arg(fromStd(process.name)));
  m_open->setVisible(!m_run.isEmpty());
}

DeviceUses::DeviceUses(QWidget* parent) : QWidget(parent), m_lines(new QVBoxLayout(this)), m_rest(new TextLabel({}, TextRole::Caption)) {
  m_lines->setContentsMargins(0, 0, 0, 0);
  m_lines->setSpacing(space::k4);
  m_rest->setWordWrap(true);
  m_lines->addWidget(m_rest);
}

void DeviceUses::show(std::vector<api::DeviceProcess> processes, const QString& whenNone) {
  std::stable_sort(processes.begin(), processes.end(), [](const auto& a, const auto& b) {
    return a.kind.empty() != b.kind.empty() ? !a.kind.empty() : a.memory > b.memory;
  });
  const size_t shown = std::min(processes.size(), kShownUses);
  while (m_rows.size() < static_cast<qsizetype>(shown)) {
    auto* row = new UseRow(this);
    m_lines->insertWidget(static_cast<int>(m_rows.size()), row);
    connect(row, &UseRow::openRequested, this, &DeviceUses::openRequested);
    m_rows << row;
  }
  while (m_rows.size() > static_cast<qsizetype>(shown))
    delete m_rows.takeLast();
  for (size_t i = 0; i < shown; ++i)
    m_rows[static_cast<qsizetype>(i)]->show(processes[i]);
  const auto more = static_cast<int>(processes.size() - shown);
  const QString rest = processes.empty() ? whenNone : more > 0 ? tr("and %1 more").arg(more) : QString();
  setTextOnce(m_rest, rest);
  m_rest->setVisible(!rest.isEmpty());
}

} // namespace lathe::ui
