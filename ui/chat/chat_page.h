// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/session.h"
#include "ui/chat/chat_pane.h"
#include "ui/chat/chat_parameters.h"
#include "ui/chat/composer.h"
#include "ui/shell/page.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/segmented_switch.h"

#include <QSortFilterProxyModel>
#include <QTimer>

#include <map>

class QLineEdit;
class QListView;
class QSplitter;
class QStackedWidget;

namespace lathe::ui {

/// Chat: conversations left, up to four panes that answer the same messages.
class ChatPage : public Page {
  Q_OBJECT
public:
  ChatPage(Session& session, QWidget* parent = nullptr);
  QString key() const override { return QStringLiteral("chat"); }
  QString title() const override { return tr("Chat"); }
  IconName icon() const override { return IconName::Chat; }
  void opened() override;
  QList<Command> commands() override;
  void openChat(qint64 chat);
  qint64 currentChat() const { return m_chat.id; }
  ChatPaneView* pane(int index) const { return m_panes.value(index); }
  /// Opens the conversation, on the branch of this message, with the text selected.
  void openMessage(const api::ChatHit& hit, const QString& text);
  static constexpr int64_t kAlternatives = 5; // kept of each token

protected:
  void changeEvent(QEvent* event) override;

private:
  QWidget* buildList();
  QWidget* buildConversation();
  QWidget* buildComposer();
  QWidget* buildTokenRow();
  void buildHits();
  void connectEngine();
  void connectPane(ChatPaneView* pane);
  void takePiece(qint64 chat, qint64 message, const QString& piece, const std::vector<api::TokenTrace>& tokens);
  void fetchTokens(qint64 message);
  void setColour(const QString& key);
  void showColour();
  void search();
  void showHits(const std::vector<api::ChatHit>& hits);
  void revealWanted();
  void newChat();
  void deleteCurrent();
  void openNewest();
  void send();
  void stop();
  void change(const Json& changes);
  void take(const api::Chat& chat);
  void merge(const api::ChatMessage& message);
  void setPaneCount(int count);
  void changePaneCount(int count);
  void ask(const char* method, Json params, std::function<void()> refused = {});
  void showChat();
  void showSending();
  void selectInList();
  void showTrouble(const Error& error);
  bool isStreaming() const;
  void retranslate();

  Session& m_session;
  api::Chat m_chat; // id 0: none
  qint64 m_wanted = 0; // asked for, and not here yet
  std::map<int64_t, std::vector<api::TokenTrace>> m_tokens; // of replies that are being written
  TokenColour m_colour = TokenColour::Off;
  api::ChatHit m_reveal; // to be shown when its conversation is here; chat 0: none
  QString m_revealText;
  bool m_revealChosen = false;
  QTimer m_searchLater;
  ChatHitsModel m_hits;
  QSortFilterProxyModel m_filter;
  QLineEdit* m_search;
  Button* m_new;
  QListView* m_list;
  TextLabel* m_hitsTitle;
  QListView* m_hitsList;
  IconButton* m_delete;
  UndoBar* m_undo;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  PageHeader* m_header;
  SegmentedSwitch* m_count;
  SegmentedSwitch* m_colourSwitch;
  QWidget* m_tokenRow;
  TokenLegend* m_legend;
  TextLabel* m_tokenHint;
  Button* m_toggle;
  Banner* m_banner;
  QSplitter* m_splitter;
  QList<ChatPaneView*> m_panes;
  ChatParameters* m_parameters;
  Composer* m_composer;
  TextLabel* m_hint;
  Button* m_send;
  Button* m_stop;
};

} // namespace lathe::ui
