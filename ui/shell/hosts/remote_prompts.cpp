// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/hosts/remote_prompts.h"

#include "core/api/protocol.h"
#include "ui/bridge/engine_client.h"
#include "ui/models/format.h"
#include "ui/widgets/banner.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>

namespace lathe::ui {

namespace {

constexpr int kFolderRole = Qt::UserRole, kNameRole = Qt::UserRole + 1;

QString joinedPath(const QString& folder, const QString& name) { return folder.endsWith(QLatin1Char('/')) ? folder + name : folder + QLatin1Char('/') + name; }

std::optional<QString> chooseRemotely(EngineClient& client, QWidget* over, const QString& title, const QString& start, bool folders) {
  RemoteChooser chooser(client, title, start, folders, over);
  return chooser.exec() == QDialog::Accepted ? std::optional<QString>(chooser.path()) : std::nullopt;
}

} // namespace

RemoteChooser::RemoteChooser(EngineClient& client, const QString& title, const QString& start, bool folders, QWidget* parent)
    : QDialog(parent), m_client(client), m_folders(folders), m_edit(new QLineEdit), m_list(new QListWidget), m_banner(new Banner(Tone::Error)) {
  setObjectName(QStringLiteral("remote_chooser"));
  setWindowTitle(title);
  resize(640, 480);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(space::k24, 20, space::k24, 20);
  all->setSpacing(space::k12);
  all->addWidget(new TextLabel(title, TextRole::Value));
  m_edit->setObjectName(QStringLiteral("remote_path"));
  named(m_edit, tr("Path on the other machine"));
  m_edit->setToolTip(tr("Type a path and press Enter to go there"));
  all->addWidget(m_edit);
  m_list->setObjectName(QStringLiteral("remote_list"));
  m_list->setUniformItemSizes(true);
  named(m_list, tr("Folders and files on the other machine"));
  all->addWidget(m_list, 1);
  m_banner->hide();
  all->addWidget(m_banner);
  auto* row = new QHBoxLayout;
  auto* cancel = new Button(tr("Cancel"), ButtonKind::Normal, this);
  m_choose = new Button(folders ? tr("Choose this folder") : tr("Choose"), ButtonKind::Primary, this);
  m_choose->setObjectName(QStringLiteral("remote_choose"));
  m_choose->setAutoDefault(false);
  cancel->setAutoDefault(false);
  row->addStretch(1);
  row->addWidget(cancel);
  row->addWidget(m_choose);
  all->addLayout(row);
  connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
  connect(m_choose, &QPushButton::clicked, this, &QDialog::accept);
  connect(m_edit, &QLineEdit::returnPressed, this, [this] { go(m_edit->text().trimmed()); });
  connect(m_list, &QListWidget::itemActivated, this, [this](QListWidgetItem* item) { openRow(m_list->row(item)); });
  connect(m_list, &QListWidget::currentRowChanged, this, &RemoteChooser::showChoice);
  go(start);
}

void RemoteChooser::go(const QString& folder) {
  m_client.call<Json>(api::method::kFsList, {{"path", folder.toStdString()}}, this, [this, folder](const Result<Json>& answer) {
    m_banner->setVisible(!answer);
    if (!answer) {
      m_banner->setText(fromStd(answer.error().message));
      if (m_folder.isEmpty() && !folder.isEmpty()) // a place of this computer, most likely
        go({});
      return;
    }
    m_folder = fromStd(stringOr(*answer, "path", "/"));
    m_edit->setText(m_folder);
    m_list->clear();
    auto* up = new QListWidgetItem(QStringLiteral(".."), m_list);
    up->setData(kFolderRole, true);
    up->setData(kNameRole, QStringLiteral(".."));
    const Json* entries = lathe::find(*answer, "entries");
    for (const Json& entry : entries ? *entries : Json()) {
      const bool isFolder = boolOr(entry, "folder", false);
      if (!isFolder && m_folders)
        continue;
      const QString name = fromStd(stringOr(entry, "name", "")), kind = fromStd(stringOr(entry, "kind", ""));
      const QString note = isFolder ? (kind == QStringLiteral("model") ? tr("model") : kind == QStringLiteral("adapter") ? tr("adapter") : QString())
                                    : format::bytes(static_cast<double>(intOr(entry, "bytes", 0)));
      auto* item = new QListWidgetItem(style::icon(isFolder ? IconName::Folder : IconName::Data), note.isEmpty() ? name : QStringLiteral("%1    %2").arg(name, note), m_list);
      item->setData(kFolderRole, isFolder);
      item->setData(kNameRole, name);
    }
    m_list->setFocus();
    showChoice();
  });
}

void RemoteChooser::openRow(int row) {
  const QListWidgetItem* item = m_list->item(row);
  if (!item)
    return;
  const QString name = item->data(kNameRole).toString();
  if (name == QStringLiteral(".."))
    go(m_folder.left(std::max<qsizetype>(1, m_folder.lastIndexOf(QLatin1Char('/')))));
  else if (item->data(kFolderRole).toBool())
    go(joinedPath(m_folder, name));
  else
    accept();
}

void RemoteChooser::showChoice() {
  const QListWidgetItem* item = m_list->currentItem();
  const bool file = item && !item->data(kFolderRole).toBool();
  m_choose->setEnabled(m_folders ? !m_folder.isEmpty() : file);
}

QString RemoteChooser::path() const {
  const QListWidgetItem* item = m_list->currentItem();
  const QString name = item ? item->data(kNameRole).toString() : QString();
  return name.isEmpty() || name == QStringLiteral("..") ? m_folder : joinedPath(m_folder, name);
}

std::optional<QString> RemotePrompts::openFile(QWidget* over, const QString& title, const QString& start, const QString&) {
  return chooseRemotely(m_client, over, title, start, false);
}

std::optional<QString> RemotePrompts::openFolder(QWidget* over, const QString& title, const QString& start) { return chooseRemotely(m_client, over, title, start, true); }

} // namespace lathe::ui
