// SPDX-License-Identifier: Apache-2.0
// The template language against jinja2's own results (tests/data/jinja_cases.json, made by make_jinja_cases.py), and its limits.
#include "core/base/files.h"
#include "core/text/chat_template.h"

#include <QElapsedTimer>
#include <QTest>

#include <fstream>

using namespace lathe;
using text::ChatTemplate;

namespace {

struct Outcome {
  std::string text, kind;
};

Outcome outcomeOf(const std::string& source, const Json& variables) {
  try {
    ChatTemplate::Request request;
    request.variables = variables;
    request.nowIso = "2026-07-26T14:05:06";
    return {ChatTemplate::parse(source)->render(request), {}};
  } catch (const Exception& e) {
    return {e.error().message, e.error().code.substr(9)};
  }
}

std::string repeated(const std::string& piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += piece;
  return out;
}

} // namespace

class TestJinja : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void smallTemplatesRenderAsInJinja();
  void randomTemplatesRenderAsInJinja();
  void hostileTemplatesAreRefusedInTime_data();
  void hostileTemplatesAreRefusedInTime();
  void failuresNameTheirLine();
  void integersBeyond64BitsArePrinted();
  void reasoningIsKnownUnderSeveralNames();
};

void TestJinja::smallTemplatesRenderAsInJinja() {
  const Json document = parseJsonFile(LATHE_TEST_DATA "/jinja_cases.json");
  int bad = 0;
  for (const Json& one : document.at("cases")) {
    const std::string source = one.at("source");
    const Outcome got = outcomeOf(source, document.at("context"));
    const std::string kind = stringOr(one, "kind", {}), expected = stringOr(one, "expected", {});
    const bool same = got.kind == kind && (!kind.empty() ? kind != "raised" || got.text == one.at("error").get<std::string>() : got.text == expected);
    if (!same) {
      ++bad;
      qWarning("%s\n  expected %s\n  got      %s %s", source.c_str(), kind.empty() ? expected.c_str() : kind.c_str(), got.kind.c_str(), got.text.c_str());
    }
  }
  QCOMPARE(bad, 0);
  QVERIFY(document.at("cases").size() > 90);
}

// tests/data/templates/cases.jsonl, made by make_template_cases.py.
void TestJinja::randomTemplatesRenderAsInJinja() {
  std::ifstream file(LATHE_TEST_DATA "/templates/cases.jsonl");
  std::string line;
  QVERIFY(std::getline(file, line));
  const Json context = parseJson(line);
  int bad = 0, all = 0;
  while (std::getline(file, line)) {
    const Json one = parseJson(line);
    const std::string source = one.at("source"), kind = stringOr(one, "kind", {}), expected = stringOr(one, "expected", {});
    const Outcome got = outcomeOf(source, context);
    ++all;
    if (got.kind == kind && (!kind.empty() ? kind != "raised" || got.text == one.at("error").get<std::string>() : got.text == expected))
      continue;
    ++bad;
    qWarning("%s\n  expected %s\n  got      %s %s", Json(source).dump().c_str(), kind.empty() ? expected.c_str() : kind.c_str(), got.kind.c_str(), got.text.c_str());
  }
  QCOMPARE(bad, 0);
  QVERIFY(all >= 2000);
}

