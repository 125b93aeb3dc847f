// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/about/components.h"

#include "core/base/version.h"

#include <QCoreApplication>
#include <QFile>
#include <QSysInfo>

namespace lathe::ui {

namespace {

QString aboutText(const char* source) { return QCoreApplication::translate("About", source); }

} // namespace

QList<Component> components() {
  const auto one = [](const char* name, const QString& what, const char* licence, const char* link, const char* resource) {
    return Component{QLatin1String(name), what, QLatin1String(licence), QLatin1String(link), QLatin1String(resource)};
  };
  const QString font = aboutText(QT_TRANSLATE_NOOP("About", "font, of the system's packages; may be used, embedded and passed on freely"));
  return {
      one("Lathe (window)", aboutText(QT_TRANSLATE_NOOP("About", "folders ui/ and app/workbench, and what is linked with them")), "GPL-3.0-or-later", "https://www.gnu.org/licenses/gpl-3.0.html", "GPL-3.0-or-later.txt"),
      one("Lathe (engine, command line, worker)", aboutText(QT_TRANSLATE_NOOP("About", "everything else of the source")), "Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0.txt"),
      one("Qt", aboutText(QT_TRANSLATE_NOOP("About", "window, network, D-Bus; linked dynamically")), "LGPL-3.0-only", "https://www.qt.io/licensing/open-source-lgpl-obligations", "third-party/qt.txt"),
      one("QCustomPlot", aboutText(QT_TRANSLATE_NOOP("About", "charts")), "GPL-3.0-or-later", "https://www.qcustomplot.com", "third-party/qcustomplot.txt"),
      one("LibTorch", aboutText(QT_TRANSLATE_NOOP("About", "tensors; with the licences of what it contains")), "BSD-3-Clause", "https://pytorch.org", "third-party/libtorch.txt"),
      one("LibTorch notices", aboutText(QT_TRANSLATE_NOOP("About", "notices of what it contains")), "BSD-3-Clause", "https://pytorch.org", "third-party/libtorch-notice.txt"),
      one("nlohmann/json", aboutText(QT_TRANSLATE_NOOP("About", "JSON")), "MIT", "https://json.nlohmann.me", "third-party/nlohmann-json.txt"),
      one("fmt", aboutText(QT_TRANSLATE_NOOP("About", "texts")), "MIT", "https://fmt.dev", "third-party/fmt.txt"),
      one("spdlog", aboutText(QT_TRANSLATE_NOOP("About", "logs")), "MIT", "https://github.com/gabime/spdlog", "third-party/spdlog.txt"),
      one("CLI11", aboutText(QT_TRANSLATE_NOOP("About", "command line")), "BSD-3-Clause", "https://github.com/CLIUtils/CLI11", "third-party/cli11.txt"),
      one("Boost", aboutText(QT_TRANSLATE_NOOP("About", "sockets and HTTP")), "BSL-1.0", "https://www.boost.org", "third-party/boost.txt"),
      one("SQLite", aboutText(QT_TRANSLATE_NOOP("About", "index of runs, chats")), "blessing", "https://sqlite.org/copyright.html", "third-party/sqlite.txt"),
      one("PCRE2", aboutText(QT_TRANSLATE_NOOP("About", "regular expressions of tokenizers")), "BSD-3-Clause", "https://www.pcre.org", "third-party/pcre2.txt"),
      one("utf8proc", aboutText(QT_TRANSLATE_NOOP("About", "Unicode")), "MIT", "https://juliastrings.github.io/utf8proc", "third-party/utf8proc.txt"),
      one("xxHash", aboutText(QT_TRANSLATE_NOOP("About", "hashes")), "BSD-2-Clause", "https://xxhash.com", "third-party/xxhash.txt"),
      one("zlib", aboutText(QT_TRANSLATE_NOOP("About", "compression")), "Zlib", "https://zlib.net", "third-party/zlib.txt"),
      one("Zstandard", aboutText(QT_TRANSLATE_NOOP("About", "compression")), "BSD-3-Clause", "https://facebook.github.io/zstd", "third-party/zstd.txt"),
      one("Inter", font, "OFL-1.1", "https://rsms.me/inter", "third-party/inter.txt"),
      one("Roboto", font, "Apache-2.0", "https://fonts.google.com/specimen/Roboto", "third-party/roboto.txt"),
      one("JetBrains Mono", font, "OFL-1.1", "https://www.jetbrains.com/lp/mono", "third-party/jetbrains-mono.txt"),
      one("Noto", font, "OFL-1.1", "https://notofonts.github.io", "third-party/noto.txt"),
  };
}

QString licenceText(const Component& component) {
  QFile file(QStringLiteral(":/licenses/") + component.resource);
  return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QString versionText() { return QLatin1String(kVersion); }

QString buildText() {
  return QStringLiteral("Lathe %1\nQt %2 (%3)\n%4, %5\n").arg(versionText(), QLatin1String(qVersion()), QSysInfo::buildAbi(), QSysInfo::prettyProductName(), QSysInfo::kernelVersion());
}

} // namespace lathe::ui
