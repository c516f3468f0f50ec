#include "rnn/layer_norm.h"

#include <math.h>

struct moments {
    double mean, scale; /* scale = 1 / sqrt(variance + eps) */
};

static struct moments moments_of(const float *x, size_t n)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    return (struct moments){
        mean, 1 / sqrt(squares / (double)n + PINNA_LAYER_NORM_EPS)};
}

void pinna_layer_norm_forward(const float *weight, const float *bias,
                              const float *x, size_t n_rows, size_t n, float *y)
{
    for (size_t row = 0; row < n_rows; row++, x += n, y += n) {
        const struct moments m = moments_of(x, n);
        for (size_t i = 0; i < n; i++)
            y[i] = (float)(((double)x[i] - m.mean) * m.scale) * weight[i] +
                   bias[i];
    }
}

/* dx = scale (d - mean(d) - u mean(d u)) with u = (x - mean) scale and
 * d = dy weight. */
static void add_dx(const float *weight, const float *x, const float *dy,
                   size_t n, struct moments m, float *dx)
{
    double mean_d = 0, mean_du = 0;

    for (size_t i = 0; i < n; i++) {
        const double d = (double)dy[i] * (double)weight[i];
        mean_d += d / (double)n;
        mean_du += d * ((double)x[i] - m.mean) * m.scale / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double u = ((double)x[i] - m.mean) * m.scale;
        dx[i] += (float)(m.scale * ((double)dy[i] * (double)weight[i] - mean_d -
                                    u * mean_du));
    }
}

void pinna_layer_norm_backward(const float *weight, const float *x,
                               const float *dy, size_t n_rows, size_t n,
                               float *dx, float *dweight, float *dbias)
{
    for (size_t row = 0; row < n_rows; row++) {
        const float *x_row = x + row * n, *dy_row = dy + row * n;
        const struct moments m = moments_of(x_row, n);

        for (size_t i = 0; i < n; i++) {
            dweight[i] +=
                dy_row[i] * (float)(((double)x_row[i] - m.mean) * m.scale);
            dbias[i] += dy_row[i];
        }
        if (dx)
            add_dx(weight, x_row, dy_row, n, m, dx + row * n);
    }
}
