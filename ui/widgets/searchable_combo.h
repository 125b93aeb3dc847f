// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QPointer>

class QLineEdit;
class QListView;
class QSortFilterProxyModel;

namespace lathe::ui {

/// A combo box for long lists: its popup has a search line. Every word typed must occur somewhere in an entry; ↑ ↓ Page keys move, Enter takes, Esc
/// leaves everything as it was. Typing on the closed box opens it with what was typed. Otherwise a QComboBox: same items, same signals.
class SearchableCombo : public QComboBox {
  Q_OBJECT
 public:
  explicit SearchableCombo(QWidget* parent = nullptr);
  void setSearchHint(const QString& hint); // placeholder of the search line; default "Search…"
  void showPopup() override;
  void hidePopup() override;
  bool isOpen() const;
  QLineEdit* searchLine() const; // nullptr while closed
  QListView* resultList() const;

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void open(const QString& typed);
  void filter(const QString& text);
  void take(const QModelIndex& index);
  bool steer(class QKeyEvent* event);
  void move(int rows);
  void placePopup();
  QString m_hint;
  QPointer<class QFrame> m_popup;
  QPointer<QLineEdit> m_search;
  QPointer<QListView> m_list;
  QPointer<class QLabel> m_none;
  QPointer<QSortFilterProxyModel> m_proxy;
};

} // namespace lathe::ui
