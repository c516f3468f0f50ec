#include "tools/feature_input.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/htk_file.h"
#include "tools/feature_output.h"

/* 3 x 2, named "key". */
static const float numbers[] = {0.25f, -1.5f, 3, 4.125f, 1e-3f, 7};

static pinna_matrix good_matrix(void)
{
    pinna_matrix m = {0};
    assert_int_equal(pinna_matrix_allocate(&m, "m", 3, 2, NULL), PINNA_OK);
    assert_int_equal(pinna_matrix_set_key(&m, "key", NULL), PINNA_OK);
    memcpy(m.values, numbers, sizeof numbers);
    m.htk_kind = PINNA_HTK_USER;
    m.frame_shift_ms = 10;
    return m;
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static size_t read_bytes(const char *path, char *bytes, size_t max)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, max, file);
    assert_true(n < max);
    fclose(file);
    return n;
}

/* A file of the format with the good matrix. */
static const char *write_format(pinna_feature_format format)
{
    static char path[256];
    pinna_matrix m = good_matrix();
    pinna_feature_archive *archive;

    snprintf(path, sizeof path, "%s%s", support_temp("key"),
             pinna_feature_format_suffix(format));
    if (pinna_feature_format_is_archive(format)) {
        assert_int_equal(
            pinna_feature_archive_open(path, format, &archive, NULL), PINNA_OK);
        assert_int_equal(pinna_feature_archive_add(archive, &m, NULL),
                         PINNA_OK);
        assert_int_equal(pinna_feature_archive_commit(archive, NULL), PINNA_OK);
    } else {
        assert_int_equal(pinna_feature_write(path, format, &m, NULL), PINNA_OK);
    }
    pinna_matrix_free(&m);
    return path;
}

/* How far a value that went through the format may lie off. */
static double loss_of(pinna_feature_format format)
{
    return format == PINNA_FORMAT_ARK_CM    ? 8.5 / 64
           : format == PINNA_FORMAT_ARK_CM2 ? 8.5 / 65535
           : format == PINNA_FORMAT_ARK_CM3 ? 8.5 / 255
                                            : 0;
}

static pinna_feature_input *opened(const char *path)
{
    pinna_feature_input *input;
    pinna_error error = {""};
    if (pinna_feature_input_open(path, &input, &error))
        fail_msg("%s", error.text);
    return input;
}

static void check_file(const char *path, const char *key, double loss)
{
    pinna_feature_input *input = opened(path);
    pinna_matrix got = {0};
    pinna_error error = {""};
    bool at_end;

    if (pinna_feature_input_next(input, &got, &at_end, &error))
        fail_msg("%s", error.text);
    assert_false(at_end);
    assert_string_equal(got.key, key);
    assert_int_equal(got.n_rows, 3);
    assert_int_equal(got.n_columns, 2);
    assert_all_close(got.values, numbers, 6, loss, 0);
    pinna_matrix_free(&got);
    assert_int_equal(pinna_feature_input_next(input, &got, &at_end, NULL),
                     PINNA_OK);
    assert_true(at_end);
    assert_int_equal(pinna_feature_input_next(input, &got, &at_end, NULL),
                     PINNA_OK);
    assert_true(at_end);
    pinna_feature_input_close(input);
}

static void test_reads_every_format_written(void **state)
{
    (void)state;
    for (int f = PINNA_FORMAT_NPY; f <= PINNA_FORMAT_ARK_CM3; f++) {
        const pinna_feature_format format = (pinna_feature_format)f;
        const char *path = write_format(format);
        check_file(path, "key", loss_of(format));
        if (pinna_feature_format_is_archive(format)) {
            char script[256];
            snprintf(script, sizeof script, "%.*s.scp", (int)strlen(path) - 4,
                     path);
            check_file(script, "key", loss_of(format));
        }
    }
}

/* The name tells nothing: .npy, HTK and archives are known by a byte. */
static void test_other_names(void **state)
{
    (void)state;
    static const pinna_feature_format formats[] = {
        PINNA_FORMAT_NPY, PINNA_FORMAT_HTK, PINNA_FORMAT_ARK,
        PINNA_FORMAT_ARK_TEXT};
    static const pinna_feature_source sources[] = {
        PINNA_SOURCE_NPY, PINNA_SOURCE_HTK, PINNA_SOURCE_ARK, PINNA_SOURCE_ARK};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char bytes[1024];
        const size_t n =
            read_bytes(write_format(formats[i]), bytes, sizeof bytes);
        const char *path = support_temp("key.feats");
        write_bytes(path, bytes, n);
        pinna_feature_input *input = opened(path);
        assert_int_equal(pinna_feature_input_source(input), sources[i]);
        pinna_feature_input_close(input);
        check_file(path, "key", 0);
    }
    pinna_feature_source source;
    assert_false(pinna_feature_source_of("a.wav", &source));
    assert_false(pinna_feature_source_of("npy", &source));
    assert_true(pinna_feature_source_of("a.b.SCP", &source));
    assert_int_equal(source, PINNA_SOURCE_SCP);
}

