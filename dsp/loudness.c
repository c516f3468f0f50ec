#include "dsp/loudness.h"

#include "dsp/biquad.h"
#include "dsp/level.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* All of BS.1770-4, annex 1. */
#define OFFSET_DB     (-0.691) /* K-weighting gains as much at 997 Hz */
#define ABSOLUTE_GATE (-70.0)  /* LUFS */
#define RELATIVE_GATE (-10.0)  /* LU */

enum {
    HOPS_PER_SECOND = 10, /* a block of 400 ms begins with each */
    HOPS_PER_BLOCK = 4,
    STEPS_PER_LU = 10,
    /* Up to +30 LUFS; louder blocks share the last step. */
    N_STEPS = 100 * STEPS_PER_LU,
    MIN_RATE = 100, /* Hz; so that a hop has samples */
    MAX_RATE = 768000,
    PIECE = 256, /* samples filtered at once */
};

/* The blocks of one step of loudness. */
struct step {
    uint64_t n_blocks;
    double energy; /* sum of their mean squares */
};

struct pinna_loudness {
    unsigned sample_rate;
    pinna_biquad head, high_pass;
    pinna_biquad_state head_state, high_pass_state;
    size_t second_at;             /* sample within the second */
    size_t hop;                   /* which tenth of the second that is */
    uint64_t n_hops;              /* finished */
    double energy;                /* of the unfinished hop */
    double past[HOPS_PER_BLOCK];  /* energies of the latest hops ... */
    size_t sizes[HOPS_PER_BLOCK]; /* ... and their samples */
    struct step steps[N_STEPS];
};

/* The standard tabulates both filters at 48 kHz only and wants the same
 * response at other rates. These are the analogue filters behind the tables, as
 * libebur128 has them (B. De Man, "Evaluation of implementations of the EBU
 * R128 loudness measurement", 2018); the bilinear transform gives the tables
 * back at 48 kHz. Corners are held under the Nyquist frequency. */
static pinna_biquad head_filter(double sample_rate)
{
    const double hz = fmin(1681.974450955533, 0.49 * sample_rate);
    const double q = 0.7071752369554196;
    const double k = tan(PINNA_PI * hz / sample_rate);
    const double high = pow(10, 3.999843853973347 / 20);
    const double middle = pow(high, 0.4996667741545416);
    const double a0 = 1 + k / q + k * k;
    return (pinna_biquad){
        .b0 = (high + middle * k / q + k * k) / a0,
        .b1 = 2 * (k * k - high) / a0,
        .b2 = (high - middle * k / q + k * k) / a0,
        .a1 = 2 * (k * k - 1) / a0,
        .a2 = (1 - k / q + k * k) / a0,
    };
}

static pinna_biquad high_pass_filter(double sample_rate)
{
    const double hz = fmin(38.13547087602444, 0.49 * sample_rate);
    const double q = 0.5003270373238773;
    const double k = tan(PINNA_PI * hz / sample_rate);
    const double a0 = 1 + k / q + k * k;
    /* The table's numerator is 1, -2, 1, which is 0.04 dB more than the
     * bilinear transform gives; so much at every rate. */
    const double k_48 = tan(PINNA_PI * hz / 48000);
    const double b0 = (1 + k_48 / q + k_48 * k_48) / a0;
    return (pinna_biquad){
        .b0 = b0,
        .b1 = -2 * b0,
        .b2 = b0,
        .a1 = 2 * (k * k - 1) / a0,
        .a2 = (1 - k / q + k * k) / a0,
    };
}

pinna_status pinna_loudness_new(unsigned sample_rate, pinna_loudness **out)
{
    *out = NULL;
    if (sample_rate < MIN_RATE || sample_rate > MAX_RATE)
        return PINNA_BAD_ARG;
    pinna_loudness *loudness = calloc(1, sizeof *loudness);
    if (!loudness)
        return PINNA_NO_MEMORY;

    loudness->sample_rate = sample_rate;
    loudness->head = head_filter(sample_rate);
    loudness->high_pass = high_pass_filter(sample_rate);
    *out = loudness;
    return PINNA_OK;
}

