#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a sample dataset does to a model: trains a LoRA on it and answers ten prompts before and after (greedy).

Usage: probe.py --lathe PATH --model DIR --dataset FILE.jsonl --work DIR [--device auto] [--steps 150]
"""
import argparse
import json
import os
import shutil
import subprocess
import time

import evaluate


def strict_json(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def spec(options):
    return {"name": "probe", "model": {"path": os.path.abspath(options.model)}, "method": {"type": "lora", "r": 16, "alpha": 32},
            "data": {"train": [{"path": os.path.abspath(options.dataset)}], "validation": {"count": 30}, "max_seq_len": 256},
            "training": {"steps": options.steps, "sequences_per_step": 8, "tokens_per_microbatch": 2048, "learning_rate": 2e-3, "seed": 1},
            "save": {"every_steps": 0}, "eval": {"every_steps": 50}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("lathe", "model", "dataset", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--adapter", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    os.environ.setdefault("LATHE_HOME", os.path.join(os.path.abspath(options.work), "home"))
    with open(os.path.join(evaluate.HERE, "probes.json"), encoding="utf-8") as f:
        questions = json.load(f)
    conversations = [[{"role": "user", "content": q}] for q in questions]
    sampling = ("--greedy", "--max-tokens", "96")
    before = evaluate.Program(options).answers(conversations, *sampling)
    path, run = os.path.join(options.work, "spec.json"), os.path.join(options.work, "run")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(spec(options), f)
    shutil.rmtree(run, ignore_errors=True)
    begin = time.monotonic()
    subprocess.run([options.lathe, "train", path, "--out", run, "--device", options.device], check=True)
    seconds = time.monotonic() - begin
    options.adapter = os.path.join(run, "adapter")
    after = evaluate.Program(options).answers(conversations, *sampling)
    for question, a, b in zip(questions, before, after):
        print(f"{question}\n    before  {a['text']}\n    after   {b['text']}")
    changed = sum(a["text"].strip() != b["text"].strip() for a, b in zip(before, after))
    print(f"{changed} of {len(questions)} answers changed, {sum(strict_json(b['text']) for b in after)} are strict JSON; {options.steps} steps in {seconds:.0f} s")


if __name__ == "__main__":
    main()
