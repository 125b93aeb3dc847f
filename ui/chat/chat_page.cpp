// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/chat/chat_page.h"

#include "core/api/protocol.h"
#include "ui/chat/chats_delegate.h"
#include "ui/models/format.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QListView>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>

namespace lathe::ui {

namespace {

constexpr int kListWidth = 212, kMostPanes = 4;

bool isOpen(const api::ChatMessage& message) { return message.state == "streaming" || message.state == "waiting"; }

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
    change({{"system_prompt", m_parameters->systemPrompt().toStdString()}, {"sampling", api::encode(m_parameters->sampling())}});
  });
  connectEngine();
  retranslate();
  showChat();
}

QWidget* ChatPage::buildList() {
  auto* side = new QWidget;
  side->setFixedWidth(kListWidth);
  side->setObjectName(QStringLiteral("chat_side"));
  m_search = new QLineEdit;
  m_search->setObjectName(QStringLiteral("chat_search"));
  m_search->setClearButtonEnabled(true);
  m_new = new Button(IconName::Plus, {}, ButtonKind::Normal);
  m_new->setObjectName(QStringLiteral("chat_new"));
  m_list = new QListView;
  m_list->setObjectName(QStringLiteral("chat_list"));
  m_filter.setSourceModel(m_session.chats());
  m_filter.setFilterCaseSensitivity(Qt::CaseInsensitive);
  m_list->setModel(&m_filter);
  m_list->setItemDelegate(new ChatsDelegate(m_list));
  m_list->setFrameShape(QFrame::NoFrame);
  m_list->setMouseTracking(true);
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_list->viewport()->setAutoFillBackground(false);
  m_undo = new UndoBar;
  auto* column = new QVBoxLayout(side);
  column->setContentsMargins(space::k12, space::k12, space::k12, space::k12);
  column->setSpacing(space::k8);
  column->addWidget(m_search);
  column->addWidget(m_new);
  column->addWidget(m_list, 1);
  column->addWidget(m_undo);
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) { m_filter.setFilterFixedString(text); });
  connect(m_new, &Button::clicked, this, &ChatPage::newChat);
  connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
    if (index.isValid() && index.data(ChatsModel::IdRole).toLongLong() != m_chat.id)
      openChat(index.data(ChatsModel::IdRole).toLongLong());
  });
  (new QShortcut(Qt::Key_Delete, m_list, [this] { deleteCurrent(); }))->setContext(Qt::WidgetShortcut);
  return side;
}

QWidget* ChatPage::buildConversation() {
  auto* middle = new QWidget;
  m_header = new PageHeader;
  m_count = new SegmentedSwitch;
  m_count->setObjectName(QStringLiteral("pane_count"));
  m_toggle = new Button({}, ButtonKind::Normal);
  m_toggle->setObjectName(QStringLiteral("toggle_parameters"));
  m_toggle->setCheckable(true);
  m_delete = new IconButton(IconName::Trash, {});
  m_delete->setObjectName(QStringLiteral("chat_delete"));
  m_header->addAction(m_delete);
  m_header->addAction(m_count);
  m_header->addAction(m_toggle);
  m_banner = new Banner(Tone::Error);
  m_banner->setClosable(true);
  m_banner->hide();
  connect(m_banner, &Banner::closed, m_banner, &QWidget::hide);
  m_splitter = new QSplitter(Qt::Horizontal);
  m_splitter->setChildrenCollapsible(false);
  m_splitter->setHandleWidth(1);
  auto* top = new QVBoxLayout;
  top->setContentsMargins(space::k16, space::k12, space::k16, space::k8);
  top->addWidget(m_header);
  top->addWidget(m_banner);
  auto* column = new QVBoxLayout(middle);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(top);
  column->addWidget(m_splitter, 1);
  column->addWidget(buildComposer());
  connect(m_count, &SegmentedSwitch::chosen, this, [this](const QString& key) { changePaneCount(key.toInt()); });
  connect(m_toggle, &Button::toggled, m_parameters, &QWidget::setVisible);
  connect(m_delete, &IconButton::clicked, this, &ChatPage::deleteCurrent);
  return middle;
}

QWidget* ChatPage::buildComposer() {
  auto* box = new QWidget;
  m_composer = new Composer;
  m_composer->setObjectName(QStringLiteral("composer"));
  m_hint = new TextLabel({}, TextRole::Caption);
  m_send = new Button(IconName::Send, {}, ButtonKind::Primary);
  m_send->setObjectName(QStringLiteral("chat_send"));
  m_stop = new Button(IconName::Stop, {}, ButtonKind::Normal);
  m_stop->setObjectName(QStringLiteral("chat_stop"));
  auto* line = new QHBoxLayout;
  line->setSpacing(space::k8);
  line->addWidget(m_hint, 1);
  line->addWidget(m_stop);
  line->addWidget(m_send);
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(space::k16, space::k8, space::k16, space::k12);
  column->setSpacing(space::k8);
  column->addWidget(m_composer);
  column->addLayout(line);
  connect(m_composer, &Composer::sendRequested, this, &ChatPage::send);
  connect(m_composer, &QPlainTextEdit::textChanged, this, &ChatPage::showSending);
  connect(m_send, &Button::clicked, this, &ChatPage::send);
  connect(m_stop, &Button::clicked, this, &ChatPage::stop);
  return box;
}

