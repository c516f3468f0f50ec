/* tests/metric_signals.h -- a pair of signals whose metrics are known from
 * another implementation
 *
 * Low-passed noise with a syllable's rhythm and a pause, 3 s long, and the same
 * with white noise added. All from a linear congruential generator, so that
 * any language makes the same samples:
 *   x = (1664525 x + 1013904223) mod 2^32, sample (x >> 8) / 2^23 - 1
 *   seed 1 for the speech, 2 for the noise
 *   y = 0.7 y + 0.3 a[i]; clean[i] = y env[i]; noisy[i] = clean[i] + 0.1 b[i]
 *   env = 0.0005 from 1 to 1.5 s, else 0.5 + 0.45 sin(2 pi 4 i / sample_rate)
 */
#ifndef PINNA_TESTS_METRIC_SIGNALS_H
#define PINNA_TESTS_METRIC_SIGNALS_H

#include <stddef.h>

/* clean, noisy [3 sample_rate] */
void metric_signals(float *clean, float *noisy, unsigned sample_rate);

#endif