void TestJinja::hostileTemplatesAreRefusedInTime_data() {
  QTest::addColumn<QByteArray>("source");
  QTest::addColumn<QByteArray>("kind");
  const auto row = [](const char* name, const std::string& source, const char* kind) { QTest::newRow(name) << QByteArray::fromStdString(source) << QByteArray(kind); };
  row("attribute walk", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "security");
  row("attribute walk by filter", "{{ ''|attr('__class__') }}", "security");
  row("attribute walk in a format string", "{{ '{0.__class__}'.format(1) }}", "security");
  row("include", "{% include 'x' %}", "syntax");
  row("import", "{% import 'x' as y %}", "syntax");
  row("extends", "{% extends 'x' %}", "syntax");
  row("huge range", "{% for i in range(10**18) %}x{% endfor %}", "limit");
  row("nested legal ranges", "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{{ c }}{% endfor %}{% endfor %}{% endfor %}", "limit");
  row("nested silent ranges", "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "limit");
  row("repeated text", "{{ '-' * 10**10 }}", "limit");
  row("repeated list", "{{ [1] * 10**10 }}", "limit");
  row("text doubling", "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}", "limit");
  row("list doubling", "{% set ns = namespace(s=[1,2,3,4]) %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "limit");
  row("replacing to grow", "{% set ns = namespace(s='aa') %}{% for i in range(64) %}{% set ns.s = ns.s|replace('a', 'aa') %}{% endfor %}", "limit");
  row("keeping large texts", "{% set ns = namespace(s=[]) %}{% for i in range(100) %}{% set ns.s = ns.s + ['x' * 10**7] %}{% endfor %}", "limit");
  row("deep values", "{% set ns = namespace(s=[]) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}{% endfor %}", "limit");
  row("self-recursive macro", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "limit");
  row("mutual macros", "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}", "limit");
  row("generators of generators", "{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = ns.s|map('string') %}{% endfor %}{{ ns.s|list }}", "limit");
  row("methods of lists of methods", "{% set ns = namespace(s=[]) %}{% for i in range(99999) %}{% set ns.s = [ns.s].index %}{% endfor %}", "limit");
  row("cyclers of cyclers", "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = cycler(ns.s) %}{% endfor %}", "limit");
  row("wide format", "{{ '{:>999999999}'.format(1) }}", "limit");
  row("wide star", "{{ '%*d' % (999999999, 1) }}", "limit");
  row("nested formats", "{{ ('{:{:{}}}').format(1, 2, 3) }}", "runtime");
  row("translated to grow", "{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(64) %}{% set ns.s = ns.s.translate({97: 'aaaa'}) %}{% endfor %}", "limit");
  row("huge power", "{{ 9**9**9 }}", "limit");
  row("100,000 nested ifs", repeated("{% if true %}", 70'000), "limit");
  row("100,000 brackets", "{{ " + std::string(100'000, '(') + " }}", "limit");
  row("100,000 nots", "{{ " + repeated("not ", 100'000) + "x }}", "limit");
  row("100,000 minus signs", "{{ " + std::string(100'000, '-') + "1 }}", "limit");
  row("long chain", "{{ 1" + repeated(" + 1", 100'000) + " }}", "limit");
  row("wide padding", "{{ 'a'.center(10**12) }}", "limit");
  row("unterminated variable", "{{ 'a' ", "syntax");
  row("unterminated block", "{% if true ", "syntax");
  row("unterminated comment", "{# a", "syntax");
  row("unterminated raw", "{% raw %} a", "syntax");
  row("raised markup", "{{ raise_exception('<script>alert(1)</script>') }}", "raised");
  row("too large", std::string((1 << 20) + 1, 'x'), "limit");
}

void TestJinja::hostileTemplatesAreRefusedInTime() {
  QFETCH(QByteArray, source);
  QFETCH(QByteArray, kind);
  QElapsedTimer timer;
  timer.start();
  const Outcome got = outcomeOf(source.toStdString(), Json::object());
  QVERIFY2(QByteArray::fromStdString(got.kind) == kind, (got.kind + ": " + got.text.substr(0, 200)).c_str());
  QVERIFY2(timer.elapsed() < 5000, qPrintable(QString("took %1 ms").arg(timer.elapsed())));
}

void TestJinja::failuresNameTheirLine() {
  const Outcome syntax = outcomeOf("a\nb\n{% nonsense %}\n", Json::object());
  QVERIFY2(syntax.text.find("line 3") != std::string::npos, syntax.text.c_str());
  const Outcome undefined = outcomeOf("a\n\n\n{{ x.y }}", Json::object());
  QVERIFY2(undefined.text.find("'x' is undefined (line 4") != std::string::npos, undefined.text.c_str());
}

void TestJinja::integersBeyond64BitsArePrinted() {
  const Outcome got = outcomeOf("{{ n }} {{ n + 1 }} {{ [n]|tojson }} {{ 99999999999999999999999999999999999999999 }}", {{"n", 18446744073709551615ull}});
  QCOMPARE(QByteArray::fromStdString(got.text), QByteArray("18446744073709551615 18446744073709551616 [18446744073709551615] 99999999999999999999999999999999999999999"));
}

void TestJinja::reasoningIsKnownUnderSeveralNames() {
  ChatTemplate::Request request;
  request.messages = Json::parse(R"([{"role": "assistant", "content": null, "reasoning": "why"}])");
  const auto chat = ChatTemplate::parse("{{ messages[0].content is defined }} {{ messages[0].thinking }} {{ messages[0].reasoning_content }} {{ messages[0]|list }}");
  QCOMPARE(QByteArray::fromStdString(chat->render(request)), QByteArray("False why why ['thinking', 'role', 'reasoning', 'reasoning_content']"));
}

QTEST_GUILESS_MAIN(TestJinja)
#include "tst_jinja.moc"
