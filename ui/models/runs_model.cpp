// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/runs_model.h"

#include "ui/models/alert_texts.h"
#include "ui/models/format.h"
#include "ui/widgets/banner.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>

namespace lathe::ui {

namespace {

constexpr size_t kMostPieces = 64; // more separate removals or changes than this are told at once
constexpr double kMissingLast = 1e300;

bool isTextColumn(int column) {
  return column == RunsModel::Name || column == RunsModel::Model || column == RunsModel::Method || column == RunsModel::Data || column == RunsModel::Tags;
}

bool isNumberColumn(int column) {
  return column == RunsModel::Loss || column == RunsModel::EvalLoss || column == RunsModel::Speed || column == RunsModel::Memory || column == RunsModel::Disk;
}

template <class T>
bool sameField(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, double>)
    return a == b || (std::isnan(a) && std::isnan(b));
  else if constexpr (std::is_same_v<T, std::vector<api::RunAlert>>)
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) { return x.kind == y.kind && x.step == y.step && x.over == y.over && x.args == y.args; });
  else
    return a == b;
}

/// Field by field, whatever fields there are.
bool sameSummary(const api::RunSummary& a, const api::RunSummary& b) {
  std::vector<const void*> fields;
  api::RunSummary::visit(b, [&](const char*, const auto& field) { fields.push_back(&field); });
  size_t i = 0;
  bool same = true;
  api::RunSummary::visit(a, [&](const char*, const auto& field) { same = same && sameField(field, *static_cast<std::remove_reference_t<decltype(field)>*>(fields[i++])); });
  return same;
}

QString shownName(const api::RunSummary& run) { return fromStd(run.name.empty() ? run.id : run.name); }

QStringList tagsOf(const api::RunSummary& run) {
  QStringList out;
  for (const std::string& tag : run.tags)
    out << fromStd(tag);
  return out;
}

} // namespace

int RunsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_runs.size()); }

int RunsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString RunsModel::text(const api::RunSummary& run, int column) const {
  switch (static_cast<Column>(column)) {
  case Name: return shownName(run);
  case Model: return fromStd(run.model);
  case Method: return fromStd(run.method);
  case Data: return fromStd(run.data);
  case Loss: return run.step > 0 ? knownLossText(run.loss) : QStringLiteral("–");
  case EvalLoss: return knownLossText(run.evalLoss);
  case Curve: return {};
  case Speed: return run.tokensPerS > 0 ? format::count(run.tokensPerS) : QStringLiteral("–");
  case Memory: return bytesText(run.peakMemory);
  case State:
    if (run.state == api::RunState::Running && run.totalSteps > 0)
      return tr("running %1 %").arg(100 * run.step / run.totalSteps);
    return runStateName(run.state);
  case Tags: return tagsOf(run).join(QStringLiteral(", "));
  case Started: return format::when(run.created);
  case Disk: return run.diskBytes < 0 ? QStringLiteral("–") : format::bytes(static_cast<double>(run.diskBytes));
  case ColumnCount: break;
  }
  return {};
}

double RunsModel::number(const api::RunSummary& run, int column) {
  const auto missingLast = [](double value) { return std::isnan(value) ? kMissingLast : value; };
  switch (static_cast<Column>(column)) {
  case Loss: return missingLast(run.loss);
  case EvalLoss: return missingLast(run.evalLoss);
  case Curve: return run.spark.empty() ? kMissingLast : run.spark.back();
  case Speed: return run.tokensPerS;
  case Memory: return static_cast<double>(run.peakMemory);
  case State: return static_cast<double>(run.state);
  case Started: return run.created;
  case Disk: return static_cast<double>(run.diskBytes);
  case Name:
  case Model:
  case Method:
  case Data:
  case Tags:
  case ColumnCount: break;
  }
  return 0;
}

QVariant RunsModel::sortKey(const api::RunSummary& run, int column) {
  switch (static_cast<Column>(column)) {
  case Name: return shownName(run).toLower();
  case Model: return fromStd(run.model).toLower();
  case Method: return fromStd(run.method).toLower();
  case Data: return fromStd(run.data).toLower();
  case Tags: return tagsOf(run).join(QLatin1Char(',')).toLower();
  default: return number(run, column);
  }
}

