#include "datasets/noise_beds.h"

#include "datasets/noise_parts.h"

#include <string.h>

void pinna_noise_steady(const struct maker *maker, float *out)
{
    struct colour colour;
    const double db_per_octave = draw(maker, -12, 6);
    const size_t n_peaks = draw_below(maker, COLOUR_MAX_PEAKS + 1);
    colour_init(&colour, maker, db_per_octave, n_peaks);

    for (size_t i = 0; i < maker->n; i++)
        out[i] += (float)colour_next(&colour);
}

void pinna_noise_modulated(const struct maker *maker, float *out)
{
    struct colour colour;
    struct wander slow, fast;
    const double db_per_octave = draw(maker, -12, 3);
    const size_t n_peaks = draw_below(maker, COLOUR_MAX_PEAKS + 1);
    colour_init(&colour, maker, db_per_octave, n_peaks);
    const double slow_db = draw(maker, -30, -3);
    const double slow_hz = draw_log(maker, 0.3, 4);
    wander_init(&slow, maker, slow_db, 0, slow_hz);
    const double fast_low = draw_gain(maker, -20, -1);
    const double fast_hz = draw_log(maker, 4, 40);
    wander_init(&fast, maker, fast_low, 1, fast_hz);

    const double depth = chance(maker, 0.4) ? draw(maker, 0.2, 1) : 0;
    const double turn = draw_log(maker, 1, 40) / maker->sample_rate;
    double phase = draw(maker, 0, 1), gain = 1;
    for (size_t i = 0; i < maker->n; i++) {
        const double level_db = wander_next(&slow);
        if (i % 32 == 0) { /* too slow to need each sample */
            gain = from_db(level_db) * (1 + depth * sin(2 * PINNA_PI * phase));
            phase += 32 * turn;
            phase -= floor(phase);
        }
        const double tremble = wander_next(&fast);
        out[i] += (float)(colour_next(&colour) * gain * tremble);
    }
}

void pinna_noise_gusts(const struct maker *maker, float *out)
{
    struct colour low, high;
    struct wander force, tremble;
    const double low_slope = draw(maker, -12, -7);
    colour_init(&low, maker, low_slope, 0);
    const double high_slope = draw(maker, -8, -3);
    colour_init(&high, maker, high_slope, 2);
    const double force_hz = draw_log(maker, 0.1, 1.5);
    wander_init(&force, maker, 0.05, 1, force_hz);
    const double tremble_hz = draw_log(maker, 3, 15);
    wander_init(&tremble, maker, 0.5, 1, tremble_hz);

    const double hiss = draw_gain(maker, -30, -5);
    for (size_t i = 0; i < maker->n; i++) {
        double gain = wander_next(&force);
        gain *= wander_next(&tremble);
        const double rumble = colour_next(&low);
        /* Strong wind is brighter. */
        out[i] += (float)(gain * (rumble + hiss * gain * colour_next(&high)));
    }
}

#define N_TABLE 2048 /* samples in one period of a hum */

/* table [N_TABLE + 1]: one period with harmonics that fall off by a random
 * slope, the even ones by more. */
static void fill_period(const struct maker *maker, size_t n_harmonics,
                        float *table)
{
    const double slope_db = draw(maker, -12, -1); /* per octave */
    const double even_db = draw(maker, -30, 0);

    memset(table, 0, (N_TABLE + 1) * sizeof *table);
    for (size_t h = 1; h <= n_harmonics; h++) {
        struct pointer pointer;
        const double level_db = slope_db * log2((double)h) +
                                (h % 2 == 0 ? even_db : 0) +
                                draw(maker, -12, 6);
        const double phase = draw(maker, 0, 2 * PINNA_PI);
        pointer_init(&pointer, from_db(level_db), phase,
                     2 * PINNA_PI * (double)h / N_TABLE, 1);
        for (size_t i = 0; i < N_TABLE; i++)
            table[i] += (float)pointer_next(&pointer);
    }
    table[N_TABLE] = table[0];
}

static double draw_mains_hz(const struct maker *maker)
{
    const double hz = chance(maker, 0.5) ? 50 : 60;
    return chance(maker, 0.5) ? 2 * hz : hz; /* rectified */
}

void pinna_noise_hum(const struct maker *maker, float *out)
{
    float table[N_TABLE + 1];
    struct wander drift, shake, force;
    const bool mains = chance(maker, 0.4);
    const double hz = mains ? draw_mains_hz(maker) : draw_log(maker, 20, 400);
    const double wobble = mains ? 0.001 : draw_log(maker, 0.003, 0.15);

    /* All harmonics stay below the Nyquist frequency. */
    const size_t n_most =
        (size_t)fmax(1, top_hz(maker) / (hz * (1.02 + wobble)));
    const size_t n_drawn = 3 + draw_below(maker, 60);
    fill_period(maker, n_drawn < n_most ? n_drawn : n_most, table);
    const double drift_hz = draw_log(maker, 0.1, 2);
    wander_init(&drift, maker, 1 - wobble, 1 + wobble, drift_hz);
    const double jitter = mains ? 0 : 0.01;
    wander_init(&shake, maker, -jitter, jitter, hz);
    const double force_hz = draw_log(maker, 0.3, 8);
    wander_init(&force, maker, mains ? 0.9 : 0.4, 1, force_hz);

    double phase = 0;
    for (size_t i = 0; i < maker->n; i++) {
        const double place = phase * N_TABLE;
        const size_t k = (size_t)place;
        const float part = (float)(place - (double)k);
        const float now = table[k] + part * (table[k + 1] - table[k]);
        out[i] += now * (float)wander_next(&force);

        double speed = wander_next(&drift);
        speed += wander_next(&shake);
        phase += hz / maker->sample_rate * speed;
        phase -= floor(phase);
    }
}

void pinna_noise_tones(const struct maker *maker, float *out)
{
    const size_t n_tones = 1 + draw_below(maker, 5);

    for (size_t t = 0; t < n_tones; t++) {
        struct pointer tone;
        struct wander force;
        const double hz = draw_hz(maker, 80, 8000);
        const double gain = draw_gain(maker, -20, 0);
        pointer_init(&tone, gain, 0, 2 * PINNA_PI * hz / maker->sample_rate, 1);
        const double low = draw(maker, 0, 0.9);
        const double force_hz = draw_log(maker, 0.3, 10);
        wander_init(&force, maker, low, 1, force_hz);
        for (size_t i = 0; i < maker->n; i++)
            out[i] += (float)(pointer_next(&tone) * wander_next(&force));
    }
}
