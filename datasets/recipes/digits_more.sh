#!/bin/sh
# Lists recordings of digits from small corpora: digits_more.sh MORE
#
# MORE holds, each folder flat and as its publishers name the files:
#   numbers-en/    S-DDD.wav, three digits of speaker S (hlthu, MIT)
#   audiomnist/    D_SS_TAKE.wav of AudioMNIST (S. Becker and others, MIT): of
#       speakers 1 to 6, 12, 36, 43, 56 and 60 the words zero to three, and a dozen
#       of other speakers and words
#   asterisk/      D.wav, prompts (asterisk-core-sounds-en, A. Smith, CC BY-SA 3.0)
#   audioMNIST-classifier/  SPEAKER_0D.wav (inspektral, MIT)
#   ros/           WORD_*.wav of one speaker, one to five (felixchenfy, MIT)
# Writes MORE/more.jsonl and, where there are many of few words or of one
# speaker, MORE/many.jsonl. A folder may be missing.
set -eu

[ $# -eq 1 ] || { echo "usage: digits_more.sh MORE" >&2; exit 2; }
cd -- "$1"

find . -name '*.wav' | sed 's|^\./||' | sort |
awk -v words="zero one two three four five six seven eight nine" '
function tell(file, text, speaker) {
    printf "{\"audio_filepath\": \"%s\", \"text\": \"%s\", \"speaker\": \"%s\"}\n",
        $0, text, speaker > file
}
BEGIN { split(words, word, " ") }
{
    split($0, path, "/")
    split(path[2], part, /[-_.]/)
}
path[1] == "numbers-en" {
    for (i = 1; i <= 3; i++)
        part[2 + i] = word[substr(part[2], i, 1) + 1]
    tell("more.part", part[3] " " part[4] " " part[5], "numbers-" part[1])
}
path[1] == "audiomnist" {
    tell("many.part", word[part[1] + 1], "audiomnist-" part[2])
}
path[1] == "asterisk" { tell("more.part", word[part[1] + 1], "asterisk") }
path[1] == "audioMNIST-classifier" {
    tell("more.part", word[part[2] + 1], "classifier-" part[1])
}
path[1] == "ros" { tell("many.part", part[1], "ros") }'
mv more.part more.jsonl
mv many.part many.jsonl
