#include "datasets/kaldi_scp.h"

#include "support.h"

#include <stdio.h>
#include <string.h>

static pinna_status parse(const char *text, pinna_scp_entry *entry,
                          pinna_error *error)
{
    static char line[256];
    snprintf(line, sizeof line, "%s", text);
    return pinna_scp_parse(line, entry, error);
}

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *key, *path;
        long offset;
        size_t rows[2], columns[2];
    } cases[] = {
        {"a x.ark:12\n", "a", "x.ark", 12, {0, SIZE_MAX}, {0, SIZE_MAX}},
        {"a x.mat", "a", "x.mat", -1, {0, SIZE_MAX}, {0, SIZE_MAX}},
        {" a\tb c.ark:0 \r\n", "a", "b c.ark", 0, {0, SIZE_MAX}, {0, SIZE_MAX}},
        {"a x:y", "a", "x:y", -1, {0, SIZE_MAX}, {0, SIZE_MAX}},
        {"a x:1:2", "a", "x:1", 2, {0, SIZE_MAX}, {0, SIZE_MAX}},
        {"a x.ark:12[3:7]", "a", "x.ark", 12, {3, 7}, {0, SIZE_MAX}},
        {"a x.ark:12 [3:7,0:4]", "a", "x.ark", 12, {3, 7}, {0, 4}},
        {"a x.ark[:,5:5]", "a", "x.ark", -1, {0, SIZE_MAX}, {5, 5}},
        {"a x.ark:1[0:0,:]", "a", "x.ark", 1, {0, 0}, {0, SIZE_MAX}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_scp_entry entry;
        pinna_error error = {""};
        if (parse(cases[i].line, &entry, &error))
            fail_msg("%s", error.text);
        assert_string_equal(entry.key, cases[i].key);
        assert_string_equal(entry.path, cases[i].path);
        assert_int_equal(entry.offset, cases[i].offset);
        assert_int_equal(entry.first_row, cases[i].rows[0]);
        assert_int_equal(entry.last_row, cases[i].rows[1]);
        assert_int_equal(entry.first_column, cases[i].columns[0]);
        assert_int_equal(entry.last_column, cases[i].columns[1]);
    }
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "no file"},
        {"a", "no file"},
        {"a  \n", "no file"},
        {"a :3", "no file"},
        {"a [1:2]", "no file"},
        {"a gunzip -c x.gz |", "command"},
        {"a x]", "without"},
        {"a x[]", "range"},
        {"a x[1]", "range"},
        {"a x[1:]", "range"},
        {"a x[:2]", "range"},
        {"a x[2:1]", "range"},
        {"a x[-1:1]", "range"},
        {"a x[1:2,]", "range"},
        {"a x[,1:2]", "range"},
        {"a x[1:2,3:4,5:6]", "range"},
        {"a x[1:99999999999]", "range"},
        {"a x[1:2147483648]", "range"},
        {"a x:99999999999999999999", "offset"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_scp_entry entry;
        pinna_error error = {""};
        if (!parse(cases[i][0], &entry, &error))
            fail_msg("\"%s\" is taken", cases[i][0]);
        if (!strstr(error.text, cases[i][1]))
            fail_msg("\"%s\" does not name %s", error.text, cases[i][1]);
    }
}

/* A matrix of 5 x 4, values 10 r + c. */
static pinna_status cut(const char *line, pinna_matrix *m, pinna_error *error)
{
    pinna_scp_entry entry;
    assert_int_equal(pinna_matrix_allocate(m, "x", 5, 4, NULL), PINNA_OK);
    for (size_t i = 0; i < 20; i++)
        m->values[i] = (float)(10 * (i / 4) + i % 4);
    assert_int_equal(parse(line, &entry, error), PINNA_OK);
    return pinna_scp_cut(&entry, m, error);
}

static void test_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t first_row, n_rows, first_column, n_columns;
    } cases[] = {
        {"a x", 0, 5, 0, 4},          {"a x[1:3]", 1, 3, 0, 4},
        {"a x[4:4]", 4, 1, 0, 4},     {"a x[0:4,1:2]", 0, 5, 1, 2},
        {"a x[:,3:3]", 0, 5, 3, 1},   {"a x[2:3,:]", 2, 2, 0, 4},
        {"a x[1:7,0:3]", 1, 4, 0, 4}, /* three rows behind the end */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_matrix m = {0};
        pinna_error error = {""};
        if (cut(cases[i].line, &m, &error))
            fail_msg("%s", error.text);
        assert_int_equal(m.n_rows, cases[i].n_rows);
        assert_int_equal(m.n_columns, cases[i].n_columns);
        for (size_t r = 0; r < m.n_rows; r++)
            for (size_t c = 0; c < m.n_columns; c++)
                assert_true(m.values[r * m.n_columns + c] ==
                            (float)(10 * (cases[i].first_row + r) +
                                    cases[i].first_column + c));
        pinna_matrix_free(&m);
    }
}

static void test_ranges_outside(void **state)
{
    (void)state;
    static const char *const lines[] = {"a x[1:8]", "a x[5:5]", "a x[5:7]",
                                        "a x[0:4,0:4]", "a x[:,4:4]"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        pinna_matrix m = {0};
        pinna_error error = {""};
        assert_int_equal(cut(lines[i], &m, &error), PINNA_BAD_FORMAT);
        assert_non_null(strstr(error.text, "5 x 4"));
        pinna_matrix_free(&m);
    }
    pinna_matrix empty = {0};
    pinna_scp_entry entry;
    assert_int_equal(parse("a x[0:0]", &entry, NULL), PINNA_OK);
    assert_int_equal(pinna_scp_cut(&entry, &empty, NULL), PINNA_BAD_FORMAT);
    assert_int_equal(parse("a x[:,0:0]", &entry, NULL), PINNA_OK);
    assert_int_equal(pinna_scp_cut(&entry, &empty, NULL), PINNA_BAD_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_ranges_outside),
    };
    return cmocka_run_group_tests_name("kaldi_scp", tests, NULL, NULL);
}
