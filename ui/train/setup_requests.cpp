// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/setup_requests.h"

#include "core/api/protocol.h"

namespace lathe::ui {

namespace {

constexpr int kDebounceMs = 60;
constexpr int kPreviewRows = 8;

struct CheckAnswer {
  struct Item {
    std::string path, message, severity;
    template <class Self, class Visitor>
    static void visit(Self& s, Visitor&& field) {
      field("path", s.path);
      field("message", s.message);
      field("severity", s.severity);
    }
  };
  std::vector<Item> problems;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) { field("problems", s.problems); }
};

std::vector<api::Problem> problemsOf(const CheckAnswer& answer) {
  std::vector<api::Problem> out;
  for (const auto& item : answer.problems)
    out.push_back({item.path, item.message, item.severity == "warning" ? api::Severity::Warning : api::Severity::Error});
  return out;
}

/// What the rows and tokens depend on: not the whole document, so that a changed rank does not read the data again.
Json previewPart(const Json& spec) {
  Json part = Json::object();
  for (const char* key : {"model", "data", "training"})
    if (const Json* value = find(spec, key))
      part[key] = *value;
  if (Json* training = part.contains("training") ? &part["training"] : nullptr; training && training->is_object())
    for (const char* key : {"learning_rate", "schedule", "warmup_ratio", "warmup_steps", "weight_decay", "recompute", "epochs", "steps"})
      training->erase(key);
  return part;
}

bool hasModel(const SpecDocument& document) { return !document.text("model.path").empty() || !document.text("model.config").empty(); }

} // namespace

SetupRequests::SetupRequests(EngineClient* client, SpecDocument* document, QObject* parent)
    : QObject(parent), m_client(client), m_document(document) {
  m_timer.setSingleShot(true);
  m_timer.setInterval(kDebounceMs);
  connect(&m_timer, &QTimer::timeout, this, &SetupRequests::askAll);
  connect(document, &SpecDocument::changed, this, [this] {
    if (!m_timer.isActive()) // not restarted: the answers follow while typing goes on
      m_timer.start();
  });
  connect(client, &EngineClient::connected, this, [this] {
    for (Slot& slot : m_slots)
      slot = {};
    m_recipesFor.clear();
    m_timer.start();
  });
  m_timer.start();
}

bool SetupRequests::isSettled() const {
  return !m_timer.isActive() && std::none_of(std::begin(m_slots), std::end(m_slots), [](const Slot& slot) { return slot.running || slot.again; });
}

void SetupRequests::askAll() {
  if (m_client->state() != LinkState::Connected)
    return;
  for (int kind = 0; kind < KindCount; ++kind)
    ask(static_cast<Kind>(kind));
  askRecipes();
}

template <class T>
void SetupRequests::request(Kind kind, const char* method, Json params, std::function<void(const Result<T>&)> use) {
  m_slots[kind].running = true;
  m_client->call<T>(method, std::move(params), this, [this, kind, use](const Result<T>& answer) {
    // Something newer waits: this answer is about a document that is gone.
    if (!m_slots[kind].again)
      use(answer);
    finished(kind);
  });
}

void SetupRequests::ask(Kind kind) {
  Slot& slot = m_slots[kind];
  const Json& spec = m_document->json();
  const std::string text = dumpJson(kind == Preview ? previewPart(spec) : spec);
  if (text == slot.asked) {
    slot.again = false; // changed and changed back: the answer on its way is the right one
    return;
  }
  if (slot.running) {
    slot.again = true;
    return;
  }
  slot.asked = text;
  switch (kind) {
  case Check:
    return request<CheckAnswer>(Check, api::method::kSpecCheck, {{"spec", spec}}, [this](const Result<CheckAnswer>& answer) {
      if (answer)
        Q_EMIT checked(problemsOf(*answer));
    });
  case Preview:
    if (!hasModel(*m_document) || m_document->firstDataset().empty())
      return Q_EMIT previewed({});
    return request<api::DataPreview>(Preview, api::method::kDataPreview, {{"spec", spec}, {"rows", kPreviewRows}}, [this](const auto& answer) {
      if (answer)
        Q_EMIT previewed(*answer);
      else
        Q_EMIT previewFailed(QString::fromStdString(answer.error().message));
    });
  case Plan:
    if (!hasModel(*m_document))
      return Q_EMIT planned({});
    return request<api::MemoryPlan>(Plan, api::method::kPlan, {{"spec", spec}}, [this](const auto& answer) {
      if (answer)
        Q_EMIT planned(*answer);
      else
        Q_EMIT planFailed(QString::fromStdString(answer.error().message));
    });
  case KindCount: break;
  }
}

void SetupRequests::finished(Kind kind) {
  Slot& slot = m_slots[kind];
  slot.running = false;
  if (std::exchange(slot.again, false))
    ask(kind);
  if (isSettled())
    Q_EMIT settled();
}

void SetupRequests::askRecipes() {
  const std::string key = m_document->text("model.path") + "\n" + m_document->firstDataset();
  if (key == m_recipesFor || !hasModel(*m_document))
    return;
  m_recipesFor = key;
  for (const Recipe& recipe : recipes()) {
    SpecDocument filled;
    filled.replace(m_document->json());
    filled.setAll(recipe.settings);
    m_client->call<api::MemoryPlan>(api::method::kPlan, {{"spec", filled.json()}}, this, [this, name = recipe.key](const auto& answer) {
      if (answer)
        Q_EMIT recipePlanned(name, *answer);
    });
  }
}

} // namespace lathe::ui
