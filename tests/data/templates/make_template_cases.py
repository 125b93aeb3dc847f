"""Random small templates with jinja2's own results: expressions, filters, tests, methods, formats, statements, white space control.

Usage: python3 make_template_cases.py SEED COUNT OUT.jsonl      (jinja2 3.1.6; needs ../make_jinja_cases.py)
First line: the variables. Every other line: {"source", "expected"} or {"source", "kind", "error"}. Cases whose text depends on memory addresses, and what Lathe
leaves out (include, autoescape, pprint, lipsum), are not made.
"""
import copy, json, pathlib, random, re, signal, sys, warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import make_jinja_cases as mk

warnings.simplefilter("ignore")
R = random.Random(int(sys.argv[1]))
atoms=["s","n","f","big","neg","t","none","list","nums","words","d","rows","empty","nested","missing","d.missing",
 "''","'a'","'Hello World'","'äöü ß'","'  x  '","'a,b,,c'","'1'","'-12'","'3.7'","'1e3'","'\\n\\ta\\n'","'a\\nb\\n\\nc'","\"it's\"","'<b>&</b>'","'日本語'","'abcABC'","'ﬁ'","'ǆ'","'İ'","'x'*40","'the quick brown fox jumps over'","'%s-%d'","'{}-{}'","'\\x00\\x7f\\u200b'","'a\\r\\nb\\rc'","'a\\u2028b'",
 "0","1","2","-1","3","7","10","255","1.0","0.5","-2.5","1e16","1e22","1.5e-7","123456789.123","100000000000000000000","0.1+0.2","1/3","2**53","true","false","True","None",
 "[]","()","{}","[1,2,3]","(1,2)","(1,)","[3,1,2]","['b','a','C']","[1,'a',none]","[[1,2],[3,4]]","{'a':1,'b':2}","{'a':{'b':[1,2]}}","{1:2}","[true,false]","[1.5,2]","range(3)","range(1,10,3)","range(5,0,-2)","d.items()","d.keys()","d.values()","dict(x=1)","namespace(a=1).a","nums|map('string')","rows|map(attribute='n')","'abc'|list","(nums|sort)","cycler('a','b')","joiner('-')()"]
