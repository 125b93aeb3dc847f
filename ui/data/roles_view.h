// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_values.h"

#include <QWidget>

#include <map>

class QComboBox;
class QGridLayout;
class QTableWidget;

namespace lathe::ui {

class ConversationView;
class FieldBlock;
class LinkButton;
class OpenDataset;
class Session;
class TextLabel;

/// Which column of the file plays which part, as it was found or as the person says; beside it what the first row becomes.
class RolesView : public QWidget {
  Q_OBJECT
public:
  RolesView(Session& session, OpenDataset& dataset, QWidget* parent = nullptr);
  void tokensChanged() { askFirst(); }

protected:
  void changeEvent(QEvent* event) override;

private:
  QWidget* buildForm();
  void showDetail();
  void fillShapes();
  void showRoles(const std::string& shape);
  void showColumns();
  void addRole(const api::DataRole& role, int place);
  void edited();
  void askFirst();
  void retranslate();
  std::string shape() const; // the chosen one; that of the dataset where it is automatic
  Session& m_session;
  OpenDataset& m_dataset;
  QComboBox* m_shape;
  FieldBlock* m_shapeBlock;
  QWidget* m_parts;
  QGridLayout* m_grid;
  std::map<std::string, QComboBox*> m_roles; // by key
  LinkButton* m_reset;
  TextLabel *m_learned, *m_columnsTitle, *m_firstTitle, *m_notes;
  QTableWidget* m_columns;
  ConversationView* m_first;
  qint64 m_asked = 0;
};

} // namespace lathe::ui
