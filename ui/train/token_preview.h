// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/values.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/token_chips_view.h"

namespace lathe::ui {

/// The first rows of the data as exact tokens with their loss mask, one row at a time.
class TokenPreview : public QWidget {
  Q_OBJECT
public:
  explicit TokenPreview(QWidget* parent = nullptr);
  void show(const api::DataPreview& preview);
  using QWidget::show;
  TokenChipsView* chips() const { return m_chips; }

protected:
  void changeEvent(QEvent* event) override;

private:
  void showRow(int index);
  void retranslate();
  api::DataPreview m_preview;
  int m_row = 0;
  TextLabel* m_title;
  TextLabel* m_note;
  IconButton* m_back;
  IconButton* m_next;
  TokenChipsView* m_chips;
};

} // namespace lathe::ui
