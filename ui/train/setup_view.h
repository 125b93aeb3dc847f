// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/train/setup_inspector.h"
#include "ui/train/setup_requests.h"
#include "ui/train/train_form.h"
#include "ui/widgets/segmented_switch.h"

#include <QTimer>

class QGridLayout;

namespace lathe::ui {

/// The Train page before a run: recipes, form, inspector.
class SetupView : public QWidget {
  Q_OBJECT
public:
  SetupView(Session* session, PromptService* prompts, WindowSettings* settings, QWidget* parent = nullptr);

  SpecDocument* document() { return &m_document; }
  SetupRequests* requests() { return &m_requests; }
  /// A whole specification, as of another run.
  void load(const Json& spec);
  void focusSearch();
  /// Finds one option, whatever is shown now.
  void showOption(const OptionField* field);

Q_SIGNALS:
  void started(const QString& run);

protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

private:
  void placeCards();
  QWidget* buildTop();
  void connectAnswers();
  void applyRecipe(const RecipeCard* card);
  void tickRecipes();
  void start();
  void copyCommand();
  void chooseFirstModel();
  void showTrouble(const QString& text);
  void retranslate();
  QString draftKey() const;
  void restoreDraft();
  /// Changes the document; what it was comes back with Undo.
  void changeWithUndo(const QString& said, const std::function<void()>& change);

  Session* m_session;
  WindowSettings* m_settings;
  SpecDocument m_document;
  SetupRequests m_requests;
  PageHeader* m_header;
  QLineEdit* m_search;
  SegmentedSwitch* m_level;
  QList<RecipeCard*> m_cards;
  QGridLayout* m_cardGrid = nullptr;
  int m_cardColumns = 0;
  Banner* m_banner;
  TrainForm* m_form;
  SetupInspector* m_inspector;
  UndoBar* m_undo;
  QTimer m_draftLater;
};

} // namespace lathe::ui
