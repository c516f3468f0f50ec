#include "datasets/kaldi_ark.h"

#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/rng.h"
#include "reference.h"

static pinna_matrix some_matrix(const char *key, size_t n_rows,
                                size_t n_columns)
{
    pinna_matrix m = {0};
    pinna_rng rng;

    pinna_rng_seed(&rng, n_rows, n_columns);
    assert_int_equal(pinna_matrix_allocate(&m, key, n_rows, n_columns, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_matrix_set_key(&m, key, NULL), PINNA_OK);
    for (size_t i = 0; i < n_rows * n_columns; i++)
        m.values[i] = (float)pinna_rng_uniform(&rng, -3, 17);
    return m;
}

/* Entries in one form, as bytes that the caller frees. */
static char *written(const pinna_matrix *matrices, size_t n,
                     pinna_ark_form form, long *offsets, size_t *size)
{
    char *bytes;
    FILE *file = open_memstream(&bytes, size);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pinna_ark_write(file, form, &matrices[i],
                                         offsets ? &offsets[i] : NULL, NULL),
                         PINNA_OK);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

/* The bytes of the format, by hand. */
static void test_bytes_of_each_form(void **state)
{
    (void)state;
    static const struct {
        pinna_ark_form form;
        size_t size;
        const char *bytes;
    } want[] = {
        {PINNA_ARK_FLOAT, 25,
         "a \0BFM \4\1\0\0\0\4\2\0\0\0"
         "\0\0\200\077\0\0\0\300"},
        {PINNA_ARK_TEXT, 14, "a  [\n  1 -2 ]\n"},
        /* min -2, range 3, 1 x 2, then 65535 and 0 */
        {PINNA_ARK_CM2, 28,
         "a \0BCM2 \0\0\0\300\0\0\100\100\1\0\0\0\2\0\0\0\377\377\0\0"},
        {PINNA_ARK_CM3, 26,
         "a \0BCM3 \0\0\0\300\0\0\100\100\1\0\0\0\2\0\0\0\377\0"},
    };
    float values[] = {1.0f, -2.0f};
    char key[] = "a";
    const pinna_matrix m = {
        .key = key, .values = values, .n_rows = 1, .n_columns = 2};

    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        size_t size;
        long offset;
        char *bytes = written(&m, 1, want[i].form, &offset, &size);
        assert_int_equal(size, want[i].size);
        assert_memory_equal(bytes, want[i].bytes, size);
        assert_int_equal(offset, 2);
        free(bytes);
    }
}

/* What a form keeps of a value whose range is about 20. */
static double loss_of(pinna_ark_form form)
{
    return form == PINNA_ARK_CM    ? 0.07
           : form == PINNA_ARK_CM2 ? 20.0 / 65535
           : form == PINNA_ARK_CM3 ? 20.0 / 255
                                   : 0;
}

static void test_reads_what_it_writes(void **state)
{
    (void)state;
    pinna_matrix matrices[] = {some_matrix("first", 40, 13),
                               some_matrix("b-2", 3, 5),
                               some_matrix("c_3", 1, 1)};
    for (int form = 0; form <= PINNA_ARK_CM3; form++) {
        size_t size;
        long offsets[3];
        char *bytes =
            written(matrices, 3, (pinna_ark_form)form, offsets, &size);
        FILE *file = fmemopen(bytes, size, "rb");
        pinna_matrix got = {0};
        bool at_end;

        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(pinna_ark_read(file, "x.ark", &got, &at_end, NULL),
                             PINNA_OK);
            assert_false(at_end);
            assert_string_equal(got.key, matrices[i].key);
            assert_int_equal(got.n_rows, matrices[i].n_rows);
            assert_int_equal(got.n_columns, matrices[i].n_columns);
            assert_all_close(got.values, matrices[i].values,
                             got.n_rows * got.n_columns,
                             loss_of((pinna_ark_form)form), 0);
            pinna_matrix_free(&got);
        }
        assert_int_equal(pinna_ark_read(file, "x.ark", &got, &at_end, NULL),
                         PINNA_OK);
        assert_true(at_end);

        assert_int_equal(fseek(file, offsets[1], SEEK_SET), 0);
        assert_int_equal(pinna_ark_read_object(file, "x.ark", &got, NULL),
                         PINNA_OK);
        assert_int_equal(got.n_columns, 5);
        pinna_matrix_free(&got);
        fclose(file);
        free(bytes);
    }
    for (size_t i = 0; i < 3; i++)
        pinna_matrix_free(&matrices[i]);
}

