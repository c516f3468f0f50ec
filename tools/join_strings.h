/* tools/join_strings.h -- recordings of one talker joined into longer ones
 *
 * Short utterances with pauses of 0.15 to 0.6 s between; the texts are joined
 * too. For tests of recognisers on strings of words. */
#ifndef PINNA_TOOLS_JOIN_STRINGS_H
#define PINNA_TOOLS_JOIN_STRINGS_H

#include "dsp/rng.h"
#include "dsp/status.h"
#include "tools/sound_list.h"
#include "tools/talkers.h"

#include <stddef.h>

typedef struct pinna_joined {
    float *samples; /* [n_samples] */
    size_t n_samples;
    char *text;
    const char *speaker; /* belongs to the list; may be NULL */
} pinna_joined;

/* n_parts recordings of talker t as the talkers deal them. Every one must have
 * a text. joined is to be freed, also after a failure. */
pinna_status pinna_join(const pinna_sound_list *speech, pinna_talkers *talkers,
                        size_t t, size_t n_parts, unsigned sample_rate,
                        pinna_rng *rng, pinna_joined *joined,
                        pinna_error *error);
void pinna_joined_free(pinna_joined *joined);

/* Put a string into a stretch of the noise: noisy [n_samples], turned down
 * where it would clip. */
pinna_status pinna_joined_in_noise(const pinna_joined *joined,
                                   const pinna_sound_item *noise,
                                   unsigned sample_rate, double snr_db,
                                   pinna_rng *rng, float *noisy,
                                   pinna_error *error);

#endif
