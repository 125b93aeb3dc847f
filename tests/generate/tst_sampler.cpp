// SPDX-License-Identifier: Apache-2.0
#include "core/generate/sampler.h"
#include "core/generate/stop_text.h"

#include <QtTest/QtTest>

#include <cmath>
#include <map>

using namespace lathe;
using namespace lathe::generate;

namespace {

std::vector<float> logits() { return {1.0f, 3.0f, 2.0f, -1.0f, 0.5f}; }

std::map<int, double> frequencies(const api::Sampling& sampling, int draws = 40'000) {
  Sampler sampler(sampling);
  std::map<int, double> out;
  for (int i = 0; i < draws; ++i) {
    auto row = logits();
    out[sampler.choose(row, {}, static_cast<uint64_t>(i)).id] += 1.0 / draws;
  }
  return out;
}

api::Sampling plain() {
  api::Sampling s;
  s.temperature = 1;
  s.topP = 1;
  return s;
}

} // namespace

class TestSampler : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void frequenciesFollowTheSoftmax() {
    double sum = 0;
    for (float x : logits())
      sum += std::exp(x);
    const auto seen = frequencies(plain());
    for (size_t i = 0; i < logits().size(); ++i) {
      const double expected = std::exp(logits()[i]) / sum;
      const double got = seen.contains(static_cast<int>(i)) ? seen.at(static_cast<int>(i)) : 0;
      // Five standard deviations of a binomial with 40,000 draws.
      QVERIFY2(std::abs(got - expected) < 5 * std::sqrt(expected * (1 - expected) / 40'000), qPrintable(QString("token %1: %2, expected %3").arg(i).arg(got).arg(expected)));
    }
  }

  void filtersKeepWhatTheyShould() {
    auto s = plain();
    s.topK = 2;
    QCOMPARE(frequencies(s, 2000).size(), size_t{2});
    s = plain();
    s.topP = 0.6; // the best token alone has 0.63
    QCOMPARE(frequencies(s, 2000).size(), size_t{1});
    s.topP = 0.7;
    QCOMPARE(frequencies(s, 2000).size(), size_t{2});
    s = plain();
    s.minP = 0.2; // e^-1 = 0.37 stays, e^-2 = 0.135 goes
    QCOMPARE(frequencies(s, 2000).size(), size_t{2});
    s = plain();
    s.temperature = 0;
    const auto greedy = frequencies(s, 100);
    QVERIFY(greedy.size() == 1 && greedy.contains(1));
  }

  void theSameSeedGivesTheSameTokensAndAnotherDoesNot() {
    auto s = plain();
    Sampler a(s), b(s);
    s.seed = 43;
    Sampler c(s);
    int differences = 0;
    for (uint64_t i = 0; i < 200; ++i) {
      auto x = logits(), y = logits(), z = logits();
      const int id = a.choose(x, {}, i).id;
      QCOMPARE(b.choose(y, {}, i).id, id);
      differences += c.choose(z, {}, i).id != id;
    }
    QVERIFY(differences > 20);
  }

  void theRepetitionPenaltyDividesPositiveAndMultipliesNegativeLogits() {
    auto s = plain();
    s.greedy = true;
    s.repetitionPenalty = 2;
    Sampler sampler(s);
    auto row = logits();
    const std::vector<int32_t> history = {1, 1, 3};
    QCOMPARE(sampler.choose(row, history, 0).id, 2); // 3/2 < 2
    QCOMPARE(row[1], 1.5f);
    QCOMPARE(row[3], -2.0f);
  }

  void logprobsAreThoseOfTheUnmodifiedDistribution() {
    auto s = plain();
    s.greedy = true;
    s.repetitionPenalty = 2;
    Sampler sampler(s);
    auto row = logits();
    double sum = 0;
    for (float x : logits())
      sum += std::exp(x);
    const std::vector<int32_t> history = {1};
    const Choice choice = sampler.choose(row, history, 0);
    QVERIFY(std::abs(choice.logprob - (2.0 - std::log(sum))) < 1e-6);
  }

  void entropyAndAlternativesAreThoseOfTheUnmodifiedDistribution() {
    auto s = plain();
    s.temperature = 0.3;
    s.topK = 1;
    s.repetitionPenalty = 5;
    s.logprobs = 3;
    Sampler sampler(s);
    auto row = logits();
    row.push_back(-INFINITY);
    row.push_back(2.0f); // as likely as token 2
    double sum = 0, entropy = 0;
    for (float x : row)
      sum += std::exp(static_cast<double>(x));
    for (float x : row)
      if (std::isfinite(x))
        entropy -= std::exp(x) / sum * (x - std::log(sum));
    const std::vector<int32_t> history = {1, 2};
    const Choice choice = sampler.choose(row, history, 0);
    QVERIFY2(std::abs(choice.entropy - entropy) < 1e-9, qPrintable(QString("%1, expected %2").arg(choice.entropy).arg(entropy)));
    QCOMPARE(choice.top.size(), size_t{3});
    QCOMPARE(choice.top[0].id, 1);
    QCOMPARE(choice.top[1].id, 2);
    QCOMPARE(choice.top[2].id, 6);
    QVERIFY(std::abs(choice.top[0].logprob - (3 - std::log(sum))) < 1e-9);
    s.logprobs = 6;
    QVERIFY_EXCEPTION_THROWN(Sampler{s}, Exception);
  }

  void impossibleValuesAndBrokenLogitsAreErrors() {
    auto s = plain();
    s.topP = 1.5;
    QVERIFY_EXCEPTION_THROWN(Sampler{s}, Exception);
    s = plain();
    s.temperature = NAN;
    QVERIFY_EXCEPTION_THROWN(Sampler{s}, Exception);
    Sampler sampler(plain());
    std::vector<float> broken(4, NAN);
    QVERIFY_EXCEPTION_THROWN(sampler.choose(broken, {}, 0), Exception);
  }

  void stopStringsAreCutWhereverThePiecesBreak() {
    const std::string text = "Hello wörld<|end|>never shown";
    for (size_t piece = 1; piece < text.size(); ++piece) {
      StopText stops({"<|end|>", "wörd", ""});
      std::string shown;
      for (size_t at = 0; at < text.size(); at += piece)
        shown += stops.push(std::string_view(text).substr(at, piece));
      shown += stops.finish();
      QCOMPARE(shown, std::string("Hello wörld"));
      QVERIFY(stops.stopped());
    }
  }

  void textThatOnlyResemblesAStopStringIsShown() {
    StopText stops({"END"});
    std::string shown = stops.push("the E");
    QCOMPARE(shown, std::string("the "));
    shown += stops.push("N route, EN");
    shown += stops.finish();
    QCOMPARE(shown, std::string("the EN route, EN"));
  }
};

QTEST_GUILESS_MAIN(TestSampler)
#include "tst_sampler.moc"
