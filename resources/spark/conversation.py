# SPDX-License-Identifier: Apache-2.0
"""Whole conversations: a system prompt now and then, several exchanges, things to remember, the many ways people type."""
import chinese
import knowledge
import numbers_text as numbers
import stories
import talk
import tasks_text as tasks
import voices
import words_text as words
from gen import Deck, Turn
from people import NAMES

SPLIT = [(9, numbers.addition), (2, numbers.long_addition), (1.5, numbers.three_digits), (4, numbers.subtraction), (2.5, numbers.word_problem), (2, numbers.compare_people),
         (2.5, numbers.compare_numbers), (2, numbers.compare_things), (3.5, words.sorting), (3.5, words.extraction), (2, words.reading), (1, words.from_json), (1.2, words.repeating),
         (4, stories.story), (3.5, stories.town_question), (1, stories.town_compare)]
OPEN = [(2, numbers.multiplication), (1.2, numbers.division), (1, numbers.halves), (3, numbers.counting), (1.2, numbers.count_items), (3.5, words.rewriting), (1.2, words.grammar), (2, words.listing),
        (0.8, words.odd_one), (0.5, stories.about_town)]

ENGLISH_SPLIT = Deck(SPLIT + knowledge.SPLIT + tasks.SPLIT)
ENGLISH_OPEN = Deck(OPEN + knowledge.OPEN + tasks.OPEN)
SMALL_TALK = Deck(talk.OPEN + tasks.TALK)
CHINESE_SPLIT = Deck(chinese.SPLIT)
CHINESE_OPEN = Deck(chinese.OPEN)

BEFORE = ["Please tell me: ", "Quick question: ", "Can you help me? ", "Spark, ", "Hey, ", "I have a question. ", "One more thing: ", "Please: ", "Now: ", "Next: ", "So, ", "Ok, ", "Hello! ", "Hi, "]
BEHIND = [" Please.", " Thank you.", " Thanks!", " I am curious."]


FIRST_WORDS = set(("What Which How Who Where When Why On In Of At Do Does Can Is Are Tell Name Add Count Sort Give Write Put Turn Extract Return Convert Read Repeat Say Spell Reverse Make Order Explain Define "
                   "Find List Calculate Compute Take Subtract Multiply Divide Share Double Half Please Continue Correct Today There Describe The Opposite").split())


def lowered(ask):
    return ask[0].lower() + ask[1:] if ask.split(" ", 1)[0] in FIRST_WORDS else ask


def typed(g, ask):
    """The way people type: a word before or behind, small letters, no full stop."""
    x = g.random()
    if x < 0.10 and len(ask) < 120 and ask.split(" ", 1)[0] in FIRST_WORDS:
        ask = g.pick(BEFORE) + lowered(ask)
    elif x < 0.14 and ask[-1] in ".?!":
        ask += g.pick(BEHIND)
    elif x < 0.24 and "{" not in ask and "'" not in ask:
        ask = ask[0].lower() + ask[1:] if x < 0.19 else ask.lower()
    if g.chance(0.12) and ask[-1] in ".?" and not ask.endswith("..."):
        ask = ask[:-1]
    return ask


def follow_up(g, turn):
    """A remark about the answer before it."""
    kind = g.number(0, 6)
    if kind == 0 and len(turn.say) < 90:
        return Turn(g.pick(["Say that in capital letters.", "In capital letters, please.", "And in upper case?"]), turn.say.upper(), None, "writing")
    if kind == 1 and len(turn.say) < 160:
        return Turn(g.pick(["Please repeat that.", "Say that again.", "What did you say?", "Again, please."]), turn.say, turn.short, turn.topic)
    if kind == 2 and len(turn.ask) < 100:
        return Turn(g.pick(["What did I just ask you?", "What was my question?", "Repeat my question."]), f'You asked: "{turn.ask}"', None, "memory")
    if kind == 3 and turn.short is not None and len(turn.short) < 40:
        return Turn(g.pick(["In one word?", "Shorter, please.", "Just the answer, please.", "In short?"]), turn.short, turn.short, turn.topic)
    if kind == 4 and turn.topic in ("capital", "colour", "opposite", "animal", "day", "month", "millbrook", "comparison"):
        return Turn(g.pick(["Are you sure?", "Is that true?", "Really?"]), "Yes. " + turn.say if not turn.say.startswith(("Yes", "No")) else turn.say, "yes", turn.topic)
    if kind == 5 and turn.short is not None:
        return Turn(g.pick(["As JSON, please.", "Give me that as JSON.", "And as JSON?"]), voices.as_json(g, turn), None, "json")
    return talk.thanks(g)[0]


