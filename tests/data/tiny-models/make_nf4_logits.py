# SPDX-License-Identifier: Apache-2.0
"""Reference of the stored NF4 checkpoint: python3 make_nf4_logits.py llama-bnb-nf4

bitsandbytes 0.50.2, transformers 5.23.0, torch 2.11.0 (CPU, float32). Writes reference.safetensors beside the weights: logits, and with the adapter
lora.logits and lora.grad.* of the mean cross-entropy over all next tokens.

golden.safetensors of the same folder was made on a processor with AVX-512, for which bitsandbytes' dequantize_4bit counts the blocks of every row anew
(absmax[row * (K // 64) + column // 64]; README.md has the details). Rows of 112 (down_proj) are not whole blocks of 64, so its logits are up to 1.56 away (of 4.6) from what the
stored weights mean, what quantize_4bit wrote and what dequantize_4bit gives; with that indexing of down_proj they agree to 2e-6. Real
models have whole blocks in every row.
"""
import sys
import torch
import torch.nn.functional as F
import bitsandbytes.nn.modules as modules
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

modules.has_avx512bf16 = lambda: False  # always dequantize and multiply
folder = sys.argv[1]
torch.set_num_threads(1)
golden = load_file(folder + "/golden.safetensors")
cuts = golden["cu_seqlens"].tolist()
sequences = [golden["input_ids"][a:b].long() for a, b in zip(cuts, cuts[1:])]
model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()


def logits():
    return [model(s[None]).logits[0] for s in sequences]


out = {}
with torch.no_grad():
    out["logits"] = torch.cat(logits())
model = PeftModel.from_pretrained(model, folder + "/adapter", is_trainable=True).eval()
both = logits()
out["lora.logits"] = torch.cat(both).detach()
terms = torch.cat([F.cross_entropy(l[:-1], s[1:], reduction="none") for l, s in zip(both, sequences)])
terms.mean().backward()
for name, parameter in model.named_parameters():
    if parameter.grad is not None:
        out["lora.grad." + name.replace(".default", "")] = parameter.grad
save_file({k: v.contiguous().clone() for k, v in out.items()}, folder + "/reference.safetensors")
print(len(out), out["logits"].abs().max(), (out["logits"] - golden["logits"]).abs().max())
