/* rnn/denoise_chain.h -- the denoiser with all that can be set around it: what
 * plugins, files and live sound go through alike
 *
 *     in -+-> denoiser -> look-back -> mix, gate, gain -> out
 *         +-> delay ----------------->
 *
 * The gate is open while the network hears speech, for the hold time after, and
 * with look-back as long before. The dry sound is as late as the denoised one,
 * in bypass too, to the bit. Whatever changes does so within 10 ms without a
 * click. */
#ifndef PINNA_RNN_DENOISE_CHAIN_H
#define PINNA_RNN_DENOISE_CHAIN_H

#include "dsp/status.h"
#include "rnn/denoise_controls.h"
#include "rnn/model.h"

#include <stdbool.h>
#include <stddef.h>

/* All channels of one sound. Calls on it must not overlap. */
typedef struct pinna_denoise_chain pinna_denoise_chain;

/* All controls at their defaults. The model must be a denoiser and outlive it;
 * n_channels > 0. Outside of 8 to 192 kHz there is no denoiser: the sound
 * passes as it is. Only memory can be short. */
pinna_status pinna_denoise_chain_new(const pinna_model *model,
                                     double sample_rate, size_t n_channels,
                                     pinna_denoise_chain **out);
void pinna_denoise_chain_free(pinna_denoise_chain *chain);

/* Forget the past, as if just created; the controls stay. */
PINNA_REALTIME void pinna_denoise_chain_reset(pinna_denoise_chain *chain);

/* Any value; pinna_control_clean() says what counts. */
PINNA_REALTIME void pinna_denoise_chain_set(pinna_denoise_chain *chain,
                                            pinna_control control, float value);

/* As pinna_denoiser_set_post_filter(). */
PINNA_REALTIME void
pinna_denoise_chain_set_post_filter(pinna_denoise_chain *chain, bool on);

/* How late the output is with the controls as they are, in samples. */
PINNA_REALTIME size_t
pinna_denoise_chain_latency(const pinna_denoise_chain *chain);

/* in [n_channels][n] -> out [n_channels][n], any of which may be the same. With
 * unchanged controls any split gives the same bits. Samples that are no sound
 * (not finite, or 60 dB above full scale) count as 0. */
PINNA_REALTIME void pinna_denoise_chain_process(pinna_denoise_chain *chain,
                                                const float *const *in,
                                                float *const *out, size_t n);

/* Of the latest frame, the largest of all channels: probability of speech,
 * 0..1; and how much of the level was taken away, 0..100 dB. */
PINNA_REALTIME float
pinna_denoise_chain_speech_probability(const pinna_denoise_chain *chain);
PINNA_REALTIME float
pinna_denoise_chain_reduction_db(const pinna_denoise_chain *chain);

#endif
