#include "datasets/augment.h"

#include "dsp/fft.h"
#include "dsp/window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Kernel of the speed change: sinc with a Kaiser window. 16 zero crossings on
 * each side and beta 6 give -63 dB beyond a transition of 12 % of the sample
 * rate (Kaiser and Schafer, 1980); 64 phases between two samples, read with
 * linear interpolation, err by -70 dB. */
#define ZEROS       16
#define PHASES      64
#define KAISER_BETA 6.0
#define ROLL_OFF    0.93 /* -6 dB point over the lower Nyquist frequency */

/* Taps are summed in this many lanes, which the compiler keeps in a vector. */
#define LANES 8

/* The kernel at x input samples from its centre. */
static double kernel(double x, double cutoff)
{
    const double place = x * cutoff / ZEROS;
    if (fabs(place) >= 1)
        return 0;
    const double window =
        pinna_bessel_i0(KAISER_BETA * sqrt(1 - place * place)) /
        pinna_bessel_i0(KAISER_BETA);
    const double angle = PINNA_PI * x * cutoff;
    return cutoff * window * (angle != 0 ? sin(angle) / angle : 1);
}

/* rows [PHASES + 1, n_taps]: tap i of phase p lies i - n_taps/2 + 1 - p/PHASES
 * samples from the centre. */
static void fill_rows(double cutoff, size_t n_taps, float *rows)
{
    for (size_t p = 0; p <= PHASES; p++)
        for (size_t i = 0; i < n_taps; i++)
            rows[p * n_taps + i] = (float)kernel(
                (double)i - (double)n_taps / 2 + 1 - (double)p / PHASES,
                cutoff);
}

