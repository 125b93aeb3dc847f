// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/drop/dropped.h"

#include "core/base/files.h"
#include "ui/models/format.h"

#include <QCoreApplication>
#include <QDirIterator>
#include <QFileInfo>

#include <algorithm>
#include <cstring>

namespace lathe::ui {

namespace {

constexpr uint64_t kLookBytes = 4 << 20; // of specifications and configurations

QString dropText(const char* source) { return QCoreApplication::translate("Drop", source); }

Dropped unknown(Dropped thing, const QString& reason) {
  thing.kind = DroppedKind::Unknown;
  thing.reason = reason;
  return thing;
}

Result<Json> jsonOf(const QString& path) {
  if (!QFileInfo(path).isFile()) // a pipe would keep us waiting
    return Error{ErrorKind::NotFound, path.toStdString() + " is not a file.", {}, {}};
  return capture([&] { return parseJson(readFile(path.toStdString(), kLookBytes), {.bytes = kLookBytes, .comments = true}); });
}

bool looksLikeSpec(const Json& document) { return document.is_object() && find(document, "data") && (find(document, "model") || find(document, "method")); }

/// Of the file inside a packed one.
QString dataSuffix(QString name) {
  name = name.toLower();
  for (const char* packed : {".gz", ".zst"})
    if (name.endsWith(QLatin1String(packed)))
      name.chop(static_cast<qsizetype>(std::strlen(packed)));
  return QFileInfo(name).suffix();
}

bool isDataSuffix(const QString& suffix) {
  static const QStringList known = {QStringLiteral("jsonl"), QStringLiteral("ndjson"), QStringLiteral("json"), QStringLiteral("csv"), QStringLiteral("tsv"), QStringLiteral("txt"), QStringLiteral("md"), QStringLiteral("parquet")};
  return known.contains(suffix);
}

/// Whether there are data files in the folder or in the folders right below; the engine looks deeper.
bool holdsData(const QString& folder) {
  int looked = 0;
  for (QDirIterator it(folder, QDir::Files | QDir::Dirs | QDir::NoDotAndDotDot); it.hasNext() && looked < 200; ++looked) {
    const QFileInfo entry(it.next());
    if (entry.isFile() && isDataSuffix(dataSuffix(entry.fileName())))
      return true;
    if (entry.isDir() && !entry.isSymLink())
      for (QDirIterator inner(entry.filePath(), QDir::Files); inner.hasNext() && looked < 200; ++looked)
        if (isDataSuffix(dataSuffix(QFileInfo(inner.next()).fileName())))
          return true;
  }
  return false;
}

Dropped recognizeFolder(Dropped thing) {
  const auto has = [&](const char* name) { return QFileInfo::exists(thing.path + QLatin1Char('/') + QLatin1String(name)); };
  if (has("adapter_config.json")) {
    thing.kind = DroppedKind::Adapter;
    if (const auto config = jsonOf(thing.path + QStringLiteral("/adapter_config.json")); config && config->is_object()) {
      const Json* base = find(*config, "base_model_name_or_path");
      if (base && base->is_string() && QFileInfo(fromStd(base->get<std::string>())).isDir())
        thing.base = fromStd(base->get<std::string>());
    }
    return thing;
  }
  if (has("spec.json") && (has("metrics.jsonl") || has("events.jsonl"))) {
    const auto spec = jsonOf(thing.path + QStringLiteral("/spec.json"));
    if (!spec)
      return unknown(thing, fromStd(spec.error().message));
    thing.kind = DroppedKind::Run;
    thing.spec = *spec;
    return thing;
  }
  if (has("config.json")) {
    thing.kind = DroppedKind::Model;
    return thing;
  }
  if (holdsData(thing.path)) {
    thing.kind = DroppedKind::Dataset;
    return thing;
  }
  return unknown(thing, dropText(QT_TRANSLATE_NOOP("Drop", "%1 is neither a model (config.json), an adapter (adapter_config.json), a run (spec.json) nor a folder of data files.")).arg(thing.name));
}

Dropped recognizeFile(Dropped thing) {
  const QString suffix = dataSuffix(thing.name);
  if (suffix == QStringLiteral("json")) {
    const auto document = jsonOf(thing.path); // a large one is data
    if (document && looksLikeSpec(*document)) {
      thing.kind = DroppedKind::Spec;
      thing.spec = *document;
      return thing;
    }
  }
  if (isDataSuffix(suffix)) {
    thing.kind = DroppedKind::Dataset;
    return thing;
  }
  if (suffix == QStringLiteral("gguf")) {
    thing.kind = DroppedKind::Model;
    return thing;
  }
  if (suffix == QStringLiteral("safetensors") || suffix == QStringLiteral("bin"))
    return unknown(thing, dropText(QT_TRANSLATE_NOOP("Drop", "%1 is a part of a model; drop the folder that it is in.")).arg(thing.name));
  return unknown(thing, dropText(QT_TRANSLATE_NOOP("Drop", "%1 is no dataset that Lathe reads: it reads JSON, JSON lines, CSV, TSV, Parquet and text, also packed by gzip or zstd.")).arg(thing.name));
}

QString willHappen(const Dropped& thing, qsizetype count, bool inChat) {
  switch (thing.kind) {
  case DroppedKind::Model:
    return (inChat ? dropText(QT_TRANSLATE_NOOP("Drop", "Starts a conversation with %1.")) : dropText(QT_TRANSLATE_NOOP("Drop", "%1 becomes the base model of the next run."))).arg(thing.name);
  case DroppedKind::Adapter:
    return (inChat ? dropText(QT_TRANSLATE_NOOP("Drop", "Starts a conversation with %1 beside its base model.")) : dropText(QT_TRANSLATE_NOOP("Drop", "The next run goes on training %1."))).arg(thing.name);
  case DroppedKind::Dataset:
    return count == 1 ? dropText(QT_TRANSLATE_NOOP("Drop", "%1 becomes the training data of the next run.")).arg(thing.name)
                      : dropText(QT_TRANSLATE_NOOP("Drop", "%1 files become the training data of the next run.")).arg(count);
  case DroppedKind::Run: return dropText(QT_TRANSLATE_NOOP("Drop", "Opens the run %1, or its specification where the run is not of this home.")).arg(thing.name);
  case DroppedKind::Spec: return dropText(QT_TRANSLATE_NOOP("Drop", "The form is filled from %1.")).arg(thing.name);
  case DroppedKind::Unknown: break;
  }
  return thing.reason;
}

} // namespace

Dropped recognize(const QString& path) {
  const QFileInfo info(path);
  Dropped thing;
  thing.path = info.absoluteFilePath();
  thing.name = info.fileName();
  if (!info.exists())
    return unknown(thing, dropText(QT_TRANSLATE_NOOP("Drop", "%1 is not there any more.")).arg(thing.name));
  return info.isDir() ? recognizeFolder(thing) : recognizeFile(thing);
}

DropPlan planDrop(std::vector<Dropped> things, bool inChat, bool remote, bool inModels) {
  DropPlan plan;
  if (things.empty()) {
    plan.text = dropText(QT_TRANSLATE_NOOP("Drop", "Only files and folders of this computer can be dropped here."));
    return plan;
  }
  if (remote) {
    plan.text = dropText(QT_TRANSLATE_NOOP("Drop", "This window works on another machine: copy it there first and type its path."));
    return plan;
  }
  const auto bad = std::find_if(things.begin(), things.end(), [](const Dropped& thing) { return thing.kind == DroppedKind::Unknown; });
  if (bad != things.end()) {
    plan.text = bad->reason;
    return plan;
  }
  const bool models = std::all_of(things.begin(), things.end(), [](const Dropped& thing) { return thing.kind == DroppedKind::Model || thing.kind == DroppedKind::Adapter; });
  if (inModels && models) {
    plan.kind = DroppedKind::Model;
    plan.text = things.size() == 1 ? dropText(QT_TRANSLATE_NOOP("Drop", "Adds %1 to the list of models.")).arg(things.front().name)
                                   : dropText(QT_TRANSLATE_NOOP("Drop", "Adds %1 models and adapters to the list.")).arg(things.size());
    plan.things = std::move(things);
    return plan;
  }
  const bool datasets = std::all_of(things.begin(), things.end(), [](const Dropped& thing) { return thing.kind == DroppedKind::Dataset; });
  if (things.size() > 1 && !datasets) {
    plan.text = dropText(QT_TRANSLATE_NOOP("Drop", "Drop one model, adapter, run or specification at a time; only datasets go together."));
    return plan;
  }
  plan.kind = things.front().kind;
  plan.text = willHappen(things.front(), static_cast<qsizetype>(things.size()), inChat);
  if (plan.kind == DroppedKind::Adapter && things.front().base.isEmpty()) {
    plan.kind = DroppedKind::Unknown;
    plan.text = dropText(QT_TRANSLATE_NOOP("Drop", "The base model that %1 names is not on this computer.")).arg(things.front().name);
  }
  plan.things = std::move(things);
  return plan;
}

} // namespace lathe::ui
