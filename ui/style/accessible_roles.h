// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace lathe::ui::style {

/// Tells screen readers what the window's own painted controls are: a bar is a progress bar, a place of the status strip that can be pressed is a
/// button. Installed once by Style; Qt knows the roles of its own controls.
void installAccessibleRoles();

} // namespace lathe::ui::style
