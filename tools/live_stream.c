#include "tools/live_stream.h"

#include "datasets/quiet.h"
#include "tools/progress.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than any block, and than a busy machine keeps a thread waiting. */
#define STALL_S 2.0
#define RETRY_S 0.5

/* Of most sound systems, Hz. ALSA in PortAudio would like any plugin to be at
 * 44100, which is then resampled. */
#define USUAL_RATE 48000.0

enum { NAME_MAX_SIZE = 300 };

struct pinna_live_stream {
    pinna_live_stream_config config;
    double rate, device_rate; /* Hz, the one in use and the preferred one */
    char names[PINNA_DEVICE_N_SIDES][NAME_MAX_SIZE]; /* of what was found */
    size_t devices[PINNA_DEVICE_N_SIDES];
    bool has_devices; /* PortAudio is open */
    pinna_device_stream *stream;
    double latencies_s[PINNA_DEVICE_N_SIDES];

    pinna_live_process *process;
    void *user;
    size_t max_samples;

    /* Written by the callback alone. */
    atomic_size_t n_samples, n_blocks, n_xruns;

    size_t n_losses;
    bool lost;            /* and not back since */
    size_t n_blocks_seen; /* and when they had become so many */
    double seen_s;
    double tried_s;
};

/* ---- in the thread of the sound system ---- */

