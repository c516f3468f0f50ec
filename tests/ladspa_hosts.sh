#!/bin/sh
# tests/ladspa_hosts.sh PINNA SOUND_TOOL PLUGINS HOST -- the LADSPA plugins in
# one of the hosts below; skipped where it is not installed
set -eu
. "$(dirname -- "$0")/host_support.sh"
export LADSPA_PATH="$plugins/ladspa"

# Attenuation limit, mix, VAD threshold, hold, look-back, gain, (link,) mode.
mono="100 100 0 250 0 0 0"
stereo="100 100 0 250 0 0 1 0"

# of 16 bits, and of the 32 bits that SoX computes with
rounding=3.1e-5
integers=1e-7

# shellcheck disable=SC2086 # lists of words
case $host in
analyseplugin)
    needs analyseplugin
    through "listing" analyseplugin pinna.so
    holds out '"pinna_mono"'
    holds out '"pinna_stereo"'
    holds out '"VAD Hold (ms)" input, control, 0 to 1000, default 250$'
    [ "$(grep -c 'output, control' out)" -eq 2 ] || fail "$what: more outputs"
    [ "$(grep -c '"latency" output, control' out)" -eq 2 ] ||
        fail "$what: no latency"
    ;;
applyplugin)
    needs applyplugin
    make_sounds
    through mono applyplugin in.wav got.wav pinna.so pinna_mono $mono
    equals want_in.wav got.wav $latency $rounding
    through stereo applyplugin stereo.wav got.wav pinna.so pinna_stereo $stereo
    equals want_stereo.wav got.wav $latency $rounding
    ;;
sox)
    needs sox
    make_sounds
    through mono sox -D in.wav got.wav ladspa -l pinna pinna_mono $mono
    equals want_in.wav got.wav 0 $integers
    through stereo sox -D stereo.wav got.wav ladspa -l pinna pinna_stereo $stereo
    equals want_stereo.wav got.wav 0 $integers
    through "mono twice" sox -D stereo.wav got.wav ladspa -l -r pinna \
        pinna_mono $mono
    equals want_apart.wav got.wav 0 $integers
    through look-back sox -D in.wav got.wav ladspa -l pinna pinna_mono \
        100 100 0 250 75 0 0
    equals want_in.wav got.wav 0 $integers
    through bypass sox -D in.wav got.wav ladspa -l pinna pinna_mono \
        100 100 0 250 0 0 1
    equals in.wav got.wav 0 $integers
    ;;
ffmpeg)
    needs ffmpeg
    make_sounds
    run_ffmpeg() {
        through "$1" ffmpeg -v error -y -i "$2" -af "$3" -c:a pcm_f32le got.wav
    }
    run_ffmpeg mono in.wav ladspa=f=pinna:p=pinna_mono:latency=1
    equals want_in.wav got.wav 0 0
    run_ffmpeg stereo stereo.wav ladspa=f=pinna:p=pinna_stereo:latency=1
    equals want_stereo.wav got.wav 0 0
    run_ffmpeg "stereo unlinked" stereo.wav \
        ladspa=f=pinna:p=pinna_stereo:c=c6=0:latency=1
    equals want_apart.wav got.wav 0 0
    for n in 1 441 16384; do
        run_ffmpeg "blocks of $n" in.wav \
            "asetnsamples=n=$n:p=0,ladspa=f=pinna:p=pinna_mono:latency=1"
        equals want_in.wav got.wav 0 0
    done

    # Nothing that FFmpeg has loaded takes the place of a function of ours:
    # libcodec2, for one, has a KissFFT of its own.
    through bindings env LD_DEBUG=bindings LD_DEBUG_OUTPUT=bindings \
        ffmpeg -v error -y -i in.wav -af ladspa=f=pinna:p=pinna_mono got.wav
    cat bindings.* | sed -n 's|.*binding file [^ ]*/pinna.so \[0\] to ||p' >ours
    [ -s ours ] || fail "$what: pinna.so is not seen"
    if grep -v -e '/lib[cm]\.so\.[0-9]* \[0\]: ' -e '/pinna\.so \[0\]: ' ours >out; then
        fail "$what: bound to more than the C library"
    fi
    ;;
ecasound)
    needs ecasound
    make_sounds
    commas=$(echo "$mono" | tr ' ' ,)
    for n in 64 480 8192; do
        through "blocks of $n" ecasound -q -b:$n -i:in.wav \
            -f:f32_le,1,48000 -o:got.wav "-el:pinna_mono,$commas"
        equals want_in.wav got.wav $latency 0
        rm -f -- got.wav
    done
    ;;
gstreamer)
    needs gst-inspect-1.0 gst-launch-1.0
    make_sounds
    export GST_REGISTRY="$work/registry"
    gst-inspect-1.0 ladspa >/dev/null 2>&1 ||
        missing "GStreamer's LADSPA plugin"
    through mono gst-launch-1.0 -q filesrc location=in.wav ! wavparse ! \
        audioconvert ! ladspa-pinna-so-pinna-mono ! audioconvert ! \
        audio/x-raw,format=F32LE ! wavenc ! filesink location=got.wav
    equals want_in.wav got.wav $latency 0
    ;;
*)
    fail "no test of $host"
    ;;
esac
finish
