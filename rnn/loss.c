#include "rnn/loss.h"

#include "rnn/kernels.h"

#include <assert.h>
#include <math.h>
#include <string.h>

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

double pinna_mae_loss(const float *y, const float *target, const float *weight,
                      size_t n, float *dy)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const float w = weight ? weight[i] : 1.0f;
        const float difference = w != 0 ? y[i] - target[i] : 0;
        sum += (double)(w * fabsf(difference));
        if (dy)
            dy[i] = difference > 0 ? w : difference < 0 ? -w : 0;
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

/* One row of pinna_cross_entropy_loss(). */
static double cross_entropy_row(const float *logits, size_t target, size_t n,
                                double smoothing, float *dlogits)
{
    const double norm = log_sum_exp(logits, n);
    const double share = smoothing / (double)n;
    double loss = (1 - smoothing) * (norm - (double)logits[target]);

    for (size_t i = 0; smoothing > 0 && i < n; i++)
        loss += share * (norm - (double)logits[i]);
    if (dlogits) {
        for (size_t i = 0; i < n; i++)
            dlogits[i] = (float)((double)logits[i] - norm);
        pinna_kernels_best()->exp(dlogits, n);
        for (size_t i = 0; smoothing > 0 && i < n; i++)
            dlogits[i] -= (float)share;
        dlogits[target] -= (float)(1 - smoothing);
    }
    return loss;
}

double pinna_cross_entropy_loss(const float *logits, const int *target,
                                size_t n_rows, size_t n, double smoothing,
                                float *dlogits)
{
    double sum = 0;

    for (size_t row = 0; row < n_rows; row++) {
        float *d = dlogits ? dlogits + row * n : NULL;
        assert(target[row] < 0 || (size_t)target[row] < n);
        if (target[row] >= 0)
            sum += cross_entropy_row(logits + row * n, (size_t)target[row], n,
                                     smoothing, d);
        else if (d)
            memset(d, 0, n * sizeof(float));
    }
    return sum;
}
