#include "datasets/npy.h"

#include "tests/support.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_bytes(const void *bytes, size_t n)
{
    FILE *file = fmemopen((void *)(uintptr_t)bytes, n, "rb");
    assert_non_null(file);
    return file;
}

/* Byte for byte what the format description of NumPy asks for. */
static void writes_the_format(void **state)
{
    float values[6] = {1, 2, 3, 4, 5, 6};
    const pinna_matrix m = {.values = values, .n_rows = 2, .n_columns = 3};
    char *bytes;
    size_t n;

    (void)state;
    FILE *file = open_memstream(&bytes, &n);
    pinna_npy_write(file, &m);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(n, 128 + sizeof values);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00", 8);
    const size_t size =
        (size_t)(unsigned char)bytes[8] | (size_t)(unsigned char)bytes[9] << 8;
    assert_int_equal((10 + size) % 64, 0);
    assert_int_equal(bytes[10 + size - 1], '\n');
    const char want[] =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    assert_memory_equal(bytes + 10, want, strlen(want));
    assert_memory_equal(bytes + 10 + size, values, sizeof values);
    free(bytes);
}

/* The header does not grow with the numbers. */
static void a_header_can_be_written_again(void **state)
{
    char bytes[256];

    (void)state;
    FILE *file = fmemopen(bytes, sizeof bytes, "wb");
    pinna_npy_write_header(file, 0, SIZE_MAX);
    assert_int_equal(ftell(file), 128);
    rewind(file);
    pinna_npy_write_header(file, SIZE_MAX, SIZE_MAX);
    assert_int_equal(ftell(file), 128);
    fclose(file);

    pinna_npy_info info;
    file = open_bytes(bytes, 128);
    assert_int_equal(pinna_npy_read_header(file, "x", &info, NULL), 0);
    fclose(file);
    assert_string_equal(info.dtype, "<f4");
    assert_false(info.fortran_order);
    assert_int_equal(info.n_dims, 2);
    assert_true(info.shape[0] == SIZE_MAX);
}

/* A file of a version with that dictionary and values; n bytes of it. */
static size_t make(char *bytes, int version, const char *dictionary,
                   const void *values, size_t n_values)
{
    const size_t n_prefix = version == 1 ? 10 : 12;
    const size_t n_dictionary = strlen(dictionary);

    memcpy(bytes, "\x93NUMPY\0\0\0\0\0", 12);
    bytes[6] = (char)version;
    bytes[8] = (char)(n_dictionary & 0xff);
    bytes[9] = (char)(n_dictionary >> 8);
    memcpy(bytes + n_prefix, dictionary, n_dictionary);
    memcpy(bytes + n_prefix + n_dictionary, values, n_values);
    return n_prefix + n_dictionary + n_values;
}

static void reads_headers_of_any_type(void **state)
{
    char bytes[256];
    pinna_npy_info info;

    (void)state;
    const size_t n =
        make(bytes, 2, "{'shape': (7,), 'fortran_order': True, 'descr': '>i8'}",
             "", 0);
    FILE *file = open_bytes(bytes, n);
    assert_int_equal(pinna_npy_read_header(file, "x", &info, NULL), 0);
    fclose(file);
    assert_string_equal(info.dtype, ">i8");
    assert_true(info.fortran_order);
    assert_int_equal(info.n_dims, 1);
    assert_int_equal(info.shape[0], 7);
}

/* 1 2 3 / 4 5 6 in every type, order and version that is read. */
static void reads_types_and_orders(void **state)
{
    static const float rows[] = {1, 2, 3, 4, 5, 6};
    static const float by_column[] = {1, 4, 2, 5, 3, 6};

    (void)state;
    for (int i = 0; i < 24; i++) {
        const bool wide = i & 1, big = i & 2, fortran = i & 4;
        const int version = 1 + i / 8;
        unsigned char values[48];
        char bytes[256], dictionary[128];
        const size_t size = wide ? 8 : 4;
        for (size_t k = 0; k < 6; k++) {
            const float f = fortran ? by_column[k] : rows[k];
            const double d = (double)f;
            unsigned char native[8];
            memcpy(native, wide ? (const void *)&d : (const void *)&f, size);
            for (size_t b = 0; b < size; b++) /* this machine's is little */
                values[k * size + b] = native[big ? size - 1 - b : b];
        }
        snprintf(dictionary, sizeof dictionary,
                 "{'descr': '%cf%zu', 'fortran_order': %s, 'shape': (2, 3), }",
                 big ? '>' : '<', size, fortran ? "True" : "False");
        const size_t n = make(bytes, version, dictionary, values, 6 * size);
        FILE *file = open_bytes(bytes, n);
        pinna_matrix got = {0};
        pinna_error error = {""};
        if (pinna_npy_read(file, "x", &got, &error))
            fail_msg("%s", error.text);
        fclose(file);
        assert_int_equal(got.n_rows, 2);
        assert_int_equal(got.n_columns, 3);
        assert_memory_equal(got.values, rows, sizeof rows);
        pinna_matrix_free(&got);
    }
}

