#!/bin/sh
# tests/plugins_installed.sh CMAKE BUILD KIND... -- what the installation of the
# plugins puts where, and what other code they need and let others see
set -eu
cmake=$1
build=$2
shift 2
scripts=$(cd -- "$(dirname -- "$0")/../plugins" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
n_failed=0

fail() {
    echo "FAILED: $*"
    n_failed=$((n_failed + 1))
}

# check FILE SYMBOL: exports this only, needs the C library only
check() {
    if [ ! -e "$1" ]; then
        fail "$1 is missing"
        return
    fi
    symbols=$(nm -D --defined-only "$1" | awk '{ print $3 }')
    [ "$symbols" = "$2" ] || fail "$1 exports $symbols"
    needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
        grep -v '^\(libc\|libm\|ld-linux[-a-z0-9_]*\)\.so\.[0-9]*$' || true)
    [ -z "$needed" ] || fail "$1 needs $needed"
    if readelf -d "$1" | grep -q TEXTREL; then
        fail "$1 has relocations in its code"
    fi
}

# check_kind KIND LADSPA LV2 CLAP: the folders
check_kind() {
    case $1 in
    ladspa) check "$2/pinna.so" ladspa_descriptor ;;
    lv2)
        check "$3/pinna.lv2/pinna.so" lv2_descriptor
        for file in manifest.ttl pinna.ttl; do
            [ -s "$3/pinna.lv2/$file" ] || fail "$3/pinna.lv2/$file is missing"
        done
        ;;
    clap) check "$4/pinna.clap" clap_entry ;;
    esac
}

"$cmake" --install "$build" --prefix "$work/usr" >/dev/null
HOME=$work/home sh "$scripts/user_install.sh" "$build/plugins" >/dev/null
# Again, over what is there.
HOME=$work/home sh "$scripts/user_install.sh" "$build/plugins" >/dev/null
for kind in "$@"; do
    check_kind "$kind" "$work/usr/lib/ladspa" "$work/usr/lib/lv2" \
        "$work/usr/lib/clap"
    check_kind "$kind" "$work/home/.ladspa" "$work/home/.lv2" \
        "$work/home/.clap"
done

[ "$n_failed" -eq 0 ]
