#include "tools/series.h"

#include "datasets/table.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pinna_status no_memory(const char *path, pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
}

/* The columns of the table that are asked for, at [n_columns]. */
static pinna_status find_columns(pinna_table *table, const char *const *names,
                                 size_t n_columns, size_t *at,
                                 pinna_error *error)
{
    pinna_status status = PINNA_OK;

    for (size_t c = 0; !status && c < n_columns; c++)
        status = pinna_table_column(table, names[c], &at[c], error);
    if (!status && pinna_table_looks_named(table))
        pinna_table_take_names(table);
    return status;
}

static pinna_status take_values(const pinna_table *table, const size_t *at,
                                pinna_series *series, pinna_error *error)
{
    for (size_t r = 0; r < series->n_rows; r++)
        for (size_t c = 0; c < series->n_columns; c++) {
            double value;
            const pinna_status status =
                pinna_table_number(table, r, at[c], &value, error);
            if (status)
                return status;
            series->values[r * series->n_columns + c] = (float)value;
        }
    return PINNA_OK;
}

static pinna_status take_table(pinna_table *table, const char *const *names,
                               size_t n_columns, pinna_series *series,
                               pinna_error *error)
{
    size_t *at = calloc(n_columns, sizeof *at);
    pinna_status status = at ? find_columns(table, names, n_columns, at, error)
                             : no_memory(table->path, error);

    if (!status) {
        series->n_rows = table->n_rows;
        series->n_columns = n_columns;
        series->names = calloc(n_columns, sizeof *series->names);
        series->values =
            calloc(table->n_rows * n_columns + 1, sizeof *series->values);
        if (!series->names || !series->values)
            status = no_memory(table->path, error);
    }
    for (size_t c = 0; !status && c < n_columns; c++)
        if (!(series->names[c] = strdup(names[c])))
            status = no_memory(table->path, error);
    if (!status)
        status = take_values(table, at, series, error);
    free(at);
    if (status)
        pinna_series_free(series);
    return status;
}

pinna_status pinna_series_read_columns(const char *path,
                                       const char *const *names,
                                       size_t n_columns, pinna_series *series,
                                       pinna_error *error)
{
    pinna_table table;

    *series = (pinna_series){0};
    pinna_status status = pinna_table_read(path, &table, error);
    if (status)
        return status;
    status = take_table(&table, names, n_columns, series, error);
    pinna_table_free(&table);
    return status;
}

/* "1", "2", ... for all columns of a table. */
static pinna_status read_all(const char *path, pinna_series *series,
                             pinna_error *error)
{
    pinna_table table;
    pinna_status status = pinna_table_read(path, &table, error);
    if (status)
        return status;

    char(*numbers)[24] = calloc(table.n_columns, sizeof *numbers);
    const char **names = calloc(table.n_columns, sizeof *names);
    if (numbers && names) {
        for (size_t c = 0; c < table.n_columns; c++) {
            snprintf(numbers[c], sizeof numbers[c], "%zu", c + 1);
            names[c] = numbers[c];
        }
        status = take_table(&table, names, table.n_columns, series, error);
    } else {
        status = no_memory(path, error);
    }
    free(numbers);
    free(names);
    pinna_table_free(&table);
    return status;
}

pinna_status pinna_series_read(const char *path, const char *columns,
                               pinna_series *series, pinna_error *error)
{
    size_t n = 1;

    *series = (pinna_series){0};
    if (!columns)
        return read_all(path, series, error);
    char *copy = strdup(columns);
    for (const char *at = columns; *at; at++)
        n += *at == ',';
    const char **names = calloc(n, sizeof *names);
    pinna_status status = copy && names ? PINNA_OK : no_memory(path, error);

    if (!status) {
        char *at = copy;
        for (size_t c = 0; c < n; c++) {
            names[c] = at;
            at += strcspn(at, ",");
            *at++ = '\0';
        }
        status = pinna_series_read_columns(path, names, n, series, error);
    }
    free(copy);
    free(names);
    return status;
}

void pinna_series_free(pinna_series *series)
{
    if (!series)
        return;
    for (size_t c = 0; series->names && c < series->n_columns; c++)
        free(series->names[c]);
    free(series->names);
    free(series->values);
    *series = (pinna_series){0};
}

