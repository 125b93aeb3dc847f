// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/hosts/host_dialog.h"

#include "ui/models/format.h"
#include "ui/widgets/path_field.h"

#include <QDir>
#include <QHBoxLayout>
#include <QIntValidator>
#include <QLineEdit>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kHostDialogWidth = 560;

QLineEdit* lineEdit(const char* name, const QString& text, const QString& placeholder) {
  auto* edit = new QLineEdit(text);
  edit->setObjectName(QLatin1String(name));
  edit->setPlaceholderText(placeholder);
  return edit;
}

Tone stepTone(api::StepState state) {
  switch (state) {
  case api::StepState::Ok: return Tone::Good;
  case api::StepState::Warn: return Tone::Warn;
  case api::StepState::Failed: return Tone::Error;
  case api::StepState::Waiting:
  case api::StepState::Running: break;
  }
  return Tone::Info;
}

} // namespace

HostDialog::HostDialog(const QString& home, const QString& existing, PromptService* prompts, QWidget* parent)
    : QDialog(parent), m_home(home), m_existing(existing), m_identity(new PathField(PathField::Kind::File)), m_banner(new Banner(Tone::Error)) {
  setObjectName(QStringLiteral("host_dialog"));
  setWindowTitle(existing.isEmpty() ? tr("Add a machine") : tr("Change %1").arg(existing));
  setMinimumWidth(kHostDialogWidth);
  makeFields(prompts);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(space::k24, 20, space::k24, 20);
  all->setSpacing(space::k12);
  all->addWidget(new TextLabel(windowTitle(), TextRole::Value, this));
  auto* what = new TextLabel(tr("The window stays here; models, data and runs are over there. Nothing but ssh is needed between the two, and no password is ever asked for."), TextRole::Muted, this);
  what->setWordWrap(true);
  all->addWidget(what);
  all->addWidget(buildFields());
  m_banner->hide();
  all->addWidget(m_banner);
  m_stepsHolder = new QWidget;
  m_stepsHolder->setObjectName(QStringLiteral("host_steps"));
  m_steps = new QVBoxLayout(m_stepsHolder);
  m_steps->setContentsMargins(0, 0, 0, 0);
  m_stepsHolder->hide();
  all->addWidget(m_stepsHolder);
  all->addLayout(buildButtons());
  m_name->setFocus();
}

void HostDialog::makeFields(PromptService* prompts) {
  api::Host host;
  if (const auto hosts = capture([&] { return api::readHosts(m_home.toStdString()); }); hosts && !m_existing.isEmpty())
    for (const api::Host& known : *hosts)
      if (fromStd(known.name) == m_existing)
        host = known;
  m_name = lineEdit("host_name", fromStd(host.name), QStringLiteral("gpu-box"));
  m_target = lineEdit("host_target", fromStd(host.target), QStringLiteral("anna@gpu-box.example.org"));
  m_port = lineEdit("host_port", host.port > 0 ? QString::number(host.port) : QString(), QStringLiteral("22"));
  m_port->setValidator(new QIntValidator(1, 65535, m_port));
  m_program = lineEdit("host_program", fromStd(host.program), QStringLiteral("lathe"));
  m_remoteHome = lineEdit("host_home", fromStd(host.home), tr("its default"));
  m_identity->setObjectName(QStringLiteral("host_identity"));
  m_identity->setPath(fromStd(host.identity));
  m_identity->setPlaceholder(tr("keys of the ssh agent and of ~/.ssh"));
  m_identity->setPrompts(prompts);
}

QLayout* HostDialog::buildButtons() {
  auto* row = new QHBoxLayout;
  m_test = new Button(tr("Test"), ButtonKind::Normal, this);
  m_test->setObjectName(QStringLiteral("host_test"));
  m_test->setToolTip(tr("Tries ssh, Lathe over there, its version and its engine, one after the other"));
  auto* cancel = new Button(tr("Cancel"), ButtonKind::Normal, this);
  cancel->setObjectName(QStringLiteral("host_cancel"));
  m_save = new Button(m_existing.isEmpty() ? tr("Add") : tr("Save"), ButtonKind::Primary, this);
  m_save->setObjectName(QStringLiteral("host_save"));
  m_save->setDefault(true);
  row->addWidget(m_test);
  row->addStretch(1);
  row->addWidget(cancel);
  row->addWidget(m_save);
  connect(m_test, &QPushButton::clicked, this, &HostDialog::test);
  connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
  connect(m_save, &QPushButton::clicked, this, &HostDialog::save);
  connect(&m_check, &HostCheck::changed, this, &HostDialog::showSteps);
  connect(&m_check, &HostCheck::finished, this, &HostDialog::showSteps);
  connect(this, &QDialog::finished, &m_check, &HostCheck::cancel);
  return row;
}

