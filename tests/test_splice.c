#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "dsp/splice.h"

enum { DIM = 2, MAX_N = 40 };

/* x [n, DIM] through a stream; returns how many frames came out. */
static size_t stream(pinna_splice *splice, const float *x, size_t n, float *out)
{
    const size_t n_out = pinna_splice_n_out(splice);
    size_t n_pulled = 0;
    support_count_allocations();
    for (size_t t = 0; t < n; t++) {
        pinna_splice_push(splice, x + t * DIM);
        if (pinna_splice_pull(splice, out + n_pulled * n_out))
            n_pulled++;
        assert_false(pinna_splice_pull(splice, out + n_pulled * n_out));
    }
    pinna_splice_finish(splice);
    while (pinna_splice_pull(splice, out + n_pulled * n_out))
        n_pulled++;
    assert_int_equal(support_allocations(), 0);
    return n_pulled;
}

static void check(size_t left, size_t right, size_t stride, const float *x,
                  size_t n)
{
    pinna_splice *splice;
    assert_int_equal(pinna_splice_new(DIM, left, right, stride, &splice),
                     PINNA_OK);
    const size_t width = left + 1 + right;
    assert_int_equal(pinna_splice_n_out(splice), width * DIM);
    float *out = malloc((MAX_N + 1) * width * DIM * sizeof *out);
    assert_non_null(out);

    assert_int_equal(stream(splice, x, n, out), (n + stride - 1) / stride);
    for (size_t k = 0; k * stride < n; k++) {
        for (size_t i = 0; i < width; i++) {
            long t = (long)(k * stride + i) - (long)left;
            t = t < 0 ? 0 : t >= (long)n ? (long)n - 1 : t;
            assert_memory_equal(out + (k * width + i) * DIM, x + t * DIM,
                                DIM * sizeof *x);
        }
    }
    free(out);
    pinna_splice_free(splice);
}

static void test_equals_definition(void **state)
{
    (void)state;
    float x[MAX_N * DIM];
    support_signal(x, MAX_N * DIM, 8000);
    static const size_t lengths[] = {0, 1, 2, 7, 8, MAX_N};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        for (size_t left = 0; left < 5; left++)
            for (size_t right = 0; right < 5; right++)
                for (size_t stride = 1; stride < 14; stride++)
                    check(left, right, stride, x, lengths[i]);
    check(1000, 0, 3, x, MAX_N);
    check(3, 1000, 1, x, MAX_N);
    check(1, 1, SIZE_MAX / 2, x, MAX_N);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    enum { N_OUT = 6 * DIM, STRIDE = 2 };
    float x[MAX_N * DIM], first[MAX_N * N_OUT], second[MAX_N * N_OUT];
    support_signal(x, MAX_N * DIM, 8000);
    pinna_splice *splice;
    assert_int_equal(pinna_splice_new(DIM, 2, 3, STRIDE, &splice), PINNA_OK);
    const size_t n = stream(splice, x, MAX_N, first);
    assert_int_equal(n, MAX_N / STRIDE);
    pinna_splice_reset(splice);
    pinna_splice_push(splice, x + 9); /* a stream broken off */
    pinna_splice_reset(splice);
    assert_int_equal(stream(splice, x, MAX_N, second), n);
    assert_memory_equal(first, second, n * N_OUT * sizeof *first);
    pinna_splice_free(splice);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const size_t bad[][4] = {{0, 1, 1, 1},
                                    {65537, 1, 1, 1},
                                    {1, 1001, 1, 1},
                                    {1, 1, 1001, 1},
                                    {1, 1, 1, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_splice *splice = (pinna_splice *)&splice;
        assert_int_equal(pinna_splice_new(bad[i][0], bad[i][1], bad[i][2],
                                          bad[i][3], &splice),
                         PINNA_BAD_ARG);
        assert_null(splice);
    }
    pinna_splice_free(NULL);
}

static pinna_status make(void)
{
    pinna_splice *splice;
    const pinna_status status = pinna_splice_new(DIM, 3, 3, 1, &splice);
    assert_true(status == PINNA_OK || !splice);
    pinna_splice_free(splice);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_definition),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("splice", tests, NULL, NULL);
}
