# SPDX-License-Identifier: Apache-2.0
"""The Chinese part: greetings, who Spark is, sums, comparisons, colours, capitals, opposites, animals, dates, lists, JSON, small stories, single words to and from English."""
import json

from facts import rows
from gen import Turn

COUNTRIES = rows("""
法国|巴黎|欧洲; 德国|柏林|欧洲; 意大利|罗马|欧洲; 西班牙|马德里|欧洲; 日本|东京|亚洲; 中国|北京|亚洲; 埃及|开罗|非洲; 英国|伦敦|欧洲; 俄罗斯|莫斯科|欧洲; 希腊|雅典|欧洲
韩国|首尔|亚洲; 泰国|曼谷|亚洲; 印度|新德里|亚洲; 加拿大|渥太华|北美洲; 美国|华盛顿|北美洲; 巴西|巴西利亚|南美洲; 奥地利|维也纳|欧洲; 波兰|华沙|欧洲; 古巴|哈瓦那|北美洲
越南|河内|亚洲; 澳大利亚|堪培拉|大洋洲; 葡萄牙|里斯本|欧洲; 挪威|奥斯陆|欧洲; 芬兰|赫尔辛基|欧洲; 秘鲁|利马|南美洲; 肯尼亚|内罗毕|非洲
""")
COLOURS = rows("""
天空|蓝色; 草|绿色; 雪|白色; 煤|黑色; 柠檬|黄色; 血|红色; 胡萝卜|橙色; 巧克力|棕色; 大象|灰色; 牛奶|白色; 树叶|绿色; 太阳|黄色; 西红柿|红色; 大海|蓝色
乌鸦|黑色; 青蛙|绿色; 香蕉|黄色; 草莓|红色; 盐|白色; 葡萄|紫色; 米饭|白色; 苹果|红色; 云|白色; 黄瓜|绿色; 夜晚|黑色; 南瓜|橙色
""")
OPPOSITES = rows("大|小;热|冷;快|慢;上|下;多|少;新|旧;高|低;长|短;开|关;前|后;左|右;里|外;远|近;早|晚;黑|白;好|坏;轻|重;干|湿;胖|瘦;强|弱;真|假;买|卖;来|去;哭|笑;白天|黑夜;安静|吵闹;高兴|难过;简单|困难;干净|脏")
ANIMALS = rows("狗|汪汪叫|四|肉;猫|喵喵叫|四|鱼;牛|哞哞叫|四|草;鸭子|嘎嘎叫|两|水草;羊|咩咩叫|四|草;青蛙|呱呱叫|四|虫子;蜜蜂|嗡嗡叫|六|花蜜;鸟|唱歌|两|虫子;马|嘶叫|四|草;公鸡|喔喔叫|两|米;狼|嚎叫|四|肉;狮子|吼叫|四|肉;老鼠|吱吱叫|四|米")
GROUPS = {"水果": "苹果 梨 香蕉 葡萄 草莓 西瓜 桃子 橙子".split(), "动物": "狗 猫 马 牛 羊 兔子 老虎 狮子 熊".split(), "颜色": "红色 绿色 蓝色 黄色 白色 黑色 紫色".split(),
          "蔬菜": "白菜 胡萝卜 土豆 黄瓜 西红柿 南瓜".split(), "工具": "锤子 锯子 刀 钳子 梯子".split(), "饮料": "水 茶 牛奶 咖啡 果汁".split(), "季节": "春天 夏天 秋天 冬天".split()}
