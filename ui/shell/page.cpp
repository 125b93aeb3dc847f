// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/page.h"

namespace lathe::ui {

void Page::setBadge(int badge) {
  if (badge == m_badge)
    return;
  m_badge = badge;
  Q_EMIT badgeChanged();
}

} // namespace lathe::ui
