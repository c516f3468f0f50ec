#include "support.h"

#include <string.h>

#include "dsp/window.h"
#include "reference.h"

static const pinna_window_type all_types[] = {
    PINNA_WINDOW_RECTANGULAR, PINNA_WINDOW_HANN,   PINNA_WINDOW_HAMMING,
    PINNA_WINDOW_BLACKMAN,    PINNA_WINDOW_POVEY,  PINNA_WINDOW_SINE,
    PINNA_WINDOW_SQRT_HANN,   PINNA_WINDOW_VORBIS,
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

static void test_equals_reference(void **state)
{
    (void)state;
    const char *path = support_reference("dsp/windows.safetensors");
    if (!path)
        skip();
    reference *file = reference_open(path);
    size_t n_checked = 0;
    for (size_t i = 0; i < reference_n_tensors(file); i++) {
        const reference_tensor *tensor = reference_at(file, i);
        char name[64];
        const size_t n_name = strcspn(tensor->name, ".");
        assert_true(n_name < sizeof name);
        memcpy(name, tensor->name, n_name);
        name[n_name] = '\0';

        pinna_window_type type;
        if (pinna_window_from_name(reference_text(file, name, "window", ""),
                                   &type))
            continue; /* kaiser */
        float window[512];
        assert_in_range(tensor->n, 1, 512);
        pinna_window_fill(type, reference_number(file, name, "periodic", 0) > 0,
                          tensor->n, window);
        assert_all_close(window, tensor->f32, tensor->n,
                         reference_number(file, name, "atol", 0.0), 0.0);
        n_checked++;
    }
    assert_in_range(n_checked, 20, 100);
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
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
