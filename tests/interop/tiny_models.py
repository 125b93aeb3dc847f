# SPDX-License-Identifier: Apache-2.0
"""Every small random model of a folder in both programs: by llama.cpp's converter read by both, and by Lathe's converter read by both. See README.md.
The models have no tokenizer; random tokens are their prompt. A model of an architecture that one side does not convert is named and left out."""
import json

import numpy as np

from common import Lathe, Llama, arguments, check, finish, first_difference, relative

EXACT = 1e-4  # of the largest logit
GELU = 1e-3   # llama.cpp takes GELU from a table of 16-bit numbers
COUNT = 12
SHORT = {"phi3-partial"}  # llama.cpp ignores the window of Phi 3 (its models/phi3.cpp says so): compared within it
LOST = {"gemma2": "a GGUF file has no place for query_pre_attn_scalar", "mistral-swa": "a GGUF file of this architecture has no place for the window"}

args = arguments(__doc__)
lathe, llama = Lathe(args.lathe, args.work), Llama(args.llama, args.build, args.work)


def attempt(what, function):
    try:
        return function(), ""
    except SystemExit as problem:
        lines = [line for line in str(problem).splitlines() if line.strip()]
        return None, f"{what}: {next((line for line in lines if 'error loading' in line), lines[-1])[:200]}"


def compare(label, path, ids, like, lost, allowed, count):
    """Logits and greedy tokens of both programs on one file; `like`: logits of the model that the file was made from."""
    (answer, why), (ours, why_not) = attempt("llama.cpp", lambda: llama.answer(path, ids, count)), attempt("Lathe", lambda: lathe.logits(path, ids))
    if why or why_not:
        print(f"  {label:24} {why or why_not}")
        check(not why_not or "mixtures" in why_not, f"{label}: {why_not}")
        return
    said = lathe.greedy(path, ids, count)
    made, theirs = said["ids"], answer[1]
    if len(made) < count:  # Lathe stops at the end of the text (llama.cpp knows none without a vocabulary) and of the context
        theirs = theirs[: len(made)]
    at = first_difference(made, theirs)
    source = f"  against the folder {relative(ours, like):.1e}" if like is not None else ""
    print(f"  {label:24} logits {relative(ours, answer[2]):.1e}  text {'equal' if at is None else f'differs at {at}'}{source}", flush=True)
    check(relative(ours, answer[2]) <= allowed, f"{label}: logits {relative(ours, answer[2]):.1e} apart")
    check(at is None, f"{label}: greedy text differs at {at}: {made} and {theirs}")
    if lost:
        print(f"    ({lost})")
    check(like is None or lost or relative(ours, like) <= EXACT, f"{label}: {source}")


for root in args.models:
    for model in sorted(path for path in root.iterdir() if (path / "config.json").exists()):
        config = json.loads((model / "config.json").read_text())
        print(f"{model.name} ({config['model_type']})")
        ids = [int(i) for i in np.random.default_rng(7).integers(5, config["vocab_size"], 24)]
        ids, count = (ids[:6], 5) if model.name in SHORT else (ids, COUNT)
        folder, why = attempt("Lathe reads the folder", lambda: lathe.logits(model, ids))
        theirs, why_theirs = attempt("llama.cpp's converter", lambda: llama.convert(model, args.work / "tiny-theirs.gguf", "f32", "none"))
        ours, why_ours = attempt("Lathe's converter", lambda: lathe.convert(model, args.work / "tiny-ours.gguf", "f32", "--no-tokenizer"))
        allowed = GELU if config["model_type"].startswith("gemma") else EXACT
        for problem in filter(None, (why, why_theirs, why_ours)):
            print("  " + problem)
        if theirs:
            compare("by llama.cpp", theirs, ids, folder, LOST.get(model.name), allowed, count)
        if ours:
            compare("written by Lathe", ours, ids, folder, LOST.get(model.name), allowed, count)
finish()
