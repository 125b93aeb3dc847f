# SPDX-License-Identifier: Apache-2.0
"""Arithmetic with and without working, comparisons, counting, sequences."""
from facts import NUMBER_WORDS, TENS
from gen import Turn, join_words
from people import NAMES, upper_first

SUM_ASKS = ["What is {a} + {b}?", "How much is {a} + {b}?", "{a} + {b} = ?", "{a} + {b}", "What is {a} plus {b}?", "Add {a} and {b}.", "Calculate {a} + {b}.", "What is the sum of {a} and {b}?",
            "{a} plus {b}?", "Please add {b} to {a}.", "Can you add {a} and {b}?", "Tell me {a} + {b}.", "Compute {a} + {b}.", "How much do {a} and {b} make?"]
MINUS_ASKS = ["What is {a} - {b}?", "How much is {a} - {b}?", "{a} - {b} = ?", "{a} - {b}", "What is {a} minus {b}?", "Take {b} away from {a}.", "Calculate {a} - {b}.", "Subtract {b} from {a}.",
              "{a} minus {b}?", "What is left of {a} when you take away {b}?", "What is the difference between {a} and {b}?", "Compute {a} - {b}."]
TIMES_ASKS = ["What is {a} × {b}?", "How much is {a} × {b}?", "{a} × {b} = ?", "What is {a} times {b}?", "Multiply {a} by {b}.", "{a} times {b}?", "Calculate {a} * {b}.", "What is {a} * {b}?",
              "What is the product of {a} and {b}?", "{a} x {b} = ?"]
DIVIDE_ASKS = ["What is {a} / {b}?", "Divide {a} by {b}.", "What is {a} divided by {b}?", "How often does {b} go into {a}?", "{a} ÷ {b} = ?", "Share {a} between {b}. How much does each get?"]
SHOW = [" Show your working.", " Step by step, please.", " Explain how.", " Show the steps."]


