// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/tag_strip.h"

#include "ui/models/format.h"
#include "ui/style/style.h"
#include "ui/widgets/flow_layout.h"

#include <QCompleter>
#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPainter>
#include <QStringListModel>

#include <map>

namespace lathe::ui {

namespace {

constexpr int kChipHeight = 24, kChipCross = 10, kFieldWidth = 150, kTitleWidth = 210;

} // namespace

TagChip::TagChip(const QString& tag, const QString& note, QWidget* parent) : QAbstractButton(parent), m_tag(tag) {
  setObjectName(QStringLiteral("tag_") + tag);
  setText(note.isEmpty() ? tag : QStringLiteral("%1 %2").arg(tag, note));
  setFont(style::uiFont(12));
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_Hover);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setToolTip(tr("Remove the tag “%1”").arg(tag));
  setAccessibleName(toolTip());
}

QSize TagChip::sizeHint() const { return {fontMetrics().horizontalAdvance(text()) + kChipCross + 3 * space::k8, kChipHeight}; }

void TagChip::paintEvent(QPaintEvent*) {
  const Theme& t = Style::theme();
  QPainter painter(this);
  style::drawBox(painter, rect(), underMouse() ? t.hover : t.raised, hasFocus() ? t.accent : t.borderStrong, size::kRadiusSmall);
  painter.setFont(font());
  painter.setPen(t.text);
  painter.drawText(rect().adjusted(space::k8, 0, -space::k8 - kChipCross, 0), Qt::AlignLeft | Qt::AlignVCenter, text());
  const QPixmap cross = style::pixmap(IconName::Close, IconRole::Muted, kChipCross, devicePixelRatioF());
  painter.drawPixmap(QPointF(width() - space::k8 - kChipCross, (height() - kChipCross) / 2.0), cross);
}

TagStrip::TagStrip(RunsModel& runs, QWidget* parent)
    : QWidget(parent), m_runs(runs), m_title(new ElidedLabel({}, TextRole::Muted)), m_chips(new QWidget), m_field(new QLineEdit), m_known(new QStringListModel(this)) {
  setObjectName(QStringLiteral("runs_tags"));
  m_field->setObjectName(QStringLiteral("runs_tag_field"));
  m_field->setFixedWidth(kFieldWidth);
  m_field->setMaxLength(40);
  auto* completer = new QCompleter(m_known, this);
  completer->setCaseSensitivity(Qt::CaseInsensitive);
  m_field->setCompleter(completer);
  new FlowLayout(m_chips, space::k4);
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  m_chips->setSizePolicy(policy);
  m_title->setMaximumWidth(kTitleWidth);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::k8);
  row->addWidget(m_title);
  row->addWidget(m_field);
  row->addWidget(m_chips, 1, Qt::AlignVCenter);
  connect(m_field, &QLineEdit::returnPressed, this, [this] {
    const QString tag = m_field->text().trimmed();
    m_field->clear();
    if (!tag.isEmpty() && !m_ids.isEmpty())
      Q_EMIT addRequested(tag);
  });
  retranslate();
}

void TagStrip::setRuns(const QStringList& ids, bool ticked) {
  m_ids = ids;
  m_ticked = ticked;
  refresh();
}

void TagStrip::refresh() {
  std::map<QString, int> counts;
  for (const QString& id : std::as_const(m_ids))
    if (const auto* run = m_runs.find(id))
      for (const std::string& tag : run->tags)
        ++counts[fromStd(tag)];
  setEnabled(!m_ids.isEmpty());
  const auto* only = m_ids.size() == 1 ? m_runs.find(m_ids.first()) : nullptr;
  m_title->setText(m_ids.isEmpty() ? tr("No run is chosen")
                   : m_ticked      ? tr("Tags of the ticked runs: %1").arg(m_ids.size())
                   : only          ? tr("Tags of “%1”").arg(fromStd(only->name.empty() ? only->id : only->name))
                                   : QString());
  QStringList shown;
  for (const auto& [tag, count] : counts)
    shown << QStringLiteral("%1\n%2").arg(tag, count == m_ids.size() ? QString() : tr("%1 of %2").arg(count).arg(m_ids.size()));
  if (shown == m_shown)
    return;
  m_shown = shown;
  const bool hadFocus = m_chips->isAncestorOf(focusWidget());
  qDeleteAll(m_chips->findChildren<TagChip*>());
  for (const QString& entry : shown) {
    auto* chip = new TagChip(entry.section(QLatin1Char('\n'), 0, 0), entry.section(QLatin1Char('\n'), 1), m_chips);
    connect(chip, &QAbstractButton::clicked, this, [this, tag = chip->tag()] { Q_EMIT removeRequested(tag); });
    m_chips->layout()->addWidget(chip);
    chip->show();
  }
  m_known->setStringList(m_runs.allTags());
  if (hadFocus)
    m_field->setFocus();
  m_chips->updateGeometry();
}

void TagStrip::retranslate() {
  m_field->setPlaceholderText(tr("Add a tag…"));
  m_field->setToolTip(tr("Enter adds this tag to the chosen run, or to all ticked ones."));
  named(m_field, tr("Add a tag"));
  m_shown.clear();
  refresh();
}

void TagStrip::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
