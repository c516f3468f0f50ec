#include "dsp/stft.h"

#include "dsp/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pinna_stft {
    size_t n_fft, hop;
    pinna_fft *fft;
    float *window;   /* [n_fft] */
    float *past;     /* [n_fft] latest samples, newest last */
    float *windowed; /* [n_fft] */
    float block[];   /* backs the three arrays above */
};

struct pinna_istft {
    size_t n_fft, hop;
    size_t n_used; /* newest samples of a frame that the window lets through */
    pinna_fft *fft;
    float *window; /* [n_used] for synthesis */
    float *sum;    /* [n_used] overlapped frames, next samples first */
    float *frame;  /* [n_fft] */
    float block[]; /* backs the three arrays above */
};

static bool sizes_ok(size_t n_fft, size_t hop)
{
    return pinna_fft_size_ok(n_fft) && hop > 0 && hop <= n_fft;
}

/* Of n samples; rises as the first half of a Vorbis window, or falls. */
static double vorbis_rise(size_t i, size_t n)
{
    const double sine = sin(0.5 * PINNA_PI * ((double)i + 0.5) / (double)n);
    return sin(0.5 * PINNA_PI * sine * sine);
}

/* Sample n of the analysis window with low delay. */
static double low_delay_at(size_t n_fft, size_t hop, size_t n)
{
    const size_t n_rise = n_fft - hop;
    return n < n_rise ? vorbis_rise(n, n_rise)
                      : vorbis_rise(n_fft - 1 - n, hop);
}

/* With an empty window. */
static pinna_status stft_new(size_t n_fft, size_t hop, pinna_stft **out)
{
    *out = NULL;
    if (!sizes_ok(n_fft, hop))
        return PINNA_BAD_ARG;

    pinna_stft *stft = calloc(1, sizeof *stft + 3 * n_fft * sizeof(float));
    if (!stft)
        return PINNA_NO_MEMORY;

    stft->n_fft = n_fft;
    stft->hop = hop;
    stft->window = stft->block;
    stft->past = stft->window + n_fft;
    stft->windowed = stft->past + n_fft;

    const pinna_status status = pinna_fft_new(n_fft, &stft->fft);
    if (status) {
        pinna_stft_free(stft);
        return status;
    }

    *out = stft;
    return PINNA_OK;
}

pinna_status pinna_stft_new(size_t n_fft, size_t hop, pinna_window_type window,
                            pinna_stft **out)
{
    const pinna_status status = stft_new(n_fft, hop, out);
    if (!status)
        pinna_window_fill(window, true, n_fft, (*out)->window);
    return status;
}

pinna_status pinna_stft_new_low_delay(size_t n_fft, size_t hop,
                                      pinna_stft **out)
{
    *out = NULL;
    if (hop > n_fft / 2)
        return PINNA_BAD_ARG;
    const pinna_status status = stft_new(n_fft, hop, out);
    for (size_t n = 0; !status && n < n_fft; n++)
        (*out)->window[n] = (float)low_delay_at(n_fft, hop, n);
    return status;
}

void pinna_stft_free(pinna_stft *stft)
{
    if (!stft)
        return;
    pinna_fft_free(stft->fft);
    free(stft);
}

void pinna_stft_reset(pinna_stft *stft)
{
    memset(stft->past, 0, stft->n_fft * sizeof(float));
}

void pinna_stft_process(pinna_stft *stft, const float *samples,
                        float complex *spectrum)
{
    const size_t n_kept = stft->n_fft - stft->hop;

    /* Shift rather than wrap: a circular index would cost the window loop
     * below its vectorisation. */
    memmove(stft->past, stft->past + stft->hop, n_kept * sizeof(float));
    memcpy(stft->past + n_kept, samples, stft->hop * sizeof(float));

    for (size_t n = 0; n < stft->n_fft; n++)
        stft->windowed[n] = stft->window[n] * stft->past[n];

    pinna_fft_forward(stft->fft, stft->windowed, spectrum);
}

