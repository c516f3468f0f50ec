#!/bin/sh
# The recipe of rnn/models/english.safetensors, a recogniser of read English:
# english.sh DATA SPEECH TEXT WORK
#
# DATA holds, in 16 kHz FLAC with JSON Lines manifests ({"audio_filepath",
# "text", "speaker"}, see datasets/manifest.h):
#   speech/so762/{dev,test}   speechocean762; dev is of its train half
#   speech/libri/test         LibriSpeech test-other, five speakers
#   speech/coffee/train       orders of Picovoice/speech-to-intent-benchmark
#   noise/{train,test}.jsonl  environmental noise (CC0, CC BY)
#   rir/rir16.jsonl           room responses (CC BY)
# SPEECH holds what speaks, as manifests with texts of a-z, ' and spaces:
#   so762_train   speechocean762, train half without the speakers of dev
#   librispeech   LibriSpeech train-clean-100, or a part of it (CC BY 4.0)
#   common_voice  Common Voice, English (CC0)
#   an4_train cmu_arctic kathleen ljspeech
# TEXT is a file of English sentences, one a line, in the same letters; the texts
# of so762_train are added to it for the language model.
# Trains in WORK with the pinna of this tree, then measures. An hour of one core
# with AMX. OPENBLAS_CORETYPE=SkylakeX helps where OpenBLAS does not know an
# AVX-512 CPU.
set -eu

[ $# -eq 4 ] || { echo "usage: english.sh DATA SPEECH TEXT WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
data=$(cd -- "$1" && pwd)
speech=$(cd -- "$2" && pwd)
text=$(cd -- "$(dirname -- "$3")" && pwd)/$(basename -- "$3")
mkdir -p -- "$4"
work=$(cd -- "$4" && pwd)
pinna=${PINNA:-$here/../../build/pinna}

statement="speechocean762, train half (free for any purpose); LibriSpeech \
train-clean-100 (CC BY 4.0); Common Voice, English (CC0); AN4 and CMU ARCTIC \
(Carnegie Mellon University, free); rhasspy dataset-voice-kathleen (CC0); LJ \
Speech (public domain); Picovoice speech-to-intent-benchmark (Apache-2.0)"

common="--train $speech/so762_train.jsonl $data/speech/coffee/train.jsonl \
$speech/librispeech.jsonl $speech/common_voice.jsonl $speech/an4_train.jsonl \
$speech/cmu_arctic.jsonl $speech/kathleen.jsonl $speech/ljspeech.jsonl \
--weights 3,0.7,3,5.4,0.5,0.7,0.4,0.4 --val $data/speech/so762/dev.jsonl \
--type mfcc --num-mel-bins 40 --hidden 384 --layers 3 --max-seconds 24 \
--batch 24 --threads 1 --seed 3 --resume --precision bfloat16"

# First in rooms and noise, then, longer, the recordings as they are.
# shellcheck disable=SC2086 # a list of options
"$pinna" train ctc $common --noise "$data/noise/train.jsonl" \
    --rooms "$data/rir/rir16.jsonl" --snr-low 5 --noise-only 0.03 \
    --steps 4000 --lr 0.0015 -o "$work/english_noisy.safetensors"
# shellcheck disable=SC2086 # a list of options
"$pinna" train ctc $common --init "$work/english_noisy.safetensors" --plain \
    --time-masks 2 --dropout 0.3 --steps 8500 --lr 0.001 \
    --statement "$statement" -o "$work/english_float.safetensors"
"$pinna" convert -q --int8 "$work/english_float.safetensors" \
    -o "$work/english.safetensors"

"$pinna" lm "$speech/so762_train.jsonl" "$text" -o "$work/english.arpa"
for test in so762 libri; do
    echo "$test, the likeliest characters:"
    "$pinna" eval ctc -q -m "$work/english.safetensors" \
        "$data/speech/$test/test.jsonl"
    echo "$test, with the language model:"
    "$pinna" eval ctc -q -m "$work/english.safetensors" --beam 100 \
        --lm "$work/english.arpa" --lm-weight 0.6 --word-bonus 1.5 \
        "$data/speech/$test/test.jsonl"
done
