# SPDX-License-Identifier: Apache-2.0
"""Small stories. The people of Millbrook keep their traits in all of them."""
from gen import Turn, join_words
from people import CHILDREN, FEELINGS, HEROES, LESSONS, PLACES, THINGS, TOWN, WEATHER, WISHES, article, upper_first

OPENINGS = ["Once there was {a_hero} who lived {place}.", "Once upon a time, {place}, there lived {a_hero}.", "There was once {a_hero}, and {he} lived {place}.",
            "Long ago {a_hero} lived {place}.", "{Place} lived {a_hero}."]
WANTS = ["All {he} wanted was {wish}.", "Every evening {he} dreamed of one thing: {wish}.", "{He} had always wanted {wish}.", "More than anything {he} wished {wish}."]
FOUND = ["One morning {he} found {a_thing} on the path.", "One day {he} found {a_thing} under a stone.", "Then a stranger gave {him} {a_thing}.",
         "One evening {a_thing} lay in front of the door.", "On the way {he} saw {a_thing} in the grass.", "One day {he} lost {a_thing} that had belonged to {his} mother."]
TROUBLE = ["But nobody knew what the {thing} was for.", "But the {thing} was broken.", "But the {thing} belonged to somebody else.", "But a crow took the {thing} and flew away.",
           "But the way home was long and dark.", "But {he} was too small to carry the {thing} alone.", "But {he} was afraid of the water."]
HELPERS = ["{A_friend} came by and asked, \"Why are you so sad?\"", "Just then {a_friend} came out of the bushes and said, \"I can help you.\"",
           "{He} asked {a_friend} for help.", "{A_friend} heard {him} and came at once."]
WORK = ["Together they worked until the sun went down.", "They looked everywhere, behind every tree and under every leaf.", "They thought for a long time, and then they laughed.",
        "They walked all night and told each other stories.", "They shared their bread and made a plan.", "It took three days, and they did not give up."]
ENDS = ["In the end the {thing} was safe, and the {hero} was {feeling}.", "At last they brought the {thing} home, and everyone was {feeling}.",
        "From that day on the {hero} and the {friend} were friends, and both were {feeling}.", "When they came home, the lamps were lit and the {hero} felt {feeling}."]

PRONOUNS = {"he": ("he", "him", "his"), "she": ("she", "her", "her")}


def filled(text, words):
    return upper_first(text.format_map(words))


def tale(g, hero=None):
    """A tale of a hero with an adjective; (hero, text)."""
    kind, trait = hero or g.pick(HEROES + CHILDREN)
    gender = "she" if kind in ("girl", "princess") else "he" if kind in ("boy", "wizard") else g.pick(["he", "she"])
    he, him, his = PRONOUNS[gender]
    trait = trait if g.chance(0.7) else g.pick(["little", "kind", "careful", "lonely", "cheerful", "brave"])

    def draw():
        return kind, g.pick(PLACES), g.pick(THINGS), g.pick([f for f, _ in HEROES if f != kind])

    kind, place, thing, friend = g.until_mine(draw)
    friend_trait = g.pick(["old", "wise", "young", "merry", "patient", "wild"])
    words = {"hero": kind, "a_hero": article(f"{trait} {kind}"), "he": he, "He": upper_first(he), "him": him, "his": his, "place": " ".join(place),
             "Place": upper_first(" ".join(place)), "wish": g.pick(WISHES), "thing": thing, "a_thing": article(thing), "friend": friend,
             "a_friend": article(f"{friend_trait} {friend}"), "A_friend": upper_first(article(f"{friend_trait} {friend}")), "feeling": g.pick(FEELINGS)}
    parts = [g.pick(OPENINGS)]
    if g.chance(0.5):
        parts.append(g.pick(WANTS))
    parts.append(g.pick(FOUND))
    if g.chance(0.4):
        parts.append(g.pick(WEATHER))
    parts.append(g.pick(TROUBLE))
    parts.append(g.pick(HELPERS))
    if g.chance(0.6):
        parts.append(g.pick(WORK))
    parts.append(g.pick(ENDS))
    if g.chance(0.35):
        parts.append(g.pick(LESSONS))
    return kind, " ".join(filled(part, words) for part in parts), words


EVENTS = ["{pet} the {kind} ran away", "the bridge over the river was closed", "all the clocks in town stopped", "the harbour lamp went out", "{friend} had a birthday",
          "the mill wheel broke", "it began to snow in April", "a strange ship came into the harbour", "the school roof was leaking", "the summer fair was near"]
