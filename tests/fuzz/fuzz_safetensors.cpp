// SPDX-License-Identifier: Apache-2.0
#include "core/base/checked.h"
#include "core/io/safetensors.h"
#include "tests/fuzz/fuzz_support.h"

#include <cstdint>

using namespace lathe;
using namespace lathe::io;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::MemoryFile file(data, size);
  std::shared_ptr<SafetensorsFile> opened;
  if (!fuzz::accepted([&] { opened = SafetensorsFile::open(file.path()); }))
    return 0;
  // What was accepted covers the file exactly, and every byte of it can be read.
  uint64_t total = 0;
  for (const TensorView& tensor : opened->tensors()) {
    const auto elements = checkedProduct(tensor.shape);
    fuzz::require(elements && *elements * static_cast<uint64_t>(dtypeBytes(tensor.dtype)) == tensor.bytes, "bytes of a tensor");
    fuzz::require(opened->find(tensor.name) == &tensor, "a tensor is found by its name");
    std::string copy(tensor.bytes, '\0');
    opened->read(tensor, std::as_writable_bytes(std::span(copy.data(), copy.size())));
    fuzz::require(copy.empty() || std::string_view(reinterpret_cast<const char*>(tensor.data), copy.size()) == copy, "read() equals the map");
    total += tensor.bytes;
  }
  fuzz::require(total < size, "the tensors fit into the file");
  return 0;
}
