/* datasets/noise_maker.h -- synthetic noises without limit
 *
 * For training where recorded noise is scarce. Each call draws one kind and
 * its parameters from the rng: coloured noise (slope -12 .. +6 dB per octave,
 * with random peaks), slowly modulated noise, mains and motor hums with
 * harmonics and drift, click and knock bursts (keyboard, drops), chirps and
 * beeps, crackle, gusts, and sums of two. */
#ifndef PINNA_DATASETS_NOISE_MAKER_H
#define PINNA_DATASETS_NOISE_MAKER_H

#include "dsp/rng.h"
#include "dsp/status.h"

#include <stddef.h>

/* out [n] at RMS 0.1. */
pinna_status pinna_noise_make(pinna_rng *rng, double sample_rate, float *out,
                              size_t n);

#endif