/* An archive without its key is one matrix, named by its file. */
static void test_bare_matrix(void **state)
{
    (void)state;
    for (int f = PINNA_FORMAT_ARK; f <= PINNA_FORMAT_ARK_CM3; f++) {
        char bytes[1024];
        const pinna_feature_format format = (pinna_feature_format)f;
        const size_t n = read_bytes(write_format(format), bytes, sizeof bytes);
        const char *path = support_temp("bare.ark");
        write_bytes(path, bytes + 4, n - 4);
        check_file(path, "bare", loss_of(format));
    }
}

/* Files beside the script, whole files of other formats, ranges; a bad line
 * does not keep the next from being read. */
static void test_script(void **state)
{
    (void)state;
    write_format(PINNA_FORMAT_NPY);
    write_format(PINNA_FORMAT_CSV);
    write_format(PINNA_FORMAT_ARK);
    const char *path = support_temp("mine.scp");
    static const char text[] = "a key.npy\n"
                               "b key.csv [1:2,0:0]\n"
                               "c missing.ark:4\n"
                               "\n"
                               "d key.ark:4[0:0]\n"
                               "e key.ark:5\n"
                               "f key.ark:4[0:9]\n"
                               "g mine.scp\n"
                               "h key.ark:4";
    static const struct {
        const char *key, *error;
        size_t n_rows, n_columns;
        float first;
    } want[] = {
        {"a", NULL, 3, 2, 0.25f},
        {"b", NULL, 2, 1, 3},
        {NULL, "mine.scp:3: missing.ark", 0, 0, 0},
        {"d", NULL, 1, 2, 0.25f},
        {NULL, "mine.scp:6: ", 0, 0, 0},
        {NULL, "mine.scp:7: rows 0 to 9", 0, 0, 0},
        {NULL, "mine.scp:8: ", 0, 0, 0},
        {"h", NULL, 3, 2, 0.25f},
    };
    write_bytes(path, text, strlen(text));
    pinna_feature_input *input = opened(path);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        pinna_matrix got = {0};
        pinna_error error = {""};
        bool at_end;
        const pinna_status status =
            pinna_feature_input_next(input, &got, &at_end, &error);
        assert_false(at_end);
        if (want[i].error) {
            assert_int_not_equal(status, PINNA_OK);
            if (!strstr(error.text, want[i].error))
                fail_msg("\"%s\" is not \"%s\"", error.text, want[i].error);
        } else {
            if (status)
                fail_msg("%s", error.text);
            assert_string_equal(got.key, want[i].key);
            assert_int_equal(got.n_rows, want[i].n_rows);
            assert_int_equal(got.n_columns, want[i].n_columns);
            assert_true(got.values[0] == want[i].first);
        }
        pinna_matrix_free(&got);
    }
    pinna_matrix none = {0};
    bool at_end;
    assert_int_equal(pinna_feature_input_next(input, &none, &at_end, NULL),
                     PINNA_OK);
    assert_true(at_end);
    pinna_feature_input_close(input);
}

static void test_missing(void **state)
{
    (void)state;
    pinna_feature_input *input;
    pinna_error error = {""};
    assert_int_equal(
        pinna_feature_input_open(support_temp("none.ark"), &input, &error),
        PINNA_NOT_FOUND);
    assert_null(input);
    assert_non_null(strstr(error.text, "none.ark"));
    assert_int_equal(pinna_feature_input_open("/", &input, &error), PINNA_IO);
    pinna_feature_input_close(NULL);
}

/* Read all of it: matrices, or errors that name the file. Returns how many
 * errors. */
