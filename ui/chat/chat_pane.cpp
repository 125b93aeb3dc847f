// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/chat_pane.h"

#include "ui/models/format.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QFrame>
#include <QHBoxLayout>

#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kFlushMs = 33, kDeviceWidth = 200;
enum ChooserRole { ModelRole = Qt::UserRole + 1, AdapterRole };

} // namespace

ChatPaneView::ChatPaneView(int index, ModelsModel* models, RunsModel* runs, DeviceHistory* devices, QWidget* parent)
    : QWidget(parent), m_index(index), m_models(models), m_runs(runs), m_devices(devices), m_chooser(new QComboBox), m_device(new DeviceCombo), m_stats(new TextLabel({}, TextRole::Caption)), m_transcript(new Transcript),
      m_regenerate(new Button(IconName::Refresh, {}, ButtonKind::Quiet)), m_copy(new Button(IconName::Copy, {}, ButtonKind::Quiet)),
      m_back(new IconButton(IconName::ChevronLeft, {}, nullptr, 22)), m_next(new IconButton(IconName::ChevronRight, {}, nullptr, 22)),
      m_position(new TextLabel({}, TextRole::Caption)) {
  const QString number = QString::number(index);
  setObjectName(QStringLiteral("pane_") + number);
  m_chooser->setObjectName(QStringLiteral("pane_model_") + number);
  m_transcript->setObjectName(QStringLiteral("transcript_") + number);
  m_regenerate->setObjectName(QStringLiteral("regenerate_") + number);
  m_copy->setObjectName(QStringLiteral("copy_reply_") + number);
  m_stats->setObjectName(QStringLiteral("pane_stats_") + number);
  m_device->setObjectName(QStringLiteral("pane_device_") + number);
  m_chooser->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_chooser->setMinimumContentsLength(14);
  auto* head = new QVBoxLayout;
  head->setContentsMargins(space::k16, space::k8, space::k16, space::k4);
  head->setSpacing(space::k4);
  head->addWidget(m_chooser);
  auto* second = new QHBoxLayout;
  second->setSpacing(space::k12);
  m_device->setMaximumWidth(kDeviceWidth);
  second->addWidget(m_device, 1);
  second->addStretch();
  second->addWidget(m_stats);
  head->addLayout(second);
  auto* foot = new QHBoxLayout;
  foot->setContentsMargins(space::k12, 0, space::k12, space::k8);
  foot->setSpacing(space::k4);
  foot->addWidget(m_regenerate);
  foot->addWidget(m_copy);
  foot->addStretch();
  foot->addWidget(m_back);
  foot->addWidget(m_position);
  foot->addWidget(m_next);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(head);
  column->addWidget(m_transcript, 1);
  column->addLayout(foot);
  m_flush.setSingleShot(true);
  m_flush.setInterval(kFlushMs);
  connect(&m_flush, &QTimer::timeout, this, &ChatPaneView::flush);
  connect(m_chooser, &QComboBox::activated, this, [this](int row) {
    m_pane.modelPath = m_chooser->itemData(row, ModelRole).toString().toStdString();
    m_pane.adapterPath = m_chooser->itemData(row, AdapterRole).toString().toStdString();
    Q_EMIT choiceChanged();
  });
  connect(m_device, &DeviceCombo::deviceChosen, this, [this](const QString& id) {
    m_pane.device = id.toStdString();
    Q_EMIT choiceChanged();
  });
  connect(devices, &DeviceHistory::sampled, this, [this] {
    if (isVisible())
      showDevices();
  });
  connect(devices, &DeviceHistory::devicesChanged, this, &ChatPaneView::showDevices);
  connect(models, &QAbstractItemModel::modelReset, this, &ChatPaneView::fillChooser);
  connect(m_regenerate, &Button::clicked, this, [this] {
    if (const auto* reply = lastReply())
      Q_EMIT regenerateRequested(reply->id);
  });
  connect(m_copy, &Button::clicked, this, [this] {
    if (const auto* reply = lastReply())
      QApplication::clipboard()->setText(fromStd(reply->text));
  });
  connect(m_back, &IconButton::clicked, this, [this] { step(-1); });
  connect(m_next, &IconButton::clicked, this, [this] { step(1); });
  auto stay = m_regenerate->sizePolicy();
  stay.setRetainSizeWhenHidden(true); // the text must not jump when a reply begins
  m_regenerate->setSizePolicy(stay);
  fillChooser();
  showDevices();
  retranslate();
}

