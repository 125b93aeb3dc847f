# SPDX-License-Identifier: Apache-2.0
"""Type and SHA-256 of every tensor of the GGUF files that llama.cpp makes of the bundled model: python3 make_tensor_hashes.py LLAMA BUILD F32_FILE > spark-tensors.json
LLAMA and BUILD: llama.cpp's source (of the package llama-cpp-python 0.3.36) and build; F32_FILE: resources/models/spark by its convert_hf_to_gguf.py --outtype f32
(tests/interop/their_converter.py LLAMA qwen2 resources/models/spark --outtype f32, because the converter has no name for the vocabulary)."""
import hashlib, json, pathlib, subprocess, sys, tempfile

llama, build, base = map(pathlib.Path, sys.argv[1:])
sys.path.insert(0, str(llama / "gguf-py"))
import gguf

out = {}
with tempfile.TemporaryDirectory() as folder:
    for kind in ["q8_0", "q4_0", "q4_k_m", "q5_k_m", "q6_k"]:
        path = pathlib.Path(folder) / kind
        subprocess.run([build / "bin/llama-quantize", base, path, kind.upper(), "1"], check=True, capture_output=True)
        out[kind] = {t.name: [t.tensor_type.name, hashlib.sha256(t.data.tobytes()).hexdigest()] for t in gguf.GGUFReader(path).tensors}
print(json.dumps(out, indent=0))
