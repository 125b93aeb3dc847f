// SPDX-License-Identifier: Apache-2.0
// The answer of `doctor`, and every text in it: the window translates message and remedy, the command line prints them as they are.
#pragma once

#include "core/api/codec.h"

#include <string>
#include <vector>

namespace lathe::api {

struct DoctorCheck {
  std::string name;     // "disk"; several GPUs share one name
  std::string status;   // ok | warn | fail
  std::string text;     // `message` with its `args`
  std::string message;  // one of doctor_text, with {} where the arguments go
  std::vector<std::string> args;
  std::string remedy;   // one of doctor_text, empty when nothing is wrong
  std::string command;  // what to type in a terminal, where a command is the remedy
  Json value;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("name", s.name);
    field("status", s.status);
    field("text", s.text);
    field("message", s.message);
    field("args", s.args);
    field("remedy", s.remedy);
    field("command", s.command);
    field("value", s.value);
  }
};

struct DoctorReport {
  std::string version, status = "ok"; // the worst of all
  std::vector<DoctorCheck> checks;
  template <class Self, class Visitor>
  static void visit(Self& s, Visitor&& field) {
    field("version", s.version);
    field("status", s.status);
    field("checks", s.checks);
  }
};

namespace doctor_text {
inline constexpr const char* kProcessor = "{}, {} cores usable";
inline constexpr const char* kMemory = "{} of {} available";
inline constexpr const char* kCloseOthers = "Close other programs before you train.";
inline constexpr const char* kNoSwap = "none";
inline constexpr const char* kSwap = "{} of {} free";
inline constexpr const char* kSwapFull = "Swap is nearly full: close other programs, or the system may end a run.";
inline constexpr const char* kNotTold = "not told by this system";
inline constexpr const char* kHugePages = "transparent huge pages: {}";
inline constexpr const char* kHugePagesOff = "Large buffers are faster with huge pages on request.";
inline constexpr const char* kGovernor = "{}";
inline constexpr const char* kGovernorSaves = "The processor saves power and computes slower than it could.";
inline constexpr const char* kDisk = "{} free for {}";
inline constexpr const char* kDiskReadOnly = "{} free for {}, which cannot be written";
inline constexpr const char* kDiskUnknown = "{}";
inline constexpr const char* kOtherFolder = "Choose another folder with --home.";
inline constexpr const char* kFreeSpace = "Free some space, or choose another folder with --home.";
inline constexpr const char* kNoDriver = "No NVIDIA driver was found. Everything runs on the processor.";
inline constexpr const char* kDriverBroken = "{} Everything runs on the processor.";
inline constexpr const char* kInstallDriver = "With an NVIDIA card: install its driver, version 580 or later.";
inline constexpr const char* kRestartDriver = "A restart after a driver update often helps.";
inline constexpr const char* kDriver = "NVIDIA driver {}";
inline constexpr const char* kDriverOld = "NVIDIA driver {}, too old for CUDA 13";
inline constexpr const char* kNewerDriver = "Install driver 580 or later.";
inline constexpr const char* kGpu = "{}, {} of {} used";
inline constexpr const char* kGpuOld = "{} is of an older kind than Lathe computes on";
inline constexpr const char* kNewerGpu = "It needs compute capability 8.0: an RTX 30, A100 or newer.";
inline constexpr const char* kNoGpu = "The driver runs but shows no GPU. Everything runs on the processor.";
inline constexpr const char* kLookAtSmi = "Look at what the driver itself says.";
inline constexpr const char* kBackend = "{}";
inline constexpr const char* kNoBackend = "This build has no GPU back end (liblathe_cuda.so).";
inline constexpr const char* kBuildBackend = "Set up nvcc 13 and build again.";
inline constexpr const char* kNvcc = "{}";
inline constexpr const char* kNoNvcc = "not installed; needed only to build the GPU back end from source";
inline constexpr const char* kWorker = "{}";
inline constexpr const char* kNoWorker = "{} is missing: nothing can be trained or generated";
inline constexpr const char* kBuild = "Build it again.";
inline constexpr const char* kTorch = "{}";
inline constexpr const char* kTorchLinked = "linked into lathe-worker by its build path";
inline constexpr const char* kNoTorch = "not found";
inline constexpr const char* kSetUp = "Set it up.";
inline constexpr const char* kResources = "{}";
inline constexpr const char* kNoResources = "{} holds no models: the bundled model is missing";

inline constexpr const char* const kAll[] = {
    kProcessor, kMemory, kCloseOthers, kNoSwap, kSwap, kSwapFull, kNotTold, kHugePages, kHugePagesOff, kGovernorSaves, kDisk, kDiskReadOnly, kOtherFolder, kFreeSpace,
    kNoDriver, kDriverBroken, kInstallDriver, kRestartDriver, kDriver, kDriverOld, kNewerDriver, kGpu, kGpuOld, kNewerGpu, kNoGpu, kLookAtSmi, kBackend, kNoBackend,
    kBuildBackend, kNoNvcc, kNoWorker, kBuild, kTorchLinked, kNoTorch, kSetUp, kNoResources};
inline constexpr const char* const kNames[] = {"processor", "memory", "swap", "huge pages", "governor", "disk", "driver", "GPU", "GPU back end", "nvcc", "lathe-worker", "LibTorch", "resources"};
} // namespace doctor_text

} // namespace lathe::api
