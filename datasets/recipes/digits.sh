#!/bin/sh
# The recipe of rnn/models/digits.safetensors, a recogniser of spoken digit
# strings: digits.sh DATA WORK
#
# DATA holds, in 16 kHz FLAC with JSON Lines manifests ({"audio_filepath",
# "text", "speaker"}, see datasets/manifest.h):
#   speech/digits/{train,dev,test}  single digits of the Free Spoken Digit Dataset
#       (github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0); train:
#       george, jackson, lucas, nicolas, takes 5 to 19; dev: theo; test: yweweler
#   speech/so762/{train,dev}  sentences and digit strings of speechocean762
#       (github.com/jimbozhang/speechocean762, free for any purpose), train half
#   speech/coffee/train  spoken orders of Picovoice/speech-to-intent-benchmark
#       (Apache-2.0), which hold few digits
#   noise/{train,test}.jsonl  environmental noise (ESC-10 and others, CC0, CC BY)
#   rir/rir16.jsonl  room responses (CC BY)
# Trains in WORK with the pinna of this tree, then measures. About 20 minutes of
# one core. OPENBLAS_CORETYPE=SkylakeX helps where OpenBLAS does not know an
# AVX-512 CPU.
set -eu

[ $# -eq 2 ] || { echo "usage: digits.sh DATA WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
data=$(cd -- "$1" && pwd)
mkdir -p -- "$2"
work=$(cd -- "$2" && pwd)
pinna=${PINNA:-$here/../../build/pinna}
speech=$data/speech

# lines MANIFEST: its lines with paths that do not depend on where they stand
lines() {
    sed "s|\"audio_filepath\": \"|&$(dirname -- "$1")/|" "$1"
}

sh "$here/digits_voices.sh" "$work/voices"

# Sentences of digits only, and others without any word that sounds like a digit:
# those would teach that "for" is noise and "four" is not.
digit='(zero|one|two|three|four|five|six|seven|eight|nine)'
only_digits="\"text\": \"$digit( $digit)*\""
sounds_like='[" ](to|too|for|fore|won|ate|sex|oh|know|no|tree|free|fight|night|sick)[" ]'
lines "$speech/so762/train.jsonl" | grep -E "$only_digits" > "$work/strings.jsonl"
{
    lines "$speech/so762/train.jsonl" | grep -vE "$only_digits"
    lines "$speech/coffee/train.jsonl"
} | grep -vE "$sounds_like" > "$work/other.jsonl"
{
    lines "$speech/digits/dev.jsonl"
    lines "$speech/so762/dev.jsonl" | grep -E "$only_digits"
} > "$work/dev.jsonl"

statement="Free Spoken Digit Dataset, speakers george jackson lucas nicolas (CC BY-SA \
4.0); speechocean762, train half (free for any purpose); Picovoice \
speech-to-intent-benchmark (Apache-2.0); espeak-ng voices made by the recipe; \
noises of ESC-10 and others (CC0, CC BY, MIT, Apache-2.0); room responses of \
idiap/acoustic-simulator (CC BY)"

"$pinna" train ctc \
    --train "$speech/digits/train.jsonl" "$work/voices/voices.jsonl" \
    "$work/strings.jsonl" "$work/other.jsonl" --weights 4,3,2,1 \
    --val "$work/dev.jsonl" --noise "$data/noise/train.jsonl" \
    --rooms "$data/rir/rir16.jsonl" \
    --words "zero one two three four five six seven eight nine <unk>" \
    --join 7 --rate 8000 --high-freq 3800 --num-mel-bins 23 --dropout 0.2 \
    --snr-low 2 --steps 12000 --threads 1 --resume \
    --statement "$statement" -o "$work/digits.safetensors"

echo "single digits of a speaker that training has not heard:"
"$pinna" eval ctc --model "$work/digits.safetensors" "$speech/digits/test.jsonl"

echo "strings of 3 to 7 of them, joined with pauses:"
"$pinna" mix --speech "$speech/digits/test.jsonl" --join 3-7 --count 100 \
    --rate 16000 --seed 1 -o "$work/strings"
"$pinna" eval ctc --model "$work/digits.safetensors" "$work/strings/strings.jsonl"

echo "noise alone:"
"$pinna" eval ctc --no-speech --model "$work/digits.safetensors" \
    "$data/noise/test.jsonl"
