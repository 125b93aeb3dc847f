// SPDX-License-Identifier: GPL-3.0-or-later
// `lathe-workbench --gallery`: every control of the window's own in every state, for whoever changes one. In English only.
#pragma once

#include <QWidget>

class QGridLayout;
class QVBoxLayout;

namespace lathe::ui {

class Style;

/// The sheet itself: sections below each other, as wide as it is made (from 900 px).
class GallerySheet : public QWidget {
  Q_OBJECT
 public:
  explicit GallerySheet(QWidget* parent = nullptr);

 private:
  QVBoxLayout* addSection(const char* title, const char* note = "");
  void addStates();
  void addTellers();
  void addMemory();
  void addCharts();
  void addColours();
  void addType();
  void addIcons();
  QVBoxLayout* m_column;
};

/// The sheet in a window with switches for theme and scale. Another scale needs another process: scaleRequested asks for it.
class GalleryWindow : public QWidget {
  Q_OBJECT
 public:
  GalleryWindow(Style& style, int scalePercent);

 Q_SIGNALS:
  void scaleRequested(int percent);
};

/// Shows the gallery until it is closed. `arguments` are the program's own; --theme light|dark and --scale 100|150|200 are read from them.
int runGallery(int& argc, char** argv);
/// Whether the program was asked for the gallery.
bool wantsGallery(int argc, char** argv);

} // namespace lathe::ui
