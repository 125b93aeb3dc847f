# SPDX-License-Identifier: Apache-2.0
"""Work on words: sorting, capital letters, reversing, spelling, lists, extraction to JSON."""
import json

from facts import COLOURS, COUNTRIES, DAYS, GROUPS, JOBS, MONTHS, PAST, PLURALS
from gen import Turn, join_words
from people import NAMES, THINGS, article, upper_first

WORDS = sorted({w for group in GROUPS.values() for w in group if " " not in w and w.islower()} | set(THINGS) |
               set("sun moon star rain wind snow tree leaf door wall road hill lake fish bird milk salt bread apple house table chair paper stone river night light water green small happy".split()))
SHORT_WORDS = ("cat dog sun map pen cup box red sea net top pan bed hat bus car key ant bee owl fox cow pig hen lamp star moon fish bird tree boat door rain snow wind road hill lake milk salt "
               "book bell coin kite leaf rose drum time nine live stop spot part trap step pots tips evil draw ward loop pool tool mood room").split()
PHRASES = ["hello world", "good morning", "the sun is warm", "i like tea", "the cat sleeps", "we go home", "open the door", "a small red boat", "snow is white", "thank you", "the fox runs",
           "my name is spark", "see you soon", "the sea is blue", "bread and cheese", "time to sleep", "the bell rings", "read the book", "a kind word", "far away"]


def sorting(g):
    kind = g.number(0, 4)
    if kind == 0:
        def draw():
            return tuple(g.sample(WORDS, g.number(3, 6)))
        words = g.until_mine(draw)
        return [Turn(g.pick(["Sort these words: {x}", "Sort alphabetically: {x}", "Put these words in alphabetical order: {x}", "Order these words from A to Z: {x}"]).format(x=", ".join(words)),
                     ", ".join(sorted(words)), ", ".join(sorted(words)), "sorting")]
    if kind in (1, 2):
        def draw():
            top = g.pick([20, 100, 100, 1000])
            return tuple(g.number(0, top) for _ in range(g.number(3, 6)))
        numbers = g.until_mine(draw)
        down = g.chance(0.3)
        out = ", ".join(map(str, sorted(numbers, reverse=down)))
        ask = g.pick(["Sort from large to small: {x}", "Sort these numbers, largest first: {x}"] if down else
                     ["Sort these numbers: {x}", "Put in order: {x}", "Sort from small to large: {x}", "Order these numbers: {x}"])
        turns = [Turn(ask.format(x=", ".join(map(str, numbers))), out, out, "sorting")]
        if g.chance(0.4):
            big = g.chance(0.5)
            value = max(numbers) if big else min(numbers)
            turns.append(Turn(f"Which of them is the {'largest' if big else 'smallest'}?", f"The {'largest' if big else 'smallest'} is {value}.", str(value), "sorting"))
        return turns
    if kind == 3:
        def draw():
            return tuple(g.number(0, 100) for _ in range(g.number(3, 5)))
        numbers = g.until_mine(draw)
        big = g.chance(0.5)
        value = max(numbers) if big else min(numbers)
        return [Turn(f"What is the {'largest' if big else 'smallest'} of {join_words(map(str, numbers))}?", f"The {'largest' if big else 'smallest'} is {value}.", str(value), "sorting")]
    days = g.sample(DAYS, 3) if g.chance(0.5) else g.sample(MONTHS, 3)
    table = DAYS if days[0] in DAYS else MONTHS
    out = ", ".join(sorted(days, key=table.index))
    return [Turn(f"Put in order: {', '.join(days)}", out, out, "sorting")]


