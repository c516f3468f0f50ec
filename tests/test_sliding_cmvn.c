#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/sliding_cmvn.h"
#include "reference.h"

enum { DIM = 3, MAX_N = 120 };

/* x [n, dim] through a stream into out [n, dim]. */
static void stream(pinna_sliding_cmvn *cmvn, const float *x, size_t n,
                   size_t dim, float *out)
{
    size_t n_pulled = 0;
    support_count_allocations();
    for (size_t t = 0; t < n; t++) {
        pinna_sliding_cmvn_push(cmvn, x + t * dim);
        while (pinna_sliding_cmvn_pull(cmvn, out + n_pulled * dim))
            n_pulled++;
    }
    pinna_sliding_cmvn_finish(cmvn);
    while (pinna_sliding_cmvn_pull(cmvn, out + n_pulled * dim))
        n_pulled++;
    assert_int_equal(support_allocations(), 0);
    assert_int_equal(n_pulled, n);
}

/* Frame t of x [n, DIM] by the definition in the header: out [DIM]. */
static void define(const pinna_sliding_cmvn_config *config, const float *x,
                   long n, long t, double *out)
{
    const long size = (long)config->cmn_window;
    long begin = config->center ? t - size / 2 : t - size;
    long end = begin + size;
    if (begin < 0) {
        end -= begin;
        begin = 0;
    }
    if (!config->center)
        end =
            t + 1 > (long)config->min_window ? t + 1 : (long)config->min_window;
    if (end > n) {
        begin -= end - n;
        begin = begin < 0 ? 0 : begin;
        end = n;
    }

    const double count = (double)(end - begin);
    for (long d = 0; d < DIM; d++) {
        double mean = 0, variance = 0;
        for (long i = begin; i < end; i++)
            mean += (double)x[i * DIM + d] / count;
        for (long i = begin; i < end; i++)
            variance += pow((double)x[i * DIM + d] - mean, 2) / count;
        out[d] = (double)x[t * DIM + d] - mean;
        if (config->norm_vars)
            out[d] =
                end - begin == 1 ? 0 : out[d] / sqrt(fmax(variance, 1e-10));
    }
}

static void check(const pinna_sliding_cmvn_config *config, size_t n)
{
    float x[MAX_N * DIM], got[MAX_N * DIM];
    support_signal(x, n * DIM, 8000);
    for (size_t t = 0; t < n; t++)
        x[t * DIM + 1] += 10.0f;
    pinna_sliding_cmvn *cmvn;
    assert_int_equal(pinna_sliding_cmvn_new(DIM, config, &cmvn), PINNA_OK);
    stream(cmvn, x, n, DIM, got);
    pinna_sliding_cmvn_free(cmvn);

    for (size_t t = 0; t < n; t++) {
        double want[DIM];
        define(config, x, (long)n, (long)t, want);
        for (size_t d = 0; d < DIM; d++)
            assert_close(got[t * DIM + d], want[d], 2e-6 * (1 + fabs(want[d])));
    }
}

static void test_equals_definition(void **state)
{
    (void)state;
    static const size_t windows[] = {1, 2, 3, 10, 11, 50, 200};
    static const size_t least[] = {0, 1, 7, 30, 150};
    static const size_t lengths[] = {0, 1, 2, 9, 10, 11, 12, 60, MAX_N};
    for (size_t w = 0; w < 7; w++)
        for (size_t m = 0; m < 5; m++)
            for (size_t n = 0; n < 9; n++)
                for (unsigned bits = 0; bits < 4; bits++)
                    check(&(pinna_sliding_cmvn_config){windows[w], least[m],
                                                       bits & 1, bits & 2},
                          lengths[n]);
}

