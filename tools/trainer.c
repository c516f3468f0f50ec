#include "tools/trainer.h"

#include "rnn/clip_grad.h"
#include "rnn/linalg.h"
#include "rnn/whole_file.h"
#include "tools/checkpoint.h"
#include "tools/fingerprint.h"
#include "tools/gradient_shares.h"
#include "tools/progress.h"
#include "tools/run_lock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What has come together since the last validation. */
typedef struct interval {
    size_t n_steps, n_frames;
    double loss, norm; /* sums */
    double seconds;    /* without validations */
} interval;

typedef struct trainer {
    const pinna_train_options *options;
    const pinna_train_task *task;
    pinna_model *model;
    pinna_gradient_shares *shares;
    pinna_optimiser optimiser;
    float *ema;
    float *carried; /* [task->n_carried] as it was after the last whole step */
    size_t step;
    interval since;
    double seconds; /* of all sessions of the run */
    pinna_plateau rate_plateau, best;
    size_t n_cuts, best_step;
    pinna_train_log log;
    char checkpoint[4096];
    char run[128]; /* what may not change when it is resumed */
} trainer;

/* ---- what a checkpoint holds ---- */

static pinna_checkpoint checkpoint_of(trainer *t)
{
    pinna_params *params = &t->model->network.params;
    pinna_checkpoint state = {
        .run = t->run,
        .training = t->model->training,
        .n_values = params->n_values,
        .arrays = {{.name = "weights", .values = params->values},
                   {.name = "ema", .values = t->ema}},
        .n_arrays = 2,
        .figures =
            {
                {.name = "step", .count = &t->step},
                {.name = "seconds", .number = &t->seconds},
                {.name = "since.steps", .count = &t->since.n_steps},
                {.name = "since.frames", .count = &t->since.n_frames},
                {.name = "since.loss", .number = &t->since.loss},
                {.name = "since.norm", .number = &t->since.norm},
                {.name = "since.seconds", .number = &t->since.seconds},
                {.name = "plateau.best", .number = &t->rate_plateau.best},
                {.name = "plateau.worse", .count = &t->rate_plateau.n_worse},
                {.name = "plateau.cuts", .count = &t->n_cuts},
                {.name = "best.score", .number = &t->best.best},
                {.name = "best.worse", .count = &t->best.n_worse},
                {.name = "best.step", .count = &t->best_step},
            },
        .n_figures = 13,
    };
    for (size_t i = 0; i < t->optimiser.n_memory; i++)
        state.arrays[state.n_arrays++] =
            (pinna_checkpoint_array){.name = t->optimiser.memory[i].name,
                                     .values = t->optimiser.memory[i].values};
    if (t->task->n_carried > 0)
        state.arrays[state.n_arrays++] = (pinna_checkpoint_array){
            .name = "carried", .values = t->carried, .n = t->task->n_carried};
    return state;
}

static bool writes(const trainer *t)
{
    return pinna_ranks_writes(t->options->ranks);
}

static pinna_status agree(const trainer *t, pinna_status status,
                          pinna_error *error)
{
    return pinna_ranks_agree(t->options->ranks, status, error);
}

static pinna_status save(trainer *t, pinna_error *error)
{
    if (!writes(t))
        return PINNA_OK;
    const pinna_checkpoint state = checkpoint_of(t);
    return pinna_checkpoint_write(t->checkpoint, &state, error);
}

/* The input normalisation is computed from the data, so that it tells whether
 * they are the same, as does the hash of tasks that have one. */
static void name_run(trainer *t)
{
    const pinna_model *model = t->model;
    const pinna_optimiser_kind kind = t->options->optimiser.kind;
    const size_t n_bytes = model->network.config.n_in * sizeof(float);
    const uint64_t given = t->task->data_hash;
    uint64_t hash = PINNA_FINGERPRINT_NONE;

    hash = pinna_fingerprint(hash, model->offset, model->offset ? n_bytes : 0);
    hash = pinna_fingerprint(hash, model->scale, model->scale ? n_bytes : 0);
    hash = pinna_fingerprint(hash, &given, given ? sizeof given : 0);
    /* Runs of earlier versions knew AdamW alone, and do not name it. */
    snprintf(t->run, sizeof t->run, "seed %llu, batch %zu, data %016llx%s%s",
             (unsigned long long)t->options->seed, t->options->batch_size,
             (unsigned long long)hash, kind == PINNA_ADAMW ? "" : ", ",
             kind == PINNA_ADAMW ? "" : pinna_optimiser_names[kind]);
}

