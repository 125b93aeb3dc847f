// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/chat_page.h"

#include "core/api/chat_tree.h"
#include "core/api/protocol.h"
#include "ui/models/format.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QListView>
#include <QSplitter>
#include <QStackedWidget>

namespace lathe::ui {

namespace {

constexpr int kMostPanes = 4;

} // namespace

ChatPage::ChatPage(Session& session, QWidget* parent)
    : Page(parent), m_session(session), m_stack(new QStackedWidget), m_empty(new EmptyState(IconName::Chat, {}, {}, tr("New conversation"))),
      m_parameters(new ChatParameters) {
  setObjectName(QStringLiteral("page_chat"));
  m_stack->addWidget(buildConversation());
  m_stack->addWidget(m_empty);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  row->addWidget(buildList());
  row->addWidget(m_stack, 1);
  row->addWidget(m_parameters);
  m_parameters->hide();
  m_empty->actionButton()->setObjectName(QStringLiteral("chat_first"));
  connect(m_empty, &EmptyState::actionTriggered, this, &ChatPage::newChat);
  connect(m_parameters, &ChatParameters::edited, this, [this] {
    change({{"system_prompt", m_parameters->systemPrompt().toStdString()}, {"sampling", api::encode(m_parameters->sampling())}, {"panes", api::encode(m_parameters->panes())}});
  });
  connectEngine();
  retranslate();
  showChat();
}

void ChatPage::connectEngine() {
  auto* client = m_session.client();
  connect(client, &EngineClient::chatMessageArrived, this, [this](qint64 chat, const api::ChatMessage& message) {
    if (chat != m_chat.id)
      return;
    merge(message);
    showChat();
    if (!api::isUnderWay(message))
      m_tokens.erase(message.id);
  });
  connect(client, &EngineClient::chatPieceArrived, this, &ChatPage::takePiece);
  connect(client, &EngineClient::connected, this, [this] {
    if (m_chat.id != 0)
      openChat(std::exchange(m_chat.id, 0)); // what was said while the connection was away
  });
  connect(client, &EngineClient::stateChanged, this, &ChatPage::showSending);
  connect(&m_session, &Session::chatsRead, this, [this] {
    if (isVisible())
      openNewest();
    selectInList();
    showChat();
  });
  connect(&m_session, &Session::chatRequested, this, [this](qint64 chat) {
    openChat(chat);
    Q_EMIT pageRequested(key());
  });
}

/// When no conversation is open or on its way.
void ChatPage::openNewest() {
  if (m_chat.id == 0 && m_wanted == 0 && m_session.chats()->rowCount() > 0)
    openChat(m_session.chats()->chats().front().id);
}

void ChatPage::opened() {
  openNewest();
  m_composer->setFocus();
}

void ChatPage::ask(const char* method, Json params, std::function<void()> refused) {
  const qint64 about = intOr(params, "id", 0);
  m_session.client()->call<api::Chat>(method, std::move(params), this, [this, about, refused](Result<api::Chat> answer) {
    if (!answer) {
      if (refused)
        refused();
      return showTrouble(answer.error());
    }
    m_banner->hide();
    if (about != 0 && (m_wanted != 0 || about != m_chat.id)) // another conversation was chosen meanwhile
      return;
    take(*answer);
  });
}

void ChatPage::showTrouble(const Error& error) {
  m_banner->setText(fromStd(error.message));
  m_banner->show();
}

void ChatPage::take(const api::Chat& chat) {
  api::Chat next = chat;
  if (chat.id == m_chat.id) { // pieces that came before this answer are already here
    for (auto& message : next.messages)
      if (api::isUnderWay(message))
        for (const auto& known : m_chat.messages)
          if (known.id == message.id && known.text.size() > message.text.size())
            message = known;
  } else {
    for (ChatPaneView* pane : m_panes) // what was just set belongs to the conversation that is left
      pane->finishChoice();
    m_tokens.clear();
  }
  m_chat = std::move(next);
  m_wanted = 0;
  selectInList();
  showChat();
  revealWanted();
}

void ChatPage::merge(const api::ChatMessage& message) {
  const auto found = std::find_if(m_chat.messages.rbegin(), m_chat.messages.rend(), [&](const auto& mine) { return mine.id == message.id; });
  if (found != m_chat.messages.rend()) {
    const bool active = found->active; // what was chosen meanwhile stands
    *found = message;
    found->active = active;
  } else {
    m_chat.messages.push_back(message);
    const api::ChatTree tree(m_chat.messages);
    for (const api::ChatMessage* sibling : tree.siblings(m_chat.messages.back()))
      if (message.active && sibling->id != message.id) // it took their place
        m_chat.messages[static_cast<size_t>(sibling - m_chat.messages.data())].active = false;
  }
}

void ChatPage::openChat(qint64 chat) {
  if (chat == (m_wanted != 0 ? m_wanted : m_chat.id))
    return;
  m_wanted = chat;
  m_session.client()->call<api::Chat>(api::method::kChatsGet, {{"id", chat}}, this, [this, chat](const Result<api::Chat>& answer) {
    if (m_wanted != chat)
      return; // another one was chosen meanwhile
    m_wanted = 0;
    if (!answer)
      return showTrouble(answer.error());
    take(*answer);
  });
}

void ChatPage::newChat() {
  std::vector<api::ChatPane> panes(1);
  if (m_chat.id != 0)
    panes = m_chat.panes;
  else
    for (const auto& model : m_session.models()->models())
      if (model.kind != "adapter" && model.supported) {
        panes[0].modelPath = model.path;
        break;
      }
  api::Sampling sampling;
  if (m_colour != TokenColour::Off)
    sampling.logprobs = kAlternatives;
  ask(api::method::kChatsCreate, {{"panes", api::encode(panes)}, {"sampling", api::encode(sampling)}});
  m_composer->setFocus();
}

void ChatPage::deleteCurrent() {
  if (m_chat.id == 0)
    return;
  const qint64 id = m_chat.id;
  const QString title = m_chat.title.empty() ? tr("New conversation") : fromStd(m_chat.title);
  m_chat = {};
  m_session.deleteChat(id);
  m_undo->offer(tr("“%1” deleted.").arg(title), [this, id] {
    m_session.restoreChat(id);
    openChat(id);
  });
  if (m_session.chats()->rowCount() > 0)
    openChat(m_session.chats()->chats().front().id);
  showChat();
}

void ChatPage::change(const Json& changes) {
  if (m_chat.id == 0)
    return;
  Json params = changes;
  params["id"] = m_chat.id;
  ask(api::method::kChatsUpdate, std::move(params));
}

void ChatPage::send() {
  const QString text = m_composer->toPlainText().trimmed();
  if (text.isEmpty() || !m_send->isEnabled())
    return;
  m_composer->clear();
  m_composer->setFocus(); // the button that was clicked goes away
  ask(api::method::kChatsSend, {{"id", m_chat.id}, {"text", text.toStdString()}}, [this, text] {
    if (m_composer->toPlainText().isEmpty()) // the words are not lost
      m_composer->setPlainText(text);
  });
}

void ChatPage::stop() {
  m_composer->setFocus();
  m_session.client()->call<Json>(api::method::kChatsStop, {{"id", m_chat.id}}, this, [this](const Result<Json>& answer) {
    if (!answer)
      showTrouble(answer.error());
  });
}

void ChatPage::changePaneCount(int count) {
  auto panes = m_chat.panes;
  while (static_cast<int>(panes.size()) < count)
    panes.push_back(panes.empty() ? api::ChatPane{} : panes.back());
  panes.resize(static_cast<size_t>(count));
  change({{"panes", api::encode(panes)}});
}

void ChatPage::setPaneCount(int count) {
  while (m_panes.size() > count)
    delete m_panes.takeLast();
  while (m_panes.size() < count) {
    auto* pane = new ChatPaneView(static_cast<int>(m_panes.size()), m_session.models(), m_session.runs(), m_session.devices());
    connectPane(pane);
    pane->setColour(m_colour);
    m_splitter->addWidget(pane);
    m_panes.append(pane);
  }
}

void ChatPage::showChat() {
  const bool none = m_chat.id == 0;
  const bool first = m_stack->currentWidget() == m_empty;
  m_stack->setCurrentIndex(none && m_session.chats()->rowCount() == 0 ? 1 : 0);
  if (first && m_stack->currentWidget() != m_empty && isVisible())
    m_composer->setFocus(); // not the first control of the page
  m_header->setTitle(none ? QString() : m_chat.title.empty() ? tr("New conversation") : fromStd(m_chat.title));
  setPaneCount(none ? 1 : std::clamp(static_cast<int>(m_chat.panes.size()), 1, kMostPanes));
  m_count->setCurrent(QString::number(m_panes.size()));
  const bool busy = isStreaming();
  for (ChatPaneView* pane : m_panes) {
    pane->show(m_chat);
    pane->setBusy(busy);
    for (const auto& [message, tokens] : m_tokens) // with those that were waiting to be drawn
      pane->transcript()->setTokens(message, tokens);
  }
  showColour();
  m_parameters->show(m_chat);
  m_delete->setEnabled(!none);
  m_count->setEnabled(!none);
  showSending();
}

bool ChatPage::isStreaming() const { return std::any_of(m_chat.messages.rbegin(), m_chat.messages.rend(), api::isUnderWay); }

void ChatPage::showSending() {
  const bool streaming = isStreaming(), connected = m_session.isConnected();
  const bool chosen = m_chat.id != 0 && std::all_of(m_chat.panes.begin(), m_chat.panes.end(), [](const auto& pane) { return !pane.modelPath.empty(); });
  m_stop->setVisible(streaming);
  m_send->setVisible(!streaming);
  m_send->setEnabled(connected && chosen && !m_composer->toPlainText().trimmed().isEmpty());
  if (!connected)
    m_hint->setText(tr("The engine is not connected."));
  else if (m_chat.id != 0 && !chosen)
    m_hint->setText(tr("Choose a model for every pane first."));
  else
    m_hint->setText(tr("Enter sends, Shift+Enter starts a new line.") + QStringLiteral("  ") +
                    tr("seed %1 · temperature %2 · top-p %3").arg(m_chat.sampling.seed).arg(format::number(m_chat.sampling.temperature, 2), format::number(m_chat.sampling.topP, 3)));
  m_composer->setPlaceholderText(m_panes.size() > 1 ? tr("Message all %1 panes, same seed…").arg(m_panes.size()) : tr("Message…"));
}

void ChatPage::selectInList() {
  const int row = m_session.chats()->rowOf(m_chat.id);
  const QModelIndex index = row < 0 ? QModelIndex() : m_filter.mapFromSource(m_session.chats()->index(row));
  m_list->setCurrentIndex(index);
}

QList<Command> ChatPage::commands() {
  QList<Command> out = {{tr("New conversation"), title(), [this] {
                           newChat();
                           Q_EMIT pageRequested(key());
                         }}};
  for (const auto& chat : m_session.chats()->chats())
    out.append({chat.title.empty() ? tr("New conversation") : fromStd(chat.title), title(), [this, id = chat.id] {
                  openChat(id);
                  Q_EMIT pageRequested(key());
                }});
  return out;
}

void ChatPage::retranslate() {
  m_search->setPlaceholderText(tr("Search…"));
  named(m_search, tr("Search titles and messages"));
  m_hitsTitle->setText(tr("In messages"));
  named(m_hitsList, tr("Messages that hold what you search for"));
  m_colourSwitch->setChoices({{QStringLiteral("off"), tr("Off"), tr("Plain text"), true},
                              {QStringLiteral("probability"), tr("Probability"), tr("Colours each token by how likely the model held it; point at one for its alternatives"), true},
                              {QStringLiteral("entropy"), tr("Entropy"), tr("Colours each token by how undecided the model was there; point at one for its alternatives"), true}});
  named(m_colourSwitch, tr("Token colours"));
  m_new->setText(tr("New conversation"));
  named(m_list, tr("Conversations"));
  m_delete->setName(tr("Delete this conversation"));
  m_toggle->setText(tr("Parameters"));
  m_send->setText(tr("Send"));
  m_stop->setText(tr("Stop"));
  named(m_composer, tr("Message"));
  QList<SegmentedSwitch::Choice> counts;
  for (int count = 1; count <= kMostPanes; ++count)
    counts.append({QString::number(count), QString::number(count), count == 1 ? tr("One pane") : tr("%1 panes side by side").arg(count), true});
  m_count->setChoices(counts);
  named(m_count, tr("Number of panes"));
  m_empty->setTexts(tr("Talk to a model"), tr("Compare a base model with what you made of it: the same message, side by side, with the same seed."), tr("New conversation"));
  showChat();
}

void ChatPage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
