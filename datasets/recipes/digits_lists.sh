#!/bin/sh
# The manifests of the digits recipe: digits_lists.sh DATA SOURCES LISTS
#
# DATA is laid out as digits.sh says. SOURCES holds what others publish, as it
# comes:
#   fsdd/        Free Spoken Digit Dataset, its recordings/
#                (github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0)
#   so762/       speechocean762, train/ and WAVE/
#                (github.com/jimbozhang/speechocean762, free for any purpose)
#   commands/    Speech Commands (P. Warden, CC BY 4.0): WORD/*.wav,
#                testing_list.txt. All of it is 2 GB;
#                the shipped model heard 104 recordings of the digits and one
#                recording a speaker of "yes", "no", "up" and "down".
#   more/        more.jsonl, a manifest of further recordings of digits. The
#                shipped model heard 248 of 23 speakers: 128 three-digit
#                strings of hlthu's numbers-en (MIT), 41 recordings of
#                AudioMNIST (S. Becker and others, MIT), 20 of
#                inspektral/audioMNIST-classifier (MIT), 59 prompts of
#                telephones and talking programs (asterisk-core-sounds-en, CC
#                BY-SA 3.0; MIT; BSD)
#   esc10/       ESC-10 (github.com/karoldvl/ESC-10, clips under CC0 and CC BY)
# Leaves in LISTS: fsdd, fsdd_dev (with theo), commands, more, strings, sentences, other, words,
# other_words, noise and dev, each .jsonl. What the corpora mark as test is left out, and so are the
# test speaker yweweler and, but for fsdd_dev, the development speakers.
set -eu

[ $# -eq 3 ] || { echo "usage: digits_lists.sh DATA SOURCES LISTS" >&2; exit 2; }
data=$(cd -- "$1" && pwd)
sources=$(cd -- "$2" && pwd)
mkdir -p -- "$3"
cd -- "$3"
speech=$data/speech

# lines MANIFEST: its lines with paths that do not depend on where they stand
lines() {
    sed "s|\"audio_filepath\": \"\([^/]\)|\"audio_filepath\": \"$(dirname -- \
        "$1")/\1|" "$1"
}

words="zero one two three four five six seven eight nine"
digit="($(echo "$words" | tr ' ' '|'))"
only_digits="\"text\": \"$digit( $digit)*\""
# A sentence with a word that sounds like a digit would teach that "for" is
# noise and "four" is not.
sounds_like='[" ](to|too|for|fore|won|ate|sex|oh|know|no|tree|free|fight|night|sick)[" ]'

# Takes 0 to 4 are the corpus' own test half.
find -L "$sources/fsdd/recordings" -name '?_*_*.wav' | sort |
awk -v words="$words" '{
    n = split($0, folder, "/")
    split(folder[n], part, /[_.]/)
    split(words, word, " ")
    if (part[3] >= 5 && part[2] != "yweweler")
        printf "{\"audio_filepath\": \"%s\", \"text\": \"%s\", " \
            "\"speaker\": \"fsdd-%s\"}\n", $0, word[part[1] + 1], part[2]
}' > fsdd_dev.jsonl
grep -v '"fsdd-theo"' fsdd_dev.jsonl > fsdd.jsonl

# One recording a speaker of each command, all of the digits.
(cd "$sources/commands" &&
    for word in $words yes no up down; do
        [ ! -d "$word" ] || find -L "$word" -name '*.wav'
    done | sort) |
awk -v words=" $words " -v root="$sources/commands" '
FILENAME != "-" { held[$0] = 1; next }
{
    split($0, part, "/")
    speaker = substr(part[2], 1, 8)
    is_digit = index(words, " " part[1] " ") > 0
    if ($0 in held || !is_digit && (part[1] speaker) in seen)
        next
    seen[part[1] speaker] = 1
    printf "{\"audio_filepath\": \"%s/%s\", \"text\": \"%s\", " \
        "\"speaker\": \"commands-%s\"}\n", root, $0, part[1], speaker
}' "$sources/commands/testing_list.txt" - > commands_all.jsonl
grep -E "$only_digits" commands_all.jsonl > commands.jsonl || :
grep -vE "$only_digits" commands_all.jsonl > words.jsonl || :

lines "$sources/more/more.jsonl" > more.jsonl

# The train half of speechocean762 without its development speakers.
sed -n 's/.*"speaker": "so\([0-9]*\)".*/\1/p' "$speech/so762/dev.jsonl" |
    sort -u > dev_speakers
awk -v root="$sources/so762" '
FILENAME == "dev_speakers" { dev[$1] = 1; next }
FILENAME ~ /utt2spk$/ { speaker[$1] = $2; next }
FILENAME ~ /wav.scp$/ { file[$1] = $2; next }
!(speaker[$1] in dev) {
    text = tolower(substr($0, length($1) + 2))
    gsub(/[^a-z\047 ]/, "", text)
    printf "{\"audio_filepath\": \"%s/%s\", \"text\": \"%s\", " \
        "\"speaker\": \"so%s\"}\n", root, file[$1], text, speaker[$1]
}' dev_speakers "$sources/so762/train/utt2spk" "$sources/so762/train/wav.scp" \
    "$sources/so762/train/text" > so762.jsonl
grep -E "$only_digits" so762.jsonl > strings.jsonl
lines "$speech/coffee/train.jsonl" | cat so762.jsonl - > sentences.jsonl
grep -vE "$only_digits" sentences.jsonl | grep -vE "$sounds_like" > other.jsonl
grep -vE "$sounds_like" words.jsonl > other_words.jsonl

# Folds 1 to 4 of ESC-10 without the two clips under another licence, and
# whatever else DATA has; the test noises come from fold 5.
{
    lines "$data/noise/train.jsonl"
    find -L "$sources/esc10" -name '[1-4]-*.ogg' | sort |
        grep -vE '/(1-40730|2-96460)-A' |
        sed 's/.*/{"audio_filepath": "&"}/'
} > noise.jsonl

{
    lines "$speech/digits/dev.jsonl"
    lines "$speech/so762/dev.jsonl" | grep -E "$only_digits"
} > dev.jsonl
rm -f commands_all.jsonl so762.jsonl dev_speakers
