/* tools/snr.h -- how far a processed signal is from the clean one, in dB */
#ifndef PINNA_TOOLS_SNR_H
#define PINNA_TOOLS_SNR_H

#include <stddef.h>

/* Scale-invariant signal-to-distortion ratio, means removed (Le Roux et al.
 * 2019). Both signals [n]. */
double pinna_si_sdr_db(const float *clean, const float *processed, size_t n);

/* Mean of the SNR of 30 ms Hann frames with 75 % overlap, each held within
 * -10 .. 35 dB; frames more than 50 dB below the loudest clean one say nothing
 * and are left out. NaN when none is left. */
double pinna_segmental_snr_db(const float *clean, const float *processed,
                              size_t n, double sample_rate);

#endif