/* n is a multiple of LANES. */
static float dot(const float *a, const float *b, size_t n)
{
    float sums[LANES] = {0};
    for (size_t i = 0; i < n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            sums[k] += a[i + k] * b[i + k];
    float sum = 0;
    for (size_t k = 0; k < LANES; k++)
        sum += sums[k];
    return sum;
}

/* padded holds n_taps/2 - 1 zeros before the signal and enough behind. */
static void interpolate(const float *padded, double factor, const float *rows,
                        size_t n_taps, float *out, size_t n_out)
{
    for (size_t k = 0; k < n_out; k++) {
        const double t = (double)k * factor;
        const size_t whole = (size_t)t;
        const double phase = (t - (double)whole) * PHASES;
        const size_t row = (size_t)phase;
        const float part = (float)(phase - (double)row);
        const float *x = padded + whole;
        const float low = dot(x, rows + row * n_taps, n_taps);
        const float high = dot(x, rows + (row + 1) * n_taps, n_taps);
        out[k] = low + part * (high - low);
    }
}

pinna_status pinna_augment_speed(const float *samples, size_t n, double factor,
                                 float **out, size_t *n_out)
{
    *out = NULL;
    *n_out = 0;
    if (!(factor >= 0.5 && factor <= 2))
        return PINNA_BAD_ARG;

    const double cutoff = ROLL_OFF / fmax(1, factor);
    const size_t reach = (size_t)ceil(ZEROS / cutoff) + 1;
    const size_t n_taps = (2 * reach + LANES - 1) / LANES * LANES;
    const size_t count = (size_t)round((double)n / factor);
    float *result = malloc((count + 1) * sizeof *result);
    float *rows = malloc((PHASES + 1) * n_taps * sizeof *rows);
    float *padded = calloc(n + 2 * n_taps, sizeof *padded);
    if (!result || !rows || !padded) {
        free(result);
        free(rows);
        free(padded);
        return PINNA_NO_MEMORY;
    }

    fill_rows(cutoff, n_taps, rows);
    memcpy(padded + n_taps / 2 - 1, samples, n * sizeof *samples);
    interpolate(padded, factor, rows, n_taps, result, count);

    free(rows);
    free(padded);
    *out = result;
    *n_out = count;
    return PINNA_OK;
}

pinna_biquad pinna_biquad_random(pinna_rng *rng)
{
    pinna_biquad biquad = {.b0 = 1};
    biquad.b1 = pinna_rng_uniform(rng, -3.0 / 8, 3.0 / 8);
    biquad.b2 = pinna_rng_uniform(rng, -3.0 / 8, 3.0 / 8);
    biquad.a1 = pinna_rng_uniform(rng, -3.0 / 8, 3.0 / 8);
    biquad.a2 = pinna_rng_uniform(rng, -3.0 / 8, 3.0 / 8);
    return biquad;
}

/* Convolution by overlap-add: blocks of n_fft - n_part + 1 samples. */
struct convolver {
    size_t n_fft, n_part, n_block;
    pinna_fft *fft;
    float *x;                /* [n_fft] */
    float complex *response; /* [n_fft/2 + 1] of one part */
    float complex *spectrum; /* [n_fft/2 + 1] */
    float *out;              /* [n] */
};

static void convolver_free(struct convolver *convolver)
{
    pinna_fft_free(convolver->fft);
    free(convolver->x);
    free(convolver->response);
    free(convolver->spectrum);
    free(convolver->out);
}

static pinna_status convolver_new(size_t n, size_t n_response,
                                  struct convolver *convolver)
{
    *convolver = (struct convolver){0};

    /* A response longer than half the largest transform goes in parts. Four
     * times the response is near the least work per sample. */
    size_t n_part = n_response;
    if (n_part > PINNA_FFT_MAX / 2)
        n_part = PINNA_FFT_MAX / 2;
    size_t n_fft = 4 * n_part;
    if (n_fft < 1024)
        n_fft = 1024;
    if (n_fft > n + n_part)
        n_fft = n + n_part;
    if (n_fft > PINNA_FFT_MAX)
        n_fft = PINNA_FFT_MAX;
    while (!pinna_fft_size_ok(n_fft))
        n_fft++;

    convolver->n_fft = n_fft;
    convolver->n_part = n_part;
    convolver->n_block = n_fft - n_part + 1;
    const size_t n_bins = n_fft / 2 + 1;
    convolver->x = calloc(n_fft, sizeof *convolver->x);
    convolver->response = calloc(n_bins, sizeof *convolver->response);
    convolver->spectrum = calloc(n_bins, sizeof *convolver->spectrum);
    convolver->out = calloc(n, sizeof *convolver->out);
    if (!convolver->x || !convolver->response || !convolver->spectrum ||
        !convolver->out)
        return PINNA_NO_MEMORY;
    return pinna_fft_new(n_fft, &convolver->fft);
}

/* x [n] zero-padded -> spectrum. */
static void transform(struct convolver *convolver, const float *x, size_t n,
                      float complex *spectrum)
{
    memcpy(convolver->x, x, n * sizeof *x);
    memset(convolver->x + n, 0, (convolver->n_fft - n) * sizeof *x);
    pinna_fft_forward(convolver->fft, convolver->x, spectrum);
}

/* out [n] += samples [n] convolved with the response of the convolver. */
static void add_convolved(struct convolver *convolver, const float *samples,
                          float *out, size_t n)
{
    for (size_t begin = 0; begin < n; begin += convolver->n_block) {
        const size_t left = n - begin;
        transform(convolver, samples + begin,
                  left < convolver->n_block ? left : convolver->n_block,
                  convolver->spectrum);
        for (size_t k = 0; k <= convolver->n_fft / 2; k++)
            convolver->spectrum[k] *= convolver->response[k];
        pinna_fft_inverse(convolver->fft, convolver->spectrum, convolver->x);

        const size_t n_kept = left < convolver->n_fft ? left : convolver->n_fft;
        for (size_t i = 0; i < n_kept; i++)
            out[begin + i] += convolver->x[i];
    }
}

pinna_status pinna_augment_room(float *samples, size_t n, const float *response,
                                size_t n_response)
{
    if (n_response == 0)
        return PINNA_BAD_ARG;
    if (n == 0)
        return PINNA_OK;
    if (n_response > n)
        n_response = n; /* the rest would only reach beyond the end */

    struct convolver convolver;
    const pinna_status status = convolver_new(n, n_response, &convolver);
    if (!status) {
        for (size_t at = 0; at < n_response; at += convolver.n_part) {
            const size_t left = n_response - at;
            transform(&convolver, response + at,
                      left < convolver.n_part ? left : convolver.n_part,
                      convolver.response);
            add_convolved(&convolver, samples, convolver.out + at, n - at);
        }
        memcpy(samples, convolver.out, n * sizeof *samples);
    }
    convolver_free(&convolver);
    return status;
}

void pinna_augment_clip(float *samples, size_t n, float limit)
{
    for (size_t i = 0; i < n; i++) {
        if (samples[i] > limit)
            samples[i] = limit;
        else if (samples[i] < -limit)
            samples[i] = -limit;
    }
}

void pinna_augment_mu_law(float *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float size = fminf(fabsf(samples[i]), 1);
        const float code = roundf(127 * log1pf(255 * size) / logf(256));
        samples[i] =
            copysignf(expm1f(code / 127 * logf(256)) / 255, samples[i]);
    }
}

static double frame_energy(const float *samples, size_t n, size_t n_frame,
                           size_t at)
{
    double sum = 0;
    for (size_t i = at; i < n && i < at + n_frame; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum;
}

void pinna_augment_tighten(float *samples, size_t n, size_t n_frame,
                           double threshold_db)
{
    double loudest = 0;
    for (size_t at = 0; at < n; at += n_frame)
        loudest = fmax(loudest, frame_energy(samples, n, n_frame, at));
    const double enough = loudest * pow(10, threshold_db / 10);

    size_t begin = 0;
    while (begin < n && frame_energy(samples, n, n_frame, begin) < enough)
        begin += n_frame;
    size_t last = n > 0 ? (n - 1) / n_frame * n_frame : 0;
    while (last > begin && frame_energy(samples, n, n_frame, last) < enough)
        last -= n_frame;
    const size_t end = last + n_frame < n ? last + n_frame : n;
    if (begin >= n) /* an empty recording, or NaN */
        return;
    memset(samples, 0, begin * sizeof *samples);
    memset(samples + end, 0, (n - end) * sizeof *samples);
}

void pinna_augment_gain(float *samples, size_t n, float gain)
{
    for (size_t i = 0; i < n; i++)
        samples[i] *= gain;
}