static void test_equal_values_compress(void **state)
{
    (void)state;
    pinna_matrix m = some_matrix("flat", 9, 2), got = {0};
    for (size_t i = 0; i < 18; i++)
        m.values[i] = -7.5f;
    for (int form = PINNA_ARK_CM; form <= PINNA_ARK_CM3; form++) {
        size_t size;
        bool at_end;
        char *bytes = written(&m, 1, (pinna_ark_form)form, NULL, &size);
        FILE *file = fmemopen(bytes, size, "rb");
        assert_int_equal(pinna_ark_read(file, "x.ark", &got, &at_end, NULL),
                         PINNA_OK);
        assert_all_close(got.values, m.values, 18, 1e-3, 0);
        pinna_matrix_free(&got);
        fclose(file);
        free(bytes);
    }
    pinna_matrix_free(&m);
}

static void test_double_and_vector(void **state)
{
    (void)state;
    static const char bytes[] = "v \0BFV \4\2\0\0\0\0\0\200\077\0\0\0\100"
                                "d \0BDM \4\1\0\0\0\4\1\0\0\0"
                                "\0\0\0\0\0\0\370\077";
    FILE *file = fmemopen((void *)(uintptr_t)bytes, sizeof bytes - 1, "rb");
    pinna_matrix got = {0};
    bool at_end;

    assert_int_equal(pinna_ark_read(file, "x", &got, &at_end, NULL), PINNA_OK);
    assert_int_equal(got.n_rows, 1);
    assert_int_equal(got.n_columns, 2);
    assert_true(got.values[1] == 2.0f);
    pinna_matrix_free(&got);
    assert_int_equal(pinna_ark_read(file, "x", &got, &at_end, NULL), PINNA_OK);
    assert_true(got.values[0] == 1.5f);
    pinna_matrix_free(&got);
    fclose(file);
}

/* One error, that names file and key, and nothing is left. */
static void check_refused(const char *bytes, size_t size, const char *word)
{
    FILE *file = fmemopen((void *)(uintptr_t)bytes, size, "rb");
    pinna_matrix got = {0};
    pinna_error error = {""};
    bool at_end = false;

    pinna_status status = PINNA_OK;
    while (!status && !at_end) {
        status = pinna_ark_read(file, "bad.ark", &got, &at_end, &error);
        if (!status)
            pinna_matrix_free(&got);
    }
    assert_int_equal(status, PINNA_BAD_FORMAT);
    assert_null(got.values);
    if (!strstr(error.text, "bad.ark") || !strstr(error.text, word))
        fail_msg("\"%s\" does not name bad.ark and %s", error.text, word);
    fclose(file);
}

static void test_damaged_archives(void **state)
{
    (void)state;
#define REFUSE(bytes, word) check_refused(bytes, sizeof(bytes) - 1, word)
    REFUSE("keywithoutend", "key");
    REFUSE(" \0BFM ", "key");
    REFUSE("a \0BXM \4\1\0\0\0", "a");
    REFUSE("a \0BFM \4\1\0\0\0\4\2\0\0\0\0\0\0\0", "ends");
    REFUSE("a \0BFM \5\1\0\0\0\4\2\0\0\0", "size");
    REFUSE("a \0BFM \4\377\377\377\377\4\2\0\0\0", "size");
    REFUSE("a \0BFM \4\377\377\377\177\4\377\377\377\177", "ends");
    REFUSE("a \0BCM3 \0\0\0\0\0\0\0\0\377\377\377\177\1\0\0\0", "ends");
    REFUSE("a \0C", "neither");
    REFUSE("a  [\n 1 2\n 3 ]\n", "different lengths");
    REFUSE("a  [\n 1 zwei ]\n", "zwei");
    REFUSE("a  [\n 1 2\n", "ends");
    REFUSE("a 17\n", "no matrix");
}

