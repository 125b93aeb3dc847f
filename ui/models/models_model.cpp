// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/models_model.h"

#include "ui/models/format.h"

#include <algorithm>

namespace lathe::ui {

int ModelsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_models.size()); }

QString ModelsModel::describe(const api::ModelSummary& model) {
  QStringList parts;
  if (!model.architecture.empty())
    parts << fromStd(model.architecture);
  if (model.parameters > 0)
    parts << tr("%1 parameters").arg(format::count(static_cast<double>(model.parameters)));
  if (model.layers > 0)
    parts << tr("%1 layers").arg(model.layers);
  if (model.context > 0)
    parts << tr("context %1").arg(format::grouped(model.context));
  if (!model.dtype.empty())
    parts << fromStd(model.dtype);
  return parts.join(QStringLiteral(" · "));
}

QVariant ModelsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const api::ModelSummary& model = m_models[static_cast<size_t>(index.row())];
  switch (role) {
  case Qt::DisplayRole: return fromStd(model.name);
  case Qt::ToolTipRole: return fromStd(model.path);
  case PathRole: return fromStd(model.path);
  case KindRole: return fromStd(model.kind);
  case BaseRole: return fromStd(model.base);
  case DetailRole: return describe(model);
  case SupportedRole: return model.supported;
  default: return {};
  }
}

void ModelsModel::setModels(std::vector<api::ModelSummary> models) {
  const auto position = [&](const std::string& path) {
    const auto found = std::find_if(models.begin(), models.end(), [&](const auto& m) { return m.path == path; });
    return found - models.begin();
  };
  std::vector<std::pair<std::pair<std::ptrdiff_t, std::ptrdiff_t>, size_t>> order;
  for (size_t i = 0; i < models.size(); ++i) {
    const bool adapter = models[i].kind == "adapter";
    order.push_back({{adapter ? position(models[i].base) : static_cast<std::ptrdiff_t>(i), adapter ? 1 : 0}, i});
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  beginResetModel();
  m_models.clear();
  for (const auto& [key, index] : order)
    m_models.push_back(models[index]);
  endResetModel();
}

int ModelsModel::rowOf(const QString& path) const {
  const std::string wanted = path.toStdString();
  const auto found = std::find_if(m_models.begin(), m_models.end(), [&](const auto& m) { return m.path == wanted; });
  return found == m_models.end() ? -1 : static_cast<int>(found - m_models.begin());
}

const api::ModelSummary* ModelsModel::find(const QString& path) const {
  const int row = rowOf(path);
  return row < 0 ? nullptr : &m_models[static_cast<size_t>(row)];
}

} // namespace lathe::ui
