#!/bin/sh
# tests/live_hosts.sh PINNA SOUND_TOOL PLUGINS HOST -- `pinna live` with one of
# the sound systems below, without a sound card; skipped where it is not
# installed. HOST none: a build without PortAudio
set -eu
# WirePlumber needs a session bus.
if [ "${4#pipewire}" != "$4" ] && [ -z "${PINNA_TEST_SESSION:-}" ] &&
    command -v dbus-run-session >/dev/null
then
    export PINNA_TEST_SESSION=1
    exec dbus-run-session -- sh "$0" "$@"
fi
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

# number NAME: its value in the JSON of the last run
number() {
    sed -n "s/.*\"$1\": \([-0-9.]*\).*/\1/p" out
}

# samples NAME...: milliseconds of the JSON, added, as samples at 48 kHz
samples() {
    sum=0
    for name in "$@"; do
        sum=$(echo "$sum $(number "$name")" | awk '{ printf "%.3f", $1 + $2 }')
    done
    echo "$sum" | awk '{ printf "%.0f", $1 * 48 }'
}

# is WANT GOT: numbers
is() {
    [ "$1" = "$2" ] || fail "$what: $2, not $1"
}

# at_least LEAST GOT
at_least() {
    echo "$1 $2" | awk '{ exit !($2 >= $1) }' ||
        fail "$what: $2 is less than $1"
}

# The wet record is what pinna denoise makes of the dry one, whatever was lost
# on the way from and to the devices.
records_agree() {
    "$pinna" denoise -q dry.wav -o want_dry.wav
    equals want_dry.wav wet.wav 0 3.1e-5 # rounded to 16 bits twice
}

# live PART OPTION...: in the background, as $live, with stdout and stderr in
# files
live() {
    "$pinna" live "$@" >out 2>err </dev/null &
    live=$!
}

# ended: waits for it, with its exit code in $code
ended() {
    code=0
    wait "$live" || code=$?
}

# node NAME CLASS: what makes a device that is none
node() {
    echo "{ factory.name = support.null-audio-sink node.name = $1
        media.class = $2 audio.position = [ MONO ] object.linger = true }"
}

# pipewire_setup QUANTUM: a PipeWire of our own, with a microphone and a
# loudspeaker that are none. A busy machine needs a long quantum.
pipewire_setup() {
    needs dbus-run-session pipewire wireplumber pw-cat pw-link
    make_sounds
    mkdir -m 700 run
    export XDG_RUNTIME_DIR="$work/run" XDG_CONFIG_HOME="$work/config"
    export XDG_STATE_HOME="$work/state"
    mkdir -p config/pipewire/pipewire.conf.d state
    cat >config/pipewire/pipewire.conf.d/10.conf <<CONF
context.properties = {
    default.clock.rate = 48000 default.clock.quantum = $1
    default.clock.min-quantum = $1 default.clock.max-quantum = $1
}
context.objects = [
    { factory = adapter args = $(node mic Audio/Source/Virtual) }
    { factory = adapter args = $(node spk Audio/Sink) }
]
CONF
    children=""
    stop() {
        for child in $children; do
            kill "$child" 2>/dev/null || true
            wait "$child" 2>/dev/null || true
        done
        rm -rf -- "$work"
    }
    trap stop EXIT
}

# servers: begins them, again if need be
servers() {
    pipewire >pipewire.log 2>&1 &
    pipewire=$!
    for _ in $(seq 50); do
        [ ! -e run/pipewire-0 ] || break
        sleep 0.1
    done
    wireplumber >wireplumber.log 2>&1 &
    wireplumber=$!
    children="$wireplumber $pipewire $children"
    link_ready "^mic:" || fail "PipeWire did not start"
}

# link_ready PATTERN: until there is such a port
link_ready() {
    for _ in $(seq 100); do
        ! pw-link -io 2>/dev/null | grep -q "$1" || return 0
        sleep 0.1
    done
    return 1
}

