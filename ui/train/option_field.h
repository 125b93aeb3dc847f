// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/train_spec.h"
#include "ui/widgets/card.h"

namespace lathe::ui {

class PromptService;

/// One option of the table as a control in the form. Which control follows from the option's type alone, so that a new option needs
/// nothing here. Object name: "field_" + path.
class OptionField : public FieldBlock {
  Q_OBJECT
public:
  static OptionField* make(const api::TrainOption& option, PromptService* prompts, QWidget* parent = nullptr);

  const api::TrainOption& option() const { return m_option; }
  virtual void setValue(const Json& value) = 0; // no signal
  virtual Json value() const = 0;
  /// Needs the whole width of the form.
  virtual bool isWide() const { return false; }
  /// Only one value is possible in this version: the form leaves the field out.
  static bool isFixed(const api::TrainOption& option);
  /// Label, help and choices again, after a change of language.
  virtual void retranslate();

Q_SIGNALS:
  void edited(const lathe::Json& value); // by the person

protected:
  OptionField(const api::TrainOption& option, QWidget* control, QWidget* parent);

private:
  const api::TrainOption& m_option;
};

} // namespace lathe::ui
