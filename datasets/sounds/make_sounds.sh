#!/bin/sh
# Makes the sounds that lie in this folder, the same every time: an espeak-ng
# voice and noise from sox. Needs the Debian packages espeak-ng and sox.
set -eu

cd "$(dirname -- "$0")"
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# RMS of a file, 1 is full scale.
rms() {
    sox "$1" -n stat 2>&1 | awk '/^RMS     amplitude/ { print $3 }'
}

# A string of digits, clearly spoken, 16 kHz. The commas make the pauses.
espeak-ng -v en-us -s 130 -g 4 -w "$work/digits.wav" \
    "three, one, four, one, five, nine, two, six"
sox -D "$work/digits.wav" -r 16000 -b 16 digits.flac \
    gain -n -6 pad 0.3 0.3

# A sentence in noise, 48 kHz: half a second of noise alone at both ends.
espeak-ng -v en-gb+f3 -s 150 -w "$work/voice.wav" \
    "Rain was drumming on the roof, but every word she said came through."
sox -D "$work/voice.wav" -r 48000 -b 32 "$work/speech.wav" \
    gain -n -9 pad 0.6 0.6
seconds=$(soxi -D "$work/speech.wav")

# Rain: hiss whose strength wanders. A fan: mains hum and its harmonics.
sox -R -n -r 48000 -b 32 -c 1 "$work/rain.wav" \
    synth "$seconds" pinknoise tremolo 0.4 40 highpass 80 gain -n -3
sox -R -n -r 48000 -b 32 -c 1 "$work/fan.wav" \
    synth "$seconds" sine 100 synth sine mix 200 synth sine mix 300 gain -n -26
sox -m "$work/rain.wav" "$work/fan.wav" -b 32 "$work/noise.wav"

# Speech over noise: 5 dB, means of the whole file.
gain=$(awk -v speech="$(rms "$work/speech.wav")" \
    -v noise="$(rms "$work/noise.wav")" \
    'BEGIN { print speech / noise / 10 ^ (5 / 20) }')
sox -D -m -v 1 "$work/speech.wav" -v "$gain" "$work/noise.wav" \
    -r 48000 -b 16 sentence_noisy.flac gain -n -3
