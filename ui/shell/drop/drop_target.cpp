// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/drop/drop_target.h"

#include "core/api/protocol.h"
#include "ui/bridge/session.h"
#include "ui/models/format.h"
#include "ui/shell/main_window.h"
#include "ui/train/setup_view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/path_field.h"

#include <QApplication>
#include <QDropEvent>
#include <QMimeData>
#include <QPainter>
#include <QThreadPool>
#include <QUrl>

namespace lathe::ui {

namespace {

constexpr int kOverlayMargin = 24, kHideMs = 60; // a move between two widgets is a leave and an enter
constexpr qsizetype kMostPaths = 64;

QStringList localPaths(const QMimeData* data) {
  QStringList out;
  for (const QUrl& url : data->urls())
    if (url.isLocalFile() && out.size() < kMostPaths)
      out << url.toLocalFile();
  return out;
}

std::vector<std::pair<std::string, Json>> settingsOf(const DropPlan& plan) {
  const Dropped& first = plan.things.front();
  switch (plan.kind) {
  case DroppedKind::Model: return {{"model.path", first.path.toStdString()}};
  case DroppedKind::Adapter: return {{"model.path", first.base.toStdString()}, {"method.init_from", first.path.toStdString()}};
  case DroppedKind::Dataset: {
    Json files = Json::array();
    for (const Dropped& thing : plan.things)
      files.push_back({{"path", thing.path.toStdString()}, {"format", "auto"}});
    return {{"data.train", std::move(files)}};
  }
  case DroppedKind::Run:
  case DroppedKind::Spec:
  case DroppedKind::Unknown: break;
  }
  return {};
}

} // namespace

DropOverlay::DropOverlay(QWidget* window) : QWidget(window) {
  setObjectName(QStringLiteral("drop_overlay"));
  setAttribute(Qt::WA_TransparentForMouseEvents);
  hide();
}

void DropOverlay::show(const QString& text, bool accepted) {
  m_text = text;
  m_accepted = accepted;
  setAccessibleName(text);
  setGeometry(parentWidget()->rect());
  setVisible(true);
  raise();
  update();
}

void DropOverlay::paintEvent(QPaintEvent*) {
  const Theme& theme = Style::theme();
  QPainter painter(this);
  painter.fillRect(rect(), style::withAlpha(theme.background, 0.82));
  const QRect frame = rect().adjusted(kOverlayMargin, kOverlayMargin, -kOverlayMargin, -kOverlayMargin);
  style::drawBox(painter, frame, Qt::transparent, m_accepted ? theme.accent : theme.bad, 12, Qt::DashLine);
  const QPoint middle = frame.center();
  painter.drawPixmap(middle - QPoint(20, 60), style::pixmap(m_accepted ? IconName::Plus : IconName::Warning, m_accepted ? IconRole::Accent : IconRole::Bad, 40, devicePixelRatioF()));
  painter.setFont(style::uiFont(16, QFont::DemiBold));
  painter.setPen(theme.text);
  painter.drawText(QRect(frame.left() + 40, middle.y(), frame.width() - 80, 120), Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, m_text);
}

DropTarget::DropTarget(MainWindow& window, Session& session, SetupView& setup, QObject* parent)
    : QObject(parent), m_window(window), m_session(session), m_setup(setup), m_overlay(new DropOverlay(&window)) {
  m_window.setAcceptDrops(true);
  m_hide.setSingleShot(true);
  m_hide.setInterval(kHideMs);
  connect(&m_hide, &QTimer::timeout, this, [this] { // what is still being looked at does not bring it back
    ++m_look;
    m_paths.clear();
    m_overlay->hide();
  });
  qApp->installEventFilter(this);
}

DropTarget::~DropTarget() = default;

bool DropTarget::isMine(const QObject* object) const {
  const auto* widget = qobject_cast<const QWidget*>(object);
  if (!widget || widget->window() != &m_window)
    return false;
  for (; widget; widget = widget->parentWidget())
    if (qobject_cast<const PathField*>(widget) || widget->property("takesDrops").toBool()) // a page with a list of its own
      return false;
  return true;
}

bool DropTarget::eventFilter(QObject* object, QEvent* event) {
  switch (event->type()) {
  case QEvent::DragEnter:
  case QEvent::DragMove:
  case QEvent::Drop:
  case QEvent::DragLeave: return isMine(object) && handle(event);
  default: return false;
  }
}

bool DropTarget::handle(QEvent* event) {
  if (event->type() == QEvent::DragLeave) {
    m_hide.start();
    return false;
  }
  auto* drop = static_cast<QDropEvent*>(event);
  const QStringList paths = localPaths(drop->mimeData());
  if (paths.isEmpty()) // text into a field, a link into the composer
    return false;
  m_hide.stop();
  drop->setDropAction(Qt::CopyAction);
  drop->accept();
  if (event->type() == QEvent::Drop)
    take(paths);
  else if (paths != m_paths) // being looked at, or shown
    look(paths, false);
  return true;
}

void DropTarget::take(const QStringList& paths) {
  m_overlay->hide();
  look(paths, true);
}

void DropTarget::look(const QStringList& paths, bool drop) {
  m_paths = paths;
  const bool remote = m_session.isRemote();
  // A folder may be on a slow disk: it is looked at elsewhere.
  QThreadPool::globalInstance()->start([guard = QPointer<DropTarget>(this), paths, drop, remote, number = ++m_look] {
    std::vector<Dropped> things;
    for (const QString& path : paths)
      things.push_back(remote ? Dropped{} : recognize(path));
    QMetaObject::invokeMethod(qApp, [guard, things = std::move(things), drop, remote, number]() mutable {
      if (!guard || number != guard->m_look)
        return;
      const QString page = guard->m_window.currentPage() ? guard->m_window.currentPage()->key() : QString();
      const DropPlan plan = planDrop(std::move(things), page == QStringLiteral("chat"), remote, page == QStringLiteral("models"));
      if (drop)
        guard->perform(plan);
      else
        guard->m_overlay->show(plan.text, plan.kind != DroppedKind::Unknown);
    });
  });
}

void DropTarget::perform(const DropPlan& plan) {
  m_paths.clear();
  const bool inChat = m_window.currentPage() && m_window.currentPage()->key() == QStringLiteral("chat");
  switch (plan.kind) {
  case DroppedKind::Unknown: return m_window.showNotice(plan.text);
  case DroppedKind::Run: return openRun(plan.things.front());
  case DroppedKind::Model:
  case DroppedKind::Adapter:
    if (inChat)
      return chat(plan.things.front());
    if (m_window.currentPage() && m_window.currentPage()->key() == QStringLiteral("models")) {
      for (const Dropped& thing : plan.things)
        m_session.addModel(thing.path);
      return;
    }
    return fill(plan);
  case DroppedKind::Dataset:
  case DroppedKind::Spec: return fill(plan);
  }
}

void DropTarget::fill(const DropPlan& plan) {
  const Json before = m_setup.document()->json();
  if (plan.kind == DroppedKind::Spec || plan.kind == DroppedKind::Run)
    Q_EMIT m_session.specRequested(plan.things.front().spec);
  else {
    m_setup.document()->setAll(settingsOf(plan));
    Q_EMIT m_session.setupRequested();
  }
  m_window.offerUndo(plan.kind == DroppedKind::Dataset ? tr("Training data changed.") : plan.kind == DroppedKind::Model ? tr("Base model changed.") : tr("The form was filled."),
                     [guard = QPointer<SetupView>(&m_setup), before] {
                       if (guard)
                         guard->load(before);
                     });
}

void DropTarget::chat(const Dropped& thing) {
  api::ChatPane base, tuned;
  base.modelPath = tuned.modelPath = (thing.kind == DroppedKind::Adapter ? thing.base : thing.path).toStdString();
  std::vector<api::ChatPane> panes = {base};
  if (thing.kind == DroppedKind::Adapter) {
    tuned.adapterPath = thing.path.toStdString();
    panes.push_back(tuned);
  }
  m_session.startChat(thing.name, panes);
}

void DropTarget::openRun(const Dropped& thing) {
  if (m_session.runs()->find(thing.name))
    Q_EMIT m_session.openRunRequested(thing.name);
  else
    fill({DroppedKind::Run, {thing}, {}});
}

} // namespace lathe::ui
