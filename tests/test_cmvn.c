#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/cmvn.h"
#include "reference.h"

enum { DIM = 3, N = 50 };

static void fill_frames(float frames[N * DIM])
{
    support_signal(frames, N * DIM, 8000.0);
    for (size_t t = 0; t < N; t++)
        frames[t * DIM + 1] = frames[t * DIM + 1] * 30.0f + 100.0f;
}

static void test_result_has_mean_0_and_variance_1(void **state)
{
    (void)state;
    float frames[N * DIM], offset[DIM], scale[DIM];
    fill_frames(frames);
    pinna_cmvn_stats stats;
    assert_int_equal(pinna_cmvn_stats_new(DIM, &stats), PINNA_OK);
    pinna_cmvn_stats_add(&stats, frames, N);
    pinna_cmvn_solve(&stats, true, offset, scale);
    support_count_allocations();
    pinna_cmvn_apply(offset, scale, DIM, frames, N);
    assert_int_equal(support_allocations(), 0);

    for (size_t d = 0; d < DIM; d++) {
        double sum = 0.0, square = 0.0;
        for (size_t t = 0; t < N; t++) {
            sum += (double)frames[t * DIM + d];
            square += (double)frames[t * DIM + d] * (double)frames[t * DIM + d];
        }
        assert_close(sum / N, 0.0, 1e-6);
        assert_close(square / N, 1.0, 1e-5);
    }
    pinna_cmvn_stats_free(&stats);
}

static void test_mean_only_keeps_the_scale(void **state)
{
    (void)state;
    float frames[N * DIM], offset[DIM], scale[DIM];
    fill_frames(frames);
    pinna_cmvn_stats stats;
    assert_int_equal(pinna_cmvn_stats_new(DIM, &stats), PINNA_OK);
    pinna_cmvn_stats_add(&stats, frames, N);
    pinna_cmvn_solve(&stats, false, offset, scale);
    for (size_t d = 0; d < DIM; d++) {
        double mean = 0.0;
        for (size_t t = 0; t < N; t++)
            mean += (double)frames[t * DIM + d] / N;
        assert_close(offset[d], -mean, 1e-5);
        assert_true(scale[d] == 1.0f);
    }
    pinna_cmvn_stats_free(&stats);
}

static void test_any_chunking_gives_the_same_sums(void **state)
{
    (void)state;
    float frames[N * DIM];
    fill_frames(frames);
    pinna_cmvn_stats whole, parts;
    assert_int_equal(pinna_cmvn_stats_new(DIM, &whole), PINNA_OK);
    assert_int_equal(pinna_cmvn_stats_new(DIM, &parts), PINNA_OK);
    pinna_cmvn_stats_add(&whole, frames, N);
    pinna_cmvn_stats_add(&parts, frames, 1);
    pinna_cmvn_stats_add(&parts, frames + DIM, 0);
    pinna_cmvn_stats_add(&parts, frames + DIM, 20);
    pinna_cmvn_stats_add(&parts, frames + 21 * DIM, N - 21);
    assert_true(whole.count == N && parts.count == N);
    assert_memory_equal(whole.sum, parts.sum, DIM * sizeof(double));
    assert_memory_equal(whole.square, parts.square, DIM * sizeof(double));
    pinna_cmvn_stats_free(&whole);
    pinna_cmvn_stats_free(&parts);
}

static void test_no_frame_changes_nothing(void **state)
{
    (void)state;
    float offset[DIM], scale[DIM];
    pinna_cmvn_stats stats;
    assert_int_equal(pinna_cmvn_stats_new(DIM, &stats), PINNA_OK);
    pinna_cmvn_solve(&stats, true, offset, scale);
    for (size_t d = 0; d < DIM; d++)
        assert_true(offset[d] == 0.0f && scale[d] == 1.0f);
    pinna_cmvn_stats_free(&stats);
}

/* One frame, or silence: the variance is 0 and its floor 1e-20. */
static void test_constant_feature_stays_finite(void **state)
{
    (void)state;
    float frame[DIM] = {1.0f, -2.5f, 0.0f}, offset[DIM], scale[DIM];
    pinna_cmvn_stats stats;
    assert_int_equal(pinna_cmvn_stats_new(DIM, &stats), PINNA_OK);
    pinna_cmvn_stats_add(&stats, frame, 1);
    pinna_cmvn_solve(&stats, true, offset, scale);
    pinna_cmvn_apply(offset, scale, DIM, frame, 1);
    for (size_t d = 0; d < DIM; d++) {
        assert_close(scale[d], 1e10, 1e4);
        assert_true(frame[d] == 0.0f);
    }
    pinna_cmvn_stats_free(&stats);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    pinna_cmvn_stats stats;
    assert_int_equal(pinna_cmvn_stats_new(0, &stats), PINNA_BAD_ARG);
    pinna_cmvn_stats_free(&stats);
    pinna_cmvn_stats_free(NULL);
}

