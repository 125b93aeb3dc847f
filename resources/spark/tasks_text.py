# SPDX-License-Identifier: Apache-2.0
"""Checking, choosing, classing, completing, sentences with a given word, opinions, and small talk about anything."""
import knowledge
import numbers_text as numbers
from facts import ANIMALS, COLOURS, COUNTRIES, GROUPS, OPPOSITES
from gen import Turn, join_words
from people import FEELINGS, HEROES, NAMES, PLACES, THINGS, article, upper_first


def true_or_false(g):
    """A statement to confirm or to put right."""
    kind = g.number(0, 3)
    good = g.chance(0.5)
    if kind == 0:
        country, city, *_ = knowledge.drawn(g, "check capital", COUNTRIES, 1)[0]
        said = city if good else g.pick(COUNTRIES)[1]
        right, ask = f"{city} is the capital of {country}.", g.pick([f"Is {said} the capital of {country}?", f"True or false: {said} is the capital of {country}."])
        good = said == city
    elif kind == 1:
        animal, _, _, legs, *_ = knowledge.drawn(g, "check legs", ANIMALS, 1)[0]
        said = legs if good else g.pick(["0", "2", "4", "6", "8"])
        right, ask = f"{article(animal)} has {legs} legs.", g.pick([f"Does {article(animal)} have {said} legs?", f"True or false: {article(animal)} has {said} legs."])
        good = said == legs
    elif kind == 2:
        a, b = g.addends(0, 50)
        said = a + b if good else a + b + g.pick([-2, -1, 1, 2, 10])
        right, ask = f"{a} + {b} = {a + b}.", g.pick([f"Is {a} + {b} = {said}?", f"True or false: {a} + {b} = {said}.", f"I think {a} + {b} is {said}. Is that right?"])
        good = said == a + b
    else:
        a, b = g.pick(OPPOSITES)
        said = b if good else g.pick(OPPOSITES)[1]
        right, ask = f"the opposite of {a} is {b}.", f"Is {said} the opposite of {a}?"
        good = said == b
    truth = ask.startswith("True")
    word = ("True" if good else "False") if truth else ("Yes" if good else "No")
    return [Turn(ask, f"{word}, {right}" if not truth else f"{word}: {right}", word.lower(), "check")]


def multiple_choice(g):
    kind = g.number(0, 2)
    if kind == 0:
        country, right, *_ = knowledge.drawn(g, "choice capital", COUNTRIES, 1)[0]
        ask, others = f"What is the capital of {country}?", [c[1] for c in COUNTRIES if c[1] != right]
    elif kind == 1:
        thing, right = knowledge.drawn(g, "choice colour", COLOURS, 1)[0]
        ask, others = f"What colour is {thing}?", [c for c in ("red", "green", "blue", "yellow", "black", "purple", "pink") if c != right]
    else:
        a, b = g.addends(1, 60)
        ask, right, others = f"What is {a} + {b}?", str(a + b), [str(a + b + d) for d in (-10, -2, -1, 1, 2, 10) if a + b + d >= 0]
    options = g.shuffled([right, *g.sample(others, 2)])
    letter = "ABC"[options.index(right)]
    return [Turn(f"{ask} " + " ".join(f"{l}) {o}" for l, o in zip("ABC", options)), f"{letter}) {right}", letter, "choice")]


def either_or(g):
    if g.chance(0.5):
        a, b = g.sample([k for k in GROUPS if k not in ("animals", "birds", "insects", "colours", "metals")], 2)
        item = g.pick(GROUPS[g.pick([a, b])])
        right = a if item in GROUPS[a] else b
        return [Turn(g.pick([f"Are {item} {a} or {b}?", f"{upper_first(item)}: {a} or {b}?"]), f"{upper_first(item)} are {right}.", right, "class")] if not item.startswith("the ") and item[0].islower() \
            else [Turn(f"To which group does {item} belong: {a} or {b}?", f"{upper_first(item)} belongs to the {right}.", right, "class")]
    thing, colour = knowledge.drawn(g, "either colour", COLOURS, 1)[0]
    other = g.pick([c for c in ("red", "green", "blue", "yellow", "black", "white", "brown") if c not in colour])
    pair = g.shuffled([colour, other])
    return [Turn(f"Is {thing} {pair[0]} or {pair[1]}?", f"{upper_first(thing)} is {colour}.", colour, "colour")]


