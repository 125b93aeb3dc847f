// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/path_field.h"

#include "ui/style/style.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/prompt_service.h"

#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>

namespace lathe::ui {

PathField::PathField(Kind kind, QWidget* parent) : QWidget(parent), m_kind(kind) {
  setAcceptDrops(true);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::k4);
  m_edit = new QLineEdit(this);
  m_edit->setAcceptDrops(false); // a dropped file is a path, not text
  m_menu = new IconButton(IconName::ChevronDown, {}, this);
  m_browse = new IconButton(IconName::Folder, {}, this);
  row->addWidget(m_edit, 1);
  row->addWidget(m_menu);
  row->addWidget(m_browse);
  setFocusProxy(m_edit);
  connect(m_edit, &QLineEdit::editingFinished, this, [this] { take(m_edit->text().trimmed()); });
  connect(m_menu, &QToolButton::clicked, this, &PathField::openMenu);
  connect(m_browse, &QToolButton::clicked, this, &PathField::browse);
  m_menu->hide();
  m_browse->hide();
  retranslate();
}

QString PathField::path() const { return m_edit->text().trimmed(); }

void PathField::setPath(const QString& path) {
  m_last = path;
  m_edit->setText(path);
  m_edit->setCursorPosition(path.size());
  m_edit->setToolTip(path);
}

void PathField::setKnown(const QList<Known>& known) {
  m_known = known;
  m_menu->setVisible(!m_known.isEmpty() || !m_recent.isEmpty());
}

void PathField::setRecent(const QStringList& paths) {
  m_recent = paths;
  m_menu->setVisible(!m_known.isEmpty() || !m_recent.isEmpty());
}

void PathField::setPlaceholder(const QString& text) { m_edit->setPlaceholderText(text); }
void PathField::setFilter(const QString& filter) { m_filter = filter; }

void PathField::setPrompts(PromptService* prompts) {
  m_prompts = prompts;
  m_browse->setVisible(prompts != nullptr);
}

void PathField::take(const QString& path) {
  if (path == m_last)
    return;
  setPath(path);
  Q_EMIT pathChanged(path);
}

void PathField::openMenu() {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  for (const Known& known : m_known) {
    QAction* action = menu->addAction(known.note.isEmpty() ? known.text : known.text + QLatin1Char('\t') + known.note);
    action->setToolTip(known.path);
    connect(action, &QAction::triggered, this, [this, path = known.path] { take(path); });
  }
  if (!m_recent.isEmpty()) {
    menu->addSection(tr("Recent"));
    for (const QString& path : m_recent) {
      QAction* action = menu->addAction(fontMetrics().elidedText(path, Qt::ElideMiddle, 420));
      connect(action, &QAction::triggered, this, [this, path] { take(path); });
    }
  }
  menu->popup(m_edit->mapToGlobal(QPoint(0, m_edit->height() + 2)));
}

void PathField::browse() {
  if (!m_prompts)
    return;
  const QString start = path().isEmpty() ? QString() : QFileInfo(path()).absolutePath();
  const auto found = m_kind == Kind::Folder ? m_prompts->openFolder(this, tr("Choose a folder"), start)
                                            : m_prompts->openFile(this, tr("Choose a file"), start, m_filter);
  if (found)
    take(*found);
}

void PathField::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls() && event->mimeData()->urls().first().isLocalFile())
    event->acceptProposedAction();
}

void PathField::dropEvent(QDropEvent* event) {
  const auto urls = event->mimeData()->urls();
  if (urls.isEmpty() || !urls.first().isLocalFile())
    return;
  event->acceptProposedAction();
  take(urls.first().toLocalFile());
}

void PathField::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

void PathField::retranslate() {
  static_cast<IconButton*>(m_menu)->setName(tr("Known and recent"));
  static_cast<IconButton*>(m_browse)->setName(m_kind == Kind::Folder ? tr("Choose a folder…") : tr("Choose a file…"));
  if (accessibleName().isEmpty())
    m_edit->setAccessibleName(m_kind == Kind::Folder ? tr("Folder") : tr("File"));
}

} // namespace lathe::ui