strs=[a for a in atoms if a.startswith(("'",'"'))]+["s","words[0]","rows[0].n"]
seqs=["list","nums","words","rows","empty","nested","[1,2,3]","(1,2)","['b','a','C']","'abc'","d","range(4)","d.items()","{'a':1,'b':2}","[[1,2],[3,4]]","[3,1,2]","['b','B','a','A']","[1,1.0,true,2]","['x','y',none]","rows|map(attribute='v')"]
ints=["0","1","2","-1","3","5","-2","10","none","n","'2'","1.5","true","-100","100"]
filters={
 "abs":[""],"attr":["('b')","('a')","('items')","('upper')",],
 "batch":["(2)","(3,'x')","(1)","(0)","(2,fill_with=0)","(linecount=2)"],
 "capitalize":[""],"center":["","(10)","(width=5)","(3)"],
 "count":[""],"length":[""],"d":["","('z')","('z',true)","(default_value=1,boolean=true)"],"default":["","(1)","(none)","('',true)"],
 "dictsort":["","(true)","(false,'value')","(by='value')","(reverse=true)","(by='x')"],
 "e":[""],"escape":[""],"forceescape":[""],"filesizeformat":["","(true)","(binary=true)"],
 "first":[""],"last":[""],"float":["","(1.5)","(default=none)","('x')"],
 "format":["(1,2)","('a')","(a=1)","()","(1.5)"],
 "groupby":["('g')","('v')","('zz',default='q')","(attribute='n')","(0)","('v',case_sensitive=true)","('a.b')"],
 "indent":["","(2)","(2,true)","(2,true,true)","('--')","(width=1,first=true,blank=true)"],
 "int":["","(5)","(0,16)","(base=8)","('x')","(0,2)","(default=none)"],
 "items":[""],"join":["","(',')","(', ','n')","(attribute='v')","(1)","(d='-')"],
 "list":[""],"lower":[""],"upper":[""],"title":[""],
 "map":["('upper')","(attribute='n')","(attribute='zz',default=0)","('length')","('default','x')","('int')","('first')","(attribute='a.b')","('replace','a','b')","('string')","(attribute=0)","()","('nofilter')","('join','-')","('abs')"],
 "max":["","(attribute='v')","(true)","(case_sensitive=true)"],"min":["","(attribute='v')"],
 "reject":["","('odd')","('equalto',1)","('none')"],"rejectattr":["('v')","('v','equalto',2)","('zz','defined')","('n','in',['a'])"],
 "select":["","('odd')","('string')","('gt',1)","('in',[1,2])","('notest')","('divisibleby',3)"],"selectattr":["('v')","('v','equalto',2)","('zz','defined')","('n','eq','a')","('v','>=',2)","('g.x')"],
 "replace":["('a','b')","('l','L',1)","('','-')","('a','',count=1)","('x',1)","('a','b',none)","('a')"],
 "reverse":["","|list"],"round":["","(1)","(2,'floor')","(0,'ceil')","(method='ceil')","(-1)","(precision=1)","(1,'x')"],
 "safe":[""],"slice":["(2)|list","(3,'x')|list","(1)|list","(2,fill_with=0)|list"],
 "sort":["","(true)","(reverse=true)","(attribute='n')","(attribute='v,n')","(case_sensitive=true)","(false,true)","(attribute='zz')","(attribute=0)"],
 "string":[""],"striptags":[""],"sum":["","('v')","(attribute='v')","(start=10)","(attribute='v',start=5)","(start='')"],
 "tojson":["","(indent=2)","(2)","(indent=0)","(ensure_ascii=true)","(sort_keys=true)","(separators=(',',':'))","(indent=1,separators=(',',': '))","(indent='--')"],
 "trim":["","('x')","(' \\n')","(chars='a')","(none)"],"truncate":["","(5)","(5,true)","(5,true,'!')","(9,false,'',0)","(length=8,killwords=true,end='',leeway=1)","(2)"],
 "unique":["|list","(true)|list","(attribute='v')|list","(case_sensitive=true)|list"],"urlencode":[""],"wordcount":[""],"wordwrap":["(5)","(10,false)","(3,true,'|')","(width=8)","(6,break_on_hyphens=false)"],"xmlattr":["","(false)"],
}
tests={"boolean":[""],"callable":[""],"defined":[""],"undefined":[""],"divisibleby":[" 3","(2)","(0)"],"eq":["(1)"," 'a'"],"==":["(1)"],"equalto":["(n)"],"escaped":[""],"even":[""],"odd":[""],"false":[""],"true":[""],"float":[""],"integer":[""],"ge":["(1)"],">=":["(1)"],"gt":["(1)"],">":["('a')"],"greaterthan":["(1)"],"in":["([1,'a'])"," 'abc'","(d)","(5)"],"iterable":[""],"le":["(2)"],"<=":["(2)"],"lt":["(1)"],"<":["(1)"],"lessthan":["('b')"],"lower":[""],"upper":[""],"mapping":[""],"ne":["(1)"],"!=":["(1)"],"none":[""],"number":[""],"sameas":["(none)","(true)","(1)"],"sequence":[""],"string":[""]}
smeth={"capitalize":["()"],"casefold":["()"],"center":["(9)","(8,'*')","(3)"],"count":["('a')","('')","('b',1)","('a',0,2)"],"encode":[],"endswith":["('c')","(('a','c'))","('b',0,2)","(1)"],"expandtabs":["()","(4)"],"find":["('b')","('b',2)","('',5)","('z')","('a',-2)","('c',0,-1)"],"format":["(1,2)","('a')","(a=1)"],"index":["('a')","('zz')"],"isalnum":["()"],"isalpha":["()"],"isascii":["()"],"isdecimal":["()"],"isdigit":["()"],"isidentifier":["()"],"islower":["()"],"isnumeric":["()"],"isprintable":["()"],"isspace":["()"],"istitle":["()"],"isupper":["()"],"join":["(words)","([1])","('abc')","(d)"],"ljust":["(6)","(6,'-')"],"lower":["()"],"lstrip":["()","('xa')","(none)"],"partition":["(',')","('')","('zz')"],"removeprefix":["('a')"],"removesuffix":["('c')"],"replace":["('a','b')","('','-')","('l','',1)","('a','b',-1)"],"rfind":["('a')","('')","('l',0,3)"],"rindex":["('a')"],"rjust":["(6)","(6,'0')"],"rpartition":["(',')"],"rsplit":["()","(',')","(',',1)","(none,1)","(' ',maxsplit=1)"],"rstrip":["()","('\\n')"],"split":["()","(',')","(',',1)","(none,1)","('')","(' ')","(sep=',')","(maxsplit=1)"],"splitlines":["()","(true)","(keepends=true)"],"startswith":["('a')","(('H','a'))","('e',1)"],"strip":["()","('a')"],"swapcase":["()"],"title":["()"],"translate":["({97:'b'})","({})"],"upper":["()"],"zfill":["(5)","(0)"],"nosuch":["()"],"maketrans":["('a','b')"],"format_map":["({})"]}
SETF=["", " | upper", " | trim", " | replace('x', 'q') | length"]
FILF=["upper","trim","replace('x', 'yy')","indent(2)","upper | trim","title"]
def atom(): return R.choice(atoms)
def expr(depth):
    k=R.random()
    if depth<=0 or k<.18: return atom()
    if k<.42:
        f=R.choice(list(filters)); a=R.choice(filters[f])
        base=expr(depth-1) if R.random()<.5 else R.choice(seqs if R.random()<.5 else strs)
        return f"({base})|{f}{a}"
    if k<.5:
        t=R.choice(list(tests)); return f"({expr(depth-1)}) is {'not ' if R.random()<.2 else ''}{t}{R.choice(tests[t])}"
    if k<.62:
        m=R.choice([x for x in smeth if smeth[x]]); return f"({R.choice(strs) if R.random()<.8 else expr(depth-1)}).{m}{R.choice(smeth[m])}"
    if k<.72:
        op=R.choice(["+","-","*","/","//","%","**","~","and","or","==","!=","<",">","<=",">=","in","not in"])
        b = expr(depth-1)
        if op=="**": b=R.choice(["2","0","-1","0.5","3"])
        if op=="*" : b=R.choice(ints+["'a'","[1]","f"])
        return f"({expr(depth-1)}) {op} ({b})"
    if k<.8:
        p=[R.choice(["","0","1","2","-1","-2","5","none","n"]) for _ in range(3)]
        st=R.choice(["","1","2","-1","-2","3"])
        return f"({R.choice(seqs+strs)})[{p[0]}:{p[1]}{':'+st if R.random()<.5 else ''}]"
    if k<.85: return f"({expr(depth-1)})[{R.choice(ints+strs+['words[0]'])}]"
    if k<.89: return f"({expr(depth-1)}).{R.choice(['a','b','items','x','v','keys','values','first','_x','get','n'])}"
    if k<.93: return f"{expr(depth-1)} if {expr(depth-1)} else {expr(depth-1)}" if R.random()<.8 else f"({expr(depth-1)} if {expr(depth-1)})"
    if k<.96: return R.choice(["not ","-","+"])+f"({expr(depth-1)})"
    return R.choice(["[%s, %s]","(%s, %s)","{'k': %s, 'l': %s}","dict(p=%s, q=%s)"])%(expr(depth-1),expr(depth-1))
