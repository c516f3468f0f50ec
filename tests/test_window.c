#include "support.h"

#include <math.h>
#include <string.h>

#include "dsp/window.h"
#include "reference.h"

static const pinna_window_type all_types[] = {
    PINNA_WINDOW_RECTANGULAR, PINNA_WINDOW_HANN,   PINNA_WINDOW_HAMMING,
    PINNA_WINDOW_BLACKMAN,    PINNA_WINDOW_POVEY,  PINNA_WINDOW_SINE,
    PINNA_WINDOW_SQRT_HANN,   PINNA_WINDOW_VORBIS, PINNA_WINDOW_KAISER,
};

enum { N_TYPES = sizeof all_types / sizeof all_types[0] };

static void test_one_and_two_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TYPES; i++) {
        float window[2] = {0.0f, 0.0f};
        pinna_window_fill(all_types[i], true, 1, window);
        assert_true(window[0] == 1.0f);
        pinna_window_fill(all_types[i], false, 1, window);
        assert_true(window[0] == 1.0f);
        pinna_window_fill(all_types[i], false, 2, window);
        assert_close(window[0], window[1], 1e-7);
    }
}

static void test_symmetric_windows_are_symmetric(void **state)
{
    (void)state;
    enum { N = 401 };
    for (size_t i = 0; i < N_TYPES; i++) {
        float window[N];
        pinna_window_fill(all_types[i], false, N, window);
        for (size_t n = 0; n < N; n++) {
            assert_close(window[n], window[N - 1 - n], 1e-7);
            assert_true(window[n] >= -1e-7f && window[n] <= 1.0f);
        }
        assert_close(window[N / 2], 1.0, 1e-7);
    }
}

/* A periodic window of n is a symmetric one of n + 1 without its last. */
static void test_periodic_windows_leave_out_the_last(void **state)
{
    (void)state;
    enum { N = 320 };
    for (size_t i = 0; i < N_TYPES; i++) {
        if (all_types[i] == PINNA_WINDOW_VORBIS)
            continue;
        float periodic[N], symmetric[N + 1];
        pinna_window_fill(all_types[i], true, N, periodic);
        pinna_window_fill(all_types[i], false, N + 1, symmetric);
        assert_memory_equal(periodic, symmetric, sizeof periodic);
    }
}

static void test_squares_overlap_to_one(void **state)
{
    (void)state;
    enum { N = 320 };
    static const pinna_window_type types[] = {PINNA_WINDOW_SQRT_HANN,
                                              PINNA_WINDOW_VORBIS};
    for (size_t i = 0; i < 2; i++) {
        float w[N];
        pinna_window_fill(types[i], true, N, w);
        for (size_t n = 0; n < N / 2; n++)
            assert_close(w[n] * w[n] + w[n + N / 2] * w[n + N / 2], 1.0, 1e-6);
    }
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TYPES; i++) {
        pinna_window_type type = PINNA_WINDOW_RECTANGULAR;
        const char *name = pinna_window_name(all_types[i]);
        assert_int_equal(pinna_window_from_name(name, &type), PINNA_OK);
        assert_int_equal(type, all_types[i]);
    }
    pinna_window_type type = PINNA_WINDOW_POVEY;
    assert_int_equal(pinna_window_from_name("hann", &type), PINNA_OK);
    assert_int_equal(type, PINNA_WINDOW_HANN);
    assert_string_equal(pinna_window_name(type), "hanning");
    assert_int_equal(pinna_window_from_name("", &type), PINNA_NOT_FOUND);
    assert_int_equal(pinna_window_from_name("Hann", &type), PINNA_NOT_FOUND);
}

/* Against the integral (1/pi) int_0^pi exp(x cos t) dt, which the trapezoid
 * rule gives exactly up to rounding. */
static void test_bessel_equals_its_integral(void **state)
{
    (void)state;
    static const double xs[] = {0.0, 1e-9, 0.5, 3.0, 8.6, 14.77, 40.0, 700.0};
    for (size_t i = 0; i < sizeof xs / sizeof xs[0]; i++) {
        enum { N = 2000 };
        double sum = 0.5 * (exp(xs[i]) + exp(-xs[i]));
        for (size_t n = 1; n < N; n++)
            sum += exp(xs[i] * cos(PINNA_PI * (double)n / N));
        assert_close(pinna_bessel_i0(xs[i]) / (sum / N), 1.0, 1e-13);
    }
}

static void test_parameters(void **state)
{
    (void)state;
    enum { N = 100 };
    float got[N], want[N];
    pinna_window_fill_kaiser(0.0, true, N, got);
    for (size_t n = 0; n < N; n++)
        assert_true(got[n] == 1.0f);
    pinna_window_fill_kaiser(PINNA_KAISER_BETA, false, N, got);
    pinna_window_fill(PINNA_WINDOW_KAISER, false, N, want);
    assert_memory_equal(got, want, sizeof got);

    /* Without the second cosine it is the Hann window. */
    pinna_window_fill_blackman(0.5, true, N, got);
    pinna_window_fill(PINNA_WINDOW_HANN, true, N, want);
    assert_all_close(got, want, N, 1e-7, 0.0);
    pinna_window_fill_blackman(PINNA_BLACKMAN_COEFF, true, N, got);
    pinna_window_fill(PINNA_WINDOW_BLACKMAN, true, N, want);
    assert_memory_equal(got, want, sizeof got);
}

static void check_reference_case(const reference *file,
                                 const reference_tensor *tensor)
{
    char name[64];
    const size_t n_name = strcspn(tensor->name, ".");
    assert_true(n_name < sizeof name);
    memcpy(name, tensor->name, n_name);
    name[n_name] = '\0';

    float window[512];
    const size_t n = tensor->n;
    const bool periodic = reference_number(file, name, "periodic", 0) > 0;
    pinna_window_type type;
    assert_in_range(n, 1, 512);
    assert_int_equal(
        pinna_window_from_name(reference_text(file, name, "window", ""), &type),
        PINNA_OK);
    if (type == PINNA_WINDOW_KAISER)
        pinna_window_fill_kaiser(reference_number(file, name, "beta", -1),
                                 periodic, n, window);
    else
        pinna_window_fill(type, periodic, n, window);
    assert_all_close(window, tensor->f32, n,
                     reference_number(file, name, "atol", 0.0), 0.0);
}

static void test_equals_reference(void **state)
{
    (void)state;
    reference *file = reference_open(support_fixture("dsp.safetensors"));
    size_t n_checked = 0;
    for (size_t i = 0; i < reference_n_tensors(file); i++) {
        const reference_tensor *tensor = reference_at(file, i);
        const char *tail = strrchr(tensor->name, '.');
        if (!tail || strcmp(tail, ".w") != 0)
            continue;
        check_reference_case(file, tensor);
        n_checked++;
    }
    assert_int_equal(n_checked, 30);
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_and_two_samples),
        cmocka_unit_test(test_symmetric_windows_are_symmetric),
        cmocka_unit_test(test_periodic_windows_leave_out_the_last),
        cmocka_unit_test(test_squares_overlap_to_one),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bessel_equals_its_integral),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
