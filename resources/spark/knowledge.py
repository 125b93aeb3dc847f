# SPDX-License-Identifier: Apache-2.0
"""Questions about the tables of facts.py, with follow-ups and with honest answers about names that do not exist."""
from facts import (ANIMALS, COLOURS, COUNTRIES, DAYS, DEFINITIONS, HOW_TO, JOBS, MONTH_DAYS, MONTHS, OPPOSITES, ORDINALS, PLAIN, RHYMES, SEASONS, USES, WHY)
from gen import Turn, join_words
from people import article, upper_first


def drawn(g, name, table, forms):
    """A row of a table and the number of a wording; combinations are split between training and held-out text."""
    def draw():
        return name, g.number(0, len(table) - 1), g.number(0, forms - 1)
    _, row, form = g.until_mine(draw)
    return table[row], form


CAPITAL_ASKS = ["What is the capital of {c}?", "Name the capital of {c}.", "Which city is the capital of {c}?", "Tell me the capital of {c}.", "capital of {c}", "Do you know the capital of {c}?"]


def capitals(g):
    (country, city, continent, language), form = drawn(g, "capital", COUNTRIES, 9)
    name = upper_first(country)
    if form < 6:
        turns = [Turn(CAPITAL_ASKS[form].format(c=country), f"The capital of {country} is {city}.", city, "capital")]
        for _ in range(g.pick([0, 0, 1, 2])):
            other = g.pick(COUNTRIES)
            turns.append(g.pick([
                Turn(g.pick([f"And of {other[0]}?", f"And what about {other[0]}?", f"And {other[0]}?"]), f"The capital of {other[0]} is {other[1]}.", other[1], "capital"),
                Turn(g.pick(["And where is that country?", "On which continent is that?"]), f"{name} is in {continent}." if turns[-1].short == city else f"{turns[-1].short} is in " +
                     next(c[2] for c in COUNTRIES if c[1] == turns[-1].short) + ".", continent if turns[-1].short == city else next(c[2] for c in COUNTRIES if c[1] == turns[-1].short), "continent")
                if turns[-1].topic == "capital" else Turn("Thank you.", "You are welcome.", None, "thanks")]))
        return turns
    if form == 6:
        return [Turn(g.pick([f"Of which country is {city} the capital?", f"{city} is the capital of which country?", f"Where is {city}?"]), f"{city} is the capital of {country}.", country, "capital")]
    if form == 7:
        return [Turn(g.pick([f"On which continent is {country}?", f"In which part of the world is {country}?"]), f"{name} is in {continent}.", continent, "continent")]
    return [Turn(g.pick([f"Which language do people speak in {country}?", f"What language is spoken in {country}?"]), f"In {country} people speak {language}.", language, "language")]


COLOUR_ASKS = ["What colour is {x}?", "Which colour is {x}?", "What is the colour of {x}?", "Tell me the colour of {x}.", "Do you know what colour {x} is?", "What color is {x}?"]


def colours(g):
    (thing, colour), form = drawn(g, "colour", COLOURS, 8)
    if form < 6:
        turns = [Turn(COLOUR_ASKS[form].format(x=thing), f"{upper_first(thing)} is {colour}.", colour, "colour")]
        if g.chance(0.3):
            other = g.pick(COLOURS)
            turns.append(Turn(g.pick([f"And {other[0]}?", f"And what colour is {other[0]}?"]), f"{upper_first(other[0])} is {other[1]}.", other[1], "colour"))
        return turns
    if form == 6:
        said = colour if g.chance(0.5) else g.pick(["blue", "red", "green", "yellow", "white", "black", "brown"])
        good = said == colour
        return [Turn(f"Is {thing} {said}?", f"Yes, {thing} is {colour}." if good else f"No, {thing} is {colour}.", "yes" if good else "no", "colour")]
    same = [t for t, c in COLOURS if c == colour]
    chosen = g.sample(same, min(len(same), g.number(1, 3)))
    return [Turn(g.pick([f"What is {colour}?", f"Name something {colour}."]), upper_first(join_words(chosen)) + (" is " if len(chosen) == 1 else " are ") + colour + ".", ", ".join(chosen), "colour")]


HOMES = {"sea": "in the sea", "water": "in the water", "jungle": "in the jungle", "savanna": "in the savanna", "city": "in the city", "ice": "on the ice", "grassland": "in dry grassland",
         "mountain": "in the mountains", "farm": "on a farm", "tree": "in a tree", "meadow": "in a meadow", "house": "in a house"}


def home_of(home):
    return HOMES.get(home) or f"in {article(home)}"


