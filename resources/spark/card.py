#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Renders the model card from what the runs left behind. A value that is missing is an error, not a gap.

Usage: card.py --run RUN --model DIR --data DIR --perplexity-chat RUN --perplexity-text RUN --evaluation FILE.json --out README.md [--device-name TEXT]
"""
import argparse
import json
import math
import os
import string

HERE = os.path.dirname(os.path.abspath(__file__))


def load(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return json.load(f)


def metrics(run):
    with open(os.path.join(run, "metrics.jsonl"), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def thousands(value):
    return f"{value:,.0f}"


def millions(value):
    return f"{value / 1e6:.1f} M"


def parameters_of(path):
    """Elements and bytes of all tensors, from the safetensors header."""
    with open(path, "rb") as f:
        size = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(size))
    return sum(math.prod(t["shape"]) for name, t in header.items() if name != "__metadata__"), os.path.getsize(path)


def duration(seconds):
    return f"{int(seconds // 60)} min {int(seconds % 60)} s" if seconds >= 60 else f"{seconds:.0f} s"


def averaged(rows, key, at, width=50):
    window = rows[max(0, at - width + 1):at + 1]
    return sum(r[key] for r in window) / len(window)


def curve(rows):
    """About twelve points: those with a held-out loss, evenly thinned, and always the last."""
    measured = [i for i, r in enumerate(rows) if "eval_loss" in r] or [len(rows) - 1]
    stride = max(1, round(len(measured) / 12))
    chosen = sorted({0, *measured[stride - 1::stride], measured[-1]})
    total, sums = 0, []
    for row in rows:
        total += row["tokens"]
        sums.append(total)
    return "\n".join(f"| {rows[i]['step']} | {millions(sums[i])} | {rows[i]['lr']:.2e} | {averaged(rows, 'loss', i):.3f} | " +
                     (f"{rows[i]['eval_loss']:.3f} |" if "eval_loss" in rows[i] else "|") for i in chosen)


def result(part):
    done = part["right"] if "right" in part else round(part["share"] * part["count"])
    return f"{100 * part['share']:.1f} % ({done} of {part['count']})"


def count_lines(path):
    with open(path, "rb") as f:
        return sum(1 for _ in f)


def values(options):
    rows, spec, config = metrics(options.run), load(options.run, "spec.json"), load(options.model, "config.json")
    training, evaluation = spec["training"], load(options.evaluation)
    count, size = parameters_of(os.path.join(options.model, "model.safetensors"))
    chat, text = (os.path.join(options.data, name) for name in ("chat.jsonl", "text.jsonl"))
    losses = {name: metrics(run)[-1]["eval_loss"] for name, run in (("chat", options.perplexity_chat), ("text", options.perplexity_text))}
    tokens = sum(r["tokens"] for r in rows)
    steady = rows[len(rows) // 10:]
    return {
        "parameters": thousands(count), "layers": config["num_hidden_layers"], "hidden": config["hidden_size"], "mlp": config["intermediate_size"], "heads": config["num_attention_heads"],
        "head_dim": config["head_dim"], "kv_heads": config["num_key_value_heads"], "vocab": thousands(config["vocab_size"]), "dtype": config["torch_dtype"], "mebibytes": f"{size / 2**20:.1f}",
        "context": thousands(config["max_position_embeddings"]), "longest": thousands(spec["data"]["max_seq_len"]), "chat_rows": thousands(count_lines(chat)), "text_rows": thousands(count_lines(text)),
        "megabytes": f"{(os.path.getsize(chat) + os.path.getsize(text)) / 1e6:.0f}", "tokens_per_epoch": millions(tokens / rows[-1]["epoch"]), "betas": " and ".join(map(str, training["betas"])),
        "weight_decay": training["weight_decay"], "learning_rate": f"{training['learning_rate']:g}", "schedule": training["schedule"], "warmup": training["warmup_steps"], "clip": training["max_grad_norm"],
        "rows_per_step": training["sequences_per_step"], "compute": spec["model"]["dtype"], "seed": training["seed"], "steps": thousands(rows[-1]["step"]), "epochs": f"{rows[-1]['epoch']:.3g}",
        "tokens": millions(tokens), "supervised": millions(sum(r["supervised_tokens"] for r in rows)), "time": duration(rows[-1]["time"]), "device": options.device_name,
        "speed": thousands(sum(r["tokens"] for r in steady) / max(1e-9, sum(r["step_ms"] for r in steady) / 1e3)), "first_loss": f"{rows[0]['loss']:.2f}",
        "last_loss": f"{averaged(rows, 'loss', len(rows) - 1):.3f}", "chat_loss": f"{losses['chat']:.4f}", "chat_ppl": f"{math.exp(losses['chat']):.3f}", "text_loss": f"{losses['text']:.4f}",
        "text_ppl": f"{math.exp(losses['text']):.3f}", "sums": result(evaluation["sums"]), "dialogues": result(evaluation["dialogues"]), "samples": result(evaluation["samples"]), "curve": curve(rows)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("run", "model", "data", "perplexity-chat", "perplexity-text", "evaluation", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--device-name", default="one device")
    options = parser.parse_args()
    with open(os.path.join(HERE, "card.md"), encoding="utf-8") as f:
        card = string.Template(f.read()).substitute(values(options))
    with open(options.out, "w", encoding="utf-8") as f:
        f.write(card)


if __name__ == "__main__":
    main()