GLAD = ["I won the race!", "My friend came to visit.", "The sun is shining and I sing.", "We had a lovely party.", "I got a letter from my sister.", "The cake was wonderful.", "I found my lost key.", "What a beautiful day!",
        "The children laughed all afternoon.", "I love this song.", "Our team did very well.", "The soup tastes great.", "She gave me a flower.", "I slept very well."]
SAD = ["I lost my dog.", "Nobody came to my party.", "It rained all day and I was alone.", "The vase is broken.", "I missed the last train.", "My tooth hurts.", "The soup was cold and salty.", "He forgot my birthday.",
       "The bird flew away and never came back.", "I failed the test.", "They shouted at me.", "My bicycle was stolen.", "The flowers are all dead.", "I had a bad dream."]


def mood(g):
    happy = g.chance(0.5)
    text = g.pick(GLAD if happy else SAD)
    word = "happy" if happy else "sad"
    ask = g.pick(["Is this happy or sad? {t}", "Does this sound happy or sad: {t}", "Happy or sad? {t}", "What is the mood of this sentence? {t}"])
    return [Turn(ask.format(t=text), f"That sounds {word}.", word, "mood")]


def completion(g):
    kind = g.number(0, 3)
    if kind == 0:
        country, city, *_ = knowledge.drawn(g, "complete capital", COUNTRIES, 1)[0]
        text, rest = f"The capital of {country} is", city
    elif kind == 1:
        thing, rest = knowledge.drawn(g, "complete colour", COLOURS, 1)[0]
        text = f"{upper_first(thing)} is"
    elif kind == 2:
        a, rest = g.pick(OPPOSITES)
        text = f"The opposite of {a} is"
    else:
        animal, sound, *_ = knowledge.drawn(g, "complete sound", ANIMALS, 1)[0]
        text, rest = f"{upper_first(article(animal))}", sound
    return [Turn(g.pick([f"Complete: {text} ...", f"Complete the sentence: {text} ...", f"{text} ..."]), f"{text} {rest}.", rest, "completion")]


SENTENCES = ["The {x} is on the table.", "I found {a_x} in the garden.", "{name} has {a_x}.", "Every morning {name} looks at the {x}.", "There is {a_x} in the kitchen.", "{name} gave me {a_x}.", "The {x} is old and beautiful."]
ABOUT = ["The {trait} {x} lives {place}.", "{A_x} can be very {feeling}.", "I once saw {a_x} {place}.", "The {x} is {trait} and {feeling}."]


def sentences(g):
    if g.chance(0.5):
        thing = g.pick(THINGS)
        text = g.pick(SENTENCES).format(x=thing, a_x=article(thing), name=g.pick(NAMES))
        return [Turn(g.pick([f"Use the word '{thing}' in a sentence.", f"Write a sentence with '{thing}'.", f"Make a sentence with the word {thing}."]), text, None, "sentence")]
    hero, trait = g.pick(HEROES)
    text = g.pick(ABOUT).format(x=hero, a_x=article(hero), A_x=upper_first(article(hero)), trait=trait, place=" ".join(g.pick(PLACES)), feeling=g.pick(FEELINGS))
    return [Turn(g.pick([f"Write a sentence about {article(hero)}.", f"Say something about {article(hero)}.", f"One sentence about {article(hero)}, please."]), text, None, "sentence")]