/* Every byte of a good archive, damaged: an error or other numbers, no more. */
static void test_any_damaged_byte_is_survived(void **state)
{
    (void)state;
    pinna_matrix m = some_matrix("key", 4, 3);
    for (int form = 0; form <= PINNA_ARK_CM3; form++) {
        size_t size;
        char *bytes = written(&m, 1, (pinna_ark_form)form, NULL, &size);
        for (size_t i = 0; i < size; i++)
            for (int bit = 0; bit < 8; bit++) {
                pinna_matrix got = {0};
                bool at_end;
                bytes[i] = (char)(bytes[i] ^ (1 << bit));
                FILE *file = fmemopen(bytes, size, "rb");
                (void)pinna_ark_read(file, "x", &got, &at_end, NULL);
                pinna_matrix_free(&got);
                fclose(file);
                bytes[i] = (char)(bytes[i] ^ (1 << bit));
            }
        free(bytes);
    }
    pinna_matrix_free(&m);
}

static void test_bad_keys(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "two words", "a\tb", "a\n"};
    for (size_t i = 0; i < 4; i++) {
        pinna_matrix m = some_matrix(bad[i], 1, 1);
        char *bytes;
        size_t size;
        FILE *file = open_memstream(&bytes, &size);
        assert_int_equal(pinna_ark_write(file, PINNA_ARK_FLOAT, &m, NULL, NULL),
                         PINNA_BAD_ARG);
        fclose(file);
        assert_int_equal(size, 0);
        free(bytes);
        pinna_matrix_free(&m);
    }
}

/* Kaldi's own bytes: the archive of two matrices, in every form. */
static void test_equals_kaldi(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        pinna_ark_form form;
        size_t n;
    } cases[] = {
        {"dsp/formats/two.ark", PINNA_ARK_FLOAT, 2},
        {"dsp/formats/two.text.ark", PINNA_ARK_TEXT, 2},
        {"dsp/formats/one.CM.ark", PINNA_ARK_CM, 1},
        {"dsp/formats/one.CM2.ark", PINNA_ARK_CM2, 1},
        {"dsp/formats/one.CM3.ark", PINNA_ARK_CM3, 1},
    };
    const char *path = support_reference(cases[0].path);
    if (!path)
        skip();
    pinna_matrix matrices[2] = {0};
    bool at_end;
    FILE *file = fopen(path, "rb");
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            pinna_ark_read(file, path, &matrices[i], &at_end, NULL), PINNA_OK);
    fclose(file);
    assert_int_equal(matrices[0].n_rows, 42);
    assert_int_equal(matrices[1].n_columns, 15);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size;
        char *bytes = written(matrices, cases[i].n, cases[i].form, NULL, &size);
        char *want = malloc(size + 1);
        file = fopen(support_reference(cases[i].path), "rb");
        assert_non_null(file);
        assert_int_equal(fread(want, 1, size + 1, file), size);
        assert_memory_equal(bytes, want, size);
        fclose(file);
        free(bytes);
        free(want);
    }
    pinna_matrix_free(&matrices[0]);
    pinna_matrix_free(&matrices[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_of_each_form),
        cmocka_unit_test(test_reads_what_it_writes),
        cmocka_unit_test(test_equal_values_compress),
        cmocka_unit_test(test_double_and_vector),
        cmocka_unit_test(test_damaged_archives),
        cmocka_unit_test(test_any_damaged_byte_is_survived),
        cmocka_unit_test(test_bad_keys),
        cmocka_unit_test(test_equals_kaldi),
    };
    return cmocka_run_group_tests_name("kaldi_ark", tests, NULL, NULL);
}
