#include "support.h"

#include "datasets/noise_events.h"
#include "datasets/noise_parts.h"

#include <stdlib.h>
#include <string.h>

#define N 32000

static const struct layer {
    const char *name;
    void (*make)(const struct maker *maker, float *out);
} layers[] = {
    {"clicks", pinna_noise_clicks},     {"knocks", pinna_noise_knocks},
    {"crackle", pinna_noise_crackle},   {"beeps", pinna_noise_beeps},
    {"whooshes", pinna_noise_whooshes},
};

#define N_LAYERS (sizeof layers / sizeof layers[0])

static double energy_of(const float *samples, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(isfinite(samples[i]));
        sum += (double)samples[i] * (double)samples[i];
    }
    return sum;
}

/* On what out holds, within its bounds, the same for the same seed, at any
 * rate. */
static void test_adds_and_repeats(void **state)
{
    (void)state;
    static float a[N + 1], b[N + 1];
    const double rates[] = {1000, 8000, 16000, 48000, 192000};

    for (size_t k = 0; k < N_LAYERS; k++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            pinna_rng rng;
            const struct maker maker = {&rng, rates[seed % 5], N};
            memset(a, 0, sizeof a);
            memset(b, 0, sizeof b);
            b[1000] = 100;
            pinna_rng_seed(&rng, seed, 0);
            layers[k].make(&maker, a);
            pinna_rng_seed(&rng, seed, 0);
            layers[k].make(&maker, b);
            assert_true(isfinite(energy_of(a, N)));
            assert_close(a[N], 0, 0);
            assert_close(b[1000] - a[1000], 100, 0.1);
            b[1000] = a[1000];
            assert_memory_equal(a, b, sizeof a);
        }
}

/* Clicks and knocks stand out: half of the energy lies in less than a
 * third of the time. */
static void test_stands_out(void **state)
{
    (void)state;
    static float out[N];
    for (size_t k = 0; k < N_LAYERS; k++) {
        if (strcmp(layers[k].name, "clicks") != 0 &&
            strcmp(layers[k].name, "knocks") != 0)
            continue;
        size_t n_standing = 0;
        for (uint64_t seed = 0; seed < 50; seed++) {
            pinna_rng rng;
            const struct maker maker = {&rng, 16000, N};
            pinna_rng_seed(&rng, seed, 0);
            memset(out, 0, sizeof out);
            layers[k].make(&maker, out);
            const double whole = energy_of(out, N);
            assert_true(whole > 0);
            double strong = 0;
            size_t n_strong = 0;
            for (size_t at = 0; at < N; at += 200) {
                const double part = energy_of(out + at, 200);
                if (part > whole * 200 / N) {
                    strong += part;
                    n_strong++;
                }
            }
            n_standing += strong > whole / 2 && n_strong < N / 200 / 3;
        }
        if (n_standing <= 25)
            fail_msg("%s: %zu of 50", layers[k].name, n_standing);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_and_repeats),
        cmocka_unit_test(test_stands_out),
    };
    return cmocka_run_group_tests_name("noise_events", tests, NULL, NULL);
}
