#!/bin/sh
# tests/lv2_hosts.sh PINNA SOUND_TOOL PLUGINS HOST -- the LV2 plugins in one of
# the hosts below; skipped where it is not installed
set -eu
. "$(dirname -- "$0")/host_support.sh"
# The specifications are in the first.
export LV2_PATH="/usr/lib/lv2:$plugins/lv2"
bundle=$plugins/lv2/pinna.lv2
mono=urn:pinna:denoiser-mono
stereo=urn:pinna:denoiser-stereo

# of 16 bits
rounding=3.1e-5

case $host in
lv2_validate)
    needs lv2_validate
    through bundle lv2_validate "$bundle/manifest.ttl" "$bundle/pinna.ttl"
    cat out err >both
    holds both "^Found 0 errors"
    ;;
lv2info)
    needs lv2ls lv2info
    through list lv2ls
    holds out "^$mono\$"
    holds out "^$stereo\$"
    through info lv2info $mono
    holds out "Has latency: *yes, reported by port 10"
    if grep -q "Required Features" out; then
        fail "$what: it asks for features"
    fi
    ;;
lv2apply)
    needs lv2apply
    make_sounds
    through mono lv2apply -i in.wav -o got.wav $mono
    equals want_in.wav got.wav $latency 0
    through "stereo unlinked" lv2apply -i stereo.wav -o got.wav \
        -c stereo_link 0 $stereo
    equals want_apart.wav got.wav $latency 0
    through look-back lv2apply -i in.wav -o got.wav -c vad_look_back 50 $mono
    equals want_in.wav got.wav $((latency + 2400)) 0
    through disabled lv2apply -i in.wav -o got.wav -c enabled 0 $mono
    equals in.wav got.wav $latency 0
    ;;
lv2bench)
    needs lv2bench
    for n in 1 64 480 16384; do
        through "blocks of $n" lv2bench -n 96000 -b $n $stereo
        holds out " $stereo\$"
    done
    ;;
lv2file)
    needs lv2file
    make_sounds
    through mono lv2file -i in.wav -o got.wav -c 1:in $mono
    equals want_in.wav got.wav $latency $rounding
    ;;
lv2proc)
    needs lv2proc
    make_sounds
    through mono lv2proc -i in.wav -o got.wav $mono
    equals want_in.wav got.wav $latency $rounding
    ;;
ffmpeg)
    needs ffmpeg
    make_sounds
    through mono ffmpeg -v error -y -i in.wav \
        -af "lv2=p='urn\\:pinna\\:denoiser-mono'" -c:a pcm_f32le got.wav
    equals want_in.wav got.wav $latency 0
    through "blocks of 441" ffmpeg -v error -y -i stereo.wav \
        -af "asetnsamples=n=441:p=0,lv2=p='urn\\:pinna\\:denoiser-stereo'" \
        -c:a pcm_f32le got.wav
    equals want_stereo.wav got.wav $latency 0
    ;;
gstreamer)
    needs gst-inspect-1.0 gst-launch-1.0
    make_sounds
    export GST_REGISTRY="$work/registry"
    gst-inspect-1.0 lv2 >/dev/null 2>&1 || missing "GStreamer's LV2 plugin"
    # GStreamer takes no switch to be on by default.
    through mono gst-launch-1.0 -q filesrc location=in.wav ! wavparse ! \
        audioconvert ! urn-pinna-denoiser-mono enabled=true ! audioconvert ! \
        audio/x-raw,format=F32LE ! wavenc ! filesink location=got.wav
    equals want_in.wav got.wav $latency 0
    ;;
jalv)
    needs jackd jalv jack_wait jack_capture jack-play jack_connect jack_disconnect \
        jack_lsp
    make_sounds
    export JACK_DEFAULT_SERVER="pinna$$" JACK_NO_AUDIO_RESERVATION=1
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
    jackd -r -n "$JACK_DEFAULT_SERVER" -d dummy -r 48000 -p 1024 -C 2 -P 2 \
        >server 2>&1 &
    server=$!
    jack_wait -w -t 10 >/dev/null
    jalv -i -x -n ns $mono >jalv.out 2>&1 </dev/null &
    children="$! $children"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        ! jack_lsp 2>/dev/null | grep -q '^ns:out' || break
        sleep 0.3
    done
    # What JACK says of the input's period and the plugin together.
    jack_connect system:capture_1 ns:in
    sleep 0.5
    what="jalv latency"
    jack_lsp -l ns >out 2>err
    holds out "\[ $((1024 + latency)) $((1024 + latency)) \]"
    jack_disconnect system:capture_1 ns:in

    jack_capture -c 2 --manual-connections --no-stdin -d 6 -f wav -b 32 \
        both.wav >capture 2>&1 &
    recorder=$!
    children="$recorder $children"
    sleep 0.7
    JACK_PLAY_CONNECT_TO=ns:in jack-play -n play -u in.wav >play 2>&1 &
    children="$! $children"
    sleep 0.4
    for pair in play:out_1,ns:in play:out_1,jack_capture:input1 \
        ns:out,jack_capture:input2
    do
        jack_connect "${pair%,*}" "${pair#*,}" >connect 2>&1 || true
    done
    wait $recorder || true
    what="jalv"
    # A server without real-time rights drops periods when the machine is busy:
    # the sound need not be whole, but its delay is exact.
    delay=$("$sound_tool" delay both.wav)
    echo "$what: delay $delay"
    [ "$delay" = "$latency" ] || fail "$what: delay $delay, not $latency"
    ;;
*)
    fail "no test of $host"
    ;;
esac
finish
