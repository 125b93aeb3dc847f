// SPDX-License-Identifier: Apache-2.0
// Names that come from files: what is refused in them, and how they are shown.
#pragma once

#include <string>
#include <string_view>

namespace lathe::io {

/// Why a tensor name is refused ("holds a control character"), or empty: valid UTF-8, 1–512 bytes, no control or
/// text-direction characters.
std::string nameProblem(std::string_view name);

/// In double quotes for a message; at most 80 bytes, control and direction characters as \u{…}.
std::string shownName(std::string_view text);

/// Why a file name of an index is refused ("leaves the folder"), or empty: one plain name without separators, drive or "..".
std::string fileNameProblem(std::string_view name);

/// Refuses what is no regular file (REJ:NOT_A_FILE) or not there (NotFound) without opening it: opening a device can have effects.
void requireRegularFile(const std::string& path);

/// The resolved file behind `folder`/`name`, following links only inside the folder or, in a Hugging Face cache
/// (…/snapshots/<revision> beside …/blobs), inside that repository. REJ:MODEL_LINK otherwise; NotFound when absent.
std::string resolveInside(const std::string& folder, const std::string& name);

/// Whether * (anything) and ? (one byte) of the glob cover the whole text; time at most their product.
bool globMatches(std::string_view glob, std::string_view text);

} // namespace lathe::io
