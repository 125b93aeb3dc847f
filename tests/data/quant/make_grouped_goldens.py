# SPDX-License-Identifier: Apache-2.0
"""Packed weights of GPTQ, AWQ and compressed-tensors, made from chosen codes, and what they mean: python3 make_grouped_goldens.py grouped.safetensors

Written from the packers of AutoGPTQ (qlinear_cuda.pack), AutoAWQ (WQLinear_GEMM.from_linear) and compressed-tensors (pack_to_int32), value by
value and without any unpacking code. `FORM/dequant` is float32(scale) * (code - zero), one multiplication in float32.
"""
import json, sys
import numpy as np

rng = np.random.default_rng(7)
out, meta = {}, {}
ROWS, COLUMNS, GROUP = 64, 128, 32


def put(form, settings, **tensors):
    meta[form] = json.dumps(settings)
    for name, value in tensors.items():
        out[f"{form}/{name}"] = np.ascontiguousarray(value)


def words(codes, bits, order=None):
    """codes [n, k] → int32 [n, ceil(k / per)], the first code in the lowest bits."""
    per = 32 // bits
    n, k = codes.shape
    packed = np.zeros((n, -(-k // per)), np.uint64)
    for j in range(k):
        packed[:, j // per] |= codes[:, j].astype(np.uint64) << np.uint64(bits * (j % per))
    return packed.astype(np.uint32).view(np.int32)


def gptq(form, bits, version, act_order):
    top = 1 << bits
    codes = rng.integers(0, top, (ROWS, COLUMNS))
    zeros = rng.integers(1, top, (COLUMNS // GROUP, ROWS))  # both conventions can store 1 … top − 1
    scales = (rng.random((COLUMNS // GROUP, ROWS)) * 0.02 + 1e-3).astype(np.float16)
    group = np.arange(COLUMNS) // GROUP
    if act_order:
        group = rng.permutation(group)
    stored = zeros if version == "gptq_v2" else zeros - 1
    value = scales[group].T.astype(np.float32) * (codes - zeros[group].T).astype(np.float32)
    put(form, {"quant_method": "gptq", "bits": bits, "group_size": GROUP, "desc_act": act_order, "checkpoint_format": version, "sym": False},
        qweight=words(codes, bits).T, qzeros=words(stored, bits), scales=scales, g_idx=group.astype(np.int32), dequant=value)


gptq("gptq", 4, "gptq", False)
gptq("gptq_v2", 4, "gptq_v2", False)
gptq("gptq_act_order", 4, "gptq", True)
gptq("gptq_8", 8, "gptq", False)

# AWQ: word w of a row of inputs holds the outputs 8w + 0, 2, 4, 6, 1, 3, 5, 7 from its lowest bits on.
ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def awq_words(codes):
    n, k = codes.shape
    packed = np.zeros((n, k // 8), np.uint64)
    for w in range(k // 8):
        for i, o in enumerate(ORDER):
            packed[:, w] |= codes[:, 8 * w + o].astype(np.uint64) << np.uint64(4 * i)
    return packed.astype(np.uint32).view(np.int32)


codes = rng.integers(0, 16, (COLUMNS, ROWS))
zeros = rng.integers(0, 16, (COLUMNS // GROUP, ROWS))
scales = (rng.random((COLUMNS // GROUP, ROWS)) * 0.02 + 1e-3).astype(np.float16)
group = np.arange(COLUMNS) // GROUP
put("awq", {"quant_method": "awq", "bits": 4, "group_size": GROUP, "version": "gemm", "zero_point": True}, qweight=awq_words(codes), qzeros=awq_words(zeros), scales=scales,
    dequant=(scales[group].astype(np.float32) * (codes - zeros[group]).astype(np.float32)).T)

ct = {"quant_method": "compressed-tensors", "format": "pack-quantized"}
for form, zero in (("ct_int4", False), ("ct_int4_zero", True)):
    codes = rng.integers(0, 16, (ROWS, COLUMNS))
    zeros = rng.integers(0, 16, (ROWS, COLUMNS // GROUP)) if zero else np.full((ROWS, COLUMNS // GROUP), 8)
    scales = (rng.random((ROWS, COLUMNS // GROUP)) * 0.02 + 1e-3).astype(np.float16)
    tensors = {"weight_packed": words(codes, 4), "weight_scale": scales, "weight_shape": np.array([ROWS, COLUMNS], np.int64)}
    if zero:
        tensors["weight_zero_point"] = words(zeros.T, 4).T
    put(form, ct, dequant=scales[:, group].astype(np.float32) * (codes - zeros[:, group]).astype(np.float32), **tensors)

codes = rng.integers(-127, 128, (ROWS, COLUMNS)).astype(np.int8)
scales = (rng.random((ROWS, 1)) * 1e-3 + 1e-5).astype(np.float32)
put("ct_int8", {**ct, "format": "int-quantized"}, weight=codes, weight_scale=scales, dequant=codes.astype(np.float32) * scales)

# E4M3 (finite only): sign, 4 bits of exponent with bias 7, 3 of mantissa.
bits = rng.integers(0, 256, (ROWS, COLUMNS)).astype(np.uint8)
bits[(bits & 0x7F) == 0x7F] = 0x7E
exponent, mantissa = (bits >> 3) & 15, (bits & 7).astype(np.float64)
value = np.where(exponent == 0, mantissa / 8 * 2.0**-6, (1 + mantissa / 8) * 2.0 ** (exponent.astype(np.float64) - 7)) * np.where(bits & 0x80, -1.0, 1.0)
for form, scale in (("ct_fp8", np.array([0.0123], np.float32)), ("ct_fp8_row", (rng.random((ROWS, 1)) * 0.01 + 1e-4).astype(np.float32))):
    put(form, {**ct, "format": "float-quantized"}, weight=bits, weight_scale=scale, dequant=value.astype(np.float32) * scale)


def save(path):
    """safetensors.numpy knows no 8-bit floats: the header is written here."""
    header, data = {"__metadata__": meta}, b""
    for name, array in sorted(out.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])):
        fp8 = name.startswith("ct_fp8") and name.endswith("/weight")
        kind = "F8_E4M3" if fp8 else {"float32": "F32", "float16": "F16", "int32": "I32", "int64": "I64", "int8": "I8", "uint8": "U8"}[array.dtype.name]
        raw = array.tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(len(text).to_bytes(8, "little") + text + data)


save(sys.argv[1])
