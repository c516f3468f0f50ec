#include "rnn/loss.h"

#include "rnn/kernels.h"

#include <math.h>

/* Values whose exponentials are taken together, on the stack. */
#define BLOCK 256

static size_t block_size(size_t n, size_t first)
{
    return n - first < BLOCK ? n - first : BLOCK;
}

double pinna_mse_loss(const float *y, const float *target, const float *weight,
                      size_t n, float *dy)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const float w = weight ? weight[i] : 1.0f;
        const float difference = w != 0 ? y[i] - target[i] : 0;
        sum += (double)(w * difference) * (double)difference;
        if (dy)
            dy[i] = 2 * w * difference;
    }
    return sum;
}

/* n <= BLOCK elements of pinna_bce_loss(). */
static double bce_block(const float *logits, const float *target,
                        const float *weight, size_t n, float *dlogits)
{
    float e[BLOCK]; /* exp(-|x|), in 0..1 */
    for (size_t i = 0; i < n; i++)
        e[i] = -fabsf(logits[i]);
    pinna_kernels_best()->exp(e, n);

    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const float w = weight ? weight[i] : 1.0f;
        const float x = w != 0 ? logits[i] : 0;
        const float t = w != 0 ? target[i] : 0;
        const float p = (x >= 0 ? 1 : e[i]) / (1 + e[i]); /* sigmoid(x) */

        if (w != 0)
            sum += (double)(w * (fmaxf(x, 0) - x * t + log1pf(e[i])));
        if (dlogits)
            dlogits[i] = w != 0 ? w * (p - t) : 0;
    }
    return sum;
}

double pinna_bce_loss(const float *logits, const float *target,
                      const float *weight, size_t n, float *dlogits)
{
    double sum = 0;
    for (size_t i = 0; i < n; i += BLOCK)
        sum += bce_block(logits + i, target + i, weight ? weight + i : NULL,
                         block_size(n, i), dlogits ? dlogits + i : NULL);
    return sum;
}

static double log_sum_exp(const float *x, size_t n)
{
    float max = x[0];
    for (size_t i = 1; i < n; i++)
        max = x[i] > max ? x[i] : max;

    double sum = 0;
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t n_here = block_size(n, first);
        float e[BLOCK];
        for (size_t i = 0; i < n_here; i++)
            e[i] = x[first + i] - max;
        pinna_kernels_best()->exp(e, n_here);
        for (size_t i = 0; i < n_here; i++)
            sum += (double)e[i];
    }
    return (double)max + log(sum);
}

void pinna_log_softmax(float *x, size_t n_rows, size_t n)
{
    if (n == 0)
        return;
    for (size_t row = 0; row < n_rows; row++, x += n) {
        const double norm = log_sum_exp(x, n);
        for (size_t i = 0; i < n; i++)
            x[i] = (float)((double)x[i] - norm);
    }
}
