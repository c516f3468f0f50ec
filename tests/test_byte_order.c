#include "datasets/byte_order.h"

#include "support.h"

#include <stdlib.h>

static const unsigned char rising[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void test_integers(void **state)
{
    (void)state;
    assert_int_equal(pinna_u16_le(rising), 0x0201);
    assert_int_equal(pinna_u16_be(rising), 0x0102);
    assert_int_equal(pinna_u32_le(rising), 0x04030201);
    assert_int_equal(pinna_u32_be(rising), 0x01020304);
}

/* -2.5 is 0xc0200000 as a float, 0xc004000000000000 as a double. */
static void test_numbers(void **state)
{
    (void)state;
    static const unsigned char big[8] = {0xc0, 0x20},
                               little[4] = {0, 0, 32, 192};
    static const unsigned char big64[8] = {0xc0, 0x04};
    static const unsigned char little64[8] = {0, 0, 0, 0, 0, 0, 4, 192};
    assert_true(pinna_f32_be(big) == -2.5f);
    assert_true(pinna_f32_le(little) == -2.5f);
    assert_true(pinna_f64_be(big64) == -2.5);
    assert_true(pinna_f64_le(little64) == -2.5);
}

static void test_writing(void **state)
{
    (void)state;
    static const char want[] = "\1\2"
                               "\1\2\3\4"
                               "\4\3\2\1"
                               "\0\0\x20\xc0"
                               "\xc0\x20\0\0"
                               "\0\0\0\0\0\0\4\xc0";
    char *bytes;
    size_t size;
    FILE *file = open_memstream(&bytes, &size);
    pinna_put_u16_le(file, 0x0201);
    pinna_put_u32_le(file, 0x04030201);
    pinna_put_u32_be(file, 0x04030201);
    pinna_put_f32_le(file, -2.5f);
    pinna_put_f32_be(file, -2.5f);
    pinna_put_f64_le(file, -2.5);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(size, sizeof want - 1);
    assert_memory_equal(bytes, want, size);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests_name("byte_order", tests, NULL, NULL);
}
