# SPDX-License-Identifier: Apache-2.0
"""What the bundled model knows: tables of common knowledge, written for this project."""


def rows(text):
    """A table from lines of fields separated by '|'; ';' and line breaks separate rows."""
    lines = [line.strip() for chunk in text.strip().splitlines() for line in chunk.split(";")]
    return [tuple(field.strip() for field in line.split("|")) for line in lines if line]


# country | capital | continent | language
COUNTRIES = rows("""
France|Paris|Europe|French; Germany|Berlin|Europe|German; Italy|Rome|Europe|Italian; Spain|Madrid|Europe|Spanish; Japan|Tokyo|Asia|Japanese
China|Beijing|Asia|Chinese; Egypt|Cairo|Africa|Arabic; Norway|Oslo|Europe|Norwegian; Poland|Warsaw|Europe|Polish; Greece|Athens|Europe|Greek
Austria|Vienna|Europe|German; Portugal|Lisbon|Europe|Portuguese; Kenya|Nairobi|Africa|Swahili; Canada|Ottawa|North America|English
Peru|Lima|South America|Spanish; Cuba|Havana|North America|Spanish; Finland|Helsinki|Europe|Finnish; Ireland|Dublin|Europe|English
Russia|Moscow|Europe|Russian; Turkey|Ankara|Asia|Turkish; Sweden|Stockholm|Europe|Swedish; Denmark|Copenhagen|Europe|Danish
Hungary|Budapest|Europe|Hungarian; Brazil|Brasilia|South America|Portuguese; Argentina|Buenos Aires|South America|Spanish
Chile|Santiago|South America|Spanish; Mexico|Mexico City|North America|Spanish; India|New Delhi|Asia|Hindi; Thailand|Bangkok|Asia|Thai
Vietnam|Hanoi|Asia|Vietnamese; South Korea|Seoul|Asia|Korean; Iran|Tehran|Asia|Persian; Iceland|Reykjavik|Europe|Icelandic
Morocco|Rabat|Africa|Arabic; Ethiopia|Addis Ababa|Africa|Amharic; Australia|Canberra|Oceania|English; New Zealand|Wellington|Oceania|English
England|London|Europe|English; Scotland|Edinburgh|Europe|English; Ukraine|Kyiv|Europe|Ukrainian; Romania|Bucharest|Europe|Romanian
Bulgaria|Sofia|Europe|Bulgarian; Croatia|Zagreb|Europe|Croatian; Serbia|Belgrade|Europe|Serbian; Mongolia|Ulaanbaatar|Asia|Mongolian
Nepal|Kathmandu|Asia|Nepali; Colombia|Bogota|South America|Spanish; Venezuela|Caracas|South America|Spanish; Nigeria|Abuja|Africa|English
Ghana|Accra|Africa|English; Indonesia|Jakarta|Asia|Indonesian; Malaysia|Kuala Lumpur|Asia|Malay; Estonia|Tallinn|Europe|Estonian
Latvia|Riga|Europe|Latvian; Belgium|Brussels|Europe|Dutch; the Netherlands|Amsterdam|Europe|Dutch
""")

# thing | colour
COLOURS = rows("""
the sky|blue; grass|green; snow|white; coal|black; a lemon|yellow; blood|red; a carrot|orange; chocolate|brown; an elephant|grey
a flamingo|pink; milk|white; a plum|purple; a leaf|green; the sun|yellow; a ripe tomato|red; the sea|blue; honey|golden; a raven|black
a frog|green; a brick|red; a banana|yellow; an orange|orange; a strawberry|red; a pine tree|green; salt|white; the night|black; sand|yellow
wood|brown; a mouse|grey; a swan|white; a crow|black; a cherry|red; a cucumber|green; a pumpkin|orange; rice|white; a polar bear|white
an aubergine|purple; a violet|purple; an emerald|green; a ruby|red; gold|yellow; silver|grey; a cloud|white; a fire engine|red; spinach|green
a lavender field|purple; a canary|yellow; a peach|orange; a panda|black and white; a zebra|black and white; tea|brown; coffee|brown; paper|white
""")

