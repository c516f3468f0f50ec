#include "datasets/htk_file.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>

#define READ(bytes, got, error) read_bytes(bytes, sizeof(bytes) - 1, got, error)

static pinna_status read_bytes(const char *bytes, size_t size,
                               pinna_matrix *got, pinna_error *error)
{
    FILE *file = fmemopen((void *)(uintptr_t)bytes, size, "rb");
    const pinna_status status = pinna_htk_read(file, "x.htk", got, error);
    fclose(file);
    return status;
}

/* 2 frames, 10 ms, 4 bytes, MFCC_0, then 1 and -2. */
static const char two_frames[] = "\0\0\0\2\0\1\206\240\0\4\40\6"
                                 "\077\200\0\0\300\0\0\0";

static void test_bytes(void **state)
{
    (void)state;
    float values[] = {1.0f, -2.0f};
    const pinna_matrix m = {.values = values,
                            .n_rows = 2,
                            .n_columns = 1,
                            .frame_shift_ms = 10,
                            .htk_kind = PINNA_HTK_MFCC | PINNA_HTK_0};
    char *bytes;
    size_t size;
    FILE *file = open_memstream(&bytes, &size);
    assert_int_equal(pinna_htk_write(file, &m, NULL), PINNA_OK);
    fclose(file);
    assert_int_equal(size, sizeof two_frames - 1);
    assert_memory_equal(bytes, two_frames, size);
    free(bytes);

    pinna_matrix got = {0};
    assert_int_equal(READ(two_frames, &got, NULL), PINNA_OK);
    assert_int_equal(got.n_rows, 2);
    assert_int_equal(got.n_columns, 1);
    assert_true(got.values[0] == 1.0f && got.values[1] == -2.0f);
    assert_close(got.frame_shift_ms, 10, 0);
    assert_int_equal(got.htk_kind, 8198);
    pinna_matrix_free(&got);
}

/* 1 frame and 4 for the scales, A = 2, B = 3, value 5: (5 + 3) / 2. */
static void test_compressed(void **state)
{
    (void)state;
    pinna_matrix got = {0};
    assert_int_equal(READ("\0\0\0\5\0\1\206\240\0\2\4\11"
                          "\100\0\0\0\100\100\0\0"
                          "\0\5",
                          &got, NULL),
                     PINNA_OK);
    assert_int_equal(got.n_rows, 1);
    assert_true(got.values[0] == 4.0f);
    pinna_matrix_free(&got);
}

static void test_kind_names(void **state)
{
    (void)state;
    char text[32];
    pinna_htk_kind_name(8198, text);
    assert_string_equal(text, "MFCC_0");
    pinna_htk_kind_name(838, text);
    assert_string_equal(text, "MFCC_E_D_A");
    pinna_htk_kind_name(0177777, text);
    assert_true(strlen(text) < sizeof text);
}

static void test_damaged_files(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        char value;
        const char *word;
    } damages[] = {
        {0, 1, "ends"},    {0, (char)0x80, "no HTK"}, {3, 3, "ends"},
        {8, 127, "ends"},  {9, 0, "no HTK"},          {9, 3, "no HTK"},
        {11, 0, "no HTK"}, {11, 63, "no HTK"},
    };
    pinna_error error = {""};
    pinna_matrix got = {0};

    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char bytes[sizeof two_frames];
        memcpy(bytes, two_frames, sizeof bytes);
        bytes[damages[i].at] = damages[i].value;
        assert_int_equal(READ(bytes, &got, &error), PINNA_BAD_FORMAT);
        assert_null(got.values);
        if (!strstr(error.text, "x.htk") ||
            !strstr(error.text, damages[i].word))
            fail_msg("\"%s\" does not name x.htk and %s", error.text,
                     damages[i].word);
    }
    for (size_t n = 0; n + 1 < sizeof two_frames; n++)
        if (n > 0) /* fmemopen takes no empty buffer */
            assert_int_equal(read_bytes(two_frames, n, &got, NULL),
                             PINNA_BAD_FORMAT);
}

static void test_too_wide(void **state)
{
    (void)state;
    const pinna_matrix m = {.n_rows = 1, .n_columns = 8192};
    assert_int_equal(pinna_htk_write(stdout, &m, NULL), PINNA_BAD_ARG);
}

static void test_equals_reference(void **state)
{
    (void)state;
    const char *path = support_reference("dsp/formats/digit-7.htk");
    if (!path)
        skip();
    FILE *file = fopen(path, "rb");
    pinna_matrix m = {0};
    assert_int_equal(pinna_htk_read(file, path, &m, NULL), PINNA_OK);
    assert_int_equal(m.n_rows, 42);
    assert_int_equal(m.n_columns, 23);
    rewind(file);

    char *bytes, want[4096];
    size_t size;
    FILE *memory = open_memstream(&bytes, &size);
    assert_int_equal(pinna_htk_write(memory, &m, NULL), PINNA_OK);
    fclose(memory);
    assert_int_equal(fread(want, 1, sizeof want, file), size);
    assert_memory_equal(bytes, want, size);
    fclose(file);
    free(bytes);
    pinna_matrix_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_kind_names),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_too_wide),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("htk_file", tests, NULL, NULL);
}
