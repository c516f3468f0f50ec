/* tools/trainer.h -- the training loop that all tasks share
 *
 * Data-parallel over threads, and over processes (tools/ranks.h): every step
 * each thread computes the gradient of its share of the batch; the shares are
 * summed in a fixed order, clipped, and given to the optimiser. What an item
 * holds depends on the seed and its number alone, so that the same seed and
 * thread count give the same bits, and a run that goes on from a checkpoint
 * ends as one that was never stopped, killed at whatever moment. The model that
 * is kept is the exponential mean of the weights over the steps (Polyak and
 * Juditsky 1992). */
#ifndef PINNA_TOOLS_TRAINER_H
#define PINNA_TOOLS_TRAINER_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/optimiser.h"
#include "tools/ranks.h"
#include "tools/schedule.h"
#include "tools/train_log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PINNA_MAX_THREADS 1024 /* of all ranks */
#define PINNA_MAX_FIGURES 8

typedef struct pinna_train_options {
    size_t n_steps;
    size_t batch_size;  /* items of a step, over all threads */
    size_t n_threads;   /* of all ranks */
    pinna_ranks *ranks; /* NULL for this process alone */
    pinna_optimiser_config optimiser;
    pinna_schedule schedule;
    double clip; /* norm of the gradient */
    double ema;  /* weight of the past in the mean of weights */
    uint64_t seed;
    size_t validate_every; /* steps; also when a checkpoint is written */
    size_t patience; /* end after so many validations in a row without a better
                        one, and keep the best model instead of the last; 0:
                        never */
    const char *output;     /* the model file */
    const char *checkpoint; /* NULL for OUTPUT.checkpoint */
    const char *log;        /* see tools/train_log.h; NULL for none */
    bool resume; /* go on from the checkpoint if it is there; without, one
                    that is there is an error */
    bool quiet;
} pinna_train_options;

typedef struct pinna_validation {
    double score;   /* lower is better; NAN when there is nothing to judge by */
    char line[256]; /* for people; may stay empty */
    pinna_figure figures[PINNA_MAX_FIGURES];
    size_t n_figures;
} pinna_validation;

/* What a task gives. self belongs to the task. */
typedef struct pinna_train_task {
    void *self;

    /* Add the gradient of the mean loss over the batch, as far as items
     * first .. first + n - 1 of this step make it, to grads, and their share of
     * the loss to *loss. Called by several threads at once, but never at once
     * with the same share number. */
    pinna_status (*gradient)(void *self, const pinna_network *network,
                             size_t share, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error);

    /* A hash of all that is learned from, inputs and answers, so that no other
     * data are taken up by --resume; 0 when the input normalisation, which is
     * computed from them, tells enough. */
    uint64_t data_hash;

    /* What gradient() carries from step to step beside the network, kept in
     * checkpoints: item by item of a batch, as much for each, and changed by
     * the gradient of that item alone. NULL for nothing. */
    float *carried; /* [n_carried] */
    size_t n_carried;

    /* Frames of input in the share's last gradient, for the log; NULL when
     * nobody counts. */
    size_t (*n_frames)(void *self, size_t share);

    /* Judge the network; the result is zeroed before. Rank 0 alone does it. */
    pinna_status (*validate)(void *self, const pinna_network *network,
                             pinna_validation *result, pinna_error *error);
} pinna_train_task;

/* Trains model->network from what it holds and leaves the mean of the weights
 * in it. Writes checkpoints and the model on the way. PINNA_INTERRUPTED after
 * Ctrl-C, when a checkpoint has been written; PINNA_BAD_ARG when another run is
 * writing the same output. One line per validation goes to stderr, and one at
 * the end that names the model, or says that the run was at its end already.
 * With ranks all of them call it, with the same model, and end alike; rank 0
 * alone writes. When one is lost, rank 0 saves the last whole step. */
pinna_status pinna_train(const pinna_train_options *options,
                         const pinna_train_task *task, pinna_model *model,
                         pinna_error *error);

#endif