def number_words(n):
    if n < 20:
        return NUMBER_WORDS[n]
    if n < 100:
        return TENS[n // 10] + ("-" + NUMBER_WORDS[n % 10] if n % 10 else "")
    if n < 1000:
        return NUMBER_WORDS[n // 100] + " hundred" + (" and " + number_words(n % 100) if n % 100 else "")
    return "one thousand"


def column_sum(a, b):
    """Written addition, digit by digit from the right."""
    steps, carry, x, y, place = [], 0, a, b, 0
    names = ["Ones", "Tens", "Hundreds"]
    while x or y or place == 0:
        p, q = x % 10, y % 10
        total = p + q + carry
        terms = f"{p} + {q}" + (" + 1" if carry else "")
        carry = total // 10
        x, y = x // 10, y // 10
        more = " carry 1" if carry else ""
        steps.append(f"{names[place]}: {terms} = {total}" + (f", write {total % 10}{more}." if carry else "."))
        place += 1
    return " ".join(steps)


def addition(g):
    a, b = g.addends(0, 99) if g.chance(0.85) else g.addends(0, 20)
    turns = [Turn(g.pick(SUM_ASKS).format(a=a, b=b), f"{a} + {b} = {a + b}.", str(a + b), "sum")]
    total = a + b
    for _ in range(g.pick([0, 0, 0, 1, 2])):
        c = g.number(1, 20)
        kind = g.number(0, 3)
        if kind == 0 and g.may_add(total, c):
            turns.append(Turn(g.pick([f"And plus {c}?", f"Add {c} to that.", f"Now add {c}."]), f"{total} + {c} = {total + c}.", str(total + c), "sum"))
            total += c
        elif kind == 1 and total >= c:
            turns.append(Turn(g.pick([f"And minus {c}?", f"Take away {c} from that.", f"Now subtract {c}."]), f"{total} - {c} = {total - c}.", str(total - c), "sum"))
            total -= c
        elif kind == 2 and total < 60 and g.may_add(total, total):
            turns.append(Turn(g.pick(["And twice that?", "Double it.", "Times two?"]), f"2 × {total} = {2 * total}.", str(2 * total), "sum"))
            total *= 2
        elif kind == 3:
            turns.append(Turn(g.pick(["Are you sure?", "Is that right?", "Really?"]), f"Yes, {turns[-1].say}" if not turns[-1].say.startswith("Yes") else turns[-1].say, "yes", "sum"))
    return turns


def long_addition(g):
    a, b = g.addends(10, 99) if g.chance(0.5) else g.addends(10, 999)
    ask = g.pick(SUM_ASKS[:8]).format(a=a, b=b)
    ask += ("" if ask[-1] in ".?" else ".") + g.pick(SHOW)
    return [Turn(ask, f"{column_sum(a, b)} So {a} + {b} = {a + b}.", str(a + b), "sum")]


def three_digits(g):
    def draw():
        return "s3", g.number(100, 999), g.number(1, 999)

    _, a, b = g.until_mine(draw)
    return [Turn(g.pick(SUM_ASKS).format(a=a, b=b), f"{column_sum(a, b)} So {a} + {b} = {a + b}.", str(a + b), "sum")]


def subtraction(g):
    def draw():
        a, b = g.number(0, 99), g.number(0, 99)
        return "minus", max(a, b), min(a, b)

    _, a, b = g.until_mine(draw)
    return [Turn(g.pick(MINUS_ASKS).format(a=a, b=b), f"{a} - {b} = {a - b}.", str(a - b), "sum")]


def multiplication(g):
    a, b = g.number(0, 12), g.number(0, 12)
    turns = [Turn(g.pick(TIMES_ASKS).format(a=a, b=b), f"{a} × {b} = {a * b}.", str(a * b), "sum")]
    if g.chance(0.15):
        turns.append(Turn(f"And {b} × {a}?", f"{b} × {a} = {a * b} as well.", str(a * b), "sum"))
    return turns


def division(g):
    a, b = g.number(0, 12), g.number(1, 12)
    return [Turn(g.pick(DIVIDE_ASKS).format(a=a * b, b=b), f"{a * b} / {b} = {a}.", str(a), "sum")]


def halves(g):
    n = g.number(0, 50)
    if g.chance(0.5):
        return [Turn(g.pick([f"What is half of {2 * n}?", f"Half of {2 * n}?", f"What is one half of {2 * n}?"]), f"Half of {2 * n} is {n}.", str(n), "sum")]
    while not g.may_add(n, n):
        n = g.number(0, 50)
    return [Turn(g.pick([f"What is twice {n}?", f"Double {n}.", f"What is the double of {n}?"]), f"Twice {n} is {2 * n}.", str(2 * n), "sum")]


GOODS = "apples pears books coins eggs cards stamps shells nuts cups keys pens buttons sheep tickets marbles candles plums".split()


def word_problem(g):
    name, other = g.sample(NAMES, 2)
    goods, kind = g.pick(GOODS), g.number(0, 3)
    if kind == 0:
        a, b = g.addends(1, 60)
        ask = g.pick([f"{name} has {a} {goods} and gets {b} more. How many {goods} does {name} have now?", f"There are {a} {goods} in one box and {b} in another. How many are there in all?",
                      f"{name} has {a} {goods}, {other} has {b}. How many do they have together?", f"{name} finds {a} {goods} on Monday and {b} on Tuesday. How many is that?"])
        return [Turn(ask, f"{a} + {b} = {a + b}, so the answer is {a + b} {goods}.", str(a + b), "sum")]
    if kind == 1:
        def draw():
            a = g.number(2, 90)
            return "away", a, g.number(1, a)
        _, a, b = g.until_mine(draw)
        ask = g.pick([f"{name} has {a} {goods} and gives {b} to {other}. How many are left?", f"There are {a} {goods} on the table. {name} takes {b} away. How many remain?",
                      f"{name} had {a} {goods} and lost {b}. How many does {name} have now?", f"A shop has {a} {goods} and sells {b}. How many are left?"])
        return [Turn(ask, f"{a} - {b} = {a - b}, so {a - b} {goods} are left.", str(a - b), "sum")]
    if kind == 2:
        a, b = g.number(2, 10), g.number(2, 10)
        ask = g.pick([f"{name} buys {a} boxes with {b} {goods} each. How many {goods} is that?", f"There are {a} rows of {b} {goods}. How many {goods} are there?",
                      f"{a} children have {b} {goods} each. How many {goods} do they have together?"])
        return [Turn(ask, f"{a} × {b} = {a * b}, so there are {a * b} {goods}.", str(a * b), "sum")]
    a, b = g.number(2, 10), g.number(2, 10)
    ask = g.pick([f"{name} shares {a * b} {goods} equally between {a} friends. How many does each get?", f"{a * b} {goods} are put into {a} equal bags. How many are in each bag?"])
    return [Turn(ask, f"{a * b} / {a} = {b}, so each has {b} {goods}.", str(b), "sum")]


MEASURES = [("older", "younger", "is {n} years old", 2, 95), ("taller", "shorter", "is {n} cm tall", 90, 199), ("heavier", "lighter", "weighs {n} kg", 10, 99),
            ("faster", "slower", "runs {n} km an hour", 3, 30), ("richer", "poorer", "has {n} coins", 1, 99)]


def compare_people(g):
    def draw():
        return tuple(g.sample(NAMES, 2))

    a, b = g.until_mine(draw)
    more, less, says, low, high = g.pick(MEASURES)
    x, y = g.number(low, high), g.number(low, high)
    while x == y:
        y = g.number(low, high)
    up = g.chance(0.5)
    word, winner = (more if up else less), (a if (x > y) == up else b)
    first, second = (x, y) if winner == a else (y, x)
    ask = f"{a} {says.format(n=x)} and {b} {says.format(n=y)}. Who is {word}?" if g.chance(0.7) else f"Who is {word}: {a}, who {says.format(n=x)}, or {b}, who {says.format(n=y)}?"
    sign = "more" if up else "less"
    return [Turn(ask, f"{first} is {sign} than {second}, so {winner} is {word}.", winner, "comparison")]


def compare_numbers(g):
    def draw():
        top = g.pick([20, 100, 100, 1000])
        return "cmp", g.number(0, top), g.number(0, top)

    _, a, b = g.until_mine(draw)
    if a == b:
        return [Turn(f"Which is larger, {a} or {b}?", f"Neither: both are {a}.", "neither", "comparison")]
    up = g.chance(0.6)
    best, rest = (max(a, b), min(a, b)) if up else (min(a, b), max(a, b))
    word = g.pick(["larger", "more", "bigger", "greater"] if up else ["smaller", "less"])
    ask = g.pick(["Which is {w}, {a} or {b}?", "Which number is {w}: {a} or {b}?", "What is {w}, {a} or {b}?", "{a} or {b}: which is {w}?"]).format(w=word, a=a, b=b)
    turns = [Turn(ask, f"{best} is {word} than {rest}.", str(best), "comparison")]
    if g.chance(0.2):
        turns.append(Turn(f"Is {a} larger than {b}?", f"Yes, {a} is larger than {b}." if a > b else f"No, {a} is smaller than {b}.", "yes" if a > b else "no", "comparison"))
    return turns


SIZES = "an ant,a bee,a mouse,a squirrel,a cat,a fox,a goat,a wolf,a lion,a horse,an elephant,a whale".split(",")
LENGTHS = "a second,a minute,an hour,a day,a week,a month,a year,a century".split(",")


def compare_things(g):
    table, up_word, down_word = g.pick([(SIZES, "bigger", "smaller"), (LENGTHS, "longer", "shorter")])

    def draw():
        return g.number(0, len(table) - 1), g.number(0, len(table) - 1), up_word

    i, j, _ = g.until_mine(draw)
    while i == j:
        i, j, _ = g.until_mine(draw)
    up = g.chance(0.6)
    best = table[max(i, j) if up else min(i, j)]
    rest = table[min(i, j) if up else max(i, j)]
    word = up_word if up else down_word
    if g.chance(0.25):
        good = (i > j) == up
        return [Turn(f"Is {table[i]} {word} than {table[j]}?", f"{'Yes' if good else 'No'}, {best} is {word} than {rest}.", "yes" if good else "no", "comparison")]
    return [Turn(g.pick([f"Which is {word}, {table[i]} or {table[j]}?", f"What is {word}: {table[i]} or {table[j]}?"]), f"{upper_first(best)} is {word} than {rest}.", best, "comparison")]


def counting(g):
    kind = g.number(0, 6)
    if kind == 0:
        a = g.number(0, 60)
        b = a + g.number(2, 12)
        return [Turn(g.pick([f"Count from {a} to {b}.", f"Please count from {a} up to {b}."]), ", ".join(map(str, range(a, b + 1))) + ".", None, "counting")]
    if kind == 1:
        a = g.number(4, 20)
        b = a - g.number(2, min(10, a))
        return [Turn(f"Count down from {a} to {b}.", ", ".join(str(n) for n in range(a, b - 1, -1)) + ".", None, "counting")]
    if kind == 2:
        n = g.number(0, 998)
        return [Turn(g.pick([f"What comes after {n}?", f"Which number follows {n}?"]), f"After {n} comes {n + 1}.", str(n + 1), "counting")]
    if kind == 3:
        n = g.number(1, 999)
        return [Turn(g.pick([f"What comes before {n}?", f"Which number is before {n}?"]), f"Before {n} comes {n - 1}.", str(n - 1), "counting")]
    if kind == 4:
        start, step = g.number(0, 30), g.pick([2, 2, 3, 5, 5, 10, 4])
        shown = [start + step * k for k in range(4)]
        return [Turn(g.pick([f"What comes next: {', '.join(map(str, shown))}?", f"Continue: {', '.join(map(str, shown))}, ..."]),
                     f"The numbers grow by {step}, so the next one is {start + 4 * step}.", str(start + 4 * step), "counting")]
    if kind == 5:
        n = g.number(0, 999)
        good = n % 2 == 0
        return [Turn(g.pick([f"Is {n} even or odd?", f"Is {n} an even number or an odd number?"]), f"{n} is {'even' if good else 'odd'}.", "even" if good else "odd", "counting")]
    n = g.number(0, 199)
    if g.chance(0.5):
        return [Turn(g.pick([f"Write {n} in words.", f"How do you say {n} in words?"]), f"{n} is {number_words(n)}.", number_words(n), "counting")]
    return [Turn(g.pick([f"Write {number_words(n)} as a number.", f"Which number is {number_words(n)}?"]), f"{upper_first(number_words(n))} is {n}.", str(n), "counting")]


def count_items(g):
    items = [g.pick(GOODS) for _ in range(g.number(2, 4))]
    items = list(dict.fromkeys(items))
    if g.chance(0.5):
        words = g.sample(GOODS, g.number(2, 8))
        return [Turn(g.pick([f"How many words are here: {' '.join(words)}?", f"Count these words: {' '.join(words)}"]),
                     " ".join(f"{i + 1} {w}" + ("," if i + 1 < len(words) else ".") for i, w in enumerate(words)) + f" That is {len(words)} words.", str(len(words)), "counting")]
    counts = [g.number(2, 9) for _ in items]
    while not all(g.may_add(sum(counts[:i]), counts[i]) for i in range(1, len(counts))):
        counts = [g.number(2, 9) for _ in items]
    total = sum(counts)
    listed = join_words(f"{n} {w}" for n, w in zip(counts, items))
    return [Turn(f"On the table are {listed}. How many things are there in all?", f"{' + '.join(map(str, counts))} = {total}, so there are {total} things." if len(counts) > 1
                 else f"There are {total} things.", str(total), "counting")]


def drill(g):
    """Plain text: a page of sums, for practice."""
    lines = []
    for _ in range(g.number(8, 24)):
        kind = g.number(0, 5)
        if kind <= 2:
            a, b = g.addends(0, 99)
            lines.append(f"{a} + {b} = {a + b}")
        elif kind == 3:
            lines.append(subtraction(g)[0].say.rstrip("."))
        elif kind == 4:
            lines.append(multiplication(g)[0].say.rstrip("."))
        else:
            lines.append(compare_numbers(g)[0].say.rstrip("."))
    return "\n".join(lines)
