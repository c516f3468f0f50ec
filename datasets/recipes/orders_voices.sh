#!/bin/sh
# Speaks orders in many synthetic voices: orders_voices.sh MANIFEST DIR
#
# Reads texts of the manifest, drawn from a fixed seed, by the accents of English
# of espeak-ng in its human-like voice variants (1,400 recordings) and by the four
# voices of flite (500), each at a pitch and a speed of its own; listed in
# DIR/voices.jsonl. Needs espeak-ng and flite.
set -eu

[ $# -eq 2 ] || { echo "usage: orders_voices.sh MANIFEST DIR" >&2; exit 2; }
mkdir -p "$2"
texts=$(sed -n 's/.*"text": "\([^"]*\)".*/\1/p' "$1")
cd "$2"

accents="en-gb en-us en-us en-us en-gb-scotland en-gb-x-rp en-029 en-us-nyc"
variants="Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique Hugo Jacky Lee \
Marco Mario Michael Mike adam anika antonio belinda benjamin boris caleb david ed \
edward f1 f2 f3 f4 f5 grandma grandpa john linda m1 m2 m3 m4 m5 m6 m7 m8 max \
michel norbert pablo paul pedro quincy rob robert sandro shelby steph travis \
victor zac"

# One line per recording: number, voice, variant or -, pitch, speed, text.
printf '%s\n' "$texts" | awk -v accents="$accents" -v variants="$variants" '
    { text[NR] = $0 }
    END {
        srand(5)
        n_accents = split(accents, accent)
        n_variants = split(variants, variant)
        n_voices = split("kal16 awb rms slt", voice)
        for (i = 0; i < 1400; i++)
            print i, accent[1 + int(n_accents * rand())],
                  variant[1 + int(n_variants * rand())],
                  int(15 + 70 * rand()), int(120 + 100 * rand()),
                  text[1 + int(NR * rand())]
        for (i = 1400; i < 1900; i++)
            print i, voice[1 + int(n_voices * rand())], "-",
                  int(80 + 150 * rand()), 0.7 + 0.6 * rand(),
                  text[1 + int(NR * rand())]
    }' |
while read -r number voice variant pitch speed text; do
    file=$number.wav
    if [ ! -s "$file" ] && [ "$variant" = - ]; then
        flite -voice "$voice" --setf "int_f0_target_mean=$pitch" \
            --setf "duration_stretch=$speed" -t "$text" -o "$file" </dev/null
    elif [ ! -s "$file" ]; then
        espeak-ng -z -v "$voice+$variant" -p "$pitch" -s "$speed" -w "$file" \
            "$text" </dev/null
    fi
    printf '{"audio_filepath": "%s", "text": "%s", "speaker": "%s-%s"}\n' \
        "$file" "$text" "$voice" "$variant"
done >voices.jsonl.part
mv voices.jsonl.part voices.jsonl
echo "$(wc -l <voices.jsonl) recordings in $2"
