#include "datasets/cmvn_file.h"

#include "datasets/byte_order.h"
#include "datasets/kaldi_ark.h"
#include "datasets/matrix.h"

#include <stdbool.h>
#include <stdlib.h>

/* Numbers of one matrix: two rows of the widest features that there are. */
#define MAX_NUMBERS (2 * (size_t)65537)

static pinna_status damaged(const char *path, const char *what,
                            pinna_error *error)
{
    return pinna_fail(error, PINNA_BAD_FORMAT,
                      "%s: no statistics of mean and variance: %s", path, what);
}

/* Behind "\0B": *n numbers, which the caller has room for. */
static pinna_status read_binary(FILE *file, const char *path, double *numbers,
                                size_t *n, pinna_error *error)
{
    unsigned char head[13], bytes[8];

    if (fread(head, 1, sizeof head, file) != sizeof head)
        return damaged(path, "the file ends within them", error);
    const size_t size = head[0] == 'D' ? 8 : 4;
    if ((head[0] != 'D' && head[0] != 'F') || head[1] != 'M' ||
        head[2] != ' ' || head[3] != 4 || head[8] != 4)
        return damaged(path, "no matrix of float or double", error);
    const uint32_t n_rows = pinna_u32_le(head + 4);
    const uint32_t n_columns = pinna_u32_le(head + 9);
    if (n_rows != 2 || n_columns < 2 || n_columns > MAX_NUMBERS / 2)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: no statistics of mean and variance: a matrix of "
                          "%u x %u, not of 2 rows",
                          path, (unsigned)n_rows, (unsigned)n_columns);
    for (*n = 0; *n < 2 * (size_t)n_columns; ++*n) {
        if (fread(bytes, 1, size, file) != size)
            return damaged(path, "the file ends within them", error);
        numbers[*n] =
            size == 8 ? pinna_f64_le(bytes) : (double)pinna_f32_le(bytes);
    }
    return PINNA_OK;
}

/* Numbers between "[" and "]", in two lines. */
static pinna_status read_text(FILE *file, const char *path, double *numbers,
                              size_t *n, pinna_error *error)
{
    char bracket[2];

    if (fscanf(file, " %1[[]", bracket) != 1)
        return damaged(path, "neither binary nor \"[\"", error);
    for (*n = 0; *n < MAX_NUMBERS && fscanf(file, "%lf", &numbers[*n]) == 1;)
        ++*n;
    if (fscanf(file, " %1[]]", bracket) != 1)
        return damaged(path, "something else than numbers up to \"]\"", error);
    if (*n < 4 || *n % 2 != 0)
        return damaged(path, "not two rows", error);
    int c = fgetc(file);
    while (c != '\n' && c != EOF)
        c = fgetc(file);
    return PINNA_OK;
}

/* One more matrix, added to what is there. numbers [MAX_NUMBERS] is scratch. */
static pinna_status add_matrix(FILE *file, const char *path, double *numbers,
                               pinna_cmvn_stats *stats, pinna_error *error)
{
    pinna_cmvn_stats more;
    size_t n = 0;
    const int c = fgetc(file);
    pinna_status status;

    if (c == '\0') {
        status = fgetc(file) == 'B'
                     ? read_binary(file, path, numbers, &n, error)
                     : damaged(path, "neither binary nor \"[\"", error);
    } else {
        if (c != EOF)
            ungetc(c, file);
        status = read_text(file, path, numbers, &n, error);
    }
    if (status)
        return status;
    status = pinna_cmvn_stats_from_kaldi(numbers, n / 2 - 1, &more);
    if (status == PINNA_BAD_FORMAT)
        return damaged(path,
                       "a count that is not positive, or numbers that "
                       "are not finite",
                       error);
    if (!status && stats->dim == 0) {
        *stats = more;
        return PINNA_OK;
    }
    if (!status) {
        status = pinna_cmvn_stats_merge(stats, &more);
        pinna_cmvn_stats_free(&more);
        if (status)
            return damaged(path, "matrices of different widths", error);
    }
    return status ? pinna_fail(error, status, "%s: out of memory", path)
                  : PINNA_OK;
}

static pinna_status read_all(FILE *file, const char *path, double *numbers,
                             pinna_cmvn_stats *stats, pinna_error *error)
{
    char key[PINNA_ARK_MAX_KEY + 1];
    const int c = fgetc(file);

    if (c == EOF)
        return damaged(path, "the file is empty", error);
    ungetc(c, file);
    if (pinna_ark_begins_bare(c))
        return add_matrix(file, path, numbers, stats, error);
    for (;;) {
        pinna_status status = pinna_ark_read_key(file, path, key, error);
        if (status || !*key)
            return status;
        status = add_matrix(file, path, numbers, stats, error);
        if (status)
            return status;
    }
}

pinna_status pinna_cmvn_file_read(const char *path, pinna_cmvn_stats *stats,
                                  pinna_error *error)
{
    FILE *file;

    *stats = (pinna_cmvn_stats){0};
    pinna_status status = pinna_matrix_open(path, &file, error);
    if (status)
        return status;
    double *numbers = malloc(MAX_NUMBERS * sizeof *numbers);
    status =
        numbers ? read_all(file, path, numbers, stats, error)
                : pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    if (!status && stats->dim == 0)
        status = damaged(path, "the file is empty", error);
    if (status)
        pinna_cmvn_stats_free(stats);
    free(numbers);
    fclose(file);
    return status;
}

pinna_status pinna_cmvn_file_write(FILE *file, const pinna_cmvn_stats *stats)
{
    const size_t n = 2 * (stats->dim + 1);
    double *numbers = malloc(n * sizeof *numbers);

    if (!numbers)
        return PINNA_NO_MEMORY;
    pinna_cmvn_stats_to_kaldi(stats, numbers);
    fwrite("\0BDM \4", 1, 6, file);
    pinna_put_u32_le(file, 2);
    fputc(4, file);
    pinna_put_u32_le(file, (uint32_t)(stats->dim + 1));
    for (size_t i = 0; i < n; i++)
        pinna_put_f64_le(file, numbers[i]);
    free(numbers);
    return PINNA_OK;
}
