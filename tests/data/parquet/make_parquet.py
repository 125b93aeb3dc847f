#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the Parquet files beside it, with pyarrow 26: python3 make_parquet.py"""
import datetime
import decimal
import os

import pyarrow as pa
import pyarrow.parquet as pq

os.chdir(os.path.dirname(os.path.abspath(__file__)))

messages = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
rows = [{"messages": [{"role": "user", "content": f"question {i} \u00e9"}, {"role": "assistant", "content": f'answer "{i}"\nline\t\\'}], "score": i / 4} for i in range(250)]
rows[7]["messages"] = None
rows[9]["messages"][1]["content"] = None
pq.write_table(pa.Table.from_pylist(rows, pa.schema([("messages", messages), ("score", pa.float64())])), "messages.parquet", row_group_size=60, compression="zstd")

pq.write_table(pa.table({"question": [f"q{i % 3}" for i in range(100)], "answer": pa.array([f"a{i % 3}" for i in range(100)]).dictionary_encode()}), "pairs.parquet", row_group_size=33, compression="snappy")
pq.write_table(pa.table({"input_ids": pa.array([[1, 2, 3], [4, 5]], pa.list_(pa.int32())), "labels": pa.array([[-100, 2, 3], [-100, 5]], pa.large_list(pa.int64()))}), "tokens.parquet", compression="none")

types = {
    "text": pa.array(["a", None, "\u4f60\u597d"], pa.large_string()),
    "i8": pa.array([-128, 0, None], pa.int8()),
    "u64": pa.array([2**64 - 1, 0, 1], pa.uint64()),
    "f32": pa.array([0.5, float("nan"), float("inf")], pa.float32()),
    "flag": pa.array([True, False, None]),
    "bytes": pa.array([b"plain text", b"\xff\xfe", None]),
    "day": pa.array([datetime.date(2026, 1, 2), None, datetime.date(1970, 1, 1)]),
    "money": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")], pa.decimal128(8, 2)),
    "map": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int32())),
    "fixed": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int16(), 2)),
    "deep": pa.array([{"a": [{"b": [1]}]}, None, {"a": []}], pa.struct([("a", pa.list_(pa.struct([("b", pa.list_(pa.int64()))])))])),
}
pq.write_table(pa.table(types), "types.parquet", compression="gzip")
