// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_values.h"
#include "ui/widgets/labels.h"

#include <QTimer>
#include <QWidget>

class QComboBox;

namespace lathe::ui {

class FieldBlock;
class ModelsModel;
class NumberField;
class SearchableCombo;
class WindowSettings;

/// What turns rows into tokens: model (tokenizer and template), sequence length, what happens to longer rows, what is learned, how rows are
/// packed. The last two of packing sit where `packing()` is put.
class TokenChoices : public QWidget {
  Q_OBJECT
public:
  TokenChoices(const ModelsModel& models, WindowSettings& settings, QWidget* parent = nullptr);
  /// A specification of this dataset: model and data section, and the size of a microbatch.
  Json spec(const std::string& path, const std::string& format, const Json& columns) const;
  /// The same as values of the Train page's form.
  std::vector<std::pair<std::string, Json>> settings() const;
  QString model() const;
  qint64 maxLength() const;
  void setMaxLength(qint64 length); // as if typed
  QWidget* packing() const { return m_packingLine; }
  void refreshModels();

Q_SIGNALS:
  void changed(); // by the person, or another model was found

protected:
  void changeEvent(QEvent* event) override;

private:
  QComboBox* choice(const char* name, const char* option);
  void fill(QComboBox* combo, const char* option);
  void edited();
  void keep();
  void retranslate();
  const ModelsModel& m_models;
  WindowSettings& m_settings;
  SearchableCombo* m_model;
  NumberField *m_length, *m_batch;
  QComboBox *m_long, *m_learn, *m_pack;
  FieldBlock *m_modelBlock, *m_lengthBlock, *m_longBlock, *m_learnBlock, *m_packBlock, *m_batchBlock;
  QWidget* m_packingLine;
  QTimer m_later; // typing a number asks once
  QString m_wanted; // model of last time
};

} // namespace lathe::ui
