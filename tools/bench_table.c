#include "tools/bench_table.h"

#include <stdio.h>
#include <string.h>

/* Of a column: the heading, or room for most numbers and names. */
static int width(const pinna_bench_column *column)
{
    const size_t n = strlen(column->heading);

    return n > 9 ? (int)n : 9;
}

/* Two spaces lie between columns, none before the first. */
static void print_cell(const pinna_bench_table *table, size_t column,
                       const char *text)
{
    printf("%s%*s", column > 0 ? "  " : "", width(&table->columns[column]),
           text);
}

void pinna_bench_table_begin(pinna_bench_table *table, const char *bench,
                             const pinna_bench_column *columns,
                             size_t n_columns, bool json)
{
    *table = (pinna_bench_table){
        .columns = columns,
        .n_columns = n_columns,
        .machine = json,
        .json.file = stdout,
    };
    if (json) {
        pinna_json_open(&table->json, NULL, '{');
        pinna_json_string(&table->json, "bench", bench);
        pinna_json_open(&table->json, "rows", '[');
        return;
    }
    for (size_t i = 0; i < n_columns; i++)
        print_cell(table, i, columns[i].heading);
    putchar('\n');
}

static void print_row(const pinna_bench_table *table,
                      const pinna_bench_cell *cells)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        char number[64];
        snprintf(number, sizeof number, "%.*f", table->columns[i].decimals,
                 cells[i].number);
        print_cell(table, i, cells[i].text ? cells[i].text : number);
    }
    putchar('\n');
}

static void write_row(pinna_bench_table *table, const pinna_bench_cell *cells)
{
    pinna_json_open(&table->json, NULL, '{');
    for (size_t i = 0; i < table->n_columns; i++) {
        const pinna_bench_column *column = &table->columns[i];
        if (cells[i].text)
            pinna_json_string(&table->json, column->key, cells[i].text);
        else
            pinna_json_number(&table->json, column->key, cells[i].number,
                              column->decimals);
    }
    pinna_json_close(&table->json, '}');
}

void pinna_bench_table_row(pinna_bench_table *table,
                           const pinna_bench_cell *cells)
{
    if (table->machine)
        write_row(table, cells);
    else
        print_row(table, cells);
    fflush(stdout);
}

void pinna_bench_table_end(pinna_bench_table *table)
{
    if (!table->machine)
        return;
    pinna_json_close(&table->json, ']');
    pinna_json_close(&table->json, '}');
}
