#include "tools/frame_cache.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of one clip, never changed once it is there. */
typedef struct entry {
    size_t n_frames;
    float frames[]; /* [n_frames, width] */
} entry;

/* The entries of a corpus. */
typedef struct shelf {
    const pinna_corpus *corpus;
    _Atomic(entry *) *entries; /* [corpus->n_clips], NULL: none yet */
} shelf;

struct pinna_frame_cache {
    size_t width;
    size_t n_shelves;
    shelf shelves[];
};

pinna_status pinna_frame_cache_new(const pinna_corpus *const *corpora, size_t n,
                                   size_t width, pinna_frame_cache **out)
{
    pinna_frame_cache *cache = *out =
        calloc(1, sizeof *cache + n * sizeof cache->shelves[0]);
    if (!cache)
        return PINNA_NO_MEMORY;
    cache->width = width;
    for (size_t i = 0; i < n; i++) {
        shelf *s = &cache->shelves[cache->n_shelves++];
        s->corpus = corpora[i];
        s->entries = calloc(corpora[i]->n_clips + 1, sizeof *s->entries);
        if (!s->entries) {
            pinna_frame_cache_free(cache);
            *out = NULL;
            return PINNA_NO_MEMORY;
        }
    }
    return PINNA_OK;
}

void pinna_frame_cache_free(pinna_frame_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->n_shelves; i++) {
        shelf *s = &cache->shelves[i];
        for (size_t k = 0; s->entries && k < s->corpus->n_clips; k++)
            free(atomic_load(&s->entries[k]));
        free(s->entries);
    }
    free(cache);
}

/* The place of a clip, NULL for one of no corpus. */
static _Atomic(entry *) *place_of(const pinna_frame_cache *cache,
                                  const pinna_clip *clip)
{
    const uintptr_t at = (uintptr_t)clip;

    for (size_t i = 0; i < cache->n_shelves; i++) {
        const shelf *s = &cache->shelves[i];
        const uintptr_t first = (uintptr_t)s->corpus->clips;
        if (at >= first && at < first + s->corpus->n_clips * sizeof *clip)
            return &s->entries[(at - first) / sizeof *clip];
    }
    return NULL;
}

const float *pinna_frame_cache_find(const pinna_frame_cache *cache,
                                    const pinna_clip *clip, size_t *n_frames)
{
    const _Atomic(entry *) *place = place_of(cache, clip);
    const entry *e = place ? atomic_load(place) : NULL;

    *n_frames = e ? e->n_frames : 0;
    return e ? e->frames : NULL;
}

pinna_status pinna_frame_cache_keep(pinna_frame_cache *cache,
                                    const pinna_clip *clip, const float *frames,
                                    size_t n_frames)
{
    _Atomic(entry *) *place = place_of(cache, clip);
    const size_t n_bytes = n_frames * cache->width * sizeof *frames;
    entry *none = NULL;

    if (!place || atomic_load(place))
        return PINNA_OK;
    entry *e = malloc(sizeof *e + n_bytes);
    if (!e)
        return PINNA_NO_MEMORY;
    e->n_frames = n_frames;
    if (n_bytes > 0)
        memcpy(e->frames, frames, n_bytes);
    if (!atomic_compare_exchange_strong(place, &none, e))
        free(e); /* another thread was faster */
    return PINNA_OK;
}
