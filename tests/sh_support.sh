# shellcheck shell=sh
# tests/sh_support.sh -- what the tests of the command share; to be sourced
#
# The script that sources it was called with the path of pinna. It works in a
# folder of its own, which is removed at the end.

pinna=$1
sounds=$(cd -- "$(dirname -- "$0")/../datasets/sounds" && pwd)
models=$(cd -- "$(dirname -- "$0")/../rnn/models" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd -- "$work"
n_failed=0

fail() {
    echo "FAILED: $*"
    [ ! -s out ] || sed 's/^/  stdout: /' out | head -n 5
    [ ! -s err ] || sed 's/^/  stderr: /' err | head -n 5
    n_failed=$((n_failed + 1))
}

# run WORD...: pinna, with stdout and stderr in files and the code in $code
run() {
    code=0
    timeout 60 "$pinna" "$@" >out 2>err || code=$?
}

# expect CODE LINES: of the last run, its exit code and its lines on stderr
expect() {
    [ "$code" -eq "$1" ] || fail "$what: exit code $code, not $1"
    lines=$(wc -l <err)
    [ "$lines" -eq "$2" ] || fail "$what: $lines lines on stderr, not $2"
}

# holds FILE TEXT: the file has the text in it
holds() {
    grep -q -e "$2" -- "$1" || fail "$what: $1 does not hold \"$2\""
}

same() {
    cmp -s -- "$1" "$2" || fail "$what: $1 and $2 differ"
}

finish() {
    [ "$n_failed" -eq 0 ] || exit 1
}

# little FIELD BYTES: a number as little-endian bytes
little() {
    n=$1
    i=0
    while [ $i -lt "$2" ]; do
        # shellcheck disable=SC2059 # the byte is the format
        printf "\\$(printf '%03o' $((n % 256)))"
        n=$((n / 256))
        i=$((i + 1))
    done
}

# wav_header CODE CHANNELS RATE BITS BYTES: of a WAV; CODE 1 is PCM, 3 float
wav_header() {
    printf 'RIFF'
    little $(($5 + 36)) 4
    printf 'WAVEfmt '
    little 16 4
    little "$1" 2
    little "$2" 2
    little "$3" 4
    little $(($2 * $3 * $4 / 8)) 4
    little $(($2 * $4 / 8)) 2
    little "$4" 2
    printf 'data'
    little "$5" 4
}
