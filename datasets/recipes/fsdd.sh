#!/bin/sh
# The Free Spoken Digit Dataset as the recogniser's benchmark, from scratch:
# fsdd.sh RECORDINGS WORK
#
# RECORDINGS is the folder of that name in github.com/Jakobovski/
# free-spoken-digit-dataset (CC BY-SA 4.0): 10 digits of 6 speakers, 50 takes.
# In WORK, with one seed and one thread:
#   standard split  takes 0 to 4 are the test, 5 to 7 validate
#   three folds     two speakers left out, of the others takes 0 to 2 validate
# Each model answers with the likeliest of the ten words. The folds take the
# random speeds, noises and filters of training; ROOMS, a manifest of room
# responses, may be named in the environment. About half an hour on one core.
set -eu

[ $# -eq 2 ] || { echo "usage: fsdd.sh RECORDINGS WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
recordings=$(cd -- "$1" && pwd)
mkdir -p -- "$2"
cd -- "$2"
pinna=${PINNA:-$here/../../build/pinna}
words="zero one two three four five six seven eight nine"

# list NAME CONDITION: a manifest of the recordings for which awk says so
list() {
    (cd -- "$recordings" && printf '%s\n' *.wav) | awk -F '[_.]' -v folder="$recordings" -v words="$words" '
        BEGIN { split(words, word, " ") }
        { digit = $1; speaker = $2; take = $3 + 0 }
        NF == 4 && ('"$2"') {
            printf "{\"audio_filepath\": \"%s/%s\", \"text\": \"%s\", " \
                "\"speaker\": \"%s\"}\n", folder, $0, word[digit + 1], speaker
        }' >"$1.jsonl"
}

# learn NAME OPTION...: NAME.safetensors, and what it makes of NAME_test.jsonl
learn() {
    name=$1
    shift
    rm -f "$name.safetensors" "$name.safetensors.checkpoint"
    # shellcheck disable=SC2086 # a list of options
    "$pinna" train ctc --train "$name"_train.jsonl --val "$name"_val.jsonl \
        --words "$words" --rate 8000 --high-freq 3800 --type mfcc \
        --num-mel-bins 32 --clip 1 --threads 1 -o "$name.safetensors" "$@"
    "$pinna" eval ctc --closed-set -m "$name.safetensors" "$name"_test.jsonl
}

echo "== standard split"
list standard_test "take < 5"
list standard_val "take >= 5 && take < 8"
list standard_train "take >= 8"
learn standard --plain --hidden 96 --layers 1 --steps 1500 --warmup 100 \
    --lr 0.008 --ema 0.98 --dropout 0.1 --weight-decay 0.0001

rooms=${ROOMS:+--rooms $ROOMS}
for fold in theo,yweweler jackson,nicolas george,lucas; do
    out="(speaker == \"${fold%,*}\" || speaker == \"${fold#*,}\")"
    for way in "" --bidirectional; do
        echo "== without $fold $way"
        name=without_$(echo "$fold$way" | tr ',' '_' | tr -d '-')
        list "${name}_test" "$out"
        list "${name}_val" "!$out && take < 3"
        list "${name}_train" "!$out && take >= 3"
        # shellcheck disable=SC2086 # lists of options
        learn "$name" $way $rooms --hidden 128 --layers 2 --steps 5000 \
            --warmup 200 --lr 0.004 --ema 0.99 --dropout 0.3 \
            --weight-decay 0.001 --noise-only 0 --snr-low 5 --vtln-share 0
    done
done