bool RunsModel::less(int row, int other, int column) const {
  const auto a = static_cast<size_t>(row), b = static_cast<size_t>(other);
  if (!isTextColumn(column))
    return number(m_runs[a], column) < number(m_runs[b], column);
  const QString Keys::*key = column == Name ? &Keys::name : column == Model ? &Keys::model : column == Method ? &Keys::method : column == Data ? &Keys::data : &Keys::tags;
  return m_keys[a].*key < m_keys[b].*key;
}

RunsModel::Keys RunsModel::keysOf(const api::RunSummary& run) {
  Keys out{shownName(run).toLower(), fromStd(run.model).toLower(), fromStd(run.method).toLower(), fromStd(run.data).toLower(), tagsOf(run).join(QLatin1Char(',')).toLower(), {}};
  out.search = QStringList{out.name, out.model, out.method, out.data, out.tags, fromStd(run.id)}.join(QLatin1Char('\n'));
  return out;
}

QString RunsModel::toolTip(const api::RunSummary& run, int column) {
  switch (column) {
  case Name: return fromStd(run.folder.empty() ? run.name : run.name + "\n" + run.folder);
  case Model: return fromStd(run.modelPath);
  case Data: return fromStd(run.data);
  case Tags: return tagsOf(run).join(QLatin1Char('\n'));
  case State: {
    QStringList lines;
    if (!run.error.empty())
      lines << fromStd(run.error);
    for (const auto& alert : run.alerts)
      if (!alert.over)
        lines << alertText(alert);
    return lines.join(QLatin1Char('\n'));
  }
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
  case Qt::CheckStateRole:
    return index.column() == Name ? QVariant(m_ticked.contains(fromStd(run.id)) ? Qt::Checked : Qt::Unchecked) : QVariant();
  case Qt::TextAlignmentRole: return QVariant::fromValue((isNumberColumn(index.column()) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  case SortRole: return sortKey(run, index.column());
  case IdRole: return fromStd(run.id);
  case SparkRole: return QVariant::fromValue(QVector<double>(run.spark.begin(), run.spark.end()));
  case StateRole: return static_cast<int>(run.state);
  case TagsRole: return tagsOf(run);
  default: return {};
  }
}

bool RunsModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (role != Qt::CheckStateRole || index.column() != Name || !checkIndex(index, CheckIndexOption::IndexIsValid))
    return false;
  setTicked(fromStd(m_runs[static_cast<size_t>(index.row())].id), value.toInt() == Qt::Checked);
  return true;
}

Qt::ItemFlags RunsModel::flags(const QModelIndex& index) const {
  const Qt::ItemFlags usual = QAbstractTableModel::flags(index);
  return index.isValid() && index.column() == Name ? usual | Qt::ItemIsUserCheckable : usual;
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal)
    return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((isNumberColumn(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  if (role == Qt::ToolTipRole && section == Name)
    return tr("Tick several runs to compare them.");
  if (role == Qt::ToolTipRole && section == Disk)
    return tr("What the run's folder takes on the disk.");
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
  case Speed: return tr("tok/s");
  case Memory: return tr("Memory");
  case State: return tr("State");
  case Tags: return tr("Tags");
  case Started: return tr("Started");
  case Disk: return tr("Disk");
  case ColumnCount: break;
  }
  return {};
}

void RunsModel::setRuns(const std::vector<api::RunSummary>& runs) {
  std::unordered_set<std::string> wanted;
  for (const auto& run : runs)
    if (!run.deleted)
      wanted.insert(run.id);
  keepOnly(wanted);
  merge(runs);
}

void RunsModel::keepOnly(const std::unordered_set<std::string>& ids) {
  std::vector<std::pair<int, int>> pieces; // first and last row of what goes
  for (int row = 0; row < rowCount(); ++row) {
    if (ids.contains(m_runs[static_cast<size_t>(row)].id))
      continue;
    if (pieces.empty() || pieces.back().second + 1 != row)
      pieces.emplace_back(row, row);
    pieces.back().second = row;
  }
  if (pieces.size() <= kMostPieces) {
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece)
      eraseRows(piece->first, piece->second);
  } else {
    beginResetModel();
    std::erase_if(m_runs, [&](const auto& run) { return !ids.contains(run.id); });
    m_keys.clear();
    m_rowOf.clear();
    for (const auto& run : m_runs)
      m_keys.push_back(keysOf(run));
    indexFrom(0);
    endResetModel();
  }
  dropTicksWithoutRun();
}

void RunsModel::merge(const std::vector<api::RunSummary>& runs) {
  std::vector<const api::RunSummary*> added;
  std::vector<int> rows;
  std::unordered_set<std::string_view> seen;
  for (const auto& run : runs) {
    const auto known = m_rowOf.find(run.id);
    if (run.deleted)
      continue;
    if (known == m_rowOf.end()) {
      if (seen.insert(run.id).second)
        added.push_back(&run);
    } else if (!sameSummary(m_runs[static_cast<size_t>(known->second)], run)) {
      replace(known->second, run);
      rows.push_back(known->second);
    }
  }
  changed(rows);
  append(added);
}

void RunsModel::update(const api::RunSummary& run) {
  const auto known = m_rowOf.find(run.id);
  if (run.deleted) {
    remove(fromStd(run.id));
  } else if (known == m_rowOf.end()) {
    append({&run});
  } else {
    replace(known->second, run);
    changed({known->second});
  }
}

void RunsModel::append(const std::vector<const api::RunSummary*>& runs) {
  if (runs.empty())
    return;
  const size_t first = m_runs.size();
  beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(runs.size()) - 1);
  m_runs.reserve(first + runs.size());
  for (const auto* run : runs) {
    m_runs.push_back(*run);
    m_keys.push_back(keysOf(*run));
  }
  indexFrom(first);
  endInsertRows();
}

