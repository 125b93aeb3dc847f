// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"
#include "ui/widgets/labels.h"

#include <QWidget>

#include <map>
#include <vector>

class QVBoxLayout;

namespace lathe::ui {

/// One `sample` event: what the run, or its base model, said to a probe prompt.
struct ProbeSample {
  int64_t step = 0, index = 0, tokens = 0;
  bool base = false;
  QString prompt, answer;
};
/// Nothing for other events.
std::optional<ProbeSample> probeSample(const api::RunEvent& event);

/// Prompts of a specification.
QStringList probePrompts(const Json& spec);
/// For lists of what happened: the answers have a place of their own, and every one of them would hide the rest.
std::vector<api::RunEvent> withoutSamples(std::vector<api::RunEvent> events);

/// Answers to the probe prompts of a run: those of the newest step first, older ones by the arrows, the base model's on demand below each. Hidden while
/// there is nothing to show.
class SamplesView : public QWidget {
  Q_OBJECT
public:
  explicit SamplesView(QWidget* parent = nullptr);
  /// All events of a run; shows the newest answers unless the person has gone back to older ones. `prompts`: of its specification, for those that wait.
  void setEvents(const std::vector<api::RunEvent>& events, const QStringList& prompts);
  /// Forgets what the person chose: another run.
  void reset();
  /// The answers of this step, or of the last one before it; for marks.
  void showStep(int64_t step);
  int64_t shownStep() const; // −1: none
  std::vector<int64_t> steps() const;

protected:
  void changeEvent(QEvent* event) override;

private:
  class Row;
  void move(int by);
  void showAnswers();
  void retranslate();
  std::map<int64_t, std::map<int64_t, ProbeSample>> m_answers; // by step, by index
  std::map<QString, QString> m_base;                           // by prompt
  QStringList m_prompts;
  std::optional<int64_t> m_chosen; // a step that the person looks at; none: the newest
  size_t m_seen = 0;               // sample events
  TextLabel* m_heading;
  TextLabel* m_note;
  IconButton* m_older;
  IconButton* m_newer;
  QVBoxLayout* m_rows;
  std::vector<Row*> m_cards;
};

} // namespace lathe::ui
