// SPDX-License-Identifier: Apache-2.0
// Builds model files, good and hostile, for the tests of core/io.
#pragma once

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/io/tensor_view.h"

#include <QTemporaryDir>

#include <functional>
#include <string>
#include <vector>

namespace iotest {

/// 8 length bytes, the header text, `dataBytes` zero bytes.
std::string safetensorsBytes(const std::string& header, size_t dataBytes);
std::string withLength(uint64_t length, const std::string& rest);
void writeBytes(const std::string& path, const std::string& bytes);
std::string readBytes(const std::string& path);
/// A file of this size whose tail takes no space on disk.
void writeSparse(const std::string& path, const std::string& head, uint64_t bytes);

/// A tensor over memory that lives as long as the view.
lathe::io::TensorView tensorOf(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values);

/// config.json of a small Llama (hidden 16, 2 layers, vocabulary 32).
lathe::Json smallLlamaConfig();
/// The names and shapes of that model's tensors, all zero except where the index tells them apart.
std::vector<lathe::io::TensorView> smallLlamaTensors();
/// Writes both into `folder`.
void writeSmallLlama(const std::string& folder);

struct Outcome {
  bool threw = false;
  lathe::Error error;
  double seconds = 0;          // by the clock
  double processorSeconds = 0; // of this process: what counts on a machine that others use too
};
/// Runs and times; anything but lathe::Exception passes through and fails the test.
Outcome outcomeOf(const std::function<void()>& function);

/// Names of everything below the folder, for "nothing was written".
std::vector<std::string> treeOf(const std::string& folder);

/// Model names under the shared data; empty when the data is absent.
std::vector<std::string> tinyModels(const std::string& sharedData);

} // namespace iotest
