/* tools/mix_pairs.h -- noisy/clean pairs of speech for training and tests
 *
 * Pair k at SNR number k mod n_snr is made of material number k / n_snr: one
 * talker's recordings joined with pauses, one stretch of one noise, perhaps one
 * room. The same material serves every SNR, so that groups differ in level
 * only. What a pair holds depends on the seed and its number alone. */
#ifndef PINNA_TOOLS_MIX_PAIRS_H
#define PINNA_TOOLS_MIX_PAIRS_H

#include "dsp/status.h"
#include "tools/sound_list.h"
#include "tools/talkers.h"

#include <stddef.h>
#include <stdint.h>

#define PINNA_MAX_SNRS 64

typedef struct pinna_mix_settings {
    const pinna_sound_list *speech, *noise, *rooms; /* rooms may be empty */
    const char *folder;
    double snrs_db[PINNA_MAX_SNRS];
    size_t n_snrs;
    double seconds;
    double level_db; /* active level of the speech, dB re full scale */
    unsigned sample_rate;
    uint64_t seed;
    size_t n_pairs;      /* with speech and noise */
    size_t n_noise_only; /* after them: the clean side is silent */
    size_t n_clean_only; /* after those: both sides are equal */
} pinna_mix_settings;

/* Which clips a pair is made of, drawn before any is loaded. */
typedef struct pinna_mix_plan {
    pinna_talkers talkers;
    size_t n_materials;
    size_t *talker; /* [n_materials] */
    size_t *noise;  /* [n_materials] */
} pinna_mix_plan;

pinna_status pinna_mix_plan_new(const pinna_mix_settings *settings,
                                pinna_mix_plan *plan);
void pinna_mix_plan_free(pinna_mix_plan *plan);

typedef enum pinna_pair_kind {
    PINNA_PAIR_MIXED,
    PINNA_PAIR_NOISE,
    PINNA_PAIR_CLEAN,
} pinna_pair_kind;

size_t pinna_mix_count(const pinna_mix_settings *settings);
pinna_pair_kind pinna_mix_kind(const pinna_mix_settings *settings, size_t pair);
double pinna_mix_snr_db(const pinna_mix_settings *settings, size_t pair);
/* The class of its noise, or NULL. */
const char *pinna_mix_label(const pinna_mix_settings *settings,
                            const pinna_mix_plan *plan, size_t pair);

/* Make one pair and write it to clean/NAME and noisy/NAME in the folder. Any
 * thread. */
pinna_status pinna_mix_pair(const pinna_mix_settings *settings,
                            const pinna_mix_plan *plan, size_t pair,
                            const char *name, pinna_error *error);

#endif
