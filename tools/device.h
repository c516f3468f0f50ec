/* tools/device.h -- sound devices and streams through them, the one door to
 * PortAudio
 *
 *     pinna_devices_open(&error);
 *     pinna_device_find("usb", PINNA_DEVICE_IN, &index, &error);
 *     pinna_device_stream_open(&config, &stream, &error);
 *     while (pinna_device_stream_runs(stream))
 *         wait();
 *     pinna_device_stream_close(stream);
 *     pinna_devices_close();
 *
 * Built without PortAudio (tools/device_none.c) there are no devices: open()
 * tells so. The libraries below write what they please to stderr; each call
 * here keeps that off (datasets/quiet.h). All of it is for one thread, but for
 * the callback, which is called by another. */
#ifndef PINNA_TOOLS_DEVICE_H
#define PINNA_TOOLS_DEVICE_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_device_side {
    PINNA_DEVICE_IN,
    PINNA_DEVICE_OUT,
    PINNA_DEVICE_N_SIDES,
} pinna_device_side;

/* What one side of a device is. */
typedef struct pinna_device_ability {
    size_t n_channels;    /* at most; 0: there is no such side */
    double low_s, high_s; /* latencies that the driver suggests */
    bool by_default;      /* what is used when nothing is said */
} pinna_device_ability;

typedef struct pinna_device {
    char name[256];
    char api[32]; /* "ALSA", "JACK Audio Connection Kit" */
    double rate;  /* Hz, that it would like */
    pinna_device_ability sides[PINNA_DEVICE_N_SIDES];
} pinna_device;

/* Look for devices; those that come later are not seen before the next open().
 * PINNA_UNSUPPORTED without PortAudio, PINNA_IO when it does not start. */
pinna_status pinna_devices_open(pinna_error *error);
void pinna_devices_close(void);

size_t pinna_devices_count(void);
void pinna_device_get(size_t index, pinna_device *device);

/* Whether that side of it takes the sample rate with one channel. */
bool pinna_device_takes_rate(size_t index, pinna_device_side side, double rate);

/* The device whose number or "API: NAME" this is, or the only one that has the
 * text in it, upper or lower case; NULL gives the default.
 * PINNA_NOT_FOUND tells what there is to choose from. */
pinna_status pinna_device_find(const char *text, pinna_device_side side,
                               size_t *index, pinna_error *error);

/* One block: in [n_in][n], NULL without an input; out [n_out][n], to be filled.
 */
typedef struct pinna_device_block {
    const float *const *in;
    float *const *out;
    size_t n;
    bool xrun; /* sound was lost before this block */
} pinna_device_block;

typedef struct pinna_device_config {
    bool has[PINNA_DEVICE_N_SIDES];
    size_t device[PINNA_DEVICE_N_SIDES]; /* indices */
    size_t n_channels;                   /* of each side that there is */
    double rate;                         /* Hz */
    size_t block;                        /* samples; 0: what suits the driver */
    double latency_s; /* asked for; 0: the high one of the device, which is safe
                       * from xruns */
    /* False ends the stream behind this block. */
    bool (*callback)(void *user, const pinna_device_block *block);
    void *user;
} pinna_device_config;

typedef struct pinna_device_stream pinna_device_stream;

/* Opens and starts. */
pinna_status pinna_device_stream_open(const pinna_device_config *config,
                                      pinna_device_stream **out,
                                      pinna_error *error);
/* What is still to be heard is dropped; the callback has ended, or does nothing
 * from now on, after two seconds at most (see abandon). NULL is fine. */
void pinna_device_stream_close(pinna_device_stream *stream);

/* Close one that has stopped by itself or does not call any more. False: it
 * does not close within two seconds, and the sound system can be used no more
 * by this process; devices_close() then does nothing. PortAudio 19.6 waits ten
 * minutes for a JACK server that is gone, and sometimes for ever for a device
 * of ALSA. */
bool pinna_device_stream_abandon(pinna_device_stream *stream);

/* False when the callback has ended it or the device is gone. */
bool pinna_device_stream_runs(pinna_device_stream *stream);
/* As the driver reports it. */
double pinna_device_stream_latency_s(const pinna_device_stream *stream,
                                     pinna_device_side side);
/* Part of the time that the callback takes, 1: all of it. */
double pinna_device_stream_load(pinna_device_stream *stream);

#endif