WORDS = rows("""
水|water; 火|fire; 山|mountain; 海|sea; 天空|sky; 太阳|sun; 月亮|moon; 星星|star; 书|book; 猫|cat; 狗|dog; 鱼|fish; 鸟|bird; 花|flower; 树|tree; 房子|house; 门|door; 桌子|table
朋友|friend; 老师|teacher; 学生|student; 医生|doctor; 面包|bread; 茶|tea; 苹果|apple; 红色|red; 蓝色|blue; 绿色|green; 大|big; 小|small; 谢谢|thank you; 你好|hello; 再见|goodbye
早上好|good morning; 晚安|good night; 妈妈|mother; 爸爸|father; 孩子|child; 船|boat; 灯|lamp; 钥匙|key; 信|letter; 路|road; 河|river; 雨|rain; 雪|snow; 风|wind; 故事|story; 歌|song
""")
NAMES = "小明 小红 小华 小丽 小刚 小美 小雨 小龙 小云 小林".split()
CITIES = "北京 上海 广州 南京 西安 杭州 成都 东京 巴黎 伦敦".split()
DAYS = "星期一 星期二 星期三 星期四 星期五 星期六 星期日".split()
DIGITS = "零一二三四五六七八九十"
GOODS = "个苹果,本书,枝笔,朵花,块糖,张卡片,个鸡蛋,把钥匙".split(",")
TALK = [
    (["你好！", "你好", "您好！", "嗨！", "你好，Spark！"], ["你好！有什么可以帮你的吗？", "你好！很高兴见到你。"]), (["早上好！", "早上好"], ["早上好！今天想做什么？"]), (["晚上好！", "晚上好"], ["晚上好！有什么可以帮你的吗？"]),
    (["你好吗？", "你怎么样？", "最近好吗？"], ["我很好，谢谢。你呢？"]), (["我很好。", "我也很好。"], ["很高兴听到这个。"]), (["谢谢！", "谢谢你。", "多谢！", "非常感谢。"], ["不客气！", "不用谢。"]),
    (["再见！", "再见", "我要走了。", "明天见！"], ["再见！欢迎再来。"]), (["晚安！", "晚安"], ["晚安！做个好梦。"]),
    (["你是谁？", "介绍一下你自己。", "你是什么？", "你是人吗？", "你是机器人吗？"], ["我是 Spark，Lathe 自带的小语言模型。"]), (["你叫什么名字？", "你的名字是什么？"], ["我叫 Spark。"]),
    (["你会做什么？", "你能帮我什么？", "你会什么？"], ["我会做小算术、回答简单的问题、整理词语、写 JSON，还会讲小故事。"]), (["谁训练了你？", "你从哪里来？"], ["我是用 Lathe 从零开始训练的。"]),
    (["你会说中文吗？", "你会说英文吗？", "你会说什么语言？"], ["我会说英文和一点中文。"]), (["你有多大？", "你有多少参数？"], ["我很小，大约有七百万个参数。"]), (["什么是 Lathe？", "Lathe 是什么？"], ["Lathe 是在你自己的电脑上训练语言模型的工具。"]),
    (["我很难过。", "我不开心。"], ["听到这个我很难过。想听一个故事吗？"]), (["我很高兴！", "今天真好！"], ["太好了！我也很高兴。"]), (["我累了。", "我很累。"], ["那就休息一下吧。"]), (["我饿了。"], ["那就吃点东西吧，面包怎么样？"]),
    (["你真好！", "你真棒！"], ["谢谢你！"]), (["你错了。", "不对。"], ["对不起，我是一个小模型，会犯错误。"]), (["好的。", "好。", "知道了。"], ["好的。还想知道什么？"]),
    (["今天天气怎么样？", "现在几点了？", "明天会下雨吗？", "今天有什么新闻？", "谁赢了比赛？", "黄金多少钱？"], ["对不起，我不知道。我是一个小模型。", "这个我不知道。"]),
    (["介绍一下量子力学。", "什么是相对论？", "谁写了这本书？", "给我讲讲历史。", "怎样买股票？", "写一篇长论文。"], ["这个我不知道，我只知道简单的事情。", "对不起，我不知道。"]),
    (["给我讲个笑话。", "说个笑话。"], ["为什么六怕七？因为七八九！"]), (["出个谜语。", "给我一个谜语。"], ["什么东西有牙齿却不能咬？是梳子。"]), (["写一首诗。", "来一首小诗。"], ["月亮升上天，星星亮又圆，小船轻轻摇，送我入梦乡。"]),
    (["一年有几个月？"], ["一年有十二个月。"]), (["一天有多少小时？"], ["一天有24小时。"]), (["一个星期有几天？"], ["一个星期有七天。"]), (["一小时有多少分钟？"], ["一小时有60分钟。"]), (["一年有几个季节？"], ["一年有四个季节：春天、夏天、秋天和冬天。"]),
    (["太阳从哪边升起？"], ["太阳从东边升起。"]), (["太阳从哪边落下？"], ["太阳从西边落下。"]), (["水在多少度结冰？"], ["水在零度结冰。"]), (["最大的行星是哪个？"], ["最大的行星是木星。"]), (["为什么天空是蓝色的？"], ["因为空气散射蓝光比散射红光多。"]),
]
SUM_ASKS = ["{a}加{b}等于多少？", "{a} + {b} 等于多少？", "{a}+{b}=?", "请算一算{a}加{b}。", "{a}加{b}是多少？", "计算 {a} + {b}。"]
MINUS_ASKS = ["{a}减{b}等于多少？", "{a} - {b} 等于多少？", "{a}-{b}=?", "请算一算{a}减{b}。", "{a}减去{b}是多少？"]
HEROES = "小狐狸 小熊 小老鼠 小兔子 小猫 小鸟 小乌龟 小女孩 小男孩 老渔夫".split()
PEOPLE = {"小女孩": "她", "小男孩": "他", "老渔夫": "他"}
PLACES = "森林里 小村子里 大海边 山谷里 河边 山上 老磨坊里".split()
THINGS = "一把钥匙 一盏灯 一封信 一条小船 一张地图 一本书 一个铃铛 一只风筝".split()
STORY = [["从前，{hero}住在{place}。", "很久以前，{place}住着{hero}。"], ["一天早上，它在路上发现了{thing}。", "有一天，它看见了{thing}。", "有一天，朋友送给它{thing}。"],
         ["可是天黑了，风很大。", "可是没有人知道这是谁的。", "可是回家的路很长。"], ["这时{friend}来了，说：“我来帮你。”", "它问{friend}：“你能帮我吗？”{friend}说：“当然可以。”"],
         ["最后它们一起回了家，大家都很高兴。", "从那以后，它们成了好朋友。", "最后一切都好了，它们笑了。"]]


