// SPDX-License-Identifier: GPL-3.0-or-later
// How sure the model was of a token, as a ground and, for eyes that do not tell the grounds apart, as a line below it.
#pragma once

#include "core/api/values.h"

#include <QTextCharFormat>
#include <QWidget>

namespace lathe::ui {

enum class TokenColour { Off, Probability, Entropy };

namespace tokens {
inline constexpr int kSteps = 5; // 0: sure, nothing is drawn
int stepOf(const api::TokenTrace& token, TokenColour by);
QTextCharFormat formatOf(int step);
QString stepText(int step, TokenColour by); // "≥ 90 %", "0.2–0.7 nat"
QString percent(double logprob);            // "43.1 %", "< 0.1 %"
QString quoted(const QString& text);        // “ the”, with signs for line ends; “end of the reply” where there is none
} // namespace tokens

/// What the steps mean, drawn as the text is.
class TokenLegend : public QWidget {
  Q_OBJECT
public:
  explicit TokenLegend(QWidget* parent = nullptr);
  void setColour(TokenColour by);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void retranslate();
  int stepWidth(int step) const;
  TokenColour m_by = TokenColour::Probability;
};

} // namespace lathe::ui