# animal | sound | young | legs | home | kind | food
ANIMALS = rows("""
dog|barks|puppy|4|kennel|mammal|meat; cat|meows|kitten|4|house|mammal|fish; cow|moos|calf|4|barn|mammal|grass; duck|quacks|duckling|2|pond|bird|plants
sheep|bleats|lamb|4|meadow|mammal|grass; lion|roars|cub|4|savanna|mammal|meat; horse|neighs|foal|4|stable|mammal|hay; owl|hoots|owlet|2|forest|bird|mice
bee|buzzes|larva|6|hive|insect|nectar; frog|croaks|tadpole|4|pond|amphibian|insects; wolf|howls|pup|4|forest|mammal|meat; mouse|squeaks|pup|4|hole|mammal|seeds
pig|grunts|piglet|4|sty|mammal|roots; hen|clucks|chick|2|coop|bird|grain; goat|bleats|kid|4|mountain|mammal|grass; bear|growls|cub|4|forest|mammal|berries
snake|hisses|hatchling|0|grassland|reptile|mice; donkey|brays|foal|4|stable|mammal|hay; elephant|trumpets|calf|4|savanna|mammal|leaves; crow|caws|chick|2|tree|bird|seeds
goose|honks|gosling|2|lake|bird|grass; turkey|gobbles|poult|2|farm|bird|grain; monkey|chatters|infant|4|jungle|mammal|fruit; deer|bellows|fawn|4|forest|mammal|leaves
fox|yelps|cub|4|den|mammal|meat; seal|barks|pup|0|sea|mammal|fish; whale|sings|calf|0|sea|mammal|plankton; cricket|chirps|nymph|6|meadow|insect|leaves
pigeon|coos|squab|2|city|bird|seeds; tiger|roars|cub|4|jungle|mammal|meat; rabbit|squeaks|kit|4|burrow|mammal|carrots; squirrel|chatters|kit|4|tree|mammal|nuts
eagle|screams|eaglet|2|mountain|bird|meat; parrot|talks|chick|2|jungle|bird|fruit; spider|makes no sound|spiderling|8|web|arachnid|flies; ant|makes no sound|larva|6|anthill|insect|seeds
fish|makes no sound|fry|0|water|fish|worms; butterfly|makes no sound|caterpillar|6|meadow|insect|nectar; giraffe|hums|calf|4|savanna|mammal|leaves; penguin|squawks|chick|2|ice|bird|fish
""")

OPPOSITES = rows("""
hot|cold; big|small; fast|slow; up|down; light|dark; happy|sad; new|old; open|closed; wet|dry; full|empty; early|late; loud|quiet; hard|soft
long|short; high|low; rich|poor; near|far; left|right; strong|weak; thick|thin; clean|dirty; heavy|light; young|old; deep|shallow; wide|narrow
brave|afraid; true|false; first|last; inside|outside; day|night; summer|winter; begin|end; buy|sell; push|pull; win|lose; find|lose; sweet|bitter
sharp|blunt; smooth|rough; safe|dangerous; easy|difficult; cheap|expensive; awake|asleep; give|take; come|go; laugh|cry; love|hate; always|never
more|less; above|below; before|after; question|answer; friend|enemy; kind|cruel; simple|complicated; straight|crooked; present|absent; polite|rude
""")

GROUPS = {
    "fruits": "apples pears plums cherries grapes lemons oranges bananas peaches figs melons".split(),
    "vegetables": "carrots onions peas beans cabbages potatoes leeks beets turnips radishes".split(),
    "animals": "dogs cats horses owls foxes bears cows goats wolves rabbits tigers".split(),
    "birds": "owls eagles ducks swans crows pigeons parrots penguins robins storks".split(),
    "colours": "red green blue yellow white black brown orange purple pink grey".split(),
    "tools": "hammers saws files drills knives pliers chisels spanners lathes axes".split(),
    "rivers": ["the Nile", "the Rhine", "the Danube", "the Seine", "the Volga", "the Amazon", "the Ganges", "the Yangtze"],
    "planets": "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune".split(),
    "instruments": "violins flutes drums pianos guitars harps trumpets cellos".split(),
    "flowers": "roses tulips daisies lilies violets poppies sunflowers".split(),
    "trees": "oaks pines birches maples willows elms firs beeches".split(),
    "metals": "iron copper gold silver tin lead zinc".split(),
    "clothes": "coats hats shirts socks shoes scarves gloves skirts".split(),
    "drinks": "water tea milk coffee juice lemonade cocoa".split(),
    "insects": "bees ants flies beetles moths wasps crickets".split(),
    "shapes": "circles squares triangles rectangles ovals stars".split(),
    "sports": "football tennis swimming running rowing skiing chess".split(),
    "rooms": "kitchens bedrooms bathrooms cellars attics halls".split(),
}

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
SEASONS = ["winter", "winter", "spring", "spring", "spring", "summer", "summer", "summer", "autumn", "autumn", "autumn", "winter"]
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
NUMBER_WORDS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()

