// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/engine_client.h"
#include "ui/train/recipes.h"
#include "ui/train/spec_document.h"

#include <QTimer>

namespace lathe::ui {

/// Asks the engine about the specification while it is edited: one request of a kind at a time, the newest document next, answers to
/// older documents dropped.
class SetupRequests : public QObject {
  Q_OBJECT
public:
  SetupRequests(EngineClient* client, SpecDocument* document, QObject* parent = nullptr);
  /// Nothing is on its way and the answers are those of the present document.
  bool isSettled() const;

Q_SIGNALS:
  void checked(const std::vector<lathe::api::Problem>& problems);
  void previewed(const lathe::api::DataPreview& preview);
  void previewFailed(const QString& message);
  void planned(const lathe::api::MemoryPlan& plan);
  void planFailed(const QString& message);
  void recipePlanned(const QString& key, const lathe::api::MemoryPlan& plan);
  void settled();

private:
  enum Kind { Check, Preview, Plan, KindCount };
  struct Slot {
    bool running = false, again = false;
    std::string asked; // the document of the last request, as text
  };
  void askAll();
  void ask(Kind kind);
  void finished(Kind kind);
  template <class T>
  void request(Kind kind, const char* method, Json params, std::function<void(const Result<T>&)> use);
  void askRecipes();

  EngineClient* m_client;
  SpecDocument* m_document;
  QTimer m_timer;
  Slot m_slots[KindCount];
  std::string m_recipesFor; // model and data of the last predictions of the recipes
};

} // namespace lathe::ui