static pinna_status read_state(trainer *t, pinna_error *error)
{
    if (!t->options->resume) {
        /* Hours of work are not lost to a forgotten option. */
        if (access(t->checkpoint, F_OK) == 0)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "%s: left by an earlier run: go on from it with "
                              "--resume, or remove it",
                              t->checkpoint);
        return PINNA_OK;
    }
    const pinna_checkpoint state = checkpoint_of(t);
    const pinna_status status =
        pinna_checkpoint_read(t->checkpoint, &state, error);
    return status == PINNA_NOT_FOUND ? PINNA_OK : status;
}

static pinna_status share_figures(trainer *t, pinna_error *error)
{
    const pinna_checkpoint state = checkpoint_of(t);
    return pinna_checkpoint_share_figures(&state, t->options->ranks, error);
}

/* ---- a step ---- */

static void move_carried(const trainer *t, float *to, const float *from)
{
    if (t->task->n_carried > 0)
        memcpy(to, from, t->task->n_carried * sizeof *to);
}

/* The mean follows quickly at first, when there is little to average. */
static void follow(trainer *t)
{
    const size_t n = t->model->network.params.n_values;
    const float *values = t->model->network.params.values;
    const double step = (double)t->step;
    const double ramp = (1 + step) / (10 + step);
    const float keep = (float)fmin(t->options->ema, ramp);

    for (size_t k = 0; k < n; k++)
        t->ema[k] = values[k] + keep * (t->ema[k] - values[k]);
}

static double learning_rate(const trainer *t)
{
    return pinna_schedule_rate(&t->options->schedule, t->step,
                               t->options->n_steps, t->n_cuts);
}

static pinna_status train_step(trainer *t, pinna_error *error)
{
    const double start_s = pinna_clock_s();
    const size_t n = t->model->network.params.n_values;
    pinna_share sum;

    const pinna_status status =
        pinna_gradient_shares_step(t->shares, t->step, &sum, error);
    if (status)
        return status;
    const double norm = pinna_clip_grad_norm(sum.grads, n, t->options->clip);
    if (!isfinite(norm))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "step %zu: the gradient is not finite", t->step);
    pinna_optimiser_step(&t->optimiser, t->step, learning_rate(t), sum.grads,
                         t->model->network.params.values);
    t->step++;
    follow(t);
    move_carried(t, t->carried, t->task->carried);
    t->since.n_steps++;
    t->since.n_frames += (size_t)sum.n_frames;
    t->since.loss += sum.loss;
    t->since.norm += norm;
    t->since.seconds += pinna_clock_s() - start_s;
    return PINNA_OK;
}

/* ---- validation ---- */

/* Run with the mean of the weights in the network's place, then put the
 * trained weights back. */
static void swap_ema(trainer *t)
{
    float *values = t->model->network.params.values;
    t->model->network.params.values = t->ema;
    t->ema = values;
}

/* What the model says of its quality: the figure of the validation. */
static pinna_status note_quality(pinna_model *model, size_t step, double score,
                                 pinna_error *error)
{
    char text[96];
    if (isnan(score))
        snprintf(text, sizeof text, "{\"step\":%zu}", step);
    else
        snprintf(text, sizeof text, "{\"step\":%zu,\"validation\":%.6g}", step,
                 isfinite(score) ? score : -1.0);
    free(model->quality);
    model->quality = strdup(text);
    return model->quality ? PINNA_OK
                          : pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
}

/* Judge the mean of the weights, and write the model if it is to be kept. With
 * patience only the best is, and one beside the plan does not count: where a
 * run is interrupted must not change its end. */
static pinna_status validate(trainer *t, bool planned, pinna_validation *result,
                             pinna_error *error)
{
    bool keep = t->options->patience == 0;

    memset(result, 0, sizeof *result);
    swap_ema(t);
    pinna_status status =
        t->task->validate(t->task->self, &t->model->network, result, error);
    if (!status && planned) {
        if (t->options->patience > 0 &&
            pinna_plateau_note(&t->best, result->score)) {
            t->best_step = t->step;
            keep = true;
        }
        if (t->options->schedule.kind == PINNA_SCHEDULE_PLATEAU &&
            !pinna_plateau_note(&t->rate_plateau, result->score) &&
            t->rate_plateau.n_worse == t->options->schedule.patience) {
            t->rate_plateau.n_worse = 0;
            t->n_cuts++;
        }
    }
    if (!status && keep)
        status = note_quality(t->model, t->step, result->score, error);
    if (!status && keep)
        status = pinna_model_write(t->options->output, t->model, error);
    swap_ema(t);
    return status;
}

