#!/bin/sh
# tests/command_line.sh PINNA -- every command on the sounds that ship
set -eu
. "$(dirname -- "$0")/sh_support.sh"

digits=$sounds/digits.flac
noisy=$sounds/sentence_noisy.flac

# --- usage
what="pinna"
run
expect 2 1
what="pinna --help"
run --help
expect 0 0
for command in denoise transcribe align vad live install-source doctor features convert report train lm \
    eval score mix info bench; do
    holds out "  $command "
done
what="pinna --version"
run --version
expect 0 0
holds out "^pinna [0-9]"
what="unknown command"
run polish
expect 2 1
holds err polish

for command in denoise transcribe align vad features convert report "train ctc" "train denoise" \
    "train regress" "train generate" "train classify" "train seq2seq" generate \
    "eval ctc" "eval denoise" "eval vad" "eval regress" "eval generate" \
    "eval classify" "eval seq2seq" eval train lm live score mix info bench
do
    # shellcheck disable=SC2086 # one or two words
    {
        what="$command without arguments"
        run $command
        expect 2 1
        what="$command --help"
        run $command --help
        expect 0 0
        holds out "^Usage: pinna $command "
        holds out "^Examples:"
        what="$command with an unknown option"
        run $command --no-such-option
        expect 2 1
        holds err "no-such-option"
    }
done

# They do something without arguments.
for command in "live devices" "live denoise" "live transcribe" install-source \
    doctor
do
    what="$command"
    # shellcheck disable=SC2086 # one or two words
    {
        run $command --help
        expect 0 0
        holds out "^Usage: pinna $command "
        run $command --no-such-option
        expect 2 1
    }
    holds err "no-such-option"
done

# --- denoise
what="denoise"
run denoise "$noisy" -o clean.wav --picture picture.png --json
expect 0 1
holds err "noise in the pauses lowered by"
holds out '"sample_rate": 48000'
holds out '"noise_removed_db"'
run info --json clean.wav
holds out '"samples": 263504'
[ "$(head -c 4 picture.png | tail -c 3)" = PNG ] || fail "$what: no PNG"

what="denoise with a picture in the place of a sound"
cp "$noisy" in.flac
run denoise -q in.flac -o b.wav --picture in.flac
expect 2 1
holds err "in.flac would be written over, and is an input"
run denoise -q in.flac -o b.wav --picture b.wav
expect 2 1
run denoise -q in.flac -o b.wav --report b.wav
expect 2 1
same in.flac "$noisy"

what="denoise without effect"
run denoise -q "$digits" -o same.wav --atten-limit 0 --json
expect 0 0
holds out '"noise_removed_db": -*0.00'

what="denoise stdin to stdout"
code=0
"$pinna" denoise -q - -o - <same.wav >piped.wav 2>err || code=$?
expect 0 0
run denoise -q same.wav -o filed.wav
# A stream cannot tell its length, so the headers differ.
tail -c +45 piped.wav >piped.raw
tail -c +45 filed.wav >filed.raw
same piped.raw filed.raw

what="denoise --raw"
rate=$("$pinna" info --json same.wav | sed -n 's/.*"sample_rate": \([0-9]*\).*/\1/p')
tail -c +45 same.wav >same.raw
code=0
"$pinna" denoise -q --raw "s16:$rate:1" - -o - <same.raw >piped.raw 2>err || code=$?
expect 0 0
same piped.raw filed.raw
run denoise -q --raw "s16:$rate:1" same.raw -o filed.pcm
expect 0 0
same filed.pcm filed.raw
run denoise -q --raw "s16:$rate:1" same.raw -o unraw.wav
expect 0 0
same unraw.wav filed.wav
for bad in s16 "s12:$rate:1" "s16:$rate:0"; do
    run denoise --raw "$bad" same.raw -o bad.raw
    expect 2 1
    holds err "raw $bad"
done

what="denoise to the format of the suffix"
for suffix in ogg aiff caf; do
    run denoise -q same.wav -o "other.$suffix"
    expect 0 0
    run info "other.$suffix"
    holds out "$(echo $suffix | tr a-z A-Z)"
done
run denoise -q same.wav -o other.xyz
expect 1 1
holds err "other.xyz: no kind of sound file to write ends with .xyz"
[ ! -e other.xyz ] || fail "$what: other.xyz is there"

what="denoise --mix"
run denoise -q same.wav -o dry.wav --mix 0 --vad-look-back 37
expect 0 0
same dry.wav same.wav

what="denoise with a gate"
run denoise -q --json "$noisy" -o gated.wav --vad-threshold 100 --vad-hold 0 \
    --output-gain 6 --post-filter --independent
expect 0 0
holds out '"level_after_db": -[1-9][0-9][0-9]'
run denoise -q "$noisy" -o gated.wav --vad-threshold 101
expect 2 1
run denoise -q "$noisy" -o gated.wav --vad-hold 100
expect 2 1
holds err "vad-hold has no effect without --vad-threshold"

what="denoise --report"
run denoise -q same.wav -o reported.wav --report page.html
expect 0 0
holds page.html "<h2>same.wav</h2>"
same reported.wav filed.wav
run denoise -q - -o reported.wav --report page.html <same.wav
expect 2 1
holds err "report takes named sound files"
run denoise -q same.wav -o same.wav --report page.html
expect 2 1
run denoise -q no.wav -o reported.wav --report no.html
expect 1 1
[ ! -e no.html ] || fail "$what: a page about nothing"

what="denoise to a folder"
run denoise -q -j 1 "$noisy" "$digits" -o one
expect 0 0
run denoise -q -j 2 "$noisy" "$digits" -o two
expect 0 0
same one/digits.flac two/digits.flac
same one/sentence_noisy.flac two/sentence_noisy.flac
run denoise -q "$digits" -o alone.flac
same one/digits.flac alone.flac

# --- lm
what="lm"
printf 'one two\n\n two  three\n' >lines.txt
run lm lines.txt --order 2 -o words.arpa
expect 0 2
holds err "warning: little text"
holds err "2 sentences, 4 words; n-grams from single words on: 6, 6"
holds words.arpa "^ngram 1=6"
holds words.arpa "	one two"
what="lm of stdin and of a manifest"
code=0
"$pinna" lm -q --order 2 - <lines.txt >piped.arpa 2>err || code=$?
expect 0 0
same piped.arpa words.arpa
printf '{"audio_filepath": "a.wav", "text": "one two"}
{"audio_filepath": "b.wav", "text": "two three"}\n' >texts.jsonl
run lm -q --order 2 texts.jsonl
expect 0 0
same out words.arpa

# --- score
what="score"
printf 'one two three (a-1)\nfour five (b-1)\n' >ref.trn
printf 'a-1 one three three\nb-1 four five five\n' >hyp.txt
run score ref.trn hyp.txt -v
expect 0 0
holds out "^WER         40.00 %  2 of 5 (1 substituted, 0 deleted, 1 inserted)"
holds out "^a           33.33 %  1 of 3"
holds out "heard: one three three"
run score --json ref.trn hyp.txt
expect 0 0
holds out '"words": {"rate": 0.400000, "reference": 5, "correct": 4'
what="score with other names"
printf 'b-1 four\nc-1 five\n' >other.txt
run score ref.trn other.txt
expect 1 2
holds err 'other.txt: no "a-1"'
holds out "4 of 5"

