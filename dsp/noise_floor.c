#include "dsp/noise_floor.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* The window of the minimum is kept in parts, so that it moves on in steps of
 * 0.25 s. Of 1, 1.5, 2 and 3 s the 2 s told speech from noise best. */
enum { N_PARTS = 8, MAX_BANDS = 65536 };
static const double part_s = 0.25;

/* Time constant of the smoothing before the minimum is taken (Martin's varies
 * around this), and what makes up for a minimum lying below the mean. */
static const double smoothing_s = 0.06;
static const double bias = 1.5;

struct pinna_noise_floor {
    size_t n_bands;
    double keep;      /* of the smoothed power, per frame */
    size_t n_part;    /* frames of a part */
    size_t n_in_part; /* frames in the part under way */
    size_t part;      /* row of the part under way */
    bool started;
    double *smoothed; /* [n_bands] */
    double *least;    /* [N_PARTS, n_bands] */
    double block[];   /* backs the two arrays above */
};

pinna_status pinna_noise_floor_new(size_t n_bands, double frame_shift_s,
                                   pinna_noise_floor **out)
{
    *out = NULL;
    if (n_bands == 0 || n_bands > MAX_BANDS || !(frame_shift_s > 0))
        return PINNA_BAD_ARG;

    pinna_noise_floor *floor =
        calloc(1, sizeof *floor + (1 + N_PARTS) * n_bands * sizeof(double));
    if (!floor)
        return PINNA_NO_MEMORY;
    floor->n_bands = n_bands;
    floor->keep = exp(-frame_shift_s / smoothing_s);
    floor->n_part = (size_t)fmax(round(part_s / frame_shift_s), 1);
    floor->smoothed = floor->block;
    floor->least = floor->block + n_bands;
    pinna_noise_floor_reset(floor);

    *out = floor;
    return PINNA_OK;
}

void pinna_noise_floor_free(pinna_noise_floor *floor)
{
    free(floor);
}

void pinna_noise_floor_reset(pinna_noise_floor *floor)
{
    floor->n_in_part = 0;
    floor->part = 0;
    floor->started = false;
    for (size_t i = 0; i < N_PARTS * floor->n_bands; i++)
        floor->least[i] = INFINITY;
}

/* The oldest part makes room for the next one. */
static void begin_part(pinna_noise_floor *floor)
{
    floor->part = (floor->part + 1) % N_PARTS;
    floor->n_in_part = 0;
    for (size_t b = 0; b < floor->n_bands; b++)
        floor->least[floor->part * floor->n_bands + b] = INFINITY;
}

void pinna_noise_floor_process(pinna_noise_floor *floor, const double *power,
                               double *noise)
{
    const size_t n_bands = floor->n_bands;
    const double keep = floor->started ? floor->keep : 0;

    floor->started = true;
    if (floor->n_in_part == floor->n_part)
        begin_part(floor);
    floor->n_in_part++;

    double *least = floor->least + floor->part * n_bands;
    for (size_t b = 0; b < n_bands; b++) {
        double *smoothed = &floor->smoothed[b];
        *smoothed = keep * *smoothed + (1 - keep) * power[b];
        least[b] = fmin(least[b], *smoothed);
        noise[b] = least[b];
    }
    for (size_t p = 0; p < N_PARTS; p++)
        for (size_t b = 0; b < n_bands; b++)
            noise[b] = fmin(noise[b], floor->least[p * n_bands + b]);
    for (size_t b = 0; b < n_bands; b++)
        noise[b] *= bias;
}
