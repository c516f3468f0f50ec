/* tools/checkpoint.h -- the state of a training run on disk, and from one rank
 * to the others
 *
 * A safetensors file: arrays, most of them of one number for each parameter,
 * and single figures, the run's name and its options as metadata. */
#ifndef PINNA_TOOLS_CHECKPOINT_H
#define PINNA_TOOLS_CHECKPOINT_H

#include "dsp/status.h"
#include "tools/ranks.h"

#include <stddef.h>

#define PINNA_CHECKPOINT_MAX_ARRAYS  5
#define PINNA_CHECKPOINT_MAX_FIGURES 16

typedef struct pinna_checkpoint_array {
    const char *name;
    float *values; /* [n] */
    size_t n;      /* 0: as many as there are parameters */
} pinna_checkpoint_array;

/* One of count and number is set. */
typedef struct pinna_checkpoint_figure {
    const char *name;
    size_t *count;
    double *number; /* kept to the last bit; may be infinite */
} pinna_checkpoint_figure;

/* Where the state lies. */
typedef struct pinna_checkpoint {
    /* Any text that tells this run from others: seed, batch, data. */
    const char *run;
    const char *training; /* how it is trained, for people; NULL for nothing */
    size_t n_values;
    pinna_checkpoint_array arrays[PINNA_CHECKPOINT_MAX_ARRAYS];
    size_t n_arrays;
    pinna_checkpoint_figure figures[PINNA_CHECKPOINT_MAX_FIGURES];
    size_t n_figures;
} pinna_checkpoint;

/* Replaces the file, so that a crash leaves the old or the new one. */
pinna_status pinna_checkpoint_write(const char *path,
                                    const pinna_checkpoint *state,
                                    pinna_error *error);

/* Fills what state points to; figures behind the first that the file lacks stay
 * as they are (earlier versions wrote but the first). PINNA_NOT_FOUND when
 * there is no such file, PINNA_BAD_FORMAT when it belongs to another network or
 * another run (a run of NULL takes any); then nothing changes. */
pinna_status pinna_checkpoint_read(const char *path,
                                   const pinna_checkpoint *state,
                                   pinna_error *error);

/* What rank 0 has there to all; figures alone, or arrays too. */
pinna_status pinna_checkpoint_share_figures(const pinna_checkpoint *state,
                                            pinna_ranks *ranks,
                                            pinna_error *error);
pinna_status pinna_checkpoint_share(const pinna_checkpoint *state,
                                    pinna_ranks *ranks, pinna_error *error);

#endif
