// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/support_gui.h"
#include "ui/style/color_maps.h"
#include "ui/style/format.h"
#include "ui/style/icons.h"
#include "ui/style/series_look.h"
#include "ui/style/style.h"

#include <QApplication>
#include <QDirIterator>
#include <QFile>
#include <QFontDatabase>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <set>

using namespace lathe::ui;

class TestStyle : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyTextRoleIsReadableOnEveryBackground_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void everyTextRoleIsReadableOnEveryBackground() {
    QFETCH(bool, dark);
    const Theme& t = dark ? darkTheme() : lightTheme();
    const std::pair<const char*, QColor> texts[] = {{"text", t.text}, {"muted", t.muted}, {"accentInk", t.accentInk},
                                                    {"good", t.good}, {"warn", t.warn},   {"bad", t.bad}};
    const std::pair<const char*, QColor> grounds[] = {
        {"background", t.background}, {"surface", t.surface},   {"raised", t.raised},     {"hover", t.hover},
        {"accentSoft", t.accentSoft}, {"goodSoft", t.goodSoft}, {"warnSoft", t.warnSoft}, {"badSoft", t.badSoft}};
    for (const auto& [text, ink] : texts)
      for (const auto& [ground, paper] : grounds)
        QVERIFY2(contrastRatio(ink, paper) >= 4.5, qPrintable(QStringLiteral("%1 on %2: %3, needed 4.5").arg(text, ground).arg(contrastRatio(ink, paper))));
    QVERIFY2(contrastRatio(t.onAccent, t.accentFill) >= 4.5, "text of the primary button");
  }

  void chartColoursStandOutForEveryColourVision_data() {
    QTest::addColumn<int>("vision"); // 0 normal, otherwise a row of kDichromacy
    QTest::newRow("normal") << 0;
    QTest::newRow("protanopia") << 1;
    QTest::newRow("deuteranopia") << 2;
    QTest::newRow("tritanopia") << 3;
  }
  void chartColoursStandOutForEveryColourVision() {
    QFETCH(int, vision);
    const auto needed = [](size_t last) { return last < 3 ? 14.0 : last < 5 ? 10.0 : last < 7 ? 8.0 : 6.0; };
    for (const Theme* t : {&lightTheme(), &darkTheme()})
      for (size_t i = 0; i < t->series.size(); ++i) {
        QVERIFY2(contrastRatio(t->series[i], t->raised) >= 3, qPrintable(QStringLiteral("series %1: contrast %2").arg(i).arg(contrastRatio(t->series[i], t->raised))));
        for (size_t k = 0; k < i; ++k) {
          const double apart = 100 * distance(seenAs(t->series[i], vision), seenAs(t->series[k], vision));
          QVERIFY2(apart >= needed(i), qPrintable(QStringLiteral("series %1 and %2 of the %3 theme: %4, needed %5").arg(i).arg(k).arg(t->dark ? QStringLiteral("dark") : QStringLiteral("light")).arg(apart).arg(needed(i))));
        }
      }
  }

  void dashAndMarkerTellTwentySeriesApartWithoutColour() {
    std::set<std::pair<QList<double>, int>> seen;
    for (int i = 0; i < 20; ++i) {
      const SeriesLook look = style::seriesLook(i);
      QVERIFY2(seen.insert({look.dash, static_cast<int>(look.marker)}).second, qPrintable(QStringLiteral("series %1 looks like an earlier one").arg(i)));
    }
    std::set<QByteArray> drawn;
    for (int i = 0; i < kMarkers; ++i) {
      SeriesLook look = style::seriesLook(0);
      look.marker = static_cast<Marker>(i);
      QImage image(24, 24, QImage::Format_RGB32);
      image.fill(Style::theme().raised);
      QPainter painter(&image);
      style::drawMarker(painter, {12, 12}, look, 6);
      painter.end();
      drawn.insert(QByteArray(reinterpret_cast<const char*>(image.constBits()), image.sizeInBytes()));
    }
    QCOMPARE(drawn.size(), size_t(kMarkers));
  }

  void heatMapsChangeLightnessInOneDirectionByEqualSteps() {
    for (const Theme* theme : {&lightTheme(), &darkTheme()}) {
      const double sign = theme->dark ? 1 : -1; // away from the ground
      constexpr int kSteps = 32;
      const auto check = [&](const char* name, auto colorAt) {
        double least = 1, most = 0, before = style::toOklab(colorAt(0)).l;
        for (int i = 1; i <= kSteps; ++i) {
          const auto a = style::toOklab(colorAt((i - 1.0) / kSteps)), b = style::toOklab(colorAt(double(i) / kSteps));
          QVERIFY2(sign * (b.l - before) > 0.002, qPrintable(QStringLiteral("%1: lightness %2 after %3 at step %4").arg(QLatin1String(name)).arg(b.l).arg(before).arg(i)));
          before = b.l;
          const double step = std::hypot(a.l - b.l, a.a - b.a, a.b - b.b);
          least = std::min(least, step);
          most = std::max(most, step);
        }
        QVERIFY2(most < 1.35 * least, qPrintable(QStringLiteral("%1: steps from %2 to %3").arg(QLatin1String(name)).arg(least).arg(most)));
      };
      check("sequential", [&](double v) { return style::sequentialColor(v, *theme); });
      check("above zero", [&](double v) { return style::divergingColor(v, *theme); });
      check("below zero", [&](double v) { return style::divergingColor(-v, *theme); });
    }
  }

  void theDivergingMapIsBalancedAndItsSidesDifferForEveryColourVision() {
    for (const Theme* theme : {&lightTheme(), &darkTheme()})
      for (const double v : {0.25, 0.5, 0.75, 1.0}) {
        const QColor above = style::divergingColor(v, *theme), below = style::divergingColor(-v, *theme);
        QVERIFY2(std::fabs(style::toOklab(above).l - style::toOklab(below).l) < 0.02, qPrintable(QStringLiteral("lightness at ±%1").arg(v)));
        for (int vision = 0; vision < 4; ++vision)
          QVERIFY2(100 * distance(seenAs(above, vision), seenAs(below, vision)) > 15 * v, qPrintable(QStringLiteral("±%1, vision %2").arg(v).arg(vision)));
      }
  }

  void textIsReadableOnEveryCellOfAHeatMap() {
    for (const Theme* theme : {&lightTheme(), &darkTheme()})
      for (int i = -64; i <= 64; ++i)
        for (const QColor& cell : {style::divergingColor(i / 64.0, *theme), style::sequentialColor(std::abs(i) / 64.0, *theme)})
          QVERIFY2(contrastRatio(style::inkOn(cell), cell) >= 4.5, qPrintable(QStringLiteral("%1 on %2").arg(style::inkOn(cell).name(), cell.name())));
    QCOMPARE(style::sequentialColor(std::nan(""), lightTheme()), lightTheme().track);
  }

  void digitsOfTheInterfaceFontAreAllEquallyWide() {
    for (const int pixels : {10, 11, 12, 13, 18, 20})
      for (const auto weight : {QFont::Normal, QFont::Medium}) {
        const QFontMetricsF metrics(style::uiFont(pixels, weight));
        const double zero = metrics.horizontalAdvance(QStringLiteral("0000000000"));
        for (char c = '1'; c <= '9'; ++c) {
          const double width = metrics.horizontalAdvance(QString(10, QLatin1Char(c)));
          QVERIFY2(std::fabs(width - zero) < 0.01, qPrintable(QStringLiteral("%1 in %2 px: %3, zero %4").arg(c).arg(pixels).arg(width).arg(zero)));
        }
      }
  }

  void interfaceAndMonospaceFontsDiffer() {
    qInfo("interface font %s, monospace %s", qPrintable(QFontInfo(style::uiFont()).family()), qPrintable(QFontInfo(style::monoFont()).family()));
    QVERIFY(QFontInfo(style::uiFont()).family() != QFontInfo(style::monoFont()).family());
  }

  void proportionalFiguresAreRecognised() {
    if (!QFontDatabase::families().contains(QStringLiteral("Inter")))
      QSKIP("Inter, a font with proportional figures, is not installed");
    QVERIFY(!style::hasTabularFigures(QFont(QStringLiteral("Inter"), 20)));
  }

  void chineseTextIsNotHeavierInDarkThanItNeedsToBe() {
    if (!QFontDatabase::families().contains(QStringLiteral("Noto Sans CJK SC")))
      QSKIP("Noto Sans CJK SC is not installed");
    const auto ink = [](const QColor& text, const QColor& ground) { // pixels of full colour per pixel of width
      const QString words = QStringLiteral("每个适配器的内部维度加倍则适配器内存加倍时间略增");
      QImage image(700, 40, QImage::Format_ARGB32_Premultiplied);
      image.fill(ground);
      QPainter painter(&image);
      painter.setFont(style::uiFont());
      painter.setPen(text);
      painter.drawText(image.rect(), Qt::AlignVCenter, words);
      painter.end();
      double sum = 0;
      for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
          sum += std::abs(qGreen(image.pixel(x, y)) - ground.green());
      return sum / std::abs(text.green() - ground.green()) / QFontMetricsF(style::uiFont()).horizontalAdvance(words);
    };
    const double light = ink(lightTheme().text, lightTheme().raised), dark = ink(darkTheme().text, darkTheme().raised);
    QVERIFY2(dark < 5.6, qPrintable(QStringLiteral("dark %1, was 6.35 with all of the stem darkening").arg(dark)));
    QVERIFY2(light > 3.6, qPrintable(QStringLiteral("light %1, would be 3.4 without any").arg(light)));
  }

  void everyIconDrawsSomething() {
    for (int i = 0; i < kIconCount; ++i) {
      const QImage image = style::icon(static_cast<IconName>(i), IconRole::Text).pixmap(40, 40).toImage();
      int painted = 0;
      for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
          painted += qAlpha(image.pixel(x, y)) > 100;
      QVERIFY2(painted > 40, style::iconFile(static_cast<IconName>(i)));
    }
  }

  void iconsFollowTheTheme() {
    const QIcon icon = style::icon(IconName::Stop, IconRole::Text);
    m_style->setMode(ThemeMode::Light);
    const QRgb light = icon.pixmap(20, 20).toImage().pixel(10, 10);
    m_style->setMode(ThemeMode::Dark);
    const QRgb dark = icon.pixmap(20, 20).toImage().pixel(10, 10);
    QCOMPARE(QColor(light), lightTheme().text);
    QCOMPARE(QColor(dark), darkTheme().text);
  }

  void switchingTellsOnceAndChangesThePalette() {
    m_style->setMode(ThemeMode::Light);
    QSignalSpy spy(m_style, &Style::changed);
    m_style->setMode(ThemeMode::Dark);
    m_style->setMode(ThemeMode::Dark);
    QCOMPARE(spy.count(), 1);
    QCOMPARE(qApp->palette().color(QPalette::Window), darkTheme().background);
    m_style->setMode(ThemeMode::Light);
    QCOMPARE(qApp->palette().color(QPalette::Window), lightTheme().background);
  }

  void noColourLiteralOutsideTheStyle() {
    QStringList found;
    for (QDirIterator it(QStringLiteral(LATHE_SOURCE_DIR "/ui"), {QStringLiteral("*.cpp"), QStringLiteral("*.h")}, QDir::Files, QDirIterator::Subdirectories); it.hasNext();) {
      const QString path = it.next();
      if (path.contains(QLatin1String("/ui/style/")))
        continue;
      QFile file(path);
      QVERIFY(file.open(QIODevice::ReadOnly));
      int number = 0;
      while (!file.atEnd()) {
        ++number;
        const QByteArray line = file.readLine();
        bool literal = line.contains("QColor(\"") || line.contains("QColor(0x") || line.contains("fromRgb(") || line.contains("qRgb(");
        for (const char* name : {"Qt::red", "Qt::black", "Qt::white", "Qt::gray", "Qt::green", "Qt::blue", "Qt::yellow", "Qt::darkGray", "Qt::lightGray"})
          literal = literal || line.contains(name);
        for (qsizetype at = line.indexOf('#'); at >= 0 && !literal; at = line.indexOf('#', at + 1)) {
          int hex = 0;
          while (at + 1 + hex < line.size() && std::isxdigit(static_cast<unsigned char>(line[at + 1 + hex])))
            ++hex;
          literal = at > 0 && line[at - 1] == '"' && (hex == 6 || hex == 3 || hex == 8);
        }
        if (literal)
          found << QStringLiteral("%1:%2").arg(path).arg(number);
      }
    }
    QVERIFY2(found.isEmpty(), qPrintable(found.join(QLatin1Char('\n'))));
  }

  void numbersReadAsInTheWindow() {
    QCOMPARE(format::grouped(18402), QStringLiteral("18\u202F402"));
    QCOMPARE(format::grouped(-1200), QStringLiteral("\u22121\u202F200"));
    QCOMPARE(format::scientific(2e-4), QStringLiteral("2e-4"));
    QCOMPARE(format::scientific(1.5e-4), QStringLiteral("1.5e-4"));
    QCOMPARE(format::scientific(9.9999e-4), QStringLiteral("1e-3"));
    QCOMPARE(format::number(1.0424), QStringLiteral("1.042"));
    QCOMPARE(format::number(std::nan("")), QStringLiteral("–"));
    QCOMPARE(format::gib(61.2 * 1024 * 1024 * 1024), QStringLiteral("61.2"));
    QCOMPARE(format::clock(156), QStringLiteral("2:36"));
    QCOMPARE(format::duration(290), QStringLiteral("4 min 50 s"));
    QCOMPARE(format::timeLeft(724), QStringLiteral("12 min left"));
    QCOMPARE(format::percent(43), QStringLiteral("43\u00A0%"));
    QCOMPARE(format::middleElided(QStringLiteral("abcdefghij"), 7), QStringLiteral("abc…hij"));
  }

 public:
  TestStyle() : m_style(new Style(*qApp)) { m_style->setParent(this); }

 private:
  static double distance(const QColor& a, const QColor& b) {
    const style::Oklab x = style::toOklab(a), y = style::toOklab(b);
    return std::hypot(x.l - y.l, x.a - y.a, x.b - y.b);
  }
  /// Simulated dichromacy: Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
  static QColor seenAs(const QColor& color, int vision) {
    static const double kDichromacy[3][3][3] = {
        {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
        {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
        {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};
    if (vision == 0)
      return color;
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    const auto encoded = [](double c) { return static_cast<float>(c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055); };
    const double in[3] = {linear(color.redF()), linear(color.greenF()), linear(color.blueF())};
    float out[3];
    for (int i = 0; i < 3; ++i) {
      double sum = 0;
      for (int k = 0; k < 3; ++k)
        sum += kDichromacy[vision - 1][i][k] * in[k];
      out[i] = encoded(std::clamp(sum, 0.0, 1.0));
    }
    return QColor::fromRgbF(out[0], out[1], out[2]);
  }
  Style* m_style;
};

QTEST_MAIN(TestStyle)
#include "tst_style.moc"
