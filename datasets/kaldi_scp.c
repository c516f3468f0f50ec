#include "datasets/kaldi_scp.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of Kaldi's ParseMatrixRangeSpecifier(): two for the edges of frames, one for
 * rounding. */
#define ROWS_BEHIND_END 3

static const char blanks[] = " \t\r\n";

static void trim_end(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && strchr(blanks, text[n - 1]))
        text[--n] = '\0';
}

/* All of text as a number up to INT32_MAX, Kaldi's int32. */
static bool parse_index(const char *text, size_t *index)
{
    char *end;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    *index = value;
    return *end == '\0' && errno == 0 && value <= INT32_MAX;
}

/* "3:7", or ":" for all. */
static bool parse_part(char *text, size_t *first, size_t *last)
{
    if (strcmp(text, ":") == 0)
        return true;
    char *colon = strchr(text, ':');
    if (!colon)
        return false;
    *colon = '\0';
    const bool good = parse_index(text, first) && parse_index(colon + 1, last);
    *colon = ':';
    return good && *first <= *last;
}

/* A range at the end of the path, which is cut off. */
static pinna_status parse_range(char *path, pinna_scp_entry *entry,
                                pinna_error *error)
{
    const size_t n = strlen(path);

    if (n == 0 || path[n - 1] != ']')
        return PINNA_OK;
    char *range = strrchr(path, '[');
    if (!range)
        return pinna_fail(error, PINNA_BAD_FORMAT, "\"]\" without \"[\": %s",
                          path);
    path[n - 1] = '\0';
    *range++ = '\0';
    char *comma = strchr(range, ',');
    if (comma)
        *comma = '\0';
    if (!parse_part(range, &entry->first_row, &entry->last_row) ||
        (comma &&
         !parse_part(comma + 1, &entry->first_column, &entry->last_column)))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "no range of rows or columns: [%s%s%s]", range,
                          comma ? "," : "", comma ? comma + 1 : "");
    return PINNA_OK;
}

/* An offset at the end of the path, which is cut off. */
static pinna_status parse_offset(char *path, pinna_scp_entry *entry,
                                 pinna_error *error)
{
    char *colon = strrchr(path, ':');

    if (!colon || colon[1] == '\0' ||
        colon[1 + strspn(colon + 1, "0123456789")] != '\0')
        return PINNA_OK;
    errno = 0;
    entry->offset = strtol(colon + 1, NULL, 10);
    if (errno)
        return pinna_fail(error, PINNA_BAD_FORMAT, "no offset: %s", colon + 1);
    *colon = '\0';
    return PINNA_OK;
}

pinna_status pinna_scp_parse(char *line, pinna_scp_entry *entry,
                             pinna_error *error)
{
    *entry = (pinna_scp_entry){
        .offset = -1, .last_row = SIZE_MAX, .last_column = SIZE_MAX};
    trim_end(line);
    char *key = line + strspn(line, blanks);
    char *path = key + strcspn(key, blanks);
    if (*path)
        *path++ = '\0';
    path += strspn(path, blanks);
    if (*path == '\0')
        return pinna_fail(error, PINNA_BAD_FORMAT, "no file behind the key: %s",
                          key);
    if (path[strlen(path) - 1] == '|')
        return pinna_fail(error, PINNA_UNSUPPORTED, "a command, not a file: %s",
                          path);
    entry->key = key;
    entry->path = path;
    pinna_status status = parse_range(path, entry, error);
    trim_end(path);
    if (!status)
        status = parse_offset(path, entry, error);
    if (!status && *path == '\0')
        return pinna_fail(error, PINNA_BAD_FORMAT, "no file behind the key: %s",
                          key);
    return status;
}

pinna_status pinna_scp_cut(const pinna_scp_entry *entry, pinna_matrix *matrix,
                           pinna_error *error)
{
    const size_t n_rows = matrix->n_rows, n_columns = matrix->n_columns;
    size_t last_row = entry->last_row, last_column = entry->last_column;

    if (last_row == SIZE_MAX && last_column == SIZE_MAX)
        return PINNA_OK;
    if (last_row == SIZE_MAX)
        last_row = n_rows - (n_rows > 0);
    if (last_column == SIZE_MAX)
        last_column = n_columns - (n_columns > 0);
    if (entry->first_row >= n_rows || last_row >= n_rows + ROWS_BEHIND_END ||
        last_column >= n_columns)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "rows %zu to %zu, columns %zu to %zu of a matrix of "
                          "%zu x %zu",
                          entry->first_row, last_row, entry->first_column,
                          last_column, n_rows, n_columns);
    if (last_row >= n_rows)
        last_row = n_rows - 1;

    const size_t width = last_column - entry->first_column + 1;
    float *to = matrix->values;
    for (size_t r = entry->first_row; r <= last_row; r++, to += width)
        memmove(to, matrix->values + r * n_columns + entry->first_column,
                width * sizeof *to);
    matrix->n_rows = last_row - entry->first_row + 1;
    matrix->n_columns = width;
    return PINNA_OK;
}