static size_t survive(const char *path)
{
    pinna_feature_input *input;
    pinna_error error = {""};
    size_t n_errors = 0;

    assert_int_equal(pinna_feature_input_open(path, &input, &error), PINNA_OK);
    for (bool at_end = false; !at_end;) {
        pinna_matrix got = {0};
        if (pinna_feature_input_next(input, &got, &at_end, &error)) {
            n_errors++;
            if (strncmp(error.text, path, strlen(path)) != 0 ||
                strchr(error.text, '\n'))
                fail_msg("\"%s\" does not begin with %s", error.text, path);
            assert_null(got.values);
        } else if (!at_end) {
            assert_true(got.values && got.key);
            assert_true(got.n_columns > 0 || got.n_rows == 0);
        }
        pinna_matrix_free(&got);
    }
    pinna_feature_input_close(input);
    return n_errors;
}

/* The good bytes cut everywhere, and each byte of the head flipped, whole and
 * one bit of it. Where must_fail, a cut file gives an error. */
static void damage(const char *path, size_t n_head, bool must_fail)
{
    char bytes[1024], damaged[1024];
    const size_t size = read_bytes(path, bytes, sizeof bytes);

    for (size_t n = 0; n < size; n++) {
        write_bytes(path, bytes, n);
        const size_t n_errors = survive(path);
        if (must_fail && n > 0)
            assert_int_equal(n_errors, 1);
    }
    n_head = n_head < size ? n_head : size;
    for (size_t i = 0; i < n_head; i++)
        for (int whole = 0; whole < 2; whole++) {
            memcpy(damaged, bytes, size);
            damaged[i] = (char)(bytes[i] ^ (whole ? 0xff : 1 << i % 8));
            write_bytes(path, damaged, size);
            survive(path);
        }
    write_bytes(path, bytes, size);
}

static void test_damaged_files(void **state)
{
    (void)state;
    static const struct {
        pinna_feature_format format;
        size_t n_head;
        bool must_fail;
    } cases[] = {
        {PINNA_FORMAT_NPY, 128, true},     {PINNA_FORMAT_HTK, 12, true},
        {PINNA_FORMAT_CSV, 1000, false}, /* a cut may leave good rows */
        {PINNA_FORMAT_ARK, 19, true},      {PINNA_FORMAT_ARK_TEXT, 1000, false},
        {PINNA_FORMAT_ARK_CM, 1000, true}, {PINNA_FORMAT_ARK_CM2, 24, true},
        {PINNA_FORMAT_ARK_CM3, 24, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        damage(write_format(cases[i].format), cases[i].n_head,
               cases[i].must_fail);
}

static void test_damaged_script(void **state)
{
    (void)state;
    char text[512];
    write_format(PINNA_FORMAT_ARK);
    const char *path = support_temp("cut.scp");
    const int n =
        snprintf(text, sizeof text, "a key.ark:4[0:1]\nb key.ark:4[0:1,1:1]\n");
    write_bytes(path, text, (size_t)n);
    damage(path, (size_t)n, false);
}

/* The reference files: the same matrix in each. */
static void test_reference_files(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double loss;
    } cases[] = {
        {"dsp/formats/digit-7.htk", 0},    {"dsp/formats/digit-7.csv", 0},
        {"dsp/formats/two.ark", 0},        {"dsp/formats/two.scp", 0},
        {"dsp/formats/two.text.ark", 0},   {"dsp/formats/one.CM.ark", 0.07},
        {"dsp/formats/one.CM2.ark", 2e-4}, {"dsp/formats/one.CM3.ark", 0.03},
    };
    const char *path = support_reference("dsp/formats/digit-7.npy");
    if (!path)
        skip();
    pinna_feature_input *input = opened(path);
    pinna_matrix want = {0};
    bool at_end;
    assert_int_equal(pinna_feature_input_next(input, &want, &at_end, NULL),
                     PINNA_OK);
    pinna_feature_input_close(input);
    assert_int_equal(want.n_rows, 42);
    assert_int_equal(want.n_columns, 23);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_matrix got = {0};
        pinna_error error = {""};
        input = opened(support_reference(cases[i].name));
        if (pinna_feature_input_next(input, &got, &at_end, &error))
            fail_msg("%s", error.text);
        assert_int_equal(got.n_rows, 42);
        assert_int_equal(got.n_columns, 23);
        assert_all_close(got.values, want.values, 42 * 23, cases[i].loss, 0);
        pinna_matrix_free(&got);
        pinna_feature_input_close(input);
    }
    pinna_matrix_free(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_every_format_written),
        cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_bare_matrix),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_damaged_script),
        cmocka_unit_test(test_reference_files),
    };
    return cmocka_run_group_tests_name("feature_input", tests, NULL, NULL);
}
