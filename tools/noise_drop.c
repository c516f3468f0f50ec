#include "tools/noise_drop.h"

#include <math.h>

/* What silence after counts as: the rounding noise of 24 bits, mean square of
 * a uniform error of 2^-23, so that the drop stays a number. */
static const double floor_power = 1.2e-15;

/* Level 0 is everything below: less than the last bit of 24. */
static const double lowest_db = -150;

static double frame_db(const pinna_noise_drop *drop, double energy)
{
    return 10 * log10(energy / (double)drop->n_frame + 1e-30);
}

static void end_frame(pinna_noise_drop *drop)
{
    const double steps = floor(frame_db(drop, drop->after) - lowest_db) + 1;
    const size_t level = steps < 0                     ? 0
                         : steps >= PINNA_NOISE_LEVELS ? PINNA_NOISE_LEVELS - 1
                                                       : (size_t)steps;

    if (frame_db(drop, drop->before) >= lowest_db) {
        drop->levels[level].n_frames++;
        drop->levels[level].before += drop->before;
        drop->levels[level].after += drop->after;
    }
    drop->before = drop->after = 0;
    drop->n_filled = 0;
}

void pinna_noise_drop_process(pinna_noise_drop *drop, const float *before,
                              const float *after, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        drop->before += (double)before[i] * (double)before[i];
        drop->after += (double)after[i] * (double)after[i];
        if (++drop->n_filled == drop->n_frame)
            end_frame(drop);
    }
}

double pinna_noise_drop_db(const pinna_noise_drop *drops, size_t n)
{
    double before = 0, after = 0;

    for (size_t c = 0; c < n; c++) {
        const pinna_noise_drop *drop = &drops[c];
        size_t n_frames = 0, n_taken = 0;
        for (size_t l = 0; l < PINNA_NOISE_LEVELS; l++)
            n_frames += drop->levels[l].n_frames;
        for (size_t l = 0; l < PINNA_NOISE_LEVELS && 5 * n_taken < n_frames;
             l++) {
            n_taken += drop->levels[l].n_frames;
            before += drop->levels[l].before;
            after += drop->levels[l].after +
                     floor_power *
                         (double)(drop->levels[l].n_frames * drop->n_frame);
        }
    }
    return before > 0 && after > 0 ? 10 * log10(before / after) : 0;
}
