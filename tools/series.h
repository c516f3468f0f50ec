/* tools/series.h -- time series in columns of a table, and forecasts of one of
 * them: `horizon` rows behind a window of `window` rows
 *
 * Rows are frames; column 0 is what is to be told. Item i is the window of rows
 * i .. i + window - 1, and its answer stands in row i + window - 1 + horizon.
 */
#ifndef PINNA_TOOLS_SERIES_H
#define PINNA_TOOLS_SERIES_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_series {
    float *values; /* [n_rows, n_columns] */
    size_t n_rows, n_columns;
    char **names; /* [n_columns] as they were asked for */
} pinna_series;

/* Columns by name or number, separated by commas; NULL: all of them. A first
 * line without a number names the columns. PINNA_BAD_FORMAT names file, line
 * and column. */
pinna_status pinna_series_read(const char *path, const char *columns,
                               pinna_series *series, pinna_error *error);
/* The same by names [n_columns]. */
pinna_status pinna_series_read_columns(const char *path,
                                       const char *const *names,
                                       size_t n_columns, pinna_series *series,
                                       pinna_error *error);
void pinna_series_free(pinna_series *series);

/* How many items there are; 0 when the series is too short. */
size_t pinna_series_n_items(const pinna_series *series, size_t window,
                            size_t horizon);

/* The errors of forecasts, summed. */
typedef struct pinna_forecast_error {
    size_t n;
    double square, absolute;
} pinna_forecast_error;

void pinna_forecast_error_add(pinna_forecast_error *sums, double got,
                              double want);
double pinna_forecast_mse(const pinna_forecast_error *sums);
double pinna_forecast_rmse(const pinna_forecast_error *sums);
double pinna_forecast_mae(const pinna_forecast_error *sums);

/* Of items first .. end - 1 told to be as the last row of their window. */
pinna_forecast_error pinna_persistence_error(const pinna_series *series,
                                             size_t window, size_t horizon,
                                             size_t first, size_t end);

/* Of the same, told by the linear combination of all numbers of the window, and
 * a constant, that is best for items 0 .. n_fitted - 1 in the sense of least
 * squares. */
pinna_status pinna_linear_error(const pinna_series *series, size_t window,
                                size_t horizon, size_t n_fitted, size_t first,
                                size_t end, pinna_forecast_error *sums);

#endif
