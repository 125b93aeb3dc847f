// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/library/library_work.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/stacked_bar.h"

#include <QAbstractListModel>

#include <set>

class QListView;
class QStackedWidget;

namespace lathe::ui {

/// What a scan found; rows can be ticked, those that are in the list or cannot be used cannot.
class FoundModels : public QAbstractListModel {
  Q_OBJECT
public:
  enum Role { DetailRole = Qt::UserRole + 1, StateRole, ToneRole };
  using QAbstractListModel::QAbstractListModel;
  void setFound(std::vector<api::FoundModel> found); // ticks of paths that stay are kept
  const std::vector<api::FoundModel>& found() const { return m_found; }
  QStringList ticked() const;
  void setAllTicked(bool on);
  int tickable() const;
  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
  void tickedChanged();

private:
  std::vector<api::FoundModel> m_found;
  std::set<std::string> m_ticked; // paths
};

/// The scan of this computer: progress with Cancel, what was found with ticks, and Add.
class ScanView : public QWidget {
  Q_OBJECT
public:
  explicit ScanView(Session& session, QWidget* parent = nullptr);
  ~ScanView() override;
  void start();
  FoundModels* found() { return &m_found; }

Q_SIGNALS:
  void closed();
  void addRequested(const QStringList& paths);

protected:
  void changeEvent(QEvent* event) override;

private:
  QLayout* buildTop();
  void connectControls();
  void take(const Json& result);
  void showState();
  void retranslate();
  Session& m_session;
  LibraryWork m_work;
  FoundModels m_found;
  api::ModelScan m_scan;
  QString m_folder, m_failure;
  bool m_cancelled = false;
  IconButton* m_back;
  PageHeader* m_header;
  ThinProgress* m_progress;
  ElidedLabel* m_at;
  TextLabel* m_summary;
  Button *m_cancel, *m_again, *m_all, *m_add;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  QListView* m_list;
};

} // namespace lathe::ui