static pinna_status write_log(trainer *t, double rate,
                              const pinna_validation *result,
                              pinna_error *error)
{
    const interval *since = &t->since;
    const double n = (double)since->n_steps;
    pinna_figure figures[6 + PINNA_MAX_FIGURES] = {
        {"seconds", t->seconds},
        {"loss", since->loss / n},
        {"learning_rate", rate},
        {"gradient_norm", since->norm / n},
        {"frames_per_second", (double)since->n_frames / since->seconds},
        {"score", result->score},
    };

    for (size_t i = 0; i < result->n_figures; i++)
        figures[6 + i] = result->figures[i];
    return pinna_train_log_write(&t->log, t->step, figures,
                                 6 + result->n_figures, error);
}

/* The checkpoint comes last: killed before, the run does the steps again and
 * comes to the same model and the same line. Beside the plan it comes first,
 * too: who stops a run may give it little time. */
static pinna_status validate_and_save(trainer *t, bool planned, double start_s,
                                      pinna_error *error)
{
    const double before_s = t->seconds;
    const double rate = pinna_schedule_rate(&t->options->schedule, t->step - 1,
                                            t->options->n_steps, t->n_cuts);
    pinna_validation result;

    pinna_status status = planned ? PINNA_OK : save(t, error);
    if (!status)
        status = validate(t, planned, &result, error);
    t->seconds += pinna_clock_s() - start_s;
    if (!status && !t->options->quiet)
        pinna_message("step %zu  loss %.5f  %s%s%.0f s", t->step,
                      t->since.loss / (double)t->since.n_steps, result.line,
                      result.line[0] ? "  " : "", t->seconds);
    if (!status && planned && t->log.file)
        status = write_log(t, rate, &result, error);
    if (planned)
        t->since = (interval){0};
    if (!status)
        status = save(t, error);
    if (status)
        t->seconds = before_s;
    return status;
}

/* Rank 0 does it for all. */
static pinna_status look_back(trainer *t, bool planned, double start_s,
                              pinna_error *error)
{
    pinna_status status =
        writes(t) ? validate_and_save(t, planned, start_s, error) : PINNA_OK;

    status = agree(t, status, error);
    return status ? status : share_figures(t, error);
}

/* ---- the loop ---- */

static bool is_done(const trainer *t)
{
    const size_t patience = t->options->patience;
    return t->step >= t->options->n_steps ||
           (patience > 0 && t->best.n_worse >= patience);
}

/* A step that another rank has left has changed nothing yet. */
static void keep_last_step(trainer *t, pinna_status status, pinna_error *error)
{
    pinna_error cause = {""};

    if (error)
        cause = *error;
    if (writes(t) && save(t, error) == PINNA_OK)
        pinna_fail(error, status, "%s; step %zu is saved: --resume goes on",
                   cause.text, t->step);
}

static pinna_status loop(trainer *t, pinna_error *error)
{
    const pinna_train_options *o = t->options;
    double start_s = pinna_clock_s();
    pinna_progress progress;

    /* A place that cannot be written to is told now, not after an hour. */
    pinna_status status = agree(t, save(t, error), error);
    pinna_progress_start(&progress, "train", o->quiet);
    while (!status && !is_done(t)) {
        status = train_step(t, error);
        if (status)
            break;

        char note[48];
        snprintf(note, sizeof note, "loss %.4f",
                 t->since.loss / (double)t->since.n_steps);
        pinna_progress_update(&progress, (double)t->step, (double)o->n_steps,
                              note);
        const bool planned =
            t->step == o->n_steps || t->step % o->validate_every == 0;
        const bool stop = pinna_ranks_interrupted(o->ranks);
        if (!planned && !stop)
            continue;
        status = look_back(t, planned, start_s, error);
        start_s = pinna_clock_s();
        if (!status && stop && !is_done(t))
            status = pinna_fail(error, PINNA_INTERRUPTED,
                                "interrupted at step %zu; --resume goes on",
                                t->step);
    }
    pinna_progress_end(&progress);
    if (pinna_ranks_broken(o->ranks))
        keep_last_step(t, status, error);
    if (!status && o->patience > 0 && !o->quiet)
        pinna_message("the best validation was at step %zu%s", t->best_step,
                      t->step < o->n_steps ? ": training ends early" : "");
    if (!status && !o->quiet)
        pinna_message("-> %s", o->output);
    return status;
}

