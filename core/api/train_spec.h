// SPDX-License-Identifier: Apache-2.0
// A training specification (cli.md): the file, the form and the run folder hold the same thing. The option table below is the one
// place that describes a field; parsing, validation, `--help`, the form in the window and the docs are made from it.
#pragma once

#include "core/base/json.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lathe::api {

struct DatasetEntry {
  std::string path;
  std::string format = "auto"; // auto | messages | alpaca | text | tokens
  Json columns = Json::object(); // role → column of the file, where the names are unusual: {"instruction": "question"}
};

struct TrainSpec {
  std::string name; // shown in the window; not part of the computation
  struct Model {
    std::string path;            // model folder; empty when trained from scratch
    std::string dtype = "auto";  // auto | float32 | bfloat16
    std::string config;          // from scratch: config.json
    std::string init;            // "" or "random"
    std::string tokenizer;       // from scratch: folder or tokenizer.json
  } model;
  struct Method {
    std::string type = "lora"; // lora | full
    int64_t r = 16;
    double alpha = 32;
    double dropout = 0;
    bool useRslora = false;
    bool useDora = false;
    std::vector<std::string> targetModules = {"all-linear"};
    std::vector<std::string> excludeModules;
    std::vector<int64_t> layersToTransform;
    std::map<std::string, int64_t> rankPattern;
    std::map<std::string, double> alphaPattern;
    std::string initFrom; // PEFT adapter folder to go on from
  } method;
  struct Data {
    std::vector<DatasetEntry> train;
    double validationFraction = 0;
    int64_t validationCount = 0;
    std::string validationPath;
    std::string templateName = "auto"; // auto | chatml | path of a .jinja file
    int64_t maxSeqLen = 2048;
    std::string longRows = "auto"; // auto | truncate_right | truncate_left | split | drop
    bool packing = true;
    std::string packingStrategy = "auto"; // auto | best_fit | first_fit | in_order
    std::string trainOn = "assistant"; // assistant | completion | all
    std::string order = "shuffle";     // shuffle | sequential
  } data;
  struct Training {
    std::optional<int64_t> steps;
    double epochs = 1;
    int64_t tokensPerMicrobatch = 8192;
    int64_t sequencesPerStep = 16; // 0 = "all": one step sees the whole data
    double learningRate = 2e-4;
    std::string schedule = "cosine"; // cosine | linear | constant
    double warmupRatio = 0.03;
    std::optional<int64_t> warmupSteps; // wins over warmupRatio
    double weightDecay = 0;
    std::string optimizer = "adamw";
    double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
    std::optional<double> maxGradNorm = 1.0; // null: no clipping
    std::string recompute = "auto";          // auto | none | all | every-N | offload
    int64_t seed = 1;
    bool deterministic = false;
    std::string device = "auto"; // auto | cpu | cuda | cuda:N; --device on the command line wins
  } training;
  int64_t saveEverySteps = 200;
  int64_t saveKeep = 2;
  int64_t evalEverySteps = 100;
  struct Probes {
    std::vector<std::string> prompts; // at most kProbePrompts; empty: none
    int64_t maxTokens = 64;           // of each answer
  } probes;
};

inline constexpr size_t kProbePrompts = 32;
inline constexpr size_t kProbePromptBytes = 16 << 10;

enum class Severity { Error, Warning };

struct Problem {
  std::string path; // "training.learning_rate"
  std::string message;
  Severity severity = Severity::Error;
};

struct ParsedSpec {
  TrainSpec spec;
  std::vector<Problem> problems; // every one, not the first
  bool ok() const;
};

enum class OptionType { Text, Path, Integer, Number, Flag, Choice, List, Object };

/// One field of the specification.
struct TrainOption {
  const char* path;       // "method.r"
  OptionType type;
  const char* title;      // "Rank"
  const char* help;       // one line: what it is
  const char* effect;     // one line: what it changes in memory, speed or quality
  const char* standard;   // default as JSON text, "null" when empty
  double minimum, maximum; // numbers; both 0 = unchecked
  std::vector<const char*> choices;
  bool simple;            // shown in the Simple form
  bool nullable;          // null is a value of its own
  const char* unit;       // "tokens", "steps", ""
};

std::span<const TrainOption> trainOptions();

/// Validates the whole document against the table and across fields; unknown keys are errors with the nearest known name.
ParsedSpec parseTrainSpec(const Json& json);
/// Complete document with every option, in the table's order.
Json trainSpecToJson(const TrainSpec& spec);
/// Reads a file (comments allowed). Throws refusals for unreadable JSON; problems of content are in the result.
ParsedSpec readTrainSpec(const std::string& path);
/// Applies `--set a.b=v` (v is JSON, or else a plain string) to a document. Throws Usage for a malformed assignment.
void applySetting(Json& document, const std::string& assignment);
/// Whether this names a device: auto, cpu, cuda or cuda:N.
bool isDeviceName(const std::string& text);
/// All problems as one message for the person.
std::string describeProblems(const std::vector<Problem>& problems);

} // namespace lathe::api