def message(role, content):
    return {"role": role, "content": content}


def english(g):
    count = g.pick([1, 1, 1, 2, 2, 3, 3, 4, 5])
    turns = []
    if not g.held_out and g.chance(0.12):
        turns += talk.greeting(g)
    told = talk.remembered(g) if not g.held_out and g.chance(0.06) else None
    if told:
        turns.append(told[0])
    for i in range(count):
        x = g.random()
        if g.held_out or x < 0.58:
            made = ENGLISH_SPLIT.draw(g)(g)
        elif x < 0.83:
            made = ENGLISH_OPEN.draw(g)(g)
        else:
            made = SMALL_TALK.draw(g)(g)
        turns += [turn._replace(ask=typed(g, turn.ask)) if k == 0 else turn for k, turn in enumerate(made)]
        if g.chance(0.14):
            turns.append(follow_up(g, turns[-1]))
    if told:
        turns.append(told[1])
    elif not g.held_out and g.chance(0.015):
        turns = talk.not_told(g) + turns
    if not g.held_out and count > 1 and g.chance(0.2):
        turns += talk.thanks(g) if g.chance(0.5) else talk.goodbye(g)
    return turns


def mandarin(g):
    turns = []
    for _ in range(g.pick([1, 1, 2, 3, 4])):
        deck = CHINESE_SPLIT if g.held_out or g.chance(0.6) else CHINESE_OPEN
        turns += deck.draw(g)(g)
    return turns


def named(g):
    """A system prompt gives another name."""
    name = g.pick(NAMES)
    turns = [t._replace(say=t.say.replace("Spark", name)) for t in talk.identity(g)]
    turns = [t if "Spark" not in t.ask else t._replace(ask="Who are you?", say=f"I am {name}.") for t in turns]
    if g.chance(0.6):
        turns.insert(0, Turn(g.pick(["What is your name?", "Who are you?", "Hello, who are you?"]), f"I am {name}, a small language model that ships with Lathe.", name, "identity"))
    return g.pick([f"Your name is {name}.", f"You are {name}, a helpful assistant.", f"You are called {name}."]), turns


def conversation(g):
    if g.chance(0.13):
        turns, system, voice = mandarin(g), g.pick(voices.NEUTRAL_ZH) if g.chance(0.1) else None, voices.plain
    elif not g.held_out and g.chance(0.012):
        (system, turns), voice = named(g), voices.plain
    else:
        turns = english(g)
        system, voice = voices.drawn(g) if g.chance(0.26) else (None, voices.plain)
    if voice is not voices.plain:
        turns = [t for t in turns if len(t.say) < 220 and t.topic != "story" and not t.ask.startswith(ABOUT_ANSWER)] or [Turn("Hello!", "Hello! How can I help you?", None, "greeting")]
    out = [message("system", system)] if system else []
    for turn in turns:
        out += [message("user", turn.ask), message("assistant", voice(g, turn))]
    return out


# Follow-ups about the wording of an answer do not fit a voice that changes it.
ABOUT_ANSWER = ("Say that", "In capital", "And in upper", "Please repeat", "Again,", "What did you say", "In one word", "Shorter", "Just the answer", "In short", "As JSON", "Give me that as", "And as JSON")


def passage(g):
    """Plain text: a tale, a page of sums, or sentences about the world."""
    x = g.random()
    if x < 0.34:
        return stories.tale(g)[1]
    if x < 0.52:
        return stories.town_tale(g)[2]
    if x < 0.60:
        return chinese.tale(g)[1]
    if x < 0.85:
        return numbers.drill(g)
    deck = Deck(knowledge.SPLIT + [(2, stories.town_question), (1, numbers.compare_things)])
    seen = []
    for _ in range(g.number(3, 8)):
        turn = deck.draw(g)(g)[0]
        if not turn.say.startswith(("Yes", "No")) and turn.say not in seen:
            seen.append(turn.say)
    return " ".join(seen) or stories.tale(g)[1]
