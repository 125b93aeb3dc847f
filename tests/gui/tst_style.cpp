// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/support_gui.h"
#include "ui/style/format.h"
#include "ui/style/icons.h"
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

  void chartColoursStandOutAndDiffer() {
    for (const Theme* t : {&lightTheme(), &darkTheme()})
      for (size_t i = 0; i < t->series.size(); ++i) {
        QVERIFY2(contrastRatio(t->series[i], t->raised) >= 2.5, qPrintable(QStringLiteral("series %1: %2").arg(i).arg(contrastRatio(t->series[i], t->raised))));
        for (size_t k = 0; k < i; ++k)
          QVERIFY2(distance(t->series[i], t->series[k]) > 40, qPrintable(QStringLiteral("series %1 and %2 are too near: %3").arg(i).arg(k).arg(distance(t->series[i], t->series[k]))));
      }
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
    return std::sqrt(std::pow(a.red() - b.red(), 2) + std::pow(a.green() - b.green(), 2) + std::pow(a.blue() - b.blue(), 2));
  }
  Style* m_style;
};

QTEST_MAIN(TestStyle)
#include "tst_style.moc"
