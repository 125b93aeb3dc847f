// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"
#include "ui/shell/page.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"

#include <QAbstractButton>

namespace lathe::ui {

class PromptService;
class Session;
class WindowSettings;

/// Icon, title, what it does and what it takes; the whole card is the button.
class WelcomeCard : public QAbstractButton {
  Q_OBJECT
 public:
  WelcomeCard(const char* name, IconName icon, QWidget* parent = nullptr);
  void setTexts(const QString& title, const QString& text, const QString& note);
  QSize sizeHint() const override { return {270, 210}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  IconName m_icon;
  QString m_what, m_note;
};

/// The first page of an empty home: try the demo, open one's own model, or work on another machine.
class WelcomePage : public Page {
  Q_OBJECT
 public:
  WelcomePage(Session& session, PromptService& prompts, const WindowSettings& settings, QWidget* parent = nullptr);
  QString key() const override { return QStringLiteral("welcome"); }
  QString title() const override { return tr("First steps"); }
  IconName icon() const override { return IconName::Logo; }
  bool inRail() const override { return false; }
  void opened() override;

 Q_SIGNALS:
  void hostRequested(); // the card of another machine

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void suggest();
  void startDemo();
  void openModel();
  void showTrouble(const QString& text);
  void retranslate();
  Session& m_session;
  PromptService& m_prompts;
  const WindowSettings& m_settings;
  bool m_runsRead = false, m_chatsRead = false, m_suggested = false;
  PageHeader* m_header;
  Banner* m_banner;
  WelcomeCard *m_demo, *m_model, *m_host;
};

} // namespace lathe::ui
