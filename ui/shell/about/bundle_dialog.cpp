// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/about/bundle_dialog.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "ui/models/format.h"
#include "ui/widgets/prompt_service.h"

#include <QApplication>
#include <QDate>
#include <QDir>
#include <QHBoxLayout>
#include <QListWidget>
#include <QPointer>
#include <QProcess>
#include <QThreadPool>
#include <QVBoxLayout>

namespace lathe::ui {

BundleDialog::BundleDialog(QStringList doctor, PromptService& prompts, QWidget* parent)
    : QDialog(parent), m_doctor(std::move(doctor)), m_prompts(prompts), m_list(new QListWidget), m_sum(new TextLabel({}, TextRole::Muted)), m_banner(new Banner) {
  setObjectName(QStringLiteral("bundle_dialog"));
  setWindowTitle(tr("Log bundle"));
  resize(720, 520);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(space::k24, 20, space::k24, 20);
  all->setSpacing(space::k12);
  all->addWidget(new TextLabel(tr("What the bundle will hold"), TextRole::Value));
  auto* what = new TextLabel(tr("For somebody who is to find out what went wrong. Home paths, your login name, tokens, keys and prompts are removed; data and weights are never in it. Look through it before you pass it on."),
                             TextRole::Muted);
  what->setWordWrap(true);
  all->addWidget(what);
  m_list->setObjectName(QStringLiteral("bundle_list"));
  m_list->setUniformItemSizes(true);
  named(m_list, tr("Files of the bundle"));
  all->addWidget(m_list, 1);
  all->addWidget(m_sum);
  m_banner->hide();
  all->addWidget(m_banner);
  auto* row = new QHBoxLayout;
  m_close = new Button(tr("Close"), ButtonKind::Normal, this);
  m_close->setObjectName(QStringLiteral("bundle_close"));
  m_save = new Button(IconName::Save, tr("Save the bundle…"), ButtonKind::Primary, this);
  m_save->setObjectName(QStringLiteral("bundle_save"));
  m_save->setToolTip(tr("Writes one .tar.gz that only you can read"));
  m_save->setEnabled(false);
  row->addStretch(1);
  row->addWidget(m_close);
  row->addWidget(m_save);
  all->addLayout(row);
  connect(m_close, &QPushButton::clicked, this, &QDialog::reject);
  connect(m_save, &QPushButton::clicked, this, &BundleDialog::save);
  m_sum->setText(tr("Looking at this machine…"));
  run({QStringLiteral("--bundle-list"), QStringLiteral("--json")}, [this](const QByteArray& json) { showFiles(json); });
}

BundleDialog::~BundleDialog() {
  if (!m_process)
    return;
  m_process->disconnect(this);
  m_process->setParent(nullptr); // it may outlive this by a moment; nobody waits
  connect(m_process, &QProcess::finished, m_process, &QObject::deleteLater);
  m_process->kill();
}

void BundleDialog::run(const QStringList& more, std::function<void(const QByteArray&)> done) {
  QStringList words = m_doctor + more;
  auto* process = m_process = new QProcess(this);
  const auto end = [this, process] {
    process->deleteLater();
    m_process = nullptr;
    m_save->setEnabled(m_list->count() > 0);
  };
  connect(process, &QProcess::errorOccurred, this, [this, process, end](QProcess::ProcessError error) {
    if (error != QProcess::FailedToStart)
      return;
    say(Tone::Error, tr("%1 could not be started: %2").arg(process->program(), process->errorString()));
    end();
  });
  connect(process, &QProcess::finished, this, [this, process, end, done = std::move(done)](int code, QProcess::ExitStatus status) {
    const QByteArray out = process->readAllStandardOutput();
    const QString err = QString::fromUtf8(process->readAllStandardError()).trimmed();
    end();
    if (code == 0 && status == QProcess::NormalExit)
      done(out);
    else
      say(Tone::Error, err.isEmpty() ? tr("The command ended with code %1.").arg(code) : err);
  });
  const QString program = words.takeFirst();
  process->start(program, words);
}

void BundleDialog::showFiles(const QByteArray& json) {
  const auto answer = capture([&] { return parseJson(json.toStdString()); });
  const Json* files = answer ? lathe::find(*answer, "files") : nullptr;
  if (!files || !files->is_array())
    return say(Tone::Error, tr("The answer of lathe doctor cannot be read."));
  double bytes = 0;
  for (const Json& file : *files) {
    bytes += static_cast<double>(intOr(file, "bytes", 0));
    m_list->addItem(QStringLiteral("%1    %2    %3").arg(fromStd(stringOr(file, "name", "")), format::bytes(static_cast<double>(intOr(file, "bytes", 0))), fromStd(stringOr(file, "what", ""))));
  }
  m_sum->setText(tr("%n file(s), %1 before compression", nullptr, m_list->count()).arg(format::bytes(bytes)));
  m_save->setEnabled(true);
}

void BundleDialog::save() {
  const QString name = QStringLiteral("/lathe-bundle-%1.tar.gz").arg(QDate::currentDate().toString(Qt::ISODate));
  const auto path = m_prompts.saveFile(this, tr("Save the bundle"), QDir::homePath() + name, QStringLiteral("*.tar.gz"));
  if (!path || m_process)
    return;
  m_save->setEnabled(false);
  say(Tone::Info, tr("Writing…"));
  run({QStringLiteral("--bundle"), QStringLiteral("-")}, [this, path = *path](const QByteArray& archive) { write(path, archive); });
}

void BundleDialog::write(const QString& path, const QByteArray& archive) {
  m_save->setEnabled(false);
  QThreadPool::globalInstance()->start([guard = QPointer<BundleDialog>(this), path, archive] {
    const auto written = capture([&] {
      writeFileAtomic(path.toStdString(), {archive.constData(), static_cast<size_t>(archive.size())}, 0600);
      return true;
    });
    QMetaObject::invokeMethod(qApp, [guard, written, path, bytes = archive.size()] {
      if (!guard)
        return;
      guard->m_save->setEnabled(true);
      if (written)
        guard->say(Tone::Good, tr("Saved %1 (%2).").arg(path, format::bytes(static_cast<double>(bytes))));
      else
        guard->say(Tone::Error, fromStd(written.error().message));
    });
  });
}

void BundleDialog::say(Tone tone, const QString& text) {
  m_banner->setTone(tone);
  m_banner->setText(text);
  m_banner->show();
}

} // namespace lathe::ui
