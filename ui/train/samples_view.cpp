// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/samples_view.h"

#include "ui/models/format.h"
#include "ui/widgets/card.h"

#include <QEvent>
#include <QHBoxLayout>

#include <algorithm>

namespace lathe::ui {

std::optional<ProbeSample> probeSample(const api::RunEvent& event) {
  if (event.type != "sample" || !event.data.is_object())
    return std::nullopt;
  ProbeSample out;
  out.step = event.step;
  out.index = intOr(event.data, "index", 0);
  out.tokens = intOr(event.data, "tokens", 0);
  out.base = boolOr(event.data, "base", false);
  out.prompt = fromStd(stringOr(event.data, "prompt", ""));
  out.answer = fromStd(stringOr(event.data, "answer", "")).trimmed();
  return out;
}

std::vector<api::RunEvent> withoutSamples(std::vector<api::RunEvent> events) {
  std::erase_if(events, [](const api::RunEvent& event) { return event.type == "sample"; });
  return events;
}

QStringList probePrompts(const Json& spec) {
  QStringList out;
  const Json* probes = find(spec, "probes");
  const Json* prompts = probes ? find(*probes, "prompts") : nullptr;
  if (prompts && prompts->is_array())
    for (const Json& prompt : *prompts)
      if (prompt.is_string())
        out << fromStd(prompt.get<std::string>());
  return out;
}

/// A prompt, its answer, and the base model's answer behind a link.
class SamplesView::Row : public Card {
public:
  explicit Row(int index) : m_prompt(new TextLabel({}, TextRole::Caption)), m_answer(new TextLabel), m_compare(new LinkButton({})), m_base(new TextLabel({}, TextRole::Muted)) {
    setObjectName(QStringLiteral("sample_%1").arg(index));
    m_answer->setObjectName(QStringLiteral("sample_answer_%1").arg(index));
    m_compare->setObjectName(QStringLiteral("sample_compare_%1").arg(index));
    m_base->setObjectName(QStringLiteral("sample_base_%1").arg(index));
    m_compare->setCheckable(true);
    auto* column = new QVBoxLayout;
    column->setContentsMargins(space::k12, space::k8, space::k12, space::k8);
    column->setSpacing(space::k4);
    for (TextLabel* label : {m_prompt, m_answer, m_base}) {
      label->setWordWrap(true);
      label->setTextFormat(Qt::PlainText);
      label->setCopyable(true);
    }
    column->addWidget(m_prompt);
    column->addWidget(m_answer);
    column->addWidget(m_compare, 0, Qt::AlignLeft);
    column->addWidget(m_base);
    body()->addLayout(column);
    connect(m_compare, &LinkButton::toggled, this, [this] { showBase(); });
  }
  void show(const QString& prompt, const std::optional<ProbeSample>& sample, const std::optional<QString>& base) {
    m_prompt->setText(prompt);
    m_answer->setRole(sample && !sample->answer.isEmpty() ? TextRole::Body : TextRole::Muted);
    m_answer->setText(!sample ? SamplesView::tr("Answered after the next save, or with Sample.") : sample->answer.isEmpty() ? SamplesView::tr("(an empty answer)") : sample->answer);
    m_same = sample && base && sample->answer == *base;
    m_base->setText(!base ? QString() : base->isEmpty() ? SamplesView::tr("(an empty answer)") : *base);
    m_compare->setVisible(base.has_value());
    showBase();
  }
  using QWidget::show;

private:
  void showBase() {
    const bool open = m_compare->isChecked();
    m_compare->setText(m_same ? SamplesView::tr("The base model says the same") : open ? SamplesView::tr("Hide the base model's answer") : SamplesView::tr("Show the base model's answer"));
    m_compare->setEnabled(!m_same);
    m_base->setVisible(m_compare->isVisibleTo(this) && open && !m_same);
  }
  TextLabel *m_prompt, *m_answer;
  LinkButton* m_compare;
  TextLabel* m_base;
  bool m_same = false;
};

SamplesView::SamplesView(QWidget* parent)
    : QWidget(parent), m_heading(new TextLabel({}, TextRole::Heading)), m_note(new TextLabel({}, TextRole::Caption)), m_older(new IconButton(IconName::ChevronLeft, {}, nullptr, 22)),
      m_newer(new IconButton(IconName::ChevronRight, {}, nullptr, 22)), m_rows(new QVBoxLayout) {
  setObjectName(QStringLiteral("run_samples"));
  m_heading->setObjectName(QStringLiteral("samples_heading"));
  m_older->setObjectName(QStringLiteral("samples_older"));
  m_newer->setObjectName(QStringLiteral("samples_newer"));
  auto* head = new QHBoxLayout;
  head->setContentsMargins(0, 0, 28, 0);
  head->setSpacing(0);
  head->addWidget(m_heading, 1);
  head->addWidget(m_older);
  head->addWidget(m_newer);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::k8);
  column->addLayout(head);
  column->addWidget(m_note);
  column->addLayout(m_rows);
  m_rows->setSpacing(space::k8);
  m_note->setWordWrap(true);
  connect(m_older, &IconButton::clicked, this, [this] { move(-1); });
  connect(m_newer, &IconButton::clicked, this, [this] { move(1); });
  hide();
  retranslate();
}