static pinna_status make(void)
{
    pinna_cmvn_stats stats;
    const pinna_status status = pinna_cmvn_stats_new(DIM, &stats);
    assert_true(status == PINNA_OK || (!stats.sum && !stats.square));
    pinna_cmvn_stats_free(&stats);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

static void test_utterance_is_the_three_steps(void **state)
{
    (void)state;
    float want[N * DIM], got[N * DIM], offset[DIM], scale[DIM];
    for (int norm_vars = 0; norm_vars < 2; norm_vars++) {
        fill_frames(want);
        fill_frames(got);
        pinna_cmvn_stats stats;
        assert_int_equal(pinna_cmvn_stats_new(DIM, &stats), PINNA_OK);
        pinna_cmvn_stats_add(&stats, want, N);
        pinna_cmvn_solve(&stats, norm_vars, offset, scale);
        pinna_cmvn_apply(offset, scale, DIM, want, N);
        pinna_cmvn_stats_free(&stats);
        assert_int_equal(pinna_cmvn_utterance(DIM, norm_vars, got, N),
                         PINNA_OK);
        assert_memory_equal(got, want, sizeof got);
    }
    assert_int_equal(pinna_cmvn_utterance(DIM, true, got, 0), PINNA_OK);
    assert_int_equal(pinna_cmvn_utterance(0, true, got, 0), PINNA_BAD_ARG);
}

static void test_kaldi_layout(void **state)
{
    (void)state;
    const double kaldi[2 * (DIM + 1)] = {1, 2, 3, 10, 5, 6, 7, 0};
    double back[2 * (DIM + 1)];
    pinna_cmvn_stats stats;
    assert_int_equal(pinna_cmvn_stats_from_kaldi(kaldi, DIM, &stats), PINNA_OK);
    assert_true(stats.count == 10 && stats.sum[2] == 3 && stats.square[0] == 5);
    pinna_cmvn_stats_to_kaldi(&stats, back);
    assert_memory_equal(back, kaldi, sizeof kaldi);
    pinna_cmvn_stats_free(&stats);

    static const struct {
        size_t at;
        double value;
    } bad[] = {{DIM, 0}, {DIM, -1}, {DIM, NAN}, {1, INFINITY}, {6, NAN}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memcpy(back, kaldi, sizeof back);
        back[bad[i].at] = bad[i].value;
        assert_int_equal(pinna_cmvn_stats_from_kaldi(back, DIM, &stats),
                         PINNA_BAD_FORMAT);
        assert_null(stats.sum);
    }
}

/* Two halves together are the whole. */
static void test_merge(void **state)
{
    (void)state;
    static const float frames[4 * DIM] = {1, 2, 3, 4, 5, 6, -7, 8, 9, 1, 0, 2};
    pinna_cmvn_stats whole, half, other;
    assert_int_equal(pinna_cmvn_stats_new(DIM, &whole), PINNA_OK);
    assert_int_equal(pinna_cmvn_stats_new(DIM, &half), PINNA_OK);
    assert_int_equal(pinna_cmvn_stats_new(DIM, &other), PINNA_OK);
    pinna_cmvn_stats_add(&whole, frames, 4);
    pinna_cmvn_stats_add(&half, frames, 3);
    pinna_cmvn_stats_add(&other, frames + 3 * DIM, 1);
    assert_int_equal(pinna_cmvn_stats_merge(&half, &other), PINNA_OK);
    assert_true(half.count == 4);
    assert_memory_equal(half.sum, whole.sum, DIM * sizeof(double));
    assert_memory_equal(half.square, whole.square, DIM * sizeof(double));
    pinna_cmvn_stats_free(&other);

    assert_int_equal(pinna_cmvn_stats_new(DIM + 1, &other), PINNA_OK);
    assert_int_equal(pinna_cmvn_stats_merge(&half, &other), PINNA_BAD_ARG);
    assert_true(half.count == 4);
    pinna_cmvn_stats_free(&whole);
    pinna_cmvn_stats_free(&half);
    pinna_cmvn_stats_free(&other);
}

static pinna_status make_from_kaldi(void)
{
    const double kaldi[2 * (DIM + 1)] = {1, 2, 3, 10, 5, 6, 7, 0};
    pinna_cmvn_stats stats;
    const pinna_status status = pinna_cmvn_stats_from_kaldi(kaldi, DIM, &stats);
    pinna_cmvn_stats_free(&stats);
    return status;
}

static pinna_status make_utterance(void)
{
    float frame[DIM] = {1, 2, 3};
    return pinna_cmvn_utterance(DIM, true, frame, 1);
}

static void test_survives_no_memory_either(void **state)
{
    (void)state;
    support_survives_no_memory(make_from_kaldi);
    support_survives_no_memory(make_utterance);
}

/* NAME.x normalised by its own statistics gives NAME.y. */
static void check_utterance(const reference *file, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "%s.x", name);
    const reference_tensor *x = reference_find(file, key);
    assert_non_null(x);
    const size_t n = x->shape[0], dim = x->shape[1];
    snprintf(key, sizeof key, "%s.y", name);
    const float *want = reference_floats(file, key, n * dim);

    float *got = malloc(n * dim * sizeof *got);
    assert_non_null(got);
    memcpy(got, x->f32, n * dim * sizeof *got);
    assert_int_equal(
        pinna_cmvn_utterance(dim, reference_number(file, name, "var", 0) > 0,
                             got, n),
        PINNA_OK);
    assert_all_close(got, want, n * dim,
                     reference_number(file, name, "atol", 0), 0.0);
    free(got);
}

