// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/api/data_quality_values.h"
#include "core/base/json.h"

#include <QWidget>

namespace lathe::ui {

class CheckLine;
class Figure;
class LengthHistogram;
class LinkButton;
class OpenDataset;
class PackingStrip;
class Section;
class Session;
class TextLabel;
class TokenChoices;

/// What the dataset is as training rows: counts, lengths against the sequence length, and how the rows are packed.
class StatisticsView : public QWidget {
  Q_OBJECT
public:
  StatisticsView(Session& session, OpenDataset& dataset, TokenChoices& choices, QWidget* parent = nullptr);
  void looked();        // became visible: small data is counted without being asked
  void tokensChanged(); // other tokens: what is shown is no longer true

Q_SIGNALS:
  void rowRequested(qint64 row);

protected:
  void changeEvent(QEvent* event) override;

private:
  QWidget* build();
  void forget(const QString& why);
  void begin();
  void show(const api::DataQuality& quality);
  void showFigures(const api::LengthStatistics& lengths);
  void showPacking(const api::PackingReport& packing);
  QString longRowsText(const api::LengthStatistics& lengths) const;
  void retranslate();
  OpenDataset& m_dataset;
  TokenChoices& m_choices;
  CheckLine* m_check;
  QWidget* m_body;
  Figure *m_rows, *m_tokens, *m_learned, *m_median, *m_p95, *m_longest, *m_unlearned;
  Section *m_lengthsPart, *m_packingPart;
  LengthHistogram* m_histogram;
  TextLabel *m_longNote, *m_packNote, *m_problems;
  LinkButton* m_suggest;
  PackingStrip* m_strip;
  api::DataQuality m_quality;
  bool m_known = false, m_visited = false;
};

} // namespace lathe::ui
