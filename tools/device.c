#include "tools/device.h"

#include "datasets/quiet.h"
#include "tools/options.h"

#include <portaudio.h>

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* What PortAudio 19.6 reports of JACK's programs that tell no latency wraps
 * around below 0: no device is so late. */
#define UNKNOWN_S 1000.0

/* Two seconds for a lost device to close. */
enum { CLOSE_STEPS = 200, CLOSE_STEP_NS = 10000000 };

struct pinna_device_stream {
    pinna_device_config config;
    PaStream *stream;
    atomic_bool dead; /* the callback's user may be gone */
};

static bool abandoned; /* PortAudio is in a state that it does not get out of */

static const char *const side_names[] = {"input", "output"};

/* PortAudio's words, and those of what is below it. */
static pinna_status fail(PaError code, const char *what, pinna_error *error)
{
    const PaHostErrorInfo *host = Pa_GetLastHostErrorInfo();

    if (code == paUnanticipatedHostError && host && host->errorText &&
        *host->errorText)
        return pinna_fail(error, PINNA_IO, "%s: %s", what, host->errorText);
    return pinna_fail(error, PINNA_IO, "%s: %s", what, Pa_GetErrorText(code));
}

/* ---- devices ---- */

pinna_status pinna_devices_open(pinna_error *error)
{
    const int kept = pinna_quiet_begin();
    const PaError code = Pa_Initialize();
    pinna_quiet_end(kept);

    return code == paNoError ? PINNA_OK
                             : fail(code, "PortAudio does not start", error);
}

void pinna_devices_close(void)
{
    if (abandoned)
        return;
    const int kept = pinna_quiet_begin();
    Pa_Terminate();
    pinna_quiet_end(kept);
}

size_t pinna_devices_count(void)
{
    const PaDeviceIndex n = Pa_GetDeviceCount();

    return n > 0 ? (size_t)n : 0;
}

void pinna_device_get(size_t index, pinna_device *device)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo((PaDeviceIndex)index);
    const PaHostApiInfo *api = Pa_GetHostApiInfo(info->hostApi);
    const int n_channels[] = {info->maxInputChannels, info->maxOutputChannels};
    const double low_s[] = {info->defaultLowInputLatency,
                            info->defaultLowOutputLatency};
    const double high_s[] = {info->defaultHighInputLatency,
                             info->defaultHighOutputLatency};
    const PaDeviceIndex defaults[] = {Pa_GetDefaultInputDevice(),
                                      Pa_GetDefaultOutputDevice()};

    *device = (pinna_device){.rate = info->defaultSampleRate};
    snprintf(device->name, sizeof device->name, "%s", info->name);
    snprintf(device->api, sizeof device->api, "%s", api->name);
    for (int side = 0; side < PINNA_DEVICE_N_SIDES; side++)
        device->sides[side] = (pinna_device_ability){
            .n_channels = n_channels[side] > 0 ? (size_t)n_channels[side] : 0,
            .low_s = low_s[side],
            .high_s = high_s[side],
            .by_default = defaults[side] == (PaDeviceIndex)index,
        };
}

static PaStreamParameters parameters(size_t index, pinna_device_side side,
                                     size_t n_channels, double latency_s)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo((PaDeviceIndex)index);
    const double high_s = side == PINNA_DEVICE_IN
                              ? info->defaultHighInputLatency
                              : info->defaultHighOutputLatency;

    return (PaStreamParameters){
        .device = (PaDeviceIndex)index,
        .channelCount = (int)n_channels,
        .sampleFormat = paFloat32 | paNonInterleaved,
        .suggestedLatency = latency_s > 0 ? latency_s : high_s,
    };
}

bool pinna_device_takes_rate(size_t index, pinna_device_side side, double rate)
{
    const PaStreamParameters wanted = parameters(index, side, 1, 0);
    const int kept = pinna_quiet_begin();
    const PaError code =
        Pa_IsFormatSupported(side == PINNA_DEVICE_IN ? &wanted : NULL,
                             side == PINNA_DEVICE_OUT ? &wanted : NULL, rate);
    pinna_quiet_end(kept);
    return code == paFormatIsSupported;
}