/* Sum over all frames that reach sample n of the squared window there:
 *   norm = sum_m w[n + m hop]^2 */
static double overlap_sum(const float *window, size_t n_fft, size_t hop,
                          size_t n)
{
    double norm = 0.0;
    for (size_t i = n % hop; i < n_fft; i += hop)
        norm += (double)window[i] * (double)window[i];
    return norm;
}

/* Fill istft->window with w[n] / norm[n]; false where norm vanishes. */
static bool fill_synthesis_window(pinna_istft *istft, pinna_window_type type)
{
    float *analysis = istft->frame; /* not otherwise in use yet */
    pinna_window_fill(type, true, istft->n_fft, analysis);

    for (size_t n = 0; n < istft->n_fft; n++) {
        const double norm = overlap_sum(analysis, istft->n_fft, istft->hop, n);
        if (!(norm > 0.0))
            return false;
        istft->window[n] = (float)((double)analysis[n] / norm);
    }
    return true;
}

/* With an empty window. */
static pinna_status istft_new(size_t n_fft, size_t hop, size_t n_used,
                              pinna_istft **out)
{
    *out = NULL;
    if (!sizes_ok(n_fft, hop))
        return PINNA_BAD_ARG;

    pinna_istft *istft = calloc(1, sizeof *istft + 3 * n_fft * sizeof(float));
    if (!istft)
        return PINNA_NO_MEMORY;

    istft->n_fft = n_fft;
    istft->hop = hop;
    istft->n_used = n_used;
    istft->window = istft->block;
    istft->sum = istft->window + n_used;
    istft->frame = istft->sum + n_used;

    const pinna_status status = pinna_fft_new(n_fft, &istft->fft);
    if (status) {
        pinna_istft_free(istft);
        return status;
    }

    *out = istft;
    return PINNA_OK;
}

pinna_status pinna_istft_new(size_t n_fft, size_t hop, pinna_window_type window,
                             pinna_istft **out)
{
    const pinna_status status = istft_new(n_fft, hop, n_fft, out);
    if (status)
        return status;
    if (!fill_synthesis_window(*out, window)) {
        pinna_istft_free(*out);
        *out = NULL;
        return PINNA_BAD_ARG;
    }
    return PINNA_OK;
}

pinna_status pinna_istft_new_low_delay(size_t n_fft, size_t hop,
                                       pinna_istft **out)
{
    *out = NULL;
    if (hop > n_fft / 2)
        return PINNA_BAD_ARG;
    const pinna_status status = istft_new(n_fft, hop, 2 * hop, out);

    /* Analysis and synthesis make a squared Vorbis window of 2 hop, whose
     * halves add to one. */
    for (size_t n = 0; !status && n < 2 * hop; n++) {
        const double vorbis = low_delay_at(2 * hop, hop, n);
        const double analysis = low_delay_at(n_fft, hop, n_fft - 2 * hop + n);
        (*out)->window[n] = (float)(vorbis * vorbis / analysis);
    }
    return status;
}

void pinna_istft_free(pinna_istft *istft)
{
    if (!istft)
        return;
    pinna_fft_free(istft->fft);
    free(istft);
}

void pinna_istft_reset(pinna_istft *istft)
{
    memset(istft->sum, 0, istft->n_used * sizeof(float));
}

void pinna_istft_process(pinna_istft *istft, const float complex *spectrum,
                         float *samples)
{
    const size_t n_kept = istft->n_used - istft->hop;
    const float *frame = istft->frame + istft->n_fft - istft->n_used;

    pinna_fft_inverse(istft->fft, spectrum, istft->frame);
    for (size_t n = 0; n < istft->n_used; n++)
        istft->sum[n] += istft->window[n] * frame[n];

    memcpy(samples, istft->sum, istft->hop * sizeof(float));
    memmove(istft->sum, istft->sum + istft->hop, n_kept * sizeof(float));
    memset(istft->sum + n_kept, 0, istft->hop * sizeof(float));
}