# unplug NAME, plug NAME CLASS
unplug() {
    pw-cli destroy "$(pw-cli ls Node |
        sed -n "s/^[[:space:]]*id \([0-9]*\),.*/\1/p; s/.*node.name = //p" |
        grep -B 1 "^\"$1\"" | head -n 1)" >/dev/null
}
plug() {
    pw-cli create-node adapter "$(node "$1" "$2")" >/dev/null
}

# devices_go_and_come: what runs loses its microphone and its loudspeaker, says
# so once, and goes on when they are back
devices_go_and_come() {
    children="$live $children"
    link_ready "^ALSA Capture" || fail "$what: not there"
    sleep 1
    unplug mic
    unplug spk
    sleep 6 # longer than it waits for what it has opened anew
    [ "$(grep -c "lost; waiting until it is back" err)" -eq 1 ] ||
        fail "$what: not told that they are lost"
    ! grep -q "the sound is back" err || fail "$what: it came back too early"
    plug spk Audio/Sink
    plug mic Audio/Source/Virtual
    for _ in $(seq 50); do
        ! grep -q "the sound is back" err || break
        sleep 0.1
    done
    play_into_mic "$@"
    ended
}

# play_into_mic FILE RATE
play_into_mic() {
    pw-cat -p -P '{ node.autoconnect = false node.name = play }' \
        --rate "$2" --channels 1 --format f32 "$1" >play 2>&1 &
    children="$! $children"
    link_ready "^play:output" || fail "$what: pw-cat did not start"
    pw-link "$(pw-link -o | grep '^play:output' | head -n 1)" \
        "$(pw-link -i | grep '^mic:input' | head -n 1)" || true
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

    make_sounds
    n=$("$pinna" info --json in.wav | sed 's/.*"samples": \([0-9]*\).*/\1/')
    tail -c $((4 * n)) in.wav >in.f32
    for options in "--block 480 --latency 0.02" "--block 64 --latency 0.003" \
        "--block 1000 --latency 0.05 --vad-look-back 50"
    do
        for mix in 100 0; do
            what="live denoise $options --mix $mix"
            rm -f out.f32
            # shellcheck disable=SC2086 # a list of options
            run live denoise -q --json -d 5.4 $options --mix $mix
            expect 0 0
            is 5.400000 "$(number duration)"
            is 0 "$(number xruns)"
            # Without the silence that fills up the last block.
            bytes=$((4 * 259000))
            { wav_header 3 1 48000 32 $bytes && head -c $bytes out.f32; } >got.wav
            late=$(samples output_latency_ms denoiser_latency_ms)
            late=$((late + $(echo "$options" | cut -d ' ' -f 2)))
            [ $mix = 100 ] && want=want_in.wav || want=in.wav
            equals $want got.wav "$late" 0
        done
    done

    what="live denoise, bad options"
    run live denoise -i nobody -d 1
    expect 3 1
    holds err 'no input device is called "nobody"'
    run live denoise -o 999 -d 1
    expect 3 1
    holds err "there is no device 999"
    run live denoise -i fake -o f -d 1
    expect 3 1
    holds err '2 input devices are called "fake"'
    run live denoise --rate 44100 -d 1
    expect 3 1
    holds err "ALSA: default to ALSA: default: "
    run live denoise --mix 101
    expect 2 1
    run live denoise --record-dry /no/such/folder/a.wav -d 1
    expect 3 1
    holds err "/no/such/folder/a.wav"
    what="live denoise --loopback-test without a cable"
    head -c 4000000 /dev/zero >in.f32
    run live denoise --loopback-test
    expect 1 1
    holds err "nothing of what was played came back"
    ;;
strace)
    needs strace
    alsa_files
    "$sound_tool" make "$sounds/digits.flac" in.wav 1
    tail -c 400000 in.wav >in.f32
    # -k: each system call, and below it the functions that it comes from.
    strace -f -k -o trace true 2>err || missing "strace that may trace"
    for part in denoise transcribe; do
        what="live $part under strace"
        rm -f out.f32
        code=0
        timeout 120 strace -f -k -o trace "$pinna" live $part -q -d 2 \
            --block 480 --latency 0.02 >out 2>err || code=$?
        expect 0 0
        holds trace "^ > .*/libportaudio.*("
        holds trace "^ > .*/pinna(pinna_live_wait+"
        echo "$what: $(grep -c '^[0-9]' trace) system calls," \
            "$(grep -c '^ > .*/pinna(call_back' trace) from the callback"
        ! grep -q "^ > .*/pinna(call_back" trace ||
            fail "$what: $(grep -B 9 '/pinna(call_back' trace | head -n 9)"
    done
    ;;
