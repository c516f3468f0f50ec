#include "dsp/delta.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ORDER = 8, MAX_WINDOW = 1000, MAX_DIM = 65536 };

struct pinna_delta {
    pinna_delta_config config;
    size_t dim, n_out;
    size_t reach; /* frames to each side that a frame's deltas need */
    size_t n_pushed, n_pulled;
    size_t n_chained; /* HTK: frames that step_chain() has seen */
    bool finished;
    double *taps; /* [order + 1, 2 reach + 1], centred */
    double *sum;  /* [dim] */
    float *rows;  /* [2 reach + 1, n_out], the latest frames in a ring */
};

pinna_delta_config pinna_delta_config_default(pinna_delta_kind kind)
{
    return (pinna_delta_config){
        .kind = kind,
        .order = 2,
        .window = kind == PINNA_DELTA_SAVGOL ? 4 : 2,
    };
}

static double *taps_of(const pinna_delta *delta, size_t k)
{
    return delta->taps + k * (2 * delta->reach + 1);
}

/* Order 0 is a single 1, order k the slope filter convolved with order k - 1,
 * which reaches (k - 1) window frames to each side. */
static void fill_convolved(const pinna_delta *delta)
{
    const size_t w = delta->config.window, centre = delta->reach;
    double sum_square = 0.0;
    for (size_t j = 1; j <= w; j++)
        sum_square += 2.0 * (double)j * (double)j;

    taps_of(delta, 0)[centre] = 1.0;
    for (size_t k = 1; k <= delta->config.order; k++) {
        const double *last = taps_of(delta, k - 1);
        double *taps = taps_of(delta, k);
        const size_t reach = (k - 1) * w;
        for (size_t i = centre - reach; i <= centre + reach; i++) {
            for (size_t j = 1; j <= w; j++) {
                taps[i + j] += last[i] * (double)j / sum_square;
                taps[i - j] -= last[i] * (double)j / sum_square;
            }
        }
    }
}