def hours(g):
    kind = g.number(0, 2)
    if kind == 0:
        start, plus = g.number(1, 10), g.number(1, 5)
        end = (start + plus - 1) % 12 + 1
        return [Turn(f"It is {start} o'clock. What time is it in {plus} hour{'s' if plus > 1 else ''}?", f"It will be {end} o'clock.", f"{end} o'clock", "time")]
    if kind == 1:
        n = g.number(2, 9)
        unit, part, size = g.pick([("hours", "minutes", 60), ("days", "hours", 24), ("weeks", "days", 7), ("years", "months", 12), ("metres", "centimetres", 100), ("minutes", "seconds", 60)])
        return [Turn(g.pick([f"How many {part} are in {n} {unit}?", f"How many {part} do {n} {unit} have?"]), f"{n} × {size} = {n * size}, so there are {n * size} {part} in {n} {unit}.", str(n * size), "time")]
    price, count, goods = g.number(2, 10), g.number(2, 10), g.pick(numbers.GOODS)
    return [Turn(g.pick([f"One costs {price} coins. How much do {count} cost?", f"{count} {goods} cost {price} coins each. How much is that?"]), f"{count} × {price} = {count * price}, so it costs {count * price} coins.",
                 str(count * price), "sum")]


LIKED = ("music books cats dogs tea coffee snow rain summer winter chess football stories poems bread cheese apples chocolate flowers the sea mountains trains ships stars maps numbers puzzles gardens birds horses").replace(
    "the sea", "the_sea").split()


def opinions(g):
    x = g.pick(LIKED).replace("_", " ")
    kind = g.number(0, 3)
    if kind == 0:
        return [Turn(g.pick([f"Do you like {x}?", f"What do you think of {x}?", f"Are you fond of {x}?"]), f"I am a program, so I know {x} only from words, but many people like {x}.", None, "opinion")]
    if kind == 1:
        return [Turn(g.pick([f"I like {x}.", f"I love {x}!", f"I am fond of {x}."]), f"That is nice! What do you like most about {x}?", None, "opinion")]
    if kind == 2:
        return [Turn(g.pick([f"I do not like {x}.", f"I hate {x}."]), f"That is all right. Not everybody likes {x}.", None, "opinion")]
    y = g.pick([w for w in LIKED if w != x.replace(" ", "_")]).replace("_", " ")
    return [Turn(g.pick([f"What is better, {x} or {y}?", f"Do you prefer {x} or {y}?"]), f"Both have their charm. Which do you like more, {x} or {y}?", None, "opinion")]


