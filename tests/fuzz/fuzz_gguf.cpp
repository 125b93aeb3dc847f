// SPDX-License-Identifier: Apache-2.0
#include "core/io/gguf.h"
#include "core/io/inspect.h"
#include "core/io/model_folder.h"
#include "tests/fuzz/fuzz_support.h"

#include <cstdint>

using namespace lathe;
using namespace lathe::io;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::MemoryFile file(data, size);
  std::shared_ptr<const GgufFile> opened;
  if (!fuzz::accepted([&] { opened = GgufFile::open(file.path()); }))
    return 0;
  const GgufHeader& header = opened->header();
  for (const GgufValue& value : header.values()) {
    fuzz::require(header.find(value.key) == &value && value.at + value.bytes <= size, "a value is found by its key and lies in the file");
    fuzz::require(dumpJson(header.json(value)).size() < (64u << 20), "a value can be shown");
    if (value.isArray && value.type == GgufValueType::String)
      fuzz::require(header.texts(value.key).size() == value.count, "every text of a list is there");
  }
  // What was accepted lies inside the file without overlaps, and every byte of it can be read.
  uint64_t end = header.headBytes();
  for (const GgufTensor& tensor : header.tensors()) {
    fuzz::require(tensor.bytes == 0 || (tensor.at >= end && tensor.at + tensor.bytes <= size), "a tensor lies in the file");
    fuzz::require(header.findTensor(tensor.name) == &tensor, "a tensor is found by its name");
    std::string copy(tensor.bytes, '\0');
    opened->read(tensor, 0, std::as_writable_bytes(std::span(copy.data(), copy.size())));
    end = tensor.bytes == 0 ? end : tensor.at + tensor.bytes;
  }
  std::shared_ptr<ModelFolder> folder;
  if (fuzz::accepted([&] { folder = ModelFolder::describe(file.path()); }))
    for (const std::string& name : folder->names()) {
      const TensorView& view = *folder->find(name);
      std::string copy(view.bytes, '\0');
      folder->read(view, std::as_writable_bytes(std::span(copy.data(), copy.size())));
    }
  fuzz::accepted([&] { inspectPath(file.path()); });
  return 0;
}
