#!/bin/sh
# Speaks the ten digits in many synthetic voices: digits_voices.sh DIR
#
# Every accent of English that espeak-ng has, in every human-like voice variant,
# each word at a pitch and a speed of its own (drawn from a fixed seed); and the
# accents of people who learnt English late: voices of other languages that read
# the words as their speakers would spell them. About 7,500 recordings, listed in
# DIR/voices.jsonl. And the four voices of flite, made of recorded speech, say
# single digits and strings of them, at many pitches and speeds: DIR/flite.jsonl.
# Needs espeak-ng and flite.
set -eu

[ $# -eq 1 ] || { echo "usage: digits_voices.sh DIR" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

accents="en-gb en-us en-gb-scotland en-gb-x-gbclan en-gb-x-rp en-gb-x-gbcwmd \
en-029 en-us-nyc"
variants="Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Henrique Hugo \
Jacky Lee Marco Mario Michael Mike Nguyen adam anika antonio aunty belinda \
benjamin boris caleb david ed edward edward2 f1 f2 f3 f4 f5 grandma grandpa \
gustave iven iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt4 \
linda m1 m2 m3 m4 m5 m6 m7 m8 marcelo max michel miguel norbert pablo paul \
pedro quincy rob robert sandro shelby steph steph2 steph3 travis victor zac"

# The ten words, zero to nine, as written by ear in each language.
foreign="\
de:siero,wann,tuh,srie,fohr,feif,sicks,sewwen,eht,nein \
de:sero,uann,tu,ssri,for,faif,ssiks,ssewen,ejt,nain \
nl:ziero,wan,toe,srie,foor,faif,siks,sevven,eet,nain \
fr:ziro,ouane,tou,sri,fore,faïve,sixe,sévène,éite,naïne \
es:síro,uan,tu,zri,for,faiv,six,seven,eit,nain \
it:siro,uan,tu,tri,for,faiv,six,seven,eit,nain \
pt:ziro,uan,tu,tri,for,faiv,six,seven,eit,nain \
pl:ziro,łan,tu,sri,for,fajw,siks,sewen,ejt,najn \
sv:siro,wann,to,tri,får,fajv,sicks,sevven,ejt,najn"
some="Alex Andy Denis Mario Michael adam belinda boris caleb f2 f4 iven klatt2 \
m2 m4 m7"

# One line per recording: accent, variant, word, pitch (0-99), words a minute,
# what to read, and a number that tells spellings of one language apart.
awk -v accents="$accents" -v variants="$variants" -v foreign="$foreign" \
    -v some="$some" 'BEGIN {
    srand(1)
    n_words = split("zero one two three four five six seven eight nine", word)
    n_accents = split(accents, accent)
    n_variants = split(variants, variant)
    for (a = 1; a <= n_accents; a++)
        for (v = 1; v <= n_variants; v++)
            for (w = 1; w <= n_words; w++)
                print accent[a], variant[v], word[w],
                      int(15 + 70 * rand()), int(110 + 110 * rand()), word[w], 0
    n_foreign = split(foreign, line, " ")
    n_some = split(some, variant)
    for (a = 1; a <= n_foreign; a++) {
        split(line[a], part, ":")
        split(part[2], spelled, ",")
        for (v = 1; v <= n_some; v++)
            for (w = 1; w <= n_words; w++)
                print part[1], variant[v], word[w], int(15 + 70 * rand()),
                      int(110 + 110 * rand()), spelled[w], a
    }
}' |
while read -r accent variant word pitch speed spelled number; do
    name="$accent$number-$variant-$word"
    # -z: no pause at the end of the sentence.
    [ -s "$name.wav" ] || espeak-ng -z -v "$accent+$variant" -p "$pitch" \
        -s "$speed" -w "$name.wav" "$spelled"
    printf '{"audio_filepath": "%s.wav", "text": "%s", "speaker": "%s-%s"}\n' \
        "$name" "$word" "$accent" "$variant"
done > voices.jsonl.part
mv voices.jsonl.part voices.jsonl
echo "$(wc -l < voices.jsonl) recordings in $1"

# One line per recording: voice, pitch in Hz, stretch, number, words.
awk 'BEGIN {
    srand(2)
    n_voices = split("kal16 awb rms slt", voice)
    split("zero one two three four five six seven eight nine", word)
    for (v = 1; v <= n_voices; v++)
        for (i = 0; i < 240; i++) {
            words = word[1 + i % 10]
            n_more = i < 120 ? 0 : 1 + int(4 * rand())
            while (n_more-- > 0)
                words = words "_" word[1 + int(10 * rand())]
            pitch = (voice[v] == "slt" ? 130 : 75) * 2 ^ rand()
            print voice[v], int(pitch), 0.75 + 0.65 * rand(), i, words
        }
}' |
while read -r voice pitch stretch number words; do
    name="flite-$voice-$number"
    text=$(echo "$words" | tr _ ' ')
    [ -s "$name.wav" ] || flite -voice "$voice" --setf \
        "int_f0_target_mean=$pitch" --setf "duration_stretch=$stretch" \
        -t "$text" -o "$name.wav"
    printf '{"audio_filepath": "%s.wav", "text": "%s", "speaker": "flite-%s"}\n' \
        "$name" "$text" "$voice"
done > flite.jsonl.part
mv flite.jsonl.part flite.jsonl
echo "$(wc -l < flite.jsonl) more in $1/flite.jsonl"
