/* tools/live_denoiser.h -- the denoiser between two threads: one of the sound
 * system that it works in, and one that sets its controls and hears what went
 * in and out
 *
 *     in -> denoise_chain -> out
 *      |                      |
 *      +------> ring <--------+
 */
#ifndef PINNA_TOOLS_LIVE_DENOISER_H
#define PINNA_TOOLS_LIVE_DENOISER_H

#include "dsp/status.h"
#include "rnn/denoise_controls.h"
#include "rnn/model.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_live_denoiser pinna_live_denoiser;

/* values [PINNA_N_CONTROLS] of the controls; the look-back stays, for the
 * latency depends on it. The model must outlive it. */
pinna_status pinna_live_denoiser_new(const pinna_model *model, double rate,
                                     size_t n_channels, const float *values,
                                     bool post_filter,
                                     pinna_live_denoiser **out);
void pinna_live_denoiser_free(pinna_live_denoiser *live);

/* A pinna_live_process of tools/live_stream.h. */
PINNA_REALTIME void pinna_live_denoiser_process(void *live,
                                                const float *const *in,
                                                float *const *out, size_t n);

/* ---- of the other thread ---- */

/* From the next block on. */
void pinna_live_denoiser_set(pinna_live_denoiser *live, pinna_control control,
                             float value);
float pinna_live_denoiser_get(const pinna_live_denoiser *live,
                              pinna_control control);

/* How late what goes out is, in samples. */
size_t pinna_live_denoiser_latency(const pinna_live_denoiser *live);

/* What went in and out since the last call, at most n samples of each:
 * channels [2 * n_channels][n], the inputs first. */
size_t pinna_live_denoiser_hear(pinna_live_denoiser *live,
                                float *const *channels, size_t n);

typedef struct pinna_live_denoiser_state {
    float speech_probability; /* 0..1, of the latest block */
    float reduction_db;
    size_t n_unheard; /* samples since the start that hear() was too late for */
} pinna_live_denoiser_state;

pinna_live_denoiser_state
pinna_live_denoiser_look(const pinna_live_denoiser *live);

#endif