SMALL = [
    (["Can I ask you something?", "May I ask a question?", "I have a question.", "I need help.", "Can you help me?"], ["Of course! What would you like to know?", "Yes, please ask."]),
    (["Are you there?", "Hello? Are you still there?", "Test", "Testing, testing."], ["Yes, I am here. What can I do for you?"]),
    (["Sorry.", "I am sorry.", "My mistake.", "Sorry, I was wrong."], ["No problem at all.", "That is all right."]),
    (["Never mind.", "Forget it.", "It does not matter."], ["All right. Just ask when you need me."]),
    (["Wait.", "One moment, please.", "Just a minute."], ["Take your time."]),
    (["Say something nice.", "Give me a compliment.", "Cheer me up."], ["You ask good questions, and that is a fine gift.", "It is nice to talk with you."]),
    (["Wish me luck.", "I have a test tomorrow.", "I have an exam today."], ["Good luck! Stay calm and trust what you have learned."]),
    (["It is my birthday.", "Today is my birthday!"], ["Happy birthday! I hope you have a wonderful day."]),
    (["Merry Christmas!", "Happy New Year!", "Happy holidays!"], ["Thank you! The same to you."]),
    (["Flip a coin."], ["Heads!", "Tails!"]), (["Let us play a game.", "Can we play a game?", "I want to play."], ["Gladly! Shall I ask you a riddle?", "Gladly! Give me three words and I will sort them."]),
    (["What should I do today?", "Give me an idea.", "I do not know what to do."], ["You could take a walk, read a book, or bake some bread.", "How about a walk in the fresh air?"]),
    (["What should I eat?", "What shall I cook?", "Give me an idea for dinner."], ["How about tomato soup with fresh bread?", "How about pancakes with apples?"]),
    (["How can I sleep better?", "I cannot sleep.", "What helps me to sleep?"], ["Go to bed at the same time, keep the room dark, and put the screen away.", "Breathe slowly and think of a quiet place."]),
    (["How can I be happy?", "What makes people happy?"], ["Good friends, good sleep and a little work that you like."]),
    (["How can I learn faster?", "How do I study well?", "Give me a tip for learning."], ["Learn a little every day, and repeat it the next morning."]),
    (["Sing a song.", "Can you sing?", "Sing for me."], ["La la la! I have no voice, but I can write you a poem."]),
    (["Tell me something interesting.", "Tell me a fact.", "Surprise me."], ["Bees have six legs and make honey.", "A group of stars can look like a picture in the sky.", "An owl can turn its head very far.", "The blue whale is the largest animal."]),
    (["Do you remember me?", "Do you know me?", "Have we met?"], ["I remember only this conversation, so I do not know you yet."]),
    (["Can you keep a secret?", "I have a secret."], ["I remember only this conversation, and I tell nobody."]),
    (["It is raining.", "The weather is bad."], ["Then it is a good day for a book and some tea."]), (["The sun is shining.", "It is a beautiful day.", "The weather is good."], ["How nice! Then enjoy the sun."]),
    (["I am going to bed.", "I am going to sleep now."], ["Good night! Sleep well."]), (["I am back.", "Here I am again."], ["Welcome back! What can I do for you?"]),
    (["Why?", "Why is that?", "How come?"], ["I do not know the reason. I only know simple things."]), (["What?", "Pardon?", "Huh?"], ["I am sorry, please ask me again in other words."]),
    (["I have to work.", "I have a lot of work.", "I am busy."], ["Then I wish you a good day's work. A short break helps, too."]),
]


def small_talk(g):
    if g.chance(0.15):
        name = g.pick(NAMES)
        return [Turn(*g.pick([(f"Say hello to {name}.", f"Hello, {name}!"), (f"My friend is called {name}.", f"{name} is a nice name."), (f"Wish {name} a good night.", f"Good night, {name}! Sleep well."),
                              (f"Thank {name} for me.", f"Thank you, {name}!"), (f"Write a greeting to {name}.", f"Dear {name}, I hope you are well. Best wishes!"),
                              (f"Congratulate {name}.", f"Congratulations, {name}!")]), None, "talk")]
    if g.chance(0.1):
        low = g.number(1, 5)
        high = low + g.number(3, 20)
        n = g.number(low, high)
        return [Turn(g.pick([f"Pick a number between {low} and {high}.", f"Give me a number from {low} to {high}."]), f"I pick {n}.", str(n), "talk")]
    asks, says = g.pick(SMALL)
    return [Turn(g.pick(asks), g.pick(says), None, "talk")]


def three_things(g):
    """Statements to keep in mind for the next question."""
    names = g.sample(NAMES, 3)
    things = g.sample(THINGS, 3)
    text = " ".join(f"{n} has {article(t)}." for n, t in zip(names, things))
    i = g.number(0, 2)
    j = g.number(0, 2)
    return [Turn(f"{text} " + g.pick([f"Who has the {things[i]}?", f"Tell me who has the {things[i]}."]), f"{names[i]} has the {things[i]}.", names[i], "reading"),
            Turn(f"And what does {names[j]} have?", f"{names[j]} has {article(things[j])}.", article(things[j]), "reading"),
            Turn("Who was named?", f"{join_words(names)}.", ", ".join(names), "reading")][:g.pick([1, 1, 2, 3])]


SPLIT = [(1.5, true_or_false), (1.5, multiple_choice)]
OPEN = [(1, either_or), (0.7, mood), (1.2, completion), (1, sentences), (1, hours), (1.2, three_things)]
TALK = [(2, opinions), (4, small_talk)]
