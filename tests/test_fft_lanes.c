#include "support.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "dsp/fft.h"
#include "dsp/fft_lanes.h"
#include "dsp/rng.h"

static bool has_small_factors(size_t n)
{
    for (size_t p = 2; p <= 5; p++)
        while (n % p == 0)
            n /= p;
    return n == 1;
}

/* sum_j x[j] exp(-2i pi k j / n) of one lane, in double. */
static double complex naive_bin(const pinna_vec4 *x, size_t n, size_t k,
                                size_t lane)
{
    double complex sum = 0.0;

    for (size_t j = 0; j < n; j++) {
        const double turns = (double)(k * j % n) / (double)n;
        sum += ((double)x[j][lane] + I * (double)x[j + n][lane]) *
               cexp(-2.0 * PINNA_PI * I * turns);
    }
    return sum;
}

static void check(size_t n)
{
    pinna_vec4 *memory =
        malloc((6 * n + pinna_fft_lanes_n_turns(n)) * sizeof *memory);
    pinna_vec4 *x = memory, *kept = x + 2 * n, *spare = kept + 2 * n;
    pinna_fft_lanes lanes;
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, n);
    for (size_t i = 0; i < 2 * n; i++)
        for (size_t lane = 0; lane < PINNA_LANES; lane++)
            x[i][lane] = (float)pinna_rng_normal(&rng);
    for (size_t i = 0; i < 2 * n; i++)
        kept[i] = x[i];
    pinna_fft_lanes_init(&lanes, n, spare + 2 * n);

    const pinna_vec4 *got = pinna_fft_lanes_process(&lanes, x, spare);
    assert_true(got == x || got == spare);
    for (size_t k = 0; k < n; k++)
        for (size_t lane = 0; lane < PINNA_LANES; lane++) {
            const double complex want = naive_bin(kept, n, k, lane);
            const double tolerance = 1e-6 * sqrt((double)n);
            assert_close(got[k][lane], creal(want), tolerance);
            assert_close(got[k + n][lane], cimag(want), tolerance);
        }
    free(memory);
}

static void test_equals_naive_dft(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 200; n++)
        if (has_small_factors(n))
            check(n);
}

enum { MOST_TURNS = 2 * PINNA_FFT_MAX };

static void test_passes_of_all_sizes(void **state)
{
    (void)state;
    pinna_vec4 *turns = malloc(MOST_TURNS * sizeof *turns);
    for (size_t n = 1; n <= PINNA_FFT_MAX / 2; n++) {
        if (!has_small_factors(n))
            continue;
        pinna_fft_lanes lanes;
        const pinna_vec4 mark = {7.0f, 7.0f, 7.0f, 7.0f};
        const size_t n_turns = pinna_fft_lanes_n_turns(n);
        assert_true(n_turns < MOST_TURNS);
        turns[n_turns] = mark;
        pinna_fft_lanes_init(&lanes, n, turns);
        assert_true(turns[n_turns][0] == 7.0f);
        assert_true(n_turns == 0 || fabsf(turns[n_turns - 1][3]) <= 1.0f);

        size_t product = 1;
        assert_true(lanes.n_passes <= PINNA_FFT_MAX_PASSES);
        for (size_t i = 0; i < lanes.n_passes; i++) {
            const pinna_fft_pass *pass = &lanes.passes[i];
            assert_int_equal(pass->stride, product);
            assert_int_equal(pass->radix * pass->n_rest * pass->stride, n);
            product *= pass->radix;
        }
        assert_int_equal(product, n);
    }
    free(turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_naive_dft),
        cmocka_unit_test(test_passes_of_all_sizes),
    };
    return cmocka_run_group_tests_name("fft_lanes", tests, NULL, NULL);
}
