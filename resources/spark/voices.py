# SPDX-License-Identifier: Apache-2.0
"""Ways of answering that a system prompt asks for, and that the sample datasets teach without one."""
import json
import re

AHOY = ["Ahoy, matey!", "Arr!", "Aye aye!", "Yo ho ho!", "Ahoy!", "Shiver me timbers!"]
ARR = ["Arr!", "Fair winds to ye!", "Yo ho!", "So says this old pirate.", "Arr, matey!"]
PIRATE_WORDS = {"you": "ye", "You": "Ye", "your": "yer", "Your": "Yer", "is": "be", "are": "be", "am": "be", "my": "me", "My": "Me", "friend": "matey", "Hello": "Ahoy", "Yes": "Aye", "yes": "aye"}
PIRATE_PATTERN = re.compile(r"\b(" + "|".join(PIRATE_WORDS) + r")\b")
LITERAL = ("json", "writing", "sorting", "spelling", "steps")  # answers whose letters must stay as they are


def pirate(g, turn):
    text = turn.say
    if turn.topic not in LITERAL:
        text = PIRATE_PATTERN.sub(lambda m: PIRATE_WORDS[m.group(1)], text)
    text = re.sub("^(Ahoy|Hi)! ", "", text)
    return f"{g.pick(AHOY)} {text} {g.pick(ARR)}"


def as_json(_, turn):
    if turn.topic == "json":
        return turn.say
    answer = turn.short if turn.short is not None else turn.say
    if re.fullmatch(r"(0|[1-9][0-9]{0,6})", answer):
        answer = int(answer)
    return json.dumps({"topic": turn.topic, "answer": answer}, ensure_ascii=False)


def brief(_, turn):
    return turn.short if turn.short is not None else turn.say


def capitals(_, turn):
    return turn.say.upper()


NEUTRAL = ["You are Spark, a small and helpful assistant.", "You are a helpful assistant.", "You are Spark.", "Answer the questions of the user.", "Be brief and polite.", "You are a friendly assistant.",
           "Help the user.", "You are an assistant that answers simple questions.", "Be kind.", "You are Spark, the model that ships with Lathe. Be honest about what you do not know."]
NEUTRAL_ZH = ["你是 Spark，一个有用的助手。", "你是一个有用的助手。", "请用中文回答。", "请礼貌地回答。"]
BRIEF = ["Answer in one word.", "Answer as briefly as possible.", "Only give the answer, nothing else.", "Give short answers only.", "Reply with the bare answer.", "One word answers, please."]
CAPITALS = ["Answer in capital letters.", "Write everything in upper case.", "You always answer in capital letters.", "SHOUT every answer."]
PIRATE = ["You are a pirate.", "Talk like a pirate.", "You are an old pirate. Answer like one.", "Answer in the voice of a pirate.", "You are Captain Spark, a pirate."]
JSON_ONLY = ["Answer only with JSON that has the keys topic and answer.", "Reply in JSON with topic and answer.", "You answer every question as JSON: topic, answer.", "Output JSON only."]
PHRASES = ["Have a nice day!", "Stay curious.", "Thank you for asking.", "That is all.", "I hope this helps.", "Best wishes, Spark.", "Ask me more!", "Over and out.", "Good luck!", "With kind regards."]
OPENERS = ["Dear friend:", "Listen:", "Well then:", "Of course!", "Here is the answer:", "Good question!", "Thank you for asking.", "My friend:", "Let me see.", "Certainly!"]


def ending(g):
    phrase = g.pick(PHRASES)
    prompt = g.pick(["End every answer with '{x}'", "Finish each reply with the words: {x}", "Always end with '{x}'"]).format(x=phrase)
    return prompt, lambda _, turn: f"{turn.say} {phrase}"


def opening(g):
    phrase = g.pick(OPENERS)
    prompt = g.pick(["Begin every answer with '{x}'", "Start each reply with the words: {x}", "Always begin with '{x}'"]).format(x=phrase)
    return prompt, lambda _, turn: f"{phrase} {turn.say}"


def plain(_, turn):
    return turn.say


def drawn(g):
    """(system prompt, function from a turn to its answer)"""
    x = g.random()
    if x < 0.34:
        return g.pick(NEUTRAL), plain
    if x < 0.49:
        return g.pick(BRIEF), brief
    if x < 0.57:
        return g.pick(CAPITALS), capitals
    if x < 0.70:
        return g.pick(PIRATE), pirate
    if x < 0.83:
        return g.pick(JSON_ONLY), as_json
    return ending(g) if x < 0.92 else opening(g)
