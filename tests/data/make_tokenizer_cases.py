"""Small tokenizers of every component, with ids and decodings by the libraries that define them.

Usage: python3 make_tokenizer_cases.py OUT.json      (tokenizers 0.23.3, sentencepiece 0.2.3)
"""
import base64, io, json, random, sys
import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2 as pb
from tokenizers import AddedToken as A, Regex, Tokenizer, decoders as D, models, normalizers as N, pre_tokenizers as P, processors as X, trainers
from make_text_corpus import charsmap

R = random.Random(11)
ENGLISH = ("The quick brown fox jumps over the lazy dog, doesn't it? A banana and an abacus: 12 of 345 (6.78 %) are there. "
           "Fine-tuning changes weights a little; quantizing them changes each a little more. Über Äpfel und Öl. ") * 6
POOLS = ["abcde AB", "  \t\n ", "0123456789", "éßüñ", "你好世界カひ", "한국각", "😀👩‍💻🇩🇪", "\u0301\u0323\u200d\u00a0\u3000", "ﬁ①½ﾊＡ", "▁▁ ", "<s></s><unk>", "अनुक्षि", "نسخ", ".,-!?'"]
TEXTS = ["", " ", "Hello world", "  two  spaces ", "a\tb\nc\r\nd", "don't stop—believing", "ＡＢＣ ﬁne ①②", "e\u0301 \u1e9b\u0323 Å", "👩‍💻 と 🇩🇪", "12345 6.7", "<s>a</s> <sep>b", "foo the Foo there abc  x"]


def text():
    out = []
    for _ in range(R.randint(1, 9)):
        if R.random() < 0.4:
            at = R.randrange(900)
            out.append(ENGLISH[at:at + R.randint(1, 14)])
        else:
            pool = R.choice(POOLS)
            out.append("".join(R.choice(pool) for _ in range(R.randint(1, 4))))
    return "".join(out)


TEXTS += [text() for _ in range(26)]


def trained(**options):
    suffix, prefix = options.get("end_of_word_suffix"), options.get("continuing_subword_prefix")
    tok = Tokenizer(models.BPE(unk_token="<unk>", **options))
    tok.pre_tokenizer = P.Whitespace() if suffix or prefix else P.Metaspace()
    more = {"end_of_word_suffix": suffix} if suffix else {"continuing_subword_prefix": prefix} if prefix else {}
    tok.train_from_iterator([ENGLISH] + TEXTS, trainers.BpeTrainer(vocab_size=330, limit_alphabet=150, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False, **more))
    return json.loads(tok.to_str())["model"]


def byte_level():
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = P.ByteLevel()
    tok.train_from_iterator([ENGLISH] + TEXTS, trainers.BpeTrainer(vocab_size=400, initial_alphabet=P.ByteLevel.alphabet(), show_progress=False))
    return json.loads(tok.to_str())["model"]


def sentencepiece(**options):
    out = io.BytesIO()
    spm.SentencePieceTrainer.train(sentence_iterator=iter([s for t in [ENGLISH[i:i + 80] for i in range(0, 900, 80)] * 3 + TEXTS for s in t.split("\n") if s.strip()]), model_writer=out,
                                   character_coverage=0.98, hard_vocab_limit=False, minloglevel=2, num_threads=1, normalization_rule_name="identity", **options)
    return out.getvalue()


