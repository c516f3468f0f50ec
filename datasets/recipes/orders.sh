#!/bin/sh
# The recipe of rnn/models/orders.safetensors, a recogniser of spoken orders of
# coffee: orders.sh DATA SPEECH ENGLISH WORK
#
# DATA holds, in 16 kHz FLAC with JSON Lines manifests:
#   speech/coffee/{train,dev,test}  Picovoice/speech-to-intent-benchmark
#       (Apache-2.0)
#   noise/{train,test}.jsonl, rir/rir16.jsonl  as of english.sh
# SPEECH is that of english.sh, ENGLISH the model that it makes, from which this
# one starts. Trains in WORK with the pinna of this tree, then measures: a quarter
# of an hour of one core with AMX. Needs espeak-ng and flite.
set -eu

[ $# -eq 4 ] ||
    { echo "usage: orders.sh DATA SPEECH ENGLISH WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
data=$(cd -- "$1" && pwd)
speech=$(cd -- "$2" && pwd)
english=$(cd -- "$(dirname -- "$3")" && pwd)/$(basename -- "$3")
mkdir -p -- "$4"
work=$(cd -- "$4" && pwd)
pinna=${PINNA:-$here/../../build/pinna}
orders=$data/speech/coffee

[ -s "$work/voices/voices.jsonl" ] ||
    sh "$here/orders_voices.sh" "$orders/train.jsonl" "$work/voices"
words=$(sed -n 's/.*"text": "\([^"]*\)".*/\1/p' "$orders/train.jsonl" |
    tr ' ' '\n' | LC_ALL=C sort -u | tr '\n' ' ')

statement="Picovoice speech-to-intent-benchmark (Apache-2.0); voices of espeak-ng \
and flite made by the recipe; other speech and noise as of english.safetensors"

"$pinna" train ctc --init "$english" --words "$words <unk>" \
    --train "$orders/train.jsonl" "$work/voices/voices.jsonl" \
    "$speech/so762_train.jsonl" "$speech/common_voice.jsonl" \
    --weights 4,1.2,0.6,0.6 --val "$orders/dev.jsonl" \
    --noise "$data/noise/train.jsonl" --rooms "$data/rir/rir16.jsonl" \
    --type mfcc --num-mel-bins 40 --hidden 384 --layers 3 --dropout 0.3 \
    --snr-low -2 --noise-only 0.1 --max-seconds 16 --batch 24 --threads 1 \
    --precision bfloat16 --steps 3500 --lr 0.001 --seed 3 --resume \
    --statement "$statement" -o "$work/orders_float.safetensors"
"$pinna" convert -q --int8 "$work/orders_float.safetensors" \
    -o "$work/orders.safetensors"

"$pinna" lm -q "$orders/train.jsonl" -o "$work/orders.arpa"
"$pinna" mix -q --join 1 --speech "$orders/test.jsonl" \
    --noise "$data/noise/test.jsonl" --snr 10,0 --count 90 --rate 16000 \
    --seed 1 -o "$work/noisy"
for test in "$orders/test.jsonl" "$work/noisy/strings.jsonl"; do
    echo "$test, the likeliest words, then with a 3-gram of the train texts:"
    "$pinna" eval ctc -q -m "$work/orders.safetensors" --min-confidence 0 "$test"
    "$pinna" eval ctc -q -m "$work/orders.safetensors" --min-confidence 0 \
        --beam 50 --lm "$work/orders.arpa" "$test"
done
