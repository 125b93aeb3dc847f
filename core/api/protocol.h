// SPDX-License-Identifier: Apache-2.0
// JSON-RPC 2.0 methods of the engine and of a worker, in one place. Framing: `Content-Length: N\r\n\r\n` + N bytes (as in LSP), frames
// ≤ 16 MiB. First request on a connection is `hello`; anything before it is refused. Unknown methods: −32601; bad parameters: −32602;
// a failed operation: code −32000 with data {kind, message, detail, code} (core/base/error.h).
#pragma once

#include <cstdint>

namespace lathe::api {

inline constexpr int kProtocolVersion = 1;

/// Request names. → is the result.
namespace method {
// Both sides
inline constexpr const char* kHello = "hello";                 // {protocol, client} → {protocol, version, pid, home, cursor, oldest}
inline constexpr const char* kSubscribe = "events/subscribe";  // {cursor} → {cursor, gap}; then notifications event/batch {events:[Event]}
                                                               // with everything after `cursor` first. gap=true: older ones are gone, re-read state
// Engine: runs
inline constexpr const char* kRunsList = "runs/list";          // {deleted?:bool, limit?, after?:id, tag?, state?} → {runs:[RunSummary] newest first, more:bool}; `after`: go on behind that run
inline constexpr const char* kRunsGet = "runs/get";            // {id} → {run:RunSummary, spec:object, events:[RunEvent]}
inline constexpr const char* kRunsMetrics = "runs/metrics";    // {id, from:step, limit} → {rows:[MetricRow], more:bool}
inline constexpr const char* kRunsStart = "runs/start";        // {spec, name?} → {id}
inline constexpr const char* kRunsBatch = "runs/batch";        // {id, step, stop?:bool} → BatchAnswer. Starts a helper, then says how far it is: ask again while "working"; `stop` ends it
inline constexpr const char* kRunsResume = "runs/resume";      // {id} → {}
inline constexpr const char* kRunsControl = "runs/control";    // {id, action: pause|continue|stop|save|evaluate|sample|free_gpu} → {}
inline constexpr const char* kRunsDelete = "runs/delete";      // {id} → {}  (to the bin; undo with runs/restore)
inline constexpr const char* kRunsRestore = "runs/restore";    // {id} → {}
inline constexpr const char* kRunsPurge = "runs/purge";        // {id} → {}  (removes the folder of a deleted run)
inline constexpr const char* kRunsRename = "runs/rename";      // {id, name} → {}
inline constexpr const char* kRunsTag = "runs/tag";            // {id, add?:[tag], remove?:[tag]} → {tags:[tag]}
// Engine: models, data, planning
inline constexpr const char* kModelsList = "models/list";      // {} → {models:[ModelSummary]}
inline constexpr const char* kModelsAdd = "models/add";        // {path, even_missing?:bool} → ModelSummary (even_missing: what was in the list comes back unlooked at)
inline constexpr const char* kModelsRemove = "models/remove";  // {path} → {}  (from the list; files stay)
inline constexpr const char* kModelsTensors = "models/tensors"; // {path, from?, limit?} → TensorRows (core/api/model_values.h)
inline constexpr const char* kModelsText = "models/text";      // {path, what: licence|template} → ModelText
inline constexpr const char* kModelsTokenize = "models/tokenize"; // {path, text, add_special?:bool} → TokenizerTrial
inline constexpr const char* kModelsRender = "models/render";  // {path, messages:[…], add_generation_prompt?:bool} → TemplateTrial; a newer request replaces an older one
inline constexpr const char* kModelsWork = "models/work";      // {kind: statistics|scan|convert|merge, …} → {work}. statistics: path, tensor · scan: nothing · convert: path, adapter?,
                                                               // to: gguf|safetensors, type, out · merge: path, adapter, out
inline constexpr const char* kModelsWorkState = "models/work/state"; // {work} → ModelWorkState: ask again while "working"
inline constexpr const char* kModelsWorkStop = "models/work/stop";   // {work} → {}
inline constexpr const char* kInspect = "inspect";             // {path} → as `lathe inspect --json`
inline constexpr const char* kSpecCheck = "spec/check";        // {spec} → {spec (complete), problems:[{path,message,severity}]}
inline constexpr const char* kDataPreview = "data/preview";    // {spec, rows} → DataPreview
inline constexpr const char* kDataList = "data/list";          // {} → DatasetList: bundled and remembered ones (core/api/data_values.h)
inline constexpr const char* kDataAdd = "data/add";            // {path, format?, columns?, even_unreadable?:bool} → DatasetSummary; remembers it, or how it is read from now on
inline constexpr const char* kDataRemove = "data/remove";      // {path} → {}  (from the list; files stay)
// `spec` of the following: model and data section; the model may be missing (then there are no tokens)
inline constexpr const char* kDataOpen = "data/open";          // {spec, whole?:bool} → DatasetDetail. At first from the beginning of large files; `whole` indexes every row; a newer one replaces an older one. Without a known shape: summary.problem and the columns
inline constexpr const char* kDataRows = "data/rows";          // {spec, from, limit ≤ 200} → DataRowLines
inline constexpr const char* kDataRow = "data/row";            // {spec, row, chips_from?, chips? ≤ 1000, beside?:bool} → DataRowView; a newer request replaces an older one of the same `beside`
inline constexpr const char* kDataWork = "data/work";          // {kind: rows|statistics|duplicates|leakage|clean, spec, near?:bool, threshold?, out?} → {work}
inline constexpr const char* kDataWorkState = "data/work/state"; // {work} → DataWorkState, with BadDataRows, DataQuality, DuplicateReport, LeakageReport or CleanedCopy when done
inline constexpr const char* kDataWorkStop = "data/work/stop"; // {work} → {}
inline constexpr const char* kPlan = "plan";                   // {spec} → MemoryPlan
inline constexpr const char* kFsList = "fs/list";              // {path} → {path, entries:[{name, folder:bool, bytes, kind}]}
// Engine: chat
inline constexpr const char* kChatsList = "chats/list";        // {} → {chats:[ChatSummary]}
inline constexpr const char* kChatsGet = "chats/get";          // {id} → Chat
inline constexpr const char* kChatsCreate = "chats/create";    // {title?, panes:[ChatPane], system_prompt?, sampling?, messages?:[{role: user|assistant, text}] (said before)} → Chat
inline constexpr const char* kChatsUpdate = "chats/update";    // {id, title?, system_prompt?, panes?, sampling?} → Chat
inline constexpr const char* kChatsDelete = "chats/delete";    // {id} → {}
inline constexpr const char* kChatsRestore = "chats/restore";  // {id} → {}
inline constexpr const char* kChatsSend = "chats/send";        // {id, text} → Chat (prompt committed before inference; replies stream as events)
inline constexpr const char* kChatsRegenerate = "chats/regenerate"; // {id, message, pane?, keep?, token?} → Chat. A reply: a sibling of it, which keeps its first
                                                               // `keep` tokens and then `token` where both are given. The person's message: a reply in `pane` (default: all)
inline constexpr const char* kChatsEdit = "chats/edit";        // {id, message, text} → Chat. The person's message: a sibling of it, answered in all panes; a reply: a sibling with this text
inline constexpr const char* kChatsChoose = "chats/choose";    // {id, message} → Chat. The conversation goes through this message from now on
inline constexpr const char* kChatsBranch = "chats/branch";    // {id, message} → Chat. The conversation ends with this reply; what followed stays a branch
inline constexpr const char* kChatsTokens = "chats/tokens";    // {id, message} → {tokens:[TokenTrace]}
inline constexpr const char* kChatsSearch = "chats/search";    // {text, limit?} → {hits:[ChatHit] (newest first), more:bool}
inline constexpr const char* kChatsStop = "chats/stop";        // {id} → {}
// Engine: the rest
inline constexpr const char* kSettingsGet = "settings/get";    // {} → {key: value…}
inline constexpr const char* kSettingsSet = "settings/set";    // {key: value…} → {}
inline constexpr const char* kDoctor = "doctor";               // {} → as `lathe doctor --json`
inline constexpr const char* kEngineLog = "engine/log";        // {lines?} → {lines:[string], oldest first}: the end of engine.log
inline constexpr const char* kShutdown = "engine/shutdown";    // {} → {}; workers go on
// Worker (its own socket)
inline constexpr const char* kWorkerStatus = "worker/status";  // {} → {state, step, total_steps, memory:{category:bytes}, model}
inline constexpr const char* kJobControl = "job/control";      // {action: pause|continue|stop|save|evaluate|sample} → {}
inline constexpr const char* kGenerate = "generate";           // {request:string, model_path?, adapters:[{path,strength}], messages|prompt, prefix?:[token] (of the reply, as if already made), sampling} → {} (accepted)
inline constexpr const char* kGenerateCancel = "generate/cancel"; // {request} → {}
} // namespace method

/// Notification: {events:[Event]}, at most 30 a second. Bodies by type:
///   metrics    {rows:[MetricRow]}                 run_event  RunEvent               run  RunSummary
///   text       {request, piece, index, tokens?:[TokenTrace]}  text_end   {request, state: done|stopped|failed, error?, tokens, first_token_ms, tokens_per_s}
///   chat       {chat, message:ChatMessage} (a new or finished message)   chat_piece {chat, message, piece, tokens?:[TokenTrace]}
///   telemetry  {devices:[DeviceTelemetry] (the GPUs, then the processor), host:{memory_used, memory_total, cpu}}     models {} (list changed)     chats {} (list changed)
///   progress   {what, share} (a run that prepares)                    engine {notice} (one sentence, e.g. the database was recovered)
/// `gap: true` beside `events`: older events are gone, read the state again. `reset: true` in a metrics body: the run's metrics were cut back to
/// a checkpoint, drop the rows you have. A run body {id, gone: true}: it was purged or its folder vanished.
inline constexpr const char* kEventBatch = "event/batch";

} // namespace lathe::api
