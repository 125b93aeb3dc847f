// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/io/convert.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using namespace lathe::io;

namespace {

/// The definition: sign, exponent, mantissa in double precision.
double halfByDefinition(uint16_t bits) {
  const double sign = bits & 0x8000 ? -1.0 : 1.0;
  const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
  if (exponent == 31)
    return mantissa ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
  return exponent == 0 ? sign * std::ldexp(mantissa, -24) : sign * std::ldexp(1024 + mantissa, exponent - 25);
}

std::span<const std::byte> bytesOf(const auto& values) { return std::as_bytes(std::span(values)); }

} // namespace

class TestConvert : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyHalfMatchesItsDefinitionAndComesBack() {
    for (uint32_t bits = 0; bits < 65536; ++bits) {
      const auto half = static_cast<uint16_t>(bits);
      const double want = halfByDefinition(half);
      const float got = halfToFloat(half);
      if (std::isnan(want)) {
        QVERIFY(std::isnan(got) && std::isnan(halfToFloat(floatToHalf(got))));
        continue;
      }
      QVERIFY2(static_cast<double>(got) == want && std::signbit(got) == std::signbit(want), qPrintable(QString("half %1: %2 instead of %3").arg(bits, 4, 16).arg(got).arg(want)));
      QCOMPARE(floatToHalf(got), half);
    }
  }

  void roundingToHalfTakesTheNearestAndTiesToEven() {
    for (uint64_t i = 0; i < 300'000; ++i) {
      const float value = std::bit_cast<float>(static_cast<uint32_t>(lathe::randomBits(7, 0, i) & 0x87ffffffu) + 0x33000000u * static_cast<uint32_t>(i % 2));
      if (!std::isfinite(value))
        continue;
      const uint16_t got = floatToHalf(value);
      const double error = std::abs(halfByDefinition(got) - static_cast<double>(value));
      for (const int step : {-1, 1}) {
        const auto other = static_cast<uint16_t>(got + step);
        const double its = halfByDefinition(other);
        if (((other ^ got) & 0x8000) || !std::isfinite(its) || !std::isfinite(halfByDefinition(got)))
          continue;
        const double otherError = std::abs(its - static_cast<double>(value));
        QVERIFY2(error < otherError || (error == otherError && got % 2 == 0), qPrintable(QString::number(value, 'g', 9)));
      }
    }
    QCOMPARE(floatToHalf(65519.996f), uint16_t{0x7bff});
    QCOMPARE(floatToHalf(65520.0f), uint16_t{0x7c00});
    QCOMPARE(floatToHalf(-std::numeric_limits<float>::infinity()), uint16_t{0xfc00});
  }

  void everyBfloat16ComesBackAndRoundingTiesToEven() {
    for (uint32_t bits = 0; bits < 65536; ++bits) {
      const float value = bfloat16ToFloat(static_cast<uint16_t>(bits));
      if (std::isnan(value))
        QVERIFY(std::isnan(bfloat16ToFloat(floatToBfloat16(value))));
      else
        QCOMPARE(floatToBfloat16(value), static_cast<uint16_t>(bits));
    }
    QCOMPARE(floatToBfloat16(std::bit_cast<float>(0x3f808000u)), uint16_t{0x3f80});
    QCOMPARE(floatToBfloat16(std::bit_cast<float>(0x3f818000u)), uint16_t{0x3f82});
    QCOMPARE(floatToBfloat16(std::bit_cast<float>(0x3f808001u)), uint16_t{0x3f81});
    QVERIFY(std::isnan(bfloat16ToFloat(floatToBfloat16(std::bit_cast<float>(0x7f800001u)))));
  }

  void spansConvertByTheirType() {
    const std::vector<double> doubles = {1.0, -2.5, 1e-300};
    QVERIFY(toFloat(DType::F64, bytesOf(doubles)) == (std::vector<float>{1.0f, -2.5f, 0.0f}));
    const std::vector<uint16_t> halves = {0x3c00, 0xc000};
    QVERIFY(toFloat(DType::F16, bytesOf(halves)) == (std::vector<float>{1.0f, -2.0f}));
    QVERIFY(toFloat(DType::BF16, bytesOf(std::vector<uint16_t>{0x3f80, 0xc000})) == (std::vector<float>{1.0f, -2.0f}));
    QVERIFY_EXCEPTION_THROWN(toFloat(DType::I32, bytesOf(std::vector<int>{1})), lathe::Exception);
    std::vector<float> wrong(3);
    QVERIFY_EXCEPTION_THROWN(convertToFloat(DType::F16, bytesOf(halves), wrong), lathe::Exception);
  }

  void nonFiniteValuesAreFoundInEveryFloatType() {
    const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> floats = {1.0f, std::numeric_limits<float>::max(), -inf, nan};
    QCOMPARE(firstNonFinite(DType::F32, bytesOf(floats)), int64_t{2});
    QCOMPARE(countNonFinite(DType::F32, bytesOf(floats)), uint64_t{2});
    QCOMPARE(firstNonFinite(DType::F16, bytesOf(std::vector<uint16_t>{0x7bff, 0x7c00})), int64_t{1});
    QCOMPARE(firstNonFinite(DType::BF16, bytesOf(std::vector<uint16_t>{0x7f7f, 0xffc0})), int64_t{1});
    QCOMPARE(firstNonFinite(DType::F64, bytesOf(std::vector<double>{1.0, 1e308, nan})), int64_t{2});
    QCOMPARE(firstNonFinite(DType::I32, bytesOf(std::vector<int>{-1, 0x7f800000})), int64_t{-1});
    QCOMPARE(firstNonFinite(DType::F32, {}), int64_t{-1});
  }
};

QTEST_GUILESS_MAIN(TestConvert)
#include "tst_convert.moc"
