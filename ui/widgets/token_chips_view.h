// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QAbstractListModel>
#include <QListView>

namespace lathe::ui {

/// The exact tokens of one row.
class TokenModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { IdRole = Qt::UserRole, SupervisedRole, SpecialRole, CutRole, BeginsRole };
  using QAbstractListModel::QAbstractListModel;
  void setTokens(std::vector<api::TokenChip> tokens);
  const std::vector<api::TokenChip>& tokens() const { return m_tokens; }
  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  /// As a chip shows it: leading space kept, line breaks as "⏎", tabs as "⇥".
  static QString displayText(const api::TokenChip& token);

 private:
  std::vector<api::TokenChip> m_tokens;
};

/// Chips that wrap into lines: supervised ones filled, others dashed, cut ones struck through, a bar before the first of a piece; ids on hover. As high as its chips up to `maxLines`, then it scrolls.
class TokenChipsView : public QListView {
  Q_OBJECT
 public:
  explicit TokenChipsView(QWidget* parent = nullptr);
  void setTokens(std::vector<api::TokenChip> tokens);
  TokenModel* tokenModel() const { return m_model; }
  void setMaxLines(int lines);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override; // Ctrl+C copies the text of the selected chips

 private:
  TokenModel* m_model;
  int m_maxLines = 4;
};

} // namespace lathe::ui
