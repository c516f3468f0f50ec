/* tools/live_meters.h -- levels of what goes in and out: for a line on the
 * terminal, and of the whole run */
#ifndef PINNA_TOOLS_LIVE_METERS_H
#define PINNA_TOOLS_LIVE_METERS_H

#include "dsp/level.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise. */
typedef struct pinna_live_meters {
    pinna_level now[2]; /* in and out, since the last line */
    pinna_level all[2];
    double shown_db[2];
    double reduction_sum, load_sum, load_most;
    size_t n_speech, n_looks; /* of look() */
} pinna_live_meters;

/* in, out [n_channels][n] */
void pinna_live_meters_hear(pinna_live_meters *meters, const float *const *in,
                            const float *const *out, size_t n_channels,
                            size_t n);

/* What is true at the moment; as often as wanted. */
typedef struct pinna_live_moment {
    double speech_probability, reduction_db, load;
    size_t n_xruns;
    bool bypassed, muted, recording, gone;
} pinna_live_moment;

void pinna_live_meters_look(pinna_live_meters *meters,
                            const pinna_live_moment *moment);

/* Into text [size]: "in ######.. out ##......  -14 dB  voice 87 %  cpu 3 %". A
 * bar is full at 0 dB and empty at -60 dB. */
void pinna_live_meters_line(pinna_live_meters *meters,
                            const pinna_live_moment *moment, char *text,
                            size_t size);

#endif
