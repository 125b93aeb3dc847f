// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/batch_values.h"

#include <QAbstractListModel>
#include <QListView>

namespace lathe::ui {

/// The tokens of a batch's row with what each cost the model.
class LossTokenModel : public QAbstractListModel {
  Q_OBJECT
public:
  enum Role { LossRole = Qt::UserRole, LearnedRole };
  using QAbstractListModel::QAbstractListModel;
  void setRow(const api::BatchRow& row);
  const api::BatchRow& row() const { return m_row; }
  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QString shownText(int token) const; // line breaks as "⏎"; "#12" where there is no text
  /// Tokens with the highest losses, highest first.
  std::vector<int> strongest(int count) const;

private:
  api::BatchRow m_row;
};

/// Chips that wrap into lines. Learned tokens are filled by their loss, which a bar at the foot of the chip shows too; others are dashed. Values on hover.
class LossChipsView : public QListView {
  Q_OBJECT
public:
  /// The loss that fills a chip, in nats; higher ones look the same.
  static constexpr double kFullLoss = 8;

  explicit LossChipsView(QWidget* parent = nullptr);
  void setRow(const api::BatchRow& row);
  LossTokenModel* tokens() const { return m_model; }
  void choose(int token); // selects it and scrolls to it

protected:
  void keyPressEvent(QKeyEvent* event) override; // Ctrl+C copies the text of the selected chips
  void changeEvent(QEvent* event) override;

private:
  LossTokenModel* m_model;
};

} // namespace lathe::ui