def animals(g):
    (animal, sound, young, legs, home, kind, food), form = drawn(g, "animal", ANIMALS, 10)
    an = article(animal)
    An = upper_first(an)
    table = [
        (f"What sound does {an} make?", f"{An} {sound}.", sound), (f"What does {an} do?" if not sound.startswith("makes") else f"What noise does {an} make?", f"{An} {sound}.", sound),
        (f"What is a young {animal} called?", f"A young {animal} is called {article(young)}.", young), (f"What is the baby of {an} called?", f"A young {animal} is called {article(young)}.", young),
        (f"How many legs does {an} have?", f"{An} has {legs} legs.", legs), (f"Where does {an} live?", f"{An} lives {home_of(home)}.", home_of(home)),
        (f"What does {an} eat?", f"{An} eats {food}.", food), (f"What kind of animal is {an}?", f"{An} is {article(kind)}." if kind != "fish" else f"{An} is a fish.", kind),
        (f"Is {an} a bird?", f"Yes, {an} is a bird." if kind == "bird" else f"No, {an} is not a bird." + (f" It is {article(kind)}." if kind != "fish" else ""), "yes" if kind == "bird" else "no"),
        (f"Which young animal is {article(young)}?" if young not in ("pup", "cub", "calf", "foal", "larva", "chick") else f"Tell me something about {an}.",
         f"{upper_first(article(young))} is a young {animal}." if young not in ("pup", "cub", "calf", "foal", "larva", "chick") else f"{An} is {article(kind)}, has {legs} legs and eats {food}.",
         animal if young not in ("pup", "cub", "calf", "foal", "larva", "chick") else kind)]
    ask, say, short = table[form]
    turns = [Turn(ask, say, short, "animal")]
    follow = {"What does it eat?": (f"{An} eats {food}.", food), "And how many legs does it have?": (f"{An} has {legs} legs.", legs),
              "What is its young called?": (f"A young {animal} is called {article(young)}.", young), "What kind of animal is it?": (f"{An} is {article(kind)}.", kind)}
    for ask in g.sample(list(follow), g.pick([0, 0, 0, 1, 2])):
        turns.append(Turn(ask, *follow[ask], "animal"))
    return turns


def opposites(g):
    (a, b), form = drawn(g, "opposite", OPPOSITES, 6)
    if g.chance(0.5) and a != "find" and b != "lose":
        a, b = b, a
    ask = [f"What is the opposite of {a}?", f"Tell me the opposite of {a}.", f"What is the contrary of '{a}'?", f"Opposite of {a}?", f"Which word means the opposite of {a}?", f"Not {a}, but ...?"][form]
    turns = [Turn(ask, f"The opposite of {a} is {b}.", b, "opposite")]
    if g.chance(0.25):
        c, d = g.pick(OPPOSITES)
        turns.append(Turn(f"And of {c}?", f"The opposite of {c} is {d}.", d, "opposite"))
    return turns


def calendar(g):
    if g.chance(0.45):
        i, form = drawn(g, "day", list(range(7)), 7)
        d, n, p = DAYS[i], DAYS[(i + 1) % 7], DAYS[(i + 6) % 7]
        far = DAYS[(i + 2) % 7]
        ask, say, short = [(f"Which day comes after {d}?", f"After {d} comes {n}.", n), (f"What day comes before {d}?", f"Before {d} comes {p}.", p),
                           (f"Today is {d}. What day is tomorrow?", f"Tomorrow is {n}.", n), (f"Today is {d}. What day was yesterday?", f"Yesterday was {p}.", p),
                           (f"Is {d} on the weekend?", f"Yes, {d} is on the weekend." if i > 4 else f"No, {d} is a working day.", "yes" if i > 4 else "no"),
                           (f"Today is {d}. What day is it in two days?", f"In two days it is {far}.", far), (f"What is the day after {d}?", f"The day after {d} is {n}.", n)][form]
        return [Turn(ask, say, short, "day")]
    i, form = drawn(g, "month", list(range(12)), 8)
    m, n, p = MONTHS[i], MONTHS[(i + 1) % 12], MONTHS[(i + 11) % 12]
    days = MONTH_DAYS[i]
    ask, say, short = [(f"Which month comes after {m}?", f"After {m} comes {n}.", n), (f"Which month comes before {m}?", f"Before {m} comes {p}.", p),
                       (f"How many days does {m} have?", f"{m} has {days} days" + (", and 29 in a leap year." if i == 1 else "."), str(days)), (f"In which season is {m}?", f"In the north, {m} is in {SEASONS[i]}.", SEASONS[i]),
                       (f"Which month is number {i + 1}?", f"Month number {i + 1} is {m}.", m), (f"What is the {ORDINALS[i]} month?", f"The {ORDINALS[i]} month is {m}.", m),
                       (f"What number is {m}?", f"{m} is month number {i + 1}.", str(i + 1)), (f"What is the month after {m}?", f"The month after {m} is {n}.", n)][form]
    return [Turn(ask, say, short, "month")]


