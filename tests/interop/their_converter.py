# SPDX-License-Identifier: Apache-2.0
"""llama.cpp's convert_hf_to_gguf.py for models whose vocabulary it has no name for: their_converter.py LLAMA PRE OPTIONS…
PRE: the tokenizer.ggml.pre to write, "none" for no vocabulary, empty to let the converter decide. Everything else is the converter's."""
import sys

llama, pre = sys.argv[1:3]
sys.argv = ["convert_hf_to_gguf.py"] + sys.argv[3:]
sys.path[:0] = [llama + "/gguf-py", llama]
import convert_hf_to_gguf as convert
from conversion.base import ModelBase, TextModel


def no_vocabulary(self):
    self.gguf_writer.add_tokenizer_model("none")
    key = f"{self.gguf_writer.arch}.vocab_size"  # without it llama.cpp takes a file without vocabulary for one of 0 tokens
    if not any(key in shard for shard in self.gguf_writer.kv_data):
        self.gguf_writer.add_vocab_size(self.hparams["vocab_size"])


def patch(cls):
    for sub in cls.__subclasses__():
        if "set_vocab" in sub.__dict__:
            sub.set_vocab = no_vocabulary
        patch(sub)


original = convert.get_model_class


def patched(*a, **k):  # imports the module of the model, whose classes are known only then
    cls = original(*a, **k)
    if pre == "none":
        patch(ModelBase)
    elif pre:
        TextModel.get_vocab_base_pre = lambda self, tokenizer: pre
    return cls


convert.get_model_class = patched
convert.main()
