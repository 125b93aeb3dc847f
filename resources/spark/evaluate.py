#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the bundled model with the built programs: 500 held-out sums, 30 fixed dialogues, 200 sampled answers.

Usage: evaluate.py --lathe PATH --model DIR --data DIR [--device auto] [--adapter DIR] [--out FILE.json]
"""
import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def read_rows(path, count=None):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()][:count]


class Program:
    def __init__(self, options):
        self.options = options

    def lines(self, arguments, rows):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        done = subprocess.run([self.options.lathe, *arguments], input=text, stdout=subprocess.PIPE, encoding="utf-8", check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def prompts(self, conversations):
        """Token ids of the conversations with the assistant's turn opened."""
        rendered = self.lines(["template", "--model", self.options.model, "--jsonl"], [{"messages": m, "add_generation_prompt": True} for m in conversations])
        return [row["ids"] for row in self.lines(["tokenize", "--tokenizer", self.options.model, "--jsonl"], rendered)]

    def answers(self, conversations, *sampling):
        """One answer a conversation: {"text", "ids", "finish", …}."""
        prompts = self.prompts(conversations)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "prompts.safetensors")
            write_tokens(path, prompts)
            adapter = ["--adapter", self.options.adapter] if self.options.adapter else []
            return self.lines(["generate", "--model", self.options.model, *adapter, "--tokens", path, "--json", "--device", self.options.device, *sampling], [])


def write_tokens(path, prompts):
    """safetensors with input_ids and cu_seqlens."""
    ids = [i for prompt in prompts for i in prompt]
    bounds = [0]
    for prompt in prompts:
        bounds.append(bounds[-1] + len(prompt))
    body = struct.pack(f"<{len(ids)}q", *ids) + struct.pack(f"<{len(bounds)}q", *bounds)
    header = json.dumps({"input_ids": {"dtype": "I64", "shape": [len(ids)], "data_offsets": [0, 8 * len(ids)]},
                         "cu_seqlens": {"dtype": "I64", "shape": [len(bounds)], "data_offsets": [8 * len(ids), len(body)]}}).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(header)) + header + body)


def sums(program, data):
    rows = read_rows(os.path.join(data, "sums.jsonl"))
    answers = program.answers([r["messages"] for r in rows], "--greedy", "--max-tokens", "48")
    wrong = [(r["messages"][0]["content"], a["text"]) for r, a in zip(rows, answers) if not right_sum(a["text"], r["expect"])]
    return {"count": len(rows), "right": len(rows) - len(wrong), "share": 1 - len(wrong) / len(rows), "wrong": wrong[:10]}


def right_sum(text, expect):
    """The last number of the answer is the sum."""
    numbers = re.findall(r"\d+", text)
    return bool(numbers) and numbers[-1] == expect


def dialogues(program, _):
    rows = read_rows(os.path.join(HERE, "dialogues.jsonl"))
    answers = program.answers([r["messages"] for r in rows], "--greedy", "--max-tokens", "200")
    wrong = [(r["messages"][-1]["content"], a["text"]) for r, a in zip(rows, answers) if not re.search(r["expect"], a["text"].strip(), re.IGNORECASE)]
    return {"count": len(rows), "right": len(rows) - len(wrong), "share": 1 - len(wrong) / len(rows), "wrong": wrong}


def opening(messages):
    first = next(i for i, m in enumerate(messages) if m["role"] == "assistant")
    return messages[:first]


def loops(ids):
    """Whether some eight tokens in a row come three times, or twice without anything between them."""
    seen = {}
    for i in range(len(ids) - 7):
        key = tuple(ids[i:i + 8])
        before = seen.setdefault(key, [])
        before.append(i)
        if len(before) >= 3 or (len(before) == 2 and before[1] - before[0] <= 8):
            return True
    return False


def samples(program, data):
    rows = read_rows(os.path.join(data, "heldout-chat.jsonl"), 200)
    prompts = [opening(r["messages"]) for r in rows]
    answers = program.answers(prompts, "--temperature", "0.7", "--top-p", "0.95", "--seed", "1", "--max-tokens", "400")
    ended = [a["finish"] in ("eos", "stop") for a in answers]
    valid = ["\ufffd" not in a["text"] and a["text"].strip() != "" for a in answers]
    looped = [loops(a["ids"]) for a in answers]
    good = sum(e and v and not l for e, v, l in zip(ended, valid, looped))
    wrong = [(p[-1]["content"], a["text"][:200]) for p, a, e, v, l in zip(prompts, answers, ended, valid, looped) if not (e and v and not l)]
    return {"count": len(rows), "ended": sum(ended), "valid": sum(valid), "looped": sum(looped), "share": good / len(rows), "wrong": wrong[:10],
            "tokens_per_s": sum(len(a["ids"]) for a in answers) / max(1e-9, sum(len(a["ids"]) / a["tokens_per_s"] for a in answers if a["tokens_per_s"]))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lathe", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--adapter")
    parser.add_argument("--out")
    options = parser.parse_args()
    program, result = Program(options), {}
    for name, measure, least in (("sums", sums, 0.90), ("dialogues", dialogues, 0.80), ("samples", samples, 0.95)):
        begin = time.monotonic()
        result[name] = measure(program, options.data)
        share = result[name]["share"]
        print(f"{name:10} {100 * share:5.1f} % of {result[name]['count']} (at least {100 * least:.0f} % wanted), {time.monotonic() - begin:.1f} s")
        for question, answer in result[name]["wrong"][:5]:
            print(f"    {question!r} -> {answer!r}")
    if options.out:
        with open(options.out, "w", encoding="utf-8") as f:
            json.dump(result, f, ensure_ascii=False, indent=1)
    sys.exit(0 if result["sums"]["share"] >= 0.90 and result["dialogues"]["share"] >= 0.80 and result["samples"]["share"] >= 0.95 else 1)


if __name__ == "__main__":
    main()