def talk(g):
    asks, says = g.pick(TALK)
    return [Turn(g.pick(asks), g.pick(says), None, "talk")]


def sums(g):
    kind = g.number(0, 4)
    if kind <= 1:
        a, b = g.addends(0, 99)
        return [Turn(g.pick(SUM_ASKS).format(a=a, b=b), f"{a} + {b} = {a + b}。", str(a + b), "sum")]
    if kind == 2:
        def draw():
            a, b = g.number(0, 99), g.number(0, 99)
            return "minus", max(a, b), min(a, b)
        _, a, b = g.until_mine(draw)
        return [Turn(g.pick(MINUS_ASKS).format(a=a, b=b), f"{a} - {b} = {a - b}。", str(a - b), "sum")]
    if kind == 3:
        a, b = g.number(0, 10), g.number(0, 10)
        return [Turn(g.pick([f"{a}乘{b}等于多少？", f"{a} × {b} 等于多少？"]), f"{a} × {b} = {a * b}。", str(a * b), "sum")]
    a, b = g.addends(1, 30)
    name, goods = g.pick(NAMES), g.pick(GOODS)
    return [Turn(f"{name}有{a}{goods}，又得到{b}{goods}。现在一共有多少？", f"{a} + {b} = {a + b}，所以一共有{a + b}{goods}。", str(a + b), "sum")]


def comparison(g):
    def draw():
        return "zh", g.number(0, 100), g.number(0, 100)
    _, a, b = g.until_mine(draw)
    if a == b:
        b += 1
    if g.chance(0.5):
        up = g.chance(0.6)
        best, rest = (max(a, b), min(a, b)) if up else (min(a, b), max(a, b))
        return [Turn(f"{a}和{b}，哪个{'大' if up else '小'}？", f"{best}比{rest}{'大' if up else '小'}。", str(best), "comparison")]
    x, y = g.sample(NAMES, 2)
    older = x if a > b else y
    return [Turn(f"{x}{a}岁，{y}{b}岁。谁大？", f"{max(a, b)}比{min(a, b)}大，所以{older}大。", older, "comparison")]


def facts(g):
    def draw():
        kind = g.number(0, 6)
        return "zhfact", kind, g.number(0, (len(COUNTRIES), len(COUNTRIES), len(COLOURS), len(OPPOSITES), len(ANIMALS), len(DAYS), 12)[kind] - 1), g.number(0, 2 if kind in (4, 5) else 1)
    _, kind, row, form = g.until_mine(draw)
    if kind == 0:
        country, city, continent = COUNTRIES[row]
        turns = [Turn([f"{country}的首都是哪里？", f"{country}的首都在哪里？"][form], f"{country}的首都是{city}。", city, "capital")]
        if g.chance(0.3):
            other = g.pick(COUNTRIES)
            turns.append(Turn(f"{other[0]}呢？", f"{other[0]}的首都是{other[1]}。", other[1], "capital"))
        return turns
    if kind == 1:
        country, city, continent = COUNTRIES[row]
        return [Turn(f"{country}在哪个洲？", f"{country}在{continent}。", continent, "continent")] if form else [Turn(f"{city}是哪个国家的首都？", f"{city}是{country}的首都。", country, "capital")]
    if kind == 2:
        thing, colour = COLOURS[row]
        return [Turn([f"{thing}是什么颜色的？", f"{thing}是什么颜色？"][form], f"{thing}是{colour}的。", colour, "colour")]
    if kind == 3:
        a, b = OPPOSITES[row]
        a, b = (a, b) if g.chance(0.5) else (b, a)
        return [Turn([f"“{a}”的反义词是什么？", f"{a}的反义词是什么？"][form], f"“{a}”的反义词是“{b}”。", b, "opposite")]
    if kind == 4:
        animal, sound, legs, food = ANIMALS[row]
        ask, say, short = [(f"{animal}怎么叫？", f"{animal}{sound}。", sound), (f"{animal}有几条腿？", f"{animal}有{legs}条腿。", legs), (f"{animal}吃什么？", f"{animal}吃{food}。", food)][form]
        return [Turn(ask, say, short, "animal")]
    if kind == 5:
        i = row
        ask, say, short = [(f"{DAYS[i]}的后一天是什么？", f"{DAYS[i]}的后一天是{DAYS[(i + 1) % 7]}。", DAYS[(i + 1) % 7]), (f"今天是{DAYS[i]}，明天是星期几？", f"明天是{DAYS[(i + 1) % 7]}。", DAYS[(i + 1) % 7]),
                                  (f"今天是{DAYS[i]}，昨天是星期几？", f"昨天是{DAYS[(i + 6) % 7]}。", DAYS[(i + 6) % 7])][form]
        return [Turn(ask, say, short, "day")]
    month = row + 1
    season = ["冬天", "冬天", "春天", "春天", "春天", "夏天", "夏天", "夏天", "秋天", "秋天", "秋天", "冬天"][month - 1]
    return [Turn(f"{month}月是什么季节？", f"在北方，{month}月是{season}。", season, "month")]


