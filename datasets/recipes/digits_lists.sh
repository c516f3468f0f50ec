#!/bin/sh
# The manifests of the digits recipe: digits_lists.sh DATA SOURCES LISTS
#
# DATA is laid out as digits.sh says. SOURCES holds what others publish, as it
# comes:
#   fsdd/        Free Spoken Digit Dataset, its recordings/
#                (github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0)
#   so762/       speechocean762, train/ and WAVE/
#                (github.com/jimbozhang/speechocean762, free for any purpose)
#   commands/    Speech Commands (P. Warden, CC BY 4.0): WORD/*.wav and
#                _background_noise_/*.wav. All of it is 2 GB; the shipped model
#                heard what digits.md tells, of speakers of the training part.
#   more/        what digits_more.sh names
#   esc10/       ESC-10 (github.com/karoldvl/ESC-10, clips under CC0 and CC BY)
# Leaves in LISTS, each .jsonl: fsdd; fsdd_dev, with theo; commands, the rare
# digits, and commands_many, the others; commands_dev, speakers who are not in
# them; more and many; strings, sentences, other, words, other_words; noise and
# noise_dev; dev. What the corpora mark as test is left out, and so are the test
# speaker yweweler and, but for fsdd_dev, the development speakers.
set -eu

[ $# -eq 3 ] || { echo "usage: digits_lists.sh DATA SOURCES LISTS" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
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

# Speech Commands tells its parts apart by the speaker: the last 27 bits of the
# SHA-1 of the name, as a share of their range; below 10 % are for validation,
# below 20 % for tests.
(cd "$sources/commands" && find -L . -name '*_nohash_*.wav') |
    sed 's|^\./||' | sort > commands_files
sed 's|.*/\([^_]*\)_.*|\1|' commands_files | sort -u |
while read -r name; do
    digest=$(printf %s "$name" | sha1sum | cut -c 34-40)
    echo "$name $(((0x$digest & 0x7ffffff) * 100 / 0x7ffffff))"
done > commands_shares

# All of the digits, and one recording a speaker of each other word.
awk -v words=" $words " -v common=" zero one five eight " \
    -v root="$sources/commands" '
FILENAME == "commands_shares" { share[$1] = $2; next }
{
    split($0, part, "[/_]")
    place = part[1] " " part[2]
    is_digit = index(words, " " part[1] " ") > 0
    if (share[part[2]] < 10 && is_digit)
        file = "commands_dev"
    else if (share[part[2]] < 20)
        next
    else if (!is_digit)
        file = "words"
    else if (index(common, " " part[1] " ") > 0)
        file = "commands_many"
    else
        file = "commands"
    if (!is_digit && place in seen)
        next
    seen[place] = 1
    printf "{\"audio_filepath\": \"%s/%s\", \"text\": \"%s\", " \
        "\"speaker\": \"commands-%s\"}\n", root, $0, part[1], part[2] \
        > (file ".jsonl")
}' commands_shares commands_files

sh "$here/digits_more.sh" "$sources/more"
lines "$sources/more/more.jsonl" > more.jsonl
lines "$sources/more/many.jsonl" > many.jsonl

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

# Folds 1 to 4 of ESC-10 without the two clips under another licence, the noises
# of Speech Commands, and whatever else DATA has; fold 4 is for development, the
# test noises come from fold 5. What has a voice is most like words, and counts
# fourfold; the noises of a minute tenfold.
find -L "$sources/esc10" -name '[1-4]-*.ogg' | sort |
    grep -vE '/(1-40730|2-96460)-A' > esc10_files
grep -E '/(001|004|006|009) - ' esc10_files > voice_files
find -L "$sources/commands/_background_noise_" -name '*.wav' | sort > long_files
{
    lines "$data/noise/train.jsonl"
    {
        cat esc10_files voice_files voice_files voice_files
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            cat long_files
        done
    } | sed 's/.*/{"audio_filepath": "&"}/'
} > all_noise
grep -vE '[/_]4-[0-9]+-' all_noise > noise.jsonl
grep -E '[/_]4-[0-9]+-' all_noise | sort -u > noise_dev.jsonl

{
    lines "$speech/digits/dev.jsonl"
    lines "$speech/so762/dev.jsonl" | grep -E "$only_digits"
} > dev.jsonl
rm -f commands_files commands_shares so762.jsonl dev_speakers esc10_files \
    voice_files long_files all_noise
