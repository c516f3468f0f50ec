/* rnn/sound_edges.h -- where sound last rose above the background and fell back
 * to it, by the energy of feature frames: the edges of words */
#ifndef PINNA_RNN_SOUND_EDGES_H
#define PINNA_RNN_SOUND_EDGES_H

#include "dsp/fbank.h"
#include "dsp/status.h"

#include <stddef.h>

/* Zero-initialise. */
typedef struct pinna_sound_edges {
    float background;  /* mean log energy */
    double begin, end; /* of the latest sound, seconds */
} pinna_sound_edges;

/* Take a frame [n_features] of log-mel energies or MFCC that ends at now_s. The
 * frames before first_s, which are of no real sound, tell nothing of the
 * background. */
PINNA_REALTIME void pinna_sound_edges_follow(pinna_sound_edges *edges,
                                             const pinna_fbank_config *fbank,
                                             const float *frame,
                                             size_t n_features, double now_s,
                                             double first_s);

#endif
