/* datasets/table.h -- a file of comma- or tab-separated fields of text
 *
 * The first line tells which: tabs when it has one. Between commas a field may
 * stand in double quotes, and then hold commas, line ends, and quotes written
 * twice (RFC 4180); between tabs it is taken as it is. Empty lines are passed
 * over; all others have as many fields as the first.
 *
 *     pinna_table table;
 *     pinna_table_read("prices.csv", &table, &error);
 *     pinna_table_column(&table, "close", &column, &error);
 *     for (size_t row = 0; row < table.n_rows; row++)
 *         pinna_table_number(&table, row, column, &value, &error);
 *     pinna_table_free(&table);
 */
#ifndef PINNA_DATASETS_TABLE_H
#define PINNA_DATASETS_TABLE_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_table {
    char *path;
    char **names;  /* [n_columns] of the first line, or NULL: it is data */
    char **fields; /* [n_rows, n_columns] */
    size_t *lines; /* [n_rows] where each row begins, from 1 */
    size_t n_rows, n_columns;
    char *text;   /* backs the fields */
    char **first; /* owns fields and names */
} pinna_table;

/* Does the name end as that of such a file, .csv or .tsv? */
bool pinna_is_table_name(const char *path);

/* Errors name file and line: "prices.csv:14: 3 fields, the lines before have
 * 4". A file without a row is PINNA_BAD_FORMAT. */
pinna_status pinna_table_read(const char *path, pinna_table *table,
                              pinna_error *error);
void pinna_table_free(pinna_table *table);

/* From now on the first row is no data, but names. Nothing when it is so
 * already. */
void pinna_table_take_names(pinna_table *table);

/* Is no field of the first row a number? Then it names columns of numbers. */
bool pinna_table_looks_named(const pinna_table *table);

/* The index of a column given by its number, from 1, or else by its name in the
 * first row, which then is taken for names. PINNA_NOT_FOUND, and a line that
 * tells what there is. */
pinna_status pinna_table_column(pinna_table *table, const char *which,
                                size_t *column, pinna_error *error);

const char *pinna_table_field(const pinna_table *table, size_t row,
                              size_t column);

/* The field as a finite number, blanks around it aside. */
pinna_status pinna_table_number(const pinna_table *table, size_t row,
                                size_t column, double *value,
                                pinna_error *error);

#endif