# job | what the person does
JOBS = rows("""
baker|bakes bread; doctor|helps people who are ill; teacher|teaches children; farmer|grows food; sailor|works on a ship; pilot|flies an aeroplane
tailor|makes clothes; carpenter|builds things from wood; gardener|looks after plants; cook|prepares meals; painter|paints walls and pictures
miller|grinds grain into flour; fisherman|catches fish; smith|shapes hot iron; postman|brings letters; librarian|looks after books
nurse|cares for patients; driver|drives a bus or a car; musician|plays music; writer|writes books; judge|decides in a court; dentist|repairs teeth
shepherd|watches over sheep; firefighter|puts out fires; potter|makes bowls from clay; clockmaker|repairs clocks; astronomer|studies the stars
""")

# tool | what it is for
USES = rows("""
a hammer|drive in nails; a saw|cut wood; a knife|cut food; a spoon|eat soup; a pen|write; a key|open a lock; an umbrella|stay dry in the rain
a lamp|make light; a clock|tell the time; a needle|sew cloth; a broom|sweep the floor; a map|find the way; a compass|find north; a ladder|climb up
a telescope|look at the stars; a thermometer|measure temperature; a ruler|measure length; a kettle|boil water; an oven|bake bread; a bucket|carry water
a pillow|rest your head; a bicycle|ride from place to place; a boat|cross water; scissors|cut paper; soap|wash your hands; a towel|dry yourself
a lathe|turn and shape wood or metal; a spade|dig in the garden; glasses|see better; a bell|call people; a basket|carry things; a scale|weigh things
""")

# word | definition
DEFINITIONS = rows("""
a lighthouse|a tower with a bright light that shows ships the way; an island|land with water all around it; a river|a long stream of water that flows to the sea
a desert|a very dry place where little rain falls; a mountain|very high land that rises above the country around it; a library|a place where books are kept and lent
a museum|a house where old or interesting things are shown; a bridge|a way over a river or a road; a harbour|a safe place for ships near the shore
a volcano|a mountain that can throw out hot rock and ash; a forest|a large place full of trees; a village|a small group of houses in the country
a market|a place where people buy and sell things; a calendar|a list of the days and months of a year; a rainbow|an arc of colours that appears when the sun shines through rain
a shadow|the dark shape made when something stands in the light; an orchard|a field of fruit trees; a bakery|a shop where bread is made and sold
a recipe|a list of steps for making a dish; a poem|a short text with rhythm and often with rhymes; a language model|a program that continues text, one small piece at a time
a token|a small piece of text, such as a word or a part of a word; a dataset|a collection of examples; an adapter|a small set of extra weights that changes how a model answers
a glacier|a slow river of ice; an echo|a sound that comes back from a wall or a hill; a fossil|the trace of a plant or an animal that lived long ago
a lake|a large area of still water; a tide|the rise and fall of the sea; a storm|very bad weather with strong wind; an orbit|the path of one body around another
a planet|a large round body that moves around a star; a star|a huge ball of hot gas that shines; the moon|the round body that moves around the earth
a noun|a word that names a thing, a person or a place; a verb|a word that says what somebody does; an adjective|a word that describes a thing
a proverb|a short saying that gives advice; a triangle|a shape with three sides; a square|a shape with four equal sides; a circle|a perfectly round shape
""")

