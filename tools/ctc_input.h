/* tools/ctc_input.h -- from a training item to what the network hears: sound,
 * features, distortion, normalisation, stacked frames */
#ifndef PINNA_TOOLS_CTC_INPUT_H
#define PINNA_TOOLS_CTC_INPUT_H

#include "datasets/spec_augment.h"
#include "dsp/fbank.h"
#include "dsp/features.h"
#include "dsp/rng.h"
#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/ctc_items.h"
#include "tools/frame_cache.h"

#include <stdbool.h>
#include <stddef.h>

/* What happens to the features of training items. */
typedef struct pinna_ctc_distortion {
    double mask_share; /* of the items, 0 .. 1 */
    pinna_spec_augment masks;
    double warp_share; /* of the items, 0 .. 1; none if features hold energy */
    double low_warp, high_warp;
} pinna_ctc_distortion;

/* One thread's own. */
typedef struct pinna_ctc_input {
    const pinna_model *model;
    const pinna_ctc_material *material;
    const pinna_ctc_distortion *distortion;
    pinna_frame_cache *cache;
    size_t n_in, n_features;       /* of the network; of a frame */
    size_t max_samples, max_steps; /* longer items do not fit, or are cut */
    bool can_warp;
    pinna_features *features; /* bands, where they can be warped */
    pinna_fbank *cepstra;     /* of bands; NULL: they are the features */
    size_t n_bands;           /* of a frame of `features` */
    float *bands;             /* [n_bands] of one */
    float *samples;           /* [max_samples] */
    float *column;            /* [max_steps, n_in] of the item made last */
} pinna_ctc_input;

/* Numbers of a frame as it is heard, before other mouths and cepstra. */
size_t pinna_ctc_heard_width(const pinna_model *model);

/* Everything that is pointed to must outlive it. The frames of clips whose
 * sound is not changed are kept in the cache, which is as wide as they are
 * heard. */
pinna_status pinna_ctc_input_new(const pinna_model *model,
                                 const pinna_ctc_material *material,
                                 const pinna_ctc_distortion *distortion,
                                 pinna_frame_cache *cache, double max_seconds,
                                 pinna_ctc_input *input);
void pinna_ctc_input_free(pinna_ctc_input *input);

/* How many steps the network does on so many feature frames. */
size_t pinna_ctc_steps(const pinna_ctc_ear *ear, size_t n_frames);

/* Item -> input->column [*n_steps, n_in], normalised if the model can.
 * Distorted with an rng, as it is without (NULL). */
pinna_status pinna_ctc_input_make(pinna_ctc_input *input,
                                  const pinna_ctc_item *item, pinna_rng *rng,
                                  size_t *n_steps);

#endif
