# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpora of fuzz_index, fuzz_spec, fuzz_rows, fuzz_spec_data and fuzz_gguf_text, and more of fuzz_jsonl, fuzz_csv and fuzz_gzip
(needs the zstd program): python3 make_more_corpus.py ../data/fuzz"""
import gzip, json, pathlib, struct, subprocess, sys

root = pathlib.Path(sys.argv[1])


def put(area, name, data):
    folder = root / area
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else json.dumps(data).encode())


put("index", "two", {"metadata": {"total_size": 8}, "weight_map": {"a": "a.safetensors", "b": "b.safetensors"}})
put("index", "one", {"weight_map": {"a": "a.safetensors"}})
put("index", "parent", {"weight_map": {"secret": "../secret.safetensors"}})
put("index", "pickle", {"weight_map": {"a": "pytorch_model.bin"}})

put("spec", "lora", {"version": 1, "model": {"path": "m"}, "method": {"type": "lora", "r": 8, "alpha": 16, "target_modules": ["q_proj", "v_proj"], "rank_pattern": {"q_proj": 4}},
                     "data": {"train": [{"path": "a.jsonl"}], "max_seq_len": 512, "packing": True}, "training": {"steps": 10, "learning_rate": 1e-4, "max_grad_norm": None}})
put("spec", "full", {"model": {"config": "c.json", "init": "random", "tokenizer": "t"}, "method": {"type": "full"}, "data": {"train": [{"path": "a", "format": "text", "columns": {"text": "t"}}],
                     "validation": {"fraction": 0.1}, "train_on": "all", "long_rows": "split"}, "training": {"schedule": "linear", "warmup_steps": 3, "recompute": "every-2"}, "save": {"every_steps": 5}})
put("spec", "wrong", {"methd": {}, "method": {"r": -1, "alpha": "x"}, "training": {"beta1": 2}})

rows = {
    "openai": [{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 0}]}],
    "tools": [{"messages": [{"role": "user", "content": [{"type": "text", "text": "q"}]}, {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}}]}, {"role": "tool", "content": "1"}, {"role": "assistant", "content": "one"}], "tools": [{"type": "function", "function": {"name": "f"}}]}],
    "sharegpt": [{"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}],
    "alpaca": [{"instruction": "i", "input": "", "output": "o", "history": [["q", "a"]]}, {"instruction": "i", "input": "x", "output": "o"}],
    "prompt": [{"prompt": "p", "completion": "c"}, {"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}]}],
    "preference": [{"prompt": "p", "chosen": "c", "rejected": "r"}, {"chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "rejected": []}],
    "text": [{"text": "one"}, {"text": "two"}],
    "tokens": [{"input_ids": [1, 2, 3], "labels": [-100, 2, 3]}],
}
for name, one in rows.items():
    put("rows", name, b"\0\0" + b"\n".join(json.dumps(row).encode() for row in one))
    put("rows", name + "-array", b"\1\0" + json.dumps(one).encode())
    put("spec_data", name, json.dumps({"train": [{"format": "auto"}], "max_seq_len": 64, "packing": True, "train_on": "all"}).encode() + b"\n" + b"\n".join(json.dumps(row).encode() for row in one))
put("rows", "member", b"\1\0" + json.dumps({"data": rows["alpaca"], "n": 1}).encode())
put("rows", "csv", b"\2\0prompt,completion\r\n\"a \"\"b\"\"\",c\r\nd,\"e\nf\"\r\n")
put("rows", "tsv", b"\3\0instruction\toutput\na\tb\nc\td\te\n")
put("rows", "lines", b"\4\0one\ntwo\n\nthree\n")
put("spec_data", "split", json.dumps({"train": [{"format": "text"}], "max_seq_len": 8, "long_rows": "split", "packing_strategy": "best_fit", "validation": {"count": 1}}).encode() + b"\n" + b"\n".join(b'{"text": "%s"}' % (b"word " * n) for n in range(1, 9)))
put("spec_data", "drop", json.dumps({"train": [{}], "max_seq_len": 16, "long_rows": "drop", "packing": False, "order": "sequential", "train_on": "completion"}).encode() + b"\n" + json.dumps(rows["openai"][0]).encode())

put("jsonl", "mixed.jsonl", b'\xef\xbb\xbf{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}\r\n\n42\nnull\n[]\n{"messages": []}\n{"messages": [{"role": "robot", "content": "\\ud83d"}]}\n{"mess')
put("jsonl", "pretty.json", b'{\n  "text": "a"\n}\n{\n  "text": "b"\n}\n')
put("csv", "unclosed.csv", b'prompt,completion\na,b\n"c,d\ne,f\n')
put("csv", "ragged.csv", b"prompt,completion\na\nb,c,d\n\n,\n=1+1,@x\n")
text = b'{"text": "one"}\n' * 50
for name, data in {"rows.zst": text, "empty.zst": b"", "zeros.zst": bytes(5000)}.items():
    put("gzip", name, subprocess.run(["zstd", "-c", "-q", "--check"], input=data, stdout=subprocess.PIPE, check=True).stdout)
put("gzip", "frames.zst", b"\x50\x2a\x4d\x18\x04\0\0\0skip" + (root / "gzip/rows.zst").read_bytes() * 2)
put("gzip", "cut.gz", gzip.compress(text, mtime=0)[:-9])


def gtext(s):
    return struct.pack("<Q", len(s)) + s


def glist(kind, values, pack):
    return struct.pack("<IQ", kind, len(values)) + b"".join(pack(v) for v in values)


def vocabulary(model, tokens, scores=(), types=(), merges=(), pre=b"", template=b"{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"):
    keys = [(b"general.architecture", 8, gtext(b"llama")), (b"llama.block_count", 4, struct.pack("<I", 1)), (b"llama.context_length", 4, struct.pack("<I", 64)), (b"llama.embedding_length", 4, struct.pack("<I", 32)),
            (b"llama.feed_forward_length", 4, struct.pack("<I", 32)), (b"llama.attention.head_count", 4, struct.pack("<I", 2)), (b"llama.attention.layer_norm_rms_epsilon", 6, struct.pack("<f", 1e-5)),
            (b"tokenizer.ggml.model", 8, gtext(model)), (b"tokenizer.ggml.tokens", 9, glist(8, tokens, gtext)), (b"tokenizer.ggml.bos_token_id", 4, struct.pack("<I", 1)), (b"tokenizer.ggml.eos_token_id", 4, struct.pack("<I", 2))]
    if scores:
        keys.append((b"tokenizer.ggml.scores", 9, glist(6, scores, lambda v: struct.pack("<f", v))))
    if types:
        keys.append((b"tokenizer.ggml.token_type", 9, glist(5, types, lambda v: struct.pack("<i", v))))
    if merges:
        keys.append((b"tokenizer.ggml.merges", 9, glist(8, merges, gtext)))
    if pre:
        keys.append((b"tokenizer.ggml.pre", 8, gtext(pre)))
    keys.append((b"tokenizer.chat_template", 8, gtext(template)))
    out = b"GGUF" + struct.pack("<IQQ", 3, 1, len(keys))
    for key, kind, value in keys:
        out += gtext(key) + struct.pack("<I", kind) + value
    out += gtext(b"token_embd.weight") + struct.pack("<IQQIQ", 2, 32, len(tokens), 8, 0)
    return out + bytes(-len(out) % 32) + bytes(34 * len(tokens))


byte_tokens = [b"<0x%02X>" % b for b in range(256)]
words = [b"\xe2\x96\x81", b"a", b"b", b"c", b"ab", b"\xe2\x96\x81a", b"\xe2\x96\x81ab"]
put("gguf_text", "spm", vocabulary(b"llama", [b"<unk>", b"<s>", b"</s>"] + byte_tokens + words, [0.0] * 259 + [-1.0 * i for i in range(len(words))], [2, 3, 3] + [6] * 256 + [1] * len(words)))
put("gguf_text", "unigram", vocabulary(b"t5", [b"<pad>", b"</s>", b"<unk>"] + words, [0.0] * 3 + [-1.0 - i for i in range(len(words))], [3, 3, 2] + [1] * len(words)))
letters = [bytes([c]) for c in range(33, 127)] + [b"\xc4\xa0", b"\xc4\x8a"]
put("gguf_text", "bpe", vocabulary(b"gpt2", [b"<x>", b"<s>", b"</s>"] + letters + [b"ab", b"\xc4\xa0c"], types=[3, 3, 3] + [1] * (len(letters) + 2), merges=[b"a b", b"\xc4\xa0 c"], pre=b"llama-bpe"))
put("gguf_text", "qwen2", vocabulary(b"gpt2", [b"<x>", b"<s>", b"</s>"] + letters, types=[3, 3, 4] + [1] * len(letters), pre=b"qwen2", template=b"{{ bos_token }}{% generation %}{{ messages[-1].content|tojson }}{% endgeneration %}"))