def rewriting(g):
    kind = g.number(0, 7)
    if kind <= 1:
        text = g.pick(PHRASES) if g.chance(0.5) else " ".join(g.sample(WORDS, g.number(1, 3)))
        ask = g.pick(["Write '{x}' in capital letters.", "Put '{x}' in upper case.", "Make this upper case: {x}", "Say '{x}' in capitals."])
        return [Turn(ask.format(x=text), text.upper(), text.upper(), "writing")]
    if kind == 2:
        text = g.pick(PHRASES) if g.chance(0.5) else " ".join(g.sample(WORDS, g.number(1, 3)))
        return [Turn(g.pick(["Write '{x}' in small letters.", "Make this lower case: {x}"]).format(x=text.upper()), text, text, "writing")]
    if kind == 3:
        word = g.pick(SHORT_WORDS)
        spelled = "-".join(word)
        return [Turn(g.pick(["Reverse the word '{w}'.", "Write '{w}' backwards.", "Spell '{w}' backwards.", "What is '{w}' in reverse?"]).format(w=word),
                     f"{spelled} backwards is {'-'.join(word[::-1])}: {word[::-1]}", word[::-1], "writing")]
    if kind == 4:
        word = g.pick(WORDS + SHORT_WORDS)
        turns = [Turn(g.pick(["Spell '{w}'.", "How do you spell '{w}'?"]).format(w=word), "-".join(word), "-".join(word), "spelling")]
        if g.chance(0.4):
            turns.append(Turn("How many letters is that?", f"{upper_first(word)} has {len(word)} letters.", str(len(word)), "spelling"))
        return turns
    if kind == 5:
        word = g.pick(WORDS + SHORT_WORDS)
        return [Turn(g.pick(["How many letters does '{w}' have?", "How many letters are in '{w}'?", "Count the letters of '{w}'."]).format(w=word),
                     f"{'-'.join(word)}: {len(word)} letters.", str(len(word)), "spelling")]
    if kind == 6:
        word = g.pick(WORDS + SHORT_WORDS)
        first = g.chance(0.5)
        letter = word[0] if first else word[-1]
        return [Turn(f"What is the {'first' if first else 'last'} letter of '{word}'?", f"The {'first' if first else 'last'} letter of '{word}' is {letter}.", letter, "spelling")]
    phrase = g.pick(PHRASES).split()
    if g.chance(0.5):
        out = " ".join(reversed(phrase))
        return [Turn(f"Turn the order of the words round: {' '.join(phrase)}", out, out, "writing")]
    out = upper_first(" ".join(phrase)) + "."
    return [Turn(f"Correct this sentence: {' '.join(phrase)}", out, out, "writing")]


def repeating(g):
    def draw():
        return tuple(g.sample(WORDS, g.number(1, 4)))
    text = " ".join(g.until_mine(draw))
    kind = g.number(0, 2)
    if kind == 0:
        return [Turn(g.pick(["Repeat after me: {x}", "Say '{x}'.", "Please say: {x}"]).format(x=text), text, text, "writing")]
    if kind == 1:
        n = g.number(2, 4)
        word = text.split()[0]
        return [Turn(f"Write '{word}' {n} times.", " ".join([word] * n), " ".join([word] * n), "writing")]
    words = text.split() + [g.pick(WORDS)]
    i = g.number(0, len(words) - 1)
    name = ["first", "second", "third", "fourth", "fifth"][i]
    return [Turn(f"What is the {name} word of: {' '.join(words)}", f"The {name} word is {words[i]}.", words[i], "writing")]


def grammar(g):
    if g.chance(0.5):
        one, many = g.pick(PLURALS)
        return [Turn(g.pick([f"What is the plural of {one}?", f"Plural of '{one}'?", f"One {one}, two ...?"]), f"The plural of {one} is {many}.", many, "grammar")]
    now, past = g.pick(PAST)
    return [Turn(g.pick([f"What is the past tense of {now}?", f"Past tense of '{now}'?", f"Today I {now}. Yesterday I ...?"]), f"The past tense of {now} is {past}.", past, "grammar")]


def listing(g):
    group = g.pick(list(GROUPS))
    n = g.number(2, 5)
    chosen = g.sample(GROUPS[group], n)
    word = ["two", "three", "four", "five"][n - 2]
    turns = [Turn(g.pick([f"Name {word} {group}.", f"List {word} {group}.", f"Give me {word} {group}.", f"Can you name {word} {group}?", f"Tell me {n} {group}."]),
                  upper_first(join_words(chosen)) + ".", ", ".join(chosen), "list")]
    if g.chance(0.3):
        rest = [w for w in GROUPS[group] if w not in chosen]
        one = g.pick(rest)
        turns.append(Turn(g.pick(["One more, please.", "And one more?", "Another one?"]), upper_first(one) + ".", one, "list"))
    elif g.chance(0.3):
        turns.append(Turn("As a list, please.", "\n".join(f"- {w}" for w in chosen), ", ".join(chosen), "list"))
    return turns


