// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/chat/transcript.h"
#include "ui/models/device_history.h"
#include "ui/models/models_model.h"
#include "ui/models/runs_model.h"
#include "ui/widgets/labels.h"

#include <QComboBox>
#include <QTimer>

#include <map>

namespace lathe::ui {

/// One column of a conversation: what answers, what it said, how fast.
class ChatPaneView : public QWidget {
  Q_OBJECT
public:
  ChatPaneView(int index, ModelsModel* models, RunsModel* runs, DeviceHistory* devices, QWidget* parent = nullptr);
  /// The whole conversation; the pane picks what belongs to it.
  void show(const api::Chat& chat);
  using QWidget::show;
  void addPiece(qint64 message, const QString& piece);
  api::ChatPane choice() const;
  bool isStreaming() const;
  Transcript* transcript() const { return m_transcript; }

Q_SIGNALS:
  void choiceChanged();
  void regenerateRequested(qint64 message);

protected:
  void changeEvent(QEvent* event) override;

private:
  void fillChooser();
  void showDevices();
  void chooseCurrent();
  QString nameOf(const QString& folder) const;
  void flush();
  void showBranch();
  void showStats();
  std::vector<const api::ChatMessage*> siblings() const; // of the last reply
  const api::ChatMessage* lastReply() const;
  void step(int by);
  void retranslate();

  int m_index;
  ModelsModel* m_models;
  RunsModel* m_runs;
  api::Chat m_chat;
  api::ChatPane m_pane;
  std::map<int64_t, int64_t> m_shown; // parent → the sibling that is looked at, where it is not the active one
  std::vector<int64_t> m_written;     // ids in the transcript
  QString m_pieces;                   // not drawn yet
  QTimer m_flush;
  DeviceHistory* m_devices;
  QComboBox* m_chooser;
  DeviceCombo* m_device;
  TextLabel* m_stats;
  Transcript* m_transcript;
  Button* m_regenerate;
  Button* m_copy;
  IconButton* m_back;
  IconButton* m_next;
  TextLabel* m_position;
};

} // namespace lathe::ui
