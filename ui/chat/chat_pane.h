// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/chat/transcript.h"
#include "ui/widgets/device_combo.h"
#include "ui/models/device_history.h"
#include "ui/models/models_model.h"
#include "ui/models/runs_model.h"
#include "ui/widgets/labels.h"

#include <QComboBox>
#include <QBoxLayout>
#include <QSlider>
#include <QTimer>

namespace lathe::ui {

/// One column of a conversation: what answers, what it said, how fast.
class ChatPaneView : public QWidget {
  Q_OBJECT
public:
  ChatPaneView(int index, ModelsModel* models, RunsModel* runs, DeviceHistory* devices, QWidget* parent = nullptr);
  /// The whole conversation, which stays the caller's; the pane picks what belongs to it. Call again after every change.
  void show(const api::Chat& chat);
  using QWidget::show;
  /// `before`: tokens of this message that came earlier.
  void addPiece(qint64 message, const QString& piece, const std::vector<api::TokenTrace>& tokens, size_t before);
  void setColour(TokenColour by) { m_transcript->setColour(by); }
  void setBusy(bool busy);
  api::ChatPane choice() const;
  /// A strength that was just set is said now, not in a moment: another conversation comes.
  void finishChoice();
  bool isStreaming() const;
  /// Whether the newest reply came with its tokens.
  bool isTraced() const;
  Transcript* transcript() const { return m_transcript; }

Q_SIGNALS:
  void choiceChanged();
  void regenerateRequested(qint64 message);
  void answerRequested(qint64 message); // in this pane alone
  void chooseRequested(qint64 message);
  void branchRequested(qint64 message);
  void editRequested(qint64 message, const QString& text);
  void alternativeRequested(qint64 message, int keep, qint64 token);
  void tokensWanted(qint64 message);

protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

private:
  void build();
  QLayout* buildHead();
  void connectTranscript();
  void fillChooser();
  void showDevices();
  void chooseCurrent();
  QString nameOf(const QString& folder) const;
  void flush();
  void showBranch();
  void showStats();
  void showStrength();
  void setStrength(double strength);
  void stepVersion(qint64 message, int by);
  const api::ChatMessage* find(qint64 message) const;
  const api::ChatMessage* lastReply() const { return m_lastReply == 0 ? nullptr : find(m_lastReply); }
  void retranslate();

  int m_index;
  ModelsModel* m_models;
  RunsModel* m_runs;
  const api::Chat* m_chat = nullptr; // the page's
  api::ChatPane m_pane;
  qint64 m_last = 0, m_lastReply = 0, m_continuation = 0; // of the path: its last message, its last reply, what goes on from it in another branch
  int m_version = 1, m_versions = 1, m_continuations = 0;
  QString m_pieces; // not drawn yet
  std::vector<api::TokenTrace> m_pieceTokens;
  size_t m_tokensBefore = 0;
  bool m_busy = false, m_narrow = false;
  QTimer m_flush, m_later;
  DeviceHistory* m_devices;
  QComboBox* m_chooser;
  DeviceCombo* m_device;
  TextLabel* m_stats;
  QBoxLayout* m_figures = nullptr; // device and figures: side by side, or below each other where the pane is narrow
  QWidget* m_strengthRow;
  QSlider* m_strength;
  TextLabel* m_strengthLabel;
  TextLabel* m_strengthValue;
  Transcript* m_transcript;
  Button* m_regenerate;
  Button* m_copy;
  LinkButton* m_goesOn;
  IconButton* m_back;
  IconButton* m_next;
  TextLabel* m_position;
};

} // namespace lathe::ui
