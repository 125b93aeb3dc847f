// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/token_preview.h"

#include "ui/models/format.h"

#include <QEvent>
#include <QHBoxLayout>

namespace lathe::ui {

namespace {

/// The engine's two phrases in the person's language; anything else is a file's name.
QString templateText(const std::string& name) {
  if (name == "from the model")
    return TokenPreview::tr("from the model");
  if (name == "built-in ChatML")
    return TokenPreview::tr("built-in ChatML");
  return name == "none" ? TokenPreview::tr("none") : fromStd(name);
}

} // namespace

TokenPreview::TokenPreview(QWidget* parent)
    : QWidget(parent), m_title(new TextLabel), m_note(new TextLabel({}, TextRole::Caption)), m_back(new IconButton(IconName::ChevronLeft, {}, nullptr, 22)),
      m_next(new IconButton(IconName::ChevronRight, {}, nullptr, 22)), m_chips(new TokenChipsView) {
  setObjectName(QStringLiteral("token_preview"));
  m_back->setObjectName(QStringLiteral("previous_row"));
  m_next->setObjectName(QStringLiteral("next_row"));
  m_chips->setObjectName(QStringLiteral("token_chips"));
  auto* head = new QHBoxLayout;
  head->setSpacing(space::k4);
  head->addWidget(m_title);
  head->addStretch();
  head->addWidget(m_back);
  head->addWidget(m_next);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, space::k8, 0, 0);
  column->setSpacing(space::k4);
  column->addLayout(head);
  column->addWidget(m_chips);
  column->addWidget(m_note);
  m_note->setWordWrap(true);
  m_chips->setMaxLines(4);
  connect(m_back, &IconButton::clicked, this, [this] { showRow(m_row - 1); });
  connect(m_next, &IconButton::clicked, this, [this] { showRow(m_row + 1); });
  retranslate();
}

void TokenPreview::show(const api::DataPreview& preview) {
  m_preview = preview;
  showRow(std::min(m_row, static_cast<int>(preview.first.size()) - 1));
}

void TokenPreview::showRow(int index) {
  const int count = static_cast<int>(m_preview.first.size());
  m_row = std::clamp(index, 0, std::max(0, count - 1));
  m_back->setEnabled(m_row > 0);
  m_next->setEnabled(m_row + 1 < count);
  m_back->setVisible(count > 1);
  m_next->setVisible(count > 1);
  m_chips->setVisible(count > 0);
  if (count == 0) {
    m_title->setText({});
    m_title->hide();
    m_note->setText(tr("Choose a model and training data to see the first rows exactly as the model will."));
    return;
  }
  const api::PreviewRow& row = m_preview.first[static_cast<size_t>(m_row)];
  m_title->show();
  m_title->setText(m_row == 0 ? tr("First row, as the model sees it") : tr("Row %1, as the model sees it").arg(m_row + 1));
  m_chips->setTokens(row.chips);
  if (!row.error.empty()) {
    m_note->setText(fromStd(row.error));
    return;
  }
  QStringList parts = {tr("Filled tokens are learned, dashed ones are only read."), tr("%1 of %2 tokens learned.").arg(row.supervised).arg(row.tokens)};
  if (m_preview.truncatedRows > 0)
    parts << tr("%1 rows are cut at the sequence length.").arg(format::grouped(m_preview.truncatedRows));
  if (m_preview.splitRows > 0)
    parts << tr("%1 longer rows become %2 pieces.").arg(format::grouped(m_preview.splitRows), format::grouped(m_preview.splitPieces));
  if (m_preview.droppedPieces > 0)
    parts << tr("%1 pieces have nothing to learn and are left out.").arg(format::grouped(m_preview.droppedPieces));
  if (m_preview.droppedRows > 0)
    parts << tr("%1 rows are too long and are left out.").arg(format::grouped(m_preview.droppedRows));
  if (!m_preview.templateName.empty())
    parts << tr("Template: %1.").arg(templateText(m_preview.templateName));
  m_note->setText(parts.join(QLatin1Char(' ')));
}

void TokenPreview::retranslate() {
  m_back->setName(tr("Previous row"));
  m_next->setName(tr("Next row"));
  showRow(m_row);
}

void TokenPreview::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
