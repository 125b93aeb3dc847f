# SPDX-License-Identifier: Apache-2.0
"""The invented town of Millbrook: people who keep their traits in every story and every question, and words for tales."""
from facts import rows

# name | he/she | job | pet | pet's name | house colour | age | likes | street | trait
TOWN = rows("""
Mira|she|baker|cat|Pepper|yellow|34|plum cake|Mill Street|patient; Tomas|he|carpenter|dog|Biscuit|green|41|strong tea|River Road|careful
Lena|she|lighthouse keeper|parrot|Admiral|white|29|sea songs|Harbour Lane|brave; Otto|he|miller|donkey|Button|red|58|fresh bread|Mill Street|cheerful
Ines|she|teacher|rabbit|Cloud|blue|37|old maps|School Lane|kind; Pavel|he|fisherman|goose|Captain|grey|46|grilled fish|Harbour Lane|quiet
Ruth|she|clockmaker|owl|Minute|brown|63|small gears|Tower Square|exact; Hugo|he|gardener|tortoise|Rocket|orange|52|tomato soup|Garden Row|slow but steady
Nora|she|doctor|horse|Comet|white|45|apple pie|Tower Square|calm; Felix|he|postman|pigeon|Stamp|pink|26|long walks|River Road|quick
Ada|she|inventor|crow|Spark Plug|purple|31|hot cocoa|Bridge Street|curious; Bruno|he|smith|bear cub|Pudding|black|49|roast potatoes|Forge Lane|strong
Mei|she|painter|goldfish|Ruby|red|28|jasmine tea|Bridge Street|dreamy; Sam|he|shepherd|sheep|Woolly|green|22|cheese|Hill Path|honest
Clara|she|librarian|mouse|Comma|blue|55|mystery books|School Lane|wise; Jonas|he|musician|cricket|Tempo|yellow|39|pear jam|Garden Row|merry
""")

NAMES = ("Anna Ben Carla David Emma Frank Grace Henry Ida Jack Kate Leo Maria Nick Olga Paul Rosa Simon Tina Victor Wendy Alice Boris Cora Daniel Eva Fred Gina "
         "Harry Irene James Kira Luis Mona Noah Oscar Petra Robert Sara Tom Uma Vera Walter Yara Zoe Lily Max Lucy Peter Julia Mark Nina Oliver Ella").split()

HEROES = rows("""
fox|clever; bear|strong; mouse|tiny; owl|old; rabbit|shy; hedgehog|round; squirrel|quick; frog|green; wolf|lonely; deer|gentle; cat|curious; dog|loyal
horse|proud; duck|noisy; snail|slow; crow|black; goat|stubborn; robin|merry; mole|sleepy; otter|playful
""")
CHILDREN = rows("girl|brave; boy|curious; princess|bored; sailor|young; shepherd|honest; baker|busy; giant|friendly; robot|small; wizard|forgetful; gardener|old")
PLACES = rows("""
in|a dark forest; in|a small village; by|a quiet harbour; in|a green valley; near|an old mill; on|a windy hill; in|a house by the sea; behind|the last farm
on|a far island; under|a great oak; by|a silver lake; at|the edge of the town; in|a snowy land; in|a walled garden; beside|a slow river
""")
THINGS = "key lamp letter boat bell map coin kite book flute clock basket whistle scarf blanket lantern pebble ribbon drum feather".split()
WEATHER = ["The wind was strong and the night was cold.", "Rain fell all day.", "The sun was warm and the air was still.", "Snow covered every path.",
           "A thick fog hid the road.", "The stars were bright that night.", "Thunder rolled over the hills.", "It was the first day of spring."]
FEELINGS = "happy proud calm glad thankful cheerful relieved content".split()
WISHES = ["to see the sea", "to learn a song", "to find a friend", "to cross the river", "to climb the highest hill", "to bake the best bread", "to fly like a bird",
          "to read the old book", "to light the lantern", "to hear the great bell", "to build a boat", "to sleep under the stars"]
LESSONS = ["A small friend can be a great help.", "Those who share have enough.", "Patience opens many doors.", "It is never too late to say sorry.", "Brave is he who asks for help.",
           "Slow steps also reach the top.", "A kind word costs nothing.", "What is lost can be found again.", "Good work needs time.", "True friends wait for each other."]


def article(word):
    low = word.lower()
    vowel = (low[0] in "aeiou" or low.startswith(("hon", "hour"))) and not low.startswith(("uni", "use", "eu", "one"))
    return ("an " if vowel and not low.startswith("honey") else "a ") + word


def upper_first(text):
    return text[0].upper() + text[1:]
