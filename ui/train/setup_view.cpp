// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/setup_view.h"

#include "core/api/protocol.h"
#include "core/base/files.h"
#include "core/base/ids.h"
#include "ui/bridge/session.h"
#include "ui/models/format.h"
#include "ui/shell/settings_store.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QScrollArea>
#include <QThreadPool>

namespace lathe::ui {

namespace {

constexpr const char* kLevelKey = "train/level";
constexpr int kDraftMs = 500;

QString shellQuoted(QString path) { return QLatin1Char('\'') + path.replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\''); }

} // namespace

SetupView::SetupView(Session* session, PromptService* prompts, WindowSettings* settings, QWidget* parent)
    : QWidget(parent), m_session(session), m_settings(settings), m_requests(session->client(), &m_document), m_header(new PageHeader),
      m_search(new QLineEdit), m_level(new SegmentedSwitch), m_banner(new Banner(Tone::Error)),
      m_form(new TrainForm(&m_document, session, prompts, settings)), m_inspector(new SetupInspector(&m_document)), m_undo(new UndoBar) {
  setObjectName(QStringLiteral("train_setup"));
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* inside = new QWidget;
  auto* column = new QVBoxLayout(inside);
  column->setContentsMargins(20, 0, space::k8, space::k16); // the scroll bar takes the rest
  column->addWidget(m_form);
  scroll->setWidget(inside);

  auto* left = new QVBoxLayout;
  left->setSpacing(space::k12);
  left->addWidget(buildTop());
  left->addWidget(scroll, 1);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  row->addLayout(left, 1);
  row->addWidget(m_inspector);

  const QString level = settings->value(QString::fromUtf8(kLevelKey), QStringLiteral("simple")).toString();
  retranslate();
  m_level->setCurrent(level);
  m_form->setShowAll(level == QStringLiteral("all"));
  keepFolded(*m_inspector, *settings);
  connectAnswers();
  restoreDraft();
}

QString SetupView::draftKey() const { return QStringLiteral("train/draft") + (m_session->isRemote() ? QLatin1Char('/') + m_session->client()->hostName() : QString()); }

/// What was filled in when the window was last closed.
void SetupView::restoreDraft() {
  const QString kept = m_settings->value(draftKey()).toString();
  if (!kept.isEmpty())
    if (const auto draft = capture([&] { return parseJson(kept.toStdString()); }); draft && draft->is_object())
      m_document.replace(*draft);
  m_draftLater.setSingleShot(true);
  m_draftLater.setInterval(kDraftMs);
  connect(&m_document, &SpecDocument::changed, &m_draftLater, qOverload<>(&QTimer::start));
  const auto keep = [this] { m_settings->set(draftKey(), fromStd(dumpJson(m_document.json()))); };
  connect(&m_draftLater, &QTimer::timeout, this, keep);
  connect(qApp, &QCoreApplication::aboutToQuit, this, [this, keep] {
    if (m_draftLater.isActive())
      keep();
  });
}

void SetupView::changeWithUndo(const QString& said, const std::function<void()>& change) {
  const Json before = m_document.json();
  change();
  if (before.empty() || before == m_document.json())
    return;
  m_undo->offer(said, [this, before] { m_document.replace(before); });
}

QWidget* SetupView::buildTop() {
  auto* top = new QWidget;
  auto* column = new QVBoxLayout(top);
  column->setContentsMargins(20, space::k16, 20, 0);
  column->setSpacing(space::k12);
  m_search->setObjectName(QStringLiteral("option_search"));
  m_search->setClearButtonEnabled(true);
  m_search->setFixedWidth(200);
  m_level->setObjectName(QStringLiteral("option_level"));
  m_header->addAction(m_search);
  m_header->addAction(m_level);
  column->addWidget(m_header);
  m_banner->hide();
  m_banner->setClosable(true);
  connect(m_banner, &Banner::closed, m_banner, &QWidget::hide);
  column->addWidget(m_banner);
  m_cardGrid = new QGridLayout;
  m_cardGrid->setSpacing(space::k8);
  for (const Recipe& recipe : recipes()) {
    auto* card = new RecipeCard(recipe);
    m_cards.append(card);
    if (m_session->isRemote() && recipe.key == QStringLiteral("first"))
      card->hide(); // its files are on this computer
    connect(card, &RecipeCard::clicked, this, [this, card] { applyRecipe(card); });
  }
  placeCards();
  column->addLayout(m_cardGrid);
  column->addWidget(m_undo);
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) { m_form->setSearch(text); });
  connect(m_level, &SegmentedSwitch::chosen, this, [this](const QString& level) {
    m_form->setShowAll(level == QStringLiteral("all"));
    m_settings->set(QString::fromUtf8(kLevelKey), level);
  });
  return top;
}

void SetupView::connectAnswers() {
  connect(&m_requests, &SetupRequests::checked, this, [this](const auto& problems) {
    m_form->showProblems(problems);
    m_inspector->showProblems(problems);
  });
  connect(&m_requests, &SetupRequests::previewed, this, [this](const auto& preview) {
    m_form->showPreview(preview);
    m_inspector->showPreview(preview);
  });
  connect(&m_requests, &SetupRequests::previewFailed, this, [this](const QString& message) {
    m_form->showPreview({});
    m_inspector->showPreviewFailure(message);
  });
  connect(&m_requests, &SetupRequests::planned, m_inspector, &SetupInspector::showPlan);
  connect(&m_requests, &SetupRequests::planFailed, m_inspector, &SetupInspector::showPlanFailure);
  connect(&m_requests, &SetupRequests::recipePlanned, this, [this](const QString& key, const api::MemoryPlan& plan) {
    for (RecipeCard* card : m_cards)
      if (card->recipe().key == key)
        card->setPrediction(plan.tokensPerS > 0 ? format::rate(plan.tokensPerS) + QStringLiteral(" · ") + bytesText(plan.total) : bytesText(plan.total));
  });
  connect(&m_document, &SpecDocument::changed, this, &SetupView::tickRecipes);
  connect(m_session, &Session::modelsRead, this, [this] {
    chooseFirstModel();
    m_form->showModels();
  });
  connect(m_session->client(), &EngineClient::stateChanged, this, [this](LinkState state) { m_inspector->setConnected(state == LinkState::Connected); });
  m_inspector->setConnected(m_session->isConnected());
  connect(m_inspector, &SetupInspector::startRequested, this, &SetupView::start);
  connect(m_inspector, &SetupInspector::copyRequested, this, &SetupView::copyCommand);
}