def jobs_and_tools(g):
    kind = g.number(0, 3)
    if kind == 0:
        (job, does), form = drawn(g, "job", JOBS, 3)
        an = article(job)
        return [Turn([f"What does {an} do?", f"What is {an}?", f"What is the work of {an}?"][form], f"{upper_first(an)} {does}." if form != 1 else f"{upper_first(an)} is somebody who {does}.", does, "job")]
    if kind == 1:
        (job, does), form = drawn(g, "who", JOBS, 2)
        return [Turn([f"Who {does}?", f"What do you call somebody who {does}?"][form], f"{upper_first(article(job))} {does}.", article(job), "job")]
    if kind == 2:
        (tool, use), form = drawn(g, "use", USES, 3)
        be = "are" if tool in ("scissors", "glasses") else "is"
        return [Turn([f"What {be} {tool} for?", f"What do you use {tool} for?", f"What can I do with {tool}?"][form], f"You use {tool} to {use}.", use, "tool")]
    (tool, use), form = drawn(g, "need", USES, 2)
    return [Turn([f"What do I need to {use}?", f"Which thing helps me to {use}?"][form], f"You need {tool} to {use}.", tool, "tool")]


def definitions(g):
    (word, meaning), form = drawn(g, "define", DEFINITIONS, 5)
    ask = [f"What is {word}?", f"Explain {word}.", f"What does '{word.split(' ', 1)[1]}' mean?", f"Can you explain what {word} is?", f"Define {word}."][form]
    return [Turn(ask, f"{upper_first(word)} is {meaning}.", meaning, "meaning")]


def plain_facts(g):
    question, answer, short = g.pick(PLAIN)
    return [Turn(question, answer, short, "fact")]


def reasons(g):
    question, answer = g.pick(WHY)
    turns = [Turn(question, answer, None, "reason")]
    if g.chance(0.2):
        turns.append(Turn(g.pick(["Interesting!", "I did not know that.", "Good to know."]), g.pick(["I am glad I could explain it.", "Yes, it is a nice thing to know."]), None, "talk"))
    return turns


def how_to(g):
    what, steps = g.pick(HOW_TO)
    steps = [s.strip() for s in steps.split("/")]
    ask = g.pick(["How do I {x}?", "How can I {x}?", "Tell me how to {x}.", "Please explain how to {x}.", "Give me steps to {x}.", "I want to {x}. What should I do?"]).format(x=what)
    turns = [Turn(ask, "\n".join(f"{i + 1}. {s}" for i, s in enumerate(steps)), None, "steps")]
    i = g.number(0, len(steps) - 1)
    if g.chance(0.35):
        turns.append(Turn(f"What was step {i + 1}?", f"Step {i + 1}: {steps[i]}", steps[i], "steps"))
    elif g.chance(0.25):
        turns.append(Turn("How many steps are there?", f"There are {len(steps)} steps.", str(len(steps)), "steps"))
    return turns


def rhymes(g):
    (a, b), form = drawn(g, "rhyme", RHYMES, 4)
    if g.chance(0.5):
        a, b = b, a
    return [Turn([f"What rhymes with {a}?", f"Give me a rhyme for {a}.", f"Find a word that rhymes with '{a}'.", f"Which word rhymes with {a}?"][form], f"{upper_first(b)} rhymes with {a}.", b, "rhyme")]


SYLLABLES = "bro vel dor ma lin tak zu ri pon gar fe lo sha nu ket bri wo dal mir co xan tu ble hov qui ras".split()


def invented_name(g):
    known = {word.lower() for row in COUNTRIES for word in row}
    while True:
        name = "".join(g.pick(SYLLABLES) for _ in range(g.number(2, 3))) + g.pick(["", "ia", "land", "stan", "a", "burg"])
        if name not in known:
            return upper_first(name)


def unknown_names(g):
    name = invented_name(g)
    ask, say = g.pick([
        (g.pick(CAPITAL_ASKS).format(c=name), f"I do not know a country called {name}."), (f"Where is {name}?", f"I do not know where {name} is."),
        (f"Who is {name}?", f"I do not know anybody called {name}."), (f"What is {article(name.lower())}?", f"I do not know the word '{name.lower()}'."),
        (f"What sound does {article(name.lower())} make?", f"I do not know an animal called {name.lower()}."), (f"Which language do people speak in {name}?", f"I do not know a country called {name}."),
        (f"What does '{name.lower()}' mean?", f"I do not know the word '{name.lower()}'.")])
    return [Turn(ask, say, "unknown", "unknown")]


SPLIT = [(5, capitals), (4, colours), (4.5, animals), (3, opposites), (3, calendar), (2.5, jobs_and_tools), (2.5, definitions), (1, rhymes)]
OPEN = [(3, plain_facts), (1.5, reasons), (1.5, how_to), (1.5, unknown_names)]
