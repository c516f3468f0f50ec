/* tools/live_stream.h -- sound from and to devices by their names, that goes on
 * when one was lost and comes back
 *
 *     pinna_live_stream_open(&config, &stream, &error);
 *     do {
 *         work();
 *         state = pinna_live_stream_watch(stream, &error);
 *     } while (state != PINNA_LIVE_ENDED && state != PINNA_LIVE_FAILED);
 *     pinna_live_stream_close(stream);
 *
 * A device counts as lost when its stream has stopped, or has not called for
 * two seconds. It is then looked for twice a second, and is back when a stream
 * calls. */
#ifndef PINNA_TOOLS_LIVE_STREAM_H
#define PINNA_TOOLS_LIVE_STREAM_H

#include "dsp/status.h"
#include "tools/device.h"

#include <stdbool.h>
#include <stddef.h>

/* in [n_channels][n] -> out [n_channels][n], from a thread of the sound system:
 * neither allocates, locks nor waits. Either is NULL without that side. */
typedef void pinna_live_process(void *user, const float *const *in,
                                float *const *out, size_t n);

typedef struct pinna_live_stream_config {
    bool has[PINNA_DEVICE_N_SIDES];
    const char *names[PINNA_DEVICE_N_SIDES]; /* as pinna_device_find() takes */
    size_t n_channels;
    double rate;       /* Hz; 0: 48000, or what the device would like */
    size_t block;      /* samples; 0: what suits the driver */
    double latency_s;  /* asked for; 0: the device's high one */
    double duration_s; /* 0: endless */
} pinna_live_stream_config;

typedef enum pinna_live_state {
    PINNA_LIVE_RUNS,
    PINNA_LIVE_LOST,   /* just now */
    PINNA_LIVE_GONE,   /* since then */
    PINNA_LIVE_BACK,   /* just now */
    PINNA_LIVE_ENDED,  /* after duration_s */
    PINNA_LIVE_FAILED, /* lost for good */
} pinna_live_state;

/* Since open(), over all losses. */
typedef struct pinna_live_counts {
    size_t n_samples, n_blocks, n_xruns, n_losses;
} pinna_live_counts;

typedef struct pinna_live_stream pinna_live_stream;

/* Looks for devices, opens none yet. *out is to be closed. */
pinna_status pinna_live_stream_open(const pinna_live_stream_config *config,
                                    pinna_live_stream **out,
                                    pinna_error *error);
/* NULL is fine. */
void pinna_live_stream_close(pinna_live_stream *stream);

/* Known after open(): Hz, and "API: NAME" or NULL. */
double pinna_live_stream_rate(const pinna_live_stream *stream);
const char *pinna_live_stream_name(const pinna_live_stream *stream,
                                   pinna_device_side side);

pinna_status pinna_live_stream_start(pinna_live_stream *stream,
                                     pinna_live_process *process, void *user,
                                     pinna_error *error);

/* To be called often. When lost or failed, error tells which. */
pinna_live_state pinna_live_stream_watch(pinna_live_stream *stream,
                                         pinna_error *error);

pinna_live_counts pinna_live_stream_counts(const pinna_live_stream *stream);
/* Of the driver, as it reported when it was started last. */
double pinna_live_stream_latency_s(const pinna_live_stream *stream,
                                   pinna_device_side side);
/* Part of the time that the callback takes; 0 while there is no device. */
double pinna_live_stream_load(const pinna_live_stream *stream);

/* Until ms have gone by, or standard input has something when keys is set; what
 * sound libraries write to stderr meanwhile is dropped. */
void pinna_live_wait(unsigned ms, bool keys);

#endif