QWidget* HostDialog::buildFields() {
  auto* fields = new QWidget;
  auto* grid = new QGridLayout(fields);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(space::k16);
  grid->setVerticalSpacing(space::k12);
  m_blocks = {new FieldBlock(tr("Name"), m_name, tr("What you call it here.")),
              new FieldBlock(tr("Address"), m_target, tr("user@machine, or a name of ~/.ssh/config.")),
              new FieldBlock(tr("Port"), m_port, tr("Of its ssh server; empty for 22.")),
              new FieldBlock(tr("Key file"), m_identity, tr("Empty: keys of the agent.")),
              new FieldBlock(tr("Lathe over there"), m_program, tr("Command or whole path, as in ~/lathe/bin/lathe.")),
              new FieldBlock(tr("Data folder over there"), m_remoteHome, tr("Empty: its default."))};
  for (int i = 0; i < m_blocks.size(); ++i)
    grid->addWidget(m_blocks[i], i / 2, i % 2, Qt::AlignTop);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  return fields;
}

api::Host HostDialog::host() const {
  const auto text = [](const QLineEdit* edit) { return edit->text().trimmed().toStdString(); };
  api::Host out{text(m_name), text(m_target), m_port->text().toLongLong(), m_identity->path().trimmed().toStdString(), text(m_program), text(m_remoteHome)};
  if (out.program.empty())
    out.program = "lathe";
  return out;
}

bool HostDialog::showProblems() {
  static constexpr const char* kFields[] = {"name", "target", "port", "identity", "program", "home"};
  const auto problems = api::checkHost(host());
  for (qsizetype i = 0; i < m_blocks.size(); ++i) {
    const auto found = std::find_if(problems.begin(), problems.end(), [&](const api::Problem& problem) { return problem.path == kFields[i]; });
    m_blocks[i]->setProblem(found == problems.end() ? QString() : fromStd(found->message));
  }
  return problems.empty();
}

void HostDialog::test() {
  if (m_check.isRunning()) {
    m_check.cancel();
    return showSteps();
  }
  if (showProblems())
    m_check.start(host());
}

void HostDialog::showSteps() {
  while (QLayoutItem* item = m_steps->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  for (const api::HostStep& step : m_check.steps()) {
    const QString remedy = step.remedy.empty() ? QString() : QLatin1Char('\n') + fromStd(step.remedy);
    const QString mark = step.state == api::StepState::Running ? tr("trying: ") : step.state == api::StepState::Waiting ? tr("not yet: ") : step.state == api::StepState::Failed ? tr("failed: ") : step.state == api::StepState::Warn ? tr("note: ") : QString();
    auto* line = new QWidget;
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::k8);
    auto* dot = new QVBoxLayout; // at the height of the first line
    dot->setContentsMargins(0, 3, 0, 0);
    dot->addWidget(new Dot(stepTone(step.state)), 0, Qt::AlignTop);
    row->addLayout(dot);
    auto* text = new TextLabel(mark + fromStd(step.what) + remedy, step.state == api::StepState::Failed ? TextRole::Bad : TextRole::Body);
    text->setWordWrap(true);
    text->setCopyable(true);
    row->addWidget(text, 1);
    m_steps->addWidget(line);
  }
  m_stepsHolder->setVisible(!m_check.steps().empty());
  m_test->setText(m_check.isRunning() ? tr("Cancel the test") : tr("Test"));
  adjustSize();
}

void HostDialog::save() {
  if (!showProblems())
    return;
  const auto written = capture([&] {
    auto hosts = api::readHosts(m_home.toStdString());
    std::erase_if(hosts, [&](const api::Host& known) { return !m_existing.isEmpty() && fromStd(known.name) == m_existing; });
    hosts.push_back(host());
    api::writeHosts(m_home.toStdString(), std::move(hosts));
    return true;
  });
  if (!written) {
    m_banner->setText(fromStd(written.error().message));
    m_banner->show();
    return;
  }
  Q_EMIT saved(fromStd(host().name));
  accept();
}

} // namespace lathe::ui
