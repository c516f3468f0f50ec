#include "support.h"

#include "datasets/spec_augment.h"
#include "dsp/mel.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STEPS = 211, N_FEATURES = 13, MAX_STACK = 5 };

static float x[MAX_STEPS * MAX_STACK * N_FEATURES];

static void fill(void)
{
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        x[i] = 1;
}

/* Whether frame `frame` is zero in feature k, and so wherever it stands. */
static bool is_masked(size_t n_steps, size_t stack, size_t stride, size_t frame,
                      size_t k)
{
    int found = -1;
    for (size_t t = 0; t < n_steps; t++)
        for (size_t s = 0; s < stack; s++)
            if (t * stride + s == frame) {
                const int masked = x[(t * stack + s) * N_FEATURES + k] == 0;
                assert_true(found < 0 || found == masked);
                found = masked;
            }
    return found == 1;
}

/* One mask: its width if what is hidden is one run along the axis, and all of
 * the other axis. */
static size_t run_of(const bool *masked, size_t n)
{
    size_t width = 0, n_runs = 0;
    for (size_t i = 0; i < n; i++) {
        width += masked[i];
        n_runs += masked[i] && (i == 0 || !masked[i - 1]);
    }
    assert_true(n_runs <= 1);
    return width;
}

/* Widths and places are uniform: each width comes about as often, the first
 * and the last place are reached, none is beyond. */
static void check_uniform(const size_t *n_seen, size_t widest, size_t n_draws)
{
    const double want = (double)n_draws / (double)(widest + 1);
    for (size_t width = 0; width <= widest; width++)
        assert_close((double)n_seen[width], want, 5 * sqrt(want));
}

static void test_bands(void **state)
{
    (void)state;
    enum { N_DRAWS = 6000, WIDEST = 5 };
    const pinna_spec_augment config = {.n_freq_masks = 1,
                                       .freq_mask_width = WIDEST};
    size_t n_seen[N_FEATURES + 1] = {0}, n_first = 0, n_last = 0;
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    for (size_t draw = 0; draw < N_DRAWS; draw++) {
        bool masked[N_FEATURES];
        fill();
        pinna_spec_augment_apply(&config, &rng, x, 3, N_FEATURES, 2, 1);
        for (size_t k = 0; k < N_FEATURES; k++) {
            masked[k] = is_masked(3, 2, 1, 0, k);
            for (size_t frame = 1; frame < 4; frame++)
                assert_int_equal(is_masked(3, 2, 1, frame, k), masked[k]);
        }
        n_seen[run_of(masked, N_FEATURES)]++;
        n_first += masked[0];
        n_last += masked[N_FEATURES - 1];
    }
    check_uniform(n_seen, WIDEST, N_DRAWS);
    /* sum over widths w > 0 of 1/6 * 1/(14 - w) */
    double want = 0;
    for (size_t w = 1; w <= WIDEST; w++)
        want += N_DRAWS / 6.0 / (double)(N_FEATURES + 1 - w);
    assert_close((double)n_first, want, 5 * sqrt(want));
    assert_close((double)n_last, want, 5 * sqrt(want));
}

static void check_times(size_t n_steps, size_t stack, size_t stride,
                        size_t asked)
{
    enum { N_DRAWS = 3000 };
    const pinna_spec_augment config = {.n_time_masks = 1,
                                       .time_mask_width = asked};
    const size_t n_frames = (n_steps - 1) * stride + stack;
    const size_t most = n_frames / 5;
    const size_t widest = asked < most ? asked : most;
    size_t *n_seen = calloc(n_frames + 1, sizeof *n_seen);
    bool *masked = malloc(n_frames * sizeof *masked);
    pinna_rng rng;

    assert_true(n_seen && masked);
    pinna_rng_seed(&rng, 2, n_steps);
    for (size_t draw = 0; draw < N_DRAWS; draw++) {
        fill();
        pinna_spec_augment_apply(&config, &rng, x, n_steps, N_FEATURES, stack,
                                 stride);
        for (size_t frame = 0; frame < n_frames; frame++) {
            masked[frame] = is_masked(n_steps, stack, stride, frame, 0);
            assert_int_equal(
                is_masked(n_steps, stack, stride, frame, N_FEATURES - 1),
                masked[frame]);
        }
        n_seen[run_of(masked, n_frames)]++;
    }
    check_uniform(n_seen, widest, N_DRAWS);
    for (size_t width = widest + 1; width <= n_frames; width++)
        assert_int_equal(n_seen[width], 0);
    free(n_seen);
    free(masked);
}

static void test_times(void **state)
{
    (void)state;
    check_times(31, 1, 1, 4);
    check_times(31, 1, 1, 100); /* a fifth: 6 */
    check_times(11, 5, 3, 100); /* 35 frames: 7 */
    check_times(3, 1, 1, 100);  /* none */
}

