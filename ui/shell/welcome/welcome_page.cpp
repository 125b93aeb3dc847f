// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/welcome/welcome_page.h"

#include "core/api/protocol.h"
#include "core/base/files.h"
#include "ui/bridge/session.h"
#include "ui/models/format.h"
#include "ui/settings/settings_page.h"
#include "ui/shell/settings_store.h"
#include "ui/train/recipes.h"
#include "ui/train/spec_document.h"
#include "ui/widgets/prompt_service.h"

#include <QDir>
#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>

#include <algorithm>

namespace lathe::ui {

namespace {

constexpr int kCardPadding = 18, kCardIcon = 32;

std::optional<Recipe> demoRecipe() {
  for (const Recipe& recipe : recipes())
    if (recipe.key == QStringLiteral("first"))
      return recipe;
  return std::nullopt;
}

/// The bundled data set, so that one's own model can be tried before one's own data is at hand.
Json specFor(const std::string& model, const std::string& device, bool bundled) {
  Json spec = {{"model", {{"path", model}}}};
  if (device != "auto")
    spec["training"] = {{"device", device}};
  if (const auto datasets = bundled ? bundledDatasets() : std::vector<std::string>(); !datasets.empty())
    spec["data"] = {{"train", Json::array({{{"path", datasets.front()}, {"format", "auto"}}})}};
  return spec;
}

} // namespace

WelcomeCard::WelcomeCard(const char* name, IconName icon, QWidget* parent) : QAbstractButton(parent), m_icon(icon) {
  setObjectName(QLatin1String(name));
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_Hover);
  setMinimumSize(220, 210);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void WelcomeCard::setTexts(const QString& title, const QString& text, const QString& note) {
  setText(title);
  m_what = text;
  m_note = note;
  named(this, title, text + QLatin1Char(' ') + note);
  setToolTip(note);
  update();
}

void WelcomeCard::paintEvent(QPaintEvent*) {
  const Theme& theme = Style::theme();
  const bool lit = isEnabled() && (underMouse() || isDown());
  QPainter painter(this);
  style::drawBox(painter, rect(), lit ? theme.hover : theme.raised, hasFocus() ? theme.accent : lit ? theme.borderStrong : theme.border, 8);
  QRect inside = rect().adjusted(kCardPadding, kCardPadding, -kCardPadding, -kCardPadding);
  const IconRole role = isEnabled() ? IconRole::Accent : IconRole::Muted;
  painter.drawPixmap(inside.topLeft(), style::pixmap(m_icon, role, kCardIcon, devicePixelRatioF()));
  inside.setTop(inside.top() + kCardIcon + space::k12);
  const auto paragraph = [&](const QString& text, const QFont& font, const QColor& color, int gap) {
    painter.setFont(font);
    painter.setPen(color);
    QRect used;
    painter.drawText(inside, Qt::TextWordWrap, text, &used);
    inside.setTop(used.bottom() + gap);
  };
  paragraph(text(), style::uiFont(15, QFont::DemiBold), isEnabled() ? theme.text : theme.muted, space::k8);
  paragraph(m_what, style::uiFont(), isEnabled() ? theme.text : theme.muted, 0);
  painter.setFont(style::uiFont(12));
  painter.setPen(theme.muted);
  painter.drawText(inside, Qt::TextWordWrap | Qt::AlignBottom, m_note);
}

WelcomePage::WelcomePage(Session& session, PromptService& prompts, const WindowSettings& settings, QWidget* parent)
    : Page(parent), m_session(session), m_prompts(prompts), m_settings(settings), m_header(new PageHeader), m_banner(new Banner(Tone::Error)), m_demo(new WelcomeCard("welcome_demo", IconName::Play)),
      m_model(new WelcomeCard("welcome_model", IconName::Folder)), m_host(new WelcomeCard("welcome_host", IconName::System)) {
  setObjectName(QStringLiteral("page_welcome"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(20, space::k16, 20, space::k16);
  column->setSpacing(space::k16);
  column->addWidget(m_header);
  m_banner->hide();
  m_banner->setClosable(true);
  connect(m_banner, &Banner::closed, m_banner, &QWidget::hide);
  column->addWidget(m_banner);
  auto* holder = new QWidget;
  holder->setMaximumWidth(1100);
  auto* cards = new QHBoxLayout(holder);
  cards->setContentsMargins(0, 0, 0, 0);
  cards->setSpacing(space::k16);
  for (WelcomeCard* card : {m_demo, m_model, m_host})
    cards->addWidget(card);
  column->addStretch(1);
  column->addWidget(holder);
  column->addStretch(3);
  m_demo->setEnabled(!session.isRemote() && demoRecipe());
  connect(m_demo, &WelcomeCard::clicked, this, &WelcomePage::startDemo);
  connect(m_model, &WelcomeCard::clicked, this, &WelcomePage::openModel);
  connect(m_host, &WelcomeCard::clicked, this, &WelcomePage::hostRequested);
  connect(&session, &Session::runsRead, this, [this] {
    m_runsRead = true;
    suggest();
  });
  connect(&session, &Session::chatsRead, this, [this] {
    m_chatsRead = true;
    suggest();
  });
  retranslate();
}

void WelcomePage::opened() { (m_demo->isEnabled() ? m_demo : m_model)->setFocus(); }

void WelcomePage::suggest() {
  if (m_suggested || !m_runsRead || !m_chatsRead)
    return;
  m_suggested = true;
  if (m_session.runs()->runs().empty() && m_session.chats()->chats().empty())
    Q_EMIT pageSuggested(key());
}

void WelcomePage::startDemo() {
  const auto recipe = demoRecipe();
  if (!recipe)
    return;
  SpecDocument document;
  document.setAll(recipe->settings);
  m_demo->setEnabled(false);
  const Json params = {{"spec", document.json()}, {"name", document.text("name")}};
  m_session.client()->call<Json>(api::method::kRunsStart, params, this, [this](const Result<Json>& answer) {
    m_demo->setEnabled(true);
    if (!answer)
      return showTrouble(fromStd(answer.error().message));
    m_banner->hide();
    Q_EMIT m_session.openRunRequested(fromStd(stringOr(*answer, "id", "")));
  });
}

void WelcomePage::openModel() {
  const auto folder = m_prompts.openFolder(this, tr("Folder of a model"), QDir::homePath());
  if (!folder)
    return;
  const std::string path = folder->toStdString();
  if (!m_session.isRemote() && !fileExists(path + "/config.json"))
    return showTrouble(tr("%1 holds no model: there is no config.json in it. Choose a folder in the format of Hugging Face.").arg(*folder));
  m_banner->hide();
  Q_EMIT m_session.specRequested(specFor(path, m_settings.value(QLatin1String(kDefaultDeviceKey), QStringLiteral("auto")).toString().toStdString(), !m_session.isRemote()));
}

void WelcomePage::showTrouble(const QString& text) {
  m_banner->setText(text);
  m_banner->show();
}

void WelcomePage::retranslate() {
  m_header->setTitle(tr("Make a model better at your own work"));
  m_header->setContext(tr("Three ways to begin. This page comes back from the palette (Ctrl+K), under First steps."));
  const QString note = m_session.isRemote() ? tr("Its files are on this computer; choose This computer below.")
                       : demoRecipe()       ? tr("One click; a minute or two on a processor.")
                                            : tr("No model came along with this build.");
  m_demo->setTexts(tr("Try the demo"), tr("A small model learns to talk like a pirate while you watch. Then compare it with itself as it was before."), note);
  m_model->setTexts(tr("Open my model"), tr("A folder in the format of Hugging Face. The form is filled; look through it and start."), tr("Llama, Mistral, Qwen, Gemma, Phi and relatives."));
  m_host->setTexts(tr("Work on another machine"), tr("The window stays here, the GPU is there. Models, data and runs stay over there."), tr("Over ssh, with your keys; Lathe has to be installed there."));
}

void WelcomePage::changeEvent(QEvent* event) {
  Page::changeEvent(event);
  if (event->type() == QEvent::LanguageChange)
    retranslate();
}

} // namespace lathe::ui
