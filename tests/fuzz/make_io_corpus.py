# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpora of fuzz_safetensors, fuzz_config and fuzz_adapter: python3 make_io_corpus.py ../data/fuzz"""
import json, pathlib, struct, sys

root = pathlib.Path(sys.argv[1])


def put(area, name, data):
    folder = root / area
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())


def st(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def t(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


put("safetensors", "empty", st({}))
put("safetensors", "one", st({"__metadata__": {"format": "pt"}, "a": t([2], 0, 8)}, bytes(8)))
put("safetensors", "three", st({"a": t([2, 3], 0, 24), "b": t([], 24, 28), "c": t([0, 5], 28, 28), "d": t([2], 28, 32, "BF16")}, bytes(range(32))))
put("safetensors", "layers", st({f"model.layers.{i}.self_attn.q_proj.weight": t([4, 4], 64 * i, 64 * i + 64) for i in range(6)}, bytes(384)))
put("safetensors", "escapes", st(b'{"\\u00e9\\ud83d\\ude00\\n":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}  ', b"x"))
put("safetensors", "unknown_field", st(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":{"y":[1,-2.5e3,null,"z"]}}}', bytes(4)))
put("safetensors", "overlap", st({"a": t([2], 0, 8), "b": t([2], 4, 12)}, bytes(12)))
put("safetensors", "wraps", st({"a": t([1 << 62, 4], 0, 8)}, bytes(8)))
put("safetensors", "huge_length", b"\xff" * 8 + b"{}")
put("safetensors", "zip", b"PK\x03\x04" + bytes(30))

llama = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 320, "hidden_size": 64, "intermediate_size": 112, "num_hidden_layers": 3,
         "num_attention_heads": 8, "num_key_value_heads": 2, "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "tie_word_embeddings": False,
         "bos_token_id": 1, "eos_token_id": [2, 3], "pad_token_id": None, "hidden_act": "silu", "attention_bias": False}
put("config", "llama", {**llama, "rope_parameters": {"rope_theta": 1e4, "rope_type": "default"}, "dtype": "float32"})
put("config", "llama_older", {**llama, "rope_theta": 1e4, "rope_scaling": None, "torch_dtype": "bfloat16"})
put("config", "llama3", {**llama, "rope_theta": 5e5, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}})
put("config", "yarn", {**llama, "rope_scaling": {"type": "yarn", "factor": 4.0, "beta_fast": 32, "beta_slow": 1}})
put("config", "longrope", {**llama, "original_max_position_embeddings": 16, "rope_scaling": {"type": "longrope", "short_factor": [1.0] * 4, "long_factor": [2.0] * 4}})
put("config", "mistral", {**llama, "model_type": "mistral", "architectures": ["MistralForCausalLM"], "sliding_window": 12, "head_dim": 16})
put("config", "gemma3", {**llama, "model_type": "gemma3_text", "architectures": ["Gemma3ForCausalLM"], "layer_types": ["sliding_attention", "full_attention", "full_attention"],
                         "rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6}, "sliding_attention": {"rope_type": "default", "rope_theta": 1e4}}})
put("config", "quantized", {**llama, "quantization_config": {"quant_method": "gptq", "bits": 4}})
put("config", "remote_code", {**llama, "auto_map": {"AutoModel": "m.M"}, "model_type": "other"})

lora = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "base", "r": 4, "lora_alpha": 8, "lora_dropout": 0.0, "target_modules": ["q_proj", "v_proj"],
        "bias": "none", "use_dora": False, "use_rslora": False, "rank_pattern": {}, "alpha_pattern": {}, "modules_to_save": None, "init_lora_weights": True}
put("adapter", "lora", lora)
put("adapter", "patterns", {**lora, "rank_pattern": {"q_proj": 2, "^model.layers.0": 3}, "alpha_pattern": {"v_proj": 1.5}, "layers_to_transform": [0, 2], "layers_pattern": "layers", "exclude_modules": ["lm_head"]})
put("adapter", "all_linear", {**lora, "target_modules": "all-linear", "use_dora": True, "init_lora_weights": "pissa"})
put("adapter", "adalora", {**lora, "peft_type": "ADALORA", "init_r": 3, "target_r": 2, "tinit": 2, "tfinal": 3, "deltaT": 1, "beta1": 0.85, "beta2": 0.85, "orth_reg_weight": 0.5, "total_step": 10, "rank_pattern": {"m.lora_E": [True, False, True]}})
put("adapter", "regex", {**lora, "target_modules": ".*\\.(q|v)_proj"})
put("adapter", "ia3", {"peft_type": "IA3"})


def gguf(tensors=(), keys=(), data=0, version=3, alignment=32):
    text = lambda s: struct.pack("<Q", len(s)) + s
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys))
    for key, kind, value in keys:
        out += text(key) + struct.pack("<I", kind) + value
    for name, dims, kind, offset in tensors:
        out += text(name) + struct.pack("<I", len(dims)) + struct.pack(f"<{len(dims)}Q", *dims) + struct.pack("<IQ", kind, offset)
    return out + bytes(-len(out) % alignment) + bytes(range(256)) * (data // 256 + 1) if data else out


def texts(*values):
    return struct.pack("<IQ", 8, len(values)) + b"".join(struct.pack("<Q", len(v)) + v for v in values)


u32 = lambda value: struct.pack("<I", value)
f32 = lambda value: struct.pack("<f", value)
name = struct.pack("<Q", 5) + b"llama"
model = [(b"general.architecture", 8, name), (b"llama.block_count", 4, u32(1)), (b"llama.context_length", 4, u32(64)), (b"llama.embedding_length", 4, u32(32)), (b"llama.feed_forward_length", 4, u32(32)),
         (b"llama.attention.head_count", 4, u32(2)), (b"llama.attention.layer_norm_rms_epsilon", 6, f32(1e-5)), (b"tokenizer.ggml.tokens", 9, texts(*[b"t%d" % i for i in range(8)])),
         (b"tokenizer.ggml.eos_token_id", 4, u32(2)), (b"tokenizer.chat_template", 8, struct.pack("<Q", 4) + b"{{a}}"[:4])]
put("gguf", "empty", gguf())
put("gguf", "one", gguf([(b"a", [2], 0, 0)], data=8))
put("gguf", "version2", gguf([(b"a", [2, 3], 0, 0), (b"b", [32], 8, 32)], data=80, version=2))
put("gguf", "values", gguf(keys=[(b"k%d" % kind, kind, bytes([1]) + bytes(size - 1)) for kind, size in enumerate([1, 1, 2, 2, 4, 4, 4, 1])] + [(b"u64", 10, bytes(8)), (b"f64", 12, bytes(8)), (b"list", 9, struct.pack("<IQ", 5, 3) + bytes(12))]))
put("gguf", "model", gguf([(b"token_embd.weight", [32, 8], 8, 0), (b"blk.0.attn_q.weight", [32, 32], 2, 288), (b"blk.0.attn_k.weight", [32, 32], 0, 864), (b"rope_freqs.weight", [8], 0, 4960), (b"output_norm.weight", [32], 0, 4992)], model, data=5120))
put("gguf", "quantized", gguf([(b"a", [256], 12, 0), (b"b", [256], 14, 160), (b"c", [256], 23, 384)], data=520))
