#!/bin/sh
# tests/plugin_headers.sh CMAKE COMPILER [CLAP_INCLUDE] -- a plugin whose headers
# are missing costs one line; those of CLAP are found by pkg-config, too
set -eu
cmake=$1
compiler=$2
clap=${3:-}
source=$(cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
n_failed=0

fail() {
    echo "FAILED: $*"
    sed 's/^/  /' "$work/out"
    n_failed=$((n_failed + 1))
}

# configure OPTION...
configure() {
    "$cmake" -S "$source" -B "$work/build" -DBUILD_TESTING=OFF \
        "-DCMAKE_C_COMPILER=$compiler" "$@" >"$work/out" 2>&1 ||
        fail "$*: no configuration"
}

configure -DLADSPA_INCLUDE= -DLV2_INCLUDE= -DCLAP_INCLUDE=
for kind in LADSPA LV2 CLAP; do
    [ "$(grep -c "^-- No $kind plugin: .* is missing (.*)\$" "$work/out")" = 1 ] ||
        fail "no line of $kind"
done

if [ -n "$clap" ]; then
    mkdir -p "$work/elsewhere"
    ln -s "$clap/clap" "$work/elsewhere/clap"
    printf '%s\n' "Name: clap" "Description: CLAP" "Version: 1.1.1" \
        "Cflags: -I$work/elsewhere" >"$work/clap.pc"
    export PKG_CONFIG_PATH="$work"
    configure -UCLAP_INCLUDE
    grep -q "^CLAP_INCLUDE:PATH=$work/elsewhere\$" "$work/build/CMakeCache.txt" ||
        fail "the headers of pkg-config are not found"
    ! grep -q "^-- No CLAP" "$work/out" || fail "no plugin with them"
fi

[ "$n_failed" -eq 0 ]
