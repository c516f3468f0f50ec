/* tools/ctc_items.h -- utterances for training a recogniser, made afresh for
 * every item
 *
 * One recording, or several short ones of one talker joined with pauses to a
 * string; then other speed, room, filter, noise and level. Silence lies around
 * it, as the recogniser hears it around a stream. First an item is
 * planned, which is cheap and tells its length, so that items of like length
 * can share a batch; then it is rendered. */
#ifndef PINNA_TOOLS_CTC_ITEMS_H
#define PINNA_TOOLS_CTC_ITEMS_H

#include "datasets/corpus.h"
#include "dsp/rng.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_MAX_JOIN 8

/* What items are made of. Read-only: threads share it. */
typedef struct pinna_ctc_material {
    const pinna_corpus *corpora; /* one per manifest, with texts */
    const double *weights;       /* how often each is drawn from, any unit */
    size_t n_corpora;
    const pinna_corpus *noise, *rooms; /* NULL for none */
    unsigned sample_rate;              /* of all of them, Hz */
    size_t max_join;     /* most clips of a string, 1 .. PINNA_MAX_JOIN */
    double join_below_s; /* only clips shorter than this are joined */
    double low_snr_db, high_snr_db;
    double noise_only_share; /* of the items: noise in which nobody speaks */
    bool plain; /* recordings as they are: none of the changes below */
} pinna_ctc_material;

typedef struct pinna_ctc_item {
    size_t n_clips; /* 0: noise alone */
    const pinna_clip *clips[PINNA_MAX_JOIN];
    size_t pauses[PINNA_MAX_JOIN + 1]; /* samples before each clip, and after */
    double speed;                      /* of the samples: pitch and tempo */
    double tempo; /* of the features made from them, not yet applied here */
    size_t begins[PINNA_MAX_JOIN], ends[PINNA_MAX_JOIN]; /* of the clips in
                                                            the result */
    size_t n_samples;                                    /* of the result */
} pinna_ctc_item;

void pinna_ctc_item_plan(const pinna_ctc_material *material, pinna_rng *rng,
                         pinna_ctc_item *item);

/* A clip as it is: for validation. */
void pinna_ctc_item_plain(const pinna_clip *clip, unsigned sample_rate,
                          pinna_ctc_item *item);

/* Samples of the longer one: what is rendered, or that at the item's tempo. */
size_t pinna_ctc_item_longest(const pinna_ctc_item *item);

/* samples [item->n_samples]; with an rng also room, filter, noise and level,
 * without (NULL) the clips as they are. */
pinna_status pinna_ctc_item_render(const pinna_ctc_material *material,
                                   const pinna_ctc_item *item, pinna_rng *rng,
                                   float *samples);

#endif