static pinna_status allocate(trainer *t)
{
    const pinna_train_options *o = t->options;
    const pinna_params *params = &t->model->network.params;

    t->ema = malloc(params->n_values * sizeof(float));
    t->carried = malloc((t->task->n_carried + 1) * sizeof(float));
    if (!t->ema || !t->carried)
        return PINNA_NO_MEMORY;
    memcpy(t->ema, params->values, params->n_values * sizeof(float));
    move_carried(t, t->carried, t->task->carried);
    pinna_status status =
        pinna_optimiser_new(&o->optimiser, params->n_values, &t->optimiser);
    if (!status)
        status = pinna_gradient_shares_new(t->task, &t->model->network,
                                           o->batch_size, o->n_threads,
                                           o->ranks, &t->shares);
    return status;
}

/* Of rank 0. */
static pinna_status open_files(trainer *t, pinna_error *error)
{
    pinna_whole_file_clean(t->options->output);
    pinna_whole_file_clean(t->checkpoint);
    pinna_status status = read_state(t, error);
    if (!status && t->options->log)
        status = pinna_train_log_open(t->options->log, t->step, &t->log, error);
    return status;
}

/* With the output locked. */
static pinna_status run(trainer *t, pinna_error *error)
{
    name_run(t);
    pinna_linalg_init();
    pinna_status status = allocate(t);
    if (status)
        pinna_fail(error, status, "cannot set up training: %s",
                   pinna_strerror(status));
    if (!status && writes(t))
        status = open_files(t, error);
    status = agree(t, status, error);
    const pinna_checkpoint state = checkpoint_of(t);
    if (!status)
        status = pinna_checkpoint_share(&state, t->options->ranks, error);
    move_carried(t, t->task->carried, t->carried);
    if (!status && !is_done(t))
        status = loop(t, error);
    else if (!status && !t->options->quiet)
        pinna_message("already at step %zu of %zu", t->step,
                      t->options->n_steps);
    if (t->ema) /* it takes the place of the weights at the end, always */
        swap_ema(t);
    pinna_train_log_close(&t->log);
    pinna_optimiser_free(&t->optimiser);
    pinna_gradient_shares_free(t->shares);
    free(t->ema);
    free(t->carried);
    return status;
}

static bool are_in_range(const pinna_train_options *o)
{
    const pinna_schedule *s = &o->schedule;
    return o->n_threads > 0 && o->n_threads <= PINNA_MAX_THREADS &&
           o->batch_size > 0 && o->n_steps > s->warmup_steps &&
           o->validate_every > 0 &&
           (s->kind != PINNA_SCHEDULE_STEP || s->step_size > 0) &&
           (s->kind != PINNA_SCHEDULE_PLATEAU || s->patience > 0) &&
           (!o->log || pinna_train_log_name_fits(o->log));
}

pinna_status pinna_train(const pinna_train_options *options,
                         const pinna_train_task *task, pinna_model *model,
                         pinna_error *error)
{
    pinna_run_lock lock = {.file = -1};

    if (!are_in_range(options))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "training options are out of range");
    trainer *t = calloc(1, sizeof *t);
    if (!t)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    t->options = options;
    t->task = task;
    t->model = model;
    t->rate_plateau = t->best = pinna_plateau_new();
    if (options->checkpoint)
        snprintf(t->checkpoint, sizeof t->checkpoint, "%s",
                 options->checkpoint);
    else
        snprintf(t->checkpoint, sizeof t->checkpoint, "%s.checkpoint",
                 options->output);

    pinna_status status =
        writes(t) ? pinna_run_lock_take(options->output, &lock, error)
                  : PINNA_OK;
    status = agree(t, status, error);
    if (!status)
        status = run(t, error);
    pinna_run_lock_release(&lock);
    free(t);
    return status;
}
