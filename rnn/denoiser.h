/* rnn/denoiser.h -- takes noise out of a stream of speech
 *
 *     pinna_model *model;
 *     pinna_model_default_denoiser(&model, &error);
 *     pinna_denoiser *denoiser;
 *     pinna_denoiser_new(model, 48000, &denoiser, &error);
 *     while ((n = read(samples)) > 0) {
 *         pinna_denoiser_process(denoiser, samples, samples, n);
 *         write(samples, n);
 *     }
 *     pinna_denoiser_free(denoiser);
 *     pinna_model_free(model);
 *
 * As many samples out as in, each pinna_denoiser_delay() samples late, whatever
 * the sizes of the calls; any split gives the same bits. One network serves
 * every rate: frames last 20 or 40 ms, as the model says, and come every 10 ms,
 * so that bins always lie equally far apart, and bands above the Nyquist
 * frequency are silent. The delay is 20 ms with either (dsp/stft.h). */
#ifndef PINNA_RNN_DENOISER_H
#define PINNA_RNN_DENOISER_H

#include "dsp/status.h"
#include "rnn/model.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_DENOISER_MIN_RATE 8000   /* Hz */
#define PINNA_DENOISER_MAX_RATE 192000 /* Hz */

/* One channel. The model must outlive it and may serve many at once; calls on
 * the same denoiser must not overlap. */
typedef struct pinna_denoiser pinna_denoiser;

/* PINNA_BAD_ARG for a rate out of range or a model that is no denoiser. */
pinna_status pinna_denoiser_new(const pinna_model *model, unsigned sample_rate,
                                pinna_denoiser **out, pinna_error *error);
void pinna_denoiser_free(pinna_denoiser *denoiser);

/* Forget the past, as if just created; the settings below stay. */
PINNA_REALTIME void pinna_denoiser_reset(pinna_denoiser *denoiser);

/* Constant delay of output against input, in samples. */
size_t pinna_denoiser_delay(const pinna_denoiser *denoiser);

/* Never lower a band by more than limit_db >= 0 (default 100: no limit). */
PINNA_REALTIME void
pinna_denoiser_set_attenuation_limit(pinna_denoiser *denoiser, double limit_db);

/* Lower what is lowered a little further (rnn/post_filter.h; default off). The
 * limit above holds still. Linked denoisers are set alike. */
PINNA_REALTIME void pinna_denoiser_set_post_filter(pinna_denoiser *denoiser,
                                                   bool on);

/* in [n] -> out [n]; may be the same array. Samples that are no sound (not
 * finite, or 60 dB above full scale) count as 0. */
PINNA_REALTIME void pinna_denoiser_process(pinna_denoiser *denoiser,
                                           const float *in, float *out,
                                           size_t n);

/* The channels of one sound: each band gets the largest of their gains in all
 * of them, so that directions stay as they are. The denoisers are of one model
 * and rate and were fed alike, by this or by process(), which may take turns.
 *   in [n_channels][n] -> out [n_channels][n], any of which may be the same */
PINNA_REALTIME void
pinna_denoiser_process_linked(pinna_denoiser *const *denoisers,
                              size_t n_channels, const float *const *in,
                              float *const *out, size_t n);

/* Of the latest frame: probability that it holds speech, 0..1. */
PINNA_REALTIME float
pinna_denoiser_speech_probability(const pinna_denoiser *denoiser);

/* Of the latest frame: how much of its level was taken away, 0..100 dB. */
PINNA_REALTIME double
pinna_denoiser_reduction_db(const pinna_denoiser *denoiser);

#endif
