#include "datasets/table.h"

#include "datasets/text_file.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A file under way. */
struct reader {
    pinna_table *table;
    char separator;
    char *at;         /* the rest of the text */
    size_t line;      /* that it stands in, from 1 */
    size_t n, room;   /* fields */
    size_t room_rows; /* of table->lines */
    pinna_error *error;
};

static pinna_status no_memory(const struct reader *r)
{
    return pinna_fail(r->error, PINNA_NO_MEMORY, "%s: out of memory",
                      r->table->path);
}

/* Room for one more item of *array, whose room doubles. */
static bool grow(void *array_pointer, size_t item_size, size_t n, size_t *room)
{
    void **array = array_pointer;
    if (n < *room)
        return true;
    const size_t more = 2 * *room + 64;
    void *grown =
        more > SIZE_MAX / item_size ? NULL : realloc(*array, more * item_size);
    if (!grown)
        return false;
    *array = grown;
    *room = more;
    return true;
}

static pinna_status append(struct reader *r, char *field)
{
    if (!grow(&r->table->first, sizeof field, r->n, &r->room))
        return no_memory(r);
    r->table->first[r->n++] = field;
    return PINNA_OK;
}

/* A field in quotes, which r->at stands on: unquoted in place. */
static pinna_status take_quoted(struct reader *r, char **field)
{
    const size_t begin = r->line;
    char *from = r->at + 1, *to = from;

    *field = to;
    for (;; from++) {
        if (*from == '\0')
            return pinna_fail(r->error, PINNA_BAD_FORMAT,
                              "%s:%zu: a quote that is never closed",
                              r->table->path, begin);
        if (*from == '"' && *++from != '"')
            break;
        r->line += *from == '\n';
        *to++ = *from;
    }
    /* from is past the closing quote, so that there is room for the zero. */
    *to = '\0';
    r->at = from + (from[0] == '\r' && from[1] == '\n');
    if (*r->at != '\0' && *r->at != '\n' && *r->at != r->separator)
        return pinna_fail(r->error, PINNA_BAD_FORMAT,
                          "%s:%zu: text behind a closing quote", r->table->path,
                          r->line);
    return PINNA_OK;
}

/* One field and what ends it; *more when another follows in this row. */
static pinna_status take_field(struct reader *r, bool *more)
{
    const char stops[] = {r->separator, '\n', '\0'};
    char *field = r->at;
    pinna_status status = PINNA_OK;

    if (r->separator == ',' && *r->at == '"')
        status = take_quoted(r, &field);
    else
        r->at += strcspn(r->at, stops);
    if (status)
        return status;

    char *end = r->at;
    const char stop = *end;
    *more = stop == r->separator;
    if (stop == '\n' && end > field && end[-1] == '\r')
        end[-1] = '\0';
    *end = '\0';
    r->line += stop == '\n';
    r->at = end + (stop != '\0');
    return append(r, field);
}

/* One line, of which only the first may set the number of columns. */
static pinna_status take_row(struct reader *r)
{
    pinna_table *table = r->table;
    const size_t begin = r->n, line = r->line;
    bool more = true;

    if (!grow(&table->lines, sizeof *table->lines, table->n_rows,
              &r->room_rows))
        return no_memory(r);
    while (more) {
        const pinna_status status = take_field(r, &more);
        if (status)
            return status;
    }
    if (table->n_rows > 0 && r->n - begin != table->n_columns)
        return pinna_fail(r->error, PINNA_BAD_FORMAT,
                          "%s:%zu: %zu field%s, the lines before have %zu",
                          table->path, line, r->n - begin,
                          r->n - begin == 1 ? "" : "s", table->n_columns);
    table->n_columns = r->n - begin;
    table->lines[table->n_rows++] = line;
    return PINNA_OK;
}