size_t pinna_series_n_items(const pinna_series *series, size_t window,
                            size_t horizon)
{
    const size_t n_used = window + horizon - 1;
    return series->n_rows > n_used ? series->n_rows - n_used : 0;
}

/* ---- errors ---- */

void pinna_forecast_error_add(pinna_forecast_error *sums, double got,
                              double want)
{
    sums->n++;
    sums->square += (got - want) * (got - want);
    sums->absolute += fabs(got - want);
}

double pinna_forecast_mse(const pinna_forecast_error *sums)
{
    return sums->square / (double)(sums->n > 0 ? sums->n : 1);
}

double pinna_forecast_rmse(const pinna_forecast_error *sums)
{
    return sqrt(pinna_forecast_mse(sums));
}

double pinna_forecast_mae(const pinna_forecast_error *sums)
{
    return sums->absolute / (double)(sums->n > 0 ? sums->n : 1);
}

/* What item i asks for. */
static double answer_of(const pinna_series *series, size_t window,
                        size_t horizon, size_t i)
{
    return (double)
        series->values[(i + window - 1 + horizon) * series->n_columns];
}

pinna_forecast_error pinna_persistence_error(const pinna_series *series,
                                             size_t window, size_t horizon,
                                             size_t first, size_t end)
{
    pinna_forecast_error sums = {0};

    for (size_t i = first; i < end; i++)
        pinna_forecast_error_add(
            &sums, (double)series->values[(i + window - 1) * series->n_columns],
            answer_of(series, window, horizon, i));
    return sums;
}

/* ---- least squares ---- */

/* Solve A w = b in place of b by Cholesky's factors, A [n, n] symmetric. What
 * adds nothing to the columns before gets a weight of 0. */
static void solve(double *A, double *b, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        const double before = A[j * n + j];
        for (size_t k = 0; k < j; k++)
            A[j * n + j] -= A[j * n + k] * A[j * n + k];
        /* 1e-12: what rounding leaves of a column that depends on others. */
        const bool free_of_others = A[j * n + j] > 1e-12 * before;
        const double pivot = free_of_others ? sqrt(A[j * n + j]) : 0;
        A[j * n + j] = pivot;
        for (size_t i = j + 1; i < n; i++) {
            for (size_t k = 0; k < j; k++)
                A[i * n + j] -= A[i * n + k] * A[j * n + k];
            A[i * n + j] = free_of_others ? A[i * n + j] / pivot : 0;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= A[i * n + k] * b[k];
        b[i] = A[i * n + i] > 0 ? b[i] / A[i * n + i] : 0;
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= A[k * n + i] * b[k];
        b[i] = A[i * n + i] > 0 ? b[i] / A[i * n + i] : 0;
    }
}

/* Number k of item i; the last is the constant. Offsets keep sums of large
 * numbers from losing what differs. */
static double number_of(const pinna_series *series, size_t window, size_t i,
                        size_t k)
{
    const size_t C = series->n_columns;
    return k == window * C ? 1
                           : (double)series->values[i * C + k] -
                                 (double)series->values[k % C];
}

pinna_status pinna_linear_error(const pinna_series *series, size_t window,
                                size_t horizon, size_t n_fitted, size_t first,
                                size_t end, pinna_forecast_error *sums)
{
    const size_t n = window * series->n_columns + 1;
    double *A = calloc(n * n, sizeof *A), *w = calloc(n, sizeof *w);

    *sums = (pinna_forecast_error){0};
    if (!A || !w) {
        free(A);
        free(w);
        return PINNA_NO_MEMORY;
    }
    for (size_t i = 0; i < n_fitted; i++)
        for (size_t j = 0; j < n; j++) {
            const double x = number_of(series, window, i, j);
            w[j] += x * (answer_of(series, window, horizon, i) -
                         (double)series->values[0]);
            for (size_t k = 0; k <= j; k++)
                A[j * n + k] += x * number_of(series, window, i, k);
        }
    solve(A, w, n);
    for (size_t i = first; i < end; i++) {
        double got = (double)series->values[0];
        for (size_t k = 0; k < n; k++)
            got += w[k] * number_of(series, window, i, k);
        pinna_forecast_error_add(sums, got,
                                 answer_of(series, window, horizon, i));
    }
    free(A);
    free(w);
    return PINNA_OK;
}
