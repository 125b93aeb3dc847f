// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/train/option_texts.h"

#include <QCoreApplication>

namespace lathe::ui {

QString optionText(const char* text) { return *text == 0 ? QString() : QCoreApplication::translate("TrainOption", text); }

} // namespace lathe::ui
