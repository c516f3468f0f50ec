#include "tools/stoi.h"

#include "dsp/fft.h"
#include "dsp/resample.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Constants of Taal et al. 2011, section II. */
enum {
    RATE = 10000,    /* Hz */
    FRAME = 256,     /* samples */
    HOP = FRAME / 2, /* samples */
    N_FFT = 512,     /* frames are padded with zeros */
    N_BANDS = 15,    /* third octaves */
    LOWEST_HZ = 150, /* centre of the lowest */
    N_SEGMENT = 30,  /* frames, 384 ms */
    SILENT_DB = 40,  /* frames this far below the loudest are left out */
};
static const double clip_db = 15; /* lower bound of the signal-to-distortion */
static const double tiny = DBL_EPSILON;

typedef float segment[N_BANDS][N_SEGMENT];

/* Envelopes of both signals, band by band. */
typedef struct envelopes {
    size_t n_frames;
    float *clean, *processed; /* [N_BANDS, n_frames] */
} envelopes;

/* Hann window whose zeros lie just outside. */
static void fill_window(double *window)
{
    for (size_t i = 0; i < FRAME; i++)
        window[i] =
            0.5 - 0.5 * cos(2 * PINNA_PI * (double)(i + 1) / (FRAME + 1));
}

/* As in the authors' code, the frame that would end at the last sample is not
 * counted. */
static size_t count_frames(size_t n)
{
    return n > FRAME ? (n - FRAME + HOP - 1) / HOP : 0;
}

static double frame_db(const float *x, const double *window)
{
    double sum = 0;

    for (size_t i = 0; i < FRAME; i++)
        sum += window[i] * window[i] * (double)x[i] * (double)x[i];
    return 20 * log10(sqrt(sum) + tiny);
}

static void add_windowed(const float *x, const double *window, float *sum)
{
    for (size_t i = 0; i < FRAME; i++)
        sum[i] += (float)(window[i] * (double)x[i]);
}

/* Both signals without the frames in which clean is silent, joined by
 * overlap-add into kept_clean and kept_processed [n], zero before. Returns how
 * many samples they have now. */
static size_t remove_silence(const float *clean, const float *processed,
                             size_t n, const double *window, float *kept_clean,
                             float *kept_processed)
{
    const size_t n_frames = count_frames(n);
    double loudest = -HUGE_VAL;
    size_t n_kept = 0;

    for (size_t f = 0; f < n_frames; f++)
        loudest = fmax(loudest, frame_db(clean + f * HOP, window));
    for (size_t f = 0; f < n_frames; f++) {
        if (frame_db(clean + f * HOP, window) <= loudest - SILENT_DB)
            continue;
        add_windowed(clean + f * HOP, window, kept_clean + n_kept * HOP);
        add_windowed(processed + f * HOP, window,
                     kept_processed + n_kept * HOP);
        n_kept++;
    }
    return n_kept ? (n_kept - 1) * HOP + FRAME : 0;
}

/* First bin of each band and, last, the end of the highest. Edges are at the
 * bin nearest to the third octave's. */
static void find_band_edges(size_t *edges)
{
    for (size_t b = 0; b <= N_BANDS; b++) {
        const double hz = LOWEST_HZ * pow(2, (2 * (double)b - 1) / 6);
        edges[b] = (size_t)floor(hz * N_FFT / RATE + 0.5);
    }
}

static void measure_bands(const float *x, size_t n_frames, const double *window,
                          pinna_fft *fft, float *bands)
{
    float complex spectrum[N_FFT / 2 + 1];
    float padded[N_FFT] = {0};
    size_t edges[N_BANDS + 1];

    find_band_edges(edges);
    for (size_t f = 0; f < n_frames; f++) {
        for (size_t i = 0; i < FRAME; i++)
            padded[i] = (float)(window[i] * (double)x[f * HOP + i]);
        pinna_fft_forward(fft, padded, spectrum);
        for (size_t b = 0; b < N_BANDS; b++) {
            double power = 0;
            for (size_t k = edges[b]; k < edges[b + 1]; k++) {
                const double re = (double)crealf(spectrum[k]);
                const double im = (double)cimagf(spectrum[k]);
                power += re * re + im * im;
            }
            bands[b * n_frames + f] = (float)sqrt(power);
        }
    }
}

