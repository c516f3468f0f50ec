/* tools/pesq.h -- PESQ by an external program
 *
 * The code of ITU-T P.862 may not be copied; who has the program that its
 * reference source makes can name it. It is called as
 *     PROGRAM +16000 +wb CLEAN.wav PROCESSED.wav
 * in a temporary folder, on 16-bit files at 16 kHz, and is to print a line with
 * "MOS-LQO" whose last number is the result (P.862.2, wide-band). */
#ifndef PINNA_TOOLS_PESQ_H
#define PINNA_TOOLS_PESQ_H

#include "dsp/status.h"

#include <stddef.h>

/* clean and processed [n] at sample_rate, aligned. Errors name the program. */
pinna_status pinna_pesq(const char *program, const float *clean,
                        const float *processed, size_t n, unsigned sample_rate,
                        double *mos, pinna_error *error);

#endif
