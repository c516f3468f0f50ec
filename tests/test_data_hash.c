#include "tools/data_hash.h"

#include "support.h"

#include <stdint.h>

/* Of the authors' own test suite. */
static void test_known_values(void **state)
{
    (void)state;
    assert_true(pinna_hash(PINNA_HASH_BEGIN, NULL, 0) ==
                UINT64_C(0xcbf29ce484222325));
    assert_true(pinna_hash(PINNA_HASH_BEGIN, "a", 1) ==
                UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(pinna_hash(PINNA_HASH_BEGIN, "foobar", 6) ==
                UINT64_C(0x85944171f73967e8));
}

static uint64_t hash_two(const char *a, const char *b)
{
    return pinna_hash_text(pinna_hash_text(PINNA_HASH_BEGIN, a), b);
}

static void test_parts(void **state)
{
    (void)state;
    const uint64_t foo = pinna_hash(PINNA_HASH_BEGIN, "foo", 3);
    assert_true(pinna_hash(foo, "bar", 3) ==
                pinna_hash(PINNA_HASH_BEGIN, "foobar", 6));
    assert_true(hash_two("a", "bc") != hash_two("ab", "c"));
    assert_true(hash_two("a", "bc") ==
                pinna_hash(PINNA_HASH_BEGIN, "a\0bc", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests_name("data_hash", tests, NULL, NULL);
}