/* The global statistics are those of the longer matrix of the sliding cases;
 * Kaldi's layout holds the same. */
static void check_global(const reference *file)
{
    const reference_tensor *all = reference_find(file, "sliding_input.x");
    const reference_tensor *x = reference_find(file, "cmvn_global.x");
    const reference_tensor *kaldi =
        reference_find(file, "cmvn_global.kaldi_stats64");
    assert_true(all && x && kaldi);
    const size_t n = x->shape[0], dim = x->shape[1];
    assert_int_equal(kaldi->n, 2 * (dim + 1));

    pinna_cmvn_stats counted, read;
    assert_int_equal(pinna_cmvn_stats_new(dim, &counted), PINNA_OK);
    pinna_cmvn_stats_add(&counted, all->f32, all->shape[0]);
    assert_int_equal(pinna_cmvn_stats_from_kaldi(kaldi->f64, dim, &read),
                     PINNA_OK);
    assert_true(counted.count == read.count);
    for (size_t d = 0; d < dim; d++) {
        assert_close(counted.sum[d], read.sum[d], 1e-6 * read.square[d]);
        assert_close(counted.square[d], read.square[d], 1e-6 * read.square[d]);
    }

    const pinna_cmvn_stats *both[] = {&counted, &read};
    float *got = malloc(n * dim * sizeof *got);
    assert_non_null(got);
    for (size_t i = 0; i < 2; i++) {
        float offset[16], scale[16];
        pinna_cmvn_solve(both[i], true, offset, scale);
        memcpy(got, x->f32, n * dim * sizeof *got);
        pinna_cmvn_apply(offset, scale, dim, got, n);
        assert_all_close(got, reference_floats(file, "cmvn_global.y", n * dim),
                         n * dim,
                         reference_number(file, "cmvn_global", "atol", 0), 0.0);
    }
    free(got);
    pinna_cmvn_stats_free(&read);
    pinna_cmvn_stats_free(&counted);
}

static void test_equals_reference(void **state)
{
    (void)state;
    const char *path = support_reference("dsp/delta_cmvn.safetensors");
    if (!path)
        skip();
    reference *file = reference_open(path);
    check_utterance(file, "cmvn_utt_mean");
    check_utterance(file, "cmvn_utt_meanvar");
    check_global(file);
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result_has_mean_0_and_variance_1),
        cmocka_unit_test(test_mean_only_keeps_the_scale),
        cmocka_unit_test(test_any_chunking_gives_the_same_sums),
        cmocka_unit_test(test_no_frame_changes_nothing),
        cmocka_unit_test(test_constant_feature_stays_finite),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_utterance_is_the_three_steps),
        cmocka_unit_test(test_kaldi_layout),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_survives_no_memory_either),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("cmvn", tests, NULL, NULL);
}
