// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/chat_pane.h"

#include "core/api/chat_tree.h"
#include "ui/models/format.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QFrame>
#include <QHBoxLayout>

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kNarrow = 330; // px
constexpr int kFlushMs = 33, kLaterMs = 250, kDeviceWidth = 200;
constexpr int kStrengthSteps = 100; // for a strength of 1
enum ChooserRole { ModelRole = Qt::UserRole + 1, AdapterRole };

} // namespace

ChatPaneView::ChatPaneView(int index, ModelsModel* models, RunsModel* runs, DeviceHistory* devices, QWidget* parent)
    : QWidget(parent), m_index(index), m_models(models), m_runs(runs), m_devices(devices), m_chooser(new QComboBox), m_device(new DeviceCombo), m_stats(new TextLabel({}, TextRole::Caption)),
      m_strengthRow(new QWidget), m_strength(new QSlider(Qt::Horizontal)), m_strengthLabel(new TextLabel({}, TextRole::Caption)), m_strengthValue(new TextLabel({}, TextRole::Caption)),
      m_transcript(new Transcript), m_regenerate(new Button(IconName::Refresh, {}, ButtonKind::Quiet)), m_copy(new Button(IconName::Copy, {}, ButtonKind::Quiet)),
      m_goesOn(new LinkButton({})), m_back(new IconButton(IconName::ChevronLeft, {}, nullptr, 22)), m_next(new IconButton(IconName::ChevronRight, {}, nullptr, 22)),
      m_position(new TextLabel({}, TextRole::Caption)) {
  build();
  m_flush.setSingleShot(true);
  m_flush.setInterval(kFlushMs);
  connect(&m_flush, &QTimer::timeout, this, &ChatPaneView::flush);
  m_later.setSingleShot(true);
  m_later.setInterval(kLaterMs);
  connect(&m_later, &QTimer::timeout, this, &ChatPaneView::choiceChanged);
  connect(m_chooser, &QComboBox::activated, this, [this](int row) {
    m_pane.modelPath = m_chooser->itemData(row, ModelRole).toString().toStdString();
    m_pane.adapterPath = m_chooser->itemData(row, AdapterRole).toString().toStdString();
    showStrength();
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
  connect(m_strength, &QSlider::valueChanged, this, [this](int value) { setStrength(value / double(kStrengthSteps)); });
  connectTranscript();
  fillChooser();
  showDevices();
  retranslate();
}

void ChatPaneView::build() {
  const QString number = QString::number(m_index);
  setObjectName(QStringLiteral("pane_") + number);
  const std::pair<QWidget*, const char*> names[] = {{m_chooser, "pane_model_"}, {m_transcript, "transcript_"}, {m_regenerate, "regenerate_"}, {m_copy, "copy_reply_"}, {m_stats, "pane_stats_"},
                                                    {m_device, "pane_device_"}, {m_strength, "strength_"}, {m_strengthValue, "strength_value_"}, {m_strengthRow, "strength_row_"},
                                                    {m_goesOn, "goes_on_"}, {m_back, "version_back_"}, {m_next, "version_next_"}, {m_position, "version_"}};
  for (const auto& [widget, name] : names)
    widget->setObjectName(QString::fromUtf8(name) + number);
  auto* goesOn = new QHBoxLayout;
  goesOn->setContentsMargins(space::k16, 0, space::k12, 0);
  goesOn->addWidget(m_goesOn);
  goesOn->addStretch();
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
  column->addLayout(buildHead());
  column->addWidget(m_transcript, 1);
  column->addLayout(goesOn);
  column->addLayout(foot);
  auto stay = m_regenerate->sizePolicy();
  stay.setRetainSizeWhenHidden(true); // the text must not jump when a reply begins
  m_regenerate->setSizePolicy(stay);
}

/// Model, device and figures, strength of the adapter.
QLayout* ChatPaneView::buildHead() {
  m_chooser->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_chooser->setMinimumContentsLength(8);
  m_device->setMaximumWidth(kDeviceWidth);
  m_figures = new QBoxLayout(QBoxLayout::LeftToRight);
  m_figures->setSpacing(space::k8);
  m_figures->addWidget(m_device, 1);
  m_figures->addStretch();
  m_figures->addWidget(m_stats);
  m_strength->setRange(0, 2 * kStrengthSteps);
  m_strength->setSingleStep(5);
  m_strength->setPageStep(25);
  m_strength->installEventFilter(this);
  m_strengthValue->setMinimumWidth(QFontMetrics(style::uiFont(size::kCaption)).horizontalAdvance(QStringLiteral("2.00×")));
  auto* third = new QHBoxLayout(m_strengthRow);
  third->setContentsMargins(0, 0, 0, 0);
  third->setSpacing(space::k8);
  third->addWidget(m_strengthLabel);
  third->addWidget(m_strength, 1);
  third->addWidget(m_strengthValue);
  auto* head = new QVBoxLayout;
  head->setContentsMargins(space::k16, space::k8, space::k16, space::k4);
  head->setSpacing(space::k4);
  head->addWidget(m_chooser);
  head->addLayout(m_figures);
  head->addWidget(m_strengthRow);
  return head;
}

void ChatPaneView::connectTranscript() {
  connect(m_regenerate, &Button::clicked, this, [this] {
    if (m_last != 0 && m_last != m_lastReply)
      Q_EMIT answerRequested(m_last);
    else if (m_lastReply != 0)
      Q_EMIT regenerateRequested(m_lastReply);
  });
  connect(m_copy, &Button::clicked, this, [this] {
    if (const auto* reply = lastReply())
      QApplication::clipboard()->setText(fromStd(reply->text));
  });
  connect(m_goesOn, &LinkButton::clicked, this, [this] { Q_EMIT chooseRequested(m_continuation); });
  connect(m_back, &IconButton::clicked, this, [this] { stepVersion(m_lastReply, -1); });
  connect(m_next, &IconButton::clicked, this, [this] { stepVersion(m_lastReply, 1); });
  connect(m_transcript, &Transcript::versionRequested, this, &ChatPaneView::stepVersion);
  connect(m_transcript, &Transcript::regenerateRequested, this, &ChatPaneView::regenerateRequested);
  connect(m_transcript, &Transcript::branchRequested, this, &ChatPaneView::branchRequested);
  connect(m_transcript, &Transcript::editAccepted, this, &ChatPaneView::editRequested);
  connect(m_transcript, &Transcript::alternativeChosen, this, &ChatPaneView::alternativeRequested);
  connect(m_transcript, &Transcript::tokensWanted, this, &ChatPaneView::tokensWanted);
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
  m_chat = &chat;
  const size_t index = static_cast<size_t>(m_index);
  if (index < chat.panes.size() && !m_later.isActive()) { // else the slider is being moved
    m_pane = chat.panes[index];
    const QSignalBlocker quiet(m_chooser);
    chooseCurrent();
    m_device->setDevice(fromStd(m_pane.device));
    showDevices();
    showStrength();
  }
  showBranch();
}

void ChatPaneView::showBranch() {
  const api::ChatTree tree(m_chat->messages);
  const auto path = tree.path(m_index);
  std::vector<ShownMessage> shown;
  shown.reserve(path.size());
  m_last = m_lastReply = m_continuation = 0;
  for (const api::ChatMessage* message : path) {
    const auto versions = tree.siblings(*message);
    m_version = static_cast<int>(std::find(versions.begin(), versions.end(), message) - versions.begin()) + 1;
    m_versions = static_cast<int>(versions.size());
    const bool reply = message->role == "assistant";
    shown.push_back({message->id, reply, message->edited, message->traced, message->text, message->error, message->state, m_version, m_versions});
    m_last = message->id;
    if (reply)
      m_lastReply = message->id;
  }
  const auto turns = tree.turns();
  const auto continuations = turns.empty() ? api::ChatTree::List() : tree.continuations(turns.back()->id);
  m_continuations = static_cast<int>(continuations.size());
  if (!continuations.empty())
    m_continuation = continuations.back()->id;
  m_pieces.clear();
  m_pieceTokens.clear();
  m_transcript->setMessages(std::move(shown));
  showStats();
}

void ChatPaneView::addPiece(qint64 message, const QString& piece, const std::vector<api::TokenTrace>& tokens, size_t before) {
  if (m_last != message)
    return;
  if (m_pieceTokens.empty())
    m_tokensBefore = before;
  m_pieces += piece;
  m_pieceTokens.insert(m_pieceTokens.end(), tokens.begin(), tokens.end());
  if (!m_flush.isActive())
    m_flush.start();
}

void ChatPaneView::flush() {
  if (!m_pieces.isEmpty() || !m_pieceTokens.empty())
    m_transcript->appendPiece(std::exchange(m_pieces, {}), std::exchange(m_pieceTokens, {}), m_tokensBefore);
}

const api::ChatMessage* ChatPaneView::find(qint64 message) const {
  if (!m_chat)
    return nullptr;
  const auto found = std::find_if(m_chat->messages.rbegin(), m_chat->messages.rend(), [&](const auto& other) { return other.id == message; });
  return found == m_chat->messages.rend() ? nullptr : &*found;
}

bool ChatPaneView::isStreaming() const {
  return m_chat && std::any_of(m_chat->messages.rbegin(), m_chat->messages.rend(), [this](const auto& message) { return message.pane == m_index && api::isUnderWay(message); });
}

bool ChatPaneView::isTraced() const {
  const auto* reply = lastReply();
  return reply && (reply->traced || api::isUnderWay(*reply));
}

void ChatPaneView::stepVersion(qint64 message, int by) {
  const auto* now = find(message);
  if (!now)
    return;
  const auto versions = api::ChatTree(m_chat->messages).siblings(*now);
  const auto at = std::find(versions.begin(), versions.end(), now) - versions.begin() + by;
  if (at >= 0 && at < static_cast<std::ptrdiff_t>(versions.size()))
    Q_EMIT chooseRequested(versions[static_cast<size_t>(at)]->id);
}

void ChatPaneView::setBusy(bool busy) {
  m_busy = busy;
  m_transcript->setBusy(busy);
  showStats();
}

void ChatPaneView::showStrength() {
  const QSignalBlocker quiet(m_strength);
  m_strengthRow->setVisible(!m_pane.adapterPath.empty());
  m_strength->setValue(static_cast<int>(std::lround(m_pane.strength * kStrengthSteps)));
  m_strengthValue->setText(QString::number(m_pane.strength, 'f', 2) + QStringLiteral("×"));
}

/// Told to the engine a moment later, so that a drag is one change.
void ChatPaneView::setStrength(double strength) {
  m_pane.strength = strength;
  showStrength();
  m_later.start();
}

void ChatPaneView::finishChoice() {
  if (!m_later.isActive())
    return;
  m_later.stop();
  Q_EMIT choiceChanged();
}

bool ChatPaneView::eventFilter(QObject* object, QEvent* event) {
  if (object == m_strength && event->type() == QEvent::MouseButtonDblClick) {
    m_strength->setValue(kStrengthSteps);
    return true;
  }
  return QWidget::eventFilter(object, event);
}

void ChatPaneView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  if (m_narrow == (width() < kNarrow))
    return;
  m_narrow = !m_narrow;
  m_figures->setDirection(m_narrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
  m_figures->setSpacing(m_narrow ? space::k4 : space::k8);
  retranslate();
}

void ChatPaneView::showStats() {
  const auto* reply = lastReply();
  const bool unanswered = m_last != 0 && m_last != m_lastReply;
  const bool done = reply && !unanswered && !api::isUnderWay(*reply);
  QString stats;
  if (done && reply->tokensPerS > 0)
    stats = rateText(reply->tokensPerS) + QStringLiteral(" · ") + tr("first %1 ms").arg(std::llround(reply->firstTokenMs));
  else if (reply && !done && !unanswered)
    stats = reply->state == "waiting" ? tr("loading…") : tr("writing…");
  if (done && reply->state == "stopped")
    stats = tr("stopped") + (stats.isEmpty() ? QString() : QStringLiteral(" · ")) + stats;
  m_stats->setText(stats);
  m_regenerate->setVisible((done || unanswered) && !m_busy);
  m_regenerate->setText(unanswered ? tr("Answer") : tr("Regenerate"));
  m_copy->setVisible(done);
  m_goesOn->setVisible(m_continuation != 0 && !m_busy);
  m_goesOn->setText(m_continuations == 1 ? tr("Another branch goes on here: show it") : tr("%1 other branches go on here: show the newest").arg(m_continuations));
  for (QWidget* widget : {static_cast<QWidget*>(m_back), static_cast<QWidget*>(m_next), static_cast<QWidget*>(m_position)})
    widget->setVisible(m_versions > 1 && !unanswered);
  m_position->setText(QStringLiteral("%1/%2").arg(m_version).arg(m_versions));
  m_back->setEnabled(m_version > 1);
  m_next->setEnabled(m_version < m_versions);
}

void ChatPaneView::retranslate() {
  m_copy->setText(m_narrow ? QString() : tr("Copy"));
  m_copy->setToolTip(tr("Copy the last reply"));
  named(m_copy, tr("Copy the last reply"));
  m_back->setName(tr("Previous reply: the conversation goes on from it"));
  m_next->setName(tr("Next reply: the conversation goes on from it"));
  m_regenerate->setToolTip(tr("Another reply to the same message; this one stays as a version."));
  m_strengthLabel->setText(tr("Adapter"));
  m_strength->setToolTip(tr("How strongly the adapter changes the model: 0 is the base model, 1 as trained. Holds from the next message on; a double click sets 1."));
  named(m_strength, tr("Adapter strength of pane %1").arg(m_index + 1));
  m_goesOn->setToolTip(tr("What was said after this point before you branched."));
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
