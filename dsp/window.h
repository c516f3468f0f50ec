/* dsp/window.h -- analysis and synthesis windows */
#ifndef PINNA_DSP_WINDOW_H
#define PINNA_DSP_WINDOW_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_window_type {
    PINNA_WINDOW_RECTANGULAR,
    PINNA_WINDOW_HANN,
    PINNA_WINDOW_HAMMING,   /* 0.54 - 0.46 cos */
    PINNA_WINDOW_BLACKMAN,  /* 0.42 - 0.5 cos + 0.08 cos 2 */
    PINNA_WINDOW_POVEY,     /* Hann to the power 0.85 (Kaldi) */
    PINNA_WINDOW_SINE,      /* Kaldi's: sin(pi n / (N - 1)) when symmetric */
    PINNA_WINDOW_SQRT_HANN, /* its square overlap-adds to one at hop N/2 */
    PINNA_WINDOW_VORBIS,    /* sin(pi/2 sin^2(pi (n + 1/2) / N)); likewise */
} pinna_window_type;

/* Fill window [n]. Periodic windows divide by n (for spectral analysis with
 * overlap-add), symmetric ones by n - 1; rectangular and Vorbis have one form.
 * n = 1 gives {1}. */
void pinna_window_fill(pinna_window_type type, bool periodic, size_t n,
                       float *window);

/* Names as in Kaldi ("povey", "hanning", "hamming", "rectangular",
 * "blackman", "sine"), also "hann", "sqrt-hann" and "vorbis". */
pinna_status pinna_window_from_name(const char *name, pinna_window_type *type);
const char *pinna_window_name(pinna_window_type type);

#endif