static void add(atomic_size_t *count, size_t n)
{
    atomic_store_explicit(count,
                          atomic_load_explicit(count, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static bool call_back(void *user, const pinna_device_block *block)
{
    pinna_live_stream *stream = user;
    const size_t n_done =
        atomic_load_explicit(&stream->n_samples, memory_order_relaxed);
    const size_t n_left = stream->max_samples - n_done;
    const size_t n = block->n < n_left ? block->n : n_left;

    if (block->xrun)
        add(&stream->n_xruns, 1);
    stream->process(stream->user, block->in, block->out, n);
    for (size_t c = 0; block->out && c < stream->config.n_channels; c++)
        memset(block->out[c] + n, 0, (block->n - n) * sizeof(float));
    add(&stream->n_blocks, 1);
    add(&stream->n_samples, n);
    return n < n_left;
}

/* ---- finding and opening ---- */

static pinna_status find_side(pinna_live_stream *stream, pinna_device_side side,
                              const char *name, pinna_error *error)
{
    pinna_device device;
    const pinna_status status =
        pinna_device_find(name, side, &stream->devices[side], error);
    if (status)
        return status;
    pinna_device_get(stream->devices[side], &device);
    snprintf(stream->names[side], NAME_MAX_SIZE, "%s: %s", device.api,
             device.name);
    if (stream->device_rate <= 0)
        stream->device_rate = device.rate;
    return PINNA_OK;
}

static double choose_rate(const pinna_live_stream *stream)
{
    if (stream->config.rate > 0)
        return stream->config.rate;
    for (int side = 0; side < PINNA_DEVICE_N_SIDES; side++)
        if (stream->config.has[side] &&
            !pinna_device_takes_rate(stream->devices[side],
                                     (pinna_device_side)side, USUAL_RATE))
            return stream->device_rate;
    return USUAL_RATE;
}

static void close_devices(pinna_live_stream *stream)
{
    pinna_device_stream_close(stream->stream);
    stream->stream = NULL;
    if (stream->has_devices)
        pinna_devices_close();
    stream->has_devices = false;
}

/* again: the devices of before, unless they were the default. */
static pinna_status find_devices(pinna_live_stream *stream, bool again,
                                 pinna_error *error)
{
    pinna_status status = pinna_devices_open(error);
    if (status)
        return status;
    stream->has_devices = true;
    for (int side = 0; side < PINNA_DEVICE_N_SIDES && !status; side++) {
        const char *name = stream->config.names[side];
        if (again && name)
            name = stream->names[side];
        if (stream->config.has[side])
            status = find_side(stream, (pinna_device_side)side, name, error);
    }
    if (status)
        close_devices(stream);
    return status;
}

static pinna_status start(pinna_live_stream *stream, pinna_error *error)
{
    pinna_device_config config = {
        .n_channels = stream->config.n_channels,
        .rate = stream->rate,
        .block = stream->config.block,
        .latency_s = stream->config.latency_s,
        .callback = call_back,
        .user = stream,
    };

    for (int side = 0; side < PINNA_DEVICE_N_SIDES; side++) {
        config.has[side] = stream->config.has[side];
        config.device[side] = stream->devices[side];
    }
    stream->n_blocks_seen = atomic_load(&stream->n_blocks);
    const pinna_status status =
        pinna_device_stream_open(&config, &stream->stream, error);
    if (status)
        return status;
    for (int side = 0; side < PINNA_DEVICE_N_SIDES; side++)
        stream->latencies_s[side] = pinna_device_stream_latency_s(
            stream->stream, (pinna_device_side)side);
    stream->seen_s = pinna_clock_s();
    return PINNA_OK;
}

pinna_status pinna_live_stream_open(const pinna_live_stream_config *config,
                                    pinna_live_stream **out, pinna_error *error)
{
    *out = NULL;
    pinna_live_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    stream->config = *config;
    const pinna_status status = find_devices(stream, false, error);
    if (status) {
        free(stream);
        return status;
    }
    stream->rate = choose_rate(stream);
    stream->max_samples =
        config->duration_s > 0
            ? (size_t)(config->duration_s * stream->rate + 0.5)
            : SIZE_MAX;
    *out = stream;
    return PINNA_OK;
}

void pinna_live_stream_close(pinna_live_stream *stream)
{
    if (!stream)
        return;
    close_devices(stream);
    free(stream);
}

pinna_status pinna_live_stream_start(pinna_live_stream *stream,
                                     pinna_live_process *process, void *user,
                                     pinna_error *error)
{
    stream->process = process;
    stream->user = user;
    return start(stream, error);
}

/* ---- while it runs ---- */

static void look_again(pinna_live_stream *stream)
{
    if (pinna_clock_s() - stream->tried_s < RETRY_S)
        return;
    if (find_devices(stream, true, NULL) || start(stream, NULL)) {
        close_devices(stream);
        stream->tried_s = pinna_clock_s();
    }
}

/* Has it called since the last time that we looked? */
static bool has_called(pinna_live_stream *stream)
{
    const size_t n_blocks = atomic_load(&stream->n_blocks);

    if (n_blocks == stream->n_blocks_seen)
        return false;
    stream->n_blocks_seen = n_blocks;
    stream->seen_s = pinna_clock_s();
    return true;
}

static bool has_stopped(const pinna_live_stream *stream)
{
    return !pinna_device_stream_runs(stream->stream) ||
           pinna_clock_s() - stream->seen_s > STALL_S;
}

/* Whether we may look for the devices again. */
static bool leave_devices(pinna_live_stream *stream)
{
    const bool left = pinna_device_stream_abandon(stream->stream);

    stream->stream = NULL;
    close_devices(stream);
    stream->tried_s = pinna_clock_s();
    return left;
}

static pinna_live_state lose(pinna_live_stream *stream, pinna_error *error)
{
    const bool both = stream->config.has[PINNA_DEVICE_IN] &&
                      stream->config.has[PINNA_DEVICE_OUT];
    const bool again = stream->lost;
    const bool returns = leave_devices(stream);

    pinna_fail(error, PINNA_IO, "%s%s%s: lost%s",
               stream->names[PINNA_DEVICE_IN], both ? " to " : "",
               stream->names[PINNA_DEVICE_OUT],
               returns ? "; waiting until it is back" : "");
    stream->n_losses += !again;
    stream->lost = true;
    if (!returns)
        return PINNA_LIVE_FAILED;
    return again ? PINNA_LIVE_GONE : PINNA_LIVE_LOST;
}

pinna_live_state pinna_live_stream_watch(pinna_live_stream *stream,
                                         pinna_error *error)
{
    if (!stream->stream) {
        look_again(stream);
        return PINNA_LIVE_GONE;
    }
    /* What opens is not always there: PipeWire's device of ALSA waits for a
     * microphone, and does not call. */
    const bool back = has_called(stream) && stream->lost;
    stream->lost = stream->lost && !back;
    if (back)
        return PINNA_LIVE_BACK;
    /* After the last block the driver stops when all has been heard. */
    if (!has_stopped(stream))
        return stream->lost ? PINNA_LIVE_GONE : PINNA_LIVE_RUNS;
    if (atomic_load(&stream->n_samples) == stream->max_samples)
        return PINNA_LIVE_ENDED;
    return lose(stream, error);
}

double pinna_live_stream_rate(const pinna_live_stream *stream)
{
    return stream->rate;
}

const char *pinna_live_stream_name(const pinna_live_stream *stream,
                                   pinna_device_side side)
{
    return stream->config.has[side] ? stream->names[side] : NULL;
}

pinna_live_counts pinna_live_stream_counts(const pinna_live_stream *stream)
{
    return (pinna_live_counts){
        .n_samples = atomic_load(&stream->n_samples),
        .n_blocks = atomic_load(&stream->n_blocks),
        .n_xruns = atomic_load(&stream->n_xruns),
        .n_losses = stream->n_losses,
    };
}

double pinna_live_stream_latency_s(const pinna_live_stream *stream,
                                   pinna_device_side side)
{
    return stream->latencies_s[side];
}

double pinna_live_stream_load(const pinna_live_stream *stream)
{
    return stream->stream ? pinna_device_stream_load(stream->stream) : 0;
}

void pinna_live_wait(unsigned ms, bool keys)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    const int kept = pinna_quiet_begin();

    poll(&input, keys ? 1 : 0, (int)ms);
    pinna_quiet_end(kept);
}
