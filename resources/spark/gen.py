# SPDX-License-Identifier: Apache-2.0
"""Seeded choices, the split between training and held-out text, and the shape of an exchange."""
import random
import zlib
from collections import namedtuple

# ask: the user's words; say: the full answer; short: the bare answer or None; topic: one word for what it is about.
Turn = namedtuple("Turn", "ask say short topic")

HELD_OUT_SHARE = 20      # one combination in 20 is never trained on
HELD_OUT_SUMS = 16       # one pair of numbers in 16 is never added in the training text


def held_out_sum(a, b):
    """Pairs below 100 whose sum is never shown in training; sums of two single digits are all taught."""
    low, high = min(a, b), max(a, b)
    return 10 <= high < 100 and zlib.crc32(b"sum %d %d" % (low, high)) % HELD_OUT_SUMS == 3


class Gen:
    """Draws from random.Random.random() only, whose sequence Python keeps stable between versions."""

    def __init__(self, seed, held_out=False):
        self.random = random.Random(seed).random
        self.held_out = held_out

    def pick(self, items):
        return items[int(self.random() * len(items))]

    def number(self, low, high):
        """From low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def chance(self, share):
        return self.random() < share

    def sample(self, items, count):
        pool = list(items)
        for i in range(count):
            j = i + int(self.random() * (len(pool) - i))
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:count]

    def shuffled(self, items):
        return self.sample(items, len(items))

    def mine(self, *key):
        """Whether this combination belongs to the split that is being written."""
        return (zlib.crc32(repr(key).encode()) % HELD_OUT_SHARE == 7) == self.held_out

    def addends(self, low, high):
        while True:
            a, b = self.number(low, high), self.number(low, high)
            if max(a, b) < 10 or max(a, b) > 99 or held_out_sum(a, b) == self.held_out:
                return a, b

    def may_add(self, a, b):
        return self.held_out or not held_out_sum(a, b)

    def until_mine(self, draw):
        """Draws again until the combination belongs to this split."""
        while True:
            value = draw()
            if self.mine(value):
                return value


class Deck:
    """A weighted choice between functions."""

    def __init__(self, entries):
        self.functions = [f for _, f in entries]
        total, self.bounds = 0.0, []
        for weight, _ in entries:
            total += weight
            self.bounds.append(total)

    def draw(self, g):
        x = g.random() * self.bounds[-1]
        for bound, function in zip(self.bounds, self.functions):
            if x < bound:
                return function
        return self.functions[-1]


def join_words(items):
    items = list(items)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]
