#include "datasets/matrix.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        uint64_t n_rows, n_columns;
        pinna_status status;
    } cases[] = {
        {3, 2, PINNA_OK},
        {0, 0, PINNA_OK},
        {0, 13, PINNA_OK},
        {5, 0, PINNA_BAD_FORMAT},
        {1, PINNA_MATRIX_MAX_COLUMNS + 1, PINNA_BAD_FORMAT},
        {PINNA_MATRIX_MAX_VALUES, 2, PINNA_BAD_FORMAT},
        {UINT64_MAX, UINT64_MAX, PINNA_BAD_FORMAT},
        {UINT64_MAX / 2 + 2, 2, PINNA_BAD_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_matrix m = {0};
        pinna_error error = {""};
        assert_int_equal(pinna_matrix_allocate(&m, "x", cases[i].n_rows,
                                               cases[i].n_columns, &error),
                         cases[i].status);
        assert_true((m.values != NULL) == (cases[i].status == PINNA_OK));
        if (cases[i].status)
            assert_memory_equal(error.text, "x: ", 3);
        pinna_matrix_free(&m);
    }
}

static void test_key_of_a_file(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"a/b.c/utt.1.npy", "utt.1"},
                                           {"x.ark", "x"},
                                           {"/y", "y"},
                                           {".npy", ".npy"},
                                           {"-", "-"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_matrix m = {0};
        assert_int_equal(pinna_matrix_set_key_of_file(&m, cases[i][0], NULL),
                         PINNA_OK);
        assert_string_equal(m.key, cases[i][1]);
        pinna_matrix_free(&m);
    }
}

static void test_open(void **state)
{
    (void)state;
    const char *path = support_temp("five");
    pinna_error error = {""};
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("12345", file) >= 0);
    assert_int_equal(fclose(file), 0);

    assert_int_equal(pinna_matrix_open(path, &file, &error), PINNA_OK);
    assert_int_equal(fgetc(file), '1');
    assert_true(pinna_matrix_file_holds(file, 4));
    assert_false(pinna_matrix_file_holds(file, 5));
    assert_int_equal(fgetc(file), '2'); /* the position is kept */
    fclose(file);

    assert_int_equal(pinna_matrix_open(support_temp("none"), &file, &error),
                     PINNA_NOT_FOUND);
    assert_null(file);
    assert_non_null(strstr(error.text, "none"));
    assert_int_equal(pinna_matrix_open("/", &file, &error), PINNA_IO);
    assert_null(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_key_of_a_file),
        cmocka_unit_test(test_open),
    };
    return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
