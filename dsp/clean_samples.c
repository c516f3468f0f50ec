#include "dsp/clean_samples.h"

#include <math.h>

void pinna_clean_samples(const float *from, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++) {
        const float x = from[i];
        to[i] = isfinite(x)
                    ? fminf(fmaxf(x, -PINNA_SAMPLE_LIMIT), PINNA_SAMPLE_LIMIT)
                    : 0;
    }
}