void pinna_loudness_free(pinna_loudness *loudness)
{
    free(loudness);
}

void pinna_loudness_reset(pinna_loudness *loudness)
{
    *loudness = (pinna_loudness){
        .sample_rate = loudness->sample_rate,
        .head = loudness->head,
        .high_pass = loudness->high_pass,
    };
}

static double loudness_of(double energy)
{
    return OFFSET_DB + 10 * log10(energy);
}

/* Count the block of this mean square. */
static void add_block(pinna_loudness *loudness, double energy)
{
    const double lufs = energy > 0 ? loudness_of(energy) : ABSOLUTE_GATE;
    if (!(lufs > ABSOLUTE_GATE))
        return;
    const double step = (lufs - ABSOLUTE_GATE) * STEPS_PER_LU;
    struct step *at =
        &loudness->steps[step < N_STEPS ? (size_t)step : N_STEPS - 1];
    at->n_blocks++;
    at->energy += energy;
}

static void finish_hop(pinna_loudness *loudness, size_t size)
{
    const size_t at = loudness->n_hops % HOPS_PER_BLOCK;
    loudness->past[at] = loudness->energy;
    loudness->sizes[at] = size;
    loudness->energy = 0;
    loudness->n_hops++;
    if (loudness->n_hops < HOPS_PER_BLOCK)
        return;

    double energy = 0;
    size_t n = 0;
    for (size_t i = 0; i < HOPS_PER_BLOCK; i++) {
        energy += loudness->past[i];
        n += loudness->sizes[i];
    }
    add_block(loudness, energy / (double)n);
}

/* Where hop k of a second begins: exact at any rate, 22050 Hz too. */
static size_t hop_begin(const pinna_loudness *loudness, size_t k)
{
    return k * loudness->sample_rate / HOPS_PER_SECOND;
}

/* weighted [n] */
static void add_weighted(pinna_loudness *loudness, const float *weighted,
                         size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double x = (double)weighted[i];
        loudness->energy += x * x;
        loudness->second_at++;

        const size_t end = hop_begin(loudness, loudness->hop + 1);
        if (loudness->second_at < end)
            continue;
        finish_hop(loudness, end - hop_begin(loudness, loudness->hop));
        if (++loudness->hop == HOPS_PER_SECOND)
            loudness->hop = loudness->second_at = 0;
    }
}

void pinna_loudness_process(pinna_loudness *loudness, const float *samples,
                            size_t n)
{
    float piece[PIECE];

    for (size_t used = 0, m; used < n; used += m) {
        m = n - used < PIECE ? n - used : PIECE;
        for (size_t i = 0; i < m; i++)
            piece[i] = isfinite(samples[used + i]) ? samples[used + i] : 0;
        pinna_biquad_process(&loudness->head, &loudness->head_state, piece,
                             piece, m);
        pinna_biquad_process(&loudness->high_pass, &loudness->high_pass_state,
                             piece, piece, m);
        add_weighted(loudness, piece, m);
    }
}

/* The mean energy of the blocks from step `first` on; 0 for none. */
static double mean_energy(const pinna_loudness *loudness, size_t first)
{
    double energy = 0;
    double n_blocks = 0;
    for (size_t i = first; i < N_STEPS; i++) {
        energy += loudness->steps[i].energy;
        n_blocks += (double)loudness->steps[i].n_blocks;
    }
    return n_blocks > 0 ? energy / n_blocks : 0;
}

double pinna_loudness_integrated(const pinna_loudness *loudness)
{
    const double ungated = mean_energy(loudness, 0);
    if (!(ungated > 0))
        return PINNA_SILENCE_DB;

    /* The step that the gate cuts is taken or left as a whole. */
    const double gate = loudness_of(ungated) + RELATIVE_GATE;
    size_t first = 0;
    while (first < N_STEPS &&
           (loudness->steps[first].n_blocks == 0 ||
            !(loudness_of(loudness->steps[first].energy /
                          (double)loudness->steps[first].n_blocks) > gate)))
        first++;
    return loudness_of(mean_energy(loudness, first));
}
