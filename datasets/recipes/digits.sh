#!/bin/sh
# The recipe of rnn/models/digits.safetensors, a recogniser of spoken digit
# strings: digits.sh DATA SOURCES WORK
#
# DATA holds, in 16 kHz FLAC with JSON Lines manifests ({"audio_filepath",
# "text", "speaker"}, see datasets/manifest.h):
#   speech/digits/{dev,test}  single digits of the Free Spoken Digit Dataset; dev:
#       theo; test: yweweler
#   speech/so762/dev  sentences and digit strings of 14 speakers of
#       speechocean762, train half
#   speech/coffee/{train,dev}  spoken orders of
#       Picovoice/speech-to-intent-benchmark (Apache-2.0), which hold few digits
#   noise/{train,test}.jsonl  environmental noise (CC0, CC BY)
#   rir/rir16.jsonl  room responses (CC BY)
# SOURCES holds what digits_lists.sh names.
# Trains in WORK with the pinna of this tree, then measures: about an hour and a
# half of one core. Needs espeak-ng and flite.
# OPENBLAS_CORETYPE=SkylakeX helps where OpenBLAS does not know an AVX-512 CPU.
set -eu

[ $# -eq 3 ] || { echo "usage: digits.sh DATA SOURCES WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
data=$(cd -- "$1" && pwd)
sources=$(cd -- "$2" && pwd)
mkdir -p -- "$3"
work=$(cd -- "$3" && pwd)
pinna=${PINNA:-$here/../../build/pinna}
lists=$work/lists

[ -s "$work/voices/flite.jsonl" ] ||
    sh "$here/digits_voices.sh" "$work/voices"
sh "$here/digits_lists.sh" "$data" "$sources" "$lists"

statement="Free Spoken Digit Dataset, speakers george jackson lucas nicolas theo (CC BY-SA 4.0); \
speechocean762, train half (free for any purpose); part of Speech Commands, training \
speakers (CC BY 4.0); numbers-en of hlthu, AudioMNIST, audioMNIST-classifier, \
ros_speech_commands_classification and prompts (MIT, BSD, CC BY-SA 3.0); Picovoice \
speech-to-intent-benchmark (Apache-2.0); voices of espeak-ng and flite made by the \
recipe; noises of ESC-10, Speech Commands and others (CC0, CC BY, MIT, Apache-2.0); \
room responses of idiap/acoustic-simulator (CC BY)"

cat "$lists/commands.jsonl" "$lists/commands_many.jsonl" \
    > "$lists/commands_all.jsonl"
cat "$lists/more.jsonl" "$lists/many.jsonl" > "$lists/more_all.jsonl"

# The ear and the noises of every stage.
common="--noise $lists/noise.jsonl --rooms $data/rir/rir16.jsonl --join 7 \
--rate 8000 --high-freq 3800 --type mfcc --num-mel-bins 26 --hidden 192 \
--dropout 0.2 --snr-low 2 --threads 1 --resume"

# First phones, from everything that is spoken: 2,300 speakers instead of the
# few whose digits are known. The words that sound like digits are welcome here.
# Two speakers of the digits are kept back to see how unknown ones fare.
grep -vE '"fsdd-(lucas|nicolas)"' "$lists/fsdd_dev.jsonl" \
    > "$lists/fsdd_3.jsonl"
for name in sentences words fsdd_3 commands_all more_all; do
    sh "$here/phones.sh" "$lists/$name.jsonl" > "$lists/phones_$name.jsonl"
done
for name in voices flite; do
    sh "$here/phones.sh" "$work/voices/$name.jsonl" \
        > "$lists/phones_$name.jsonl"
done
sh "$here/phones.sh" "$data/speech/so762/dev.jsonl" \
    "$data/speech/coffee/dev.jsonl" > "$lists/phones_dev.jsonl"
phones="aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy \
p r s sh t th uh uw v w y z zh"

# shellcheck disable=SC2086 # a list of options
"$pinna" train ctc --train "$lists/phones_sentences.jsonl" \
    "$lists/phones_words.jsonl" "$lists/phones_fsdd_3.jsonl" \
    "$lists/phones_commands_all.jsonl" "$lists/phones_more_all.jsonl" \
    "$lists/phones_voices.jsonl" "$lists/phones_flite.jsonl" \
    --weights 5,2,1,0.7,0.5,1,0.7 --val "$lists/phones_dev.jsonl" $common \
    --words "$phones" --steps 9000 --seed 11 -o "$work/phones.safetensors"

# Then the digits, with more of noise in which nobody speaks.
digits="$lists/fsdd_dev.jsonl $work/voices/voices.jsonl $work/voices/flite.jsonl \
$lists/strings.jsonl $lists/commands.jsonl $lists/commands_many.jsonl \
$lists/more.jsonl $lists/many.jsonl $lists/other.jsonl $lists/other_words.jsonl \
--weights 3,1.5,1,1,1.5,1.5,1.5,0.7,1,0.8 --val $lists/commands_dev.jsonl \
--noise-only 0.35"
words="zero one two three four five six seven eight nine <unk>"

# shellcheck disable=SC2086 # lists of options
"$pinna" train ctc --init "$work/phones.safetensors" --train $digits $common \
    --words "$words" --lr 0.0015 --steps 6500 --seed 41 \
    -o "$work/digits1.safetensors"
# shellcheck disable=SC2086 # lists of options
"$pinna" train ctc --init "$work/digits1.safetensors" --train $digits $common \
    --words "$words" --lr 0.0008 --steps 4000 --seed 43 \
    --statement "$statement" -o "$work/digits.safetensors"

echo "single digits of a speaker that training has not heard:"
"$pinna" eval ctc --model "$work/digits.safetensors" "$data/speech/digits/test.jsonl"

echo "strings of 3 to 7 of them, joined with pauses:"
"$pinna" mix --speech "$data/speech/digits/test.jsonl" --join 3-7 --count 100 \
    --rate 16000 --seed 1 -o "$work/strings"
"$pinna" eval ctc --model "$work/digits.safetensors" "$work/strings/strings.jsonl"

echo "noise alone:"
"$pinna" eval ctc --no-speech --model "$work/digits.safetensors" \
    "$data/noise/test.jsonl"
