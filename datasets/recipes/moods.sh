#!/bin/sh
# The mood of sentences by `pinna train classify`: moods.sh WORK
#
# The sentences are made by a script: praise and blame, which "not" turns round,
# and of which what stands behind "but" counts. 3,000 to learn from, 500 others
# for the test. About half a minute of one core.
set -eu

[ $# -eq 1 ] || { echo "usage: moods.sh WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
mkdir -p -- "$1"
pinna=${PINNA:-$here/../../build/pinna}

awk -v train="$1/train.csv" -v test="$1/test.csv" '
function choose(words, list) {
    return list[1 + int(split(words, list, "|") * rand())]
}
# One clause; its mood goes to mood.
function clause(negated, good) {
    negated = rand() < 0.4
    good = rand() < 0.5
    mood = good != negated ? "good" : "bad"
    return choose("the food|the room|our guide|this film|that song|the staff") \
        " " choose("was|seemed|felt") " " (negated ? "not " : "") \
        choose("|really |very |so ") \
        choose(good ? "lovely|great|charming|brilliant|warm|splendid" \
                    : "awful|dull|rude|terrible|cold|dreadful")
}
BEGIN {
    srand(1)
    print "text,mood" > train
    print "text,mood" > test
    for (i = 0; i < 3500;) {
        text = clause()
        if (rand() < 0.6)
            text = text ", but " clause()
        if (text in seen)
            continue
        seen[text] = 1
        printf "\"%s\",%s\n", text, mood > (i++ < 3000 ? train : test)
    }
}'

"$pinna" train classify --words --train "$1/train.csv" --text-column text \
    --answer-column mood --threads 1 --steps 800 -o "$1/moods.safetensors"
"$pinna" eval classify -m "$1/moods.safetensors" "$1/test.csv" \
    --text-column text --answer-column mood
