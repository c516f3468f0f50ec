/* tools/examples.h -- sequences with answers: texts out of tables, or short
 * recordings out of manifests
 *
 * A text becomes token numbers, a recording feature frames. */
#ifndef PINNA_TOOLS_EXAMPLES_H
#define PINNA_TOOLS_EXAMPLES_H

#include "datasets/vocabulary.h"
#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/options.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_example {
    char *text; /* NULL of a recording */
    char *answer;
    int *ids;      /* [n] of a text once it is numbered */
    float *frames; /* [n, width] of a recording */
    size_t n;
} pinna_example;

typedef struct pinna_examples {
    pinna_example *items;
    size_t n_items, room;
    size_t width; /* of a frame; 0: texts */
    bool has_texts, has_frames;
} pinna_examples;

/* Which columns of tables hold text and answer, by number or name. */
typedef struct pinna_example_columns {
    const char *text, *answer;
} pinna_example_columns;

/* Adds what a file holds: a manifest (.jsonl) of recordings, whose features
 * are those of ear and whose answers are "label", or without one "text"; or a
 * table. Zero-initialise the examples first. Errors name file and line. */
pinna_status pinna_examples_add(const char *path,
                                const pinna_example_columns *columns,
                                const pinna_ctc_ear *ear,
                                pinna_examples *examples, pinna_error *error);

/* The same for a list of files; texts among recordings are refused. */
pinna_status pinna_examples_read(const pinna_list *files,
                                 const pinna_example_columns *columns,
                                 const pinna_ctc_ear *ear,
                                 pinna_examples *examples, pinna_error *error);
void pinna_examples_free(pinna_examples *examples);

/* ids of all texts; one without a token gets token 0. */
pinna_status pinna_examples_number(pinna_examples *examples,
                                   const pinna_vocabulary *vocabulary);

/* All frames by an offset and a scale [width]; and both from these frames. */
void pinna_examples_normalise(pinna_examples *examples, const float *offset,
                              const float *scale);
pinna_status pinna_examples_statistics(const pinna_examples *examples,
                                       float **offset, float **scale);

/* The most steps of one. */
size_t pinna_examples_longest(const pinna_examples *examples);

#endif
