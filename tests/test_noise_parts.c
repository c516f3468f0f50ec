#include "support.h"

#include "datasets/noise_parts.h"

#include <stdlib.h>

#define RATE 16000

static pinna_rng rng;

static struct maker new_maker(size_t n)
{
    pinna_rng_seed(&rng, 11, 0);
    return (struct maker){&rng, RATE, n};
}

static void test_draws_stay_in_range(void **state)
{
    (void)state;
    const struct maker maker = new_maker(0);
    double sum = 0;
    for (int k = 0; k < 20000; k++) {
        assert_true(fabs(draw(&maker, -1, 3) - 1) <= 2);
        const double slow = draw_log(&maker, 0.1, 10);
        assert_true(slow >= 0.0999 && slow <= 10.001);
        sum += log(slow);
        assert_true(draw_hz(&maker, 5000, 20000) <= 0.4501 * RATE);
        assert_true(draw_hz(&maker, 30000, 40000) <= 0.4501 * RATE);
        assert_true(fabs(white(&maker)) <= 1);
    }
    /* The logarithm has mean 0 and deviation log(100) / sqrt(12). */
    assert_close(sum / 20000, 0, 4 * log(100) / sqrt(12.0 * 20000));
}

static void test_pointer_is_a_sinusoid(void **state)
{
    (void)state;
    struct pointer pointer;
    pointer_init(&pointer, 0.7, 0.3, 0.05, 0.999);
    for (int k = 0; k < 3000; k++)
        assert_close(pointer_next(&pointer),
                     0.7 * pow(0.999, k) * sin(0.3 + 0.05 * k), 1e-9);
}

static void test_resonator_peaks_where_tuned(void **state)
{
    (void)state;
    const double hz[] = {900, 1000, 1100};
    double rms[3];
    for (size_t k = 0; k < 3; k++) {
        struct resonator resonator = {0};
        resonator_tune(&resonator, 1000, 100, RATE);
        double sum = 0;
        for (int i = 0; i < 16000; i++) {
            const double y = resonator_process(
                &resonator, sin(2 * PINNA_PI * hz[k] * i / RATE));
            sum += i < 8000 ? 0 : y * y;
        }
        rms[k] = sqrt(2 * sum / 8000);
    }
    assert_close(rms[1], 1, 0.01);
    /* A width of 100 Hz: 3 dB down 50 Hz off, 7 dB 100 Hz off. */
    assert_close(20 * log10(rms[0]), -7, 0.7);
    assert_close(20 * log10(rms[2]), -7, 0.7);
}

/* Density in dB of the noise around hz, through two resonators, as the skirts
 * of one fall off no faster than the noise may rise. */
static double level_at(double db_per_octave, double hz)
{
    const struct maker maker = new_maker(0);
    struct colour colour;
    struct resonator first = {0}, second = {0};
    colour_init(&colour, &maker, db_per_octave, 0);
    resonator_tune(&first, hz, hz / 6, RATE);
    resonator_tune(&second, hz, hz / 6, RATE);
    double sum = 0;
    for (int i = 0; i < 400000; i++) {
        const double y = resonator_process(
            &second, resonator_process(&first, colour_next(&colour)));
        sum += y * y;
    }
    return 10 * log10(sum / hz);
}

/* Between 250 and 2000 Hz, three octaves. */
static void test_slope_is_as_asked(void **state)
{
    (void)state;
    const double slopes[] = {-9, -6, -3, 0, 3, 6};
    for (size_t k = 0; k < sizeof slopes / sizeof *slopes; k++) {
        const double rise =
            level_at(slopes[k], 2000) - level_at(slopes[k], 250);
        assert_close(rise / 3, slopes[k], 0.8);
    }
}

static void test_wander(void **state)
{
    (void)state;
    const struct maker maker = new_maker(0);
    struct wander wander;
    wander_init(&wander, &maker, 2, 5, 10);
    double low = 9, high = 0, last = wander.value;
    size_t n_turns = 0;
    double step = 0;
    for (int i = 0; i < 100 * RATE; i++) {
        const double now = wander_next(&wander);
        assert_true(now > 1.999 && now < 5.001);
        /* In the shortest line, 0.3 / 10 s. */
        assert_close(now, last, 3.0 / (0.03 * RATE) + 1e-9);
        n_turns += wander.step < step || wander.step > step;
        step = wander.step;
        low = fmin(low, now);
        high = fmax(high, now);
        last = now;
    }
    assert_close((double)n_turns / 100, 10, 1);
    assert_true(low < 2.1 && high > 4.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_stay_in_range),
        cmocka_unit_test(test_pointer_is_a_sinusoid),
        cmocka_unit_test(test_resonator_peaks_where_tuned),
        cmocka_unit_test(test_slope_is_as_asked),
        cmocka_unit_test(test_wander),
    };
    return cmocka_run_group_tests_name("noise_parts", tests, NULL, NULL);
}