/* Two masks are two draws, bands before times, one after the other. */
static void test_masks_follow_each_other(void **state)
{
    (void)state;
    const pinna_spec_augment all = {2, 6, 3, 9};
    const pinna_spec_augment band = {.n_freq_masks = 1, .freq_mask_width = 6};
    const pinna_spec_augment time = {.n_time_masks = 1, .time_mask_width = 9};
    static float want[sizeof x / sizeof *x];
    pinna_rng one, two;

    pinna_rng_seed(&one, 3, 0);
    two = one;
    for (size_t draw = 0; draw < 20; draw++) {
        fill();
        pinna_spec_augment_apply(&all, &one, x, MAX_STEPS, N_FEATURES,
                                 MAX_STACK, 3);
        memcpy(want, x, sizeof x);
        fill();
        for (size_t i = 0; i < 5; i++)
            pinna_spec_augment_apply(i < 2 ? &band : &time, &two, x, MAX_STEPS,
                                     N_FEATURES, MAX_STACK, 3);
        assert_memory_equal(x, want, sizeof x);
    }
    assert_memory_equal(&one, &two, sizeof one);
}

static void test_nothing_to_mask(void **state)
{
    (void)state;
    const pinna_spec_augment none = {0, 5, 0, 5}, wide = {3, 500, 3, 500};
    pinna_rng rng, untouched;

    pinna_rng_seed(&rng, 4, 0);
    untouched = rng;
    fill();
    pinna_spec_augment_apply(&none, &rng, x, MAX_STEPS, N_FEATURES, 1, 1);
    pinna_spec_augment_apply(&wide, &rng, x, 0, N_FEATURES, 1, 1);
    assert_memory_equal(&rng, &untouched, sizeof rng);
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        assert_close((double)x[i], 1, 0);
    /* Wider than all there is: no further than the array. */
    pinna_spec_augment_apply(&wide, &rng, x, 2, N_FEATURES, 1, 1);
    assert_close((double)x[2 * N_FEATURES], 1, 0);
}

/* A line over mel is read between its points: band m must give the value at
 * warp times its frequency, held at the ends. */
static void test_warp_moves_frequencies(void **state)
{
    (void)state;
    static const double warps[] = {1 / 1.15, 0.95, 1, 1.08, 1.15};
    static const size_t sizes[] = {1, 2, 7, 40, PINNA_MAX_WARP_BANDS};
    static float frames[3 * PINNA_MAX_WARP_BANDS];

    for (size_t i = 0; i < sizeof warps / sizeof *warps; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            const size_t n = sizes[j];
            const double low = pinna_hz_to_mel(60);
            const double step = (pinna_hz_to_mel(7600) - low) / (double)(n + 1);
            for (size_t t = 0; t < 3; t++)
                for (size_t m = 0; m < n; m++)
                    frames[t * n + m] =
                        (float)(low + step * (double)(m + 1)) * (float)(t + 1);
            pinna_warp_bands(warps[i], 60, 7600, frames, 3, n);
            for (size_t t = 0; t < 3; t++)
                for (size_t m = 0; m < n; m++) {
                    const double hz =
                        warps[i] *
                        pinna_mel_to_hz(low + step * (double)(m + 1));
                    const double mel =
                        fmin(fmax(pinna_hz_to_mel(hz), low + step),
                             low + step * (double)n);
                    assert_close((double)frames[t * n + m],
                                 mel * (double)(t + 1), 2e-3 * (double)(t + 1));
                }
        }
}

/* A ramp stays a ramp, steeper by the tempo, and ends at its last value. */
static void test_tempo(void **state)
{
    (void)state;
    const double tempos[] = {0.5, 0.85, 1, 1.3, 2.7};
    const size_t lengths[] = {1, 2, 17, 211};
    for (size_t i = 0; i < sizeof tempos / sizeof *tempos; i++)
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            const size_t n = lengths[k];
            for (size_t t = 0; t < n; t++)
                for (size_t m = 0; m < 3; m++)
                    x[t * 3 + m] = (float)(m + 1) * (float)t;
            size_t n_out;
            float *out = pinna_tempo_frames(tempos[i], x, n, 3, &n_out);
            assert_non_null(out);
            assert_int_equal(n_out, (size_t)round((double)n / tempos[i]));
            for (size_t t = 0; t < n_out; t++)
                for (size_t m = 0; m < 3; m++)
                    assert_close((double)out[t * 3 + m],
                                 (double)(m + 1) * fmin(tempos[i] * (double)t,
                                                        (double)(n - 1)),
                                 1e-4 * (double)n);
            free(out);
        }

    size_t n_out;
    float *nothing = pinna_tempo_frames(1.5, x, 0, 3, &n_out);
    assert_non_null(nothing);
    assert_int_equal(n_out, 0);
    free(nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_masks_follow_each_other),
        cmocka_unit_test(test_nothing_to_mask),
        cmocka_unit_test(test_warp_moves_frequencies),
        cmocka_unit_test(test_tempo),
    };
    return cmocka_run_group_tests_name("spec_augment", tests, NULL, NULL);
}
