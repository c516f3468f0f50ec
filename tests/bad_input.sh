#!/bin/sh
# tests/bad_input.sh PINNA -- the command on files that are broken: one line that
# names the file, the right exit code, never a signal, and the others are done
set -eu
. "$(dirname -- "$0")/sh_support.sh"

# A second of silence.
{ wav_header 1 1 16000 16 32000 && head -c 32000 /dev/zero; } >good.wav

mkdir bad
: >bad/empty.wav
head -c 20 good.wav >bad/header.wav
head -c 44 good.wav >bad/header_only.wav
echo "this is no sound" >bad/text.wav
mkdir bad/directory.wav
{ wav_header 1 0 16000 16 32000 && head -c 32000 /dev/zero; } >bad/0_channels.wav
{ wav_header 1 200 16000 16 32000 && head -c 32000 /dev/zero; } \
    >bad/200_channels.wav
{ wav_header 1 1 1 16 32000 && head -c 32000 /dev/zero; } >bad/1_hz.wav
{ wav_header 1 1 0 16 32000 && head -c 32000 /dev/zero; } >bad/0_hz.wav
{ wav_header 1 1 16000 16 0; } >bad/no_samples.wav
head -c 60 "$sounds/digits.flac" >bad/header.flac
head -c 4000 /dev/urandom >bad/random.wav

