/* tests/toy_runs.h -- training runs of a toy: the output is to be half of the
 * input. Link with small_models.c and without a true fsync(). */
#ifndef PINNA_TESTS_TOY_RUNS_H
#define PINNA_TESTS_TOY_RUNS_H

#include "rnn/network_train.h"
#include "tools/trainer.h"

enum { T = 4, MAX_BATCH = 6, MAX_VALUES = 2000, N_SCORES = 6, NEVER = 1000000 };

typedef struct toy {
    pinna_net_worker *workers[PINNA_MAX_THREADS];
    size_t n_threads, batch_size;
    uint64_t seed, data_hash;
    size_t fail_step, interrupt_step, nan_step, exit_step; /* or NEVER */
    bool carries; /* items go on with what the ones in their place left */
    float carried[MAX_BATCH];
    const double *scores; /* [n_scores] in place of the true ones, or NULL */
    size_t n_scores;
    void (*on_validation)(void); /* NULL for nothing */
    double first_score, score;
    size_t n_validations;
} toy;

toy *new_toy(const pinna_train_options *o, const pinna_model *model);
void toy_free(toy *task);
pinna_train_task interface_of(toy *task);

pinna_train_options options_for(const char *output);

/* The weights that a run ends with. */
typedef struct result {
    float values[MAX_VALUES];
    size_t n;
    pinna_status status;
    pinna_error error;
    double first_score, score;
    size_t n_validations;
} result;

const char *checkpoint_of(const pinna_train_options *options);

/* Train a new model, from the start unless it resumes; spoil may change the
 * task, or be NULL. */
result train(const pinna_train_options *options, void (*spoil)(toy *task));
result train_well(const pinna_train_options *options);
void assert_same_result(const result *a, const result *b);

/* The checkpoint's weights [n]; gives its step. */
size_t read_checkpoint(const char *path, float *weights);

#endif
