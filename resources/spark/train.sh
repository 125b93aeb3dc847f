#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the bundled model from nothing: text, tokenizer, training, measurements, model card, and a copy into resources/models/spark.
#
# Usage: train.sh [LATHE] [WORK]     LATHE: the built program (default build/dev/bin/lathe, then lathe on the PATH); WORK: default build/spark
#   DEVICE=auto        cpu, cuda, cuda:N or auto
#   ROWS=160000        conversations; PASSAGES=50000
#   SET="a=b c=d"      more options of the training specification, as in SET="training.epochs=6"
#   STAGES="text tokenizer train measure card install"     what to do; earlier results in WORK are used for the rest
#   MODELS=DIR         where the finished folder goes (default resources/models)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
lathe=${1:-$root/build/dev/bin/lathe}
[ -x "$lathe" ] || lathe=$(command -v "$lathe" || command -v lathe) || { echo "train.sh: there is no lathe program; build it or give its path." >&2; exit 1; }
lathe=$(cd "$(dirname "$lathe")" && pwd)/$(basename "$lathe")
work=${2:-$root/build/spark}
device=${DEVICE:-auto}
stages=${STAGES:-text tokenizer train measure card install}
mkdir -p "$work"
cd "$work"
LATHE_HOME=$PWD/home
PYTHONDONTWRITEBYTECODE=1
export LATHE_HOME PYTHONDONTWRITEBYTECODE

does() { case " $stages " in *" $1 "*) echo "== $1"; return 0 ;; esac; return 1; }

device_name() {
  if [ "$device" != cpu ] && command -v nvidia-smi >/dev/null 2>&1; then
    name=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -n 1)
    [ -n "$name" ] && { echo "one $name"; return; }
  fi
  echo "$(nproc) processor cores"
}

if does text; then
  python3 "$here/make_text.py" data --rows "${ROWS:-160000}" --passages "${PASSAGES:-50000}"
fi
if does tokenizer; then
  rm -rf tokenizer
  "$lathe" tokenizer train data/tokenizer.jsonl --vocab-size 4096 --out tokenizer
fi
if does train; then
  cp "$here/config.json" "$here/train.json" .
  rm -rf run model
  set --
  for option in ${SET:-}; do set -- "$@" --set "$option"; done
  "$lathe" train train.json --out run --device "$device" "$@"
  mkdir -p model
  cp run/model/config.json run/model/model.safetensors run/model/tokenizer.json run/model/tokenizer_config.json model/
fi
if does measure; then
  cp "$here/perplexity.json" .
  for kind in chat text; do
    rm -rf "perplexity-$kind"
    "$lathe" train perplexity.json --out "perplexity-$kind" --device "$device" --set "data.validation.path=data/heldout-$kind.jsonl"
  done
  python3 "$here/evaluate.py" --lathe "$lathe" --model model --data data --device "$device" --out evaluation.json || missed=1
fi
if does card; then
  python3 "$here/card.py" --run run --model model --data data --perplexity-chat perplexity-chat --perplexity-text perplexity-text --evaluation evaluation.json \
    --device-name "$(device_name)" --out model/README.md
fi
if [ "${missed:-0}" = 1 ]; then
  echo "train.sh: the model does not reach its marks; see $PWD/evaluation.json and $PWD/model. Nothing was installed." >&2
  exit 1
fi
if does install; then
  target=${MODELS:-$root/resources/models}/spark
  mkdir -p "$target"
  cp model/config.json model/model.safetensors model/tokenizer.json model/tokenizer_config.json model/README.md "$target/"
  ls -l "$target"
fi
