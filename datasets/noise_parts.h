/* datasets/noise_parts.h -- what synthetic noises are made of: random
 * parameters, coloured noise, resonances, slow changes
 *
 * Inside the noise maker only. Everything is static inline, as it runs once per
 * sample. C leaves open which argument of a call, or side of a sum, is
 * evaluated first; so no expression draws twice. */
#ifndef PINNA_DATASETS_NOISE_PARTS_H
#define PINNA_DATASETS_NOISE_PARTS_H

#include "dsp/rng.h"
#include "dsp/status.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* What a layer of noise is drawn for. */
struct maker {
    pinna_rng *rng;
    double sample_rate; /* Hz */
    size_t n;           /* samples */
};

static inline double draw(const struct maker *maker, double low, double high)
{
    return pinna_rng_uniform(maker->rng, low, high);
}

/* Uniform in the logarithm, for frequencies, times and rates. */
static inline double draw_log(const struct maker *maker, double low,
                              double high)
{
    return exp(draw(maker, log(low), log(high)));
}

/* 0 .. n - 1 */
static inline size_t draw_below(const struct maker *maker, size_t n)
{
    return pinna_rng_below(maker->rng, n);
}

static inline bool chance(const struct maker *maker, double probability)
{
    return pinna_rng_chance(maker->rng, probability) != 0;
}

/* White, uniform in +-1. */
static inline double white(const struct maker *maker)
{
    return (double)(pinna_rng_next(maker->rng) >> 11) * 0x1p-52 - 1;
}

static inline double from_db(double db)
{
    return pow(10, db / 20);
}

/* A gain between two levels in dB. */
static inline double draw_gain(const struct maker *maker, double low_db,
                               double high_db)
{
    return from_db(draw(maker, low_db, high_db));
}

/* The highest frequency worth using. */
static inline double top_hz(const struct maker *maker)
{
    return 0.45 * maker->sample_rate;
}

/* A frequency in Hz from low to high, below the Nyquist frequency. */
static inline double draw_hz(const struct maker *maker, double low, double high)
{
    const double top = fmin(high, top_hz(maker));
    return draw_log(maker, fmin(low, 0.5 * top), top);
}

/* The sample at t seconds, for t >= 0. */
static inline size_t sample_at(const struct maker *maker, double t)
{
    return (size_t)(t * maker->sample_rate);
}

/* A pointer that turns by a fixed angle and may shrink: a (damped) sinusoid at
 * one complex product per sample. */
struct pointer {
    double re, im;
    double turn_re, turn_im;
};

static inline void pointer_init(struct pointer *pointer, double gain,
                                double phase, double radians, double shrink)
{
    *pointer = (struct pointer){gain * cos(phase), gain * sin(phase),
                                shrink * cos(radians), shrink * sin(radians)};
}

/* The imaginary part, then one step on. */
static inline double pointer_next(struct pointer *pointer)
{
    const double now = pointer->im;
    const double re =
        pointer->re * pointer->turn_re - pointer->im * pointer->turn_im;
    pointer->im =
        pointer->re * pointer->turn_im + pointer->im * pointer->turn_re;
    pointer->re = re;
    return now;
}

/* Two-pole resonator with unit gain at its peak:
 * y[n] = g (x[n] - x[n-2]) + 2 r cos(w) y[n-1] - r^2 y[n-2]. */
struct resonator {
    double gain, a1, a2, x1, x2, y1, y2;
};

static inline void resonator_tune(struct resonator *resonator, double hz,
                                  double width_hz, double sample_rate)
{
    const double r = exp(-PINNA_PI * width_hz / sample_rate);
    resonator->gain = (1 - r * r) / 2;
    resonator->a1 = 2 * r * cos(2 * PINNA_PI * hz / sample_rate);
    resonator->a2 = -r * r;
}

static inline double resonator_process(struct resonator *resonator, double x)
{
    const double y = resonator->gain * (x - resonator->x2) +
                     resonator->a1 * resonator->y1 +
                     resonator->a2 * resonator->y2;
    resonator->x2 = resonator->x1;
    resonator->x1 = x;
    resonator->y2 = resonator->y1;
    resonator->y1 = y;
    return y;
}

/* Noise with a spectral slope and a few peaks. The slope comes from one shelf
 * per octave, poles and zeros in turn an even distance apart on the log
 * frequency axis. */
#define COLOUR_SHELVES   10 /* 40 Hz .. 20 kHz */
#define COLOUR_MAX_PEAKS 4
#define COLOUR_LOW_HZ    40.0

struct colour {
    const struct maker *maker;
    double pole[COLOUR_SHELVES], zero[COLOUR_SHELVES], state[COLOUR_SHELVES];
    size_t n_shelves, n_peaks;
    struct resonator peaks[COLOUR_MAX_PEAKS];
    double peak_gain[COLOUR_MAX_PEAKS];
};

/* db_per_octave -12 .. 6; n_peaks at most COLOUR_MAX_PEAKS, drawn here. */
static inline void colour_init(struct colour *colour, const struct maker *maker,
                               double db_per_octave, size_t n_peaks)
{
    const double radians = 2 * PINNA_PI / maker->sample_rate;
    const double stretch = pow(2, -db_per_octave / 6);
    *colour = (struct colour){.maker = maker, .n_peaks = n_peaks};

    double hz = COLOUR_LOW_HZ;
    while (colour->n_shelves < COLOUR_SHELVES && hz < top_hz(maker)) {
        const size_t k = colour->n_shelves++;
        colour->pole[k] = exp(-radians * hz);
        colour->zero[k] = exp(-radians * hz * stretch);
        hz *= 2;
    }
    for (size_t k = 0; k < n_peaks; k++) {
        const double peak_hz = draw_hz(maker, 80, 12000);
        const double width_hz = peak_hz * draw_log(maker, 0.02, 0.5);
        resonator_tune(&colour->peaks[k], peak_hz, width_hz,
                       maker->sample_rate);
        colour->peak_gain[k] = draw_gain(maker, -6, 20);
    }
}

static inline double colour_next(struct colour *colour)
{
    double x = white(colour->maker);
    for (size_t k = 0; k < colour->n_shelves; k++) {
        /* (1 - zero z^-1) / (1 - pole z^-1), in the canonical form */
        const double v = x + colour->pole[k] * colour->state[k];
        x = v - colour->zero[k] * colour->state[k];
        colour->state[k] = v;
    }
    double y = x;
    for (size_t k = 0; k < colour->n_peaks; k++)
        y += colour->peak_gain[k] * resonator_process(&colour->peaks[k], x);
    return y;
}

/* A gain or offset that goes in straight lines between random targets, of
 * which there are rate_hz in a second on average. */
struct wander {
    const struct maker *maker;
    double low, high, rate_hz;
    double value, step;
    size_t left;
};

static inline void wander_init(struct wander *wander, const struct maker *maker,
                               double low, double high, double rate_hz)
{
    *wander = (struct wander){.maker = maker,
                              .low = low,
                              .high = high,
                              .rate_hz = rate_hz,
                              .value = draw(maker, low, high)};
}

static inline double wander_next(struct wander *wander)
{
    if (wander->left == 0) {
        const struct maker *maker = wander->maker;
        const double target = draw(maker, wander->low, wander->high);
        const double samples =
            maker->sample_rate / wander->rate_hz * draw(maker, 0.3, 1.7);
        wander->left = 1 + (size_t)samples;
        wander->step = (target - wander->value) / (double)wander->left;
    }
    wander->left--;
    return wander->value += wander->step;
}

#endif