def ws(): return R.choice([""," ","\n","\n\n","  ","\t"," \n ","x","\nx ","\r\n"])
def op(): return R.choice(["{%","{%-","{%+","{%"])
def cl(): return R.choice(["%}","-%}","+%}","%}"])
def out(e): return R.choice(["{{","{{-","{{"])+" "+e+" "+R.choice(["}}","-}}","}}"])
def stmt(depth):
    k=R.random(); w=ws
    body=lambda: "".join(R.choice([w(),out(R.choice(["n","s[:3]","i","loop.index","x","words[0]"])),stmt(depth-1) if depth>0 else "z"]) for _ in range(R.randint(1,3)))
    o,c=op,cl
    if k<.2: return f"{w()}{o()} if {expr(1)} {c()}{body()}"+(f"{o()} elif {expr(1)} {c()}{body()}" if R.random()<.4 else "")+(f"{o()} else {c()}{body()}" if R.random()<.5 else "")+f"{o()} endif {c()}{w()}"
    if k<.42:
        tgt=R.choice(["i","i","a, b","(a, b)","i"]); it=R.choice(["nums","words","rows","d.items()","d","[[1,2],[3,4]]","'abc'","empty","range(3)","nested","[(1,2)]"])
        inner=body()+R.choice(["","{{ loop.%s }}"%R.choice(["index","index0","revindex","revindex0","first","last","length","depth","depth0","previtem","nextitem","cycle(1,2,3)","changed(i)","nosuch"]),"{% if loop.index == 2 %}{% break %}{% endif %}","{% continue %}{{ 1 }}","{{ a }}{{ b }}"])
        return f"{w()}{o()} for {tgt} in {it}{' if '+R.choice(['i','i != 1','loop is defined','true','a']) if R.random()<.25 else ''}{' recursive' if R.random()<.1 else ''} {c()}{inner}"+(f"{o()} else {c()}E" if R.random()<.3 else "")+f"{o()} endfor {c()}{w()}"
    if k<.54: return f"{w()}{o()} set {R.choice(['x','y','i','x, y','ns.x'])} = {R.choice([expr(1),'1, 2','nums[:2]'])} {c()}{w()}{{{{ x }}}}"
    if k<.6: return f"{w()}{o()} set x{R.choice(SETF)} {c()}{body()}{o()} endset {c()}[{{{{ x }}}}]"
    if k<.7:
        sig=R.choice(["","a","a, b=2","a, b=a","a=1, b='q'","caller","a, caller=none"])
        call=R.choice(["m()","m(1)","m(1, 2)","m(b=3)","m(a=1)","m(1, 2, 3)","m(1, z=2)","m(*[1, 2])","m(**{'a': 5})","m(*nums)","m.name","m.arguments","m.catch_varargs","m.catch_kwargs","m.caller"])
        mb=R.choice(["{{ a }}{{ b }}","{{ varargs }}{{ kwargs }}","{{ a }}","[{{ caller() }}]","{{ caller is defined }}","{{ n }}{{ i is defined }}","{{ caller(1, 2) if caller else 'no' }}"])
        return f"{w()}{o()} macro m({sig}) {c()}{mb}{w()}{o()} endmacro {c()}"+(out(call) if R.random()<.7 else f"{o()} call{R.choice(['','(u)','(u, v=3)'])} {R.choice(['m()','m(1)','m(1, 2)'])} {c()}in {{{{ u }}}}{{{{ v }}}}{o()} endcall {c()}")
    if k<.75: return f"{w()}{o()} filter {R.choice(FILF)} {c()}{body()}{o()} endfilter {c()}"
    if k<.8: return f"{w()}{o()} with {R.choice(['','x = 1','x = n, y = x','x, y = (1, 2)'])} {c()}{body()}{{{{ x }}}}{{{{ y }}}}{o()} endwith {c()}{w()}"
    if k<.84: return w()+"{#"+R.choice(["","-","+"])+" c {{ n }} "+R.choice(["","-","+"])+"#}"+w()
    if k<.88: return w()+"{%"+R.choice(["","-"])+" raw "+R.choice(["","-"])+"%}"+w()+"{{ x }} {% y %}"+w()+"{%"+R.choice(["","-"])+" endraw "+R.choice(["","-"])+"%}"+w()
    if k<.91: return f"{w()}{o()} generation {c()}{body()}{o()} endgeneration {c()}"
    if k<.94: return "{% set ns = namespace(x=1, y=[]) %}{% for i in nums %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}"+w()
    if k<.96: return out(R.choice(["loop","i","caller","super","m","x","_","gettext","cycler","range","dict","namespace","joiner"])+R.choice([""," is defined"," is callable"]))
    return R.choice(["{% do 1 %}","{% block b %}q{% endblock %}","{% if %}","{{ }}","{{ 1 2 }}","{% for x in %}{% endfor %}","{% set %}","{{ 'a }}","{{ [1,] }}{{ (1,) }}{{ {'a':1,} }}","{{ {1:} }}","{% endif %}","{{ a.1 }}","{{ nested.0.1 }}","{{ 1.5.real }}","{{ 1_0 }}","{{ 0o17 }}{{ 0XfF }}","{{ 1e+3 }}{{ 1E3 }}","{{ .5 }}","{{ 5. }}","{{ x.y.z }}","{{ not not n }}","{{ 1 < 2 == true }}","{{ 1 if 0 }}|","{{ ('a' if n) ~ 1 }}","{% set x = [] %}{% set _ = x.append(1) %}","{{ 'a' if 1 else 2 if 3 else 4 }}","{{ n is not none and s }}","{{ -2**2 }}{{ 2**-1 }}{{ 2**3**2 }}","{{ 'a'|upper~'b' }}","{{ n|string|length }}","{{ (n,s)|length }}","{{ n, 2 }}","{{ 1|abs is odd }}","{{ [1,2]|first + 1 }}","{{ not n is odd }}","{{ -1|abs }}","{{ s.x.y is defined }}","{{ f(1) }}","{{ n() }}","{{ s.upper }}","{{ range(3)[1] }}","{{ d['a'][1]['k'] }}","{{ d.a.1.k }}","{{ {'a':1}.a }}","{{ loop.index }}","{% for i in [1,2] %}{{ loop }}{% endfor %}","{% for i in nums %}{% for j in words %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}","{{ undefined_fn() }}","{{ missing.x }}","{{ missing['x'] }}","{{ missing() }}","{{ missing|upper }}|{{ missing|length }}|{{ missing|list }}","{% for x in missing %}a{% endfor %}","{{ missing|first }}","{{ missing|join }}","{{ missing|tojson }}","{{ [missing] }}","{{ missing ~ 'a' }}","{{ missing == 1 }}","{{ missing in [1] }}","{{ 1 in missing }}","{{ missing < 1 }}"])
