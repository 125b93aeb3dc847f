// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/live/live_script.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>

#include <cstdio>

namespace {

using lathe::live::Options;

/// A number of the command line and where it goes.
struct Number {
  const char* name;
  const char* what;
  int Options::*place;
};

constexpr Number kNumbers[] = {{"rank", "Rank of the adapter.", &Options::rank},
                               {"sequence", "Sequence length, tokens.", &Options::sequence},
                               {"tokens", "Tokens per microbatch.", &Options::tokens},
                               {"sequences", "Rows per optimizer step.", &Options::sequences},
                               {"steps", "Optimizer steps of the run.", &Options::steps},
                               {"rows", "Steps to wait for before the pictures of the run.", &Options::rows},
                               {"load-seconds", "At most until those steps are there.", &Options::loadSeconds},
                               {"talk-seconds", "At most for the replies.", &Options::talkSeconds}};

Options read(QCommandLineParser& parser) {
  Options out;
  const Options standard;
  for (const Number& number : kNumbers)
    parser.addOption({QString::fromUtf8(number.name), QString::fromUtf8(number.what), QStringLiteral("N"), QString::number(standard.*number.place)});
  parser.addOption({QStringLiteral("device"), QStringLiteral("auto, cpu or cuda:N."), QStringLiteral("D"), standard.device});
  parser.addOption({QStringLiteral("program"), QStringLiteral("The lathe to start as engine."), QStringLiteral("FILE")});
  parser.addOption({QStringLiteral("prompt"), QStringLiteral("What to ask both models."), QStringLiteral("TEXT"), standard.prompt});
  for (const char* name : {"MODEL", "DATA", "PICTURES"})
    parser.addPositionalArgument(QString::fromUtf8(name), {});
  parser.process(*qApp);
  const QStringList places = parser.positionalArguments();
  if (places.size() != 3)
    parser.showHelp(2);
  out.model = QDir(places[0]).absolutePath();
  out.data = QDir::current().absoluteFilePath(places[1]);
  out.pictures = QDir(places[2]).absolutePath();
  for (const Number& number : kNumbers)
    out.*number.place = parser.value(QString::fromUtf8(number.name)).toInt();
  out.device = parser.value(QStringLiteral("device"));
  out.program = parser.value(QStringLiteral("program"));
  out.prompt = parser.value(QStringLiteral("prompt"));
  return out;
}

} // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  QApplication app(argc, argv);
  QCommandLineParser parser;
  parser.setApplicationDescription(QStringLiteral("Drives the window through a real fine-tuning run and keeps pictures of it."));
  parser.addHelpOption();
  lathe::live::Script script(read(parser));
  return script.run();
}
