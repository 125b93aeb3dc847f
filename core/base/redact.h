// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace lathe {

/// A text that may leave the machine: the person's home folder becomes ~, their name in paths becomes USER, and what looks like a secret becomes
/// <removed>: tokens with a known beginning (hf_, sk-, ghp_, …), what follows Bearer, key= or "token":, and private keys.
/// `home`: $HOME; `user`: the login name; empty ones are left out.
std::string redact(std::string_view text, const std::string& home, const std::string& user);
/// With this process's $HOME and login name.
std::string redact(std::string_view text);

} // namespace lathe