# question | answer | short
PLAIN = rows("""
How many minutes are in an hour?|There are 60 minutes in an hour.|60; How many hours are in a day?|There are 24 hours in a day.|24
How many days are in a week?|There are 7 days in a week.|7; How many months are in a year?|There are 12 months in a year.|12
How many seconds are in a minute?|There are 60 seconds in a minute.|60; How many days are in a year?|There are 365 days in a year.|365
How many weeks are in a year?|There are about 52 weeks in a year.|52; How many years are in a century?|There are 100 years in a century.|100
How many centimetres are in a metre?|There are 100 centimetres in a metre.|100; How many grams are in a kilogram?|There are 1000 grams in a kilogram.|1000
How many letters are in the English alphabet?|There are 26 letters in the English alphabet.|26; How many wheels does a bicycle have?|A bicycle has 2 wheels.|2
How many wheels does a car have?|A car has 4 wheels.|4; How many fingers are on one hand?|There are 5 fingers on one hand.|5
How many sides does a triangle have?|A triangle has 3 sides.|3; How many sides does a square have?|A square has 4 sides.|4
How many sides does a hexagon have?|A hexagon has 6 sides.|6; How many seasons are there?|There are 4 seasons: spring, summer, autumn and winter.|4
How many planets move around the sun?|Eight planets move around the sun.|8; How many strings does a violin have?|A violin has 4 strings.|4
Which planet is the largest?|Jupiter is the largest planet.|Jupiter; Which planet is closest to the sun?|Mercury is the closest planet to the sun.|Mercury
Which planet is called the red planet?|Mars is called the red planet.|Mars; Which planet has bright rings?|Saturn has bright rings.|Saturn
On which planet do we live?|We live on Earth.|Earth; What is the largest ocean?|The Pacific is the largest ocean.|the Pacific
What is the highest mountain?|Mount Everest is the highest mountain.|Mount Everest; Which animal is the largest?|The blue whale is the largest animal.|the blue whale
Which land animal is the largest?|The elephant is the largest land animal.|the elephant; Which animal is the tallest?|The giraffe is the tallest animal.|the giraffe
Which land animal is the fastest?|The cheetah is the fastest land animal.|the cheetah; Where does the sun rise?|The sun rises in the east.|in the east
Where does the sun set?|The sun sets in the west.|in the west; At what temperature does water freeze?|Water freezes at 0 degrees Celsius.|0 degrees Celsius
At what temperature does water boil?|Water boils at 100 degrees Celsius.|100 degrees Celsius; What is ice made of?|Ice is made of frozen water.|water
What is bread made of?|Bread is made of flour, water, salt and yeast.|flour; What is cheese made from?|Cheese is made from milk.|milk
What is paper made from?|Paper is made from wood.|wood; What is glass made from?|Glass is made from sand.|sand; What do bees make?|Bees make honey.|honey
What do plants need to grow?|Plants need light, water and air to grow.|light, water and air; What do we breathe?|We breathe air.|air
Which river flows through Egypt?|The Nile flows through Egypt.|the Nile; Which river flows through Paris?|The Seine flows through Paris.|the Seine
Which river flows through London?|The Thames flows through London.|the Thames; Which river flows through Vienna?|The Danube flows through Vienna.|the Danube
Which ocean lies between Europe and America?|The Atlantic lies between Europe and America.|the Atlantic; Which season is the coldest?|Winter is the coldest season.|winter
Which season is the warmest?|Summer is the warmest season.|summer; What colour do you get from blue and yellow?|Blue and yellow make green.|green
What colour do you get from red and yellow?|Red and yellow make orange.|orange; What colour do you get from red and blue?|Red and blue make purple.|purple
What colour do you get from black and white?|Black and white make grey.|grey; Does a fish live in water?|Yes, a fish lives in water.|yes
Can a penguin fly?|No, a penguin cannot fly, but it swims very well.|no; Can an eagle fly?|Yes, an eagle can fly.|yes; Is the sun a star?|Yes, the sun is a star.|yes
Is a whale a fish?|No, a whale is a mammal.|no; Is a tomato a fruit?|Yes, a tomato is a fruit.|yes; Is ice warm?|No, ice is cold.|no; Is fire hot?|Yes, fire is hot.|yes
Is the moon a planet?|No, the moon moves around the earth and is not a planet.|no; Is a spider an insect?|No, a spider is an arachnid: it has 8 legs.|no
""")

