// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/library/library_work.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/segmented_switch.h"
#include "ui/widgets/stacked_bar.h"

class QComboBox;
class QLineEdit;

namespace lathe::ui {

class FieldBlock;
class PromptService;

/// Writes the model in another format or number type, as `lathe convert` does. It goes on when another model is looked at; one at a time.
class ConvertView : public QWidget {
  Q_OBJECT
public:
  ConvertView(Session& session, PromptService& prompts, QWidget* parent = nullptr);
  void open(const api::ModelSummary& model);

Q_SIGNALS:
  void showRequested(const QString& path); // the result, in the list

protected:
  void changeEvent(QEvent* event) override;

private:
  void buildFields();
  QWidget* buildProgress();
  void connectWork();
  void start();
  void browse();
  void fillTypes();
  void suggestPath();
  void showState();
  void say(Tone tone, const QString& text, const QString& detail = {});
  void retranslate();
  void nameFormats();
  bool isAdapter() const { return m_model.kind == "adapter"; }
  bool isMerge() const { return isAdapter() && m_format->current() == QStringLiteral("safetensors"); }
  QString chosenType() const;

  Session& m_session;
  PromptService& m_prompts;
  LibraryWork m_work;
  api::ModelSummary m_model;
  QString m_done; // path of the last result
  bool m_pathTyped = false, m_asksForModel = true; // whether what is being written is a model of its own
  TextLabel* m_help;
  SegmentedSwitch* m_format;
  QComboBox* m_type;
  QLineEdit* m_path;
  Button* m_browse;
  FieldBlock *m_formatBlock, *m_typeBlock, *m_pathBlock;
  Banner* m_banner;
  Button *m_start, *m_cancel;
  ThinProgress* m_progress;
  ElidedLabel* m_at;
};

} // namespace lathe::ui
