"""Renders small templates with jinja2 3.1.6, set up as transformers does, and stores the results.

Usage: python3 make_jinja_cases.py OUT.json      (needs jinja2; the clock is fixed to 2026-07-26 14:05:06)
"""
import datetime, json, sys
import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_run"), [], [], body).set_lineno(line)

    def _run(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
    x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
env.globals["raise_exception"] = raise_exception
env.globals["strftime_now"] = lambda f: datetime.datetime(2026, 7, 26, 14, 5, 6).strftime(f)

CONTEXT = {
    "s": "Hello, Wörld! 'q' \"d\"\n\ttab", "n": 7, "f": 0.1, "big": 12345678901234567890, "neg": -3, "t": True, "none": None,
    "list": [3, 1, 2, "x", None, 1.5], "nums": [5, 3, 9, 1], "words": ["pear", "Apple", "fig", "apple"],
    "d": {"b": 1, "a": [1, {"k": "v"}], "items": "shadow", "é": None},
    "rows": [{"n": "a", "v": 2, "g": "x"}, {"n": "b", "v": 1, "g": "y"}, {"n": "c", "v": 2, "g": "x"}],
    "empty": [], "nested": [[1, 2], [3]],
}

CASES = r"""
{{ s }}|{{ s|length }}|{{ s[0] }}|{{ s[-3:] }}|{{ s[::-1] }}|{{ s[7:12:2] }}
{{ s.upper() }} {{ s.lower() }} {{ s.title() }} {{ s|title }} {{ s|capitalize }} {{ s.swapcase() }}
{{ [s] }} {{ {'a': s, 1: none, true: 1.0} }} {{ (1,) }} {{ () }} {{ (1, 'b') }}
{{ f }} {{ 1.0 }} {{ 1e100 }} {{ 1e-7 }} {{ 123456789012345680.0 }} {{ 1e16 }} {{ 0.00012 }} {{ 1/3 }} {{ 2**0.5 }} {{ 10.0**15 }}
{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ -2 ** 2 }}
{{ big }} {{ big + 1 }} {{ big * 10 }} {{ -big }} {{ big // 3 }} {{ big == 12345678901234567890 }} {{ 9223372036854775807 + 1 }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' < 'b' }} {{ [1,2] < [1,3] }} {{ 'a' in 'abc' }} {{ 'b' in d }} {{ 3 not in list }}
{{ none }} {{ true }} {{ missing }}|{{ missing is defined }} {{ missing|default('x') }} {{ none|default('x') }} {{ none|default('x', true) }} {{ ''|d('y', boolean=true) }}
{{ missing.attr }}
{{ d.missing.more }}
{{ missing + 1 }}
{{ 'a' + 1 }}
{{ none + 'x' }}
{{ d.b }} {{ d['a'] }} {{ d.a[1].k }} {{ d.get('zz') }} {{ d.get('zz', 5) }} {{ d['items'] }} {{ d.items()|list }} {{ d.keys() }} {{ d.values()|list }}
{{ d }} {{ d|length }} {{ d|list }} {{ d|tojson }} {{ d|tojson(indent=2) }} {{ d|items|list }}
{% for k, v in d.items() %}{{ loop.index }}/{{ loop.length }} {{ k }}={{ v }}{{ ', ' if not loop.last }}{% endfor %}
{% for x in nums if x > 2 %}{{ loop.index0 }}:{{ x }}:{{ loop.revindex }} {% else %}none{% endfor %}{% for x in empty %}a{% else %}empty{% endfor %}
{% for x in nums %}{% if x == 9 %}{% continue %}{% endif %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}
{% for x in nums %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {{ loop.cycle('a', 'b') }} {{ loop.changed(x > 4) }};{% endfor %}
{% for a, b in [(1, 2), (3, 4)] %}{{ a + b }} {% endfor %}{% for (a, (b, c)) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}
{% set ns = namespace(x=1, y='a') %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }} {{ ns.y }} {{ ns.zz is defined }}
{% if missing %}a{% elif n == 7 %}b{% else %}c{% endif %}{% set y = 'in' if false else 'out' %}{{ y }}{{ 'only' if false }}
{% macro m(a, b='B', c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(a=3, b=4) }}{{ m('x', c=9) }}
{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, k=3) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(zz=1) }}
{% macro m(a) %}<{{ a }}>{{ caller('c') }}{% endmacro %}{% call(x) m('q') %}body {{ x }} {{ n }}{% endcall %}
{% macro fact(k) %}{{ 1 if k < 2 else k * (fact(k - 1)|int) }}{% endmacro %}{{ fact(10) }}
{% set v %}  block {{ n }} {% endset %}[{{ v }}]{% set w | upper | trim %} up {% endset %}[{{ w }}]
{% filter upper %}abc {{ s[:5] }}{% endfilter %}{% with a = 1, b = n %}{{ a + b }}{% endwith %}{{ a is defined }}
{% raw %}{{ not }} {% parsed %}{% endraw %} {# comment #}x{#- trimmed -#}   y
  {% if true %}   
  inner
  {% endif %}
after
a
{%- if true %} b {%+ if true +%}
 c{% endif -%}
  d{% endif %}
   {%+ set z = 1 %}x  {%- set q = 2 -%}   y
{{ nums|sort }} {{ nums|sort(reverse=true) }} {{ words|sort }} {{ words|sort(case_sensitive=true) }} {{ rows|sort(attribute='v')|map(attribute='n')|join }} {{ rows|sort(attribute='v,n', reverse=true)|map(attribute='n')|join(',') }}
{{ nums|sum }} {{ rows|sum(attribute='v') }} {{ nums|min }} {{ nums|max }} {{ words|min }} {{ nums|first }} {{ nums|last }} {{ empty|first }} {{ nums|reverse|list }} {{ 'abc'|reverse }}
{{ words|unique|list }} {{ rows|groupby('g') }} {% for g, items in rows|groupby('g') %}{{ g }}:{{ items|length }} {% endfor %}
{{ rows|selectattr('v', 'equalto', 2)|map(attribute='n')|list }} {{ rows|rejectattr('v', 'gt', 1)|list }} {{ nums|select('odd')|list }} {{ nums|reject('>', 4)|list }} {{ list|select|list }} {{ nums|map('string')|join('-') }}
{{ rows|map(attribute='zz', default='?')|list }} {{ words|map('upper')|list }} {{ words|map('replace', 'p', 'P')|list }} {{ nums|select('in', [1, 5])|list }}
{{ s|replace('l', 'L', 1) }} {{ s|trim }} {{ '  x '|trim }} {{ 'xxabxx'|trim('x') }} {{ s|truncate(10) }} {{ 'a b c d e f g h i j'|truncate(9, false, '', 0) }} {{ s|wordcount }}
{{ 'one two'|indent }}|{{ 'a\nb\n\nc'|indent(2) }}|{{ 'a\nb\n\nc'|indent(2, true, true) }}|{{ 'a\nb'|indent('>> ', first=true) }}
{{ '12'|int }} {{ '12.7'|int }} {{ 'x'|int }} {{ 'x'|int(5) }} {{ '0x1f'|int(base=16) }} {{ 3.99|int }} {{ '1.5'|float }} {{ 'z'|float }} {{ 7|float }} {{ none|int }} {{ ' 8 '|int }}
{{ 2.5|round }} {{ 3.14159|round(2) }} {{ 42.55|round(1, 'floor') }} {{ 7|round }} {{ 42.3|round(method='ceil') }} {{ -5|abs }} {{ -2.5|abs }} {{ 1234567|filesizeformat }}
{{ '%s is %d and %.2f %5s|%-5s|%05d %%'|format('a', 3, 2.5, 'r', 'l', 42) }} {{ '%(x)s'|format(x=1) }} {{ '%s-%s' % (1, 2) }} {{ 'a%sb' % 'X' }} {{ '{} {1} {k}'.format }}
{{ '{} {}'.format(1, 'b') }} {{ '{1} {0} {k}'.format('a', 'b', k=3) }} {{ '{{}}'.format() }}
{{ nums|batch(3)|list }} {{ nums|batch(3, 0)|list }} {{ nums|slice(3)|list }} {{ d|dictsort }} {{ {'b': 1, 'A': 2}|dictsort(by='value', reverse=true) }}
{{ '<a href="x">&'|escape }} {{ '<b>x</b>  y'|striptags }} {{ 'a b/ü?'|urlencode }} {{ {'a': 'b c'}|urlencode }} {{ s|string }} {{ 'a'|center(5) }}| {{ 'x y z'|wordwrap(3) }}
{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(' ', 1) }} {{ 'a b c'.rsplit(' ', 1) }} {{ 'a.b.c'.partition('.') }} {{ 'a.b.c'.rpartition('.') }} {{ 'l1\nl2\r\nl3'.splitlines() }} {{ 'abc'.split('') if false else 'k' }}
{{ 'abcabc'.find('c') }} {{ 'abcabc'.rfind('c') }} {{ 'abc'.find('z') }} {{ 'abcabc'.index('b', 2) }} {{ 'aXbX'.count('X') }} {{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'bc')) }} {{ 'abc'.startswith('b', 1) }}
{{ '--x--'.strip('-') }} {{ 'xxhixx'.lstrip('x') }} {{ 'xxhixx'.rstrip('x') }} {{ 'prefix-a'.removeprefix('prefix-') }} {{ 'a.txt'.removesuffix('.txt') }} {{ '7'.zfill(3) }} {{ '-7'.zfill(4) }} {{ 'ab'.center(5, '*') }} {{ 'ab'.ljust(4) }}| {{ 'ab'.rjust(4) }} {{ ', '.join(words) }}
{{ 'a1'.isalnum() }} {{ 'ab'.isalpha() }} {{ '12'.isdigit() }} {{ ' \t'.isspace() }} {{ 'AB'.isupper() }} {{ 'ab1'.islower() }} {{ 'Ab Cd'.istitle() }} {{ ''.isalpha() }} {{ 'ß'.upper() }} {{ 'ΑΣ'.lower() }}
{{ 1 is odd }} {{ 2 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ n is number }} {{ t is number }} {{ t is boolean }} {{ t is integer }} {{ f is float }} {{ s is string }} {{ d is mapping }} {{ list is sequence }} {{ d is sequence }} {{ 5 is sequence }} {{ s is iterable }} {{ none is none }} {{ missing is undefined }} {{ missing is iterable }} {{ raise_exception is callable }}
{{ 1 is eq 1 }} {{ 1 is ne(2) }} {{ 2 is gt 1 }} {{ 1 is in [1] }} {{ 'a' is in 'abc' }} {{ t is true }} {{ t is sameas true }} {{ 'ab' is lower }} {{ 'AB' is upper }} {{ 'upper' is filter }} {{ 'odd' is test }} {{ not 1 is odd }} {{ 1 is not odd }} {{ s is string and n is number }}
{{ list|tojson }} {{ s|tojson }} {{ big|tojson }} {{ f|tojson }} {{ [1, [2, {'a': []}], {}]|tojson(indent=4) }} {{ d|tojson(ensure_ascii=true) }} {{ d|tojson(sort_keys=true, separators=(',', ':')) }} {{ '\u2028<>&'|tojson }}
{{ missing|tojson }}
{{ range(3)|list }} {{ range(5, 0, -2)|list }} {{ range(3) }} {{ dict(a=1, b=2) }} {{ 'x' * 3 }} {{ [1] * 2 + [2] }} {{ 'a' ~ 1 ~ none ~ true ~ [1] }} {{ (1, 2) + (3,) }}
{{ strftime_now('%Y-%m-%d %H:%M:%S %d %b %B %A %j') }}
{{ raise_exception('boom <b>') }}
{{ x.y.z }}{% if %}
{% for %}
{{ 1 + }}
{% unknown %}
{{ 'unclosed }}
{% if true %}
{{ x|nofilter }}
{% if false %}{{ x|nofilter }}{% endif %}ok
{{ 1 is notest }}
{{ list.append(1) }}
{{ d.update({}) }}
{{ ''.__class__.__mro__ }}
{{ none.foo }}|{{ (1).foo }}|{{ [1].foo }}
{{ nested|map('first')|list }} {{ nested[0][1] }} {{ nested|map('length')|list }} {{ list[10] }} {{ list[-1] }} {{ nested|sum(start=[]) }} {{ [1,2,3][1:] }} {{ 'abc'[5] }} {{ [0, 1][true] }}
{% for x in none %}{% endfor %}
{% for x in 5 %}{% endfor %}
{{ 5|length }}
{{ 1 / 0 }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set a, b = b, a %}{{ a }}{{ b }}
{% set a, b = [1] %}
{{ joiner is defined }}{% set j = joiner('; ') %}{{ j() }}a{{ j() }}b
{% generation %}gen {{ n }}{% set inner = 1 %}{% endgeneration %} {{ inner is defined }}
{% for i in [1, [2, [3]]] recursive %}{% if i is iterable %}({{ loop(i) }}){% else %}{{ i }}.{{ loop.depth }}{% endif %}{% endfor %}
{{ "a\tb\\n\x41\u00e9\101" }} {{ 'it''s' }} {{ 1_000 }} {{ 0x1F }} {{ 0b11 }} {{ 1e3 }} {{ 1.5e-3 }} {{ 'line \
cont' }}
{{ {'a': {'b': {}}}['a'] }}{{ {} }}{{ [] }}
{{ not true or false and true }} {{ 1 or 2 }} {{ 0 or 'z' }} {{ '' and 'x' }}| {{ -n }} {{ +n }} {{ - -n }} {{ -5|abs }} {{ 2 + 3 ~ 4 }} {{ 'a' 'b' }}
{{ loop is defined }} {{ s.nothing is defined }} {{ d.b is defined }} {{ (s|upper)[:3] }} {{ s.split(',')[0] }} {{ s.split()|last }} {{ words[0].upper()[0] }}
{{ [1, 2] is sameas [1, 2] }} {{ 'a' if n > 5 else 'b' if n > 3 else 'c' }} {{ (n > 5) ~ '' }} {{ n == '7' }} {{ none == false }} {{ [] == () }} {{ {} == {} }} {{ missing == missing2 }} {{ missing == none }}
{{ list|string }} {{ '\n'|string|tojson }} {{ "\u200b\u00a0é" }} {{ ["\u200b\u00a0é\x7f"] }} {{ ['\'"'] }} {{ ["it's"] }} {{ ['a\\b'] }} {{ ['😀'] }}
"""


def split_cases(text):
    """Cases are lines; a line that begins with white space or belongs to an open tag continues the case before."""
    special = ["  {% if true %}   \n  inner\n  {% endif %}\nafter", "a\n{%- if true %} b {%+ if true +%}\n c{% endif -%}\n  d{% endif %}",
               "   {%+ set z = 1 %}x  {%- set q = 2 -%}   y", "line1\r\n{% if true %}\r\nx\r\n{% endif %}\r\nend\r\n", "x\n\n", "{# a #}\n{# b #}\nc", "{% raw -%}  a {%- endraw %}\nb",
               "{{ 'line \\\ncont' }}", "  {{ n }}\n   {# c #}\n{% set a = 1 %}\n\n{{- a }}\n", "\u00a0{% if true %}x{% endif %}", "{{'a'}}\n{% if true -%}\n\n  b\n{%- endif +%}\nc"]
    lines = [line for line in text.strip("\n").split("\n")]
    skip = {"  {% if true %}   ", "  inner", "  {% endif %}", "after", "a", "{%- if true %} b {%+ if true +%}", " c{% endif -%}", "  d{% endif %}", "   {%+ set z = 1 %}x  {%- set q = 2 -%}   y"}
    out, i = [], 0
    while i < len(lines):
        line = lines[i]
        if line in skip or line.startswith("cont'"):
            i += 1
            continue
        if line.endswith("\\"):
            line = line[:line.index("{{ 'line")].rstrip()
        out.append(line)
        i += 1
    return out + special


def kind(exc):
    if isinstance(exc, jinja2.exceptions.TemplateSyntaxError):
        return "syntax"
    if isinstance(exc, jinja2.exceptions.SecurityError):
        return "security"
    if isinstance(exc, jinja2.exceptions.UndefinedError):
        return "undefined"
    if type(exc) is jinja2.exceptions.TemplateError:
        return "raised"
    return "runtime"


def main(path):
    cases = []
    for source in split_cases(CASES):
        case = {"source": source}
        try:
            case["expected"] = env.from_string(source).render(**CONTEXT)
            if " object at 0x" in case["expected"] or "<function" in case["expected"] or "<built-in" in case["expected"]:
                continue
        except Exception as exc:
            case["kind"] = kind(exc)
            case["error"] = getattr(exc, "message", None) or str(exc)
        cases.append(case)
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        json.dump({"context": CONTEXT, "cases": cases}, out, ensure_ascii=False, indent=1)
        out.write("\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    main(sys.argv[1])
