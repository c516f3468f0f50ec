#!/bin/sh
# Manifests with phones for words: phones.sh MANIFEST... > PHONES.jsonl
#
# The text of every line becomes the phones of its words, in the names of
# ARPAbet ("seven" is "s eh v ax n"), as espeak-ng's American English says them.
# Paths become independent of where the manifest stands. Needs espeak-ng.
set -eu

[ $# -gt 0 ] || { echo "usage: phones.sh MANIFEST..." >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for manifest in "$@"; do
    folder=$(cd -- "$(dirname -- "$manifest")" && pwd)
    sed "s|\"audio_filepath\": \"\([^/]\)|\"audio_filepath\": \"$folder/\1|" \
        "$manifest"
done > "$work/lines"

sed 's/.*"text": "\([^"]*\)".*/\1/' "$work/lines" | tr ' ' '\n' | grep . |
    sort -u > "$work/words"
# An empty line between two words keeps each a sentence of its own.
sed 'G' "$work/words" | espeak-ng -q -x --sep=' ' -v en-us | grep . \
    > "$work/said"

paste -d '\t' "$work/words" "$work/said" |
awk -F '\t' -v names="\
I=ih i=iy eI=ey aI=ay V=ah D=dh a=ae u=uw E=eh oU=ow h=hh 3=er S=sh @=ax 0=aa \
aU=aw @2=ax O2=ao N=ng @L=ax,l U=uh j=y T=th A@=aa,r O=ao i@=ih,r o@=ao,r t#=t \
tS=ch a#=ax O@=ao,r e@=eh,r dZ=jh t2=t I#=ih I2=ih A=aa ?= n-=n aa=ae OI=oy \
i@3=ih,r U@=uh,r aI@=ay,ax aI3=ay,er Z=zh r-=r @-=ax" '
BEGIN {
    n = split(names, pair, " ")
    for (i = 1; i <= n; i++) {
        equals = index(pair[i], "=")
        value = substr(pair[i], equals + 1)
        gsub(",", " ", value)
        name[substr(pair[i], 1, equals - 1)] = value
    }
}
NF == 2 { # WORD, what espeak-ng says: the lexicon
    gsub(/[\047,%=_:;|]/, "", $2)
    n = split($2, said, " ")
    last = ""
    phones = ""
    for (i = 1; i <= n; i++) {
        m = split(said[i] in name ? name[said[i]] : said[i], each, " ")
        for (k = 1; k <= m; k++) {
            if (each[k] != "r" || last != "r")
                phones = phones " " each[k]
            last = each[k]
        }
    }
    lexicon[$1] = phones
    next
}
{
    match($0, /"text": "[^"]*"/)
    text = substr($0, RSTART + 9, RLENGTH - 10)
    n = split(text, word, " ")
    phones = ""
    for (i = 1; i <= n; i++)
        phones = phones lexicon[word[i]]
    print substr($0, 1, RSTART + 8) substr(phones, 2) \
        substr($0, RSTART + RLENGTH - 1)
}' - "$work/lines"
