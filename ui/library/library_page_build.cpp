// SPDX-License-Identifier: GPL-3.0-or-later
// LibraryPage: what stands where, and its texts.
#include "ui/library/library_page.h"

#include "ui/library/convert_view.h"
#include "ui/library/library_texts.h"
#include "ui/library/model_card.h"
#include "ui/library/scan_view.h"
#include "ui/library/tensor_view.h"
#include "ui/library/trial_views.h"
#include "ui/widgets/flow_layout.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QTreeView>

namespace lathe::ui {

namespace {

constexpr int kListWidth = 400, kLeastList = 240, kLeastDetail = 430;

} // namespace

LibraryPage::LibraryPage(Session& session, PromptService& prompts, QWidget* parent)
    : Page(parent), m_session(session), m_prompts(prompts), m_views(new QStackedWidget), m_header(new PageHeader), m_addFolder(new Button(IconName::Folder, {})), m_addFile(new Button(IconName::Plus, {})),
      m_scanButton(new Button(IconName::Search, {})), m_banner(new Banner(Tone::Error)), m_content(new QStackedWidget), m_splitter(new QSplitter), m_search(new QLineEdit), m_tree(new LibraryTree),
      m_name(new ElidedLabel({}, TextRole::Value)), m_place(new ElidedLabel({}, TextRole::Caption)), m_switch(new SegmentedSwitch), m_detail(new QStackedWidget), m_card(new ModelCard),
      m_tensors(new TensorView(session)), m_tokenizer(new TokenizerTrialView(session)), m_template(new TemplateTrialView(session)), m_convert(new ConvertView(session, prompts)),
      m_scan(new ScanView(session)), m_undo(new UndoBar) {
  setObjectName(QStringLiteral("page_models"));
  m_addFolder->setObjectName(QStringLiteral("library_add_folder"));
  m_addFile->setObjectName(QStringLiteral("library_add_file"));
  m_scanButton->setObjectName(QStringLiteral("library_scan"));
  m_banner->setObjectName(QStringLiteral("library_banner"));
  m_banner->setClosable(true);
  m_banner->hide();
  for (Button* button : {m_addFolder, m_addFile, m_scanButton})
    m_header->addAction(button);
  m_fineTune = addAction("library_fine_tune", IconName::Train, [this] { fineTune(); });
  m_chat = addAction("library_chat", IconName::Chat, [this] { chat(); });
  m_show = addAction("library_show", IconName::Folder, [this] { showInFolder(); });
  m_remove = addAction("library_remove", IconName::Trash, [this] { removeCurrent(); });
  buildSplitter();
  buildEmpty();
  m_content->addWidget(m_splitter);
  m_content->addWidget(m_empty);
  auto* page = new QWidget;
  auto* inside = new QVBoxLayout(page);
  inside->setContentsMargins(0, 0, 0, 0);
  inside->setSpacing(space::k12);
  inside->addWidget(m_header);
  inside->addWidget(m_banner);
  inside->addWidget(m_content, 1);
  m_views->addWidget(page);
  m_views->addWidget(m_scan);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(20, space::k16, 20, space::k16);
  column->setSpacing(space::k12);
  column->addWidget(m_views, 1);
  column->addWidget(m_undo);
  connectTree();
  connectActions();
  retranslate();
  showActions();
}

void LibraryPage::buildSplitter() {
  m_splitter->setObjectName(QStringLiteral("library_splitter"));
  m_splitter->setChildrenCollapsible(false);
  m_splitter->addWidget(buildList());
  m_splitter->addWidget(buildDetail());
  m_splitter->setStretchFactor(0, 1); // both give way in a narrow window
  m_splitter->setStretchFactor(1, 2);
  m_splitter->setSizes({kListWidth, 2 * kListWidth});
}

Button* LibraryPage::addAction(const char* name, IconName icon, std::function<void()> act) {
  auto* button = new Button(icon, {}, ButtonKind::Normal);
  button->setObjectName(QString::fromUtf8(name));
  connect(button, &Button::clicked, this, std::move(act));
  return button;
}

QWidget* LibraryPage::buildList() {
  auto* list = new QWidget;
  list->setMinimumWidth(kLeastList);
  m_search->setObjectName(QStringLiteral("library_search"));
  m_search->setClearButtonEnabled(true);
  m_filter.setSourceModel(&m_model);
  m_tree->setObjectName(QStringLiteral("library_tree"));
  m_tree->setModel(&m_filter);
  m_tree->setItemDelegate(new LibraryDelegate(m_tree));
  m_tree->setHeaderHidden(true);
  m_tree->setUniformRowHeights(true);
  m_tree->setIndentation(space::k16);
  m_tree->setMouseTracking(true);
  m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  (new QShortcut(Qt::Key_Delete, m_tree, [this] { removeCurrent(); }))->setContext(Qt::WidgetShortcut);
  auto* column = new QVBoxLayout(list);
  column->setContentsMargins(0, 0, space::k8, 0);
  column->setSpacing(space::k8);
  column->addWidget(m_search);
  column->addWidget(m_tree, 1);
  return list;
}

QWidget* LibraryPage::buildSheet() {
  m_sheet = new QWidget;
  m_sheetTitle = new TextLabel({}, TextRole::Strong);
  m_sheetBack = new Button(IconName::ChevronLeft, {});
  m_sheetBack->setObjectName(QStringLiteral("library_sheet_back"));
  m_sheetText = new QPlainTextEdit;
  m_sheetText->setObjectName(QStringLiteral("library_sheet"));
  m_sheetText->setReadOnly(true);
  m_sheetText->setTabChangesFocus(true);
  m_sheetText->setFont(librarytext::exactFont());
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k8);
  head->addWidget(m_sheetBack);
  head->addWidget(m_sheetTitle, 1);
  auto* column = new QVBoxLayout(m_sheet);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  column->addLayout(head);
  column->addWidget(m_sheetText, 1);
  return m_sheet;
}

