// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/main_window.h"

#include "ui/shell/command_palette.h"
#include "ui/shell/rail.h"
#include "ui/shell/settings_store.h"
#include "ui/shell/status_model.h"
#include "ui/shell/status_strip.h"
#include "ui/style/style.h"
#include "ui/widgets/banner.h"

#include <QCloseEvent>
#include <QLineEdit>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {
constexpr const char* kGeometry = "window/geometry";
constexpr const char* kPage = "window/page";
} // namespace

MainWindow::MainWindow(std::vector<Page*> pages, StatusModel& status, WindowSettings& settings, QWidget* parent)
    : QMainWindow(parent), m_pages(std::move(pages)), m_status(status), m_settings(settings) {
  setObjectName(QStringLiteral("main_window"));
  setWindowIcon(style::icon(IconName::Logo));
  setMinimumSize(960, 600);
  auto* central = new QWidget(this);
  auto* columns = new QVBoxLayout(central);
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(0);
  auto* row = new QHBoxLayout;
  row->setSpacing(0);
  m_rail = new Rail(central);
  row->addWidget(m_rail);
  auto* body = new QVBoxLayout;
  body->setSpacing(0);
  auto* bannerPlace = new QVBoxLayout;
  m_banner = new Banner(Tone::Error, {}, central);
  m_banner->setObjectName(QStringLiteral("engine_banner"));
  m_banner->hide();
  bannerPlace->addWidget(m_banner);
  m_notice = new Banner(Tone::Warn, {}, central);
  m_notice->setObjectName(QStringLiteral("window_notice"));
  m_notice->setClosable(true);
  m_notice->hide();
  connect(m_notice, &Banner::closed, m_notice, &QWidget::hide);
  bannerPlace->addWidget(m_notice);
  body->addLayout(bannerPlace);
  m_stack = new QStackedWidget(central);
  body->addWidget(m_stack, 1);
  m_undo = new UndoBar(central);
  m_undo->setObjectName(QStringLiteral("window_undo"));
  body->addWidget(m_undo);
  row->addLayout(body, 1);
  columns->addLayout(row, 1);
  m_strip = new StatusStrip(status, central);
  columns->addWidget(m_strip);
  setCentralWidget(central);
  connectFrame();
  retranslate();
  restore();
}

void MainWindow::restore() {
  resize(1280, 800);
  restoreGeometry(m_settings.value(QLatin1String(kGeometry)).toByteArray());
  const QString last = m_settings.value(QLatin1String(kPage)).toString();
  if (!m_pages.empty())
    showPage(page(last) ? last : m_pages.front()->key());
  m_navigated = false;
}

void MainWindow::connectFrame() {
  for (Page* page : m_pages) {
    m_stack->addWidget(page);
    connect(page, &Page::pageRequested, this, &MainWindow::showPage);
    connect(page, &Page::pageSuggested, this, &MainWindow::suggestPage);
    if (!page->inRail())
      continue;
    RailButton* button = m_rail->add(page->key(), page->icon(), page->atBottom());
    button->setBadge(page->badge());
    connect(page, &Page::badgeChanged, this, [button, page] { button->setBadge(page->badge()); });
  }
  connect(m_rail, &Rail::chosen, this, &MainWindow::showPage);
  connect(m_banner, &Banner::actionTriggered, &m_status, &StatusModel::engineRestartRequested);
  connect(&m_status, &StatusModel::engineChanged, this, &MainWindow::showEngineState);
  connect(&m_status, &StatusModel::systemRequested, this, [this] { showPage(QStringLiteral("system")); });
  addShortcuts();
}

MainWindow::~MainWindow() = default;

Page* MainWindow::currentPage() const { return qobject_cast<Page*>(m_stack->currentWidget()); }

Page* MainWindow::page(const QString& key) const {
  for (Page* page : m_pages)
    if (page->key() == key)
      return page;
  return nullptr;
}

QStringList MainWindow::pageKeys() const {
  QStringList out;
  for (const Page* page : m_pages)
    out << page->key();
  return out;
}

void MainWindow::showPage(const QString& key) {
  Page* wanted = page(key);
  if (!wanted)
    return;
  m_stack->setCurrentWidget(wanted);
  m_rail->setCurrent(key);
  setWindowTitle(tr("%1 · Lathe").arg(wanted->title()));
  m_navigated = true;
  if (wanted->inRail())
    m_settings.set(QLatin1String(kPage), key);
  wanted->opened();
}

void MainWindow::suggestPage(const QString& key) {
  if (!m_navigated && !qobject_cast<QLineEdit*>(focusWidget()))
    showPage(key);
}

void MainWindow::addShortcuts() {
  for (size_t i = 0; i < m_pages.size() && i < 9; ++i) {
    if (!m_pages[i]->inRail())
      continue;
    auto* shortcut = new QShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)), this);
    connect(shortcut, &QShortcut::activated, this, [this, key = m_pages[i]->key()] { showPage(key); });
  }
  auto* palette = new QShortcut(QKeySequence(QStringLiteral("Ctrl+K")), this);
  connect(palette, &QShortcut::activated, this, &MainWindow::openPalette);
}

QList<Command> MainWindow::allCommands() {
  QList<Command> out;
  for (size_t i = 0; i < m_pages.size(); ++i)
    out << Command{m_pages[i]->title(), m_pages[i]->inRail() ? QStringLiteral("Ctrl+%1").arg(i + 1) : tr("Page"), [this, key = m_pages[i]->key()] { showPage(key); }};
  for (Page* page : m_pages)
    out << page->commands();
  if (m_moreCommands)
    out << m_moreCommands();
  return out;
}

void MainWindow::openPalette() {
  auto* palette = findChild<CommandPalette*>();
  if (!palette)
    palette = new CommandPalette(this);
  palette->open(allCommands());
}

void MainWindow::showEngineState() {
  const bool lost = m_status.engine() == EngineState::Lost;
  m_banner->setVisible(lost);
  m_banner->parentWidget()->layout()->activate();
  if (!lost)
    return;
  m_banner->setText(m_status.engineText().isEmpty() ? tr("The engine does not answer. Running jobs go on by themselves.") : m_status.engineText());
  m_banner->setAction(m_status.host().isEmpty() ? tr("Start it again") : tr("Try again"));
}

void MainWindow::showNotice(const QString& text) {
  m_notice->setText(text);
  m_notice->show();
}

void MainWindow::offerUndo(const QString& text, std::function<void()> undo) { m_undo->offer(text, std::move(undo)); }

void MainWindow::retranslate() {
  for (size_t i = 0; i < m_pages.size(); ++i) {
    RailButton* button = m_rail->button(m_pages[i]->key());
    if (!button)
      continue;
    button->setText(m_pages[i]->title());
    button->setAccessibleName(m_pages[i]->title());
    button->setToolTip(QStringLiteral("%1  (Ctrl+%2)").arg(m_pages[i]->title()).arg(i + 1));
    button->setBadge(m_pages[i]->badge());
  }
  if (const Page* current = currentPage())
    setWindowTitle(tr("%1 · Lathe").arg(current->title()));
  showEngineState();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (m_closeQuestion && !m_closeQuestion())
    return event->ignore();
  m_settings.set(QLatin1String(kGeometry), saveGeometry());
  m_settings.sync();
  QMainWindow::closeEvent(event);
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
