# SPDX-License-Identifier: Apache-2.0
"""Tiny models as GGUF, by llama.cpp's own converter: python3 make_tiny_gguf.py LLAMA_CPP TINY_MODELS OUT

LLAMA_CPP holds convert_hf_to_gguf.py and gguf-py (version of the source package llama-cpp-python 0.3.36). The tiny models have no tokenizer,
so the step that writes one is replaced (Gemma 3's also counts tokens elsewhere: it is given a list of as many); everything else is the converter's. llama-lora.gguf is what its other program makes:
convert_lora_to_gguf.py --base TINY_MODELS/llama --outtype f32 --outfile llama-lora.gguf TINY_MODELS/llama/adapter
"""
import json, pathlib, shutil, sys, tempfile

cpp, models, out = map(pathlib.Path, sys.argv[1:])
sys.path[:0] = [str(cpp / "gguf-py"), str(cpp)]
import convert_hf_to_gguf as convert
from conversion.base import ModelBase


def no_vocabulary(self):
    self.gguf_writer.add_tokenizer_model("none")


def patch(cls):
    for sub in cls.__subclasses__():
        if "set_vocab" in sub.__dict__:
            sub.set_vocab = no_vocabulary
        patch(sub)


def model_folder(name):
    if name != "gemma3-text":
        return models / name
    copy = pathlib.Path(tempfile.mkdtemp()) / name
    shutil.copytree(models / name, copy)
    words = json.loads((copy / "config.json").read_text())["vocab_size"]
    (copy / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {str(i): i for i in range(words)}}, "added_tokens": []}))
    return copy


for name, types in {"llama": ["f32", "f16", "bf16", "q8_0"], "llama3-rope-tied": ["f32"], "qwen2": ["f32"], "qwen3": ["f32"], "phi3-longrope": ["f32"], "mixtral": ["f32"], "qwen3-moe": ["f32"],
                    "gemma2": ["f32"], "gemma3-text": ["f32"], "granite": ["f32"], "smollm3": ["f32"], "olmo2": ["f32"], "phi3-partial": ["f32"]}.items():
    for kind in types:
        sys.argv = ["convert", str(model_folder(name)), "--outtype", kind, "--outfile", str(out / f"{name}-{kind}.gguf")]
        args = convert.parse_args()
        original = convert.get_model_class  # imports the module of the model, whose classes are known only then

        def patched(*a, **k):
            cls = original(*a, **k)
            patch(ModelBase)
            return cls

        convert.get_model_class = patched
        convert.main()
        convert.get_model_class = original
