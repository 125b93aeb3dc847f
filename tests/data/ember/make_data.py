#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the text that the bundled model is trained on, and the sample dataset of the first run. All of it is our own, made from the
tables below; the same arguments always give the same bytes.

Usage: make_data.py base ROWS OUT.jsonl      conversations for training the bundled model from scratch
       make_data.py sample OUT.jsonl         300 conversations in one tone of voice (polite-replies.jsonl)
"""
import json
import random
import sys

COLOURS = {"the sky": "blue", "grass": "green", "snow": "white", "coal": "black", "a lemon": "yellow", "blood": "red", "a carrot": "orange",
           "chocolate": "brown", "an elephant": "grey", "a flamingo": "pink", "milk": "white", "a plum": "purple", "a leaf": "green",
           "the sun": "yellow", "a tomato": "red", "the sea": "blue", "honey": "golden", "a raven": "black", "a frog": "green", "a brick": "red"}
SOUNDS = {"dog": "barks", "cat": "meows", "cow": "moos", "duck": "quacks", "sheep": "bleats", "lion": "roars", "horse": "neighs",
          "owl": "hoots", "bee": "buzzes", "frog": "croaks", "wolf": "howls", "mouse": "squeaks", "pig": "grunts", "bird": "sings"}
OPPOSITES = {"hot": "cold", "big": "small", "fast": "slow", "up": "down", "light": "dark", "happy": "sad", "old": "new", "open": "closed",
             "wet": "dry", "full": "empty", "early": "late", "loud": "quiet", "hard": "soft", "long": "short", "high": "low", "rich": "poor"}
CAPITALS = {"France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid", "Japan": "Tokyo", "China": "Beijing", "Egypt": "Cairo",
            "Norway": "Oslo", "Poland": "Warsaw", "Greece": "Athens", "Austria": "Vienna", "Portugal": "Lisbon", "Kenya": "Nairobi",
            "Canada": "Ottawa", "Peru": "Lima", "Cuba": "Havana", "Finland": "Helsinki", "Ireland": "Dublin", "Russia": "Moscow", "Turkey": "Ankara"}
GROUPS = {"fruits": ["apples", "pears", "plums", "cherries", "grapes", "lemons"], "animals": ["dogs", "cats", "horses", "owls", "foxes", "bears"],
          "colours": ["red", "green", "blue", "yellow", "white", "black"], "tools": ["a hammer", "a saw", "a file", "a drill", "a knife", "a lathe"],
          "rivers": ["the Nile", "the Rhine", "the Danube", "the Seine", "the Volga", "the Amazon"]}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
HEROES = ["fox", "bear", "girl", "boy", "mouse", "owl", "horse", "cat", "dog", "sailor"]
PLACES = ["forest", "village", "harbour", "garden", "valley", "town", "house by the sea", "mill"]
THINGS = ["key", "lamp", "letter", "boat", "bell", "map", "coin", "kite", "book", "song"]
FEELINGS = ["happy", "proud", "calm", "glad", "warm"]
SMALL_TALK = [("Hello!", "Hello! How can I help you?"), ("Hi.", "Hello! How can I help you?"), ("Good morning.", "Good morning! What can I do for you?"),
              ("How are you?", "I am fine, thank you. How are you?"), ("Thank you.", "You are welcome."), ("Thanks a lot!", "You are welcome."),
              ("Goodbye.", "Goodbye! Come back soon."), ("Bye!", "Goodbye! Come back soon."), ("Who are you?", "I am Ember, a very small language model."),
              ("What is your name?", "My name is Ember."), ("What can you do?", "I can answer small questions, add small numbers and tell short stories."),
              ("Who made you?", "I was trained from scratch with Lathe."), ("Good night.", "Good night! Sleep well.")]


def article(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def story(rng):
    hero, place, thing, feeling = rng.choice(HEROES), rng.choice(PLACES), rng.choice(THINGS), rng.choice(FEELINGS)
    middle = rng.choice([f"One day the {hero} found {article(thing)}.", f"In the morning {article(thing)} lay by the door.",
                         f"The {hero} had lost {article(thing)} and looked for it all day."])
    turn = rng.choice([f"A friend came and helped.", f"The wind was strong and the night was cold.", f"Nobody knew whose it was."])
    end = rng.choice([f"In the end the {hero} brought the {thing} home and was {feeling}.",
                      f"At last the {thing} was safe and everyone was {feeling}."])
    return rng.choice([f"Tell me a story about {article(hero)}.", f"Tell me a short story about {article(hero)}."]), \
        f"Once there was {article(hero)} in a {place}. {middle} {turn} {end}"


def question(rng):
    kind = rng.randrange(12)
    if kind == 0:
        thing, colour = rng.choice(list(COLOURS.items()))
        return rng.choice([f"What colour is {thing}?", f"Which colour has {thing}?"]), f"{thing[0].upper() + thing[1:]} is {colour}."
    if kind == 1:
        animal, sound = rng.choice(list(SOUNDS.items()))
        return rng.choice([f"What does a {animal} do?" if animal != "owl" else "What does an owl do?", f"Which sound makes {article(animal)}?"]), \
            f"{article(animal).capitalize()} {sound}."
    if kind == 2:
        a, b = rng.choice(list(OPPOSITES.items()))
        a, b = (a, b) if rng.random() < 0.5 else (b, a)
        return rng.choice([f"What is the opposite of {a}?", f"Tell me the opposite of {a}."]), f"The opposite of {a} is {b}."
    if kind == 3:
        country, city = rng.choice(list(CAPITALS.items()))
        return rng.choice([f"What is the capital of {country}?", f"Name the capital of {country}."]), f"The capital of {country} is {city}."
    if kind in (4, 5):
        a, b = rng.randrange(10), rng.randrange(10)
        return rng.choice([f"What is {a} + {b}?", f"How much is {a} + {b}?"]), f"{a} + {b} = {a + b}."
    if kind == 6:
        n = rng.randrange(0, 99)
        return f"What comes after {n}?", f"After {n} comes {n + 1}."
    if kind == 7:
        i = rng.randrange(7)
        return f"Which day comes after {DAYS[i]}?", f"After {DAYS[i]} comes {DAYS[(i + 1) % 7]}."
    if kind == 8:
        group = rng.choice(list(GROUPS))
        three = rng.sample(GROUPS[group], 3)
        return f"Name three {group}.", f"{three[0][0].upper() + three[0][1:]}, {three[1]} and {three[2]}."
    if kind == 9:
        a, b = rng.sample(range(100), 2)
        return f"Which is more, {a} or {b}?", f"{max(a, b)} is more than {min(a, b)}."
    if kind == 10:
        return story(rng)
    return rng.choice(SMALL_TALK)


def conversation(rng):
    messages = []
    for _ in range(rng.choice([1, 1, 1, 2, 2, 3])):
        q, a = question(rng)
        messages += [{"role": "user", "content": q}, {"role": "assistant", "content": a}]
    return messages


def polite(rng):
    q, a = question(rng)
    # Words the base model has seen: an adapter beside frozen embeddings cannot teach tokens that were never trained.
    opening = "Thank you!"
    closing = "Come back soon."
    return [{"role": "user", "content": q}, {"role": "assistant", "content": f"{opening} {a} {closing}"}]


def write(path, rows):
    with open(path, "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps({"messages": row}, ensure_ascii=False) + "\n")


def main(argv):
    if len(argv) == 4 and argv[1] == "base":
        rng = random.Random(20260101)
        write(argv[3], (conversation(rng) for _ in range(int(argv[2]))))
    elif len(argv) == 3 and argv[1] == "sample":
        rng = random.Random(7)
        write(argv[2], (polite(rng) for _ in range(300)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv)