def tokenizers(shared):
    bpe, bytes_ = shared["bpe"], shared["bytes"]
    specs = {}

    def add(name, model="bpe", norm=None, pre=None, dec=None, post=None, added=()):
        tok = Tokenizer.from_str(json.dumps({"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
                                             "post_processor": None, "decoder": None, "model": shared[model]}))
        for part, value in (("normalizer", norm), ("pre_tokenizer", pre), ("decoder", dec), ("post_processor", post)):
            if value is not None:
                setattr(tok, part, value)
        for token in added:
            (tok.add_special_tokens if token.special else tok.add_tokens)([token])
        specs[name] = (model, tok)

    norms = {"nfc": N.NFC(), "nfd": N.NFD(), "nfkc": N.NFKC(), "nfkd": N.NFKD(), "lower": N.Lowercase(), "strip": N.Strip(), "strip left": N.Strip(right=False),
             "accents": N.Sequence([N.NFD(), N.StripAccents()]), "nmt": N.Nmt(), "prepend": N.Prepend("▁"), "replace": N.Replace(" ", "▁"),
             "replace pattern": N.Replace(Regex(r"\s+|[aeiou]"), "<>"), "byte level": N.ByteLevel(), "precompiled": N.Precompiled(charsmap()), "bert": N.BertNormalizer(),
             "bert plain": N.BertNormalizer(clean_text=False, strip_accents=False, lowercase=False), "sequence": N.Sequence([N.Nmt(), N.NFKC(), N.Replace(Regex(" {2,}"), " "), N.Lowercase()])}
    for name, norm in norms.items():
        add("normalizer " + name, norm=norm, pre=P.Metaspace(), dec=D.Metaspace())
    pres = {"whitespace": P.Whitespace(), "scripts": P.UnicodeScripts(), "whitespace split": P.WhitespaceSplit(), "bert": P.BertPreTokenizer(), "digits": P.Digits(), "digits each": P.Digits(individual_digits=True),
            "delimiter": P.CharDelimiterSplit("a"), "metaspace first": P.Metaspace(prepend_scheme="first"), "metaspace never": P.Metaspace(prepend_scheme="never"),
            "metaspace whole": P.Metaspace(prepend_scheme="first", split=False), "sequence": P.Sequence([P.Split(Regex(r"\d"), "isolated"), P.Metaspace(prepend_scheme="first")]), "fixed": P.FixedLength(3)}
    for behavior in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"):
        pres["punctuation " + behavior] = P.Punctuation(behavior)
        for invert in (False, True):
            pres[f"split {behavior} {invert}"] = P.Split(Regex(r"[aeiou]+|\s"), behavior, invert)
    for name, pre in pres.items():
        add("pre-tokenizer " + name, pre=pre, dec=D.Fuse())
    for name, pre in {"prefix": P.ByteLevel(), "plain": P.ByteLevel(add_prefix_space=False), "whole": P.ByteLevel(use_regex=False), "digits": P.Sequence([P.Digits(individual_digits=True), P.ByteLevel(add_prefix_space=False)]),
                      "digits last": P.Sequence([P.ByteLevel(add_prefix_space=False), P.Digits()])}.items():
        add("byte level " + name, model="bytes", pre=pre, dec=D.ByteLevel(), post=X.ByteLevel())
    fallback = D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)])
    legacy = N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")])
    add("fuse unknown", model="fused", pre=P.Metaspace(), dec=D.Metaspace())
    add("no unknown", model="no unknown", pre=P.Metaspace(), dec=D.Metaspace())
    add("byte fallback", model="fallback", norm=legacy, dec=fallback)
    add("byte fallback first", model="fallback", pre=P.Metaspace(prepend_scheme="first", split=False), dec=fallback)
    add("word suffix", model="suffix", pre=P.Whitespace(), dec=D.BPEDecoder("</w>"))
    add("word prefix", model="prefix", pre=P.Whitespace(), dec=D.WordPiece("##"))
    add("unigram", model="unigram", norm=N.Replace(Regex(" {2,}"), " "), pre=P.Metaspace(), dec=D.Metaspace(), post=X.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)]))
    add("unigram bytes", model="unigram bytes", pre=P.Metaspace(prepend_scheme="first", split=False), dec=D.Sequence([D.ByteFallback(), D.Metaspace()]))
    extra = [A("<sep>", special=True, normalized=False), A("<mask>", special=True, lstrip=True), A("foo", special=False), A("the", special=False, single_word=True), A("  ", special=False, normalized=False),
             A("<end>", rstrip=True, special=True, normalized=False), A("abc", special=False, lstrip=True, rstrip=True, normalized=False)]
    add("added", pre=P.Metaspace(), dec=D.Metaspace(), added=extra, post=X.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]))
    add("added lower", norm=N.Lowercase(), pre=P.Metaspace(prepend_scheme="first"), dec=D.Metaspace(), added=extra, post=X.RobertaProcessing(("</s>", 2), ("<s>", 1)))
    add("added bytes", model="bytes", norm=N.NFC(), pre=P.ByteLevel(add_prefix_space=False), dec=D.ByteLevel(), added=extra)
    return specs


