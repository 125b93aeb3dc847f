# SPDX-License-Identifier: Apache-2.0
"""transformers and PEFT on what Lathe writes: adapters of a few training steps, merged folders, folders made from GGUF files. See README.md."""
import json

import numpy as np
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from common import Lathe, arguments, check, finish, first_difference, relative

EXACT = 1e-4
COUNT = 24
METHODS = {"lora": {}, "rslora": {"use_rslora": True}, "patterns": {"rank_pattern": {"q_proj": 4}, "alpha_pattern": {"v_proj": 3}, "exclude_modules": ["down_proj"]}}

args = arguments(__doc__, llama=False)
lathe = Lathe(args.lathe, args.work)
torch.set_num_threads(1)
logging.disable_progress_bar()


def trained(model, name, method):
    """Four steps with a learning rate that is felt."""
    spec, out = args.work / "spec.json", args.work / f"{model.name}-run-{name}"
    if out.exists():
        return out / "adapter"
    rows = args.work / "rows.jsonl"
    rows.write_text("".join(json.dumps({"messages": [{"role": "user", "content": f"Number {i}?"}, {"role": "assistant", "content": f"It is {i * i}, of course."}]}) + "\n" for i in range(40)))
    spec.write_text(json.dumps({"model": {"path": str(model)}, "method": {"type": "lora", "r": 8, "alpha": 16, **method}, "data": {"train": [{"path": str(rows)}]}, "training": {"steps": 4, "learning_rate": 0.01, "sequences_per_step": 4}}))
    lathe("train", spec, "--out", out, "--device", "cpu")
    return out / "adapter"


def their_model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def answer(model, ids):
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].numpy()
        made = model.generate(torch.tensor([ids]), max_new_tokens=COUNT, do_sample=False, attention_mask=torch.ones(1, len(ids), dtype=torch.long))[0].tolist()[len(ids):]
    return logits, made


def compare(label, theirs, ids, *ours):
    logits, made = answer(theirs, ids)
    want, text = lathe.logits(*ours[:1], ids, *ours[1:]), lathe.greedy(ours[0], ids, COUNT, *ours[1:])["ids"]
    ends = [i for i, token in enumerate(made) if token == theirs.generation_config.eos_token_id or token == theirs.config.eos_token_id]
    at = first_difference(text, made[: ends[0]] if ends else made)
    print(f"  {label:34} logits {relative(want, logits):.1e}  text {'equal' if at is None else f'differs at {at}'}", flush=True)
    check(relative(want, logits) <= EXACT and at is None, f"{label}: logits {relative(want, logits):.1e} apart, text differs at {at}")
    return logits


for model in args.models:
    print(model.name)
    tokenizer = AutoTokenizer.from_pretrained(model)
    ids = lathe.tokenize(model, "<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n")
    check(ids == tokenizer("<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n")["input_ids"], "other tokens")
    base = compare("the folder itself", their_model(model), ids, model)
    for name, method in METHODS.items():
        adapter = trained(model, name, method)
        with_adapter = compare(f"{name} adapter by Lathe in PEFT", PeftModel.from_pretrained(their_model(model), adapter).eval(), ids, model, "--adapter", adapter)
        check(relative(with_adapter, base) > 0.01, f"{name}: the adapter changes nothing")
        merged = args.work / f"{model.name}-merged-{name}"
        if not merged.exists():
            lathe("merge", "--model", model, "--adapter", adapter, "--out", merged, "--dtype", "float32", "--device", "cpu")
        compare(f"{name} merged by Lathe", their_model(merged), ids, merged)
        check(AutoTokenizer.from_pretrained(merged).get_vocab() == tokenizer.get_vocab(), f"{name}: the merged folder has another vocabulary")
    for kind in ("q8_0", "q4_k_m"):
        file, folder = lathe.convert(model, args.work / f"{model.name}-{kind}.gguf", kind), args.work / f"{model.name}-from-{kind}"
        if not folder.exists():
            lathe("convert", "--model", file, "--to", "safetensors", "--type", "f32", "--out", folder)
        compare(f"{kind} written back as a folder", their_model(folder), ids, file)
finish()