def case():
    k=R.random()
    if k<.45: return "{{ "+expr(R.randint(0,2))+" }}"
    if k<.6:
        f=R.choice(list(filters)); return "{{ ("+R.choice(atoms)+")|"+f+R.choice(filters[f])+" }}"
    if k<.68:
        m=R.choice([x for x in smeth if smeth[x]]); return "{{ ("+R.choice(strs)+")."+m+R.choice(smeth[m])+" }}"
    if k<.72:
        sp=R.choice(["","-","+"," ","#","0"])+R.choice(["","5","12","3"])+R.choice(["",".2",".0",".5"])+R.choice("srdifeEgGxXocu%a")
        return "{{ '%"+sp+"|%s' % ("+R.choice(atoms)+", 1) }}" if R.random()<.5 else "{{ '%"+sp+"' % ("+R.choice(atoms)+") }}"
    if k<.76:
        sp=R.choice(["","<","^",">","*<","0"])+R.choice(["","+","-"," "])+R.choice(["","#"])+R.choice(["","5","012","10"])+R.choice(["",",","_"])+R.choice(["",".2",".0",".5"])+R.choice(["","s","d","f","e","g","x","X","o","b","%","n","c","G"])
        return "{{ '{:"+sp+"}'.format("+R.choice(atoms)+") }}" if R.random()<.8 else "{{ '{0!r:"+sp+"}{x}'.format("+R.choice(atoms)+", x=1) }}"
    return "".join(stmt(2) for _ in range(R.randint(1,2)))


