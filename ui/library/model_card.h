// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"

#include <QScrollArea>

class QVBoxLayout;

namespace lathe::ui {

class Card;
class TypeBar;

/// What a model is: problems first, then architecture, parameters and bytes, context, tokenizer and template, files and licence.
class ModelCard : public QScrollArea {
  Q_OBJECT
public:
  explicit ModelCard(QWidget* parent = nullptr);
  /// `inspected`: as `lathe inspect --json`; null while it is being read.
  void show(const api::ModelSummary& model, const Json& inspected);
  void showFailure(const QString& text);

Q_SIGNALS:
  void licenceRequested();
  void templateRequested();

private:
  void clear();
  void addProblems(const api::ModelSummary& model, const Json& j);
  void addArchitecture(const Json& j);
  void addAdapter(const api::ModelSummary& model, const Json& j);
  void addBytes(const api::ModelSummary& model, const Json& j);
  void addTexts(const Json& j);
  void addLinks(const Json& j, bool hasTemplate, QVBoxLayout& column);
  void addFiles(const Json& j);
  QWidget* m_inside;
  QVBoxLayout* m_column;
};

} // namespace lathe::ui
