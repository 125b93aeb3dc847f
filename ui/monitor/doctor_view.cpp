// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/doctor_view.h"

#include "ui/models/format.h"
#include "ui/monitor/doctor_texts.h"
#include "ui/widgets/tone_icon.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kCopiedMs = 1500;

int rankOf(const api::DoctorCheck& check) { return check.status == "fail" ? 0 : check.status == "warn" ? 1 : 2; }

QString stateWord(const api::DoctorCheck& check) {
  return check.status == "fail" ? DoctorView::tr("has to be fixed") : check.status == "warn" ? DoctorView::tr("could be better") : DoctorView::tr("in order");
}

Tone toneOf(const api::DoctorCheck& check) { return rankOf(check) == 0 ? Tone::Error : rankOf(check) == 1 ? Tone::Warn : Tone::Good; }

TextLabel* wrapped(const QString& text, TextRole role) {
  auto* label = new TextLabel(text, role);
  label->setWordWrap(true);
  label->setCopyable(true);
  return label;
}

/// Long paths have no place to break; this gives them one after each slash.
QString breakable(QString text) { return text.replace(QLatin1Char('/'), QStringLiteral("/\u200B")); }

QWidget* checkRow(const api::DoctorCheck& check) {
  auto* row = new QWidget;
  row->setObjectName(QStringLiteral("check_") + fromStd(check.name));
  auto* line = new QHBoxLayout(row);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(space::k8);
  line->addWidget(new ToneIcon(toneOf(check), stateWord(check), row), 0, Qt::AlignTop);
  auto* texts = new QVBoxLayout;
  texts->setSpacing(2);
  auto* name = new TextLabel(doctorName(check), TextRole::Body);
  name->setFont(style::uiFont(12, QFont::Medium));
  texts->addWidget(name);
  texts->addWidget(wrapped(doctorText(check), TextRole::Caption));
  if (const QString remedy = doctorRemedy(check); !remedy.isEmpty()) {
    auto* help = wrapped(remedy, TextRole::Body);
    help->setFont(style::uiFont(12));
    texts->addWidget(help);
  }
  if (!check.command.empty())
    texts->addWidget(new CommandBox(fromStd(check.command)));
  line->addLayout(texts, 1);
  return row;
}

} // namespace

CommandBox::CommandBox(const QString& command, QWidget* parent) : QFrame(parent), m_copy(new IconButton(IconName::Copy, tr("Copy the command"), this, 24)) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(space::k8, space::k4, space::k4, space::k4);
  row->setSpacing(space::k4);
  auto* text = wrapped(breakable(command), TextRole::MonoCaption);
  text->setCopyable(false); // the invisible breaks must not be copied
  row->addWidget(text, 1);
  row->addWidget(m_copy, 0, Qt::AlignTop);
  m_copy->setObjectName(QStringLiteral("copy_remedy"));
  setAccessibleName(command);
  m_done.setSingleShot(true);
  m_done.setInterval(kCopiedMs);
  connect(m_copy, &IconButton::clicked, this, [this, command] {
    QApplication::clipboard()->setText(command);
    m_copy->setIconName(IconName::Check, IconRole::Good);
    m_copy->setName(tr("Copied"));
    m_done.start();
  });
  connect(&m_done, &QTimer::timeout, this, [this] {
    m_copy->setIconName(IconName::Copy);
    m_copy->setName(tr("Copy the command"));
  });
}

void CommandBox::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  style::drawBox(painter, rect(), Style::theme().raised, Style::theme().border, size::kRadiusSmall);
}

DoctorView::DoctorView(QWidget* parent) : QWidget(parent), m_rows(new QVBoxLayout(this)) {
  m_rows->setContentsMargins(0, 0, 0, 0);
  m_rows->setSpacing(space::k12);
}

void DoctorView::show(const api::DoctorReport& report) {
  m_report = report;
  std::stable_sort(m_report.checks.begin(), m_report.checks.end(), [](const auto& a, const auto& b) { return rankOf(a) < rankOf(b); });
  fill();
}

int DoctorView::failures() const {
  return static_cast<int>(std::count_if(m_report.checks.begin(), m_report.checks.end(), [](const auto& check) { return rankOf(check) == 0; }));
}

void DoctorView::fill() {
  while (QLayoutItem* item = m_rows->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  for (const api::DoctorCheck& check : m_report.checks)
    m_rows->addWidget(checkRow(check));
}

void DoctorView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    fill();
}

} // namespace lathe::ui
