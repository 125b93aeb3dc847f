# SPDX-License-Identifier: Apache-2.0
"""The same model in both programs, files of both writers: tokens, greedy text, logits, perplexity, and the bytes of the tensors. See README.md."""
import sys

import numpy as np

from common import Lathe, Llama, arguments, check, finish, first_difference, perplexity, relative

PROMPTS = ["Once upon a time", "The sun", "What is 2 + 3?", "<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n", "A small dog\tand  a cat — 12345 \U0001F600", "Hello, how are you?"]
TYPES = {"f32": None, "f16": None, "bf16": None, "q8_0": "Q8_0", "q4_0": "Q4_0", "q4_k_m": "Q4_K_M", "q5_k_m": "Q5_K_M", "q6_k": "Q6_K"}
EXACT = 1e-4          # of the largest logit, where both calculate with float32
PERPLEXITY = 0.02     # relative, where llama.cpp rounds activations
COUNT = 40

args = arguments(__doc__)
lathe, llama = Lathe(args.lathe, args.work), Llama(args.llama, args.build, args.work)
sys.path.insert(0, str(args.llama / "gguf-py"))
import gguf


def tensors(path):
    return {t.name: (t.tensor_type.name, tuple(int(d) for d in t.shape), t.data.tobytes()) for t in gguf.GGUFReader(path).tensors}


def compare_bytes(ours, theirs):
    a, b = tensors(ours), tensors(theirs)
    check(set(a) == set(b), f"{ours.name}: tensors only in one file: {sorted(set(a) ^ set(b))[:5]}")
    return sum(a[name] == b[name] for name in a if name in b), len(a), [f"{n} {a[n][0]}/{b[n][0]}" for n in a if n in b and a[n] != b[n]]


def margin(logits, one, other):
    return abs(float(logits[one] - logits[other]))


def compare_text(label, path, ids, ours, theirs, arithmetic):
    """Whether both greedy texts are the same; where not, whether rounding explains it."""
    at = first_difference(ours, theirs)
    if at is None:
        return True
    here, there = lathe.logits(path, ids + ours[:at])[-1], llama.answer(path, ids + ours[:at], 1)[2][-1]
    one, other = int(np.argmax(here)), int(np.argmax(there))  # the end of the text is a token, too
    gap, moved = float(here[one] - here[other]), float(np.max(np.abs(here - there)))
    print(f"    token {at}: {one} or {other}, {gap:.4f} apart where rounding moves logits by {moved:.4f}")
    check(arithmetic and one != other and gap <= 2 * moved, f"{label}: token {at} is {one} here and {other} in llama.cpp, {gap:.4f} apart")
    return False


def compare_file(label, path, kind, exact=None):
    """`exact`: the same weights as an F32 file, made by Lathe."""
    prompts = [lathe.tokenize(path, prompt) for prompt in PROMPTS]
    made = lathe.greedy_of(path, prompts, COUNT)
    story = prompts[0] + made[0]["ids"]
    logits = lathe.logits_of(path, prompts + [story])
    same, same_exact, worst, exact_worst, ids_equal = 0, 0, 0.0, 0.0, True
    for i, ids in enumerate(prompts):
        their_ids, text, theirs = llama.answer(path, "text:" + PROMPTS[i], COUNT)
        ids_equal &= ids == their_ids
        if ids != their_ids:
            continue
        same += compare_text(f"{label} {PROMPTS[i][:12]!r}", path, ids, made[i]["ids"], text, kind != "f32")
        worst = max(worst, relative(logits[i], theirs))
        _, exact_text, exact_logits = llama.answer(exact or path, ids, COUNT)
        exact_worst = max(exact_worst, relative(logits[i], exact_logits))
        same_exact += made[i]["ids"] == exact_text
    ratio = perplexity(logits[-1], story) / perplexity(llama.answer(path, story, 0)[2], story) - 1
    printed, whole = llama.text(path, PROMPTS[0], COUNT).strip(), (PROMPTS[0] + made[0]["text"]).strip()
    alike = first_difference(printed, whole)
    print(f"  {label:22} tokens {'equal' if ids_equal else 'DIFFER'}  text {same}/{len(PROMPTS)}, in F32 {same_exact}/{len(PROMPTS)}  llama-completion prints {len(whole) if alike is None else alike} of {len(whole)} characters alike"
          f"  logits {worst:.1e}, in F32 {exact_worst:.1e}  perplexity {ratio:+.2%}", flush=True)
    check(ids_equal, f"{label}: other tokens")
    check(same_exact == len(PROMPTS), f"{label}: other greedy text where both calculate in float32")
    check(exact_worst <= EXACT, f"{label}: logits {exact_worst:.1e} of the largest apart where both calculate in float32")
    check(abs(ratio) <= PERPLEXITY, f"{label}: perplexity {ratio:+.2%}")


for model in args.models:
    print(model.name)
    first = lathe.convert(model, args.work / f"{model.name}-ours-f32.gguf", "f32")
    pre = gguf.GGUFReader(first).get_field("tokenizer.ggml.pre")
    base = llama.convert(model, args.work / f"{model.name}-theirs-f32.gguf", "f32", pre.contents() if pre else None)
    for kind, theirs_name in TYPES.items():
        ours = lathe.convert(model, args.work / f"{model.name}-ours-{kind}.gguf", kind)
        theirs = args.work / f"{model.name}-theirs-{kind}.gguf"
        if theirs_name:
            llama.quantize(base, theirs, theirs_name)
        elif kind != "f32":
            llama.convert(model, theirs, kind, pre.contents() if pre else None)
        equal, count, other = compare_bytes(ours, theirs)
        print(f"  {kind}: {equal} of {count} tensors have the same type and bytes{': ' + ', '.join(other[:3]) if other else ''}")
        for label, path in [(f"{kind} written by Lathe", ours), (f"{kind} by llama.cpp", theirs)]:
            compare_file(label, path, kind, None if kind == "f32" else lathe.convert(path, args.work / "exact.gguf", "f32"))
finish()
