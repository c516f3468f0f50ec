#include "tools/fingerprint.h"

#include "support.h"

/* The values of the authors' test vectors. */
static void test_known_values(void **state)
{
    (void)state;
    assert_true(pinna_fingerprint(PINNA_FINGERPRINT_NONE, "", 0) ==
                UINT64_C(0xcbf29ce484222325));
    assert_true(pinna_fingerprint(PINNA_FINGERPRINT_NONE, "a", 1) ==
                UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(pinna_fingerprint(PINNA_FINGERPRINT_NONE, "foobar", 6) ==
                UINT64_C(0x85944171f73967e8));
}

static void test_in_parts(void **state)
{
    (void)state;
    const uint64_t foo = pinna_fingerprint(PINNA_FINGERPRINT_NONE, "foo", 3);
    assert_true(pinna_fingerprint(foo, "bar", 3) ==
                UINT64_C(0x85944171f73967e8));
}

static uint64_t of_texts(const char *a, const char *b)
{
    return pinna_fingerprint_text(
        pinna_fingerprint_text(PINNA_FINGERPRINT_NONE, a), b);
}

static void test_texts(void **state)
{
    (void)state;
    assert_true(of_texts("a", "bc") ==
                pinna_fingerprint(PINNA_FINGERPRINT_NONE, "a\0bc", 5));
    assert_true(of_texts("a", "bc") != of_texts("ab", "c"));
    assert_true(of_texts("a", NULL) != of_texts("a", ""));
}

static uint64_t of_clip(pinna_clip clip)
{
    const pinna_corpus corpus = {&clip, 1};
    return pinna_fingerprint_corpus(PINNA_FINGERPRINT_NONE, &corpus);
}

static void test_of_a_clip(void **state)
{
    (void)state;
    int16_t samples[] = {5, 6, 7};
    char a[] = "a", b[] = "b", ab[] = "ab", none[] = "";
    char here[] = "a.jsonl:4", there[] = "a.jsonl:5";
    const pinna_clip clip = {.samples = samples,
                             .n = 3,
                             .sample_rate = 8000,
                             .text = a,
                             .speaker = b,
                             .place = here};
    pinna_clip other = clip;

    other.place = there; /* where it stood does not count */
    assert_true(of_clip(other) == of_clip(clip));
    other.n = 2;
    assert_true(of_clip(other) != of_clip(clip));
    other = clip, other.sample_rate = 8001;
    assert_true(of_clip(other) != of_clip(clip));
    other = clip, other.text = ab, other.speaker = none;
    assert_true(of_clip(other) != of_clip(clip));
    other = clip, other.label = none;
    assert_true(of_clip(other) != of_clip(clip));
    const uint64_t before = of_clip(clip);
    samples[2]++;
    assert_true(of_clip(clip) != before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_in_parts),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_of_a_clip),
    };
    return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
