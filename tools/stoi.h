/* tools/stoi.h -- short-time objective intelligibility
 *
 * STOI: Taal, Hendriks, Heusdens and Jensen, 2011. ESTOI: Jensen and Taal,
 * 2016. Both compare the envelopes of 15 third-octave bands at 10 kHz over
 * 384 ms, after frames without speech were taken out. */
#ifndef PINNA_TOOLS_STOI_H
#define PINNA_TOOLS_STOI_H

#include "dsp/status.h"

#include <stddef.h>

/* clean and processed [n] at sample_rate, aligned. 1 is best. Both take NaN
 * when less than 384 ms of speech is there. */
pinna_status pinna_stoi(const float *clean, const float *processed, size_t n,
                        unsigned sample_rate, double *stoi, double *estoi);

#endif
