#include "tools/loopback.h"

#include "dsp/clean_samples.h"
#include "dsp/fft.h"
#include "dsp/rng.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_S 0.5
#define NOISE_S   0.25
#define LEVEL     0.25f /* -12 dB: heard over a fan, and no danger to ears */

/* Of noise that comes back in twice as much of another. */
#define LEAST_CORRELATION 0.3

/* Where there is less than this part of all energy, products are nothing but
 * what the Fourier transform rounds, 1e-6 of the loudest. */
#define QUIET 1e-8

struct pinna_loopback {
    size_t n_silence, n_noise, n_heard; /* samples; the last: at most */
    float *noise;                       /* [n_noise] */
    float *heard;                       /* [n_heard] */
    size_t at;                          /* done so far */
};

pinna_status pinna_loopback_new(double rate, pinna_loopback **out)
{
    pinna_rng rng;

    *out = NULL;
    pinna_loopback *loopback = calloc(1, sizeof *loopback);
    if (!loopback)
        return PINNA_NO_MEMORY;
    loopback->n_silence = (size_t)(SILENCE_S * rate);
    loopback->n_noise = (size_t)(NOISE_S * rate);
    loopback->n_heard = (size_t)(PINNA_LOOPBACK_S * rate);
    loopback->noise = malloc(loopback->n_noise * sizeof(float));
    loopback->heard = calloc(loopback->n_heard, sizeof(float));
    if (!loopback->noise || !loopback->heard) {
        pinna_loopback_free(loopback);
        return PINNA_NO_MEMORY;
    }
    pinna_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < loopback->n_noise; i++)
        loopback->noise[i] = pinna_rng_below(&rng, 2) ? LEVEL : -LEVEL;
    *out = loopback;
    return PINNA_OK;
}

void pinna_loopback_free(pinna_loopback *loopback)
{
    if (!loopback)
        return;
    free(loopback->noise);
    free(loopback->heard);
    free(loopback);
}

void pinna_loopback_process(void *user, const float *const *in,
                            float *const *out, size_t n)
{
    pinna_loopback *loopback = user;
    const size_t begin = loopback->n_silence;
    const size_t end = begin + loopback->n_noise;

    for (size_t i = 0; i < n; i++, loopback->at++) {
        const size_t at = loopback->at;
        if (at < loopback->n_heard)
            pinna_clean_samples(&in[0][i], 1, &loopback->heard[at]);
        out[0][i] = at >= begin && at < end ? loopback->noise[at - begin] : 0;
    }
}

/* ---- which delay ---- */

static double energy(const float *samples, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum;
}

/* Products of noise and what is heard, at every delay, by Fourier transforms of
 * pieces: a piece from delay d on gives those of d .. d + n_fft - n_noise. */
struct search {
    size_t n_fft;
    pinna_fft *fft;
    float complex *noise, *piece; /* [n_fft/2 + 1] spectra */
    float *samples;               /* [n_fft] */
};

static void close_search(struct search *search)
{
    pinna_fft_free(search->fft);
    free(search->noise);
    free(search->piece);
    free(search->samples);
}

static pinna_status open_search(const pinna_loopback *loopback,
                                struct search *search)
{
    const size_t n_fft = pinna_fft_nearest_size(2 * loopback->n_noise);

    *search = (struct search){.n_fft = n_fft};
    search->noise = calloc(n_fft / 2 + 1, sizeof *search->noise);
    search->piece = calloc(n_fft / 2 + 1, sizeof *search->piece);
    search->samples = calloc(n_fft, sizeof *search->samples);
    if (!search->noise || !search->piece || !search->samples ||
        pinna_fft_new(n_fft, &search->fft)) {
        close_search(search);
        return PINNA_NO_MEMORY;
    }
    memcpy(search->samples, loopback->noise, loopback->n_noise * sizeof(float));
    pinna_fft_forward(search->fft, search->samples, search->noise);
    return PINNA_OK;
}

/* In search->samples: the products from the first of heard [n] on. Behind a
 * short piece is what was there, which none of the delays asked for reaches. */
static void multiply(struct search *search, const float *heard, size_t n)
{
    n = n < search->n_fft ? n : search->n_fft;
    memcpy(search->samples, heard, n * sizeof(float));
    pinna_fft_forward(search->fft, search->samples, search->piece);
    for (size_t k = 0; k <= search->n_fft / 2; k++)
        search->piece[k] *= conjf(search->noise[k]);
    pinna_fft_inverse(search->fft, search->piece, search->samples);
}

pinna_status pinna_loopback_find(const pinna_loopback *loopback, size_t *delay)
{
    const size_t n = loopback->n_noise;
    const size_t n_heard = loopback->n_heard - loopback->n_silence;
    const float *heard = loopback->heard + loopback->n_silence;
    const double quiet = QUIET * energy(heard, n_heard);
    double most = 0, window = energy(heard, n); /* n samples from d on */
    struct search search;

    if (open_search(loopback, &search))
        return PINNA_NO_MEMORY;
    const size_t n_products = search.n_fft - n + 1;
    for (size_t d = 0; d < n_heard - n; d++) {
        if (d % n_products == 0)
            multiply(&search, heard + d, n_heard - d);
        const double product = fabs((double)search.samples[d % n_products]);
        const double correlation =
            product / (double)LEVEL / sqrt((double)n * (window + quiet));
        if (correlation > most) {
            most = correlation;
            *delay = d;
        }
        window =
            fmax(window - energy(heard + d, 1) + energy(heard + d + n, 1), 0);
    }
    close_search(&search);
    return most >= LEAST_CORRELATION ? PINNA_OK : PINNA_NOT_FOUND;
}
