"""Seeds of the fuzz targets sentencepiece, tiktoken, tokenizer and template.

Usage: python3 make_text_corpus.py FUZZ_FOLDER
"""
import base64, json, pathlib, struct, sys


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def number(key, value):
    return varint(key << 3) + varint(value)


def piece(text, score, kind=1):
    return field(1, field(1, text.encode()) + varint(2 << 3 | 5) + struct.pack("<f", score) + number(3, kind))


def charsmap():
    # A double array with the one rule "A" -> "a": root at 0, its child at offset 64 ^ 0x41.
    units = [0] * 256
    units[0] = 64 << 10
    units[64 ^ 0x41] = (128 << 10) | 1 << 8 | 0x41
    units[(64 ^ 0x41) ^ 128] = 1 << 31
    blob = struct.pack("<256I", *units)
    return struct.pack("<I", len(blob)) + blob + b"a\0"


def model(kind, normalizer, more=()):
    pieces = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)] + [(f"<0x{b:02X}>", 0, 6) for b in range(256)]
    pieces += [("\u2581", -1), ("a", -2), ("b", -3), ("ab", -1.5), ("\u2581ab", -1.2), ("c", -4), ("\u4f60", -5)] + list(more)
    return b"".join(piece(*p) for p in pieces) + field(2, number(3, kind) + number(35, 1)) + field(3, normalizer)


def tokenizer(model=None, text="ab  a<s>b foo 12 \u4f60e\u0301", **parts):
    bpe = {"type": "BPE", "unk_token": "?", "fuse_unk": True, "byte_fallback": True, "ignore_merges": False, "vocab": {"?": 0, "a": 1, "b": 2, "ab": 3, "\u2581": 4, "\u2581ab": 5, "\u0120": 6, "<0x31>": 7, "1": 8},
           "merges": ["a b", ["\u2581", "ab"]]}
    document = {"added_tokens": [{"id": 9, "content": "<s>", "special": True, "normalized": False, "lstrip": True, "rstrip": True}, {"id": 10, "content": "foo", "single_word": True, "normalized": True}],
                "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": model or bpe}
    document.update(parts)
    return json.dumps(document, ensure_ascii=False).encode() + b"\0" + text.encode()


def tokenizers():
    seq = lambda key, *items: {"type": "Sequence", key: list(items)}
    split = lambda pattern, behavior, invert=False: {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}
    metaspace = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": True}
    fallback = seq("decoders", {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0})
    unigram = {"type": "Unigram", "unk_id": 0, "byte_fallback": False, "vocab": [["?", 0], ["a", -1.5], ["ab", -2], ["\u2581", -3], ["\u2581ab", -2.5]]}
    return {"metaspace": tokenizer(pre_tokenizer=metaspace, decoder=fallback), "bytes": tokenizer(pre_tokenizer=seq("pretokenizers", split(r"\p{L}+|[^\W\d&&[^b]]|\s+(?!\S)", "Isolated"), {"type": "ByteLevel", "add_prefix_space": True, "use_regex": True}), decoder={"type": "ByteLevel"}),
            "normalized": tokenizer(normalizer=seq("normalizers", {"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "Nmt"}, {"type": "Strip"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "_"}, {"type": "Prepend", "prepend": "\u2581"})),
            "tables": tokenizer(normalizer=seq("normalizers", {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap()).decode()}, {"type": "BertNormalizer"}), pre_tokenizer={"type": "BertPreTokenizer"}, decoder={"type": "WordPiece", "prefix": "##", "cleanup": True}),
            "splits": tokenizer(pre_tokenizer=seq("pretokenizers", split("a|b", "MergedWithPrevious"), split(" ", "MergedWithNext", True), split("1", "Contiguous"), {"type": "Digits", "individual_digits": True}, {"type": "Punctuation", "behavior": "Removed"}, {"type": "FixedLength", "length": 3})),
            "unigram": tokenizer(model=unigram, pre_tokenizer=metaspace, decoder={"type": "Metaspace"}, post_processor={"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["a"]}}})}


TEMPLATES = {
    "statements": "{% macro m(a, b=2, *c) %}{{ a }}{{ caller() if caller }}{% endmacro %}{% call(x, y=1) m(1, 2, k=3) %}{{ x }}{% endcall %}{% filter upper | trim %}a{% endfilter %}{% set ns = namespace(x=1) %}{% for i in messages recursive %}"
                  "{% set ns.x = ns.x + loop.index0 %}{{ loop.cycle('a', 'b') }}{{ loop.changed(i) }}{% if loop.last %}{% break %}{% else %}{% continue %}{% endif %}{% else %}e{% endfor %}{% with a, b = 1, 2 %}{{ a ~ b }}{% endwith %}"
                  "{% generation %}g{% endgeneration %}{% raw %}{{ }}{% endraw %}{# c #}{% block b scoped %}q{% endblock %}{%- set v | indent(2) -%} t {%- endset +%}{{ v }}",
    "values": "{{ {'a': [1, (2,), none, 1.5e3, true]} | tojson(indent=2) }}{{ [3, 1, 2] | sort(reverse=true) | map('string') | join(', ') }}{{ 'a b'[::-1].split()[0].upper() }}{{ '%5.2f|%-4s|%x' % (1.5, 'a', 255) }}{{ '{:>8,.1f}{!r}{[0]}'.format(1234.5, 'x', [1]) }}"
              "{{ 1 < 2 <= 3 != 4 in [4] }}{{ -7 // 2 ** 2 % 3 }}{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{{ 'x' if missing is not defined else missing.y }}{{ range(1, 9, 2)[1:] | batch(2, 0) | list }}",
    "texts": "{{ '<a b=\"c\">' | e ~ 'x' | center(9) ~ 'a-b c' | wordwrap(2) ~ 'abc' | truncate(2, true, '') }}{{ 'a,b' | replace(',', ';') | title | urlencode }}{{ {'k': 1} | xmlattr }}{{ 12345 | filesizeformat }}{{ messages | groupby('role') }}{{ strftime_now('%Y') }}"
             "{{ '\\x41\\u00e9\\n' }}{{ 'abc'.translate({97: 'b'}) }}{{ cycler(1, 2).next() }}{{ joiner()() }}{{ messages | map(attribute='content') | unique | first }}",
}


def main(folder):
    out = pathlib.Path(folder)
    seeds = {
        "sentencepiece/bpe": model(2, number(4, 0)) + b"\0ab ab c",
        "sentencepiece/unigram": model(1, b"") + b"\0  ab  ab \xe4\xbd\xa0",
        "sentencepiece/charsmap": model(1, field(2, charsmap())) + b"\0A AB ab",
        "sentencepiece/symbols": model(2, number(3, 0), [("a b", 0, 4), ("bc", -2, 5), ("abc", -1, 1)]) + b"\0a b abc bc",
        "tiktoken/bytes": b"".join(base64.b64encode(bytes([b])) + b" %d\n" % b for b in range(256)) + b"YWI= 256\nYWJj 257\n\0abc ab 12",
        "tiktoken/few": b"YQ== 0\nYg== 1\nYWI= 2\n\0abba",
    }
    seeds |= {f"tokenizer/{name}": data for name, data in tokenizers().items()}
    seeds |= {f"template/{name}": text.encode() for name, text in TEMPLATES.items()}
    for name, data in seeds.items():
        (out / name).write_bytes(data)
    print(len(seeds), "seeds")


if __name__ == "__main__":
    main(sys.argv[1])
