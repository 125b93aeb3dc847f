# SPDX-License-Identifier: Apache-2.0
"""An adapter in both programs: as LoRA-GGUF (Lathe's and llama.cpp's converter) behind llama.cpp's --lora, and merged into a GGUF file. See README.md."""
import json, sys

import numpy as np
from safetensors.numpy import load_file, save_file

from common import Lathe, Llama, arguments, check, finish, first_difference, relative, run

EXACT = 1e-4
COUNT = 24
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

args = arguments(__doc__)
lathe, llama = Lathe(args.lathe, args.work), Llama(args.llama, args.build, args.work)
sys.path.insert(0, str(args.llama / "gguf-py"))
import gguf


def make_adapter(model, out, rank=8, alpha=12):
    """PEFT's layout with random numbers that change the text."""
    random, tensors = np.random.default_rng(3), {}
    for name, weight in shapes(model):
        stem = "base_model.model." + name[: -len(".weight")]
        tensors[stem + ".lora_A.weight"] = (random.standard_normal((rank, weight[1])) / np.sqrt(weight[1])).astype(np.float32)
        tensors[stem + ".lora_B.weight"] = (random.standard_normal((weight[0], rank)) * 0.05).astype(np.float32)
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, out / "adapter_model.safetensors", {"format": "pt"})
    (out / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": str(model), "r": rank, "lora_alpha": alpha, "lora_dropout": 0.0,
                                                         "target_modules": MODULES, "bias": "none", "use_dora": False, "use_rslora": False, "fan_in_fan_out": False, "inference_mode": True}))
    return out


def shapes(model):
    raw = (model / "model.safetensors").read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    return [(name, entry["shape"]) for name, entry in header.items() if name != "__metadata__" and name.split(".")[-2] in MODULES]


def tensors(path):
    return {t.name: t.data.astype(np.float32) for t in gguf.GGUFReader(path).tensors}


for model in args.models:
    print(model.name)
    adapter = make_adapter(model, args.work / f"{model.name}-adapter")
    base = lathe.convert(model, args.work / f"{model.name}-base.gguf", "f32")
    ours, theirs = args.work / f"{model.name}-lora-ours.gguf", args.work / f"{model.name}-lora-theirs.gguf"
    ours.unlink(missing_ok=True)
    lathe("convert", "--model", model, "--adapter", adapter, "--to", "gguf", "--type", "f32", "--out", ours)
    run(sys.executable, args.llama / "convert_lora_to_gguf.py", "--base", model, "--outtype", "f32", "--outfile", theirs, adapter)
    a, b = tensors(ours), tensors(theirs)
    check(set(a) == set(b) and all(np.array_equal(a[name], b[name]) for name in a), "the two LoRA-GGUF files hold other tensors")
    ids = lathe.tokenize(model, "Hello, how are you?")
    want, plain = lathe.logits(model, ids, "--adapter", adapter), lathe.logits(model, ids)
    text = lathe.greedy(model, ids, COUNT, "--adapter", adapter)["ids"]
    print(f"  the adapter moves the logits by {relative(want, plain):.2f} of the largest")
    merged = args.work / f"{model.name}-merged.gguf"
    merged.unlink(missing_ok=True)
    lathe("merge", "--model", model, "--adapter", adapter, "--out", merged, "--to", "gguf", "--type", "f32", "--dtype", "float32", "--device", "cpu")
    for label, path, lora in [("LoRA-GGUF by Lathe", base, ours), ("LoRA-GGUF by llama.cpp", base, theirs), ("merged by Lathe, F32", merged, None)]:
        _, made, logits = llama.answer(path, ids, COUNT, "f32", lora)
        at = first_difference(text, made)
        print(f"  {label:24} logits {relative(logits, want):.1e}  text {'equal' if at is None else f'differs at {at}'}", flush=True)
        check(relative(logits, want) <= EXACT and at is None, f"{label}: logits {relative(logits, want):.1e} apart, text differs at {at}")
finish()
