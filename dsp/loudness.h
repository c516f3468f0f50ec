/* dsp/loudness.h -- how loud a mono signal is to people, over its whole length
 *
 *     pinna_loudness *loudness;
 *     pinna_loudness_new(48000, &loudness);
 *     while ((n = read(samples)) > 0)
 *         pinna_loudness_process(loudness, samples, n);
 *     printf("%.1f LUFS\n", pinna_loudness_integrated(loudness));
 *
 * ITU-R BS.1770-4: K-weighting (a shelf for the head, then a high pass), mean
 * square of blocks of 400 ms that begin every 100 ms, and the mean of the
 * blocks above -70 LUFS that are also above their own mean less 10 LU. Memory
 * is constant: blocks are counted and their energy summed in steps of 0.1 LU,
 * which moves the relative gate by less than one step. */
#ifndef PINNA_DSP_LOUDNESS_H
#define PINNA_DSP_LOUDNESS_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_loudness pinna_loudness;

/* sample_rate in Hz, 100 .. 768000. */
pinna_status pinna_loudness_new(unsigned sample_rate, pinna_loudness **out);
void pinna_loudness_free(pinna_loudness *loudness);
PINNA_REALTIME void pinna_loudness_reset(pinna_loudness *loudness);

/* samples [n], full scale +-1; NaN and infinity count as 0. Any split of a
 * signal gives the same result. */
PINNA_REALTIME void pinna_loudness_process(pinna_loudness *loudness,
                                           const float *samples, size_t n);

/* LUFS (also called LKFS) of all whole blocks so far: a full-scale sine of
 * 997 Hz has -3.01. PINNA_SILENCE_DB when none is above -70. */
PINNA_REALTIME double pinna_loudness_integrated(const pinna_loudness *loudness);

#endif
