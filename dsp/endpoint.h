/* dsp/endpoint.h -- segments of speech from frame decisions
 *
 *     pinna_endpoint_config config = pinna_endpoint_config_default();
 *     config.frame_shift_s = pinna_vad_frame_shift_s(vad);
 *     pinna_endpoint endpoint;
 *     pinna_endpoint_init(&endpoint, &config, &error);
 *     while (pinna_vad_pull(vad, &frame))
 *         if (pinna_endpoint_process(&endpoint, frame.speech, &event))
 *             use(event.type, event.time_s);
 *     if (pinna_endpoint_finish(&endpoint, &event))
 *         use(event.type, event.time_s);
 *
 * A segment begins look-back before a run of speech as long as onset, and ends
 * hang-over after the last speech, when no speech follows so long. Begins and
 * ends take turns and times never go back: a segment may begin where the one
 * before ended. No memory is allocated. */
#ifndef PINNA_DSP_ENDPOINT_H
#define PINNA_DSP_ENDPOINT_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct pinna_endpoint_config {
    double frame_shift_s; /* frame k lasts from k to k + 1 times this */
    double onset_ms;      /* speech without a gap that begins a segment */
    double hang_over_ms;  /* without speech that ends it, and is still in it */
    double min_speech_ms; /* from first to last speech; else no segment */
    double look_back_ms;  /* before the first speech, also in the segment */
} pinna_endpoint_config;

/* 10 ms; 100, 300, 100 and 100 ms: an onset longer than the 70 ms that a click
 * lasts in pinna_vad, and a hang-over longer than the closure of a plosive. */
pinna_endpoint_config pinna_endpoint_config_default(void);

typedef enum pinna_endpoint_type {
    PINNA_SPEECH_BEGIN,
    PINNA_SPEECH_END,
} pinna_endpoint_type;

/* Told when it is certain; the time lies before. */
typedef struct pinna_endpoint_event {
    pinna_endpoint_type type;
    double time_s; /* from the start of the stream */
} pinna_endpoint_event;

typedef enum pinna_endpoint_phase {
    PINNA_ENDPOINT_OUTSIDE,
    PINNA_ENDPOINT_MAYBE, /* speech, not yet long enough to be told of */
    PINNA_ENDPOINT_INSIDE,
} pinna_endpoint_phase;

/* One stream; to be changed by the functions only. */
typedef struct pinna_endpoint {
    pinna_endpoint_config config;
    pinna_endpoint_phase phase;
    uint64_t n_frames;  /* taken so far */
    uint64_t run_begin; /* first frame of the speech under way */
    uint64_t first;     /* frame of the segment under way, */
    uint64_t last;      /* and one after its latest speech */
    bool was_speech;
    double end_s; /* of the segment before */
} pinna_endpoint;

/* PINNA_BAD_ARG unless frame_shift_s is above 0 and the others are 0 to
 * 60,000 ms; error (may be NULL) tells which is not. */
pinna_status pinna_endpoint_init(pinna_endpoint *endpoint,
                                 const pinna_endpoint_config *config,
                                 pinna_error *error);
PINNA_REALTIME void pinna_endpoint_reset(pinna_endpoint *endpoint);

/* Take the decision of the next frame; true when there is an event. */
PINNA_REALTIME bool pinna_endpoint_process(pinna_endpoint *endpoint,
                                           bool speech,
                                           pinna_endpoint_event *event);

/* No frame follows; true when that ends a segment: not after the last frame. */
PINNA_REALTIME bool pinna_endpoint_finish(pinna_endpoint *endpoint,
                                          pinna_endpoint_event *event);

#endif