jack)
    needs jackd jack_wait jack_connect jack_lsp jack-play
    make_sounds
    export JACK_DEFAULT_SERVER="pinna$$" JACK_NO_AUDIO_RESERVATION=1
    device="JACK Audio Connection Kit: system"
    children=""
    server=""
    # Clients first, and each to its end: JACK has room for eight servers, and
    # counts those that were cut short.
    stop() {
        for child in $children $server; do
            kill "$child" 2>/dev/null || true
            wait "$child" 2>/dev/null || true
        done
        rm -rf -- "$work"
    }
    trap stop EXIT
    jackd -r -n "$JACK_DEFAULT_SERVER" -d dummy -r 48000 -p 1024 -C 1 -P 1 \
        >server 2>&1 &
    server=$!
    jack_wait -w -t 10 >/dev/null 2>&1

    # connect FROM TO: as soon as both are there
    connect() {
        for _ in $(seq 100); do
            ! jack_connect "$1" "$2" 2>/dev/null || return 0
            sleep 0.05
        done
        fail "$what: no connection from $1 to $2"
    }
    # runs: until the stream is there
    runs() {
        for _ in $(seq 100); do
            ! jack_lsp 2>/dev/null | grep -q "^PortAudio:in_0" || return 0
            sleep 0.05
        done
        fail "$what: it does not begin"
    }
    play() {
        JACK_PLAY_CONNECT_TO=PortAudio:in_0 timeout 60 jack-play -n play -u \
            "$1" >play 2>&1 &
        children="$! $children"
    }

    what="live devices"
    run live devices
    expect 0 0
    holds out "JACK Audio Connection Kit: system (48000 Hz)"

    what="live denoise"
    live denoise --json -i "$device" -o "$device" -d 9 \
        --record-dry dry.wav --record-wet wet.wav
    children="$live $children"
    runs
    play in.wav
    # Longer than any server waits: xruns, and the sound goes on.
    sleep 3
    kill -STOP $live
    sleep 0.5
    kill -CONT $live
    ended
    expect 0 2
    is 9.000000 "$(number duration)"
    at_least 1 "$(number xruns)"
    at_least -40 "$(number input_level_db)"
    is 431040 "$(number samples_recorded)"
    is 20.000 "$(number denoiser_latency_ms)"
    records_agree

    what="live denoise --loopback-test"
    live denoise --loopback-test --json -i "$device" -o "$device"
    children="$live $children"
    connect PortAudio:out_0 PortAudio:in_0
    ended
    expect 0 0
    is 21.333 "$(number measured_ms)"
    is 21.333 "$(number reported_ms)"
    is 41.333 "$(number with_denoiser_ms)"

    # press KEY...: at a terminal, of which all that is shown is in typed
    press() {
        {
            sleep 1.5
            for key in "$@"; do
                printf %s "$key"
                sleep 0.2
            done
            sleep 1
            printf q
            sleep 1
        } | timeout 20 script -qec \
            "$pinna live denoise -i '$device' -o '$device'" "$work/typed" \
            >/dev/null
    }
    what="live denoise, keys"
    if command -v script >/dev/null; then
        press m m b b - - + r
        for shown in MUTE BYPASS "mix 80 %" "mix 90 %" "recording pinna-" REC \
            "cpu [0-9]* %" "s of sound: "
        do
            holds typed "$shown"
        done
        set -- pinna-*-dry.wav pinna-*-wet.wav
        mv "$1" dry.wav
        mv "$2" wet.wav
        # Mixed with the dry sound.
        "$pinna" denoise -q --mix 90 dry.wav -o want_dry.wav
        [ -s wet.wav ] || fail "$what: no recording"

        what="live denoise, no place for recordings"
        (mkdir gone && cd gone && rmdir ../gone && press r m)
        holds typed "pinna live denoise: pinna-.*-dry.wav: cannot be created"
        holds typed MUTE
        holds typed "s of sound: "
    fi

    what="live denoise of a program that goes away"
    timeout 60 jack-play -n mic -u in.wav >play 2>&1 &
    program=$!
    children="$program $children"
    for _ in $(seq 100); do
        ! jack_lsp 2>/dev/null | grep -q "^mic:out_1" || break
        sleep 0.05
    done
    live denoise --json -i "JACK Audio Connection Kit: mic" -o "$device" -d 3
    children="$live $children"
    runs
    sleep 1
    kill $program
    ended
    expect 0 2
    is 3.000000 "$(number duration)"
    is 0.000 "$(number input_latency_ms)" # it tells none

    what="live denoise, interrupted"
    live denoise -q -i "$device" -o "$device" --record-wet wet2.wav
    children="$live $children"
    runs
    sleep 1
    kill -INT $live
    ended
    expect 130 0
    [ -s wet2.wav ] || fail "$what: no recording"

    # PortAudio cannot find another server: an end, not a wait without one.
    what="live denoise, without its server"
    live denoise -q -i "$device" -o "$device" --record-wet wet3.wav
    runs
    sleep 1
    kill $server
    wait $server || true
    server=""
    ended
    expect 1 1
    holds err "system: lost\$"
    [ -s wet3.wav ] || fail "$what: no recording"
    ;;
