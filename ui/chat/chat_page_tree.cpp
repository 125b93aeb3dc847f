// SPDX-License-Identifier: GPL-3.0-or-later
// What the panes ask for: branches, tokens, and the search through what was said.
#include "ui/chat/chat_page.h"

#include "core/api/chat_tree.h"
#include "core/api/protocol.h"
#include "ui/models/format.h"

#include <QLineEdit>
#include <QListView>
#include <QPointer>

namespace lathe::ui {

namespace method = api::method;

void ChatPage::connectPane(ChatPaneView* pane) {
  connect(pane, &ChatPaneView::choiceChanged, this, [this] {
    std::vector<api::ChatPane> panes;
    for (const ChatPaneView* view : m_panes)
      panes.push_back(view->choice());
    change({{"panes", api::encode(panes)}});
  });
  const auto about = [this](qint64 message, Json params = Json::object()) {
    params["id"] = m_chat.id;
    params["message"] = message;
    return params;
  };
  connect(pane, &ChatPaneView::regenerateRequested, this, [this, about](qint64 message) { ask(method::kChatsRegenerate, about(message)); });
  connect(pane, &ChatPaneView::answerRequested, this, [this, about, pane](qint64 message) {
    ask(method::kChatsRegenerate, about(message, {{"pane", m_panes.indexOf(pane)}}));
  });
  connect(pane, &ChatPaneView::chooseRequested, this, [this, about](qint64 message) { ask(method::kChatsChoose, about(message)); });
  connect(pane, &ChatPaneView::branchRequested, this, [this, about](qint64 message) {
    ask(method::kChatsBranch, about(message));
    m_composer->setFocus();
  });
  connect(pane, &ChatPaneView::editRequested, this, [this, about, guard = QPointer<ChatPaneView>(pane)](qint64 message, const QString& text) {
    ask(method::kChatsEdit, about(message, {{"text", text.toStdString()}}), [this, guard, chat = m_chat.id, message, text] {
      if (guard && chat == m_chat.id)
        guard->transcript()->editMessage(message, text); // the words are not lost
    });
  });
  connect(pane, &ChatPaneView::alternativeRequested, this, [this, about](qint64 message, int keep, qint64 token) {
    ask(method::kChatsRegenerate, about(message, {{"keep", keep}, {"token", token}}));
  });
  connect(pane, &ChatPaneView::tokensWanted, this, &ChatPage::fetchTokens);
}

void ChatPage::takePiece(qint64 chat, qint64 message, const QString& piece, const std::vector<api::TokenTrace>& tokens) {
  if (chat != m_chat.id)
    return;
  const auto known = std::find_if(m_chat.messages.rbegin(), m_chat.messages.rend(), [&](const auto& mine) { return mine.id == message; });
  if (known == m_chat.messages.rend())
    return;
  const size_t before = m_tokens[message].size();
  if (!tokens.empty() && (before > 0 || known->text.empty())) // else the beginning is missing; all come when it is complete
    m_tokens[message].insert(m_tokens[message].end(), tokens.begin(), tokens.end());
  known->text += piece.toStdString();
  const bool first = known->state == "waiting";
  if (first) { // the first piece is the news that the model is loaded
    known->state = "streaming";
    showChat();
  }
  if (!first && known->pane >= 0 && known->pane < m_panes.size())
    m_panes[known->pane]->addPiece(message, piece, tokens, before);
}

void ChatPage::fetchTokens(qint64 message) {
  m_session.client()->call<Json>(method::kChatsTokens, {{"id", m_chat.id}, {"message", message}}, this, [this, message](const Result<Json>& answer) {
    const Json* list = answer ? lathe::find(*answer, "tokens") : nullptr;
    if (!list)
      return;
    auto tokens = capture([&] { return api::decode<std::vector<api::TokenTrace>>(*list); });
    for (ChatPaneView* pane : m_panes)
      if (tokens)
        pane->transcript()->setTokens(message, *tokens);
  });
}

void ChatPage::setColour(const QString& key) {
  m_colour = key == QStringLiteral("probability") ? TokenColour::Probability : key == QStringLiteral("entropy") ? TokenColour::Entropy : TokenColour::Off;
  for (ChatPaneView* pane : m_panes)
    pane->setColour(m_colour);
  if (m_colour != TokenColour::Off && m_chat.id != 0 && m_chat.sampling.logprobs == 0) {
    api::Sampling sampling = m_chat.sampling;
    sampling.logprobs = kAlternatives;
    change({{"sampling", api::encode(sampling)}});
  }
  showColour();
}

void ChatPage::showColour() {
  m_colourSwitch->setCurrent(m_colour == TokenColour::Off ? QStringLiteral("off") : m_colour == TokenColour::Probability ? QStringLiteral("probability") : QStringLiteral("entropy"));
  m_tokenRow->setVisible(m_colour != TokenColour::Off);
  m_legend->setColour(m_colour == TokenColour::Entropy ? TokenColour::Entropy : TokenColour::Probability);
  const bool traced = std::any_of(m_panes.begin(), m_panes.end(), [](const ChatPaneView* pane) { return pane->isTraced(); });
  m_tokenHint->setText(traced || m_chat.messages.empty() ? tr("Point at a token for its alternatives; click one to branch.")
                                                         : tr("Replies from now on keep their probabilities; write one again to see them."));
}

void ChatPage::search() {
  const QString text = m_search->text().trimmed();
  if (text.isEmpty())
    return showHits({});
  m_session.client()->call<Json>(method::kChatsSearch, {{"text", text.toStdString()}, {"limit", 100}}, this, [this, text](const Result<Json>& answer) {
    const Json* list = answer ? lathe::find(*answer, "hits") : nullptr;
    if (list && text == m_search->text().trimmed()) // else something else is searched for by now
      if (auto hits = capture([&] { return api::decode<std::vector<api::ChatHit>>(*list); }))
        showHits(*hits);
  });
}

void ChatPage::showHits(const std::vector<api::ChatHit>& hits) {
  m_hits.setHits(hits);
  m_hitsTitle->setVisible(!hits.empty());
  m_hitsList->setVisible(!hits.empty());
  m_list->setVisible(hits.empty() || m_filter.rowCount() > 0); // no gap where no title fits
}

void ChatPage::openMessage(const api::ChatHit& hit, const QString& text) {
  m_reveal = hit;
  m_revealText = text;
  m_revealChosen = false;
  if (hit.chat == m_chat.id)
    revealWanted();
  else
    openChat(hit.chat);
}

/// When the conversation of a hit is here: its branch is chosen where it is on another one.
void ChatPage::revealWanted() {
  if (m_reveal.chat == 0 || m_reveal.chat != m_chat.id)
    return;
  const api::ChatTree tree(m_chat.messages);
  const api::ChatMessage* message = tree.find(m_reveal.message);
  const int pane = message && message->pane > 0 && message->pane < m_panes.size() ? static_cast<int>(message->pane) : 0;
  const auto path = tree.path(pane);
  const qint64 wanted = std::exchange(m_reveal, {}).message;
  if (!message)
    return;
  if (std::find(path.begin(), path.end(), message) != path.end()) {
    m_panes[pane]->transcript()->reveal(wanted, m_revealText);
    return;
  }
  if (std::exchange(m_revealChosen, true))
    return; // of a pane that is not shown any more
  m_reveal.chat = m_chat.id;
  m_reveal.message = wanted;
  ask(method::kChatsChoose, {{"id", m_chat.id}, {"message", wanted}});
}

} // namespace lathe::ui
