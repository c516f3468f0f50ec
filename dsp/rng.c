#include "dsp/rng.h"

#include <math.h>

/* Steele, Lea and Flood, 2014; constants from Vigna's splitmix64.c. */
static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

void pinna_rng_seed(pinna_rng *rng, uint64_t seed, uint64_t stream)
{
    /* Hash the seed before the stream number goes in: nearby pairs then start
     * far apart, and (1, 2) is not (2, 1). */
    uint64_t mixed = splitmix64(&seed) ^ stream;
    uint64_t state = splitmix64(&mixed);
    for (size_t i = 0; i < 4; i++)
        rng->state[i] = splitmix64(&state);
}

uint64_t pinna_rng_next(pinna_rng *rng)
{
    uint64_t *s = rng->state;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

size_t pinna_rng_below(pinna_rng *rng, size_t n)
{
    /* Drop the lowest 2^64 mod n values, so that every remainder is left
     * equally often. */
    const uint64_t count = n;
    const uint64_t first_kept = (0 - count) % count;
    uint64_t x;
    do
        x = pinna_rng_next(rng);
    while (x < first_kept);
    return (size_t)(x % count);
}

double pinna_rng_uniform(pinna_rng *rng, double low, double high)
{
    const double unit = (double)(pinna_rng_next(rng) >> 11) * 0x1p-53;
    const double x = low + (high - low) * unit;
    /* The sum may round up to high. */
    return x < high ? x : low;
}

double pinna_rng_normal(pinna_rng *rng)
{
    double x, square;
    do {
        x = pinna_rng_uniform(rng, -1.0, 1.0);
        const double y = pinna_rng_uniform(rng, -1.0, 1.0);
        square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    return x * sqrt(-2.0 * log(square) / square);
}

int pinna_rng_chance(pinna_rng *rng, double probability)
{
    return pinna_rng_uniform(rng, 0.0, 1.0) < probability;
}

void pinna_rng_shuffle(pinna_rng *rng, size_t *indices, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = pinna_rng_below(rng, i);
        const size_t last = indices[i - 1];
        indices[i - 1] = indices[j];
        indices[j] = last;
    }
}
