#!/bin/sh
# A model of text by `pinna train generate`: story.sh WORK
#
# The text is made by a small grammar. The script counts the chances of all that
# it chooses, and so tells the perplexity that no model can go below. About half a
# minute of one core.
set -eu

[ $# -eq 1 ] || { echo "usage: story.sh WORK" >&2; exit 2; }
here=$(cd -- "$(dirname -- "$0")" && pwd)
mkdir -p -- "$1"
pinna=${PINNA:-$here/../../build/pinna}

# story FILE SENTENCES SEED: a text; the lowest perplexity to stdout
story() {
    awk -v file="$1" -v n="$2" -v seed="$3" '
    function choose(words, list, k) {
        k = split(words, list, "|")
        nats += log(k)
        return list[1 + int(k * rand())]
    }
    function thing() {
        return choose("the|a|every") " " choose("old |small |") \
            choose("fox|owl|miller|river|lantern|clock")
    }
    BEGIN {
        srand(seed)
        for (i = 0; i < n; i++) {
            text = thing() " " choose("hears|follows|forgets|answers") " " thing()
            if (choose("0|1"))
                text = text " " choose("at night|in the rain|by the sea|too late")
            text = toupper(substr(text, 1, 1)) substr(text, 2) choose(".|!") "\n"
            length_so_far += length(text)
            printf "%s", text > file
        }
        printf "%s: no model is below a perplexity of %.4f\n", file,
            exp(nats / length_so_far)
    }'
}

story "$1/train.txt" 6000 1
story "$1/test.txt" 600 2
"$pinna" train generate --train "$1/train.txt" --threads 1 --steps 1500 \
    -o "$1/story.safetensors"
"$pinna" eval generate -m "$1/story.safetensors" "$1/test.txt"
"$pinna" generate "$1/story.safetensors" --prompt "The owl " --length 300 \
    --temperature 0.8