static void test_delay(void **state)
{
    (void)state;
    const float frame[DIM] = {1, 2, 3};
    float out[DIM];
    for (unsigned center = 0; center < 2; center++) {
        const pinna_sliding_cmvn_config config = {20, 5, center, false};
        const size_t at_start = center ? 11 : 5, later = center ? 9 : 0;
        pinna_sliding_cmvn *cmvn;
        assert_int_equal(pinna_sliding_cmvn_new(DIM, &config, &cmvn), PINNA_OK);
        size_t n_pulled = 0;
        for (size_t n = 1; n <= 100; n++) {
            pinna_sliding_cmvn_push(cmvn, frame);
            while (pinna_sliding_cmvn_pull(cmvn, out))
                n_pulled++;
            if (n < (center ? 20 : 5))
                assert_int_equal(n_pulled, 0);
            else
                assert_int_equal(n_pulled, n - later);
            if (n == (center ? 20 : 5))
                assert_int_equal(n_pulled, at_start);
        }
        pinna_sliding_cmvn_free(cmvn);
    }
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    float x[MAX_N * DIM], first[MAX_N * DIM], second[MAX_N * DIM];
    support_signal(x, MAX_N * DIM, 8000);
    const pinna_sliding_cmvn_config config = {20, 5, false, true};
    pinna_sliding_cmvn *cmvn;
    assert_int_equal(pinna_sliding_cmvn_new(DIM, &config, &cmvn), PINNA_OK);
    stream(cmvn, x, MAX_N, DIM, first);
    pinna_sliding_cmvn_reset(cmvn);
    pinna_sliding_cmvn_push(cmvn, x + 9); /* a stream broken off */
    pinna_sliding_cmvn_reset(cmvn);
    stream(cmvn, x, MAX_N, DIM, second);
    assert_memory_equal(first, second, sizeof first);
    pinna_sliding_cmvn_free(cmvn);
}

/* Digital silence gives the same frame for ever. */
static void test_constant_frames_give_zero(void **state)
{
    (void)state;
    enum { N = 2000 };
    const float frame[DIM] = {-15.9423847f, 0, 1e5f};
    pinna_sliding_cmvn_config config = pinna_sliding_cmvn_config_default();
    config.norm_vars = true;
    pinna_sliding_cmvn *cmvn;
    assert_int_equal(pinna_sliding_cmvn_new(DIM, &config, &cmvn), PINNA_OK);
    for (size_t t = 0; t < N; t++) {
        float out[DIM];
        pinna_sliding_cmvn_push(cmvn, frame);
        while (pinna_sliding_cmvn_pull(cmvn, out))
            for (size_t d = 0; d < DIM; d++)
                assert_close(out[d], 0, 1e-3);
    }
    pinna_sliding_cmvn_free(cmvn);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const struct {
        size_t dim;
        pinna_sliding_cmvn_config config;
    } bad[] = {
        {0, {600, 100, false, false}},     {65537, {600, 100, false, false}},
        {3, {0, 100, true, false}},        {3, {1000001, 100, true, false}},
        {3, {600, 1000001, false, false}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_sliding_cmvn *cmvn = (pinna_sliding_cmvn *)&cmvn;
        assert_int_equal(
            pinna_sliding_cmvn_new(bad[i].dim, &bad[i].config, &cmvn),
            PINNA_BAD_ARG);
        assert_null(cmvn);
    }
    pinna_sliding_cmvn_free(NULL);
}

static pinna_status make(void)
{
    const pinna_sliding_cmvn_config config =
        pinna_sliding_cmvn_config_default();
    pinna_sliding_cmvn *cmvn;
    const pinna_status status = pinna_sliding_cmvn_new(DIM, &config, &cmvn);
    assert_true(status == PINNA_OK || !cmvn);
    pinna_sliding_cmvn_free(cmvn);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

static void check_reference_case(const reference *file, const char *name)
{
    const reference_tensor *x = reference_find(file, "sliding_input.x");
    assert_non_null(x);
    const size_t n = x->shape[0], dim = x->shape[1];
    char key[64];
    snprintf(key, sizeof key, "%s.y", name);
    const float *want = reference_floats(file, key, n * dim);

    const pinna_sliding_cmvn_config config = {
        .cmn_window = (size_t)reference_number(file, name, "cmn_window", 0),
        .min_window = (size_t)reference_number(file, name, "min_window", 0),
        .center = reference_number(file, name, "center", 0) > 0,
        .norm_vars = reference_number(file, name, "norm_vars", 0) > 0,
    };
    pinna_sliding_cmvn *cmvn;
    assert_int_equal(pinna_sliding_cmvn_new(dim, &config, &cmvn), PINNA_OK);
    float *got = malloc(n * dim * sizeof *got);
    assert_non_null(got);
    stream(cmvn, x->f32, n, dim, got);
    assert_all_close(got, want, n * dim,
                     reference_number(file, name, "atol", 0), 0.0);
    free(got);
    pinna_sliding_cmvn_free(cmvn);
}

static void test_equals_reference(void **state)
{
    (void)state;
    const char *path = support_reference("dsp/delta_cmvn.safetensors");
    if (!path)
        skip();
    reference *file = reference_open(path);
    check_reference_case(file, "sliding_600_100_causal_mean");
    check_reference_case(file, "sliding_300_100_center_mean");
    check_reference_case(file, "sliding_300_50_causal_var");
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_definition),
        cmocka_unit_test(test_delay),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_constant_frames_give_zero),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("sliding_cmvn", tests, NULL, NULL);
}