/* ---- which one ---- */

static bool holds(const char *text, const char *part)
{
    const size_t n = strlen(part);

    for (; *text; text++)
        if (strncasecmp(text, part, n) == 0)
            return true;
    return n == 0;
}

static pinna_status find_default(pinna_device_side side, size_t *index,
                                 pinna_error *error)
{
    const PaDeviceIndex found = side == PINNA_DEVICE_IN
                                    ? Pa_GetDefaultInputDevice()
                                    : Pa_GetDefaultOutputDevice();
    if (found == paNoDevice)
        return pinna_fail(error, PINNA_NOT_FOUND, "there is no %s device",
                          side_names[side]);
    *index = (size_t)found;
    return PINNA_OK;
}

/* By number; PINNA_NOT_FOUND if the text is none. */
static pinna_status find_number(const char *text, pinna_device_side side,
                                size_t *index, pinna_error *error)
{
    pinna_device device;
    double number;

    if (!pinna_parse_number(text, 0, UINT32_MAX, &number))
        return PINNA_NOT_FOUND;
    *index = (size_t)number;
    if (number != floor(number) || *index >= pinna_devices_count())
        return pinna_fail(error, PINNA_BAD_ARG, "there is no device %s", text);
    pinna_device_get(*index, &device);
    return device.sides[side].n_channels > 0
               ? PINNA_OK
               : pinna_fail(error, PINNA_BAD_ARG, "device %s has no %s", text,
                            side_names[side]);
}

pinna_status pinna_device_find(const char *text, pinna_device_side side,
                               size_t *index, pinna_error *error)
{
    size_t n_found = 0;

    if (!text)
        return find_default(side, index, error);
    const pinna_status status = find_number(text, side, index, error);
    if (status != PINNA_NOT_FOUND)
        return status;
    for (size_t i = 0; i < pinna_devices_count(); i++) {
        char name[300];
        pinna_device device;
        pinna_device_get(i, &device);
        if (device.sides[side].n_channels == 0)
            continue;
        snprintf(name, sizeof name, "%s: %s", device.api, device.name);
        if (strcmp(name, text) == 0 || strcmp(device.name, text) == 0) {
            *index = i;
            return PINNA_OK;
        }
        if (!holds(name, text))
            continue;
        if (n_found++ == 0)
            *index = i;
    }
    if (n_found == 1)
        return PINNA_OK;
    if (n_found == 0)
        return pinna_fail(error, PINNA_NOT_FOUND,
                          "no %s device is called \"%s\"; `pinna live "
                          "devices` lists them",
                          side_names[side], text);
    return pinna_fail(error, PINNA_BAD_ARG,
                      "%zu %s devices are called \"%s\"; `pinna live "
                      "devices` tells their numbers",
                      n_found, side_names[side], text);
}

/* ---- streams ---- */

static int call_back(const void *in, void *out, unsigned long n,
                     const PaStreamCallbackTimeInfo *times,
                     PaStreamCallbackFlags flags, void *user)
{
    pinna_device_stream *stream = user;
    const pinna_device_block block = {
        .in = in,
        .out = out,
        .n = n,
        .xrun = (flags & (paInputUnderflow | paInputOverflow |
                          paOutputUnderflow | paOutputOverflow)) != 0,
    };

    (void)times;
    if (atomic_load(&stream->dead))
        return paAbort;
    return stream->config.callback(stream->config.user, &block) ? paContinue
                                                                : paComplete;
}

