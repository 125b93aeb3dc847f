#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the text that the bundled model spark is trained and measured on. All of it is our own, made from the tables beside this file;
the same arguments give the same bytes on every machine.

Usage: make_text.py OUT [--rows N] [--passages N] [--seed N]    everything for training, into the folder OUT
       make_text.py sample OUT.jsonl [--rows N] [--seed N]      some conversations to look at
"""
import argparse
import json
import multiprocessing
import os
import re

from conversation import conversation, passage
from gen import Gen, held_out_sum

SHARD = 4000
CHAT, TEXT, HELD_CHAT, HELD_TEXT = range(4)


def shard(job):
    kind, seed, count = job
    g = Gen(seed * 8 + kind, kind in (HELD_CHAT, HELD_TEXT))
    lines = []
    for _ in range(count):
        row = {"messages": conversation(g)} if kind in (CHAT, HELD_CHAT) else {"text": passage(g)}
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines)


def jobs(kind, seed, rows):
    return [(kind, seed * 1_000_003 + i, min(SHARD, rows - at)) for i, at in enumerate(range(0, rows, SHARD))]


def write(pool, path, kind, seed, rows):
    with open(path, "w", encoding="utf-8") as f:
        for part in pool.imap(shard, jobs(kind, seed, rows)):
            f.write(part)
    print(f"{path}: {rows} rows, {os.path.getsize(path) / 1e6:.1f} MB")


def tokenizer_corpus(source, path, rows):
    """Part of the text for training the tokenizer. Chinese characters stand alone, so that each one becomes a token and phrases do not."""
    with open(source, encoding="utf-8") as f, open(path, "w", encoding="utf-8") as out:
        for number, line in enumerate(f):
            if number == rows:
                break
            for turn in json.loads(line)["messages"]:
                text = re.sub("([\u4e00-\u9fff])", "\\1\n", turn["content"])
                text = re.sub("([\u3000-\u3002\uff00-\uffef\u201c\u201d])", "\\1\t\n", text)
                times = 1 if text == turn["content"] else 8  # a small share of the text, yet every character should get its token
                out.write((json.dumps({"text": f"{turn['role']}\n{text}\n"}, ensure_ascii=False) + "\n") * times)


def held_out_sums(path, count, seed):
    g = Gen(seed)
    pairs = g.shuffled([(a, b) for a in range(100) for b in range(100) if held_out_sum(a, b)])[:count]
    with open(path, "w", encoding="utf-8") as f:
        for a, b in pairs:
            f.write(json.dumps({"messages": [{"role": "user", "content": f"What is {a} + {b}?"}], "expect": str(a + b)}) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--passages", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.out == "sample":
        with open(options.file, "w", encoding="utf-8") as f:
            f.write(shard((CHAT, options.seed + 77, options.rows or 50)))
        return
    os.makedirs(options.out, exist_ok=True)
    at = lambda name: os.path.join(options.out, name)
    with multiprocessing.Pool() as pool:
        write(pool, at("chat.jsonl"), CHAT, options.seed, options.rows or 200_000)
        write(pool, at("text.jsonl"), TEXT, options.seed, options.passages)
        write(pool, at("heldout-chat.jsonl"), HELD_CHAT, options.seed, 2000)
        write(pool, at("heldout-text.jsonl"), HELD_TEXT, options.seed, 400)
    tokenizer_corpus(at("chat.jsonl"), at("tokenizer.jsonl"), 30_000)
    held_out_sums(at("sums.jsonl"), 500, options.seed)


if __name__ == "__main__":
    main()