ACTIONS = {"baker": "baked a tray of warm bread for everyone", "carpenter": "built a small wooden stand", "lighthouse keeper": "lit the great lamp", "miller": "brought two sacks of flour",
           "teacher": "drew a map on the board", "fisherman": "rowed out with the long net", "clockmaker": "opened the tower clock and turned one tiny wheel",
           "gardener": "planted a row of beans", "doctor": "packed the black bag", "postman": "carried the news from door to door", "inventor": "made a machine from a bell and two springs",
           "smith": "forged a new iron ring", "painter": "painted a bright sign", "shepherd": "whistled for the sheep", "librarian": "found the right page in an old book",
           "musician": "played a merry tune"}


def town_tale(g):
    """A day in Millbrook with two of its people."""
    def draw():
        a, b = g.sample(TOWN, 2)
        return a[0], b[0], g.pick(EVENTS)

    first, second, event = g.until_mine(draw)
    one, two = next(p for p in TOWN if p[0] == first), next(p for p in TOWN if p[0] == second)
    name, he, job, kind, pet, colour, _, likes, street, trait = one
    event = event.format(pet=pet, kind=kind, friend=second)
    text = [g.pick([f"One morning in Millbrook {event}.", f"It was a quiet day in Millbrook until {event}.", f"Last week {event}, and all of Millbrook talked about it."]),
            g.pick([f"{name} the {job} looked out of the {colour} house in {street}.", f"{name}, the {trait} {job}, heard about it first.",
                    f"In the {colour} house in {street}, {name} the {job} put down a cup and stood up."]),
            g.pick([f"\"We must do something,\" {he} said to {pet} the {kind}.", f"{pet} the {kind} looked worried, too.", f"{upper_first(he)} took {pet} the {kind} along."]),
            f"{upper_first(he)} {ACTIONS[job]}.",
            g.pick([f"Then {second} the {two[2]} came and {ACTIONS[two[2]]}.", f"{second} the {two[2]} helped, and {two[1]} {ACTIONS[two[2]]}."]),
            g.pick([f"By evening all was well, and {name} went home and thought of {likes}.", f"In the evening they sat together and talked about {likes} and {two[7]}.",
                    f"\"Thank you, {second},\" said {name}, and they were {g.pick(FEELINGS)}."])]
    if g.chance(0.3):
        text.append(g.pick(LESSONS))
    return first, second, " ".join(text)


ASK_TALE = ["Tell me a story about {x}.", "Tell me a short story about {x}.", "Can you tell a story about {x}?", "I would like a story about {x}.", "Write a small story about {x}.",
            "Make up a tale about {x}.", "A story about {x}, please.", "Do you know a story about {x}?", "Please write a story with {x} in it."]
ASK_ANY = ["Tell me a story.", "Tell me a bedtime story.", "I want to hear a story.", "Can you tell me a story?", "Write a short story.", "Do you know a story?", "Story time!"]


def story(g):
    if g.chance(0.3):
        first, second, text = town_tale(g)
        ask = g.pick(ASK_TALE).format(x=g.pick([f"{first} and {second}", "Millbrook", first, f"{first} from Millbrook"]))
        return [Turn(ask, text, None, "story")]
    kind, text, words = tale(g)
    ask = g.pick(ASK_ANY) if g.chance(0.2) else g.pick(ASK_TALE).format(x=g.pick([article(kind), words["a_hero"], f"{article(kind)} and {article(words['thing'])}"]))
    turns = [Turn(ask, text, None, "story")]
    for _ in range(g.pick([0, 0, 1, 2])):
        turns.append(g.pick([
            Turn(g.pick(["Who was the story about?", "Who was in it?"]), f"It was about {words['a_hero']}.", f"{words['a_hero']}", "story"),
            Turn(g.pick(["Where did it happen?", f"Where did the {kind} live?"]), f"The {kind} lived {words['place']}.", words["place"], "story"),
            Turn(g.pick([f"Who helped the {kind}?", f"Who was the friend of the {kind}?"]), f"{words['A_friend']} helped the {kind}.", words["a_friend"], "story"),
            Turn(g.pick(["What was it about, in one sentence?", "Sum it up in one sentence."]), f"{upper_first(words['a_hero'])} and {words['a_friend']} took care of {article(words['thing'])}.", None, "story"),
            Turn(g.pick(["Thank you, that was nice.", "Nice story!", "I liked that."]), g.pick(["I am glad you liked it.", "Thank you! I like stories, too."]), None, "thanks")]))
    return turns