static double sum_of_squares(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

/* With the polynomials p_k that are orthogonal over the window and begin with
 * j^k (Gram), the fit's coefficient of j^k is sum p_k x / sum p_k^2, and its
 * k-th derivative k! times that:
 *   p_0 = 1,  p_k = j p_{k-1} - (sum p_{k-1}^2 / sum p_{k-2}^2) p_{k-2} */
static void fill_savgol(const pinna_delta *delta)
{
    const size_t n = 2 * delta->reach + 1;
    for (size_t i = 0; i < n; i++)
        taps_of(delta, 0)[i] = 1.0;

    for (size_t k = 1; k <= delta->config.order; k++) {
        const double *last = taps_of(delta, k - 1);
        double *p = taps_of(delta, k);
        for (size_t i = 0; i < n; i++)
            p[i] = ((double)i - (double)delta->reach) * last[i];
        if (k == 1)
            continue;
        const double *before = taps_of(delta, k - 2);
        const double ratio =
            sum_of_squares(last, n) / sum_of_squares(before, n);
        for (size_t i = 0; i < n; i++)
            p[i] -= ratio * before[i];
    }

    double factorial = 1.0;
    for (size_t k = 1; k <= delta->config.order; k++) {
        double *p = taps_of(delta, k);
        factorial *= (double)k;
        const double scale = factorial / sum_of_squares(p, n);
        for (size_t i = 0; i < n; i++)
            p[i] *= scale;
    }
}

static bool config_ok(const pinna_delta_config *config)
{
    if (config->order > MAX_ORDER || config->window == 0 ||
        config->window > MAX_WINDOW)
        return false;
    switch (config->kind) {
    case PINNA_DELTA_KALDI:
    case PINNA_DELTA_HTK:
        return true;
    case PINNA_DELTA_SAVGOL:
        return config->order <= 2 * config->window;
    }
    return false;
}

pinna_status pinna_delta_new(size_t dim, const pinna_delta_config *config,
                             pinna_delta **out)
{
    *out = NULL;
    if (dim == 0 || dim > MAX_DIM || !config_ok(config))
        return PINNA_BAD_ARG;
    pinna_delta *delta = calloc(1, sizeof *delta);
    if (!delta)
        return PINNA_NO_MEMORY;

    const bool savgol = config->kind == PINNA_DELTA_SAVGOL;
    delta->config = *config;
    delta->dim = dim;
    delta->n_out = (config->order + 1) * dim;
    delta->reach =
        (savgol && config->order ? 1 : config->order) * config->window;
    const size_t n_rows = 2 * delta->reach + 1;
    delta->taps = calloc((config->order + 1) * n_rows, sizeof *delta->taps);
    delta->sum = calloc(dim, sizeof *delta->sum);
    delta->rows = calloc(n_rows, delta->n_out * sizeof *delta->rows);
    if (!delta->taps || !delta->sum || !delta->rows) {
        pinna_delta_free(delta);
        return PINNA_NO_MEMORY;
    }

    if (savgol)
        fill_savgol(delta);
    else
        fill_convolved(delta);
    *out = delta;
    return PINNA_OK;
}

void pinna_delta_free(pinna_delta *delta)
{
    if (!delta)
        return;
    free(delta->taps);
    free(delta->sum);
    free(delta->rows);
    free(delta);
}

void pinna_delta_reset(pinna_delta *delta)
{
    delta->n_pushed = delta->n_pulled = delta->n_chained = 0;
    delta->finished = false;
}

size_t pinna_delta_n_out(const pinna_delta *delta)
{
    return delta->n_out;
}

size_t pinna_delta_delay(const pinna_delta *delta)
{
    return delta->reach;
}

/* Frame t with its deltas, [n_out]. */
static float *row(const pinna_delta *delta, size_t t)
{
    return delta->rows + t % (2 * delta->reach + 1) * delta->n_out;
}

/* Is all there that the next frame to pull needs? */
static bool is_ready(const pinna_delta *delta)
{
    const size_t t = delta->n_pulled;
    const bool early =
        delta->config.kind == PINNA_DELTA_SAVGOL && t < delta->reach;
    const size_t last = (early ? delta->reach : t) + delta->reach;
    return t < delta->n_pushed && (delta->finished || last < delta->n_pushed);
}

void pinna_delta_push(pinna_delta *delta, const float *frame)
{
    assert(!delta->finished && !is_ready(delta));
    memcpy(row(delta, delta->n_pushed), frame, delta->dim * sizeof(float));
    delta->n_pushed++;
}

void pinna_delta_finish(pinna_delta *delta)
{
    delta->finished = true;
}

/* out [dim] = sum_j taps[reach + j] x[t + j], j = -width .. width, where x is
 * order k of the rows, the first and last of them repeated. */
static void filter(pinna_delta *delta, const double *taps, size_t width,
                   size_t k, size_t t, float *out)
{
    for (size_t d = 0; d < delta->dim; d++)
        delta->sum[d] = 0.0;

    const size_t last = delta->n_pushed - 1;
    for (size_t i = 0; i <= 2 * width; i++) {
        size_t at = t + i < width ? 0 : t + i - width;
        at = at < last ? at : last;
        const float *x = row(delta, at) + k * delta->dim;
        const double tap = taps[delta->reach - width + i];
        for (size_t d = 0; d < delta->dim; d++)
            delta->sum[d] += tap * (double)x[d];
    }

    for (size_t d = 0; d < delta->dim; d++)
        out[d] = (float)delta->sum[d];
}

static void fill_kaldi(pinna_delta *delta, size_t t)
{
    for (size_t k = 1; k <= delta->config.order; k++)
        filter(delta, taps_of(delta, k), k * delta->config.window, 0, t,
               row(delta, t) + k * delta->dim);
}

/* Now that frame t is there (or the end passed by), order k can be computed of
 * frame t - k window. */
static void step_chain(pinna_delta *delta, size_t t)
{
    const size_t w = delta->config.window;
    for (size_t k = 1; k <= delta->config.order && t >= k * w; k++) {
        const size_t at = t - k * w;
        if (at < delta->n_pushed)
            filter(delta, taps_of(delta, 1), w, k - 1, at,
                   row(delta, at) + k * delta->dim);
    }
}

static void fill_htk(pinna_delta *delta, size_t t)
{
    while (delta->n_chained <= t + delta->reach)
        step_chain(delta, delta->n_chained++);
}

static void fill_fitted(pinna_delta *delta, size_t t)
{
    const size_t n = delta->n_pushed, reach = delta->reach;
    float *out = row(delta, t);
    if (n < 2 * reach + 1) {
        memset(out + delta->dim, 0,
               delta->config.order * delta->dim * sizeof *out);
        return;
    }

    size_t centre = t < reach ? reach : t;
    centre = centre < n - reach ? centre : n - 1 - reach;
    for (size_t k = 1; k <= delta->config.order; k++)
        filter(delta, taps_of(delta, k), reach, 0, centre,
               out + k * delta->dim);
}

bool pinna_delta_pull(pinna_delta *delta, float *out)
{
    if (!is_ready(delta))
        return false;

    const size_t t = delta->n_pulled++;
    switch (delta->config.kind) {
    case PINNA_DELTA_KALDI:
        fill_kaldi(delta, t);
        break;
    case PINNA_DELTA_HTK:
        fill_htk(delta, t);
        break;
    case PINNA_DELTA_SAVGOL:
        fill_fitted(delta, t);
        break;
    }
    memcpy(out, row(delta, t), delta->n_out * sizeof *out);
    return true;
}
