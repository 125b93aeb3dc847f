// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory_help.h"

#include <QCoreApplication>

namespace lathe::ui {

namespace {
struct HelpText {
  Q_DECLARE_TR_FUNCTIONS(MemoryHelp)
};
} // namespace

QString memoryCategoryHelp(MemoryCategory category) {
  switch (category) {
  case MemoryCategory::Weights:
    return HelpText::tr("The model's matrices. Smaller with a smaller model or bfloat16.");
  case MemoryCategory::Adapters:
    return HelpText::tr("The adapter's values and the room for them. Smaller with a lower rank.");
  case MemoryCategory::Masters:
    return HelpText::tr("Exact copies of what is trained. Smaller with a lower rank, or LoRA instead of full training.");
  case MemoryCategory::Gradients:
    return HelpText::tr("One number for each trained one. Smaller with a lower rank.");
  case MemoryCategory::Optimizer:
    return HelpText::tr("The optimizer's two averages. Smaller with a lower rank.");
  case MemoryCategory::Stash:
    return HelpText::tr("What the forward pass keeps for the backward pass. Smaller with recomputation, shorter sequences or smaller microbatches.");
  case MemoryCategory::Workspace:
    return HelpText::tr("Intermediate results. Smaller with smaller microbatches.");
  case MemoryCategory::Cache:
    return HelpText::tr("Keys and values of replies. Smaller with fewer or shorter conversations.");
  case MemoryCategory::Context:
    return HelpText::tr("What the driver keeps for the program itself.");
  case MemoryCategory::Held:
    return HelpText::tr("Kept for the next step, given back when memory runs short.");
  case MemoryCategory::Rest:
    return HelpText::tr("Lathe's own, of no known purpose.");
  case MemoryCategory::Other:
    return HelpText::tr("Used by programs other than Lathe.");
  }
  return {};
}

QString memoryHelp(const QList<MemoryPart>& parts) {
  QStringList lines;
  for (const MemoryPart& part : parts)
    lines << QStringLiteral("%1: %2").arg(memoryCategoryName(part.category), memoryCategoryHelp(part.category));
  return lines.join(QLatin1Char('\n'));
}

} // namespace lathe::ui
