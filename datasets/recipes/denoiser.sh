#!/bin/sh
# The recipe of rnn/models/denoiser.safetensors: denoiser.sh DATA WORK
#
# DATA holds FLAC files with JSON Lines manifests ({"audio_filepath", ...}, see
# datasets/manifest.h), mono, 16 kHz or, where named so, 48 kHz:
#   speech/so762/{train,dev}  speechocean762, train half
#       (github.com/jimbozhang/speechocean762, free for any purpose)
#   speech/coffee/train  Picovoice/speech-to-intent-benchmark (Apache-2.0)
#   speech/libri/train   LibriSpeech train-clean-100 (CC BY 4.0), starts of
#       utterances, from github.com/resemble-ai/Resemblyzer
#   speech/reader48/train  48 kHz, github.com/PhilippMatthes/dc_tts (Apache-2.0)
#   noise/train  16 kHz, noise48/train  48 kHz: ESC-10 (karoldvl/ESC-10, clips
#       under CC0 and CC BY), rafaelmardojai/blanket (CC0, CC BY), mechanical
#       keyboards (hainguyents13/mechvibes, MIT), speechbrain samples (Apache-2.0)
#   rir/rir16.jsonl, rir/rir48.jsonl  rooms (idiap/acoustic-simulator, CC BY)
#   parallel/vbd/test.jsonl  noisy/clean pairs to measure on
# Trains in WORK with the pinna of this tree, then measures. About an hour of two
# cores. OPENBLAS_CORETYPE=SkylakeX helps where OpenBLAS does not know an AVX-512
# CPU.
set -eu

[ $# -eq 2 ] || { echo "usage: denoiser.sh DATA WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
data=$(cd -- "$1" && pwd)
mkdir -p -- "$2"
work=$(cd -- "$2" && pwd)
pinna=${PINNA:-$here/../../build/pinna}
speech=$data/speech

statement="speechocean762, train half (free for any purpose); Picovoice \
speech-to-intent-benchmark (Apache-2.0); LibriSpeech train-clean-100 (CC BY 4.0); \
dc_tts reader (Apache-2.0); noises of ESC-10 (CC0, CC BY), blanket (CC0, CC BY), \
mechvibes (MIT), speechbrain (Apache-2.0); rooms of idiap/acoustic-simulator (CC \
BY)"

"$pinna" train denoise \
    --speech "$speech/so762/train.jsonl" "$speech/coffee/train.jsonl" \
    "$speech/libri/train.jsonl" "$speech/reader48/train.jsonl" \
    --noise "$data/noise/train.jsonl" "$data/noise48/train.jsonl" \
    --rooms "$data/rir/rir16.jsonl" "$data/rir/rir48.jsonl" \
    --val-speech "$speech/so762/dev.jsonl" --val-noise "$data/noise/train.jsonl" \
    --steps 16000 --threads 2 --resume \
    --statement "$statement" -o "$work/denoiser.safetensors"

echo "VoiceBank+DEMAND pairs:"
"$pinna" eval denoise --model "$work/denoiser.safetensors" \
    "$data/parallel/vbd/test.jsonl"

echo "speech and noise that training has not heard, -5 to 15 dB:"
"$pinna" mix --speech "$speech/libri/test.jsonl" "$speech/so762/test.jsonl" \
    "$speech/coffee/test.jsonl" --noise "$data/noise/test.jsonl" --count 100 \
    --snr -5,0,5,10,15 --seconds 6 --rate 16000 --seed 1 -o "$work/test"
"$pinna" eval denoise --model "$work/denoiser.safetensors" \
    "$work/test/pairs.jsonl"
