/* tools/speech_clip.h -- a recording on its way into a longer one */
#ifndef PINNA_TOOLS_SPEECH_CLIP_H
#define PINNA_TOOLS_SPEECH_CLIP_H

#include "dsp/rng.h"
#include "dsp/status.h"
#include "tools/sound_list.h"

#include <stddef.h>

/* The item's samples [*n] at sample_rate, mono; to be freed by the caller. */
pinna_status pinna_speech_clip_load(const pinna_sound_item *item,
                                    unsigned sample_rate, float **samples,
                                    size_t *n, pinna_error *error);

/* Fade 5 ms in and out, so that the joints do not click. */
void pinna_speech_clip_fade(float *samples, size_t n, double sample_rate);

/* A pause as between words and sentences, 0.15 to 0.6 s, in samples. */
size_t pinna_speech_pause(pinna_rng *rng, double sample_rate);

#endif