static void one_dimension_is_one_row(void **state)
{
    static const float values[] = {1, 2, 3};
    char bytes[256];
    pinna_matrix got = {0};

    (void)state;
    const size_t n = make(
        bytes, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
        values, sizeof values);
    FILE *file = open_bytes(bytes, n);
    assert_int_equal(pinna_npy_read(file, "x", &got, NULL), PINNA_OK);
    fclose(file);
    assert_int_equal(got.n_rows, 1);
    assert_int_equal(got.n_columns, 3);
    pinna_matrix_free(&got);
}

static void check_refused(const char *dictionary, pinna_status want,
                          const char *word)
{
    static const float values[8] = {0};
    char bytes[512];
    pinna_matrix got = {0};
    pinna_error error = {""};

    const size_t n = make(bytes, 1, dictionary, values, sizeof values);
    FILE *file = open_bytes(bytes, n);
    const pinna_status status = pinna_npy_read(file, "x.npy", &got, &error);
    fclose(file);
    if (status != want || !strstr(error.text, "x.npy") ||
        !strstr(error.text, word))
        fail_msg("%s: status %d, \"%s\"", dictionary, (int)status, error.text);
    assert_null(got.values);
}

static void refuses_what_is_no_matrix(void **state)
{
    (void)state;
#define REFUSE(descr, order, shape, status, word)                              \
    check_refused("{'descr': " descr ", 'fortran_order': " order               \
                  ", 'shape': " shape ", }",                                   \
                  status, word)
    REFUSE("'<i4'", "False", "(2, 2)", PINNA_UNSUPPORTED, "<i4");
    REFUSE("'<f2'", "False", "(2, 2)", PINNA_UNSUPPORTED, "<f2");
    REFUSE("'<f44'", "False", "(2, 2)", PINNA_UNSUPPORTED, "<f44");
    REFUSE("''", "False", "(2, 2)", PINNA_UNSUPPORTED, "type");
    REFUSE("[('a', '<f4')]", "False", "(2,)", PINNA_UNSUPPORTED, "record");
    REFUSE("'<f4'", "False", "()", PINNA_UNSUPPORTED, "0 dimensions");
    REFUSE("'<f4'", "False", "(2, 2, 2)", PINNA_UNSUPPORTED, "3 dimensions");
    REFUSE("'<f4'", "Maybe", "(2, 2)", PINNA_BAD_FORMAT, "damaged");
    REFUSE("'<f4'", "False", "(2, x)", PINNA_BAD_FORMAT, "damaged");
    REFUSE("'<f4'", "False", "(-2, 2)", PINNA_BAD_FORMAT, "damaged");
    REFUSE("'<f4'", "False", "(3, 3)", PINNA_BAD_FORMAT, "ends");
    REFUSE("'<f4'", "False", "(2, 0)", PINNA_BAD_FORMAT, "columns");
    REFUSE("'<f4'", "False", "(2147483648, 2147483648)", PINNA_BAD_FORMAT,
           "too large");
    REFUSE("'<f8'", "True", "(9223372036854775809, 2)", PINNA_BAD_FORMAT,
           "too large");
    REFUSE("'<f4'", "False", "(99999999999999999999, 2)", PINNA_BAD_FORMAT,
           "damaged");
    check_refused("{'descr': '<f4'}", PINNA_BAD_FORMAT, "damaged");
}

static void refuses_other_versions(void **state)
{
    char bytes[256];
    pinna_npy_info info;

    (void)state;
    for (int version = 0; version < 6; version++) {
        const size_t n = make(
            bytes, version,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", "", 0);
        FILE *file = open_bytes(bytes, n);
        assert_int_equal(pinna_npy_read_header(file, "x", &info, NULL),
                         version >= 1 && version <= 3 ? PINNA_OK
                                                      : PINNA_UNSUPPORTED);
        fclose(file);
    }
}

/* Every cut and many damages of a good file: an error or numbers, no crash. */
static void takes_damage(void **state)
{
    float values[6] = {1, 2, 3, 4, 5, 6};
    const pinna_matrix m = {.values = values, .n_rows = 2, .n_columns = 3};
    char bytes[128 + sizeof values];
    pinna_matrix got = {0};
    pinna_error error = {""};

    (void)state;
    FILE *file = fmemopen(bytes, sizeof bytes, "wb");
    setbuf(file, NULL); /* or a zero byte follows the last */
    pinna_npy_write(file, &m);
    fclose(file);
    for (size_t n = 1; n < sizeof bytes; n++) {
        file = open_bytes(bytes, n);
        assert_int_equal(pinna_npy_read(file, "x.npy", &got, &error),
                         PINNA_BAD_FORMAT);
        fclose(file);
        assert_non_null(strstr(error.text, "x.npy"));
    }
    for (size_t at = 0; at < 128; at++)
        for (int value = 0; value < 256; value++) {
            const char good = bytes[at];
            bytes[at] = (char)value;
            file = open_bytes(bytes, sizeof bytes);
            (void)pinna_npy_read(file, "x.npy", &got, &error);
            pinna_matrix_free(&got);
            fclose(file);
            bytes[at] = good;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_format),
        cmocka_unit_test(a_header_can_be_written_again),
        cmocka_unit_test(reads_headers_of_any_type),
        cmocka_unit_test(reads_types_and_orders),
        cmocka_unit_test(one_dimension_is_one_row),
        cmocka_unit_test(refuses_what_is_no_matrix),
        cmocka_unit_test(refuses_other_versions),
        cmocka_unit_test(takes_damage),
    };
    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
