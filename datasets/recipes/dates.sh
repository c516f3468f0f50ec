#!/bin/sh
# Dates from one format to another by `pinna train seq2seq`: dates.sh WORK
#
# The pairs are made by a script: days of two centuries as people write them, in
# one of four ways, beside ISO 8601. 4,000 pairs to learn from and 500 others for
# the test. About a minute of one core.
set -eu

[ $# -eq 1 ] || { echo "usage: dates.sh WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
mkdir -p -- "$1"
pinna=${PINNA:-$here/../../build/pinna}

awk -v train="$1/train.tsv" -v test="$1/test.tsv" 'BEGIN {
    srand(1)
    n = split("January February March April May June July August September " \
              "October November December", months, " ")
    for (i = 0; i < 4500;) {
        y = 1850 + int(200 * rand())
        m = 1 + int(12 * rand())
        d = 1 + int(28 * rand())
        way = int(4 * rand())
        if (way == 0) text = d " " months[m] " " y
        if (way == 1) text = months[m] " " d ", " y
        if (way == 2) text = d "." m "." y
        if (way == 3) text = substr(months[m], 1, 3) " " d " " y
        if (text in seen)
            continue
        seen[text] = 1
        printf "%s\t%04d-%02d-%02d\n", text, y, m, d > (i++ < 4000 ? train : test)
    }
}'

"$pinna" train seq2seq --train "$1/train.tsv" --threads 1 --steps 1500 \
    -o "$1/dates.safetensors"
"$pinna" eval seq2seq -m "$1/dates.safetensors" "$1/test.tsv"