void SamplesView::reset() {
  m_answers.clear();
  m_base.clear();
  m_prompts.clear();
  m_chosen.reset();
  m_seen = 0;
  hide();
}

void SamplesView::setEvents(const std::vector<api::RunEvent>& events, const QStringList& prompts) {
  const auto seen = static_cast<size_t>(std::count_if(events.begin(), events.end(), [](const auto& event) { return event.type == "sample"; }));
  if (seen == m_seen && prompts == m_prompts)
    return;
  m_seen = seen;
  m_prompts = prompts;
  m_answers.clear();
  m_base.clear();
  for (const api::RunEvent& event : events)
    if (const auto sample = probeSample(event)) {
      if (sample->base)
        m_base[sample->prompt] = sample->answer;
      else
        m_answers[sample->step][sample->index] = *sample;
    }
  if (m_chosen && !m_answers.contains(*m_chosen))
    m_chosen.reset();
  showAnswers();
}

std::vector<int64_t> SamplesView::steps() const {
  std::vector<int64_t> out;
  for (const auto& [step, answers] : m_answers)
    out.push_back(step);
  return out;
}

int64_t SamplesView::shownStep() const { return m_chosen ? *m_chosen : m_answers.empty() ? -1 : m_answers.rbegin()->first; }

void SamplesView::showStep(int64_t step) {
  const auto after = m_answers.upper_bound(step);
  if (after == m_answers.begin())
    return;
  const int64_t found = std::prev(after)->first;
  m_chosen = found == m_answers.rbegin()->first ? std::nullopt : std::optional(found);
  showAnswers();
}

void SamplesView::move(int by) {
  const auto all = steps();
  const auto at = std::find(all.begin(), all.end(), shownStep()) - all.begin() + by;
  if (at >= 0 && at < static_cast<ptrdiff_t>(all.size()))
    showStep(all[static_cast<size_t>(at)]);
}

void SamplesView::showAnswers() {
  const int64_t step = shownStep();
  const auto all = steps();
  QStringList prompts = m_prompts;
  const auto found = m_answers.find(step);
  if (prompts.isEmpty() && found != m_answers.end()) // a specification that cannot be read
    for (const auto& [index, sample] : found->second)
      prompts << sample.prompt;
  setVisible(!prompts.isEmpty());
  while (m_cards.size() < static_cast<size_t>(prompts.size())) {
    m_cards.push_back(new Row(static_cast<int>(m_cards.size())));
    m_rows->addWidget(m_cards.back());
  }
  for (size_t i = 0; i < m_cards.size(); ++i) {
    m_cards[i]->setVisible(i < static_cast<size_t>(prompts.size()));
    if (i >= static_cast<size_t>(prompts.size()))
      continue;
    std::optional<ProbeSample> sample;
    if (found != m_answers.end())
      if (const auto answer = found->second.find(static_cast<int64_t>(i)); answer != found->second.end())
        sample = answer->second;
    const QString prompt = sample ? sample->prompt : prompts[static_cast<int>(i)];
    const auto base = m_base.find(prompt);
    m_cards[i]->show(prompt, sample, base == m_base.end() ? std::nullopt : std::optional(base->second));
  }
  m_heading->setText(step < 0 ? tr("Probe prompts") : tr("Probe prompts · step %1").arg(format::grouped(step)));
  m_note->setVisible(m_chosen.has_value());
  if (m_chosen && !all.empty())
    m_note->setText(tr("The newest answers are of step %1.").arg(format::grouped(all.back())));
  m_older->setVisible(all.size() > 1);
  m_newer->setVisible(all.size() > 1);
  m_older->setEnabled(!all.empty() && step != all.front());
  m_newer->setEnabled(!all.empty() && step != all.back());
}

void SamplesView::retranslate() {
  m_older->setName(tr("Older answers"));
  m_newer->setName(tr("Newer answers"));
  showAnswers();
}

void SamplesView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
