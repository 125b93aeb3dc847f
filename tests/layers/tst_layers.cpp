// SPDX-License-Identifier: Apache-2.0
// The layer table of ARCHITECTURE.md §2 as a test: #include lines and undefined symbols of what was built.
#include <QtTest/QtTest>

#include <algorithm>

namespace {

struct Layer {
  const char* folder;
  QStringList own;      // project folders it may include
  QStringList external; // prefixes of <…> headers it may include besides the standard library and C headers
};

const QList<Layer>& layers() {
  static const QStringList base = {"core/base"};
  static const QStringList torch = {"ATen/", "c10/", "torch/"};
  static const QList<Layer> table = {
      {"kernels", {"kernels", "lathe/kernels"}, {"cuda", "cub/", "immintrin.h"}},
      {"core/base", {"core/base"}, {"fmt/", "spdlog/", "nlohmann/", "xxhash.h"}},
      {"core/api", {"core/api", "core/base"}, {"fmt/"}},
      {"core/io", {"core/io", "core/api", "core/base"}, {"fmt/", "zlib.h", "zstd.h", "openssl/"}},
      {"core/quant", {"core/quant", "core/io", "core/base"}, {"fmt/"}},
      {"core/text", {"core/text", "core/base"}, {"fmt/", "pcre2.h", "utf8proc.h", "zlib.h"}},
      {"core/data", {"core/data", "core/api", "core/io", "core/text", "core/base"}, {"fmt/", "zlib.h", "zstd.h", "arrow/", "parquet/"}}, // Arrow: only core/data/parquet
      {"core/ops", {"core/ops", "core/base", "lathe/kernels"}, torch + QStringList{"fmt/", "cuda", "cudnn", "immintrin.h"}},
      {"core/nn", {"core/nn", "core/ops", "core/quant", "core/io", "core/plan", "core/base"}, torch + QStringList{"fmt/"}},
      {"core/train", {"core/train", "core/nn", "core/ops", "core/data", "core/text", "core/io", "core/plan", "core/api", "core/base"}, torch + QStringList{"fmt/"}},
      {"core/generate", {"core/generate", "core/nn", "core/ops", "core/text", "core/io", "core/api", "core/base"}, torch + QStringList{"fmt/"}},
      {"core/plan", {"core/plan", "core/api", "core/base"}, {"fmt/"}},
      {"core/store", {"core/store", "core/api", "core/base"}, {"fmt/", "sqlite3.h"}},
      {"core/monitor", {"core/monitor", "core/api", "core/base"}, {"fmt/"}},
      {"core/rpc", {"core/rpc", "core/api", "core/base"}, {"fmt/", "boost/"}},
      {"core/engine", {"core/engine", "core/rpc", "core/serve", "core/store", "core/monitor", "core/plan", "core/io", "core/quant", "core/text", "core/data", "core/api", "core/base"}, {"fmt/", "boost/"}},
      {"core/worker", {"core/worker", "core/train", "core/generate", "core/nn", "core/ops", "core/data", "core/text", "core/io", "core/plan", "core/rpc", "core/api", "core/base"}, torch + QStringList{"fmt/"}},
      {"ui", {"ui", "core/api", "core/base"}, {"Q", "qcustomplot.h", "fmt/"}},
      {"app/lathe", {"app/lathe", "core"}, {"CLI/", "fmt/"}},
      {"app/worker", {"app/worker", "core"}, torch + QStringList{"CLI/", "fmt/"}},
      {"app/workbench", {"ui", "core/api", "core/base"}, {"Q", "fmt/"}},
  };
  return table;
}

/// Headers of the C++ and C libraries, Linux and POSIX: no dot, or known C names.
bool isSystemHeader(const QString& name) {
  static const QStringList c = {"fcntl.h", "unistd.h", "dlfcn.h", "poll.h", "signal.h", "pwd.h", "sched.h", "pthread.h", "time.h", "errno.h", "netdb.h", "spawn.h", "glob.h", "stdint.h", "malloc.h", "linux/", "sys/", "cxxabi.h"};
  if (!name.contains('.') && !name.contains('/') && !name.startsWith('Q'))
    return true;
  return std::any_of(c.begin(), c.end(), [&](const QString& prefix) { return name.startsWith(prefix); });
}

QStringList sourcesOf(const QString& folder) {
  QStringList out;
  QDirIterator it(folder, {"*.h", "*.cpp", "*.cu", "*.cuh"}, QDir::Files, QDirIterator::Subdirectories);
  while (it.hasNext())
    out << it.next();
  return out;
}

bool allowed(const Layer& layer, const QString& include, bool angled) {
  if (angled && isSystemHeader(include))
    return true;
  const QStringList& list = angled ? layer.external : layer.own;
  if (!angled && !include.contains('/')) // a generated file beside the source, as in "x.moc"
    return include.endsWith(".moc");
  return std::any_of(list.begin(), list.end(), [&](const QString& prefix) {
    return angled ? include.startsWith(prefix) : include.startsWith(prefix + "/");
  });
}

QString run(const QString& program, const QStringList& arguments) {
  QProcess process;
  process.start(program, arguments);
  process.waitForFinished(120'000);
  return QString::fromLocal8Bit(process.readAllStandardOutput());
}

} // namespace

class TestLayers : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void everyIncludeIsInTheTable() {
    const QString root = LATHE_SOURCE_DIR;
    static const QRegularExpression pattern("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"]");
    QStringList wrong;
    int seen = 0;
    for (const Layer& layer : layers()) {
      for (const QString& path : sourcesOf(root + "/" + layer.folder)) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QStringList lines = QString::fromUtf8(file.readAll()).split('\n');
        for (int i = 0; i < lines.size(); ++i) {
          const auto match = pattern.match(lines[i]);
          if (!match.hasMatch())
            continue;
          ++seen;
          if (!allowed(layer, match.captured(2), match.captured(1) == "<"))
            wrong << QString("%1:%2 includes %3").arg(path.mid(root.size() + 1)).arg(i + 1).arg(match.captured(2));
        }
      }
    }
    QVERIFY2(seen > 300, qPrintable(QString("only %1 includes were seen").arg(seen)));
    QVERIFY2(wrong.isEmpty(), qPrintable("\n" + wrong.join('\n')));
  }

  void everyFolderOfCoreHasARow() {
    for (const QString& name : QDir(QString(LATHE_SOURCE_DIR) + "/core").entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
      const QString folder = "core/" + name;
      const bool known = std::any_of(layers().begin(), layers().end(), [&](const Layer& layer) { return folder == layer.folder; });
      QVERIFY2(known || sourcesOf(QString(LATHE_SOURCE_DIR) + "/" + folder).isEmpty(), qPrintable(folder));
    }
  }

  void builtLibrariesNeedOnlyWhatTheirLayerMayUse() {
    const QDir build(QString(LATHE_BUILD_BIN) + "/..");
    struct Rule {
      QString library;
      QStringList forbidden; // in demangled undefined symbols
    };
    const QStringList qt = {"QObject::", "QString::", "QWidget::", "QByteArray::"}, torch = {"at::Tensor", "c10::", "torch::"};
    const QStringList sqlite = {"sqlite3_"}, cuda = {"cudaMalloc", "cudaLaunch"};
    QList<Rule> rules = {{"ui/liblathe_ui.a", torch + sqlite + cuda}, {"core/liblathe_engine.a", torch + cuda + qt + sqlite}, {"kernels/liblathe_kernels.a", torch + qt}};
    for (const char* name : {"base", "api", "io", "quant", "text", "data", "plan", "store", "monitor", "rpc"})
      rules << Rule{QString("core/liblathe_%1.a").arg(name), qt + torch + cuda + (QString(name) == "store" ? QStringList() : sqlite)};
    for (const char* name : {"ops", "nn", "train", "generate", "worker"})
      rules << Rule{QString("core/liblathe_%1.a").arg(name), qt + sqlite};
    int checked = 0;
    for (const Rule& rule : rules) {
      const QString path = build.filePath(rule.library);
      if (!QFile::exists(path))
        continue;
      ++checked;
      const QStringList symbols = run("nm", {"-u", "-C", path}).split('\n');
      for (const QString& symbol : symbols)
        for (const QString& word : rule.forbidden)
          QVERIFY2(!symbol.contains(" " + word), qPrintable(rule.library + " needs" + symbol));
    }
    QVERIFY2(checked >= 5, qPrintable(QString("only %1 libraries were found in %2").arg(checked).arg(build.path())));
  }

  void theCommandLineLoadsNeitherTorchNorQt() {
    const QString libraries = run("ldd", {QString(LATHE_BUILD_BIN) + "/lathe"});
    QVERIFY(libraries.contains("libc.so"));
    for (const char* name : {"libtorch", "libc10", "libQt6", "libcuda"})
      QVERIFY2(!libraries.contains(name), name);
  }

  void theVersionIsPrintedWithinThirtyMilliseconds() {
    const QString program = QString(LATHE_BUILD_BIN) + "/lathe";
    qint64 best = 1'000'000;
    for (int i = 0; i < 10; ++i) { // the best of ten: other programs may share the cores
      QElapsedTimer timer;
      timer.start();
      QVERIFY(run(program, {"--version"}).contains("0."));
      best = std::min(best, timer.nsecsElapsed() / 1000);
    }
    QVERIFY2(best <= 30'000, qPrintable(QString("%1 µs").arg(best)));
  }

  void noFileIsBiggerThanAReaderCanHold() {
    QStringList big;
    for (const char* folder : {"core", "kernels", "ui", "app"})
      for (const QString& path : sourcesOf(QString(LATHE_SOURCE_DIR) + "/" + folder)) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const int lines = file.readAll().count('\n');
        if (lines > 600)
          big << QString("%1: %2 lines").arg(path).arg(lines);
      }
    QVERIFY2(big.isEmpty(), qPrintable("\n" + big.join('\n')));
  }
};

QTEST_GUILESS_MAIN(TestLayers)
#include "tst_layers.moc"
