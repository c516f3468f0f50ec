/* plugins/plugin_core.h -- the denoiser as a plugin: what LADSPA, LV2 and CLAP
 * have in common
 *
 *     in -+-> denoiser -> look-back -> mix, gate, gain -> out
 *         +-> delay ----------------->
 *
 * The gate is open while the network hears speech, for the hold time after, and
 * with look-back as long before. The dry sound is as late as the denoised one,
 * in bypass too, to the bit. Whatever changes does so within 10 ms without a
 * click. */
#ifndef PINNA_PLUGINS_PLUGIN_CORE_H
#define PINNA_PLUGINS_PLUGIN_CORE_H

#include "dsp/status.h"
#include "plugins/controls.h"
#include "rnn/model.h"

#include <stddef.h>

#define PINNA_PLUGIN_MAX_CHANNELS 2

/* One instance. Calls on it must not overlap. */
typedef struct pinna_plugin_core pinna_plugin_core;

/* All controls at their defaults. The model must be a denoiser and outlive it.
 * Outside of 8 to 192 kHz there is no denoiser: the sound passes as it is. Only
 * memory can be short. */
pinna_status pinna_plugin_core_new(const pinna_model *model, double sample_rate,
                                   size_t n_channels, pinna_plugin_core **out);
void pinna_plugin_core_free(pinna_plugin_core *core);

/* Forget the past, as if just created; the controls stay. */
PINNA_REALTIME void pinna_plugin_core_reset(pinna_plugin_core *core);

/* Any value; pinna_control_clean() says what counts. */
PINNA_REALTIME void pinna_plugin_core_set(pinna_plugin_core *core,
                                          pinna_control control, float value);

/* How late the output is with the controls as they are, in samples. */
PINNA_REALTIME size_t pinna_plugin_core_latency(const pinna_plugin_core *core);

/* in [n_channels][n] -> out [n_channels][n], any of which may be the same. With
 * unchanged controls any split gives the same bits. Samples that are no sound
 * (not finite, or 60 dB above full scale) count as 0. */
PINNA_REALTIME void pinna_plugin_core_process(pinna_plugin_core *core,
                                              const float *const *in,
                                              float *const *out, size_t n);

/* Of the latest frame, the largest of all channels: probability of speech,
 * 0..1; and how much of the level was taken away, 0..100 dB. */
PINNA_REALTIME float
pinna_plugin_core_speech_probability(const pinna_plugin_core *core);
PINNA_REALTIME float
pinna_plugin_core_reduction_db(const pinna_plugin_core *core);

#endif