void ChatPaneView::showDevices() {
  m_device->setDevices(m_devices->choices());
  // One device is no choice; the tooltip says so. A conversation that came from another machine can still be put right.
  m_device->setEnabled(m_devices->hasGpu() || m_device->device() != QStringLiteral("auto"));
}

api::ChatPane ChatPaneView::choice() const { return m_pane; }

void ChatPaneView::fillChooser() {
  const QSignalBlocker quiet(m_chooser);
  m_chooser->clear();
  for (const auto& model : m_models->models()) {
    const bool adapter = model.kind == "adapter";
    if (!model.supported)
      continue;
    m_chooser->addItem(fromStd(model.name));
    const int row = m_chooser->count() - 1;
    m_chooser->setItemData(row, fromStd(adapter ? model.base : model.path), ModelRole);
    m_chooser->setItemData(row, adapter ? fromStd(model.path) : QString(), AdapterRole);
    m_chooser->setItemData(row, adapter ? tr("Adapter on %1").arg(fromStd(model.base)) : ModelsModel::describe(model), Qt::ToolTipRole);
  }
  chooseCurrent();
}

void ChatPaneView::chooseCurrent() {
  const QString model = fromStd(m_pane.modelPath), adapter = fromStd(m_pane.adapterPath);
  if (model.isEmpty())
    return m_chooser->setCurrentIndex(-1);
  for (int row = 0; row < m_chooser->count(); ++row)
    if (m_chooser->itemData(row, ModelRole).toString() == model && m_chooser->itemData(row, AdapterRole).toString() == adapter)
      return m_chooser->setCurrentIndex(row);
  m_chooser->addItem(nameOf(adapter.isEmpty() ? model : adapter)); // not in the list: of a run, or removed from it
  const int row = m_chooser->count() - 1;
  m_chooser->setItemData(row, model, ModelRole);
  m_chooser->setItemData(row, adapter, AdapterRole);
  m_chooser->setCurrentIndex(row);
}

/// The run's name and the step of its checkpoint; of another folder the last part that says something.
QString ChatPaneView::nameOf(const QString& folder) const {
  QStringList parts = folder.split(QLatin1Char('/'), Qt::SkipEmptyParts);
  const auto take = [&] { return parts.isEmpty() ? QString() : parts.takeLast(); };
  QString name = take(), step;
  if (name == QStringLiteral("adapter") || name == QStringLiteral("model"))
    name = take();
  else if (!parts.isEmpty() && parts.last() == QStringLiteral("checkpoints")) {
    step = name;
    take();
    name = take();
  }
  if (const auto* run = m_runs->find(name); run && !run->name.empty())
    name = fromStd(run->name);
  return step.isEmpty() ? name : tr("%1, step %2").arg(name, step);
}

void ChatPaneView::show(const api::Chat& chat) {
  if (chat.id != m_chat.id) {
    m_shown.clear();
    m_written.clear();
  }
  m_chat = chat;
  const size_t index = static_cast<size_t>(m_index);
  if (index < chat.panes.size()) {
    m_pane = chat.panes[index];
    const QSignalBlocker quiet(m_chooser);
    chooseCurrent();
    m_device->setDevice(fromStd(m_pane.device));
    showDevices();
  }
  showBranch();
}

