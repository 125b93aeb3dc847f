// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/train_spec.h"

#include <QObject>
#include <QString>

namespace lathe::ui {

/// The specification that the form edits: the JSON document itself, addressed by the option table's dotted paths. Fields that were never
/// set are absent and mean the table's default.
class SpecDocument : public QObject {
  Q_OBJECT
public:
  using QObject::QObject;

  const Json& json() const { return m_json; }
  void replace(Json json);
  /// The value at a path, or the table's default.
  Json value(const std::string& path) const;
  bool isSet(const std::string& path) const;
  void set(const std::string& path, Json value);
  void setAll(const std::vector<std::pair<std::string, Json>>& values);

  std::string text(const std::string& path) const; // "" unless a string
  double number(const std::string& path) const;    // 0 unless a number
  /// Path of the first dataset; empty without one.
  std::string firstDataset() const;

Q_SIGNALS:
  void changed();  // by set(): a person's edit or a recipe
  void replaced(); // a whole new document: fill the form again

private:
  static void put(Json& document, const std::string& path, Json value);
  Json m_json = Json::object();
};

const api::TrainOption* trainOption(const std::string& path); // nullptr when unknown

} // namespace lathe::ui
