// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QAbstractListModel>

#include <vector>

namespace lathe::ui {

/// The models a person can choose: base models first, each followed by the adapters made on it.
class ModelsModel : public QAbstractListModel {
  Q_OBJECT
public:
  enum Role { PathRole = Qt::UserRole + 1, KindRole, BaseRole, DetailRole, SupportedRole };

  using QAbstractListModel::QAbstractListModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  void setModels(std::vector<api::ModelSummary> models);
  const api::ModelSummary* find(const QString& path) const;
  int rowOf(const QString& path) const; // −1 when absent
  const std::vector<api::ModelSummary>& models() const { return m_models; }
  /// "llama · 8.03B parameters · 32 layers · 128k context · bfloat16"
  static QString describe(const api::ModelSummary& model);

private:
  std::vector<api::ModelSummary> m_models;
};

} // namespace lathe::ui
