/* tools/spectrogram.h -- the power spectra of a whole sound, averaged over the
 * columns of a picture */
#ifndef PINNA_TOOLS_SPECTROGRAM_H
#define PINNA_TOOLS_SPECTROGRAM_H

#include "dsp/status.h"
#include "tools/plot.h"

#include <stddef.h>

typedef struct pinna_spectrogram pinna_spectrogram;

/* Room for n_columns, over which n_samples will be spread; both above 0. */
pinna_status pinna_spectrogram_new(size_t n_columns, size_t n_samples,
                                   pinna_spectrogram **out);
void pinna_spectrogram_free(pinna_spectrogram *spectrogram);

/* Take the next samples [n] of one signal. */
void pinna_spectrogram_process(pinna_spectrogram *spectrogram,
                               const float *samples, size_t n);

/* Level in one of n_rows equal bands from 0 Hz (row 0) to half the sample rate,
 * dB of a full-scale sine, -200 at least. A column without a frame, as short
 * sounds have them, shows the one before. n_rows is at most 512. */
double pinna_spectrogram_db(const pinna_spectrogram *spectrogram, size_t column,
                            size_t row, size_t n_rows);

/* Into a panel as wide as there are columns and at most 512 high, with the bar
 * of its colours at the right. */
void pinna_plot_spectrogram(const pinna_panel *panel,
                            const pinna_spectrogram *spectrogram);

#endif
