// SPDX-License-Identifier: GPL-3.0-or-later
// The widgets of the page and how they are placed.
#include "ui/chat/chat_page.h"

#include "ui/chat/chats_delegate.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QListView>
#include <QShortcut>
#include <QSplitter>

namespace lathe::ui {

namespace {
constexpr int kListWidth = 212, kSearchMs = 200;
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
  buildHits();
  m_undo = new UndoBar;
  auto* column = new QVBoxLayout(side);
  column->setContentsMargins(space::k12, space::k12, space::k12, space::k12);
  column->setSpacing(space::k8);
  column->addWidget(m_search);
  column->addWidget(m_new);
  column->addWidget(m_list, 1);
  column->addWidget(m_hitsTitle);
  column->addWidget(m_hitsList, 2);
  column->addWidget(m_undo);
  connect(m_new, &Button::clicked, this, &ChatPage::newChat);
  connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
    if (index.isValid() && index.data(ChatsModel::IdRole).toLongLong() != m_chat.id)
      openChat(index.data(ChatsModel::IdRole).toLongLong());
  });
  (new QShortcut(Qt::Key_Delete, m_list, [this] { deleteCurrent(); }))->setContext(Qt::WidgetShortcut);
  return side;
}

/// What the search finds in messages, below the titles.
void ChatPage::buildHits() {
  m_hitsTitle = new TextLabel({}, TextRole::Caption);
  m_hitsList = new QListView;
  m_hitsList->setObjectName(QStringLiteral("chat_hits"));
  m_hitsList->setModel(&m_hits);
  m_hitsList->setItemDelegate(new ChatsDelegate(m_hitsList));
  m_hitsList->setFrameShape(QFrame::NoFrame);
  m_hitsList->setMouseTracking(true);
  m_hitsList->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_hitsList->viewport()->setAutoFillBackground(false);
  m_hitsTitle->hide();
  m_hitsList->hide();
  m_searchLater.setSingleShot(true);
  m_searchLater.setInterval(kSearchMs);
  connect(&m_searchLater, &QTimer::timeout, this, &ChatPage::search);
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
    m_filter.setFilterFixedString(text);
    m_searchLater.start();
  });
  const auto openHit = [this](const QModelIndex& index) { openMessage(m_hits.hit(index.row()), m_search->text().trimmed()); };
  connect(m_hitsList, &QListView::clicked, this, openHit);
  connect(m_hitsList, &QListView::activated, this, openHit);
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
  m_colourSwitch = new SegmentedSwitch;
  m_colourSwitch->setObjectName(QStringLiteral("token_colours"));
  m_header->addAction(m_delete);
  m_header->addAction(m_colourSwitch);
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
  top->addWidget(buildTokenRow());
  top->addWidget(m_banner);
  auto* column = new QVBoxLayout(middle);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(top);
  column->addWidget(m_splitter, 1);
  column->addWidget(buildComposer());
  connect(m_count, &SegmentedSwitch::chosen, this, [this](const QString& key) { changePaneCount(key.toInt()); });
  connect(m_colourSwitch, &SegmentedSwitch::chosen, this, &ChatPage::setColour);
  connect(m_toggle, &Button::toggled, m_parameters, &QWidget::setVisible);
  connect(m_delete, &IconButton::clicked, this, &ChatPage::deleteCurrent);
  return middle;
}

QWidget* ChatPage::buildTokenRow() {
  m_tokenRow = new QWidget;
  m_legend = new TokenLegend;
  m_tokenHint = new TextLabel({}, TextRole::Caption);
  m_tokenHint->setObjectName(QStringLiteral("token_hint"));
  m_tokenHint->setWordWrap(true);
  auto* row = new QHBoxLayout(m_tokenRow);
  row->setContentsMargins(0, space::k4, 0, 0);
  row->setSpacing(space::k16);
  row->addWidget(m_legend);
  row->addWidget(m_tokenHint, 1);
  m_tokenRow->hide();
  return m_tokenRow;
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

} // namespace lathe::ui