/* Signals [n] at RATE -> envelopes, to be freed by the caller. */
static pinna_status make_envelopes(const float *clean, const float *processed,
                                   size_t n, envelopes *out)
{
    double window[FRAME];
    pinna_fft *fft = NULL;
    float *kept = calloc(2 * n + 1, sizeof *kept);
    pinna_status status = pinna_fft_new(N_FFT, &fft);

    *out = (envelopes){0};
    if (!kept)
        status = PINNA_NO_MEMORY;
    if (!status) {
        fill_window(window);
        const size_t n_kept =
            remove_silence(clean, processed, n, window, kept, kept + n);
        out->n_frames = count_frames(n_kept);
        out->clean =
            calloc(2 * N_BANDS * out->n_frames + 1, sizeof *out->clean);
        if (!out->clean)
            status = PINNA_NO_MEMORY;
    }
    if (!status) {
        out->processed = out->clean + N_BANDS * out->n_frames;
        measure_bands(kept, out->n_frames, window, fft, out->clean);
        measure_bands(kept + n, out->n_frames, window, fft, out->processed);
    }
    pinna_fft_free(fft);
    free(kept);
    return status;
}

static void take_segment(const float *bands, size_t n_frames, size_t first,
                         segment x)
{
    for (size_t b = 0; b < N_BANDS; b++)
        memcpy(x[b], bands + b * n_frames + first, N_SEGMENT * sizeof(float));
}

static double norm_of(const float *x)
{
    double sum = 0;

    for (size_t t = 0; t < N_SEGMENT; t++)
        sum += (double)x[t] * (double)x[t];
    return sqrt(sum);
}

/* n values, `step` apart, to zero mean and unit norm. */
static void normalise(float *x, size_t n, size_t step)
{
    double mean = 0, square = 0;

    for (size_t i = 0; i < n; i++)
        mean += (double)x[i * step];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        const double y = (double)x[i * step] - mean;
        square += y * y;
    }
    const double scale = 1 / (sqrt(square) + tiny);
    for (size_t i = 0; i < n; i++)
        x[i * step] = (float)(((double)x[i * step] - mean) * scale);
}

static double product_sum(segment x, segment y)
{
    double sum = 0;

    for (size_t b = 0; b < N_BANDS; b++)
        for (size_t t = 0; t < N_SEGMENT; t++)
            sum += (double)x[b][t] * (double)y[b][t];
    return sum;
}

/* Mean correlation of the bands, the processed ones scaled and clipped first.
 * The segments are changed. */
static double stoi_of_segment(segment clean, segment processed)
{
    const double limit = 1 + pow(10, clip_db / 20);

    for (size_t b = 0; b < N_BANDS; b++) {
        const double scale = norm_of(clean[b]) / (norm_of(processed[b]) + tiny);
        for (size_t t = 0; t < N_SEGMENT; t++)
            processed[b][t] = (float)fmin((double)processed[b][t] * scale,
                                          (double)clean[b][t] * limit);
        normalise(clean[b], N_SEGMENT, 1);
        normalise(processed[b], N_SEGMENT, 1);
    }
    return product_sum(clean, processed) / N_BANDS;
}

/* Rows (time) and then columns (bands) normalised. */
static double estoi_of_segment(segment clean, segment processed)
{
    for (size_t b = 0; b < N_BANDS; b++) {
        normalise(clean[b], N_SEGMENT, 1);
        normalise(processed[b], N_SEGMENT, 1);
    }
    for (size_t t = 0; t < N_SEGMENT; t++) {
        normalise(&clean[0][t], N_BANDS, N_SEGMENT);
        normalise(&processed[0][t], N_BANDS, N_SEGMENT);
    }
    return product_sum(clean, processed) / N_SEGMENT;
}

static void compare(const envelopes *bands, double *stoi, double *estoi)
{
    double stoi_sum = 0, estoi_sum = 0;

    *stoi = *estoi = NAN;
    if (bands->n_frames < N_SEGMENT)
        return;
    const size_t n_segments = bands->n_frames - N_SEGMENT + 1;
    for (size_t s = 0; s < n_segments; s++) {
        segment clean, processed;
        take_segment(bands->clean, bands->n_frames, s, clean);
        take_segment(bands->processed, bands->n_frames, s, processed);
        stoi_sum += stoi_of_segment(clean, processed);
        take_segment(bands->clean, bands->n_frames, s, clean);
        take_segment(bands->processed, bands->n_frames, s, processed);
        estoi_sum += estoi_of_segment(clean, processed);
    }
    *stoi = stoi_sum / (double)n_segments;
    *estoi = estoi_sum / (double)n_segments;
}

pinna_status pinna_stoi(const float *clean, const float *processed, size_t n,
                        unsigned sample_rate, double *stoi, double *estoi)
{
    float *low_clean = NULL, *low_processed = NULL;
    size_t n_low = 0;
    envelopes bands = {0};

    *stoi = *estoi = NAN;
    pinna_status status =
        pinna_resample(clean, n, sample_rate, RATE, &low_clean, &n_low);
    if (!status)
        status = pinna_resample(processed, n, sample_rate, RATE, &low_processed,
                                &n_low);
    if (!status)
        status = make_envelopes(low_clean, low_processed, n_low, &bands);
    if (!status)
        compare(&bands, stoi, estoi);
    free(bands.clean);
    free(low_processed);
    free(low_clean);
    return status;
}
