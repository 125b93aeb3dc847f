// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/compare_model.h"

#include "core/api/train_spec.h"
#include "ui/models/format.h"
#include "ui/models/metrics_history.h"
#include "ui/train/option_texts.h"
#include "ui/widgets/banner.h"

#include <QFont>

#include <algorithm>
#include <cmath>
#include <functional>

namespace lathe::ui {

namespace {

QString settingTitle(const api::SpecField& field) {
  for (const auto& option : api::trainOptions())
    if (field.path == option.path)
      return optionText(option.title);
  return fromStd(field.title);
}

QString settingHelp(const api::SpecField& field) {
  for (const auto& option : api::trainOptions())
    if (field.path == option.path)
      return QStringLiteral("%1\n%2").arg(fromStd(field.path), optionText(option.help));
  return fromStd(field.path);
}

/// The three words that core/api/spec_diff.h uses of its own.
QString settingValue(const std::string& value) {
  if (value == "yes")
    return CompareModel::tr("yes");
  if (value == "no")
    return CompareModel::tr("no");
  return value == "(empty)" ? CompareModel::tr("(empty)") : fromStd(value);
}

QString lastLoss(const MetricsHistory& history) {
  if (history.rows().empty())
    return knownLossText(history.summary().loss);
  return std::isfinite(history.rows().back().loss) ? lossText(history.smoothed().back()) : lossText(history.rows().back().loss);
}

QString bestEvaluation(const MetricsHistory& history) {
  const api::MetricRow* best = nullptr;
  for (const auto& row : history.rows())
    if (row.evalLoss && (!best || *row.evalLoss < *best->evalLoss))
      best = &row;
  return best ? CompareModel::tr("%1 at step %2").arg(lossText(*best->evalLoss), format::grouped(best->step)) : QStringLiteral("–");
}

QString seenTokens(const MetricsHistory& history) {
  double sum = 0;
  for (const auto& row : history.rows())
    sum += static_cast<double>(row.tokens);
  return sum > 0 ? format::count(sum) : QStringLiteral("–");
}

QString stepsOf(const api::RunSummary& run) {
  return run.totalSteps > 0 ? CompareModel::tr("%1 of %2").arg(format::grouped(run.step), format::grouped(run.totalSteps)) : format::grouped(run.step);
}

} // namespace

int CompareModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }

int CompareModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_histories.size()); }

QVariant CompareModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const Row& row = m_rows[static_cast<size_t>(index.row())];
  if (row.kind == Kind::Section)
    return role == Qt::DisplayRole && index.column() == 0 ? QVariant(row.tip) : QVariant();
  switch (role) {
  case Qt::DisplayRole: return row.values.value(index.column());
  case Qt::ToolTipRole: return row.values.value(index.column());
  case Qt::AccessibleTextRole: return QStringLiteral("%1: %2").arg(row.title, row.values.value(index.column()));
  default: return {};
  }
}

QVariant CompareModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Horizontal) {
    const auto& summary = m_histories.at(section)->summary();
    if (role == Qt::DecorationRole)
      return m_samples.value(section);
    if (role == Qt::TextAlignmentRole)
      return QVariant::fromValue(Qt::AlignLeft | Qt::AlignVCenter);
    return role == Qt::DisplayRole || role == Qt::ToolTipRole ? QVariant(fromStd(summary.name.empty() ? m_histories.at(section)->run().toStdString() : summary.name)) : QVariant();
  }
  const Row& row = m_rows[static_cast<size_t>(section)];
  const bool marked = row.kind == Kind::Field && row.differs && !m_onlyDifferences;
  if (role == Qt::DisplayRole)
    return marked ? QStringLiteral("≠ ") + row.title : row.title;
  if (role == Qt::ToolTipRole && row.kind == Kind::Field)
    return marked ? tr("%1\nThe runs differ here.").arg(row.tip) : row.tip;
  if (role == Qt::FontRole && (marked || row.kind == Kind::Section)) {
    QFont font;
    font.setWeight(QFont::DemiBold);
    return font;
  }
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::AlignLeft | Qt::AlignVCenter);
  return {};
}

