# shellcheck shell=sh
# tests/host_support.sh -- what the tests in hosts of plugins share; to be
# sourced
#
# The script that sources it was called with the paths of pinna, of sound_tool
# and of the build's plugins folder, and with the name of one host.

. "$(dirname -- "$0")/sh_support.sh"
sound_tool=$2
plugins=$3
host=$4

# The denoiser's delay at 48 kHz, which the plugins report: 20 ms.
latency=960

# missing WHAT: the test is skipped; where all hosts have to be there it fails.
missing() {
    echo "$host: $1 is not installed"
    [ -z "${PINNA_ALL_HOSTS:-}" ] || exit 1
    exit 77
}

needs() {
    for command in "$@"; do
        command -v "$command" >/dev/null || missing "$command"
    done
}

# in.wav and stereo.wav, and what `pinna denoise` makes of them; want_apart.wav
# is of the second, each channel by itself.
make_sounds() {
    "$sound_tool" make "$sounds/sentence_noisy.flac" in.wav 1
    "$sound_tool" make "$sounds/sentence_noisy.flac" stereo.wav 2
    for name in in stereo; do
        "$pinna" denoise -q "$name.wav" -o "want_$name.wav"
    done
    "$pinna" denoise -q --independent stereo.wav -o want_apart.wav
}

# through WHAT COMMAND...: runs the host
through() {
    what="$host $1"
    shift
    code=0
    timeout 120 "$@" >out 2>err </dev/null || code=$?
    [ "$code" -eq 0 ] || fail "$what: exit code $code"
}

# equals WANT GOT DELAY TOLERANCE
equals() {
    if verdict=$("$sound_tool" compare "$@"); then
        echo "$what: $verdict"
    else
        fail "$what: $verdict"
    fi
}
