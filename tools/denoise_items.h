/* tools/denoise_items.h -- noisy speech and what it should become, made afresh
 * for every training item
 *
 * Speech of random talkers and rooms, noise recorded or synthesised or talked,
 * at random levels; everything follows from the rng. */
#ifndef PINNA_TOOLS_DENOISE_ITEMS_H
#define PINNA_TOOLS_DENOISE_ITEMS_H

#include "datasets/corpus.h"
#include "dsp/rng.h"
#include "dsp/status.h"

#include <stddef.h>

/* What items are made of; clips of several sample rates may lie in one corpus.
 * Read-only: threads share it. */
typedef struct pinna_denoise_material {
    const pinna_corpus *speech, *noise, *rooms;
    double low_snr_db, high_snr_db;
} pinna_denoise_material;

/* The rates that items are made at: one for most, one for the full band. */
#define PINNA_ITEM_RATE_WIDE 16000
#define PINNA_ITEM_RATE_FULL 48000

/* Draw the rate of an item: the full band as often as there is full-band
 * speech, 12 % when there is any. */
unsigned pinna_denoise_item_rate(const pinna_denoise_material *material,
                                 pinna_rng *rng);

/* Fill speech [n] and noisy [n] at sample_rate. *level takes the active level
 * of the speech as an amplitude (of the mixture when there is no speech), > 0
 * unless both are silent. */
pinna_status pinna_denoise_item(const pinna_denoise_material *material,
                                unsigned sample_rate, pinna_rng *rng, size_t n,
                                float *speech, float *noisy, float *level);

#endif
