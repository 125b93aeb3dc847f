// SPDX-License-Identifier: GPL-3.0-or-later
// qcustomplot.h uses Qt's lower-case keywords, which are off in this project.
#pragma once

#include <QtGlobal>

#define signals Q_SIGNALS
#define slots Q_SLOTS
#define emit Q_EMIT
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef emit
#undef foreach
