#!/bin/sh
# tests/live_hosts.sh PINNA SOUND_TOOL PLUGINS HOST -- `pinna live` with one of
# the sound systems below, without a sound card; skipped where it is not
# installed. HOST none: a build without PortAudio
set -eu
. "$(dirname -- "$0")/host_support.sh"

# ALSA devices of files, as fast as they can: "fakemic" hears in.f32, what is
# said to "fakespk" is in out.f32. ALSA's own configuration is left out.
alsa_files() {
    cat >asound.conf <<CONF
pcm.rawnull { type null }
pcm.micfile {
    type file slave.pcm "rawnull" file "/dev/null" infile "$work/in.f32"
    format "raw"
}
pcm.spkfile {
    type file slave.pcm "rawnull" file "$work/out.f32" format "raw"
}
pcm.fakemic {
    type plug slave { pcm "micfile" format FLOAT_LE rate 48000 channels 1 }
}
pcm.fakespk {
    type plug slave { pcm "spkfile" format FLOAT_LE rate 48000 channels 1 }
}
pcm.!default { type asym capture.pcm "fakemic" playback.pcm "fakespk" }
CONF
    export ALSA_CONFIG_PATH="$work/asound.conf"
}

case $host in
none)
    what="live devices without PortAudio"
    run live devices
    expect 3 1
    holds err "pinna live devices: this pinna was built without PortAudio"
    ;;
alsa)
    alsa_files
    what="live devices"
    run live devices
    expect 0 0
    holds out "ALSA: fakemic (48000 Hz)"
    holds out "^    \* input .* 48000 .*Hz$"
    run live devices --json
    expect 0 0
    holds out '"api": "ALSA", "name": "fakespk", "rate": 48000, "input": {'
    holds out '"default": true, "rates": \[48000, 96000, 192000\]}'
    ;;
*)
    fail "no test of $host"
    ;;
esac
finish
