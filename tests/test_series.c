#include "tools/series.h"

#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *write_file(const char *text)
{
    const char *path = support_temp("series.csv");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void assert_series(const char *text, const char *columns,
                          const float *want, size_t n_rows, size_t n_columns)
{
    pinna_series series;
    pinna_error error = {""};
    if (pinna_series_read(write_file(text), columns, &series, &error))
        fail_msg("%s", error.text);
    assert_int_equal(series.n_rows, n_rows);
    assert_int_equal(series.n_columns, n_columns);
    assert_memory_equal(series.values, want,
                        n_rows * n_columns * sizeof(float));
    pinna_series_free(&series);
}

static void test_columns(void **state)
{
    (void)state;
    const float all[] = {1, 2, 3, 4, 5, 6}, last[] = {3, 6},
                swapped[] = {3, 1, 6, 4};
    assert_series("1,2,3\n4,5,6\n", NULL, all, 2, 3);
    assert_series("a,b,c\n1,2,3\n4,5,6\n", NULL, all, 2, 3);
    assert_series("a,b,c\n1,x,3\n4,y,6\n", "c,a", swapped, 2, 2);
    assert_series("a,b,c\n1,x,3\n4,y,6\n", "3", last, 2, 1);
    assert_series("1;,x,3\n4,y,6\n", "3", last, 2, 1);
}

static void test_refuses(void **state)
{
    (void)state;
    pinna_series series;
    pinna_error error = {""};
    const char *path = write_file("a,b\n1,2\n3,x\n");
    char line[1024];

    assert_int_equal(pinna_series_read(path, NULL, &series, &error),
                     PINNA_BAD_FORMAT);
    snprintf(line, sizeof line, "%s:3: column 2 is no finite number: \"x\"",
             path);
    assert_string_equal(error.text, line);
    assert_null(series.values);
    assert_int_equal(pinna_series_read(path, "a,d", &series, &error),
                     PINNA_NOT_FOUND);
    assert_int_equal(
        pinna_series_read(support_temp("none.csv"), NULL, &series, &error),
        PINNA_NOT_FOUND);
}

static void test_items(void **state)
{
    (void)state;
    float values[] = {1, 9, 2, 9, 4, 9, 8, 9, 16, 9};
    const pinna_series series = {.values = values, .n_rows = 5, .n_columns = 2};

    assert_int_equal(pinna_series_n_items(&series, 2, 1), 3);
    assert_int_equal(pinna_series_n_items(&series, 3, 2), 1);
    assert_int_equal(pinna_series_n_items(&series, 3, 3), 0);
    assert_int_equal(pinna_series_n_items(&series, 9, 1), 0);

    /* Windows end at 2, 4 and 8; behind them come 4, 8 and 16. */
    const pinna_forecast_error sums =
        pinna_persistence_error(&series, 2, 1, 0, 3);
    assert_int_equal(sums.n, 3);
    assert_close(pinna_forecast_mse(&sums), (4 + 16 + 64) / 3.0, 1e-9);
    assert_close(pinna_forecast_rmse(&sums), sqrt((4 + 16 + 64) / 3.0), 1e-9);
    assert_close(pinna_forecast_mae(&sums), (2 + 4 + 8) / 3.0, 1e-9);
    const pinna_forecast_error far =
        pinna_persistence_error(&series, 2, 2, 1, 2);
    assert_close(pinna_forecast_mae(&far), 12, 1e-9);
}

/* What is a linear combination is told exactly, though one column depends on
 * another and one never changes. */
static void test_linear_is_exact(void **state)
{
    (void)state;
    enum { N = 60, C = 4 };
    float values[N * C];
    pinna_series series = {.values = values, .n_rows = N, .n_columns = C};
    pinna_forecast_error sums;

    for (size_t t = 0; t < N; t++) {
        float *row = values + t * C;
        row[1] = (float)((t * 7) % 13);
        row[2] = 2 * row[1] + 1;
        row[3] = 1000;
        row[0] = t < 2 ? 500 + (float)t
                       : 0.5f * row[-C] + 0.3f * row[-2 * C] -
                             2 * values[(t - 1) * C + 1] + 100;
    }
    assert_int_equal(pinna_linear_error(&series, 3, 1, 30, 30, 57, &sums),
                     PINNA_OK);
    assert_int_equal(sums.n, 27);
    assert_close(pinna_forecast_rmse(&sums), 0, 1e-2);
    assert_true(
        pinna_forecast_rmse(&sums) <
        0.001 * sqrt(pinna_persistence_error(&series, 3, 1, 30, 57).square));
}

/* Least squares of a line through three points, by hand: windows 0, 1, 2 and
 * answers 1, 2, 0 give 1.5 - 0.5 x. */
static void test_linear_is_least_squares(void **state)
{
    (void)state;
    float values[] = {0, 1, 2, 0};
    const pinna_series series = {.values = values, .n_rows = 4, .n_columns = 1};
    pinna_forecast_error sums;

    assert_int_equal(pinna_linear_error(&series, 1, 1, 3, 0, 3, &sums),
                     PINNA_OK);
    assert_close(sums.square, 0.5 * 0.5 + 1 + 0.5 * 0.5, 1e-9);
}

static pinna_status make(void)
{
    pinna_series series;
    pinna_forecast_error sums;
    pinna_status status =
        pinna_series_read(support_temp("series.csv"), NULL, &series, NULL);
    if (!status)
        status = pinna_linear_error(&series, 1, 1, 1, 1, 2, &sums);
    pinna_series_free(&series);
    if (!status)
        status =
            pinna_series_read(support_temp("series.csv"), "2,1", &series, NULL);
    pinna_series_free(&series);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    write_file("1,2\n3,4\n5,6\n");
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_linear_is_exact),
        cmocka_unit_test(test_linear_is_least_squares),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