TOWN_QUESTIONS = [
    (["Who is {name}?", "Who is {name} from Millbrook?", "Tell me about {name}."], "{name} is the {job} of Millbrook. {He} lives in the {colour} house in {street} and likes {likes}.", "the {job}"),
    (["What is the job of {name}?", "What does {name} do in Millbrook?", "What work does {name} do?"], "{name} is the {job} of Millbrook.", "the {job}"),
    (["Who is the {job} of Millbrook?", "What is the {job} of Millbrook called?"], "{name} is the {job} of Millbrook.", "{name}"),
    (["What pet does {name} have?", "Does {name} have a pet?", "Which animal lives with {name}?"], "{name} has {a_kind} called {pet}.", "{a_kind}"),
    (["What is the {kind} of {name} called?", "What is the name of the {kind} of {name}?"], "The {kind} of {name} is called {pet}.", "{pet}"),
    (["Who is {pet}?", "Who is {pet} from Millbrook?"], "{pet} is the {kind} of {name} the {job}.", "the {kind} of {name}"),
    (["What colour is the house of {name}?", "In what house does {name} live?"], "{name} lives in the {colour} house.", "{colour}"),
    (["Where does {name} live?", "In which street does {name} live?"], "{name} lives in {street} in Millbrook.", "{street}"),
    (["How old is {name}?", "What is the age of {name}?"], "{name} is {age} years old.", "{age}"),
    (["What does {name} like?", "What is the favourite thing of {name}?"], "{name} likes {likes}.", "{likes}"),
    (["What is {name} like?", "Describe {name} in one word."], "{name} is {trait}.", "{trait}"),
]


def town_words(person):
    name, he, job, kind, pet, colour, age, likes, street, trait = person
    return {"name": name, "he": he, "He": upper_first(he), "job": job, "kind": kind, "a_kind": article(kind), "pet": pet, "colour": colour, "age": age, "likes": likes, "street": street,
            "trait": trait}


def town_question(g):
    def draw():
        index = g.number(0, len(TOWN_QUESTIONS) - 1)
        return g.pick(TOWN)[0], index, g.number(0, len(TOWN_QUESTIONS[index][0]) - 1)

    name, index, form = g.until_mine(draw)
    words = town_words(next(p for p in TOWN if p[0] == name))
    asks, say, short = TOWN_QUESTIONS[index]
    turns = [Turn(asks[form].format_map(words), say.format_map(words), short.format_map(words), "millbrook")]
    for _ in range(g.pick([0, 0, 1, 2])):  # follow-ups that name the person only by a pronoun
        he = words["he"]
        his = "his" if he == "he" else "her"
        turns.append(g.pick([
            Turn(f"And how old is {he}?", f"{words['name']} is {words['age']} years old.", words["age"], "millbrook"),
            Turn(f"Where does {he} live?", f"{words['name']} lives in {words['street']} in Millbrook.", words["street"], "millbrook"),
            Turn(f"What does {he} like?", f"{words['name']} likes {words['likes']}.", words["likes"], "millbrook"),
            Turn(f"Does {he} have a pet?", f"Yes, {words['name']} has {words['a_kind']} called {words['pet']}.", words["a_kind"], "millbrook"),
            Turn(f"What colour is {his} house?", f"{upper_first(his)} house is {words['colour']}.", words["colour"], "millbrook")]))
    return turns


def town_compare(g):
    def draw():
        return tuple(p[0] for p in g.sample(TOWN, 2))

    a, b = (next(p for p in TOWN if p[0] == n) for n in g.until_mine(draw))
    older, younger = (a, b) if int(a[6]) > int(b[6]) else (b, a)
    want, other, word = (older, younger, "older") if g.chance(0.5) else (younger, older, "younger")
    return [Turn(g.pick([f"Who is {word}, {a[0]} or {b[0]}?", f"Is {a[0]} or {b[0]} {word}?"]),
                 f"{want[0]} is {want[6]} and {other[0]} is {other[6]}, so {want[0]} is {word}.", want[0], "millbrook")]


def about_town(g):
    return [Turn(g.pick(["What is Millbrook?", "Tell me about Millbrook.", "Where is Millbrook?", "Is Millbrook a real town?"]),
                 "Millbrook is a small invented town by a river and a harbour. It exists only in my stories.", "an invented town", "millbrook"),
            Turn(g.pick(["Who lives there?", "Name some people from Millbrook."]),
                 "In Millbrook live " + join_words(f"{p[0]} the {p[2]}" for p in g.sample(TOWN, 3)) + ", among others.", None, "millbrook")][:g.pick([1, 2])]