# --- transcribe
what="transcribe"
run transcribe -q "$digits"
expect 0 0
[ "$(cat out)" = "three one four one five nine two six" ] ||
    fail "$what: other words"
what="transcribe several"
cp "$digits" a.flac
run transcribe -q -j 2 a.flac "$noisy" a.flac
expect 0 0
[ "$(cut -f 1 out)" = "a.flac
$noisy
a.flac" ] || fail "$what: other order"
what="transcribe formats"
run transcribe -q -f ctm a.flac
expect 0 0
[ "$(awk 'NF == 6 && $1 == "a"' out | wc -l)" -eq 8 ] || fail "$what: ctm"
run transcribe -q -f srt a.flac -o a.srt
expect 0 0
holds a.srt "00:00:0[0-9],[0-9]* --> "
run transcribe -q -f jsonl a.flac a.flac
expect 0 0
[ "$(grep -c '^{"file": "a.flac".*"confidence".*}$' out)" -eq 2 ] ||
    fail "$what: jsonl"
run transcribe -q -f json a.flac
expect 0 0
holds out '^\[{.*}\]$'
run transcribe -q -f vtt a.flac
holds out '^WEBVTT$'
run transcribe -q -f trn a.flac
[ "$(cat out)" = "three one four one five nine two six (a)" ] ||
    fail "$what: trn"
what="transcribe into a folder"
cp a.flac b.flac
run transcribe -q -f text,json,srt,ctm,trn -o texts/ a.flac b.flac
expect 0 0
[ ! -s out ] || fail "$what: something on stdout"
[ "$(cd texts && echo *)" = "a.ctm a.json a.srt a.trn a.txt b.ctm b.json b.srt \
b.trn b.txt" ] || fail "$what: other files"
[ "$(cat texts/b.txt)" = "three one four one five nine two six" ] ||
    fail "$what: text"
[ "$(cat texts/b.trn)" = "three one four one five nine two six (b)" ] ||
    fail "$what: trn"
holds texts/a.json '^{"file": "a.flac".*}$'
what="transcribe --resume"
rm texts/b.srt
echo kept >texts/a.txt
run transcribe -f text,srt -o texts --resume a.flac b.flac missing.flac
expect 1 3
holds err "1 of 3 recordings were done before"
[ "$(cat texts/a.txt)" = kept ] || fail "$what: done again"
[ -s texts/b.srt ] || fail "$what: not done"
run transcribe -q -f text,srt -o texts a.flac
expect 0 0
holds texts/a.txt three
what="transcribe where it cannot"
run transcribe -q -f text,srt a.flac
expect 2 1
holds err "-o FOLDER/"
run transcribe -q -f text,foo -o texts/ a.flac
expect 2 1
run transcribe -q -f text, -o texts/ a.flac
expect 2 1
run transcribe -q --resume a.flac -o a.txt
expect 2 1
mkdir -p other && cp a.flac other/a.flac
run transcribe -q -o texts/ a.flac other/a.flac
expect 2 1
run transcribe -q -o no/such/ a.flac
expect 3 1
what="transcribe a channel"
run transcribe -q --channel 1 a.flac
expect 0 0
run transcribe -q --channel 2 a.flac
expect 1 1
holds err "a.flac: has 1 channel, not 2"
run transcribe -q --channel 0 a.flac
expect 2 1
what="transcribe --end-silence"
run transcribe -q -f json --end-silence 60000 a.flac
expect 0 0
! grep -q '"utterance": [1-9]' out || fail "$what: more than one utterance"
what="transcribe with a beam"
run transcribe -q a.flac
cp out greedy.txt
run transcribe -q --beam 8 a.flac
expect 0 0
same out greedy.txt
what="transcribe --nbest"
run transcribe -q --nbest 3 a.flac
expect 0 0
[ "$(wc -l <out)" -eq 3 ] || fail "$what: not 3 lines"
[ "$(head -n 1 out | cut -f 2)" = "$(cat greedy.txt)" ] ||
    fail "$what: the best is another"
run transcribe -q --nbest 2 -f json a.flac
holds out '"alternatives": \[{"text": "three one'
run transcribe -q --nbest 2 -f ctm a.flac
expect 2 1
what="transcribe with a language model"
printf 'three one four\none five nine\ntwo six\n' >said.txt
run lm -q said.txt -o said.arpa
run transcribe -q --lm said.arpa a.flac
expect 0 0
same out greedy.txt
what="transcribe with a grammar"
printf '# phrases\none four\nnine two six\n' >phrases.txt
run transcribe -q --grammar phrases.txt --min-confidence 0 a.flac
expect 0 0
holds out "one four .*nine two six"
! grep -q three out || fail "$what: a word that it does not have"
cat >phrases.jsgf <<'END'
#JSGF V1.0;
grammar digits;
public <phrase> = one four | <last>; // the same phrases
<last> = nine two six;
END
cp out lines.out
run transcribe -q --grammar phrases.jsgf --min-confidence 0 a.flac
expect 0 0
same out lines.out
echo '<more> = <more> | one;' >>phrases.jsgf
echo 'public <most> = <more>;' >>phrases.jsgf
run transcribe -q --grammar phrases.jsgf a.flac
expect 3 1
holds err 'phrases.jsgf:5: comes back to itself: rule "more"'
what="transcribe with unsure phrases"
printf '\357\273\277three one four\none five nine\ntwo six\n' >phrases.txt
for least in 0 0.9 0.95 0.99 0.995 0.999 1; do
    run transcribe -q --grammar phrases.txt --min-confidence $least a.flac
    expect 0 0
    tr -d '\n' <out | sed 's/three one four//; s/one five nine//; s/two six//' |
        tr -d ' ' >rest
    [ ! -s rest ] || fail "$what: $least leaves $(cat rest) of a phrase"
done
[ ! -s out ] || [ "$(cat out)" = "" ] || fail "$what: all are sure"
what="transcribe with a lexicon and hotwords"
printf 'one\ntwo\n' >two.txt
run transcribe -q --lexicon two.txt --hotword six:2 --hotword one:1 a.flac
expect 0 0
holds out "one .*two six"
what="transcribe with wrong options"
run transcribe -q --hotword six a.flac
expect 3 1
run transcribe -q --hotword foo:1 a.flac
expect 3 1
holds err "foo:1"
run transcribe -q --lexicon two.txt --grammar two.txt a.flac
expect 2 1
run transcribe -q --grammar two.txt --hotword six:1 a.flac
expect 3 1
holds err "grammar"

what="align"
run align -q a.flac --text "three one four one five nine two six"
expect 0 0
[ "$(wc -l <out)" -eq 8 ] || fail "$what: not 8 words"
holds out "^a 1 0\.[0-5][0-9]* [0-9.]* three "
run align -q -f textgrid a.flac --text "three one four one five nine two six" -o a.TextGrid
expect 0 0
holds a.TextGrid 'text = "nine"'
run align -q -f json a.flac --text "three one four one five nine two six"
holds out '"text": "three one four one five nine two six"'
what="align what cannot be"
run align -q a.flac
expect 1 1
run align -q a.flac a.flac --text one
expect 2 1

what="transcribe stdin"
code=0
"$pinna" transcribe -q - <same.wav >out 2>err || code=$?
expect 0 0
holds out three
what="transcribe --raw"
code=0
tail -c +45 same.wav | "$pinna" transcribe -q --raw s16:16000:1 - >out 2>err ||
    code=$?
expect 0 0
holds out three
cp out raw.txt
tail -c +45 same.wav >same.pcm
run transcribe -q --raw s16:16000:1 --channel 1 -o raws/ same.pcm
expect 0 0
expect 0 0
same raws/same.txt raw.txt
run transcribe -q --raw s16:16000:2 --channel 3 same.pcm
expect 1 1
holds err "same.pcm: has 2 channels, not 3"
run transcribe -q --raw s16:16000 same.pcm
expect 2 1
what="transcribe a manifest"
echo '{"audio_filepath": "a.flac", "text": "three one four one five nine two six",
 "speaker": "x"}' | tr -d '\n' >a.jsonl