def odd_one(g):
    a, b = g.sample(list(GROUPS), 2)
    if {a, b} in ({"animals", "birds"}, {"animals", "insects"}, {"birds", "insects"}, {"metals", "colours"}):
        a, b = "fruits", "tools"
    items = g.sample(GROUPS[a], 3)
    odd = g.pick(GROUPS[b])
    return [Turn(g.pick(["Which does not belong: {x}?", "Find the odd one out: {x}."]).format(x=", ".join(g.shuffled(items + [odd]))),
                 f"{upper_first(odd)}: the others are {a}.", odd, "list")]


def compact(value):
    return json.dumps(value, ensure_ascii=False)


CITIES = [c[1] for c in COUNTRIES]
COLOUR_NAMES = sorted({c for _, c in COLOURS if " " not in c})


def sentence_with_fields(g):
    """(sentence, fields) with facts drawn at random."""
    kind = g.number(0, 5)

    def draw():
        return kind, g.pick(NAMES), g.number(2, 99), g.pick(CITIES), g.pick(THINGS), g.pick(COLOUR_NAMES), g.pick(JOBS)[0]

    kind, name, n, city, thing, colour, job = g.until_mine(draw)
    if kind == 0:
        return g.pick([f"{name} is {n} years old and lives in {city}.", f"{name}, aged {n}, lives in {city}.", f"In {city} lives {name}, who is {n}."]), {"name": name, "age": n, "city": city}
    if kind == 1:
        return g.pick([f"{name} bought {n} {thing}s in {city}.", f"In {city}, {name} bought {n} {thing}s."]), {"name": name, "item": thing, "count": n, "city": city}
    if kind == 2:
        return g.pick([f"{name} is {article(job)} from {city}.", f"{name} comes from {city} and is {article(job)}."]), {"name": name, "job": job, "city": city}
    if kind == 3:
        return g.pick([f"The {colour} {thing} costs {n} coins.", f"For {n} coins you get the {colour} {thing}."]), {"item": thing, "colour": colour, "price": n}
    if kind == 4:
        day, hour = g.pick(DAYS), g.number(1, 12)
        return g.pick([f"{name} meets friends in {city} on {day} at {hour} o'clock.", f"On {day} at {hour} o'clock {name} has a meeting in {city}."]), \
            {"name": name, "day": day, "hour": hour, "city": city}
    return g.pick([f"{name} has {article(colour)} {thing} and {n} coins.", f"{name} owns {article(colour)} {thing} and has {n} coins."]), {"name": name, "item": thing, "colour": colour, "coins": n}


def extraction(g):
    text, fields = sentence_with_fields(g)
    if g.chance(0.65):
        keys = list(fields)
        ask = g.pick(["Extract {k} as JSON: {t}", "Give me {k} as JSON. {t}", "Turn this into JSON with {k}: {t}", "Return JSON with the keys {k}. {t}"])
        if g.chance(0.3) and len(keys) > 2:
            wanted = g.sample(keys, 2)
            keys = [k for k in keys if k in wanted]
        out = compact({k: fields[k] for k in keys})
        turns = [Turn(ask.format(k=join_words(keys), t=text), out, out, "json")]
    else:
        out = compact(fields)
        turns = [Turn(g.pick(["Extract the facts as JSON: {t}", "As JSON: {t}", "Write this as JSON. {t}", "Convert to JSON: {t}"]).format(t=text), out, out, "json")]
    if g.chance(0.35):
        key = g.pick(list(fields))
        turns.append(Turn(f"What is the {key}?", f"The {key} is {fields[key]}.", str(fields[key]), "reading"))
    return turns


def reading(g):
    """A question about a sentence that was just given."""
    text, fields = sentence_with_fields(g)
    key = g.pick(list(fields))
    if g.chance(0.12):
        missing = g.pick([k for k in ("age", "city", "job", "colour", "price", "day") if k not in fields])
        return [Turn(f"{text} What is the {missing}?", f"The text does not say what the {missing} is.", "unknown", "reading")]
    return [Turn(g.pick([f"{text} What is the {key}?", f"Read this: {text} What is the {key}?", f"What is the {key}? {text}"]), f"The {key} is {fields[key]}.", str(fields[key]), "reading")]


def from_json(g):
    text, fields = sentence_with_fields(g)
    key = g.pick(list(fields))
    return [Turn(g.pick([f"What is the {key} in {compact(fields)}?", f"{compact(fields)} What is the value of {key}?"]), f"The {key} is {fields[key]}.", str(fields[key]), "reading")]
