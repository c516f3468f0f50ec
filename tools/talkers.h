/* tools/talkers.h -- recordings sorted by who speaks, dealt out evenly */
#ifndef PINNA_TOOLS_TALKERS_H
#define PINNA_TOOLS_TALKERS_H

#include "dsp/rng.h"
#include "dsp/status.h"
#include "tools/sound_list.h"

#include <stddef.h>

/* Talker t has the items order[begins[t]] .. order[begins[t + 1] - 1]. A
 * recording without a speaker is a talker of its own. */
typedef struct pinna_talkers {
    size_t n_talkers;
    size_t *order;  /* [list->n_items] indices into the list */
    size_t *begins; /* [n_talkers + 1] */
    size_t *dealt;  /* [n_talkers] how many of each were dealt */
} pinna_talkers;

/* Talkers and their recordings come in an order drawn from the rng. */
pinna_status pinna_talkers_new(const pinna_sound_list *list, pinna_rng *rng,
                               pinna_talkers *talkers);
void pinna_talkers_free(pinna_talkers *talkers);

/* The next recording of talker t: each once before any comes again. */
size_t pinna_talkers_deal(pinna_talkers *talkers, size_t t);

#endif
