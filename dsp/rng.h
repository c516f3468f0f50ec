/* dsp/rng.h -- seeded random numbers, the same on every machine
 *
 * xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64. One
 * pinna_rng belongs to one thread; copy the struct to branch a stream. */
#ifndef PINNA_DSP_RNG_H
#define PINNA_DSP_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct pinna_rng {
    uint64_t state[4];
} pinna_rng;

/* Streams of one seed are independent: (seed, stream) names a sequence. */
void pinna_rng_seed(pinna_rng *rng, uint64_t seed, uint64_t stream);

uint64_t pinna_rng_next(pinna_rng *rng);

/* Uniform integer in [0, n), without bias; n > 0. */
size_t pinna_rng_below(pinna_rng *rng, size_t n);

/* Uniform in [low, high). */
double pinna_rng_uniform(pinna_rng *rng, double low, double high);

/* Normal with mean 0 and deviation 1 (polar method; no state is kept between
 * calls). */
double pinna_rng_normal(pinna_rng *rng);

/* True with the given probability. */
int pinna_rng_chance(pinna_rng *rng, double probability);

/* Fisher-Yates shuffle of indices [n]. */
void pinna_rng_shuffle(pinna_rng *rng, size_t *indices, size_t n);

#endif
