#!/bin/sh
# tests/corpora.sh PINNA -- recordings as other tools list them
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

finish
