// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/recipes.h"

#include "core/base/files.h"
#include "core/base/paths.h"
#include "ui/style/shown_state.h"
#include "ui/style/style.h"

#include <QCoreApplication>
#include <QPainter>

namespace lathe::ui {

namespace {

constexpr int kCardHeight = 78, kCardWidth = 180;

/// Folder of the model that is installed with Lathe; empty without one.
std::string bundledModel() {
  const std::string folder = resourcesFolder() + "/models";
  if (isDirectory(folder))
    for (const auto& name : listDirectory(folder))
      if (fileExists(folder + "/" + name + "/config.json"))
        return folder + "/" + name;
  return {};
}

QString text(const char* source) { return QCoreApplication::translate("Recipes", source); }

} // namespace

std::vector<std::string> bundledDatasets() {
  const std::string folder = resourcesFolder() + "/datasets";
  std::vector<std::string> out;
  if (isDirectory(folder))
    for (const auto& name : listDirectory(folder))
      if (name.ends_with(".jsonl"))
        out.push_back(folder + "/" + name);
  return out;
}

std::vector<Recipe> recipes() {
  std::vector<Recipe> out = {
      {QStringLiteral("plenty"), text(QT_TRANSLATE_NOOP("Recipes", "Plenty of resources")),
       text(QT_TRANSLATE_NOOP("Recipes", "LoRA r16 · nothing recomputed")),
       {{"method.type", "lora"}, {"method.r", 16}, {"method.alpha", 32}, {"training.recompute", "none"},
        {"training.tokens_per_microbatch", 8192}, {"training.sequences_per_step", 16}, {"training.learning_rate", 2e-4}}},
      {QStringLiteral("scarce"), text(QT_TRANSLATE_NOOP("Recipes", "Scarce resources")),
       text(QT_TRANSLATE_NOOP("Recipes", "LoRA r8 · recompute · small batch")),
       {{"method.type", "lora"}, {"method.r", 8}, {"method.alpha", 16}, {"training.recompute", "all"},
        {"training.tokens_per_microbatch", 1024}, {"training.sequences_per_step", 16}, {"training.learning_rate", 2e-4},
        {"data.max_seq_len", 1024}}},
      {QStringLiteral("full"), text(QT_TRANSLATE_NOOP("Recipes", "Every weight")),
       text(QT_TRANSLATE_NOOP("Recipes", "full training · lower rate")),
       {{"method.type", "full"}, {"training.recompute", "auto"}, {"training.tokens_per_microbatch", 4096},
        {"training.sequences_per_step", 16}, {"training.learning_rate", 2e-5}}},
  };
  const std::string model = bundledModel();
  const auto datasets = bundledDatasets();
  if (!model.empty() && !datasets.empty())
    out.insert(out.begin(), {QStringLiteral("first"), text(QT_TRANSLATE_NOOP("Recipes", "First try")),
                             text(QT_TRANSLATE_NOOP("Recipes", "the model and data that come along")),
                             {{"name", "first try"}, {"model.path", model}, {"data.train", Json::array({{{"path", datasets.front()}, {"format", "auto"}}})},
                              {"data.validation.fraction", 0.1}, {"data.max_seq_len", 256}, {"method.type", "lora"}, {"method.r", 16}, {"method.alpha", 32},
                              {"training.epochs", 3}, {"training.tokens_per_microbatch", 2048}, {"training.sequences_per_step", 8},
                              {"training.learning_rate", 2e-3}, {"eval.every_steps", 25}}});
  return out;
}

RecipeCard::RecipeCard(const Recipe& recipe, QWidget* parent) : QAbstractButton(parent) {
  setCheckable(true);
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setObjectName(QStringLiteral("recipe_") + recipe.key);
  setRecipe(recipe);
}

void RecipeCard::setRecipe(const Recipe& recipe) {
  m_recipe = recipe;
  setText(recipe.title);
  setAccessibleName(recipe.title);
  setAccessibleDescription(recipe.what);
  updateGeometry();
  update();
}

void RecipeCard::setPrediction(const QString& text) {
  if (m_prediction == text)
    return;
  m_prediction = text;
  updateGeometry();
  update();
}

QSize RecipeCard::sizeHint() const {
  const QFontMetrics title(style::uiFont(size::kBase, QFont::DemiBold)), small(style::uiFont(size::kCaption));
  const int widest = std::max({title.horizontalAdvance(m_recipe.title), small.horizontalAdvance(m_recipe.what), small.horizontalAdvance(m_prediction)});
  return {std::max(kCardWidth, widest + 2 * space::k12), kCardHeight};
}

void RecipeCard::paintEvent(QPaintEvent*) {
  const Theme& theme = Style::theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QColor fill = isChecked() ? theme.accentSoft : style::showsHover(this) ? theme.hover : theme.raised;
  const bool edge = isChecked() || style::showsFocus(this);
  style::drawBox(painter, QRectF(rect()), fill, edge ? theme.accent : theme.border);
  const QRect inside = rect().adjusted(space::k12, 10, -space::k12, -8);
  painter.setFont(style::uiFont(size::kBase, QFont::DemiBold));
  painter.setPen(theme.text);
  painter.drawText(inside, Qt::AlignLeft | Qt::AlignTop, m_recipe.title);
  painter.setFont(style::uiFont(size::kCaption));
  painter.setPen(theme.muted);
  painter.drawText(inside.adjusted(0, 21, 0, 0), Qt::AlignLeft | Qt::AlignTop, m_recipe.what);
  painter.setPen(theme.text);
  painter.drawText(inside, Qt::AlignLeft | Qt::AlignBottom, m_prediction);
}

void RecipeCard::enterEvent(QEnterEvent*) { update(); }
void RecipeCard::leaveEvent(QEvent*) { update(); }

} // namespace lathe::ui
