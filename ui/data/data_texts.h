// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's names for datasets in the person's language.
#pragma once

#include "core/api/data_values.h"

#include <QString>

namespace lathe::ui::datatext {

QString fileFormat(const std::string& file, const std::string& packed); // "JSON lines, gzip"
QString layout(const std::string& layout);                              // "conversations"
QString rows(int64_t count, bool exact);                                // "18 402 rows", "about 1.2M rows"
QString detail(const api::DatasetSummary& dataset);                     // "JSON lines · conversations · 18 402 rows · 12 MiB"
QString columnKind(const std::string& kind);                            // "text"
QString roleName(const std::string& key);                               // of a column: "Instruction"
QString roleHelp(const std::string& key);                               // one line
QString speaker(const std::string& role);                               // of a message: "User"
QString templateName(const std::string& name);
QString work(const std::string& what);                                  // what a long work does now
QString learned(const std::string& layout, const std::string& fallback); // what of a row is learned

} // namespace lathe::ui::datatext
