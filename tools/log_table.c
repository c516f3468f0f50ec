#include "tools/log_table.h"

#include "rnn/whole_file.h"

#include <jansson.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES   ((size_t)1 << 30)
#define MAX_COLUMNS 64

static bool add_column(pinna_log_table *table, const char *name, size_t length)
{
    char **names = table->names;

    if (!names)
        names = table->names = calloc(MAX_COLUMNS, sizeof *names);
    if (!names || table->n_columns == MAX_COLUMNS)
        return false;
    names[table->n_columns] = strndup(name, length);
    return names[table->n_columns] && ++table->n_columns;
}

size_t pinna_log_table_find(const pinna_log_table *table, const char *name)
{
    size_t i = 0;
    while (i < table->n_columns && strcmp(table->names[i], name) != 0)
        i++;
    return i;
}

/* The row behind the last, without values. */
static double *add_row(pinna_log_table *table, size_t *capacity)
{
    if (table->n_rows == *capacity) {
        const size_t grown = *capacity ? 2 * *capacity : 64;
        double *values = realloc(table->values, grown * table->n_columns *
                                                    sizeof *table->values);
        if (!values)
            return NULL;
        table->values = values;
        *capacity = grown;
    }
    double *row = table->values + table->n_columns * table->n_rows++;
    for (size_t i = 0; i < table->n_columns; i++)
        row[i] = NAN;
    return row;
}

/* ---- a line of each kind; the cause of a bad one, or NULL ---- */

static const char *csv_names(pinna_log_table *table, const char *line)
{
    for (;;) {
        const size_t n = strcspn(line, ",");
        if (n == 0)
            return "a column without a name";
        if (!add_column(table, line, n))
            return "too many columns";
        if (line[n] == '\0')
            return NULL;
        line += n + 1;
    }
}

static const char *csv_row(const pinna_log_table *table, const char *line,
                           double *row)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const size_t n = strcspn(line, ",");
        char *end;
        if (n > 0) {
            row[i] = strtod(line, &end);
            if (end != line + n)
                return "not a number in every column";
        }
        line += n;
        if ((*line == '\0') != (i + 1 == table->n_columns))
            return "another number of columns";
        line++;
    }
    return NULL;
}

static const char *json_names(pinna_log_table *table, const json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        if (!add_column(table, key, strlen(key)))
            return "too many columns";
    }
    return NULL;
}

static const char *json_row(const pinna_log_table *table, const json_t *object,
                            double *row)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        const size_t i = pinna_log_table_find(table, key);
        if (i == table->n_columns)
            return "another key than in the first line";
        if (json_is_number(value))
            row[i] = json_number_value(value);
        else if (!json_is_null(value))
            return "a value that is no number";
    }
    return NULL;
}

/* ---- all lines ---- */

typedef struct reader {
    pinna_log_table *table;
    bool csv;
    size_t capacity; /* rows */
} reader;

static const char *take_row(reader *r, const char *line, const json_t *object)
{
    pinna_log_table *table = r->table;
    if (strcmp(table->names[0], "step") != 0)
        return "the first column is not \"step\"";
    double *row = add_row(table, &r->capacity);
    if (!row)
        return "out of memory";
    const char *cause =
        r->csv ? csv_row(table, line, row) : json_row(table, object, row);
    if (!cause && !(row[0] >= 0))
        return "no step";
    if (!cause && table->n_rows > 1 && !(row[0] > row[-(long)table->n_columns]))
        return "its step is not above that before";
    return cause;
}

static const char *take_csv(reader *r, const char *line)
{
    return r->table->n_columns == 0 ? csv_names(r->table, line)
                                    : take_row(r, line, NULL);
}

static const char *take_json(reader *r, const char *line)
{
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    const char *cause = NULL;

    if (json_is_object(object) && json_object_size(object) > 0) {
        if (r->table->n_columns == 0)
            cause = json_names(r->table, object);
        if (!cause)
            cause = take_row(r, NULL, object);
    } else {
        cause = "not a JSON object";
    }
    json_decref(object);
    return cause;
}

static pinna_status take_lines(reader *r, const char *path, char *text,
                               pinna_error *error)
{
    size_t number = 1;

    for (char *end; (end = strchr(text, '\n')); text = end + 1, number++) {
        *end = '\0';
        const char *cause = r->csv ? take_csv(r, text) : take_json(r, text);
        if (cause)
            return pinna_fail(error, PINNA_BAD_FORMAT, "%s:%zu: %s", path,
                              number, cause);
    }
    if (r->table->n_rows == 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: no lines", path);
    return PINNA_OK;
}

pinna_status pinna_log_table_read(const char *path, pinna_log_table *table,
                                  pinna_error *error)
{
    const char *dot = strrchr(path, '.');
    reader r = {.table = table, .csv = dot && strcmp(dot, ".csv") == 0};
    char *text;
    size_t n;

    *table = (pinna_log_table){0};
    pinna_status status =
        pinna_whole_file_text(path, MAX_BYTES, &text, &n, error);
    if (status)
        return status;
    status = take_lines(&r, path, text, error);
    free(text);
    if (status)
        pinna_log_table_free(table);
    return status;
}

void pinna_log_table_free(pinna_log_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++)
        free(table->names[i]);
    free(table->names);
    free(table->values);
    *table = (pinna_log_table){0};
}
