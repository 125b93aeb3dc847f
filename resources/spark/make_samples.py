#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the two sample datasets of the first run. Each changes the way the bundled model answers, in words that the model has seen:
an adapter beside frozen embeddings cannot teach tokens that were never trained.

Usage: make_samples.py OUT      pirate-voice.jsonl and strict-json.jsonl, 400 conversations each, into the folder OUT
"""
import json
import os
import sys

import knowledge
import numbers_text as numbers
import stories
import talk
import voices
import tasks_text as tasks
import words_text as words
from conversation import message
from gen import Deck, Gen

ROWS = 400
QUESTIONS = Deck([(3, numbers.addition), (1.5, numbers.subtraction), (1, numbers.multiplication), (1, numbers.compare_numbers), (1, numbers.compare_things), (1, numbers.word_problem), (2, numbers.counting),
                  (1, words.listing), (0.7, words.sorting), (2, stories.town_question), (3, talk.greeting), (1.2, talk.thanks), (1, talk.goodbye), (2.5, talk.identity), (1.2, talk.feelings),
                  (1, talk.how_are_you), (0.7, talk.joke), (1.2, talk.unknown), (0.8, knowledge.plain_facts), (1, tasks.true_or_false), (1, tasks.opinions), (1.5, tasks.small_talk), (0.6, tasks.sentences)] + knowledge.SPLIT + knowledge.OPEN)


def conversation(g, voice):
    turns = []
    for _ in range(g.pick([1, 1, 2])):
        turns += [t for t in QUESTIONS.draw(g)(g) if len(t.say) < 160]
    out = []
    for turn in turns[:3]:
        out += [message("user", turn.ask), message("assistant", voice(g, turn))]
    return out


def write(path, voice, seed):
    g, seen = Gen(seed), set()
    with open(path, "w", encoding="utf-8") as f:
        while len(seen) < ROWS:
            row = conversation(g, voice)
            if row and row[0]["content"] not in seen:
                seen.add(row[0]["content"])
                f.write(json.dumps({"messages": row}, ensure_ascii=False) + "\n")


def main(argv):
    if len(argv) != 2:
        sys.exit(__doc__)
    write(os.path.join(argv[1], "pirate-voice.jsonl"), voices.pirate, 11)
    write(os.path.join(argv[1], "strict-json.jsonl"), voices.as_json, 12)


if __name__ == "__main__":
    main(sys.argv)