for file in bad/* bad/missing.wav; do
    name=$(basename -- "$file")
    for command in denoise transcribe vad features report info; do
        what="$command $name"
        rm -rf results && mkdir results
        case $command in
        denoise | features) run $command -q -o results "$file" good.wav ;;
        vad) run $command -q -f json "$file" good.wav ;;
        report) run $command -q -o results/report.html "$file" good.wav ;;
        transcribe) run $command -q "$file" good.wav ;;
        info) run $command "$file" good.wav ;;
        esac
        expect 1 1
        holds err "$name"
        case $command in
        denoise) [ -s results/good.wav ] || fail "$what: good.wav was not done" ;;
        features) [ -s results/good.npy ] || fail "$what: good.wav was not done" ;;
        report) holds results/report.html "<h2>good.wav</h2>" ;;
        *) holds out good.wav ;;
        esac
        [ ! -e "results/$name" ] || fail "$what: left an output"
    done
done

# Usable sound: a warning, and the job is done.
{ wav_header 1 1 16000 16 64000 && head -c 32000 /dev/zero; } >truncated.wav
{
    wav_header 3 1 16000 32 64004
    head -c 32000 /dev/zero
    printf '\000\000\300\177' # NaN
    head -c 32000 /dev/zero
} >nan.wav
head -c 40000 "$sounds/digits.flac" >truncated.flac
for file in truncated.wav nan.wav truncated.flac; do
    for command in denoise transcribe vad features report info; do
        what="$command $file"
        case $command in
        denoise | features) run $command -q -o "${command}_result" "$file" ;;
        transcribe | vad) run $command -q "$file" ;;
        report) run $command -q "$file" -o report.png ;;
        info) run $command "$file" ;;
        esac
        expect 0 1
        holds err "warning: $file"
    done
    [ -s denoise_result ] || fail "denoise $file: no output"
done

# Rates that the denoiser, the recogniser or vad does not take.
{ wav_header 1 1 4000 16 8000 && head -c 8000 /dev/zero; } >4khz.wav
{ wav_header 1 1 384000 16 8000 && head -c 8000 /dev/zero; } >384khz.wav
for file in 4khz.wav 384khz.wav; do
    what="denoise $file"
    run denoise -q -o out.wav "$file"
    expect 1 1
    holds err "$file"
    what="vad $file"
    run vad -q "$file"
    expect 1 1
    holds err "$file"
done

# Outputs that cannot be.
what="denoise to a missing folder"
run denoise -q good.wav -o no/such/out.wav
expect 1 1
holds err "no/such/out.wav"
what="denoise to a full disk"
run denoise -q good.wav -o /dev/full
expect 1 1
what="features to a full disk"
run features -q good.wav -o /dev/full
expect 1 1
what="report of nothing that can be read"
run report -q bad/text.wav -o nothing.html
expect 1 1
[ ! -e nothing.html ] || fail "$what: left an output"
what="report to a missing folder"
run report -q good.wav -o no/such/report.html
expect 3 1
holds err "no/such/report.html"
what="vad to a full disk"
run vad -q -f csv good.wav -o /dev/full
expect 1 1
what="output folder is a file"
run denoise -q good.wav truncated.wav -o nan.wav
expect 3 1
holds err nan.wav
what="two inputs of one name"
mkdir other && cp good.wav other/
run denoise -q good.wav other/good.wav -o results
expect 2 1

# Features: cut, of another format, no numbers; the others are done.
mkdir features
run features -q good.wav -o features/good.npy
run features -q good.wav -o features/good.htk
run features -q good.wav -o features/good.ark
run features -q good.wav -o features/good.csv
for file in good.npy good.htk good.ark; do
    head -c 1000 features/$file >features/cut_$file
    : >features/empty_$file
    head -c 4000 /dev/urandom | tr '\0' x >features/random_$file
done
echo "1,2,nan" >features/nan.csv
printf '1,2\n3\n' >features/ragged.csv
: >features/empty.csv
echo "x good.ark:99" >features/offset.scp
echo "x missing.ark:5" >features/missing.scp
mkdir features/folder.npy
for file in features/cut_* features/empty* features/random_* features/nan.csv \
    features/ragged.csv features/offset.scp features/missing.scp \
    features/folder.npy features/none.npy; do
    name=$(basename -- "$file")
    what="convert $name"
    rm -rf results && mkdir results
    run convert -q -o results "$file" features/good.csv
    case $name in
    empty_good.ark) # a warning: no matrix is no failure
        expect 0 1
        holds err "$name"
        ;;
    *)
        expect 1 1
        holds err "$name"
        ;;
    esac
    [ -s results/good.npy ] || fail "$what: good.csv was not done"
    case $name in
    empty_good.ark | *.npy) ;;
    *)
        what="info $name"
        run info "$file" good.wav
        expect 1 1
        holds err "$name"
        ;;
    esac
done
what="convert nothing that can be read"
run convert -q features/ragged.csv -o results/nothing.ark
expect 1 1
[ ! -e results/nothing.ark ] || fail "$what: left an output"

# Manifests.
echo '{"audio_filepath": "good.wav"}' >good.jsonl
echo '{"audio_filepath": 7}' >number.jsonl
echo 'no json' >text.jsonl
: >empty.jsonl
for file in number.jsonl text.jsonl empty.jsonl missing.jsonl; do
    what="transcribe $file"
    run transcribe -q "$file" good.jsonl
    expect 1 1
    holds err "$file"
    holds out good.wav
    what="mix $file"
    run mix -q --speech "$file" --noise good.jsonl -o mixed
    expect 3 1
    holds err "$file"
done
what="eval ctc without text"
run eval ctc -q good.jsonl
expect 1 1
holds err good.wav

# Models. What is no model at all, then one byte wrong anywhere in the header.
: >empty.safetensors
echo "this is no model" >text.safetensors
head -c 1000 "$models/denoiser.safetensors" >cut.safetensors
for model in empty text cut missing; do
    what="model $model"
    run denoise -q -m "$model.safetensors" good.wav -o out.wav
    expect 3 1
    holds err "$model.safetensors"
done
what="a recogniser as a denoiser"
run denoise -q -m "$models/digits.safetensors" good.wav -o out.wav
expect 3 1
holds err digits.safetensors

# damage MODEL STEP: one byte wrong anywhere in the header, every STEP bytes
damage() {
    at=0
    while [ $at -lt 400 ]; do
        for byte in '\000' '\377' '9' '"'; do
            cp "$1" damaged.safetensors
            # shellcheck disable=SC2059 # the byte is the format
            printf "$byte" |
                dd of=damaged.safetensors bs=1 seek=$at conv=notrunc 2>dd.log
            what="$1 with byte $at set to $byte"
            run denoise -q -m damaged.safetensors good.wav -o out.wav
            # A byte may be what it was, or belong to a text for people.
            if [ "$code" -ne 0 ]; then
                expect 3 1
                holds err damaged.safetensors
            fi
        done
        at=$((at + $2))
    done
}
damage "$models/denoiser.safetensors" 7
what="an int8 model"
run convert -q --int8 "$models/denoiser.safetensors" -o int8.safetensors
expect 0 0
damage int8.safetensors 23

# Text for a language model.
printf 'one\n<s> two\n' >reserved.txt
printf 'one\na\0b\n' >zero.txt
: >empty.txt
for file in reserved.txt zero.txt empty.txt missing.txt; do
    what="lm $file"
    echo old >kept.arpa
    run lm -q "$file" -o kept.arpa
    expect 1 1
    [ "$(cat kept.arpa)" = old ] || fail "$what: kept.arpa was replaced"
done
what="lm of the wrong order"
run lm --order 7 reserved.txt
expect 2 1

# What guides a beam search.
printf 'one\nthird\n' >lexicon.txt
head -c 300 /dev/urandom >random.arpa
printf '\\data\\\nngram 1=2\n\\1-grams:\n-1 one\n' >cut.arpa
for option in "--lm random.arpa" "--lm cut.arpa" "--lm missing.arpa" \
    "--lexicon lexicon.txt" "--lexicon empty.txt" "--lexicon missing.txt" \
    "--grammar lexicon.txt" "--grammar empty.txt" "--grammar zero.txt"; do
    what="transcribe $option"
    # shellcheck disable=SC2086 # two words
    run transcribe -q $option good.wav
    expect 3 1
    holds err "${option#* }"
done

# Texts to score.
printf 'a one\na two\n' >twice.txt
for file in twice.txt zero.txt empty.txt missing.txt; do
    what="score $file"
    run score lexicon.txt "$file"
    expect 1 1
    holds err "$file"
    run score "$file" lexicon.txt
    expect 1 1
    holds err "$file"
done

# Sound to align: nothing of it, or too little for the text.
{ wav_header 1 1 16000 16 3200 && head -c 3200 /dev/zero; } >short.wav
long=$(yes one | head -n 200 | tr '\n' ' ')
for file in bad/empty.wav bad/text.wav missing.wav short.wav; do
    what="align $file"
    run align -q "$file" --text "$long"
    expect 1 1
    holds err "$file"
done

finish
