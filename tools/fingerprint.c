#include "tools/fingerprint.h"

#include <string.h>

uint64_t pinna_fingerprint(uint64_t before, const void *bytes, size_t n)
{
    const unsigned char *byte = bytes;
    uint64_t hash = before;

    for (size_t i = 0; i < n; i++) {
        hash ^= byte[i];
        hash *= UINT64_C(1099511628211);
    }
    return hash;
}

/* With its end, so that "a", "bc" is not "ab", "c"; none is not "". */
static uint64_t add_text(uint64_t before, const char *text)
{
    return text ? pinna_fingerprint(before, text, strlen(text) + 1)
                : pinna_fingerprint(before, "\xff", 1);
}

uint64_t pinna_fingerprint_corpus(uint64_t before, const pinna_corpus *corpus)
{
    uint64_t hash = before;

    for (size_t i = 0; i < corpus->n_clips; i++) {
        const pinna_clip *clip = &corpus->clips[i];
        hash = pinna_fingerprint(hash, &clip->n, sizeof clip->n);
        hash = pinna_fingerprint(hash, &clip->sample_rate,
                                 sizeof clip->sample_rate);
        hash = pinna_fingerprint(hash, clip->samples,
                                 clip->n * sizeof *clip->samples);
        hash = add_text(hash, clip->text);
        hash = add_text(hash, clip->speaker);
        hash = add_text(hash, clip->label);
    }
    return pinna_fingerprint(hash, &corpus->n_clips, sizeof corpus->n_clips);
}

uint64_t pinna_fingerprint_option(const pinna_option *o)
{
    uint64_t hash = PINNA_FINGERPRINT_NONE;

    if (o->flag)
        hash = pinna_fingerprint(hash, *o->flag ? "1" : "0", 1);
    if (o->text)
        hash = add_text(hash, *o->text);
    if (o->number)
        hash = pinna_fingerprint(hash, o->number, sizeof *o->number);
    if (o->count)
        hash = pinna_fingerprint(hash, o->count, sizeof *o->count);
    if (o->seed)
        hash = pinna_fingerprint(hash, o->seed, sizeof *o->seed);
    for (size_t i = 0; o->list && i < o->list->n_items; i++)
        hash = add_text(hash, o->list->items[i]);
    return hash;
}
