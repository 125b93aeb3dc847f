// SPDX-License-Identifier: Apache-2.0
// Any bytes as the model.safetensors.index.json of a folder with two shards and a secret beside it: refused, or the tensors come from those shards.
#include "core/base/files.h"
#include "core/io/model_folder.h"
#include "tests/fuzz/fuzz_support.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace {

using namespace lathe;
namespace fs = std::filesystem;

void put(const std::string& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string shard(const std::string& name) {
  const std::string header = "{\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
  return std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header + "abcd";
}

std::string makeFolder() {
  const std::string root = (fs::temp_directory_path() / ("lathe-fuzz-index-" + std::to_string(::getpid()))).string(), folder = root + "/model";
  fs::create_directories(folder);
  put(root + "/secret.safetensors", shard("secret"));
  put(folder + "/a.safetensors", shard("a"));
  put(folder + "/b.safetensors", shard("b"));
  put(folder + "/config.json", R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":8,"hidden_size":8,"intermediate_size":8,"num_hidden_layers":1,"num_attention_heads":2})");
  return folder;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string folder = makeFolder();
  put(folder + "/model.safetensors.index.json", {reinterpret_cast<const char*>(data), size});
  fuzz::accepted([&] {
    const auto model = io::ModelFolder::describe(folder);
    fuzz::require(model->names().size() <= 2 && model->shards().size() <= 2, "no more than there is");
    for (const std::string& name : model->names()) {
      fuzz::require(name == "a" || name == "b", "only tensors of the folder");
      std::string copy(4, '\0');
      model->read(*model->find(name), std::as_writable_bytes(std::span(copy.data(), copy.size())));
      fuzz::require(copy == "abcd", "its bytes");
    }
  });
  return 0;
}
