// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/train/option_field.h"
#include "ui/train/spec_document.h"
#include "ui/train/token_preview.h"

#include <QGridLayout>

namespace lathe::ui {

class Session;
class WindowSettings;

/// Model · Method · Data · Training · Output, made from api::trainOptions(): Simple or all fields, and those that a search finds.
class TrainForm : public QWidget {
  Q_OBJECT
public:
  TrainForm(SpecDocument* document, Session* session, PromptService* prompts, WindowSettings* settings, QWidget* parent = nullptr);

  void setShowAll(bool all);
  void setSearch(const QString& text);
  void showProblems(const std::vector<api::Problem>& problems);
  void showPreview(const api::DataPreview& preview);
  void showModels();
  void showDevices();
  TokenPreview* preview() const { return m_preview; }
  int visibleFields() const;

protected:
  void changeEvent(QEvent* event) override;

private:
  enum Group { Model, Method, Data, Training, Output, GroupCount };
  struct Part {
    Section* section = nullptr;
    QGridLayout* grid = nullptr;
    QList<OptionField*> fields;
  };
  static Group groupOf(const std::string& path);
  void addFields(PromptService* prompts);
  void fill();
  void place();
  bool isShown(const OptionField& field) const;
  void retranslate();
  void edited(OptionField* field, const Json& value);

  SpecDocument* m_document;
  Session* m_session;
  WindowSettings* m_settings;
  Card* m_card;
  TextLabel* m_nothing;
  Part m_parts[GroupCount];
  TokenPreview* m_preview;
  std::vector<api::Problem> m_problems;
  bool m_all = false;
  QString m_search;
};

} // namespace lathe::ui
