#include "tools/spectrogram.h"

#include "dsp/stft.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

/* Colours span this range, dB of a full-scale sine. */
static const double top_db = -20, bottom_db = -100;

enum { N_FFT = 1024, N_BINS = N_FFT / 2 + 1 };

struct pinna_spectrogram {
    size_t n_columns, n_samples;
    pinna_stft *stft;
    size_t hop, n_hop; /* samples waiting in the hop */
    size_t n_in;       /* samples taken */
    float hop_samples[N_FFT];
    float *power;     /* [n_columns, N_BINS] summed over frames */
    size_t *n_frames; /* [n_columns] */
};

/* A frame for every column where that is possible, and an overlap of 3/4 at
 * least, so that nothing is missed. */
static size_t choose_hop(size_t n_columns, size_t n_samples)
{
    size_t hop = n_samples / n_columns;

    if (hop < 16)
        hop = 16;
    return hop > N_FFT / 4 ? N_FFT / 4 : hop;
}

pinna_status pinna_spectrogram_new(size_t n_columns, size_t n_samples,
                                   pinna_spectrogram **out)
{
    *out = NULL;
    if (n_columns == 0 || n_columns > 65536 || n_samples == 0)
        return PINNA_BAD_ARG;
    pinna_spectrogram *spectrogram = calloc(1, sizeof *spectrogram);
    if (!spectrogram)
        return PINNA_NO_MEMORY;

    spectrogram->n_columns = n_columns;
    spectrogram->n_samples = n_samples;
    spectrogram->hop = choose_hop(n_columns, n_samples);
    spectrogram->power = calloc(n_columns * N_BINS, sizeof *spectrogram->power);
    spectrogram->n_frames = calloc(n_columns, sizeof *spectrogram->n_frames);
    pinna_status status = PINNA_NO_MEMORY;
    if (spectrogram->power && spectrogram->n_frames)
        status = pinna_stft_new(N_FFT, spectrogram->hop, PINNA_WINDOW_HANN,
                                &spectrogram->stft);
    if (status) {
        pinna_spectrogram_free(spectrogram);
        return status;
    }
    *out = spectrogram;
    return PINNA_OK;
}

void pinna_spectrogram_free(pinna_spectrogram *spectrogram)
{
    if (!spectrogram)
        return;
    pinna_stft_free(spectrogram->stft);
    free(spectrogram->power);
    free(spectrogram->n_frames);
    free(spectrogram);
}

static void add_frame(pinna_spectrogram *spectrogram)
{
    float complex spectrum[N_BINS];
    /* A sine of full scale gives N_FFT / 4 through a Hann window. */
    const float unit = 16.0f / ((float)N_FFT * (float)N_FFT);

    pinna_stft_process(spectrogram->stft, spectrogram->hop_samples, spectrum);
    /* The frame's middle. */
    const size_t middle =
        spectrogram->n_in > N_FFT / 2 ? spectrogram->n_in - N_FFT / 2 : 0;
    size_t column = (size_t)((double)middle * (double)spectrogram->n_columns /
                             (double)spectrogram->n_samples);
    if (column >= spectrogram->n_columns)
        column = spectrogram->n_columns - 1;
    float *power = spectrogram->power + column * N_BINS;
    for (size_t k = 0; k < N_BINS; k++) {
        const float re = crealf(spectrum[k]), im = cimagf(spectrum[k]);
        power[k] += unit * (re * re + im * im);
    }
    spectrogram->n_frames[column]++;
}

void pinna_spectrogram_process(pinna_spectrogram *spectrogram,
                               const float *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        spectrogram->hop_samples[spectrogram->n_hop++] = samples[i];
        spectrogram->n_in++;
        if (spectrogram->n_hop == spectrogram->hop) {
            add_frame(spectrogram);
            spectrogram->n_hop = 0;
        }
    }
}

double pinna_spectrogram_db(const pinna_spectrogram *spectrogram, size_t column,
                            size_t row, size_t n_rows)
{
    const size_t first = row * (N_BINS - 1) / n_rows;
    const size_t end = (row + 1) * (N_BINS - 1) / n_rows;
    double sum = 0;

    while (column > 0 && spectrogram->n_frames[column] == 0)
        column--;
    const size_t n = spectrogram->n_frames[column];
    for (size_t k = first; k < end; k++)
        sum += (double)spectrogram->power[column * N_BINS + k];
    return 10 *
           log10(sum / (double)(end - first) / (double)(n ? n : 1) + 1e-20);
}

void pinna_plot_spectrogram(const pinna_panel *panel,
                            const pinna_spectrogram *spectrogram)
{
    for (size_t x = 0; x < panel->width; x++)
        for (size_t y = 0; y < panel->height; y++) {
            const double db = pinna_spectrogram_db(
                spectrogram, x, panel->height - 1 - y, panel->height);
            pinna_picture_fill(
                panel->page, panel->left + x, panel->top + y, 1, 1,
                pinna_heat((db - bottom_db) / (top_db - bottom_db)));
        }
    pinna_plot_heat(panel, top_db, bottom_db);
}
