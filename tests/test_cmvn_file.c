#include "datasets/cmvn_file.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two features over three frames: (1, 2), (1, 2), (0.1, -4). */
static const double sums[] = {2.1, 0, 3}, squares[] = {2.01, 24, 0};

static const char *write_bytes(const char *name, const void *bytes, size_t n)
{
    const char *path = support_temp(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* As it is written; *size takes the number of bytes, to be freed. */
static char *written(size_t *size)
{
    pinna_cmvn_stats stats;
    char *bytes;
    FILE *file = open_memstream(&bytes, size);
    assert_int_equal(pinna_cmvn_stats_new(2, &stats), PINNA_OK);
    memcpy(stats.sum, sums, 2 * sizeof(double));
    memcpy(stats.square, squares, 2 * sizeof(double));
    stats.count = sums[2];
    assert_int_equal(pinna_cmvn_file_write(file, &stats), PINNA_OK);
    assert_int_equal(fclose(file), 0);
    pinna_cmvn_stats_free(&stats);
    return bytes;
}

/* times what sums and squares are. */
static void check(const char *path, double times)
{
    pinna_cmvn_stats stats;
    pinna_error error = {""};
    if (pinna_cmvn_file_read(path, &stats, &error))
        fail_msg("%s", error.text);
    assert_int_equal(stats.dim, 2);
    assert_true(stats.count == 3 * times);
    for (size_t d = 0; d < 2; d++) {
        assert_true(stats.sum[d] == times * sums[d]);
        assert_true(stats.square[d] == times * squares[d]);
    }
    pinna_cmvn_stats_free(&stats);
}

/* compute-cmvn-stats's bytes: "\0B", a DM of 2 x 3, no key. */
static void test_bytes(void **state)
{
    (void)state;
    size_t size;
    char *bytes = written(&size);
    assert_int_equal(size, 15 + 6 * sizeof(double));
    assert_memory_equal(bytes, "\0BDM \4\2\0\0\0\4\3\0\0\0", 15);
    assert_memory_equal(bytes + 15 + 16, "\0\0\0\0\0\0\x08\x40", 8); /* 3 */
    check(write_bytes("s", bytes, size), 1);
    free(bytes);
}

static void test_archive_is_added_up(void **state)
{
    (void)state;
    size_t size;
    char *bytes = written(&size);
    char archive[256];
    memcpy(archive, "x ", 2);
    memcpy(archive + 2, bytes, size);
    check(write_bytes("one.ark", archive, size + 2), 1);
    memcpy(archive + 2 + size, "y ", 2);
    memcpy(archive + 4 + size, bytes, size);
    check(write_bytes("two.ark", archive, 2 * (size + 2)), 2);
    free(bytes);
}

static void test_text(void **state)
{
    (void)state;
    static const char text[] = " [\n  2.1 0 3 \n  2.01 24 0 ]\n";
    static const char keyed[] = "x  [\n  2.1 0 3 \n  2.01 24 0 ]\n"
                                "y  [\n  2.1 0 3 \n  2.01 24 0 ]\n";
    check(write_bytes("t", text, strlen(text)), 1);
    check(write_bytes("t", keyed, strlen(keyed)), 2);
}

static void check_refused(const void *bytes, size_t n)
{
    const char *path = write_bytes("bad", bytes, n);
    pinna_cmvn_stats stats;
    pinna_error error = {""};
    if (pinna_cmvn_file_read(path, &stats, &error) != PINNA_BAD_FORMAT)
        fail_msg("taken or another status: %s", error.text);
    assert_null(stats.sum);
    assert_memory_equal(error.text, path, strlen(path));
}

static void test_damaged(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        " [",
        " [ 1 2 ]",
        " [ 1 2\n3 ]",
        " [ 1 2\n 3 x ]",
        " [ 1 2\n 3 0",
        " [ 1 0\n 1 0 ]",
        " [ 1 -2\n 1 0 ]",
        " [ nan 2\n 1 0 ]",
        "x 7",
        "x",
        "x  [ 1 2\n 3 0 ]\ny [ 1 2 2\n3 4 0 ]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_refused(texts[i], strlen(texts[i]));

    size_t size;
    char *bytes = written(&size);
    for (size_t n = 0; n < size; n++)
        check_refused(bytes, n);
    /* Each byte of type and size, flipped, is no statistics. */
    for (size_t i = 1; i < 15; i++) {
        bytes[i] = (char)~bytes[i];
        check_refused(bytes, size);
        bytes[i] = (char)~bytes[i];
    }
    free(bytes);
    pinna_cmvn_stats stats;
    assert_int_equal(pinna_cmvn_file_read(support_temp("none"), &stats, NULL),
                     PINNA_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_archive_is_added_up),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests_name("cmvn_file", tests, NULL, NULL);
}
