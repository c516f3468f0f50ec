#include "rnn/clip_grad.h"

#include <math.h>

/* Partial sums of the norm, so that the loop vectorises with a fixed order. */
#define LANES 8

double pinna_clip_grad_norm(float *grads, size_t n, double max_norm)
{
    double lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += (double)grads[i + j] * (double)grads[i + j];

    double sum = 0;
    for (; i < n; i++)
        sum += (double)grads[i] * (double)grads[i];
    for (size_t j = 0; j < LANES; j++)
        sum += lanes[j];

    const double norm = sqrt(sum);
    const double scale = max_norm / (norm + 1e-6);
    if (isfinite(norm) && scale < 1)
        for (i = 0; i < n; i++)
            grads[i] *= (float)scale;
    return norm;
}
