// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/runs_model.h"

#include "ui/models/format.h"
#include "ui/widgets/banner.h"

#include <algorithm>
#include <cmath>

namespace lathe::ui {

int RunsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_runs.size()); }

int RunsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString RunsModel::text(const api::RunSummary& run, int column) const {
  switch (static_cast<Column>(column)) {
  case Name: return fromStd(run.name.empty() ? run.id : run.name);
  case Model: return fromStd(run.model);
  case Method: return fromStd(run.method);
  case Data: return fromStd(run.data);
  case Loss: return run.step > 0 ? knownLossText(run.loss) : QStringLiteral("–");
  case EvalLoss: return knownLossText(run.evalLoss);
  case Curve: return {};
  case Speed: return rateText(run.tokensPerS);
  case Memory: return bytesText(run.peakMemory);
  case State:
    if (run.state == api::RunState::Running && run.totalSteps > 0)
      return tr("running %1 %").arg(100 * run.step / run.totalSteps);
    return runStateName(run.state);
  case Started: return format::when(run.created);
  case ColumnCount: break;
  }
  return {};
}

QVariant RunsModel::sortKey(const api::RunSummary& run, int column) {
  const auto missingLast = [](double value) { return std::isnan(value) ? 1e300 : value; };
  switch (static_cast<Column>(column)) {
  case Name: return fromStd(run.name.empty() ? run.id : run.name).toLower();
  case Model: return fromStd(run.model).toLower();
  case Method: return fromStd(run.method).toLower();
  case Data: return fromStd(run.data).toLower();
  case Loss: return missingLast(run.loss);
  case EvalLoss: return missingLast(run.evalLoss);
  case Curve: return run.spark.empty() ? 1e300 : run.spark.back();
  case Speed: return run.tokensPerS;
  case Memory: return static_cast<double>(run.peakMemory);
  case State: return static_cast<int>(run.state);
  case Started: return run.created;
  case ColumnCount: break;
  }
  return {};
}

QString RunsModel::toolTip(const api::RunSummary& run, int column) {
  switch (column) {
  case Name: return fromStd(run.folder.empty() ? run.name : run.name + "\n" + run.folder);
  case Model: return fromStd(run.modelPath);
  case Data: return fromStd(run.data);
  case State: return fromStd(run.error);
  default: return {};
  }
}

QVariant RunsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::RunSummary& run = m_runs[static_cast<size_t>(index.row())];
  switch (role) {
  case Qt::DisplayRole: return text(run, index.column());
  case Qt::ToolTipRole: return toolTip(run, index.column());
  case Qt::TextAlignmentRole:
    return index.column() == Loss || index.column() == EvalLoss || index.column() == Speed || index.column() == Memory
               ? QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter)
               : QVariant::fromValue(Qt::AlignLeft | Qt::AlignVCenter);
  case SortRole: return sortKey(run, index.column());
  case IdRole: return fromStd(run.id);
  case SparkRole: return QVariant::fromValue(QVector<double>(run.spark.begin(), run.spark.end()));
  case StateRole: return static_cast<int>(run.state);
  default: return {};
  }
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal)
    return {};
  if (role == Qt::TextAlignmentRole)
    return section == Loss || section == EvalLoss || section == Speed || section == Memory
               ? QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter)
               : QVariant::fromValue(Qt::AlignLeft | Qt::AlignVCenter);
  if (role != Qt::DisplayRole)
    return {};
  switch (static_cast<Column>(section)) {
  case Name: return tr("Run");
  case Model: return tr("Model");
  case Method: return tr("Method");
  case Data: return tr("Data");
  case Loss: return tr("Loss");
  case EvalLoss: return tr("Eval");
  case Curve: return tr("Curve");
  case Speed: return tr("Speed");
  case Memory: return tr("Peak memory");
  case State: return tr("State");
  case Started: return tr("Started");
  case ColumnCount: break;
  }
  return {};
}

void RunsModel::setRuns(std::vector<api::RunSummary> runs) {
  for (int row = rowCount() - 1; row >= 0; --row) {
    const std::string& id = m_runs[static_cast<size_t>(row)].id;
    if (std::none_of(runs.begin(), runs.end(), [&](const auto& run) { return run.id == id && !run.deleted; }))
      remove(fromStd(id));
  }
  for (const auto& run : runs)
    update(run);
}

void RunsModel::update(const api::RunSummary& run) {
  const int row = rowOf(fromStd(run.id));
  if (run.deleted) {
    remove(fromStd(run.id));
  } else if (row < 0) {
    beginInsertRows({}, rowCount(), rowCount());
    m_runs.push_back(run);
    endInsertRows();
  } else {
    auto& kept = m_runs[static_cast<size_t>(row)];
    auto spark = std::move(kept.spark);
    kept = run;
    if (kept.spark.empty())
      kept.spark = std::move(spark); // frequent announcements may leave the curve out
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
  }
}

void RunsModel::remove(const QString& id) {
  const int row = rowOf(id);
  if (row < 0)
    return;
  beginRemoveRows({}, row, row);
  m_runs.erase(m_runs.begin() + row);
  endRemoveRows();
}

int RunsModel::rowOf(const QString& id) const {
  const std::string wanted = id.toStdString();
  const auto found = std::find_if(m_runs.begin(), m_runs.end(), [&](const auto& run) { return run.id == wanted; });
  return found == m_runs.end() ? -1 : static_cast<int>(found - m_runs.begin());
}

const api::RunSummary* RunsModel::find(const QString& id) const {
  const int row = rowOf(id);
  return row < 0 ? nullptr : &m_runs[static_cast<size_t>(row)];
}

} // namespace lathe::ui
