// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/data/statistics_view.h"

#include "ui/data/check_line.h"
#include "ui/data/length_histogram.h"
#include "ui/data/open_dataset.h"
#include "ui/data/packing_strip.h"
#include "ui/data/token_choices.h"
#include "ui/models/format.h"
#include "ui/train/option_values.h"
#include "ui/widgets/card.h"
#include "ui/widgets/flow_layout.h"

#include <QEvent>
#include <QScrollArea>

namespace lathe::ui {

namespace {

constexpr int64_t kCountedUnasked = 4 << 20; // bytes: within a second or two

} // namespace

StatisticsView::StatisticsView(Session& session, OpenDataset& dataset, TokenChoices& choices, QWidget* parent)
    : QWidget(parent), m_dataset(dataset), m_choices(choices), m_check(new CheckLine(session, "statistics")), m_body(build()) {
  setObjectName(QStringLiteral("data_statistics_view"));
  auto* scroll = new QScrollArea;
  scroll->setWidget(m_body);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(space::k8);
  all->addWidget(m_check);
  all->addWidget(scroll, 1);
  connect(m_check, &CheckLine::startRequested, this, &StatisticsView::begin);
  connect(m_check->work(), &DataWork::finished, this, [this](const Json& result) {
    const auto quality = capture([&] { return api::decode<api::DataQuality>(result); });
    if (quality)
      show(*quality);
    else
      m_check->setStatus(fromStd(quality.error().message), TextRole::Bad);
  });
  connect(m_strip, &PackingStrip::rowRequested, this, &StatisticsView::rowRequested);
  connect(m_suggest, &LinkButton::clicked, this, [this] { m_choices.setMaxLength(m_quality.lengths.suggestedMaxSeqLen); });
  connect(&m_dataset, &OpenDataset::reset, this, [this] { forget({}); });
  connect(&m_dataset, &OpenDataset::opened, this, [this] {
    if (isVisible())
      looked();
  });
  retranslate();
  forget({});
}

QWidget* StatisticsView::build() {
  auto* body = new QWidget;
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(0, 0, space::k4, 0);
  column->setSpacing(space::k8);
  auto* card = new Card;
  auto* figures = new QWidget;
  auto* flow = new FlowLayout(figures, space::k24);
  int number = 0;
  for (Figure** figure : {&m_rows, &m_tokens, &m_learned, &m_median, &m_p95, &m_longest, &m_unlearned}) {
    *figure = new Figure({});
    (*figure)->setObjectName(QStringLiteral("figure_%1").arg(number++));
    flow->addWidget(*figure);
  }
  card->addSection()->content()->addWidget(figures);
  m_lengthsPart = card->addSection();
  m_histogram = new LengthHistogram;
  m_histogram->setMinimumHeight(150);
  m_longNote = new TextLabel({}, TextRole::Caption);
  m_longNote->setObjectName(QStringLiteral("statistics_long"));
  m_longNote->setWordWrap(true);
  m_suggest = new LinkButton({});
  m_suggest->setObjectName(QStringLiteral("statistics_suggest"));
  m_lengthsPart->content()->addWidget(m_histogram);
  m_lengthsPart->content()->addWidget(m_longNote);
  m_lengthsPart->content()->addWidget(m_suggest, 0, Qt::AlignLeft);
  m_packingPart = card->addSection();
  m_strip = new PackingStrip;
  m_packNote = new TextLabel({}, TextRole::Caption);
  m_packNote->setObjectName(QStringLiteral("statistics_packing"));
  m_packNote->setWordWrap(true);
  m_packingPart->content()->addWidget(m_choices.packing());
  m_packingPart->content()->addWidget(m_strip);
  m_packingPart->content()->addWidget(m_packNote);
  m_problems = new TextLabel({}, TextRole::Warn);
  m_problems->setObjectName(QStringLiteral("statistics_problems"));
  m_problems->setWordWrap(true);
  m_problems->setCopyable(true);
  column->addWidget(m_problems);
  column->addWidget(card);
  column->addStretch();
  return body;
}

void StatisticsView::looked() {
  m_visited = true;
  const auto& detail = m_dataset.detail();
  if (detail && m_dataset.problem().isEmpty() && !m_known && !m_check->work()->isBusy() && detail->summary.bytes <= kCountedUnasked && !m_choices.model().isEmpty())
    begin();
}

void StatisticsView::tokensChanged() {
  const bool again = m_known || m_check->work()->isBusy();
  forget(again ? tr("The choices have changed: count again.") : QString());
  if (isVisible())
    looked();
}

void StatisticsView::forget(const QString& why) {
  m_check->work()->stop();
  m_known = false;
  m_quality = {};
  m_body->setEnabled(false);
  m_check->setStatus(why.isEmpty() ? tr("Reads every row and counts its tokens.") : why);
  show(m_quality);
}

void StatisticsView::begin() {
  if (!m_dataset.isOpen())
    return;
  m_check->work()->start("statistics", {{"spec", m_dataset.spec()}});
}

void StatisticsView::show(const api::DataQuality& quality) {
  m_quality = quality;
  m_known = quality.lengths.rows > 0 || !quality.problems.empty();
  const bool counted = quality.lengths.rows > 0;
  m_body->setVisible(m_known);
  m_body->setEnabled(m_known);
  QStringList problems;
  for (const std::string& problem : quality.problems)
    problems << fromStd(problem);
  m_problems->setText(problems.join(QLatin1Char('\n')));
  m_problems->setVisible(!problems.isEmpty());
  m_histogram->setLengths(quality.lengths);
  showFigures(quality.lengths);
  showPacking(quality.packing);
  m_longNote->setText(longRowsText(quality.lengths));
  m_suggest->setVisible(counted && quality.lengths.suggestedMaxSeqLen > 0 && quality.lengths.suggestedMaxSeqLen != quality.lengths.maxSeqLen);
  m_suggest->setText(tr("Use %1, which keeps 99 % of the rows whole").arg(format::grouped(quality.lengths.suggestedMaxSeqLen)));
  if (m_known)
    m_check->setStatus(tr("Counted in %1.").arg(quality.seconds < 1 ? tr("less than a second") : format::duration(quality.seconds)));
}

void StatisticsView::showFigures(const api::LengthStatistics& s) {
  m_rows->setValue(format::grouped(s.rows));
  m_tokens->setValue(format::count(static_cast<double>(s.tokens)));
  m_learned->setValue(format::percent(100 * s.supervisedShare));
  m_median->setValue(format::grouped(s.median), tr("tokens"));
  m_p95->setValue(format::grouped(s.p95), tr("tokens"));
  m_longest->setValue(format::grouped(s.longest), tr("tokens"));
  m_unlearned->setValue(format::grouped(s.unsupervisedRows));
}

QString StatisticsView::longRowsText(const api::LengthStatistics& s) const {
  QStringList parts;
  if (s.badRows > 0)
    parts << (s.badRows == 1 ? tr("1 row cannot be read.") : tr("%1 rows cannot be read.").arg(format::grouped(s.badRows)));
  if (s.longerRows == 0)
    return (parts << tr("No row is longer than %1 tokens: nothing is cut.").arg(format::grouped(s.maxSeqLen))).join(QLatin1Char(' '));
  parts << (s.longerRows == 1 ? tr("1 row is longer than %1 tokens:").arg(format::grouped(s.maxSeqLen)) : tr("%1 rows are longer than %2 tokens:").arg(format::grouped(s.longerRows), format::grouped(s.maxSeqLen)));
  if (s.truncatedRows > 0)
    parts << tr("%1 are cut,").arg(format::grouped(s.truncatedRows));
  if (s.splitRows > 0)
    parts << tr("%1 are split into %2 pieces,").arg(format::grouped(s.splitRows), format::grouped(s.splitPieces));
  if (s.droppedRows > 0)
    parts << tr("%1 are left out,").arg(format::grouped(s.droppedRows));
  parts << tr("and %1 tokens are lost.").arg(format::grouped(s.droppedTokens));
  return parts.join(QLatin1Char(' '));
}

void StatisticsView::showPacking(const api::PackingReport& packing) {
  m_strip->setReport(packing);
  m_packingPart->setVisible(packing.microbatches > 0);
  m_packingPart->setSummary(packing.microbatches > 0 ? tr("%1 full · %2 microbatches in %3 steps").arg(format::percent(100 * packing.fill), format::grouped(packing.microbatches), format::grouped(packing.steps))
                                                     : QString());
  m_packNote->setText(tr("Each line is a microbatch of the first epoch, each box a row, filled by the share that is learned. Rows do not see each other. "
                         "Packed by %1; no way to pack these steps needs fewer than %2 microbatches.")
                          .arg(choiceText(packing.strategy.c_str()), format::grouped(packing.fewestMicrobatches)));
}

void StatisticsView::retranslate() {
  m_check->setTexts({}, tr("Count every row"), tr("Tokenize the whole dataset with these choices and count"));
  m_rows->setTitle(tr("Rows"));
  m_tokens->setTitle(tr("Tokens"));
  m_learned->setTitle(tr("Learned"));
  m_median->setTitle(tr("Median"));
  m_p95->setTitle(tr("95 % have at most"));
  m_longest->setTitle(tr("Longest"));
  m_unlearned->setTitle(tr("Rows without anything to learn"));
  m_lengthsPart->setTitle(tr("Lengths"));
  m_packingPart->setTitle(tr("Packing"));
  m_suggest->setToolTip(tr("Sets the sequence length above"));
  show(api::DataQuality(m_quality));
}

void StatisticsView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
