#!/bin/sh
# tests/layers.sh -- includes point one way, libraries stay behind their doors,
# and the README names every file
set -eu
cd -- "$(dirname -- "$0")/.."
n_failed=0

fail() {
    echo "FAILED: $*"
    n_failed=$((n_failed + 1))
}

# sources FOLDER...: the C files below
sources() {
    find "$@" -name '*.[ch]' | LC_ALL=C sort
}

# may_include FOLDER LAYER...: files of the folder include our own headers only
# from these layers, and always by their path from the top
may_include() {
    folder=$1
    shift
    [ -d "$folder" ] || return 0
    allowed=$(echo "$*" | tr ' ' '|')
    found=$(sources "$folder" | xargs -r grep -nHE '^ *# *include *"' |
        grep -vE "include *\"($allowed)/" || true)
    [ -z "$found" ] || fail "$folder/ may include $* only:
$found"
}

may_include dsp dsp
may_include rnn dsp rnn
may_include datasets dsp datasets
may_include plugins dsp rnn plugins
may_include tools dsp rnn datasets tools

# door HEADER FILE...: no other file includes a library's header that begins
# like this. Tests are free to.
door() {
    header=$1
    shift
    found=$(sources dsp rnn datasets tools $plugins |
        xargs grep -lE "^ *# *include *[<\"]$header" || true)
    for file in $found; do
        case " $* " in
        *" $file "*) ;;
        *) fail "$file includes $header, whose door is $*" ;;
        esac
    done
    for file in "$@"; do
        [ ! -e "$file" ] || grep -qE "^ *# *include *<$header" "$file" ||
            fail "$file is no door to $header"
    done
}

plugins=
[ ! -d plugins ] || plugins=plugins
door 'kiss_fft' dsp/fft_kiss.c
door 'speex' dsp/resample.c
door '(cblas|openblas|f77blas|lapack)' rnn/linalg.c
door 'sndfile' datasets/audio_file.c
door 'png' tools/png_file.c
door 'portaudio' tools/device.c
door 'mpi' tools/mpi_link.c
door 'ladspa' plugins/ladspa.c
door 'lv2/' plugins/lv2.c
door 'clap/' plugins/clap_plugin.h
door 'jansson' rnn/safetensors.c rnn/json_fields.h datasets/manifest_jsonl.c tools/feature_settings.c \
    tools/option_file.c tools/log_table.c

# The README calls a source by its name without .c or .h, a script by its whole
# name.
if [ -e README.md ]; then
    files=$(find dsp rnn datasets tools $plugins -name '*.[ch]' -o -name '*.sh')
    for file in $files; do
        name=${file##*/}
        grep -qF "\`${name%.[ch]}\`" README.md ||
            fail "README.md does not name $file"
    done
else
    echo "there is no README.md yet"
fi

# No module is called like another.
twice=$(sources dsp rnn datasets tools $plugins | sed 's|.*/||' |
    LC_ALL=C sort | uniq -d)
[ -z "$twice" ] || fail "two files are called $twice"

[ "$n_failed" -eq 0 ]