def run(source):
    case = {"source": source}
    try:
        case["expected"] = mk.env.from_string(source).render(**copy.deepcopy(mk.CONTEXT))
        if len(case["expected"]) > 2000:
            return None
    except Exception as exc:
        case["kind"] = mk.kind(exc)
        case["error"] = getattr(exc, "message", None) or str(exc)
    text = case.get("expected", "") + case.get("error", "")
    if re.search(r" at 0x| AT 0X| At 0x|<function|<built-in|<jinja|<class|<bound|<method|jinj|do_items|sync_do|select_or_reject", text):
        return None
    return case


def alarm(*_):
    raise TimeoutError


def main(count, path):
    signal.signal(signal.SIGALRM, alarm)
    seen, made = set(), 0
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write(json.dumps(mk.CONTEXT, ensure_ascii=False) + "\n")
        while made < count:
            source = case()
            if source in seen or len(source) > 400:
                continue
            seen.add(source)
            signal.setitimer(signal.ITIMER_REAL, 2)
            try:
                one = run(source)
            except (TimeoutError, MemoryError, RecursionError):
                one = None
            signal.setitimer(signal.ITIMER_REAL, 0)
            try:
                line = json.dumps(one, ensure_ascii=False).encode("utf-8").decode("utf-8") if one else None
            except UnicodeEncodeError:
                line = None
            if line:
                out.write(line + "\n")
                made += 1


if __name__ == "__main__":
    main(int(sys.argv[2]), sys.argv[3])
