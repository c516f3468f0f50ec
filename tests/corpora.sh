#!/bin/sh
# tests/corpora.sh PINNA -- recordings as other tools list them, and recognisers
# of pieces of words that learn from them
set -eu
. "$(dirname -- "$0")/sh_support.sh"

text="three one four one five nine two six"
capitals=$(echo "$text" | tr a-z A-Z)

# --- the same recording in each kind of list
cp "$sounds/digits.flac" a.flac
echo "{\"audio_filepath\": \"a.flac\", \"text\": \"$text\"}" >a.jsonl
printf 'wav_filename,wav_filesize,transcript\na.flac,1,%s\n' "$text" >ds.csv
mkdir -p cv/clips kaldi ls/7/8
cp a.flac cv/clips/a.flac
printf 'client_id\tpath\tsentence\tage\nx\ta.flac\t%s\t\n' "$capitals" \
    >cv/test.tsv
echo "u1 a.flac" >kaldi/wav.scp
echo "u1 $text" >kaldi/text
echo "u1 x" >kaldi/utt2spk
cp a.flac kaldi/
cp a.flac ls/7/8/7-8-0000.flac
echo "7-8-0000 $capitals" >ls/7/8/7-8.trans.txt

run lm -q a.jsonl -o want.arpa
run train ctc --dry-run --train a.jsonl --max-seconds 12 -o none.safetensors
cp out want.dry
for list in ds.csv cv/test.tsv kaldi ls ls/7/; do
    what="eval ctc $list"
    run eval ctc -q "$list"
    expect 0 0
    holds out "^words  *8, 8 of them right"
    what="transcribe $list"
    run transcribe -q "$list"
    expect 0 0
    holds out "	$text$"
    what="align $list"
    run align -q "$list"
    expect 0 0
    [ "$(wc -l <out)" -eq 8 ] || fail "$what: not 8 words"
    what="lm $list"
    run lm -q "$list" -o got.arpa
    expect 0 0
    same got.arpa want.arpa
    what="train ctc $list"
    run train ctc --dry-run --train "$list" --max-seconds 12 -o none.safetensors
    expect 0 0
    same out want.dry
    what="info $list"
    run info --json "$list"
    expect 0 0
    holds out '"entries": 1,'
done
echo "u1 a 1 2" >kaldi/segments
sed -i 's/^u1/a/' kaldi/wav.scp
echo "u1 one" >kaldi/text
what="segments"
run transcribe -q -f ctm kaldi
expect 0 0
[ "$(wc -l <out)" -eq 1 ] || fail "$what: not 1 word"
holds out " one "
rm kaldi/segments

# --- what is wrong with them
what="a character that no token has"
echo "a one, two" >kaldi/text
for options in "" --dry-run; do
    # shellcheck disable=SC2086 # none or one
    run train ctc -q $options --train kaldi --max-seconds 12 -o none.safetensors
    holds err "^[^ ]*\( train ctc:\)*.*kaldi/text:1: .*character not in the set: ,$"
    [ "$(wc -l <err)" -eq 1 ] || fail "$what: not one line"
done
what="a pipe in wav.scp"
echo "b sox a.flac -t wav - |" >>kaldi/wav.scp
run transcribe -q kaldi
expect 1 1
holds err "kaldi/wav.scp:2: a pipe, and only files are taken: sox"
what="a folder of neither kind"
mkdir empty
run eval ctc empty
expect 1 1
holds err "empty: a folder without wav.scp"
what="a table of other columns"
printf 'name,text\na.flac,one\n' >other.csv
run transcribe other.csv
expect 1 1
holds err "other.csv:1: no column audio_filepath, wav_filename, path or file"
what="a recording in the place of a manifest"
run eval ctc -q a.flac
expect 1 1
holds err "a.flac:1: not a JSON object"
run eval ctc -q --no-speech a.flac
expect 0 0

# --- pieces of words
small="--max-seconds 12 --batch 2 --hidden 8 --layers 1 --warmup 1 --threads 1"
what="train ctc --subwords"
# shellcheck disable=SC2086 # a list of options
{
    run train ctc -q --train ls --val a.jsonl --subwords 17 --steps 2 $small \
        -o sub.safetensors
    expect 0 0
    run info sub.safetensors
    holds out "<blank> ▁ e f .* x ne "
    holds out "^  tokens  *18$"
    what="train ctc --init with the pieces of the model"
    run train ctc --train a.jsonl --init sub.safetensors --steps 2 $small \
        -o again.safetensors
    expect 0 2
    run info again.safetensors
    holds out "^  tokens  *18$"
    what="train ctc with more pieces than there are"
    run train ctc --train a.jsonl --subwords 500 --steps 2 $small \
        -o all.safetensors
    expect 0 3
    holds err "the texts give 19 pieces, not 500"
    what="train ctc with too few pieces"
    run train ctc --train a.jsonl --subwords 5 --steps 2 $small \
        -o few.safetensors
    expect 3 1
    holds err "subwords: 5 pieces are too few"
    run train ctc --train a.jsonl --subwords 20 --words one $small \
        -o few.safetensors
    expect 2 1
}
what="align with pieces"
run align -q -m sub.safetensors a.jsonl
expect 0 0
[ "$(cut -d ' ' -f 5 out | tr '\n' ' ')" = "$text " ] || fail "$what: other words"
for options in "" "--beam 4" "--lm want.arpa" "--closed-set"; do
    what="eval ctc $options with pieces"
    # shellcheck disable=SC2086 # a list of options
    run eval ctc -q -m sub.safetensors $options a.jsonl
    expect 0 0
    holds out "^words  *8,"
done
echo "one two" >phrases.txt
printf 'one\ntwo\n' >words.txt
for options in "--lexicon words.txt" "--grammar phrases.txt --hotword two:2" \
    "--lm want.arpa --hotword six:5 --nbest 2"; do
    what="transcribe $options with pieces"
    # shellcheck disable=SC2086 # a list of options
    run transcribe -q -m sub.safetensors $options a.flac
    expect 0 0
done
what="transcribe with pieces and a hotword alone"
run transcribe -q -m sub.safetensors --hotword six:5 a.flac
expect 3 1
holds err "hotword needs --lexicon, --grammar or --lm .* pieces of words"

finish