static pinna_status take_rows(struct reader *r)
{
    pinna_status status = PINNA_OK;

    r->separator = r->at[strcspn(r->at, "\t\n")] == '\t' ? '\t' : ',';
    while (!status && *r->at) {
        const size_t n_blank = strspn(r->at, "\r");
        if (r->at[n_blank] == '\n') {
            r->at += n_blank + 1;
            r->line++;
        } else {
            status = take_row(r);
        }
    }
    if (!status && r->table->n_rows == 0)
        status = pinna_fail(r->error, PINNA_BAD_FORMAT, "%s: no rows",
                            r->table->path);
    r->table->fields = r->table->first;
    return status;
}

bool pinna_is_table_name(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot &&
           (strcasecmp(dot, ".csv") == 0 || strcasecmp(dot, ".tsv") == 0);
}

pinna_status pinna_table_read(const char *path, pinna_table *table,
                              pinna_error *error)
{
    struct reader reader = {.table = table, .line = 1, .error = error};
    size_t n_bytes;

    *table = (pinna_table){0};
    pinna_status status =
        pinna_text_file_read(path, &table->text, &n_bytes, error);
    if (!status && !(table->path = strdup(path)))
        status = pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    if (!status) {
        reader.at = table->text;
        status = take_rows(&reader);
    }
    if (status)
        pinna_table_free(table);
    return status;
}

void pinna_table_free(pinna_table *table)
{
    if (!table)
        return;
    free(table->first);
    free(table->lines);
    free(table->text);
    free(table->path);
    *table = (pinna_table){0};
}

void pinna_table_take_names(pinna_table *table)
{
    if (table->names)
        return;
    table->names = table->fields;
    table->fields += table->n_columns;
    table->n_rows--;
    memmove(table->lines, table->lines + 1,
            table->n_rows * sizeof *table->lines);
}

/* The number that is all of a field, blanks aside. */
static bool parse_number(const char *field, double *value)
{
    char *end;

    *value = strtod(field, &end);
    return end != field && end[strspn(end, " \t")] == '\0';
}

bool pinna_table_looks_named(const pinna_table *table)
{
    char *const *row = table->names ? table->names : table->fields;
    double value;

    for (size_t c = 0; c < table->n_columns; c++)
        if (parse_number(row[c], &value))
            return false;
    return true;
}

pinna_status pinna_table_column(pinna_table *table, const char *which,
                                size_t *column, pinna_error *error)
{
    char *end;
    const unsigned long number = strtoul(which, &end, 10);

    if (which[0] >= '0' && which[0] <= '9' && *end == '\0') {
        if (number == 0 || number > table->n_columns)
            return pinna_fail(error, PINNA_NOT_FOUND,
                              "%s: no column %s: there are %zu", table->path,
                              which, table->n_columns);
        *column = number - 1;
        return PINNA_OK;
    }
    char *const *names = table->names ? table->names : table->fields;
    for (size_t c = 0; c < table->n_columns; c++)
        if (strcmp(names[c], which) == 0) {
            pinna_table_take_names(table);
            *column = c;
            return PINNA_OK;
        }
    return pinna_fail(error, PINNA_NOT_FOUND,
                      "%s: no column \"%.80s\" in the first line, which begins "
                      "with \"%.80s\"",
                      table->path, which, names[0]);
}

const char *pinna_table_field(const pinna_table *table, size_t row,
                              size_t column)
{
    assert(row < table->n_rows && column < table->n_columns);
    return table->fields[row * table->n_columns + column];
}

pinna_status pinna_table_number(const pinna_table *table, size_t row,
                                size_t column, double *value,
                                pinna_error *error)
{
    const char *field = pinna_table_field(table, row, column);

    if (parse_number(field, value) && isfinite(*value))
        return PINNA_OK;
    return pinna_fail(error, PINNA_BAD_FORMAT,
                      "%s:%zu: column %zu is no finite number: \"%.40s\"",
                      table->path, table->lines[row], column + 1, field);
}
