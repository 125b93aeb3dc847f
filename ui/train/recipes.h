// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"

#include <QAbstractButton>

#include <vector>

namespace lathe::ui {

/// A ready plan: fills the form.
struct Recipe {
  QString key;
  QString title, what; // translated
  std::vector<std::pair<std::string, Json>> settings;
};
std::vector<Recipe> recipes();
/// Datasets that are installed with Lathe.
std::vector<std::string> bundledDatasets();

/// Title, what it is, and what it would need here.
class RecipeCard : public QAbstractButton {
  Q_OBJECT
public:
  explicit RecipeCard(const Recipe& recipe, QWidget* parent = nullptr);
  const Recipe& recipe() const { return m_recipe; }
  void setRecipe(const Recipe& recipe); // for a change of language
  void setPrediction(const QString& text);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

protected:
  void paintEvent(QPaintEvent* event) override;
  void enterEvent(QEnterEvent* event) override;
  void leaveEvent(QEvent* event) override;

private:
  Recipe m_recipe;
  QString m_prediction;
};

} // namespace lathe::ui
