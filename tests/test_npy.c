#include "tools/npy.h"

#include "tests/support.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* Byte for byte what the format description of NumPy asks for. */
static void writes_the_format(void **state)
{
    static const float rows[6] = {1, 2, 3, 4, 5, 6};
    const char *path = support_temp("a.npy");
    pinna_npy_writer *writer;
    unsigned char bytes[256];

    (void)state;
    assert_int_equal(pinna_npy_writer_open(path, 3, &writer, NULL), 0);
    pinna_npy_writer_write(writer, rows, 1);
    pinna_npy_writer_write(writer, rows + 3, 1);
    assert_int_not_equal(access(path, F_OK), 0); /* not before commit */
    assert_int_equal(pinna_npy_writer_commit(writer, NULL), 0);

    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), 128 + sizeof rows);
    fclose(file);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00", 8);
    const size_t size = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    assert_int_equal((10 + size) % 64, 0);
    assert_int_equal(bytes[10 + size - 1], '\n');
    const char want[] =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    assert_memory_equal(bytes + 10, want, strlen(want));
    assert_memory_equal(bytes + 10 + size, rows, sizeof rows);
}

static void reads_back_its_own_header(void **state)
{
    const char *path = support_temp("empty.npy");
    pinna_npy_writer *writer;
    pinna_npy_info info;

    (void)state;
    assert_int_equal(pinna_npy_writer_open(path, 13, &writer, NULL), 0);
    assert_int_equal(pinna_npy_writer_commit(writer, NULL), 0);
    assert_int_equal(pinna_npy_read_info(path, &info, NULL), 0);
    assert_string_equal(info.dtype, "<f4");
    assert_false(info.fortran_order);
    assert_int_equal(info.n_dims, 2);
    assert_int_equal(info.shape[0], 0);
    assert_int_equal(info.shape[1], 13);
}

static void reads_other_headers(void **state)
{
    const char *path = support_temp("other.npy");
    char bytes[128] = "\x93NUMPY\x02";
    const char header[] =
        "{'shape': (7,), 'fortran_order': True, 'descr': '>i8'}";
    pinna_npy_info info;

    (void)state;
    bytes[8] = (char)strlen(header); /* four bytes in version 2 */
    memcpy(bytes + 12, header, sizeof header);
    write_bytes(path, bytes, 12 + strlen(header));
    assert_int_equal(pinna_npy_read_info(path, &info, NULL), 0);
    assert_string_equal(info.dtype, ">i8");
    assert_true(info.fortran_order);
    assert_int_equal(info.n_dims, 1);
    assert_int_equal(info.shape[0], 7);
}

/* Every cut and many damages of a good file: an error or a header, no crash. */
static void takes_damage(void **state)
{
    const char *good = support_temp("good.npy");
    const char *path = support_temp("bad.npy");
    pinna_npy_writer *writer;
    pinna_npy_info info;
    pinna_error error;
    unsigned char bytes[128];

    (void)state;
    assert_int_equal(pinna_npy_writer_open(good, 2, &writer, NULL), 0);
    assert_int_equal(pinna_npy_writer_commit(writer, NULL), 0);
    FILE *file = fopen(good, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, 128, file), 128);
    fclose(file);

    for (size_t n = 0; n < 128; n++) {
        write_bytes(path, bytes, n);
        assert_int_equal(pinna_npy_read_info(path, &info, &error),
                         PINNA_BAD_FORMAT);
        assert_non_null(strstr(error.text, path));
    }
    for (size_t at = 0; at < 128; at++)
        for (int value = 0; value < 256; value += 51) {
            unsigned char damaged[128];
            memcpy(damaged, bytes, 128);
            damaged[at] = (unsigned char)value;
            write_bytes(path, damaged, 128);
            pinna_npy_read_info(path, &info, &error);
        }
    assert_int_equal(pinna_npy_read_info(support_temp("none"), &info, &error),
                     PINNA_NOT_FOUND);
}

static void an_aborted_file_does_not_appear(void **state)
{
    const char *path = support_temp("gone.npy");
    pinna_npy_writer *writer;

    (void)state;
    assert_int_equal(pinna_npy_writer_open(path, 2, &writer, NULL), 0);
    pinna_npy_writer_abort(writer);
    pinna_npy_writer_abort(NULL);
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_format),
        cmocka_unit_test(reads_back_its_own_header),
        cmocka_unit_test(reads_other_headers),
        cmocka_unit_test(takes_damage),
        cmocka_unit_test(an_aborted_file_does_not_appear),
    };
    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