def main(path):
    bpe = trained()
    alphabet = dict(bpe["vocab"])
    for b in range(256):
        alphabet[f"<0x{b:02X}>"] = len(bpe["vocab"]) + b
    plain, byte_model = sentencepiece(model_type="unigram", vocab_size=260), sentencepiece(model_type="unigram", vocab_size=420, byte_fallback=True, remove_extra_whitespaces=False)
    pieces = lambda raw: [[p.piece, p.score] for p in pb.ModelProto.FromString(raw).pieces]
    shared = {"bpe": bpe, "bytes": byte_level(), "fused": dict(bpe, fuse_unk=True), "no unknown": dict(bpe, unk_token=None), "fallback": dict(bpe, vocab=alphabet, byte_fallback=True, fuse_unk=True),
              "suffix": trained(end_of_word_suffix="</w>"), "prefix": trained(continuing_subword_prefix="##"), "unigram": {"type": "Unigram", "unk_id": 0, "vocab": pieces(plain), "byte_fallback": False},
              "unigram bytes": {"type": "Unigram", "unk_id": 0, "vocab": pieces(byte_model), "byte_fallback": True}}
    out = {"models": shared, "tokenizers": [], "sentencepiece": []}
    for name, (model, tok) in tokenizers(shared).items():
        rest = json.loads(tok.to_str())
        rest.pop("model")
        cases = []
        for t in TEXTS:
            try:
                ids = tok.encode(t).ids
            except Exception:
                continue
            cases.append({"text": t, "ids": ids, "decoded": tok.decode(ids, skip_special_tokens=False), "skipped": tok.decode(ids)})
        out["tokenizers"].append({"name": name, "model": model, "rest": rest, "cases": cases})
    raws = {"unigram": plain, "unigram bytes": byte_model, "unigram symbols": sentencepiece(model_type="unigram", vocab_size=260, user_defined_symbols=["<sep>", "foo", "a b", "▁the"], add_dummy_prefix=False),
            "bpe": sentencepiece(model_type="bpe", vocab_size=300), "bpe symbols": sentencepiece(model_type="bpe", vocab_size=560, byte_fallback=True, remove_extra_whitespaces=False, user_defined_symbols=["<sep>", "foo", "a b", "▁the", "  "]),
            "bpe suffix": sentencepiece(model_type="bpe", vocab_size=300, treat_whitespace_as_suffix=True)}
    unused = pb.ModelProto.FromString(raws["bpe"])
    for i, p in enumerate(unused.pieces):
        if p.type == 1 and len(p.piece) > 2 and i % 3 == 0:
            p.type = 5
    raws["bpe unused"] = unused.SerializeToString()
    for name, raw in raws.items():
        tok = spm.SentencePieceProcessor(model_proto=raw)
        out["sentencepiece"].append({"name": name, "model": base64.b64encode(raw).decode(), "cases": [{"text": t, "ids": tok.encode(t), "decoded": tok.decode(tok.encode(t))} for t in TEXTS]})
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        json.dump(out, f, ensure_ascii=False, separators=(",", ":"))
        f.write("\n")
    print(len(out["tokenizers"]) + len(out["sentencepiece"]), "tokenizers,", sum(len(t["cases"]) for t in out["tokenizers"] + out["sentencepiece"]), "cases")


if __name__ == "__main__":
    main(sys.argv[1])
