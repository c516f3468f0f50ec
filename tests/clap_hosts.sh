#!/bin/sh
# tests/clap_hosts.sh PINNA SOUND_TOOL PLUGINS HOST [CLAP_APPLY] -- the CLAP
# plugins in one of the hosts below; skipped where it is not installed
set -eu
. "$(dirname -- "$0")/host_support.sh"
file=$plugins/clap/pinna.clap

case $host in
clap_apply) # a host of our own
    apply=$5
    make_sounds
    through mono "$apply" "$file" pinna.denoiser-mono in.wav got.wav
    equals want_in.wav got.wav 0 0
    through "stereo unlinked" "$apply" "$file" pinna.denoiser-stereo \
        stereo.wav got.wav "Stereo Link=off"
    equals want_apart.wav got.wav 0 0
    through stereo "$apply" "$file" pinna.denoiser-stereo stereo.wav got.wav
    equals want_stereo.wav got.wav 0 0
    through look-back "$apply" "$file" pinna.denoiser-mono in.wav got.wav \
        "VAD Look-back=120"
    equals want_in.wav got.wav 0 0
    through bypass "$apply" "$file" pinna.denoiser-stereo stereo.wav got.wav \
        "Bypass=on"
    equals stereo.wav got.wav 0 0
    ;;
qtractor)
    scan=$(find /usr/lib /usr/libexec -name qtractor_plugin_scan 2>/dev/null |
        head -n 1)
    [ -n "$scan" ] || missing qtractor
    what="qtractor scan"
    echo "CLAP:$file" | QT_QPA_PLATFORM=offscreen timeout 60 "$scan" >out 2>err ||
        fail "$what: it failed"
    holds out "^CLAP|pinna denoiser|1:1|"
    holds out "^CLAP|pinna denoiser (stereo)|2:2|"
    ;;
*)
    fail "no test of $host"
    ;;
esac
finish