run transcribe -q a.jsonl
expect 0 0
holds out "^a.flac	three"
cp a.jsonl kept.jsonl
run transcribe -q -f text,jsonl -o ./ a.jsonl
expect 2 1
same a.jsonl kept.jsonl

# --- vad
what="vad"
run vad "$digits"
expect 0 1
holds err "segment.* of speech in 7.5. s of sound"
[ "$(awk -F '\t' 'NF == 2 && $1 < $2' out | wc -l)" -ge 1 ] ||
    fail "$what: no segment"
what="vad of several"
run vad -q -j 2 --hang-over 150 --look-back 0 a.flac "$noisy" a.flac
expect 0 0
[ "$(grep -c '^a.flac	' out)" -eq 16 ] || fail "$what: not 8 digits twice"
[ "$(cut -f 1 out | uniq)" = "a.flac
$noisy
a.flac" ] || fail "$what: other order"
what="vad formats"
run vad -q -f json a.flac "$noisy"
expect 0 0
holds out '^\[{"file": "a.flac", .*"segments": \[{"start": .*}\]}\]$'
mv out formatted
run vad -q --json a.flac "$noisy"
same out formatted
run vad -q -f csv a.flac -o a.csv
expect 0 0
[ "$(head -n 1 a.csv)" = "file,start,end" ] || fail "$what: no head"
holds a.csv "^a.flac,[0-9.]*,[0-9.]*$"
run vad -q -f rttm a.flac
expect 0 0
[ "$(awk 'NF == 10 && $1 == "SPEAKER" && $2 == "a"' out | wc -l)" -ge 1 ] ||
    fail "$what: rttm"
run vad -q -f audacity a.flac "$noisy" -o labels/
expect 0 0
holds labels/a.txt "^[0-9.]*	[0-9.]*	speech$"
holds labels/sentence_noisy.txt "speech$"
run vad -q -f audacity a.flac "$noisy"
expect 2 1
run vad -q -f xml a.flac
expect 2 1
what="vad stdin"
code=0
"$pinna" vad -q - <same.wav >out 2>err || code=$?
expect 0 0
mv out piped
run vad -q same.wav -o filed
same piped filed
what="vad without speech"
run vad -q "$digits" --threshold 100
expect 0 0
[ ! -s out ] || fail "$what: it is not silent"

# --- features
what="features"
run features -q "$digits" -o a.npy
expect 0 0
run info a.npy
holds out "750 x 13"
run features -q "$digits" -o b.npy --type fbank --num-mel-bins 40 \
    --snip-edges=false --rate 8000
expect 0 0
run info b.npy
holds out "752 x 40"
what="features to a pipe by its name"
"$pinna" features -q "$digits" -o /dev/stdout | cat >piped.npy
run features -q "$digits" -o a.npy
same piped.npy a.npy

what="features to an archive"
cp "$digits" b.flac
run features -q a.flac b.flac -o all.ark
expect 0 0
[ "$(cat all.scp)" = "a all.ark:2
b all.ark:39019" ] || fail "$what: other places"
run features -q a.flac b.flac -o text.ark -f ark-text -j 2
holds text.ark "^b  \\["
run info all.ark text.ark
expect 0 0
[ "$(grep -c "frames  *1500" out)" -eq 2 ] || fail "$what: other frames"
run info --json all.scp a.npy
expect 0 0
holds out '"kind": "script file", "entries": 2, "frames": 1500, "columns": 13'
run features -q a.flac b.flac -o .
expect 0 0
run features -q a.flac -o a.htk --delta-order 2
[ "$(head -c 12 a.htk | od -An -tx1 | tr -d ' \n')" = \
    000002ee000186a0009c2306 ] || fail "$what: other HTK header"
run info a.htk
holds out "MFCC_0_D_A"
run features -q a.flac -o a.csv
[ "$(head -n 1 a.csv | tr ',' '\n' | wc -l)" -eq 13 ] || fail "$what: csv"
run features -q a.flac -o a.xyz -f arff
expect 2 1
what="features of a whole signal to an archive"
run features -q a.flac -o whole.ark --cmvn utterance
expect 0 0
run features -q a.flac -o whole.npy --cmvn utterance
[ "$(tail -c 39000 whole.ark | cksum)" = "$(tail -c 39000 whole.npy | cksum)" ] ||
    fail "$what: other values than in .npy"
what="features of a saved configuration"
run features --preset librosa --type mfcc --delta-order 2 --cmvn utterance \
    --show-config
expect 0 0
cp out config.json
run features -q "$digits" -o c.npy --config config.json
expect 0 0
run features -q "$digits" -o d.npy --preset librosa --delta-order 2 \
    --cmvn utterance
expect 0 0
same c.npy d.npy
run info c.npy
holds out "235 x 60"
run features -q "$digits" -o d.npy --config config.json --n-mfcc 13
run info d.npy
holds out "235 x 39"
what="features of a bad configuration"
echo '{"num_mel_bins": "many"}' >config.json
run features -q "$digits" -o c.npy --config config.json
expect 2 1
holds err "config.json: num_mel_bins"
what="features of another rate"
run features -q "$noisy" -o c.npy --preset whisper
expect 1 1
holds err "48000 Hz, but the analysis is for 16000 Hz; --rate 16000 resamples"
run features -q "$noisy" -o c.npy --preset whisper --rate 16000
expect 0 0
run features -q "$noisy" -o c.npy --sample-frequency 48000
expect 0 0
run features -q "$noisy" -o c.npy --sample-rate 16000 --rate 8000
expect 2 1
holds err "rate 8000, but the analysis is for 16000 Hz"

what="features by the names of other toolkits"
run features -q "$digits" -o c.npy --subtract-mean
run features -q "$digits" -o d.npy --cmvn utterance
same c.npy d.npy
run features -q "$digits" -o c.npy --subtract-mean --cmvn online
expect 2 1
holds err "leave one out"

what="features over their own input"
cp a.flac own.npy
ln -sf own.npy link.npy
for out in own.npy link.npy .; do
    run features -q own.npy -o "$out"
    expect 2 1
    holds err "would be written over, and is an input"
done
same own.npy a.flac
run features -q own.npy --write-cmvn-stats own.npy
expect 2 1
run vad -q own.npy -o own.npy
expect 2 1
run transcribe -q own.npy -o own.npy
expect 2 1
same own.npy a.flac

what="features of two files with one name to an archive"
mkdir -p twin
cp a.flac twin/a.wav
run features -q a.flac twin/a.wav -o twins.ark
expect 2 1
holds err "two inputs would both have the key a"

what="features of less than a frame to a compressed archive"
{ wav_header 1 1 16000 16 160 && head -c 160 /dev/zero; } >few.wav
run features -q few.wav a.flac -o few.ark -f ark-cm --rate 16000
expect 0 0
run info few.ark
expect 0 0
holds out "entries  *2"

what="a flag with a value apart"
run features -q a.flac -o never.npy --snip-edges false
expect 2 1
holds err "write --snip-edges=false"

what="a file that may not grow"
code=0
(ulimit -f 1 && "$pinna" features -q "$digits" -o limit.npy) 2>err || code=$?
[ "$code" -eq 1 ] || fail "$what: exit code $code"
holds err "limit.npy: "
[ ! -e limit.npy ] || fail "$what: left a file"

what="features out of range"
run features -q "$digits" -o c.npy --num-mel-bins 500
expect 1 1
run features -q "$digits" -o c.npy --window-type square
expect 2 1

what="features as JSON"
run features -q --json a.flac b.flac -o .
expect 0 0
holds out '^\[{"input": "a.flac", "output": "./a.npy", "frames": 750, "columns": 13, '
holds out '"sample_rate": 16000, "duration": 7.517062, "channels": 1}, {.*}\]$'
run features -q --json a.flac missing.wav -o all.ark
expect 1 1
holds out '"key": "a".*{"input": "missing.wav", "error": ".*missing.wav"}\]$'
run features -q --json a.flac -o -
expect 2 1
what="features normalised by statistics of a set"
run features -q -j 2 a.flac "$noisy" --rate 16000 --delta-order 2 \
    --write-cmvn-stats set.cmvn
expect 0 0
run features -q -j 1 a.flac "$noisy" --rate 16000 --write-cmvn-stats again.cmvn
same set.cmvn again.cmvn
[ "$(head -c 15 set.cmvn | od -An -tx1 | tr -d ' \n')" = \
    0042444d200402000000040e000000 ] || fail "$what: no DM of 2 x 14"
run features -q a.flac --rate 16000 --cmvn global --cmvn-stats set.cmvn \
    --norm-vars --delta-order 1 -o global.npy
expect 0 0
run features -q a.flac --write-cmvn-stats alone.cmvn
run features -q a.flac --cmvn global --cmvn-stats alone.cmvn -o alone.npy
run features -q a.flac --cmvn utterance -o utterance.npy
same alone.npy utterance.npy
run features --rate 16000 --cmvn global --cmvn-stats set.cmvn --norm-vars \
    --delta-order 1 --show-config
expect 0 0
holds out '"cmvn_stats": "set.cmvn"'
cp out config.json
run features -q a.flac --config config.json -o config.npy
same global.npy config.npy
run features -q a.flac --cmvn online --cmvn-stats alone.cmvn -o online.npy
expect 0 0
for wrong in "--cmvn global" "--cmvn-stats set.cmvn" \
    "--write-cmvn-stats x.cmvn"; do
    # shellcheck disable=SC2086 # options
    run features -q a.flac -o x.npy $wrong
    expect 2 1
done
run features -q a.flac -o x.npy --cmvn global --cmvn-stats a.npy
expect 3 1
holds err a.npy
run features -q a.flac -o x.npy --type fbank --cmvn global --cmvn-stats set.cmvn
expect 1 1
holds err "13 values a frame, the features have 23"
run features -q missing.wav --write-cmvn-stats none.cmvn
expect 1 2
[ ! -e none.cmvn ] || fail "$what: left an output"

# --- convert
what="convert"
rm -f all.ark all.scp
run features -q a.flac b.flac -o all.ark
run convert all.ark -o converted/
expect 0 1
holds err "^all.ark -> converted/: 2 matrices, 1500 frames$"
same converted/a.npy a.npy
for format in htk csv ark ark-text; do
    what="convert to $format and back"
    run convert -q a.npy -o "there.$format" -f $format
    expect 0 0
    run convert -q "there.$format" -o back.npy
    same back.npy a.npy
done
what="convert several"
run convert -q all.scp converted/a.npy -o joined.ark
expect 1 1
holds err "converted/a.npy: an earlier matrix has the key a"
same joined.ark all.ark
run convert -q a.npy b.npy -o converted -f htk
expect 0 0
run info converted/b.htk
holds out "USER"
holds out "10.000 ms"
what="convert a range"
echo "part all.ark:2[10:19,0:3]" >part.scp
run convert -q part.scp -o part.csv
expect 0 0
[ "$(wc -l <part.csv)" -eq 10 ] || fail "$what: not 10 rows"
[ "$(head -n 1 part.csv | tr ',' '\n' | wc -l)" -eq 4 ] || fail "$what: not 4 columns"
what="convert stdin to stdout"
code=0
"$pinna" convert -q - -o - -f ark-cm <all.ark >piped.ark 2>err || code=$?
expect 0 0
run convert -q all.ark -o filed.ark -f ark-cm
same piped.ark filed.ark
what="convert several to one file"
run convert -q all.ark -o one.npy
expect 1 1
holds err "more than one matrix"
[ ! -e one.npy ] || fail "$what: left an output"
what="convert to a bad place"
run convert -q a.npy -o x.npy -f arff
expect 2 1
run convert -q a.npy b.npy -o -
expect 2 1
run convert -q a.npy
expect 2 1
run convert -q a.npy -o no/such/a.ark
expect 3 1
run convert -q a.npy -o /dev/full
expect 1 1
what="convert a key that is no name"
printf '../up  [ 1 2 ]\n' >up.ark
run convert -q up.ark -o converted/
expect 1 1
holds err "up.ark: the key \"../up\" cannot be the name of a file"
[ ! -e up.npy ] || fail "$what: it went up"

# --- report
what="report"
run report -q a.flac "$noisy" -o page.html
expect 0 0
[ "$(grep -c '<section ' page.html)" -eq 2 ] || fail "$what: not two sections"
[ "$(grep -c 'src="data:audio/flac;base64,' page.html)" -eq 2 ] ||
    fail "$what: not two players"
holds page.html "<td>48000 Hz</td>"
run report -q -j 2 a.flac "$noisy" -o again.html
same page.html again.html
run report -q --max-sound 0 a.flac -o mute.html
expect 0 0
! grep -q "<audio" mute.html || fail "$what: a player"
run report -q a.flac "$noisy" -o page.png
expect 0 0
[ "$(head -c 4 page.png | tail -c 3)" = PNG ] || fail "$what: no PNG"
run report -q a.flac -o page.pdf
expect 2 1
holds err "page.pdf"
run report -q a.flac
expect 2 1
run report -q - -o page.html
expect 2 1

# --- mix
echo "{\"audio_filepath\": \"$noisy\", \"label\": \"hiss\"}" >noise.jsonl
what="mix"
for folder in set1 set2; do
    run mix --speech a.jsonl --noise noise.jsonl -o $folder --count 4 \
        --snr -5,5 --seconds 2 --noise-only 1 --clean-only 1 \
        --rate 16000 --seed 3 -j ${folder#set}
    expect 0 1
done
[ "$(wc -l <set1/pairs.jsonl)" -eq 6 ] || fail "$what: not 6 pairs"
[ "$(grep -c '"label": "hiss"' set1/pairs.jsonl)" -eq 5 ] ||
    fail "$what: not 5 labels"
for file in clean/00000.wav noisy/00000.wav noisy/00003.wav pairs.jsonl; do
    same set1/$file set2/$file
done
same set1/clean/00005.wav set1/noisy/00005.wav
run mix -q --speech a.jsonl --noise noise.jsonl -o set3 --count 1 --seed 4 \
    --seconds 2
! cmp -s set1/noisy/00000.wav set3/noisy/00000.wav ||
    fail "$what: another seed, the same noise"
run info --json set1/noisy/00000.wav
holds out '"samples": 32000'

what="mix --join"
run mix -q --join 2-3 --speech a.jsonl -o joined --count 2
expect 0 0
holds joined/strings.jsonl '"text": "three .* six three .* six"'
! grep -q snr_db joined/strings.jsonl || fail "$what: an SNR without noise"
what="mix --join in noise"
run mix -q --join 2-3 --speech a.jsonl --noise noise.jsonl --snr 60,-60 \
    -o noisy --count 4
expect 0 0
[ "$(sed 's/.*"text": "\([^"]*\)".*"snr_db": \([-0-9]*\).*/\2 \1/' \
    noisy/strings.jsonl | head -n 2 | cut -d ' ' -f 1 | tr '\n' ' ')" = "60 -60 " ] ||
    fail "$what: other levels"
[ "$(sed 's/.*"text": "\([^"]*\)".*/\1/' noisy/strings.jsonl | uniq | wc -l)" \
    -eq 2 ] || fail "$what: not the same strings at both levels"

what="mix --join with options of pairs"
for option in "--seconds 3" "--level -20" "--noise-only 1" "--clean-only 1" \
    "--rooms a.flac"; do
    # shellcheck disable=SC2086 # an option and its value
    run mix -q --join 2 --speech a.jsonl -o joined $option
    expect 2 1
    holds err "of pairs, not of --join"
done

what="mix into the folder of its inputs"
cp set1/clean/00000.wav kept.wav
run mix -q --speech set1/clean/00000.wav --noise noise.jsonl -o set1 --count 1
expect 2 1
holds err "set1/clean/00000.wav is an input"
run mix -q --speech a.jsonl --noise ./set1/noisy/00001.wav -o set1 --count 1
expect 2 1
run mix -q --speech set1/pairs.jsonl --noise noise.jsonl -o set1 --count 1
expect 2 1
holds err "set1/pairs.jsonl would be written over"
run mix -q --join 1 --speech joined/strings.jsonl -o joined --count 1
expect 2 1
same set1/clean/00000.wav kept.wav

what="mix interrupted"
code=0
"$pinna" mix -q --speech a.jsonl --noise noise.jsonl -o set4 --count 100000 \
    >out 2>err &
job=$!
sleep 1
kill -TERM $job
wait $job || code=$?
expect 130 0
[ -s set4/pairs.jsonl ] || fail "$what: what was finished is lost"

# --- eval
what="eval ctc"
run eval ctc a.jsonl
expect 0 0
holds out "WER *0.00 %"
run eval ctc --json joined/strings.jsonl
expect 0 0
holds out '"wer": '
holds out '"memory_mb": [1-9]'
! grep -q levels out || fail "$what: levels without noise"
what="eval ctc by noise level"
run eval ctc -q noisy/strings.jsonl a.jsonl
expect 0 0
holds out "^no SNR *1 of 1 exactly right (100.0 %), WER 0.00 %"
holds out "^at 60 dB *2 of 2 exactly right (100.0 %), WER 0.00 %"
holds out "^at -60 dB *0 of 2 exactly right"
holds out "^memory  *[1-9][0-9.]* MB"
run eval ctc -q --json noisy/strings.jsonl
holds out '"levels": \[{"snr_db": 60, "utterances": 2, "exact": 2,'
what="eval ctc --no-speech"
run eval ctc --no-speech noise.jsonl
expect 0 0
holds out "words heard"
what="eval denoise"
run eval denoise set1/pairs.jsonl
expect 0 0
holds out "^denoised  *5"
holds out "^denoised, -5 dB  *2"
holds out "^noisy, 5 dB  *2"
holds out "onset_db"
holds out "without speech lowered by"
run eval denoise --json --post-filter set1/pairs.jsonl
expect 0 0
holds out '"pairs": 6'
holds out '"by_snr": \[{"snr_db": -5.00, "pairs": 2, '
holds out '"by_label": \[{"label": "hiss", "pairs": 4, '

what="eval denoise --pesq"
printf '#!/bin/sh\necho "MOS-LQO = 3.25"\n' >pesq
chmod +x pesq
run eval denoise -q --pesq ./pesq set1/pairs.jsonl
expect 0 0
holds out "^denoised  *5 .* 3.250"
run eval denoise -q --pesq false set1/pairs.jsonl
expect 1 2
holds err "no PESQ: .*noisy/0000.*: false: printed no MOS-LQO, exit code 1"
holds err "no PESQ of 5 pairs"
holds out "^denoised  *5"

what="eval vad"
run eval vad -q set1/pairs.jsonl
expect 0 0
holds out "^speech found "
holds out "^pairs without speech: taken "
run eval vad -q --json set1/pairs.jsonl
expect 0 0
holds out '"pairs": 5, "pairs_without_speech": 1, "hit_percent": [0-9.]*,'

# --- train
small="--max-seconds 12 --batch 2 --hidden 8 --layers 1 --warmup 1 --threads 1"
digits_words="zero one two three four five six seven eight nine"
what="train ctc"
# shellcheck disable=SC2086 # a list of options
{
    run train ctc -q --train a.jsonl --words "$digits_words" --steps 2 $small \
        -o words.safetensors
    expect 0 0
    run info words.safetensors
    holds out "zero one two"
    what="train ctc over an earlier run"
    run train ctc -q --train a.jsonl --words "$digits_words" --steps 2 $small \
        -o words.safetensors
    expect 3 1
    holds err "words.safetensors.checkpoint.*--resume"
    what="train ctc --init with the same words"
    run train ctc --train a.jsonl --words "$digits_words" --steps 2 $small \
        --init words.safetensors -o again.safetensors
    expect 0 2
    holds err "^-> again.safetensors$"
    holds err "^step 2  loss [0-9.]*  [0-9]* s$"
    run info --json again.safetensors
    grep -q validation out && fail "$what: a validation on nothing"
    what="train ctc with nothing to validate on"
    echo '{"audio_filepath": "set1/clean/00000.wav", "text": "one"}' >two_s.jsonl
    run train ctc -q --train two_s.jsonl --val a.jsonl --steps 2 $small \
        --max-seconds 4 -o never.safetensors
    expect 3 1
    holds err "a.jsonl: nothing to validate on: every recording is longer than"
    what="train ctc --init with other words"
    run train ctc --train a.jsonl --words "$digits_words <unk>" --steps 2 \
        $small --init words.safetensors -o other.safetensors
    expect 0 3
    holds err "words.safetensors: it writes other words"
    run info other.safetensors
    holds out "nine <unk>"
    what="train ctc --init with int8 weights"
    run convert -q --int8 words.safetensors -o words8.safetensors
    expect 0 0
    run train ctc -q --train a.jsonl --words "$digits_words" --steps 2 $small \
        --init words8.safetensors -o from8.safetensors
    expect 0 0
    run info from8.safetensors
    holds out "weights  *float32"
    for cell in gru_reset_before lstm rnn_tanh rnn_relu; do
        what="train ctc --cell $cell"
        run train ctc -q --train a.jsonl --words "$digits_words" --steps 2 \
            $small --cell $cell --layer-norm --learned-state -o $cell.safetensors
        expect 0 0
        run info $cell.safetensors
        holds out "$cell 1 x 8, layer norm, learned first state, "
        run transcribe -q --model $cell.safetensors a.flac
        expect 0 0
    done
    what="convert --into"
    run convert lstm.safetensors --into lstm.safetensors -o same.safetensors
    expect 0 0
    run info same.safetensors
    holds out "lstm 1 x 8, layer norm, learned first state, "
    run convert words.safetensors --into lstm.safetensors -o never.safetensors
    expect 1 1
    holds err "words.safetensors: tensor .*: the network needs the shape"
    run convert words.safetensors --into lstm.safetensors --layout caffe \
        -o never.safetensors
    expect 2 1
    [ ! -e never.safetensors ] || fail "$what: wrote a model all the same"
    what="train ctc --bidirectional --plain"
    run train ctc -q --train a.jsonl --words "$digits_words" --steps 2 $small \
        --bidirectional --plain -o both.safetensors
    expect 0 0
    run info both.safetensors
    holds out "gru 1 x 8 both ways, "
    run transcribe -q --model both.safetensors a.flac --min-confidence 0
    expect 0 0
    run eval ctc -q --model both.safetensors --json a.jsonl
    expect 0 0
    holds out '"utterances": 1,'
    run eval ctc -q --closed-set --model both.safetensors a.jsonl
    expect 0 0
    holds out "exactly right  1 (100.0 %)"
    run eval ctc -q --closed-set joined/strings.jsonl
    expect 0 0
    what="train with its data as model or log"
    printf '1\n2\n3\n4\n5\n6\n7\n8\n' >table.csv
    cp table.csv kept.csv
    run train regress --train table.csv -o table.csv
    expect 2 1
    holds err "table.csv would be written over, and is an input"
    run train regress --train table.csv -o never.safetensors --log table.csv
    expect 2 1
    run train regress --train table.csv -o never.csv --log never.csv
    expect 2 1
    same table.csv kept.csv
    what="train denoise --long-frames"
    run train denoise -q --speech a.jsonl --noise noise.jsonl --steps 2 \
        --batch 2 --hidden 8 --layers 1 --warmup 1 --threads 1 --frames 20 \
        --validation 2 --long-frames -o long_d.safetensors
    expect 0 0
    run info long_d.safetensors
    holds out "160 bands, 25 Hz apart up to 3200 Hz.* frames of 40 ms"
    run denoise -q --model long_d.safetensors a.flac -o long_d.wav
    expect 0 0
    what="train denoise --cell lstm"
    run train denoise -q --speech a.jsonl --noise noise.jsonl --steps 2 \
        --batch 2 --hidden 8 --layers 1 --warmup 1 --threads 1 --frames 20 \
        --validation 2 --cell lstm --learned-state -o lstm_d.safetensors
    expect 0 0
    run info lstm_d.safetensors
    holds out "lstm 1 x 8, learned first state, "
    run denoise -q --model lstm_d.safetensors a.flac -o lstm_d.wav
    expect 0 0
    for task in "ctc --train a.jsonl" "denoise --speech a.jsonl"; do
        what="train $task --cell"
        run train $task --cell gate -o never.safetensors
        expect 2 1
        holds err "pinna train .*: --cell: there is no \"gate\""
    done
}

what="train over its own data"
cp a.jsonl own.jsonl
# shellcheck disable=SC2086 # a list of options
for option in -o --log; do
    run train ctc -q --train own.jsonl --steps 2 $small -o x.safetensors \
        $option own.jsonl
    expect 2 1
    holds err "own.jsonl would be written over, and is an input"
done
same own.jsonl a.jsonl

# --- int8 models
what="convert --int8"
run convert --int8 "$models/digits.safetensors" -o digits8.safetensors
expect 0 1
holds err "digits.safetensors -> digits8.safetensors: int8 weights; \"quality\""
small8=$(wc -c <digits8.safetensors)
large=$(wc -c <"$models/digits.safetensors")
[ $((3 * small8)) -lt "$large" ] || fail "$what: $small8 of $large bytes"
run info "$models/digits.safetensors" digits8.safetensors
expect 0 0
holds out "weights  *float32"
holds out "weights  *int8"
run info --json digits8.safetensors
holds out '"weights": "int8"'
what="transcribe with int8 weights"
run transcribe -q "$digits"
cp out want
run transcribe -q -m digits8.safetensors "$digits"
expect 0 0
same out want
what="convert --int8 twice"
run convert --int8 digits8.safetensors -o twice.safetensors
expect 1 1
holds err "digits8.safetensors: its weights are int8 already"
[ ! -e twice.safetensors ] || fail "$what: wrote a model"
what="convert --int8 in place"
cp "$models/digits.safetensors" place.safetensors
run convert -q --int8 place.safetensors -o place.safetensors
expect 0 0
same place.safetensors digits8.safetensors
what="convert --int8 of what is no model"
run convert --int8 "$digits" -o twice.safetensors
expect 1 1
holds err digits.flac
what="convert --int8 to nowhere"
run convert --int8 "$models/digits.safetensors" -o none/a.safetensors
expect 1 1
holds err none/a.safetensors
what="convert --int8 with wrong usage"
run convert --int8 "$models/digits.safetensors" -o -
expect 2 1
run convert --int8 "$models/digits.safetensors"
expect 2 1
run convert --int8 -f npy "$models/digits.safetensors" -o a.safetensors
expect 2 1
run convert --int8 digits8.safetensors denoiser8.safetensors -o a.safetensors
expect 2 1

# --- the tasks that learn from tables and texts
awk 'BEGIN { print "load,hour"; for (t = 0; t < 200; t++)
    printf "%.3f,%d\n", 5 + sin(t / 3), t % 24 }' >load.csv
awk 'BEGIN { for (i = 0; i < 60; i++) print "the owl hears the fox" }' >story.txt
{
    echo text,mood
    for word in good fine "so, so"; do
        echo "\"it was $word\",good"
        echo "\"it was not $word\",bad"
    done
} >moods.csv
printf '1\tone\n2\ttwo\n3\tthree\n' >numbers.tsv
tiny="--steps 3 --batch 4 --warmup 0 --hidden 8 --threads 1"

# shellcheck disable=SC2086 # a list of options
{
    what="train regress"
    run train regress -q --train load.csv --columns load,hour --window 5 $tiny \
        -o load.safetensors
    expect 0 0
    for line in "held out: 40 rows" "^network " "^persistence " "^linear "; do
        holds out "$line"
    done
    run info load.safetensors
    holds out "task  *regress"
    holds out "column_list  *load hour"
    run info load.safetensors.checkpoint
    expect 0 0
    holds out "kind  *checkpoint"
    holds out "step  *3$"
    holds out "training  *{\"command\": \"train regress\", .*\"window\": 5"
    run info --json load.safetensors.checkpoint
    expect 0 0
    holds out "\"step\": 3, .*\"training\": \"{"
    cp load.safetensors not.checkpoint
    run info not.checkpoint
    expect 1 1
    holds err "not.checkpoint: not a checkpoint"
    run eval regress -m load.safetensors load.csv
    expect 0 0
    holds out "forecasts  *195"
    run eval regress --json -m load.safetensors load.csv none.csv
    expect 1 1
    holds out "^\[{\"file\": \"load.csv\", \"forecasts\": 195, \"mse\": "
    holds err "no such file: none.csv"
    what="train regress --streams"
    run train regress -q --train load.csv --streams 3 --window 5 $tiny \
        -o streams.safetensors
    expect 0 0
    run info streams.safetensors
    holds out "network .*2 streams, each dense 3"
    run eval regress -m streams.safetensors load.csv
    expect 0 0
    holds out "forecasts  *195"
    what="eval regress, columns in another order"
    run train regress -q --train load.csv --window 5 $tiny -o all.safetensors
    expect 0 0
    run info all.safetensors
    holds out "column_list  *load hour"
    run eval regress -m all.safetensors load.csv
    sed 1d out >want
    sed 's/\(.*\),\(.*\)/\2,\1/' load.csv >turned.csv
    run eval regress -m all.safetensors turned.csv
    expect 0 0
    sed 1d out >got
    same got want
    sed 1d load.csv >nameless.csv
    run eval regress -m all.safetensors nameless.csv
    expect 1 1
    holds err "nameless.csv: no column \"load\" in the first line"
    what="train regress, bad input"
    run train regress -q --train load.csv --window 5000 $tiny -o x.safetensors
    expect 3 1
    holds err "load.csv: 200 rows are too few"
    run train regress -q --train moods.csv $tiny -o x.safetensors
    expect 3 1
    holds err "moods.csv:2: column 1 is no finite number: \"it was good\""
    run train regress -q --train load.csv --columns wind $tiny -o x.safetensors
    expect 3 1
    holds err "load.csv: no column \"wind\""
    run train regress -q --train load.csv --dry-run $tiny -o x.safetensors
    expect 0 1
    [ ! -e x.safetensors ] || fail "$what: left a model"

    what="train generate"
    run train generate -q --train story.txt $tiny --frames 10 -o story.safetensors
    expect 0 0
    run info story.safetensors
    holds out "task  *generate"
    run eval generate -m story.safetensors story.txt
    expect 0 0
    holds out "characters  *1320"
    holds out "perplexity  *[0-9.]*$"
    run generate story.safetensors --prompt "the " --length 30 --seed 4
    expect 0 0
    holds out "^the "
    cp out first
    run generate story.safetensors --prompt "the " --length 30 --seed 4
    cmp -s out first || fail "$what: the same seed gives another text"
    run generate story.safetensors --temperature 0 --length 12
    expect 0 0
    what="generate to a full disk"
    code=0
    timeout 20 "$pinna" generate story.safetensors -n 1000000000 >/dev/full \
        2>err || code=$?
    expect 1 1
    holds err "writing to standard output failed"
    for signal in INT TERM; do
        what="generate, SIG$signal"
        code=0
        timeout --foreground --preserve-status -s $signal -k 20 1 "$pinna" generate \
            story.safetensors -n 1000000000 >/dev/null 2>err || code=$?
        expect 130 0
    done
    what="generate, bad input"
    run generate story.safetensors --prompt "the X"
    expect 2 1
    holds err "character 5 is none that the model knows"
    for prompt in '\377' 'a\303'; do
        # shellcheck disable=SC2059 # bytes that are no text
        run generate story.safetensors --prompt "$(printf "$prompt")" -n 5
        expect 2 1
        holds err "pinna generate: --prompt: not UTF-8"
    done
    run generate load.safetensors
    expect 3 1
    holds err "is a model for \"regress\", not \"generate\""
    printf 'a\377' >latin.txt
    run train generate -q --train latin.txt $tiny -o x.safetensors
    expect 3 1
    holds err "latin.txt:1: not UTF-8"
    printf xy >two.txt
    run train generate -q --train two.txt $tiny -o x.safetensors
    expect 3 1
    holds err "two.txt: 2 characters to learn from and 0 to validate on are too few"

    what="train classify"
    run train classify -q --train moods.csv --val moods.csv --words \
        --text-column text --answer-column mood $tiny -o moods.safetensors
    expect 0 0
    run info moods.safetensors
    holds out "task  *classify"
    holds out "token_list  *bad good"
    run eval classify -m moods.safetensors moods.csv --text-column text \
        --answer-column mood
    expect 0 0
    holds out "examples  *6"
    for word in yes no; do
        echo "{\"audio_filepath\": \"a.flac\", \"label\": \"$word\"}"
    done >labels.jsonl
    run train classify -q --train labels.jsonl --val labels.jsonl $tiny \
        -o sounds.safetensors
    expect 0 0
    run eval classify -m sounds.safetensors a.jsonl
    expect 0 0
    what="classify, columns"
    run eval classify -m moods.safetensors moods.csv # as in training
    expect 0 0
    holds out "examples  *6"
    run train classify -q --train moods.csv --val moods.csv --words $tiny \
        -o named.safetensors
    expect 0 0
    run info named.safetensors
    holds out "token_list  *bad good"
    awk -F, 'NR > 1 { print }' moods.csv >nameless.csv
    { echo mood,text && sed 's/\(.*\),\(.*\)/\2,\1/' nameless.csv; } >turned.csv
    run eval classify -m named.safetensors moods.csv
    cp out want
    holds want "examples  *6"
    run eval classify -m named.safetensors turned.csv
    same out want
    run eval classify -m named.safetensors nameless.csv
    expect 1 1
    holds err "nameless.csv: no column \"text\" in the first line"
    run eval classify -m named.safetensors nameless.csv --text-column 1 \
        --answer-column 2
    same out want
    run train classify -q --train nameless.csv --val nameless.csv --words $tiny \
        -o nameless.safetensors
    run eval classify -m nameless.safetensors nameless.csv
    holds out "examples  *6"
    echo "it was good,good" >one.csv
    run eval classify -m nameless.safetensors one.csv
    holds out "examples  *1"
    what="train classify, bad input"
    run train classify -q --train moods.csv a.jsonl $tiny -o x.safetensors
    expect 3 1
    holds err "a.jsonl: texts and recordings do not go together"
    printf 'x\n' >short.csv
    run train classify -q --train short.csv $tiny -o x.safetensors
    expect 3 1
    holds err "short.csv: no column 2: there are 1"
    run train classify -q --train a.jsonl $tiny -o x.safetensors
    expect 3 1
    holds err "a.jsonl: every answer is \"three one .*: there is nothing to tell apart"
    echo text,mood >names.csv
    columns="--text-column text --answer-column mood"
    run train classify -q --train names.csv $columns $tiny -o x.safetensors
    expect 3 1
    holds err "names.csv: nothing to learn from"
    for task in classify seq2seq; do
        run train $task -q --train moods.csv --val names.csv $columns $tiny \
            -o x.safetensors
        expect 3 1
        holds err "names.csv: nothing to validate on"
        run train $task -q --train moods.csv $tiny --patience 2 -o x.safetensors
        expect 3 1
        holds err "moods.csv: fewer than 10 examples: --patience"
        run train $task --train moods.csv $tiny -o few_$task.safetensors
        expect 0 2
        grep -q validation err && fail "$what: a validation on nothing"
    done
    run eval classify -m sounds.safetensors moods.csv
    expect 1 1
    holds err "moods.csv: texts and recordings do not go together"

    what="train --resume with other data"
    sed 's/bad$/BAD/; s/good$/bad/; s/BAD/good/' moods.csv >swapped.csv
    tr o u <story.txt >other.txt
    sed 's/^5/6/' load.csv >later.csv
    again() { # MODEL OPTION...: goes on with the model's own options, and these
        model=$1
        shift
        run train $task -q --config $model -o $model --resume "$@"
    }
    refused() { # the same, which must not
        again "$@"
        expect 3 1
        holds err "$model.checkpoint: it is of another run (seed 1, "
    }
    task=regress
    again load.safetensors
    expect 0 0
    run train regress --config load.safetensors -o load.safetensors --resume
    expect 0 1
    holds err "^already at step 3 of 3$"
    holds out "^network "
    again load.safetensors --steps 4
    expect 0 0
    refused load.safetensors --train later.csv
    refused load.safetensors --window 6
    refused load.safetensors --horizon 2
    task=generate
    again story.safetensors
    expect 0 0
    refused story.safetensors --train other.txt
    task=classify
    again moods.safetensors
    expect 0 0
    refused moods.safetensors --train swapped.csv
    task=seq2seq

    what="train seq2seq"
    run train seq2seq -q --train numbers.tsv --val numbers.tsv $tiny --embed 4 \
        --cell lstm --attention additive --sampling 0.5 -o numbers.safetensors
    expect 0 0
    run info numbers.safetensors
    holds out "task  *seq2seq"
    holds out "lstm of 8 to lstm of 8, additive attention"
    again numbers.safetensors
    expect 0 0
    printf '1\tone\n2\tthree\n3\ttwo\n' >swapped.tsv
    refused numbers.safetensors --train swapped.tsv
    run eval seq2seq --json -m numbers.safetensors numbers.tsv
    expect 0 0
    { printf 'digit\tname\n' && cat numbers.tsv; } >named.tsv
    run train seq2seq -q --train named.tsv --val named.tsv $tiny --embed 4 \
        -o named_s.safetensors
    expect 0 0
    run eval seq2seq --json -m named_s.safetensors named.tsv
    holds out "\"examples\": 3, \"exact\": "
    holds out "\"examples\": 3, \"exact\": "
    run train seq2seq -q --train a.jsonl --val a.jsonl $tiny -o spell.safetensors
    expect 0 0
    run eval seq2seq -m spell.safetensors a.jsonl
    expect 0 0
    run train seq2seq -q --train numbers.tsv --attention none $tiny -o x.safetensors
    expect 2 1
    holds err "attention: there is no \"none\""
}

what="train ctc --show-config and --config"
run train ctc --train a.jsonl --lr 0.1 --optimiser sgd --show-config
expect 0 0
cp out shown.json
run train ctc --config shown.json --show-config
expect 0 0
same shown.json out
holds out '"optimiser": "sgd"'
run train ctc --config words.safetensors --steps 7 --show-config
expect 0 0
holds out '"words": "zero one two.*"steps": 7'
echo '{"lr": 0.1,
"no-such": 1}' >wrong.json
run train ctc --config wrong.json
expect 2 1
holds err 'wrong.json:2: "no-such"'
run train ctc --train a.jsonl -o x.safetensors --patience 3
expect 2 1
holds err "need --val"
run train ctc --train a.jsonl -o x.safetensors --schedule up
expect 2 1
run train ctc --train a.jsonl -o x.safetensors --log x.txt
expect 2 1

what="train, what is missing"
for task in ctc denoise regress generate classify seq2seq; do
    data=--train
    [ $task != denoise ] || data=--speech
    run train $task --steps 3 --warmup 0
    expect 2 1
    holds err "pinna train $task: $data and -o are needed;"
    run train $task -o x.safetensors
    expect 2 1
    holds err "pinna train $task: $data is needed;"
    run train $task --dry-run
    expect 2 1
    holds err "pinna train $task: $data is needed;"
    run train $task $data load.csv
    expect 2 1
    holds err "pinna train $task: -o is needed;"
done
what="train, steps and warm-up"
run train regress --train load.csv --steps 60 --show-config
expect 0 0
holds out '"steps": 60, .*"warmup": 30,'
run train regress --train load.csv --steps 201 --show-config
holds out '"steps": 201, .*"warmup": 100,'
run train regress --train load.csv --steps 60 --warmup 60 -o x.safetensors
expect 2 1
holds err "steps 60 must exceed --warmup 60"
echo '{"warmup": 100}' >warmup.json
run train regress --train load.csv --steps 60 --config warmup.json -o x.safetensors
expect 2 1
holds err "steps 60 must exceed --warmup 100"

what="train ctc --log, --resume and report"
# shellcheck disable=SC2086 # a list of options
for log in x.csv x.jsonl; do
    rm -f x.safetensors*
    run train ctc -q --train a.jsonl --val a.jsonl --steps 4 $small \
        --validate-every 2 --schedule constant --optimiser rmsprop \
        -o x.safetensors --log $log
    expect 0 0
    run train ctc -q --train a.jsonl --val a.jsonl --steps 6 $small \
        --validate-every 2 --schedule constant --optimiser rmsprop \
        -o x.safetensors --log $log --resume
    expect 0 0
    [ "$(grep -c '[0-9]' $log)" -eq 3 ] || fail "$what: not three lines"
done
run report x.csv x.jsonl -o curves.html
expect 0 0
holds curves.html "x.jsonl: 3 validations, 6 steps"
run report x.jsonl -o curves.png
expect 0 0
[ "$(head -c 4 curves.png | tail -c 3)" = PNG ] || fail "$what: no PNG"
run report x.csv a.flac -o curves.html
expect 2 1
run report a.jsonl -o no_curves.html
expect 1 1
holds err "a.jsonl: no lines"
[ ! -e no_curves.html ] || fail "$what: a page of nothing"

what="train --dry-run without -o"
for data in "regress --train load.csv" "generate --train story.txt" \
    "classify --train moods.csv" "seq2seq --train numbers.tsv" \
    "ctc --max-seconds 12 --train a.jsonl" \
    "denoise --noise noise.jsonl --speech a.jsonl"; do
    # shellcheck disable=SC2086 # a list of options
    run train $data --dry-run
    [ "$code" -eq 0 ] || fail "$what: $data"
done
what="train --dry-run"
run train ctc --train a.jsonl --max-seconds 12 -o y.safetensors --dry-run
expect 0 0
holds out "^1 lines, 0.00 h of sound; 0 bad"
run train ctc --train a.jsonl -o y.safetensors --dry-run
expect 1 1
holds err "a.jsonl:1: a.flac: it is longer than 5.2 s"
run train ctc --train a.jsonl --val a.jsonl --max-seconds 12 \
    -o y.safetensors --dry-run
expect 1 1
holds err "a.jsonl:1: a.flac: it is in the training too: a.jsonl:1"
run train denoise --speech a.jsonl --noise noise.jsonl -o y.safetensors \
    --dry-run
expect 0 0
holds out "^2 lines, .*; 0 bad"
ls y.* 2>/dev/null && fail "$what: it wrote something"

# --- info
what="info"
run info --json denoiser recogniser a.jsonl a.flac a.npy
expect 0 0
for kind in model manifest recording array; do
    holds out "\"kind\": \"$kind\""
done

# --- bench
for bench in features fft step denoise transcribe live decode train; do
    what="bench $bench"
    run bench $bench --help
    expect 0 0
    holds out "^Usage: pinna bench $bench "
    run bench $bench --no-such-option
    expect 2 1
    holds err "no-such-option"
    run bench $bench --seconds 0.1 --json
    expect 0 0
    holds out "^{\"bench\": \"$bench\", \"rows\": \[{.*}\]}$"
done

finish