void CompareModel::setRuns(const QList<MetricsHistory*>& histories) {
  beginResetModel();
  m_histories = histories;
  m_fields.clear();
  m_rows.clear();
  m_differing = 0;
  endResetModel();
  readSpecs();
}

void CompareModel::setSamples(const QList<QPixmap>& samples) {
  m_samples = samples;
  if (!m_histories.isEmpty())
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

void CompareModel::setOnlyDifferences(bool on) {
  m_onlyDifferences = on;
  rebuild();
}

void CompareModel::readSpecs() {
  std::vector<Json> specs;
  for (const MetricsHistory* history : std::as_const(m_histories))
    if (history->spec().is_object())
      specs.push_back(history->spec());
  m_fields = static_cast<qsizetype>(specs.size()) == m_histories.size() ? api::compareSpecs(specs) : std::vector<api::SpecField>(); // one is still on its way
  m_differing = static_cast<int>(std::count_if(m_fields.begin(), m_fields.end(), [](const auto& field) { return field.differs; }));
  rebuild();
}

void CompareModel::readResults() {
  const auto results = resultRows();
  if (m_rows.size() < results.size())
    return rebuild();
  const auto first = static_cast<int>(m_rows.size() - results.size());
  std::copy(results.begin(), results.end(), m_rows.begin() + first);
  if (!m_histories.isEmpty()) {
    Q_EMIT dataChanged(index(first, 0), index(rowCount() - 1, columnCount() - 1));
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1); // a run may have got another name
  }
}

std::vector<CompareModel::Row> CompareModel::resultRows() const {
  std::vector<Row> out = {{Kind::Section, tr("Results"), {}, {}, false}};
  const auto add = [&](const QString& title, const std::function<QString(const MetricsHistory&)>& value) {
    Row row{Kind::Result, title, {}, {}, false};
    for (const MetricsHistory* history : m_histories)
      row.values << value(*history);
    out.push_back(std::move(row));
  };
  add(tr("State"), [](const MetricsHistory& h) { return runStateName(h.summary().state); });
  add(tr("Steps"), [](const MetricsHistory& h) { return stepsOf(h.summary()); });
  add(tr("Tokens"), seenTokens);
  add(tr("Loss, smoothed"), lastLoss);
  add(tr("Validation loss"), [](const MetricsHistory& h) { return knownLossText(h.summary().evalLoss); });
  add(tr("Lowest validation loss"), bestEvaluation);
  add(tr("Throughput"), [](const MetricsHistory& h) { return rateText(h.summary().tokensPerS); });
  add(tr("Peak memory"), [](const MetricsHistory& h) { return bytesText(h.summary().peakMemory); });
  add(tr("Training time"), [](const MetricsHistory& h) { return h.rows().empty() ? QStringLiteral("–") : format::clock(h.rows().back().time); });
  return out;
}

CompareModel::Row CompareModel::fieldRow(const api::SpecField& field) const {
  Row row{Kind::Field, settingTitle(field), settingHelp(field), {}, field.differs};
  for (const std::string& value : field.values)
    row.values << settingValue(value);
  return row;
}

void CompareModel::rebuild() {
  beginResetModel();
  m_rows.clear();
  const QString note = m_fields.empty() ? tr("being read") : m_onlyDifferences && m_differing == 0 ? tr("no setting differs") : QString();
  m_rows.push_back({Kind::Section, m_onlyDifferences ? tr("Settings that differ") : tr("All settings"), note, {}, false});
  for (const api::SpecField& field : m_fields)
    if (field.differs || !m_onlyDifferences)
      m_rows.push_back(fieldRow(field));
  for (Row& row : resultRows())
    m_rows.push_back(std::move(row));
  endResetModel();
}

void CompareModel::retranslate() { rebuild(); }

} // namespace lathe::ui
