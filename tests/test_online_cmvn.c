#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/online_cmvn.h"

enum { DIM = 2, N = 150 };

static void fill_frames(float x[N * DIM])
{
    support_signal(x, N * DIM, 8000);
    for (size_t t = 0; t < N; t++)
        x[t * DIM + 1] = x[t * DIM + 1] * 5 - 20;
}

/* Statistics of a set with other means and variances. */
static pinna_cmvn_stats new_global(void)
{
    float frames[100 * DIM];
    support_signal(frames, 100 * DIM, 16000);
    for (size_t t = 0; t < 100; t++)
        frames[t * DIM] += 3;
    pinna_cmvn_stats stats;
    assert_int_equal(pinna_cmvn_stats_new(DIM, &stats), PINNA_OK);
    pinna_cmvn_stats_add(&stats, frames, 100);
    return stats;
}

/* Feature d of frame t, by the header's words. */
static double define(const pinna_online_cmvn_config *config, const float *x,
                     size_t t, size_t d)
{
    const size_t size = config->cmn_window ? config->cmn_window : t + 1;
    const size_t begin = t + 1 < size ? 0 : t + 1 - size;
    double count = 0, sum = 0, square = 0;
    for (size_t i = begin; i <= t; i++) {
        const double value = (double)x[i * DIM + d];
        count += 1;
        sum += value;
        square += value * value;
    }
    if (config->global) {
        double weight = (double)config->global_frames;
        if (config->cmn_window)
            weight = fmin(weight, (double)config->cmn_window - count);
        const double share = weight / config->global->count;
        count += weight;
        sum += share * config->global->sum[d];
        square += share * config->global->square[d];
    }
    const double mean = sum / count;
    const double variance = fmax(square / count - mean * mean, 1e-20);
    return ((double)x[t * DIM + d] - mean) /
           (config->norm_vars ? sqrt(variance) : 1);
}

static void test_equals_definition(void **state)
{
    (void)state;
    float x[N * DIM], got[N * DIM];
    fill_frames(x);
    pinna_cmvn_stats global = new_global();
    static const size_t windows[] = {0, 1, 2, 30, 500};
    static const size_t weights[] = {0, 1, 10, 200};
    for (size_t i = 0; i < 5 * 4 * 4; i++) {
        const pinna_online_cmvn_config config = {
            .cmn_window = windows[i % 5],
            .global_frames = weights[i / 5 % 4],
            .norm_vars = i / 20 % 2 > 0,
            .global = i / 40 > 0 ? &global : NULL,
        };
        pinna_online_cmvn *cmvn;
        assert_int_equal(pinna_online_cmvn_new(DIM, &config, &cmvn), PINNA_OK);
        support_count_allocations();
        pinna_online_cmvn_process(cmvn, x, got, N);
        assert_int_equal(support_allocations(), 0);
        pinna_online_cmvn_free(cmvn);
        for (size_t t = 0; t < N; t++) {
            for (size_t d = 0; d < DIM; d++) {
                const double want = define(&config, x, t, d);
                assert_close(got[t * DIM + d], want, 2e-6 * (1 + fabs(want)));
            }
        }
    }
    pinna_cmvn_stats_free(&global);
}

static void test_any_chunking_and_reset_give_the_same_bits(void **state)
{
    (void)state;
    float x[N * DIM], whole[N * DIM], parts[N * DIM];
    fill_frames(x);
    pinna_cmvn_stats global = new_global();
    pinna_online_cmvn_config config = pinna_online_cmvn_config_default();
    config.cmn_window = 60;
    config.norm_vars = true;
    config.global = &global;
    pinna_online_cmvn *cmvn;
    assert_int_equal(pinna_online_cmvn_new(DIM, &config, &cmvn), PINNA_OK);
    pinna_cmvn_stats_free(&global); /* it has its own copy */
    pinna_online_cmvn_process(cmvn, x, whole, N);
    static const size_t pieces[] = {1, 7, 149};
    for (size_t p = 0; p < 3; p++) {
        pinna_online_cmvn_reset(cmvn);
        memcpy(parts, x, sizeof x);
        for (size_t t = 0, n; t < N; t += n) {
            n = pieces[p] < N - t ? pieces[p] : N - t;
            pinna_online_cmvn_process(cmvn, parts + t * DIM, parts + t * DIM,
                                      n); /* in place */
        }
        assert_memory_equal(parts, whole, sizeof whole);
    }
    pinna_online_cmvn_free(cmvn);
}

static void test_bad_frames_spoil_only_themselves(void **state)
{
    (void)state;
    float x[N * DIM], out[N * DIM];
    fill_frames(x);
    x[20 * DIM] = NAN;
    x[21 * DIM] = INFINITY;
    pinna_online_cmvn_config config = {.norm_vars = true}; /* never forgets */
    pinna_online_cmvn *cmvn;
    assert_int_equal(pinna_online_cmvn_new(DIM, &config, &cmvn), PINNA_OK);
    pinna_online_cmvn_process(cmvn, x, out, N);
    for (size_t t = 0; t < N; t++)
        assert_int_equal(isfinite(out[t * DIM]) != 0, t != 20 && t != 21);
    pinna_online_cmvn_free(cmvn);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    pinna_cmvn_stats empty;
    assert_int_equal(pinna_cmvn_stats_new(DIM, &empty), PINNA_OK);
    pinna_cmvn_stats global = new_global();
    const struct {
        size_t dim;
        pinna_online_cmvn_config config;
    } bad[] = {
        {0, {600, 200, false, NULL}},      {65537, {600, 200, false, NULL}},
        {DIM, {1000001, 0, false, NULL}},  {DIM, {600, 200, false, &empty}},
        {DIM + 1, {0, 0, false, &global}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_online_cmvn *cmvn = (pinna_online_cmvn *)&cmvn;
        assert_int_equal(
            pinna_online_cmvn_new(bad[i].dim, &bad[i].config, &cmvn),
            PINNA_BAD_ARG);
        assert_null(cmvn);
    }
    pinna_cmvn_stats_free(&global);
    pinna_cmvn_stats_free(&empty);
    pinna_online_cmvn_free(NULL);
}

static pinna_status make(void)
{
    const pinna_online_cmvn_config config = pinna_online_cmvn_config_default();
    pinna_online_cmvn *cmvn;
    const pinna_status status = pinna_online_cmvn_new(DIM, &config, &cmvn);
    assert_true(status == PINNA_OK || !cmvn);
    pinna_online_cmvn_free(cmvn);
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
        cmocka_unit_test(test_any_chunking_and_reset_give_the_same_bits),
        cmocka_unit_test(test_bad_frames_spoil_only_themselves),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("online_cmvn", tests, NULL, NULL);
}
