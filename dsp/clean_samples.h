/* dsp/clean_samples.h -- samples that are sound: numbers, and so small that
 * their powers are, too */
#ifndef PINNA_DSP_CLEAN_SAMPLES_H
#define PINNA_DSP_CLEAN_SAMPLES_H

#include "dsp/status.h"

#include <stddef.h>

/* Louder than any sound: +60 dB re full scale. */
#define PINNA_SAMPLE_LIMIT 1000.0f

/* to [n] = from [n], with 0 for what is no sound: NaN, infinite, or beyond
 * +-PINNA_SAMPLE_LIMIT. A limit instead of 0 would be a bang that everything
 * with a memory hears for seconds. Both may be the same. */
PINNA_REALTIME void pinna_clean_samples(const float *from, size_t n, float *to);

#endif
