#include "dsp/window.h"

#include <math.h>
#include <string.h>

/* Names come first that pinna_window_name() gives. */
static const struct {
    const char *name;
    pinna_window_type type;
} names[] = {
    {"rectangular", PINNA_WINDOW_RECTANGULAR},
    {"hanning", PINNA_WINDOW_HANN},
    {"hann", PINNA_WINDOW_HANN},
    {"hamming", PINNA_WINDOW_HAMMING},
    {"blackman", PINNA_WINDOW_BLACKMAN},
    {"povey", PINNA_WINDOW_POVEY},
    {"sine", PINNA_WINDOW_SINE},
    {"sqrt-hann", PINNA_WINDOW_SQRT_HANN},
    {"vorbis", PINNA_WINDOW_VORBIS},
    {"kaiser", PINNA_WINDOW_KAISER},
};

enum { N_NAMES = sizeof names / sizeof names[0] };

double pinna_bessel_i0(double x)
{
    /* The series sum_k ((x/2)^k / k!)^2. Its terms rise up to k = |x| / 2;
     * below 1e-17 of the sum they no longer change it. */
    double term = 1.0, sum = 1.0;
    for (double k = 1.0; term > 1e-17 * sum; k += 1.0) {
        term *= x / (2.0 * k) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* The window at phase 0 .. 1, which are its two ends. */
static double value_at(pinna_window_type type, double parameter, double phase)
{
    const double angle = 2.0 * PINNA_PI * phase;
    const double sine = sin(PINNA_PI * phase);

    switch (type) {
    case PINNA_WINDOW_RECTANGULAR:
        return 1.0;
    case PINNA_WINDOW_HANN:
        return 0.5 - 0.5 * cos(angle);
    case PINNA_WINDOW_HAMMING:
        return 0.54 - 0.46 * cos(angle);
    case PINNA_WINDOW_BLACKMAN:
        return parameter - 0.5 * cos(angle) +
               (0.5 - parameter) * cos(2.0 * angle);
    case PINNA_WINDOW_POVEY:
        return pow(0.5 - 0.5 * cos(angle), 0.85);
    case PINNA_WINDOW_SINE:
    case PINNA_WINDOW_SQRT_HANN: /* 1/2 - 1/2 cos 2a = sin^2 a */
        return sine;
    case PINNA_WINDOW_VORBIS:
        return sin(0.5 * PINNA_PI * sine * sine);
    case PINNA_WINDOW_KAISER: /* 1 - (2 phase - 1)^2 = 4 phase (1 - phase) */
        return pinna_bessel_i0(2.0 * parameter * sqrt(phase * (1.0 - phase))) /
               pinna_bessel_i0(parameter);
    }
    return 0.0;
}

/* parameter: coeff of Blackman, beta of Kaiser, unused by the others. */
static void fill(pinna_window_type type, double parameter, bool periodic,
                 size_t n, float *window)
{
    if (n == 1) {
        window[0] = 1.0f;
        return;
    }
    const bool is_vorbis = type == PINNA_WINDOW_VORBIS;
    const double first = is_vorbis ? 0.5 : 0.0;
    const double period = (double)(periodic || is_vorbis ? n : n - 1);

    for (size_t i = 0; i < n; i++)
        window[i] =
            (float)value_at(type, parameter, ((double)i + first) / period);
}

void pinna_window_fill(pinna_window_type type, bool periodic, size_t n,
                       float *window)
{
    fill(type,
         type == PINNA_WINDOW_KAISER ? PINNA_KAISER_BETA : PINNA_BLACKMAN_COEFF,
         periodic, n, window);
}

void pinna_window_fill_blackman(double coeff, bool periodic, size_t n,
                                float *window)
{
    fill(PINNA_WINDOW_BLACKMAN, coeff, periodic, n, window);
}

void pinna_window_fill_kaiser(double beta, bool periodic, size_t n,
                              float *window)
{
    fill(PINNA_WINDOW_KAISER, beta, periodic, n, window);
}

pinna_status pinna_window_from_name(const char *name, pinna_window_type *type)
{
    for (size_t i = 0; i < N_NAMES; i++) {
        if (strcmp(names[i].name, name) == 0) {
            *type = names[i].type;
            return PINNA_OK;
        }
    }
    return PINNA_NOT_FOUND;
}

const char *pinna_window_name(pinna_window_type type)
{
    for (size_t i = 0; i < N_NAMES; i++)
        if (names[i].type == type)
            return names[i].name;
    return "unknown";
}