static PaError open_and_start(pinna_device_stream *stream)
{
    const pinna_device_config *config = &stream->config;
    PaStreamParameters sides[PINNA_DEVICE_N_SIDES];
    const PaStreamParameters *given[PINNA_DEVICE_N_SIDES] = {NULL, NULL};

    for (int side = 0; side < PINNA_DEVICE_N_SIDES; side++) {
        if (!config->has[side])
            continue;
        sides[side] = parameters(config->device[side], (pinna_device_side)side,
                                 config->n_channels, config->latency_s);
        given[side] = &sides[side];
    }
    /* ALSA in PortAudio 19.6 never returns from opening a plugin at a rate that
     * it does not take. */
    PaError code = Pa_IsFormatSupported(given[PINNA_DEVICE_IN],
                                        given[PINNA_DEVICE_OUT], config->rate);
    if (code != paFormatIsSupported)
        return code;
    /* The caller bounds its output; clipping would only cost time. */
    code = Pa_OpenStream(&stream->stream, given[PINNA_DEVICE_IN],
                         given[PINNA_DEVICE_OUT], config->rate, config->block,
                         paClipOff, call_back, stream);
    if (code != paNoError)
        return code;
    code = Pa_StartStream(stream->stream);
    if (code != paNoError)
        Pa_CloseStream(stream->stream);
    return code;
}

/* "USB microphone to Built-in" */
static void describe(const pinna_device_config *config, char *text, size_t size)
{
    pinna_device device;

    *text = '\0';
    for (int side = 0; side < PINNA_DEVICE_N_SIDES; side++) {
        if (!config->has[side])
            continue;
        const size_t n = strlen(text);
        pinna_device_get(config->device[side], &device);
        snprintf(text + n, size - n, "%s%s: %s", n > 0 ? " to " : "",
                 device.api, device.name);
    }
}

pinna_status pinna_device_stream_open(const pinna_device_config *config,
                                      pinna_device_stream **out,
                                      pinna_error *error)
{
    char what[700];

    *out = NULL;
    pinna_device_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    stream->config = *config;
    atomic_init(&stream->dead, false);
    const int kept = pinna_quiet_begin();
    const PaError code = open_and_start(stream);
    pinna_quiet_end(kept);
    if (code != paNoError) {
        free(stream);
        describe(config, what, sizeof what);
        return fail(code, what, error);
    }
    *out = stream;
    return PINNA_OK;
}

void pinna_device_stream_close(pinna_device_stream *stream)
{
    if (stream)
        pinna_device_stream_abandon(stream);
}

/* A stream that is closed by a thread of its own, which owns it. */
struct closing {
    PaStream *stream;
    atomic_bool done;
};

static void *close_stream(void *user)
{
    struct closing *closing = user;

    Pa_AbortStream(closing->stream);
    Pa_CloseStream(closing->stream);
    atomic_store(&closing->done, true);
    return NULL;
}

/* Is it done in time? Else the thread stays, and what it works on. */
static bool closes(struct closing *closing)
{
    const struct timespec step = {.tv_nsec = CLOSE_STEP_NS};
    pthread_t thread;

    if (pthread_create(&thread, NULL, close_stream, closing) != 0)
        return false;
    for (int i = 0; i < CLOSE_STEPS && !atomic_load(&closing->done); i++)
        nanosleep(&step, NULL);
    if (!atomic_load(&closing->done)) {
        pthread_detach(thread);
        return false;
    }
    pthread_join(thread, NULL);
    return true;
}

bool pinna_device_stream_abandon(pinna_device_stream *stream)
{
    struct closing *closing = malloc(sizeof *closing);

    atomic_store(&stream->dead, true);
    abandoned = true;
    if (!closing)
        return false;
    closing->stream = stream->stream;
    atomic_init(&closing->done, false);
    const int kept = pinna_quiet_begin();
    abandoned = !closes(closing);
    pinna_quiet_end(kept);
    if (!abandoned) {
        free(closing);
        free(stream);
    }
    return !abandoned;
}

bool pinna_device_stream_runs(pinna_device_stream *stream)
{
    return Pa_IsStreamActive(stream->stream) == 1;
}

double pinna_device_stream_latency_s(const pinna_device_stream *stream,
                                     pinna_device_side side)
{
    const PaStreamInfo *info = Pa_GetStreamInfo(stream->stream);

    if (!info)
        return 0;
    const double latency_s =
        side == PINNA_DEVICE_IN ? info->inputLatency : info->outputLatency;
    return latency_s < UNKNOWN_S ? latency_s : 0;
}

double pinna_device_stream_load(pinna_device_stream *stream)
{
    return Pa_GetStreamCpuLoad(stream->stream);
}
