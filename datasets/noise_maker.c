#include "datasets/noise_maker.h"

#include "datasets/noise_beds.h"
#include "datasets/noise_events.h"
#include "datasets/noise_parts.h"

#include <stdlib.h>
#include <string.h>

/* A noise is a sum of layers, each with random parameters of its own. The
 * ranges are what common sources have by ear and by spectrogram; none is from a
 * paper. */

#define OUT_RMS 0.1

typedef void layer(const struct maker *maker, float *out);

/* What goes together. Weights say how often, levels how loud in dB. */
static const struct recipe {
    double weight;
    struct {
        layer *make;
        double low_db, high_db;
    } layers[3];
} recipes[] = {
    {2, {{pinna_noise_steady, 0, 0}}},
    {3, {{pinna_noise_modulated, 0, 0}}},
    {2, {{pinna_noise_modulated, 0, 0}, {pinna_noise_modulated, -12, 0}}},
    {1, {{pinna_noise_gusts, 0, 0}}},
    {1, {{pinna_noise_hum, 0, 0}, {pinna_noise_steady, -40, -10}}},
    {2, {{pinna_noise_hum, 0, 0}, {pinna_noise_modulated, -20, 6}}},
    {2,
     {{pinna_noise_steady, 0, 0},
      {pinna_noise_tones, -25, 0},
      {pinna_noise_hum, -30, -3}}},
    {2, {{pinna_noise_clicks, 0, 0}, {pinna_noise_steady, -50, -15}}},
    {1, {{pinna_noise_knocks, 0, 0}, {pinna_noise_steady, -50, -15}}},
    {1, {{pinna_noise_knocks, 0, 0}, {pinna_noise_modulated, -20, 0}}},
    {2, {{pinna_noise_crackle, 0, 0}, {pinna_noise_steady, -40, 0}}},
    {1, {{pinna_noise_beeps, 0, 0}, {pinna_noise_steady, -40, -5}}},
    {1, {{pinna_noise_whooshes, 0, 0}, {pinna_noise_steady, -40, -10}}},
};

#define N_RECIPES (sizeof recipes / sizeof recipes[0])

static const struct recipe *draw_recipe(const struct maker *maker)
{
    double total = 0;
    for (size_t r = 0; r < N_RECIPES; r++)
        total += recipes[r].weight;

    double place = draw(maker, 0, total);
    size_t r = 0;
    while (r + 1 < N_RECIPES && place >= recipes[r].weight)
        place -= recipes[r++].weight;
    return &recipes[r];
}

/* To the given RMS; what a strayed filter may have made infinite is silence.
 * Returns whether there is any sound. */
static bool set_rms(float *samples, size_t n, double rms)
{
    double energy = 0;
    for (size_t i = 0; i < n; i++)
        energy += (double)samples[i] * (double)samples[i];

    const double now = sqrt(energy / (double)n);
    if (!isfinite(now) || now < 1e-9) {
        memset(samples, 0, n * sizeof *samples);
        return false;
    }
    const float gain = (float)(rms / now);
    for (size_t i = 0; i < n; i++)
        samples[i] *= gain;
    return true;
}

/* out [n] += the layers of a recipe, gain_db louder. */
static void cook(const struct maker *maker, const struct recipe *recipe,
                 double gain_db, float *layer_out, float *out)
{
    for (size_t k = 0; k < 3 && recipe->layers[k].make; k++) {
        const double level_db = gain_db + draw(maker, recipe->layers[k].low_db,
                                               recipe->layers[k].high_db);
        memset(layer_out, 0, maker->n * sizeof *layer_out);
        recipe->layers[k].make(maker, layer_out);
        if (!set_rms(layer_out, maker->n, from_db(level_db)))
            continue;
        for (size_t i = 0; i < maker->n; i++)
            out[i] += layer_out[i];
    }
}

pinna_status pinna_noise_make(pinna_rng *rng, double sample_rate, float *out,
                              size_t n)
{
    if (!(sample_rate >= 1000 && sample_rate <= 768000))
        return PINNA_BAD_ARG;
    if (n == 0)
        return PINNA_OK;
    float *layer_out = malloc(n * sizeof *layer_out);
    if (!layer_out)
        return PINNA_NO_MEMORY;

    const struct maker maker = {rng, sample_rate, n};
    memset(out, 0, n * sizeof *out);
    const struct recipe *recipe = draw_recipe(&maker);
    cook(&maker, recipe, 0, layer_out, out);
    if (chance(&maker, 0.3)) {
        recipe = draw_recipe(&maker);
        const double gain_db = draw(&maker, -15, 6);
        cook(&maker, recipe, gain_db, layer_out, out);
    }
    free(layer_out);

    /* Short stretches may hold none of the events: fill with white noise. */
    if (!set_rms(out, n, OUT_RMS)) {
        for (size_t i = 0; i < n; i++)
            out[i] = (float)(white(&maker) + 0x1p-53); /* never silent */
        set_rms(out, n, OUT_RMS);
    }
    return PINNA_OK;
}
