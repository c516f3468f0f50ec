/* datasets/corpus.h -- recordings of one or more manifests, held in memory
 *
 * Clips are mono 16-bit at one sample rate each, so that an hour at 16 kHz
 * takes 115 MB. Read-only after loading: any thread may read. */
#ifndef PINNA_DATASETS_CORPUS_H
#define PINNA_DATASETS_CORPUS_H

#include "datasets/manifest.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pinna_clip {
    int16_t *samples; /* [n], 32768 is full scale */
    size_t n;
    unsigned sample_rate; /* Hz */
    char *text;           /* NULL when there is none */
    char *speaker;        /* NULL when there is none */
    char *label;          /* NULL when there is none */
    char *place;          /* in its manifest: "train.jsonl:14" */
    double least_s;       /* shorter than this its text could not be heard; 0
                             until somebody knows */
} pinna_clip;

typedef struct pinna_corpus {
    pinna_clip *clips;
    size_t n_clips;
} pinna_corpus;

/* One recording; sample_rate 0 keeps its own. Errors name the file of the
 * sound. */
pinna_status pinna_clip_load(const pinna_manifest_entry *entry,
                             unsigned sample_rate, pinna_clip *clip,
                             pinna_error *error);
void pinna_clip_free(pinna_clip *clip);

/* Called now and then while loading; return nonzero to stop
 * (PINNA_INTERRUPTED). */
typedef int (*pinna_load_progress)(void *user, size_t done, size_t total);

/* Adds the clips of a manifest to the corpus (zero-initialise it first).
 * sample_rate 0 keeps each file's own. Stops at the first bad file; error names
 * its place and the file. */
pinna_status pinna_corpus_add(pinna_corpus *corpus, const char *manifest_path,
                              unsigned sample_rate,
                              pinna_load_progress progress, void *user,
                              pinna_error *error);
void pinna_corpus_free(pinna_corpus *corpus);

/* Drop the clips that keep() says false to; the others keep their order.
 * Returns how many are left. */
size_t pinna_corpus_keep(pinna_corpus *corpus,
                         bool (*keep)(void *user, const pinna_clip *clip),
                         void *user);

/* Drop the clips that last longer than longest_s seconds; the others keep their
 * order. Returns how many are left. */
size_t pinna_corpus_keep_short(pinna_corpus *corpus, double longest_s);

/* clip -> float samples [clip->n]. */
void pinna_clip_to_float(const pinna_clip *clip, float *samples);

#endif