void SetupView::chooseFirstModel() {
  if (m_document.isSet("model.path") || m_document.isSet("model.config"))
    return;
  const auto& models = m_session->models()->models();
  const auto usable = [](const api::ModelSummary& model) { return model.kind != "adapter" && model.supported; };
  auto found = std::find_if(models.begin(), models.end(), [&](const auto& model) { return usable(model) && !model.bundled; });
  if (found == models.end())
    found = std::find_if(models.begin(), models.end(), usable);
  if (found != models.end())
    m_document.setAll({{"model.path", found->path}});
}

void SetupView::load(const Json& spec) {
  m_search->clear();
  changeWithUndo(tr("The form was filled anew."), [&] { m_document.replace(spec); });
}

void SetupView::focusSearch() {
  m_search->setFocus();
  m_search->selectAll();
}

void SetupView::showOption(const OptionField* field) {
  m_search->setText(field->label());
  field->control()->setFocus();
}

/// All in one row where there is room for their texts, otherwise two.
void SetupView::placeCards() {
  constexpr int kCardRoom = 190, kMargins = 40;
  QList<RecipeCard*> shown;
  for (RecipeCard* card : std::as_const(m_cards))
    if (!card->isHidden() || !card->testAttribute(Qt::WA_WState_ExplicitShowHide)) // not hidden on purpose
      shown << card;
  const int room = width() - m_inspector->width() - kMargins;
  const int columns = room >= kCardRoom * shown.size() ? static_cast<int>(shown.size()) : 2;
  if (shown.isEmpty() || columns == m_cardColumns)
    return;
  m_cardColumns = columns;
  for (int i = 0; i < shown.size(); ++i)
    m_cardGrid->addWidget(shown[i], i / columns, i % columns);
  for (int i = 0; i < shown.size(); ++i)
    m_cardGrid->setColumnStretch(i, i < columns ? 1 : 0);
}

void SetupView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  placeCards();
}

void SetupView::applyRecipe(const RecipeCard* card) {
  changeWithUndo(tr("The recipe “%1” was applied.").arg(card->recipe().title), [&] { m_document.setAll(card->recipe().settings); });
}

void SetupView::tickRecipes() {
  for (RecipeCard* card : m_cards) {
    const auto& settings = card->recipe().settings;
    card->setChecked(std::all_of(settings.begin(), settings.end(), [this](const auto& setting) { return m_document.value(setting.first) == setting.second; }));
  }
}

void SetupView::start() {
  m_inspector->setStarting(true);
  const Json params = {{"spec", m_document.json()}, {"name", m_document.text("name")}};
  m_session->client()->call<Json>(api::method::kRunsStart, params, this, [this](const Result<Json>& answer) {
    m_inspector->setStarting(false);
    if (!answer)
      return showTrouble(fromStd(answer.error().message));
    m_banner->hide();
    Q_EMIT started(fromStd(stringOr(*answer, "id", "")));
  });
}

void SetupView::copyCommand() {
  const std::string name = slug(m_document.text("name"));
  const std::string folder = m_session->client()->home().toStdString() + "/specs";
  const std::string path = folder + "/" + (name.empty() ? "run" : name) + ".json";
  const std::string text = dumpJson(m_document.json(), 2) + "\n";
  // The file is written elsewhere: a slow disk must not stop the window.
  const QString command = m_session->isRemote() ? QStringLiteral("lathe --host %1 train - < ").arg(m_session->client()->hostName()) : QStringLiteral("lathe train ");
  QThreadPool::globalInstance()->start([guard = QPointer<SetupView>(this), folder, path, text, command] {
    const auto written = capture([&] {
      makeDirectories(folder);
      writeFileAtomic(path, text);
      return true;
    });
    QMetaObject::invokeMethod(qApp, [guard, written, path, command] {
      if (!guard)
        return;
      if (written)
        QApplication::clipboard()->setText(command + shellQuoted(fromStd(path)));
      else
        guard->showTrouble(fromStd(written.error().message));
    });
  });
}

void SetupView::showTrouble(const QString& text) {
  m_banner->setText(text);
  m_banner->show();
}

void SetupView::retranslate() {
  m_header->setTitle(tr("New fine-tuning run"));
  m_search->setPlaceholderText(tr("Find an option…"));
  named(m_search, tr("Find an option"));
  const QString level = m_level->current();
  m_level->setChoices({{QStringLiteral("simple"), tr("Simple"), tr("The few options that matter most"), true},
                       {QStringLiteral("all"), tr("All options"), tr("Every option of the specification"), true}});
  m_level->setCurrent(level);
  named(m_level, tr("How many options"));
  const auto translated = recipes();
  for (int i = 0; i < m_cards.size(); ++i)
    m_cards[i]->setRecipe(translated[static_cast<size_t>(i)]);
}

void SetupView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