void ChatPaneView::showBranch() {
  std::vector<api::ChatMessage> branch;
  for (const auto& message : m_chat.messages) {
    const bool mine = message.role == "user" || message.pane == m_index;
    const auto chosen = m_shown.find(message.parent);
    const bool shown = chosen == m_shown.end() || message.role == "user" ? message.active : message.id == chosen->second;
    if (mine && shown && message.role != "system")
      branch.push_back(message);
  }
  m_written.clear();
  for (const auto& message : branch)
    m_written.push_back(message.id);
  m_pieces.clear();
  m_transcript->setMessages(branch);
  showStats();
}

void ChatPaneView::addPiece(qint64 message, const QString& piece) {
  for (auto& known : m_chat.messages)
    if (known.id == message)
      known.text += piece.toStdString();
  if (m_written.empty() || m_written.back() != message)
    return;
  m_pieces += piece;
  if (!m_flush.isActive())
    m_flush.start();
}

void ChatPaneView::flush() {
  if (!m_pieces.isEmpty())
    m_transcript->appendPiece(std::exchange(m_pieces, {}));
}

const api::ChatMessage* ChatPaneView::lastReply() const {
  for (auto id = m_written.rbegin(); id != m_written.rend(); ++id)
    for (const auto& message : m_chat.messages)
      if (message.id == *id && message.role == "assistant")
        return &message;
  return nullptr;
}

bool ChatPaneView::isStreaming() const {
  return std::any_of(m_chat.messages.begin(), m_chat.messages.end(), [this](const auto& message) {
    return message.pane == m_index && (message.state == "streaming" || message.state == "waiting");
  });
}

std::vector<const api::ChatMessage*> ChatPaneView::siblings() const {
  std::vector<const api::ChatMessage*> out;
  if (const auto* reply = lastReply())
    for (const auto& message : m_chat.messages)
      if (message.parent == reply->parent && message.pane == reply->pane && message.role == "assistant")
        out.push_back(&message);
  return out;
}

void ChatPaneView::step(int by) {
  const auto all = siblings();
  const auto* reply = lastReply();
  for (int i = 0; i < static_cast<int>(all.size()); ++i)
    if (all[static_cast<size_t>(i)] == reply && i + by >= 0 && i + by < static_cast<int>(all.size())) {
      m_shown[reply->parent] = all[static_cast<size_t>(i + by)]->id;
      return showBranch();
    }
}

void ChatPaneView::showStats() {
  const auto* reply = lastReply();
  const auto all = siblings();
  const bool done = reply && reply->state != "streaming" && reply->state != "waiting";
  QString stats;
  if (done && reply->tokensPerS > 0)
    stats = rateText(reply->tokensPerS) + QStringLiteral(" · ") + tr("first %1 ms").arg(std::llround(reply->firstTokenMs));
  else if (reply && !done)
    stats = reply->state == "waiting" ? tr("loading…") : tr("writing…");
  if (reply && reply->state == "stopped")
    stats = tr("stopped") + (stats.isEmpty() ? QString() : QStringLiteral(" · ")) + stats;
  m_stats->setText(stats);
  m_regenerate->setVisible(done);
  m_copy->setVisible(done);
  int position = 0;
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i] == reply)
      position = static_cast<int>(i);
  for (QWidget* widget : {static_cast<QWidget*>(m_back), static_cast<QWidget*>(m_next), static_cast<QWidget*>(m_position)})
    widget->setVisible(all.size() > 1);
  m_position->setText(QStringLiteral("%1/%2").arg(position + 1).arg(all.size()));
  m_back->setEnabled(position > 0);
  m_next->setEnabled(position + 1 < static_cast<int>(all.size()));
}

void ChatPaneView::retranslate() {
  m_regenerate->setText(tr("Regenerate"));
  m_copy->setText(tr("Copy"));
  m_back->setName(tr("Previous reply"));
  m_next->setName(tr("Next reply"));
  named(m_chooser, tr("Model of pane %1").arg(m_index + 1));
  named(m_device, tr("Device of pane %1").arg(m_index + 1));
  named(m_transcript, tr("Conversation of pane %1").arg(m_index + 1));
  m_chooser->setPlaceholderText(tr("Choose a model"));
  showStats();
}

void ChatPaneView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
