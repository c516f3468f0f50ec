#include "datasets/matrix_csv.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* printf() follows the locale of the program that we live in. */
static void put_number(FILE *file, float value)
{
    char text[32];
    snprintf(text, sizeof text, "%.9g", (double)value);
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
    fputs(text, file);
}

void pinna_matrix_csv_write(FILE *file, const pinna_matrix *matrix)
{
    const float *value = matrix->values;

    for (size_t r = 0; r < matrix->n_rows; r++)
        for (size_t c = 0; c < matrix->n_columns; c++) {
            put_number(file, *value++);
            fputc(c + 1 < matrix->n_columns ? ',' : '\n', file);
        }
}

/* A file under way. */
struct table {
    const char *path;
    size_t n_line;    /* the line at hand, from 1 */
    size_t n_columns; /* of the lines before, or 0 */
    size_t n, room;   /* values so far */
    pinna_matrix *matrix;
};

/* The number that is all of a field, blanks aside; false when it is none. */
static bool parse_field(const char *field, size_t length, float *value)
{
    char text[64], *end;
    const size_t before = strspn(field, " \t");

    if (before >= length || length - before >= sizeof text)
        return false;
    memcpy(text, field + before, length - before);
    text[length - before] = '\0';
    *value = strtof(text, &end);
    return end != text && end[strspn(end, " \t\r")] == '\0';
}

static bool names_columns(const char *line)
{
    float value;

    for (;; line++) {
        const size_t length = strcspn(line, ",\n");
        if (parse_field(line, length, &value))
            return false;
        line += length;
        if (*line != ',')
            return true;
    }
}

static pinna_status append(struct table *table, float value, pinna_error *error)
{
    pinna_matrix *m = table->matrix;

    if (table->n == PINNA_MATRIX_MAX_VALUES)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: more values than a matrix may have",
                          table->path);
    if (table->n == table->room) {
        const size_t room = 2 * table->room + 64;
        float *values = realloc(m->values, room * sizeof *values);
        if (!values)
            return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                              table->path);
        m->values = values;
        table->room = room;
    }
    m->values[table->n++] = value;
    return PINNA_OK;
}

/* One line: numbers, or the names of the columns, which are only counted. */
static pinna_status take_line(struct table *table, const char *line,
                              pinna_error *error)
{
    const bool is_head = table->n_columns == 0 && names_columns(line);
    size_t n = 0;

    for (;; line++) {
        const size_t length = strcspn(line, ",\r\n");
        const int shown = (int)(length < 40 ? length : 40);
        float value = 0;
        n++;
        if (!is_head &&
            (!parse_field(line, length, &value) || !isfinite(value)))
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s:%zu: field %zu is no finite number: \"%.*s\"",
                              table->path, table->n_line, n, shown, line);
        const pinna_status status =
            is_head ? PINNA_OK : append(table, value, error);
        if (status)
            return status;
        line += length;
        if (*line != ',')
            break;
    }
    if (table->n_columns > 0 && n != table->n_columns)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s:%zu: %zu fields, the lines before have %zu",
                          table->path, table->n_line, n, table->n_columns);
    table->n_columns = n;
    table->matrix->n_rows += !is_head;
    return PINNA_OK;
}

pinna_status pinna_matrix_csv_read(FILE *file, const char *path,
                                   pinna_matrix *matrix, pinna_error *error)
{
    struct table table = {.path = path, .matrix = matrix};
    char *line = NULL;
    size_t room = 0;
    ssize_t n_bytes;
    pinna_status status = PINNA_OK;

    while (!status && (n_bytes = getline(&line, &room, file)) >= 0) {
        table.n_line++;
        if (strlen(line) != (size_t)n_bytes)
            status = pinna_fail(error, PINNA_BAD_FORMAT,
                                "%s:%zu: a zero byte: this is no text", path,
                                table.n_line);
        else if (line[strspn(line, " \t\r\n")] != '\0')
            status = take_line(&table, line, error);
    }
    if (!status && ferror(file))
        status = pinna_fail(error, PINNA_IO, "%s: cannot be read", path);
    if (!status && matrix->n_rows == 0)
        status = pinna_fail(error, PINNA_BAD_FORMAT, "%s: no numbers", path);
    free(line);
    matrix->n_columns = table.n_columns;
    if (status)
        pinna_matrix_free(matrix);
    return status;
}