void RunsModel::replace(int row, const api::RunSummary& run) {
  auto& kept = m_runs[static_cast<size_t>(row)];
  auto spark = std::move(kept.spark);
  kept = run;
  if (kept.spark.empty())
    kept.spark = std::move(spark); // frequent announcements may leave the curve out
  m_keys[static_cast<size_t>(row)] = keysOf(run);
}

void RunsModel::changed(const std::vector<int>& rows) {
  if (rows.size() > kMostPieces) {
    const auto [first, last] = std::minmax_element(rows.begin(), rows.end());
    Q_EMIT dataChanged(index(*first, 0), index(*last, ColumnCount - 1));
    return;
  }
  for (const int row : rows)
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

void RunsModel::eraseRows(int first, int last) {
  beginRemoveRows({}, first, last);
  for (int row = first; row <= last; ++row)
    m_rowOf.erase(m_runs[static_cast<size_t>(row)].id);
  m_runs.erase(m_runs.begin() + first, m_runs.begin() + last + 1);
  m_keys.erase(m_keys.begin() + first, m_keys.begin() + last + 1);
  indexFrom(static_cast<size_t>(first));
  endRemoveRows();
}

void RunsModel::indexFrom(size_t row) {
  for (; row < m_runs.size(); ++row)
    m_rowOf[m_runs[row].id] = static_cast<int>(row);
}

void RunsModel::remove(const QString& id) {
  const int row = rowOf(id);
  if (row < 0)
    return;
  eraseRows(row, row);
  dropTicksWithoutRun();
}

int RunsModel::rowOf(const QString& id) const {
  const auto found = m_rowOf.find(id.toStdString());
  return found == m_rowOf.end() ? -1 : found->second;
}

const api::RunSummary* RunsModel::find(const QString& id) const {
  const int row = rowOf(id);
  return row < 0 ? nullptr : &m_runs[static_cast<size_t>(row)];
}

void RunsModel::setTicked(const QString& id, bool on) {
  const int row = rowOf(id);
  if (row < 0 || m_ticked.contains(id) == on)
    return;
  if (on)
    m_ticked << id;
  else
    m_ticked.removeAll(id);
  Q_EMIT dataChanged(index(row, Name), index(row, Name), {Qt::CheckStateRole});
  Q_EMIT tickedChanged();
}

void RunsModel::clearTicks() {
  for (const QString& id : QStringList(m_ticked))
    setTicked(id, false);
}

void RunsModel::dropTicksWithoutRun() {
  if (m_ticked.removeIf([this](const QString& id) { return rowOf(id) < 0; }) > 0)
    Q_EMIT tickedChanged();
}

QStringList RunsModel::allTags() const {
  std::set<std::string> tags;
  for (const auto& run : m_runs)
    tags.insert(run.tags.begin(), run.tags.end());
  QStringList out;
  for (const std::string& tag : tags)
    out << fromStd(tag);
  return out;
}

} // namespace lathe::ui
