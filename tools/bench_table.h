/* tools/bench_table.h -- figures as a table for people or as JSON for machines
 *
 *     static const pinna_bench_column columns[] = {
 *         {"points", "points", 0}, {"forward_ns", "ns forward", 0}};
 *     pinna_bench_table table;
 *     pinna_bench_table_begin(&table, "fft", columns, 2, json);
 *     for (...)
 *         pinna_bench_table_row(&table, (pinna_bench_cell[]){
 *             {.number = 512}, {.number = 700}});
 *     pinna_bench_table_end(&table);
 *
 * prints
 *
 *     points  ns forward
 *        512         700
 *
 * or {"bench": "fft", "rows": [{"points": 512, "forward_ns": 700}]}, on stdout.
 */
#ifndef PINNA_TOOLS_BENCH_TABLE_H
#define PINNA_TOOLS_BENCH_TABLE_H

#include "tools/json_writer.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_bench_column {
    const char *key;     /* in JSON, with the unit */
    const char *heading; /* for people */
    int decimals;        /* of numbers */
} pinna_bench_column;

/* text, or the number when it is NULL. */
typedef struct pinna_bench_cell {
    const char *text;
    double number;
} pinna_bench_cell;

typedef struct pinna_bench_table {
    const pinna_bench_column *columns;
    size_t n_columns;
    bool machine;
    pinna_json json;
} pinna_bench_table;

/* columns [n_columns] must outlive the table. */
void pinna_bench_table_begin(pinna_bench_table *table, const char *bench,
                             const pinna_bench_column *columns,
                             size_t n_columns, bool json);

/* cells [n_columns]; shown at once. */
void pinna_bench_table_row(pinna_bench_table *table,
                           const pinna_bench_cell *cells);

void pinna_bench_table_end(pinna_bench_table *table);

#endif
