#include "dsp/dct.h"

#include "dsp/status.h"

#include <math.h>

void pinna_dct_matrix(size_t n_out, size_t n_in, float *matrix)
{
    for (size_t k = 0; k < n_out; k++) {
        const double norm = sqrt((k ? 2.0 : 1.0) / (double)n_in);
        for (size_t m = 0; m < n_in; m++) {
            const double angle =
                PINNA_PI * (double)k * ((double)m + 0.5) / (double)n_in;
            matrix[k * n_in + m] = (float)(norm * cos(angle));
        }
    }
}

void pinna_lifter_fill(double lifter_length, size_t first, size_t n,
                       float *lifter)
{
    for (size_t k = 0; k < n; k++) {
        const double angle = PINNA_PI * (double)(first + k) / lifter_length;
        lifter[k] = lifter_length == 0.0
                        ? 1.0f
                        : (float)(1.0 + 0.5 * lifter_length * sin(angle));
    }
}