pipewire)
    pipewire_setup 1024
    servers
    "$pinna" live devices >out 2>err
    grep -q "ALSA: pipewire" out || missing "PipeWire's plugin of ALSA"

    what="live denoise"
    # PipeWire drops blocks when the machine is busy, and tells nobody; the
    # beginning is played before it is linked.
    for try in 1 2 3 4 5; do
        live denoise --json -i "ALSA: pipewire" -o "ALSA: pipewire" \
            --latency 0.1 -d 7.5 --record-dry dry.wav --record-wet wet.wav
        children="$live $children"
        link_ready "^ALSA Capture" || fail "$what: not there"
        sleep 0.5
        play_into_mic in.wav 48000
        ended
        expect 0 2
        is 7.500000 "$(number duration)"
        records_agree
        dry=$("$sound_tool" find in.wav dry.wav)
        wet=$("$sound_tool" find want_in.wav wet.wav)
        echo "$what: try $try: of the file $dry dB, of pinna denoise $wet dB"
        ! echo "${dry#* }" | awk '{ exit !($1 >= 25) }' || break
    done
    at_least 25 "${dry#* }"
    at_least 10 "${wet#* }"
    is "${dry% *}" "${wet% *}"

    what="live transcribe"
    "$sound_tool" make "$sounds/digits.flac" digits.wav 1
    digits="three one four one five nine two six"
    for options in "" "--beam 16 --denoise"; do
        for try in 1 2 3 4 5; do
            # shellcheck disable=SC2086 # a list of options
            live transcribe -i "ALSA: pipewire" --latency 0.1 -d 9.5 \
                -o captions.srt $options
            children="$live $children"
            link_ready "^ALSA Capture" || fail "$what: not there"
            sleep 0.5
            play_into_mic digits.wav 16000
            ended
            expect 0 1
            text=$(sed -n 's/.*"final",.*"text": "\([^"]*\)".*/\1/p' out |
                tr '\n' ' ')
            echo "$what $options: try $try: $text"
            [ "$text" != "$digits " ] || break
        done
        is "$digits " "$text"
        holds out '^{"type": "partial", "time": [0-9.]*, "text": '
        at_least "$(number first_partial_most_ms)" 300
        at_least "$(number final_most_ms)" 600
        at_least 300 "$(number final_most_ms)"
        holds out '"utterances": 1, "words": 8,'
        grep -o '"[a-z_]*_ms": [-0-9.]*' out | tr '\n' ' '
        echo
        holds captions.srt "^three one four "
        holds captions.srt "^00:00:[0-9,]* --> 00:00:[0-9,]*$"
    done

    what="live transcribe on a terminal"
    if command -v script >/dev/null; then
        timeout 30 script -qec "$pinna live transcribe -i 'ALSA: pipewire' \
            --beam 16 --latency 0.1 -d 9.5 -o captions.txt" typed \
            >/dev/null </dev/null &
        live=$!
        children="$live $children"
        link_ready "^ALSA Capture" || fail "$what: not there"
        sleep 0.5
        play_into_mic digits.wav 16000
        ended
        # A dim tail, and what it became.
        holds typed "$(printf '\033\[2m[a-z ]*\033\[0m')"
        holds typed "$(printf '\r\033\[K[a-z ]*[a-z]\r*$')"
        [ -s captions.txt ] || fail "$what: no file"
    fi

    needs pw-cli
    what="live denoise, devices that go and come back"
    live denoise --json -i "ALSA: pipewire" -o "ALSA: pipewire" \
        --latency 0.1 -d 8.5 --record-dry dry.wav --record-wet wet.wav
    devices_go_and_come in.wav 48000
    expect 0 4
    is 1 "$(number devices_lost)"
    is 8.500000 "$(number duration)"
    at_least -40 "$(number input_level_db)"
    records_agree
    what="live transcribe, devices that go and come back"
    live transcribe -i "ALSA: pipewire" --latency 0.1 -d 10
    devices_go_and_come digits.wav 16000
    expect 0 3
    is 1 "$(number devices_lost)"
    holds out '"text": "three one four'

    what="live denoise, a server that ends and comes back"
    live denoise --json -i "ALSA: pipewire" -o "ALSA: pipewire" -d 6 \
        --record-dry dry.wav --record-wet wet.wav
    children="$live $children"
    link_ready "^ALSA Capture" || fail "$what: not there"
    sleep 1
    kill $wireplumber $pipewire
    wait $wireplumber $pipewire || true
    sleep 1
    servers
    ended
    holds err "ALSA: pipewire to ALSA: pipewire: lost"
    is 1 "$(number devices_lost)"
    if [ "$code" -eq 0 ]; then
        expect 0 4
        holds err "lost; waiting until it is back"
        holds err "the sound is back"
        is 6.000000 "$(number duration)"
    else
        # PortAudio did not leave it, and writes what it tries in vain.
        echo "$what: PortAudio did not leave the lost device"
        is 1 "$code"
    fi
    records_agree
    ;;
