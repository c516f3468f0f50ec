#!/bin/sh
# Does the denoiser help the recogniser? denoise_then_recognise.sh DATA WORK
#
# DATA holds speech/digits/test.jsonl, recordings of one digit each, and
# noise/test.jsonl. In WORK every digit is put into noise at 20, 10, 5 and 0 dB,
# and the models built in recognise all of it as it is and denoised:
#   SNR  utterances  exactly right without and with the denoiser, in %
# MODEL names another denoiser, RECOGNISER another recogniser, COUNT how many
# utterances at all levels together (400). A few minutes on one core.
set -eu

[ $# -eq 2 ] ||
    { echo "usage: denoise_then_recognise.sh DATA WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
data=$(cd -- "$1" && pwd)
mkdir -p -- "$2"
cd -- "$2"
pinna=${PINNA:-$here/../../build/pinna}

rm -rf noisy denoised
"$pinna" mix -q --join 1 --speech "$data/speech/digits/test.jsonl" \
    --noise "$data/noise/test.jsonl" --snr 20,10,5,0 --count "${COUNT:-400}" \
    --rate 16000 --seed 1 -o noisy
mkdir -p denoised/strings
cp noisy/strings.jsonl denoised/
"$pinna" denoise -q ${MODEL:+-m "$MODEL"} noisy/strings/*.wav \
    -o denoised/strings

# right FOLDER: lines of SNR, utterances and how many of them are exactly right
right() {
    "$pinna" eval ctc -q --json ${RECOGNISER:+-m "$RECOGNISER"} \
        "$1/strings.jsonl" | tr '{' '\n' |
        sed -n 's/^"snr_db": \([-0-9]*\), "utterances": \([0-9]*\), "exact": \([0-9]*\),.*/\1 \2 \3/p'
}
right noisy >noisy.txt
right denoised >denoised.txt
paste -d ' ' noisy.txt denoised.txt | awk '
    BEGIN { printf "%8s %10s %8s %8s\n", "SNR", "utterances", "noisy", "denoised" }
    {
        printf "%5d dB %10d %8.1f %8.1f\n", $1, $2, 100 * $3 / $2, 100 * $6 / $5
    }'