# question | answer
WHY = rows("""
Why is the sky blue?|The air scatters blue light more than red light, so the sky looks blue.; Why do we sleep?|We sleep so that body and mind can rest.
Why does it rain?|Water rises from sea and land as vapour, cools into clouds and falls as drops.; Why do leaves fall in autumn?|Trees drop their leaves to save water in the cold months.
Why do boats float?|A boat pushes water aside, and the water pushes back and carries it.; Why do we have seasons?|The earth is tilted, so each half gets more sun in one part of the year.
Why do birds fly south?|Many birds fly south in autumn because they find more food where it is warm.; Why is the sea salty?|Rivers carry a little salt from the rocks into the sea, and it stays there.
Why do we drink water?|The body needs water to work, so we drink it every day.; Why does ice float?|Ice is lighter than the same amount of water, so it floats.
Why do cats purr?|Cats often purr when they feel calm and safe.; Why do bees visit flowers?|Bees collect nectar from flowers and carry pollen from one to the next.
Why does the moon shine?|The moon reflects the light of the sun.; Why do we wear coats?|A coat keeps warm air close to the body, so we do not feel cold.
Why is exercise good?|Exercise makes the heart and the muscles stronger.; Why do we wash our hands?|Washing removes dirt and germs, so we stay healthy.
Why do stars twinkle?|The air moves and bends their light a little, so stars seem to twinkle.; Why do owls hunt at night?|Owls see and hear very well in the dark.
""")

# question | steps separated by '/'
HOW_TO = rows("""
make tea|Boil some water./Put a tea bag into a cup./Pour the water over it./Wait three minutes and take the bag out.
plant a seed|Fill a pot with soil./Press the seed a little way in./Water it./Put the pot in a light place.
boil an egg|Bring water to the boil./Put the egg in gently./Wait seven minutes./Cool it under cold water.
wash my hands|Wet your hands./Rub them with soap for twenty seconds./Rinse them well./Dry them with a clean towel.
write a letter|Begin with the date and a greeting./Say what you want to tell./End with a kind wish./Sign your name.
draw a house|Draw a square./Put a triangle on top for the roof./Add a door and two windows./Colour it in.
learn new words|Choose five words a day./Write each one in a sentence./Say them aloud./Repeat them the next morning.
make a sandwich|Take two slices of bread./Spread butter on them./Add cheese and tomato./Put the slices together.
fold a paper boat|Fold the paper in half./Fold the corners to the middle./Turn the edges up./Pull the sides apart.
clean a room|Pick up what lies on the floor./Put things in their place./Wipe the table./Sweep the floor.
make pancakes|Mix flour, milk and eggs./Heat a little butter in a pan./Pour in some batter./Turn it when it is golden.
bake bread|Mix flour, water, salt and yeast./Knead the dough./Let it rest for an hour./Bake it until it is brown.
fix a flat tyre|Take the wheel off./Find the hole in the tube./Stick a patch over it./Put the wheel back and pump it up.
train a model|Choose a base model./Choose a dataset./Press Start./Watch the loss fall and talk to the result.
pack a bag|Make a list./Put heavy things at the bottom./Roll your clothes./Check the list once more.
calm down|Sit down somewhere quiet./Breathe in slowly./Breathe out slowly./Repeat it ten times.
""")

PLURALS = rows("""
cat|cats; dog|dogs; mouse|mice; child|children; foot|feet; tooth|teeth; man|men; woman|women; box|boxes; city|cities; leaf|leaves; knife|knives
goose|geese; sheep|sheep; fish|fish; baby|babies; bus|buses; wolf|wolves; house|houses; story|stories; apple|apples; glass|glasses; ox|oxen; key|keys
""")

PAST = rows("""
go|went; see|saw; run|ran; eat|ate; come|came; take|took; give|gave; write|wrote; sing|sang; swim|swam; buy|bought; bring|brought; think|thought
find|found; make|made; say|said; sleep|slept; fly|flew; break|broke; speak|spoke; know|knew; begin|began; drink|drank; walk|walked; play|played; help|helped
""")

RHYMES = rows("""
cat|hat; house|mouse; tree|bee; night|light; star|car; moon|spoon; day|play; ring|king; boat|coat; snow|slow; rain|train; sea|key; book|cook
bell|well; song|long; wind|pinned; lake|cake; sand|hand; fox|box; bear|chair; sun|fun; red|bed; ball|tall; goat|float; pan|fan
""")