pipewire_source)
    pipewire_setup 8192
    needs pw-cli pw-record
    export HOME="$work" LV2_PATH="/usr/lib/lv2:$plugins/lv2"
    what="doctor, before"
    run doctor
    expect 1 0
    holds out "^good   plugin: $plugins/lv2/pinna.lv2/pinna.so$"
    holds out "^WRONG  PipeWire: it does not run"
    holds out "^WRONG  configuration: there is none: pinna install-source$"
    holds out "^WRONG  node: "
    [ -e "$plugins/lv2/pinna.lv2" ] || missing "the LV2 plugin"
    what="install-source without a plugin"
    LV2_PATH=/none LADSPA_PATH=/none run install-source
    expect 3 1
    holds err "the plugin is not installed"
    what="install-source --remove of nothing"
    run install-source --remove
    expect 1 1
    holds err "pinna-source.conf: No such file"

    what="install-source"
    rm -rf config/pipewire/pipewire.conf.d/pinna*
    run install-source --target mic
    expect 0 2
    holds err "^$XDG_CONFIG_HOME/pipewire/pipewire.conf.d/pinna-source.conf: "
    run install-source --sink
    expect 0 2
    servers
    link_ready "^pinna_source:" || fail "$what: no node"
    link_ready "^pinna_sink:" || fail "$what: no sink"
    for option in "" --sink; do
        # shellcheck disable=SC2086 # an option or none
        run doctor $option
        what="doctor $option"
        expect 0 0
        is 5 "$(grep -c '^good ' out)"
    done
    what="doctor, other configurations"
    conf=$XDG_CONFIG_HOME/pipewire/pipewire.conf.d/pinna-source.conf
    mv "$conf" kept.conf
    sed 's/"mix" = 100.0/"mix" = 80/; s/"mic"/"another"/' kept.conf >"$conf"
    run doctor
    expect 0 0
    sed 's/"mix" = 100.0/"mix" = 180/' kept.conf >"$conf"
    run doctor
    expect 1 0
    holds out "^WRONG  configuration: $conf:14: mix is \"180\", not 0 to 100\$"
    echo hello >"$conf"
    run doctor
    expect 1 0
    holds out "^WRONG  configuration: $conf:1: \"hello\" where install-source "
    mv kept.conf "$conf"
    what="doctor without the plugin that the configuration names"
    LV2_PATH=/none LADSPA_PATH="$plugins/ladspa" run doctor
    expect 1 0
    holds out "^WRONG  plugin: no pinna.lv2/pinna.so in /none\$"
    mkdir -p alone/pinna.lv2
    cp "$plugins/lv2/pinna.lv2/pinna.so" alone/pinna.lv2
    LV2_PATH=$work/alone run doctor
    expect 1 0
    holds out "^WRONG  $work/alone/pinna.lv2/manifest.ttl: missing\$"
    what="install-source"
    for try in 1 2 3 4 5; do
        rm -f got.wav
        pw-record -P '{ node.autoconnect = false node.name = rec }' \
            --rate 48000 --channels 1 --format f32 got.wav >rec 2>&1 &
        recorder=$!
        children="$recorder $children"
        link_ready "^rec:input" || fail "$what: pw-record did not start"
        pw-link "$(pw-link -o | grep '^pinna_source:' | head -n 1)" \
            "$(pw-link -i | grep '^rec:input' | head -n 1)" || true
        sleep 0.5
        play_into_mic in.wav 48000
        sleep 7
        kill -INT $recorder
        wait $recorder || true
        wet=$("$sound_tool" find want_in.wav got.wav)
        echo "$what: try $try: pinna denoise is at $wet dB of it"
        ! echo "${wet#* }" | awk '{ exit !($1 >= 10) }' || break
    done
    at_least 10 "${wet#* }"

    what="install-source with LADSPA"
    LV2_PATH=/none LADSPA_PATH="$plugins/ladspa" run install-source
    expect 0 2
    holds "$XDG_CONFIG_HOME/pipewire/pipewire.conf.d/pinna-source.conf" \
        '"Attenuation Limit (dB)" = 100.0'
    kill $wireplumber $pipewire
    wait $wireplumber $pipewire || true
    export LADSPA_PATH="$plugins/ladspa"
    servers
    link_ready "^pinna_source:" || fail "$what: no node"
    run doctor
    expect 0 0

    what="install-source --remove"
    run install-source --remove
    expect 0 2
    [ ! -e config/pipewire/pipewire.conf.d/pinna-source.conf ] ||
        fail "$what: it is there"
    [ -e config/pipewire/pipewire.conf.d/pinna-sink.conf ] ||
        fail "$what: the sink is not there"
    ;;
*)
    fail "no test of $host"
    ;;
esac
finish