QWidget* LibraryPage::buildDetail() {
  auto* detail = new QWidget;
  detail->setMinimumWidth(kLeastDetail);
  m_place->setCopyable(true);
  m_switch->setObjectName(QStringLiteral("library_view"));
  m_switch->setChoices({{QStringLiteral("overview"), {}, {}}, {QStringLiteral("tensors"), {}, {}}, {QStringLiteral("tokenizer"), {}, {}}, {QStringLiteral("template"), {}, {}}, {QStringLiteral("convert"), {}, {}}});
  m_switch->setCurrent(QStringLiteral("overview"));
  for (QWidget* view : {static_cast<QWidget*>(m_card), static_cast<QWidget*>(m_tensors), static_cast<QWidget*>(m_tokenizer), static_cast<QWidget*>(m_template), static_cast<QWidget*>(m_convert), buildSheet()})
    m_detail->addWidget(view);
  auto* names = new QVBoxLayout;
  names->setSpacing(1);
  names->addWidget(m_name);
  names->addWidget(m_place);
  auto* actions = new QWidget;
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  actions->setSizePolicy(policy);
  auto* flow = new FlowLayout(actions, space::k8);
  for (Button* button : {m_fineTune, m_chat, m_show, m_remove})
    flow->addWidget(button);
  auto* row = new QHBoxLayout;
  row->addWidget(m_switch);
  row->addStretch(1);
  auto* column = new QVBoxLayout(detail);
  column->setContentsMargins(space::k8, 0, 0, 0);
  column->setSpacing(space::k12);
  column->addLayout(names);
  column->addWidget(actions);
  column->addLayout(row);
  column->addWidget(m_detail, 1);
  return detail;
}

/// Two first things to do, where EmptyState has one.
void LibraryPage::buildEmpty() {
  m_empty = new QWidget;
  m_emptyTitle = new TextLabel({}, TextRole::Value);
  m_emptyText = new TextLabel({}, TextRole::Muted);
  m_emptyText->setWordWrap(true);
  m_emptyText->setAlignment(Qt::AlignHCenter);
  m_emptyText->setFixedWidth(440);
  m_emptyAdd = new Button(IconName::Folder, {}, ButtonKind::Primary);
  m_emptyAdd->setObjectName(QStringLiteral("library_first_folder"));
  m_emptyScan = new Button(IconName::Search, {});
  m_emptyScan->setObjectName(QStringLiteral("library_first_scan"));
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(space::k8);
  buttons->addStretch(1);
  buttons->addWidget(m_emptyAdd);
  buttons->addWidget(m_emptyScan);
  buttons->addStretch(1);
  auto* column = new QVBoxLayout(m_empty);
  column->setSpacing(space::k12);
  column->addStretch(2);
  column->addWidget(m_emptyTitle, 0, Qt::AlignHCenter);
  column->addWidget(m_emptyText, 0, Qt::AlignHCenter);
  column->addLayout(buttons);
  column->addStretch(3);
}

void LibraryPage::retranslateActions() {
  m_addFolder->setText(tr("Add a folder…"));
  m_addFolder->setToolTip(tr("A model folder with config.json, or an adapter; it can also be dropped on the window"));
  m_addFile->setText(tr("Add a GGUF file…"));
  m_addFile->setToolTip(tr("A model in one file, as llama.cpp and LM Studio use them"));
  m_scanButton->setText(tr("Scan this computer"));
  m_scanButton->setToolTip(tr("Look for models that other programs keep: Hugging Face, LM Studio, Ollama, llama.cpp"));
  m_fineTune->setText(tr("Fine-tune"));
  m_chat->setText(tr("Chat"));
  m_show->setText(tr("Show in folder"));
  m_remove->setText(tr("Remove from list"));
  m_switch->setText(QStringLiteral("overview"), tr("Overview"));
  m_switch->setText(QStringLiteral("tensors"), tr("Tensors"));
  m_switch->setText(QStringLiteral("tokenizer"), tr("Tokenizer"));
  m_switch->setText(QStringLiteral("template"), tr("Template"));
  m_switch->setText(QStringLiteral("convert"), tr("Convert"));
  named(m_switch, tr("What to show of the model"));
}

void LibraryPage::retranslate() {
  m_header->setTitle(tr("Models"));
  m_search->setPlaceholderText(tr("Name, architecture, type or state…"));
  m_search->setToolTip(tr("Shows the models in which every word occurs"));
  named(m_search, tr("Search models"));
  named(m_tree, tr("Models"));
  retranslateActions();
  m_sheetBack->setText(tr("Back"));
  m_sheetBack->setToolTip(tr("Back to the overview"));
  named(m_sheetText, tr("Text of the model"));
  m_emptyTitle->setText(tr("No models yet"));
  m_emptyText->setText(tr("Here are the models that you fine-tune and chat with: folders from Hugging Face, GGUF files, adapters, and what is made from them. Files stay where they are."));
  m_emptyText->setMinimumHeight(m_emptyText->heightForWidth(440));
  m_emptyAdd->setText(tr("Add a folder…"));
  m_emptyAdd->setToolTip(m_addFolder->toolTip());
  m_emptyScan->setText(tr("Scan this computer"));
  m_emptyScan->setToolTip(m_scanButton->toolTip());
  m_model.setModels(m_model.models()); // its texts are the model's own
  m_tree->expandAll();
  choose(m_path);
  showCounts();
  showActions();
}

} // namespace lathe::ui