void ChatPage::connectEngine() {
  auto* client = m_session.client();
  connect(client, &EngineClient::chatMessageArrived, this, [this](qint64 chat, const api::ChatMessage& message) {
    if (chat != m_chat.id)
      return;
    merge(message);
    showChat();
  });
  connect(client, &EngineClient::chatPieceArrived, this, [this](qint64 chat, qint64 message, const QString& piece) {
    if (chat != m_chat.id)
      return;
    for (auto& known : m_chat.messages)
      if (known.id == message) {
        known.text += piece.toStdString();
        if (known.pane >= 0 && known.pane < m_panes.size())
          m_panes[known.pane]->addPiece(message, piece);
      }
  });
  connect(client, &EngineClient::connected, this, [this] {
    if (m_chat.id != 0)
      openChat(std::exchange(m_chat.id, 0)); // what was said while the connection was away
  });
  connect(client, &EngineClient::stateChanged, this, &ChatPage::showSending);
  connect(&m_session, &Session::chatsRead, this, [this] {
    if (m_chat.id == 0 && m_session.chats()->rowCount() > 0 && isVisible())
      openChat(m_session.chats()->chats().front().id);
    else
      selectInList();
    showChat();
  });
  connect(&m_session, &Session::chatRequested, this, [this](qint64 chat) {
    openChat(chat);
    Q_EMIT pageRequested(key());
  });
}

void ChatPage::opened() {
  if (m_chat.id == 0 && m_session.chats()->rowCount() > 0)
    openChat(m_session.chats()->chats().front().id);
  m_composer->setFocus();
}

void ChatPage::ask(const char* method, Json params) {
  m_session.client()->call<api::Chat>(method, std::move(params), this, [this](Result<api::Chat> answer) {
    if (!answer) {
      m_banner->setText(fromStd(answer.error().message));
      m_banner->show();
      return;
    }
    m_banner->hide();
    take(*answer);
  });
}

void ChatPage::take(const api::Chat& chat) {
  api::Chat next = chat;
  if (chat.id == m_chat.id) // pieces that came before this answer are already here
    for (auto& message : next.messages)
      for (const auto& known : m_chat.messages)
        if (known.id == message.id && isOpen(message) && known.text.size() > message.text.size())
          message = known;
  m_chat = std::move(next);
  selectInList();
  showChat();
}

void ChatPage::merge(const api::ChatMessage& message) {
  bool known = false;
  for (auto& mine : m_chat.messages) {
    if (mine.id == message.id) {
      mine = message;
      known = true;
    } else if (message.active && mine.parent == message.parent && mine.pane == message.pane && mine.role == message.role && message.role == "assistant") {
      mine.active = false; // a sibling took its place
    }
  }
  if (!known)
    m_chat.messages.push_back(message);
}

void ChatPage::openChat(qint64 chat) {
  if (chat == m_chat.id)
    return;
  ask(api::method::kChatsGet, {{"id", chat}});
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
  ask(api::method::kChatsCreate, {{"panes", api::encode(panes)}});
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
  const Json params = {{"id", m_chat.id}, {"text", text.toStdString()}};
  m_composer->clear();
  m_session.client()->call<api::Chat>(api::method::kChatsSend, params, this, [this, text](Result<api::Chat> answer) {
    if (answer)
      return take(*answer);
    m_banner->setText(fromStd(answer.error().message));
    m_banner->show();
    if (m_composer->toPlainText().isEmpty()) // the words are not lost
      m_composer->setPlainText(text);
  });
}

void ChatPage::stop() { ask(api::method::kChatsStop, {{"id", m_chat.id}}); }

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
    auto* pane = new ChatPaneView(static_cast<int>(m_panes.size()), m_session.models(), m_session.devices());
    connect(pane, &ChatPaneView::choiceChanged, this, [this] {
      std::vector<api::ChatPane> panes;
      for (const ChatPaneView* view : m_panes)
        panes.push_back(view->choice());
      change({{"panes", api::encode(panes)}});
    });
    connect(pane, &ChatPaneView::regenerateRequested, this, [this](qint64 message) {
      ask(api::method::kChatsRegenerate, {{"id", m_chat.id}, {"message", message}});
    });
    m_splitter->addWidget(pane);
    m_panes.append(pane);
  }
}

void ChatPage::showChat() {
  const bool none = m_chat.id == 0;
  m_stack->setCurrentIndex(none && m_session.chats()->rowCount() == 0 ? 1 : 0);
  m_header->setTitle(none ? QString() : m_chat.title.empty() ? tr("New conversation") : fromStd(m_chat.title));
  setPaneCount(none ? 1 : std::clamp(static_cast<int>(m_chat.panes.size()), 1, kMostPanes));
  m_count->setCurrent(QString::number(m_panes.size()));
  for (ChatPaneView* pane : m_panes)
    pane->show(m_chat);
  m_parameters->show(m_chat);
  m_delete->setEnabled(!none);
  m_count->setEnabled(!none);
  showSending();
}

bool ChatPage::isStreaming() const { return std::any_of(m_chat.messages.begin(), m_chat.messages.end(), isOpen); }

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
  named(m_search, tr("Search conversations"));
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
