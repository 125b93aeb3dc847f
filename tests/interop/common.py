# SPDX-License-Identifier: Apache-2.0
"""What the scripts of this folder share: running Lathe and llama.cpp, comparing logits."""
import argparse, json, os, pathlib, subprocess, sys

import numpy as np
from safetensors.numpy import load_file, save_file

failures = []


def arguments(text, llama=True):
    parser = argparse.ArgumentParser(description=text)
    for name in (["llama", "build"] if llama else []) + ["lathe", "work"]:
        parser.add_argument("--" + name, required=True, type=pathlib.Path)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    os.environ["LATHE_HOME"] = str(args.work / "home")
    return args


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def check(good, what):
    if not good:
        failures.append(what)
        print("  FAILED:", what)


def finish():
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


class Lathe:
    def __init__(self, program, work):
        self.program, self.work = program, work

    def __call__(self, *command):
        return run(self.program, *command)

    def convert(self, model, out, kind, *more):
        out.unlink(missing_ok=True)
        self("convert", "--model", model, "--to", "gguf", "--type", kind, "--out", out, *more)
        return out

    def tokens_file(self, rows):
        path = self.work / "tokens.safetensors"
        save_file({"input_ids": np.concatenate([np.array(ids, np.int64) for ids in rows]), "cu_seqlens": np.cumsum([0] + [len(ids) for ids in rows]).astype(np.int64)}, path)
        return path

    def logits_of(self, model, rows, *more):
        """One array [ids, vocabulary] per row."""
        out = self.work / "logits.safetensors"
        self("logits", "--model", model, "--tokens", self.tokens_file(rows), "--out", out, "--dtype", "float32", "--device", "cpu", *more)
        return np.split(load_file(out)["logits"], np.cumsum([len(ids) for ids in rows])[:-1])

    def logits(self, model, ids, *more):
        return self.logits_of(model, [ids], *more)[0]

    def greedy_of(self, model, rows, count, *more):
        said = self("generate", "--model", model, "--tokens", self.tokens_file(rows), "--greedy", "--max-tokens", count, "--json", "--dtype", "float32", "--device", "cpu", *more)
        return [json.loads(line) for line in said.splitlines()]

    def greedy(self, model, ids, count, *more):
        return self.greedy_of(model, [ids], count, *more)[0]

    def tokenize(self, model, text):
        return json.loads(self("tokenize", "--tokenizer", model, "--text", text, "--json", "--add-special"))["ids"]


class Llama:
    def __init__(self, source, build, work):
        self.source, self.build, self.work, self.probe = source, build, work, work / "llama_probe"
        libraries = [build / path for path in ("src/libllama.a", "ggml/src/libggml.a", "ggml/src/libggml-cpu.a", "ggml/src/libggml-base.a")]
        run("c++", "-O1", "-std=c++17", f"-I{source}/include", f"-I{source}/ggml/include", pathlib.Path(__file__).with_name("llama_probe.cpp"), "-o", self.probe, *libraries, "-lpthread", "-ldl", "-lm")

    def answer(self, model, ids, count, kv="f32", lora=None):
        """Its tokens, its greedy continuation, its logits [ids, vocabulary]."""
        raw = self.work / "probe.bin"
        said = json.loads(run(self.probe, model, ids if isinstance(ids, str) else ",".join(map(str, ids)), count, raw, kv, *([lora] if lora else [])))
        return said["ids"], said["made"], np.fromfile(raw, np.float32).reshape(len(said["ids"]), said["vocabulary"])

    def text(self, model, prompt, count):
        """What its own program prints: the prompt and its greedy continuation."""
        return run(self.build / "bin/llama-completion", "-m", model, "-p", prompt, "-n", count, "--temp", "0", "-t", "1", "-no-cnv", "--no-warmup", "--simple-io", errors="replace")

    def quantize(self, model, out, kind, *more):
        run(self.build / "bin/llama-quantize", *more, model, out, kind, "1")
        return out

    def convert(self, folder, out, kind, pre=None):
        """Its converter. `pre`: the name of the splitting rules, where the converter does not know the vocabulary; "none": leave the vocabulary out."""
        run(sys.executable, pathlib.Path(__file__).with_name("their_converter.py"), self.source, pre or "", folder, "--outtype", kind, "--outfile", out)
        return out


def relative(got, want):
    return float(np.max(np.abs(got - want)) / np.max(np.abs(want)))


def perplexity(logits, ids):
    x = logits[:-1].astype(np.float64)
    x -= x.max(-1, keepdims=True)
    logp = x - np.log(np.exp(x).sum(-1, keepdims=True))
    return float(np.exp(-np.mean(logp[np.arange(len(ids) - 1), np.array(ids[1:])])))


def first_difference(a, b):
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return i
    return None if len(a) == len(b) else min(len(a), len(b))
