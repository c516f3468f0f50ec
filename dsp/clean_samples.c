#include "dsp/clean_samples.h"

#include <math.h>

void pinna_clean_samples(const float *from, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = fabsf(from[i]) <= PINNA_SAMPLE_LIMIT ? from[i] : 0;
}
