/* tools/frame_cache.h -- the feature frames of recordings that are heard as
 * they are again and again, kept in memory after the first time
 *
 * 16 kB a second of 40 features, half as much as its samples at 16 kHz. Any
 * threads may ask and keep at once. */
#ifndef PINNA_TOOLS_FRAME_CACHE_H
#define PINNA_TOOLS_FRAME_CACHE_H

#include "datasets/corpus.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_frame_cache pinna_frame_cache;

/* For the clips of corpora [n], which must outlive it. width: of a frame. */
pinna_status pinna_frame_cache_new(const pinna_corpus *const *corpora, size_t n,
                                   size_t width, pinna_frame_cache **out);
void pinna_frame_cache_free(pinna_frame_cache *cache);

/* The frames [*n_frames, width] that were kept for a clip, good as long as the
 * cache; NULL when none are, or it is of no corpus. */
const float *pinna_frame_cache_find(const pinna_frame_cache *cache,
                                    const pinna_clip *clip, size_t *n_frames);

/* Keep a copy, of a clip of these corpora that has none yet. */
pinna_status pinna_frame_cache_keep(pinna_frame_cache *cache,
                                    const pinna_clip *clip, const float *frames,
                                    size_t n_frames);

#endif
