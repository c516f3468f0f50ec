#!/bin/sh
# A forecast by `pinna train regress`: forecast.sh WORK
#
# The series is made by a formula: every hour the load of a town, of a day's and a
# week's swing that multiply, a slow logistic chaos that modulates them, and
# noise. The network tells it six hours ahead, from two days. About half a minute
# of one core.
set -eu

[ $# -eq 1 ] || { echo "usage: forecast.sh WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
mkdir -p -- "$1"
pinna=${PINNA:-$here/../../build/pinna}

awk 'BEGIN {
    srand(1)
    pi = atan2(0, -1)
    x = 0.3
    print "load,hour"
    for (t = 0; t < 6000; t++) {
        if (t % 12 == 0)
            x = 3.8 * x * (1 - x)
        slow += 0.08 * (x - slow)
        day = 1 + 0.6 * sin(2 * pi * t / 24) + 0.25 * sin(4 * pi * t / 24 + 1)
        week = 1 - 0.35 * (int(t / 24) % 7 > 4)
        noise = rand() + rand() + rand() - 1.5
        printf "%.3f,%d\n", 100 * day * week * (0.6 + slow) + 4 * noise, t % 24
    }
}' > "$1/load.csv"

"$pinna" train regress --train "$1/load.csv" --columns load,hour --window 48 \
    --horizon 6 --threads 1 -o "$1/load.safetensors"
"$pinna" eval regress -m "$1/load.safetensors" "$1/load.csv"