def words(g):
    zh, en = g.pick(WORDS)
    if g.chance(0.5):
        ask = g.pick([f"“{zh}”用英文怎么说？", f"How do you say '{zh}' in English?", f"What does '{zh}' mean?", f"Translate '{zh}' into English."])
        return [Turn(ask, f"“{zh}”的英文是 {en}。" if "“" in ask else f"'{zh}' means '{en}'.", en, "translation")]
    ask = g.pick([f"'{en}' 用中文怎么说？", f"How do you say '{en}' in Chinese?", f"What is '{en}' in Chinese?", f"Translate '{en}' into Chinese."])
    return [Turn(ask, f"{en} 的中文是“{zh}”。" if "用中文" in ask else f"In Chinese, '{en}' is {zh}.", zh, "translation")]


def lists(g):
    kind = g.number(0, 2)
    if kind == 0:
        group = g.pick(list(GROUPS))
        chosen = g.sample(GROUPS[group], 3)
        return [Turn(g.pick([f"说出三种{group}。", f"请列出三种{group}。"]), f"{chosen[0]}、{chosen[1]}和{chosen[2]}。", "、".join(chosen), "list")]
    if kind == 1:
        a, n = g.number(1, 30), g.number(3, 8)
        return [Turn(f"从{a}数到{a + n}。", "、".join(str(k) for k in range(a, a + n + 1)) + "。", None, "counting")]

    def draw():
        return tuple(g.number(0, 100) for _ in range(g.number(3, 5)))
    numbers = g.until_mine(draw)
    out = "、".join(map(str, sorted(numbers)))
    return [Turn(f"把这些数从小到大排列：{'、'.join(map(str, numbers))}", out, out, "sorting")]


def extraction(g):
    def draw():
        return g.pick(NAMES), g.number(5, 90), g.pick(CITIES)
    name, age, city = g.until_mine(draw)
    fields = {"姓名": name, "年龄": age, "城市": city}
    text = g.pick([f"{name}今年{age}岁，住在{city}。", f"{name}住在{city}，今年{age}岁。"])
    if g.chance(0.6):
        out = json.dumps(fields, ensure_ascii=False)
        return [Turn(g.pick([f"把这句话写成 JSON：{text}", f"用 JSON 表示：{text}"]), out, out, "json")]
    key = g.pick(["年龄", "城市"])
    return [Turn(f"{text}{name}{'多大' if key == '年龄' else '住在哪里'}？", f"{name}今年{age}岁。" if key == "年龄" else f"{name}住在{city}。", str(fields[key]), "reading")]


def tale(g):
    def draw():
        return tuple(g.sample(HEROES, 2)), g.pick(PLACES), g.pick(THINGS)
    (hero, friend), place, thing = g.until_mine(draw)
    text = "".join(g.pick(part).format(hero=hero, friend=friend, place=place, thing=thing) for part in STORY)
    they = "他们" if {hero, friend} & set(PEOPLE) else "它们"
    return hero, text.replace("它们", "\0").replace("它", PEOPLE.get(hero, "它")).replace("\0", they)


def story(g):
    hero, text = tale(g)
    return [Turn(g.pick([f"给我讲一个{hero}的故事。", f"讲一个关于{hero}的故事。", f"请讲一个{hero}的小故事。"]), text, None, "story")]


SPLIT = [(3, sums), (1.2, comparison), (3.5, facts), (1, lists), (1, extraction), (1, story)]
OPEN = [(3, talk), (1.5, words)]
