#include "tools/train_settings.h"

#include "rnn/bf16_kernels.h"
#include "rnn/linalg.h"
#include "tools/command.h"
#include "tools/mpi_link.h"
#include "tools/output_paths.h"
#include "tools/progress.h"

#include <stdio.h>
#include <string.h>

static const char *const precisions[] = {"float32", "bfloat16"};
#define N_PRECISIONS (sizeof precisions / sizeof *precisions)

pinna_train_settings pinna_train_settings_default(void)
{
    const size_t n_threads = pinna_default_jobs();

    return (pinna_train_settings){
        .optimiser = pinna_optimiser_names[PINNA_ADAMW],
        .schedule = pinna_schedule_names[PINNA_SCHEDULE_COSINE],
        .precision = precisions[PINNA_FLOAT32],
        .train =
            {
                .batch_size = 32,
                .n_threads = n_threads < PINNA_MAX_THREADS ? n_threads
                                                           : PINNA_MAX_THREADS,
                .optimiser = {.momentum = 0.9},
                .schedule = {.step_size = 1000, .factor = 0.5, .patience = 5},
                .seed = 1,
                .validate_every = 500,
            },
    };
}

void pinna_train_settings_free(pinna_train_settings *settings)
{
    pinna_option_file_free(&settings->file);
}

/* The options of a task [n] with the shared ones behind. */
static void join_options(pinna_train_settings *s, const pinna_option *own,
                         size_t n)
{
    pinna_train_options *t = &s->train;
    const pinna_option shared[] = {
        {"output", 'o', "MODEL", "model file to write", .text = &t->output},
        {"steps", 0, "N", "updates", .count = &t->n_steps,
         .shows_default = true, .low = 1, .high = 1e9},
        {"batch", 0, "N", "items of a step", .count = &t->batch_size,
         .shows_default = true, .low = 1, .high = 4096},
        {"optimiser", 0, "NAME", "adamw, adam, sgd or rmsprop",
         .text = &s->optimiser, .shows_default = true},
        {"momentum", 0, "M", "of sgd", .number = &t->optimiser.momentum,
         .shows_default = true, .low = 0, .high = 0.9999},
        {"nesterov", 0, NULL, "of sgd: look ahead",
         .flag = &t->optimiser.nesterov},
        {"weight-decay", 0, "D", "pull weights to zero",
         .number = &t->optimiser.weight_decay, .shows_default = true, .low = 0,
         .high = 1},
        {"lr", 0, "RATE", "highest learning rate",
         .number = &t->schedule.learning_rate, .shows_default = true, .low = 0,
         .high = 10},
        {"warmup", 0, "N", "steps to reach it; by itself at most half of all",
         .count = &t->schedule.warmup_steps, .given = &s->warmup_given,
         .shows_default = true, .low = 0, .high = 1e6},
        {"schedule", 0, "NAME", "cosine (down to 0), constant, step or plateau",
         .text = &s->schedule, .shows_default = true},
        {"lr-factor", 0, "X", "of step and plateau: lower the rate to X times",
         .number = &t->schedule.factor, .shows_default = true, .low = 0.001,
         .high = 1},
        {"lr-step", 0, "N", "of step: every N steps",
         .count = &t->schedule.step_size, .shows_default = true, .low = 1,
         .high = 1e9},
        {"lr-patience", 0, "N",
         "of plateau: after N validations without a better one",
         .count = &t->schedule.patience, .shows_default = true, .low = 1,
         .high = 1e6},
        {"patience", 0, "N",
         "end after N validations without a better one, and keep\n"
         "the best model instead of the last (default 0: do neither)",
         .count = &t->patience, .low = 0, .high = 1e6},
        {"clip", 0, "NORM", "clip the gradient's norm", .number = &t->clip,
         .shows_default = true, .low = 1e-9, .high = 1e9},
        {"ema", 0, "KEEP", "mean of weights over steps", .number = &t->ema,
         .shows_default = true, .low = 0, .high = 0.999999},
        {"validate-every", 0, "N", "steps between checkpoints",
         .count = &t->validate_every, .shows_default = true, .low = 1,
         .high = 1e9},
        {"precision", 0, "NAME",
         "of matrix products: float32, or bfloat16, which is several times\n"
         "faster on processors with AMX and slower on all others",
         .text = &s->precision, .shows_default = true},
        {"threads", 0, "N",
         "threads, of each rank (default: one per processor)",
         .count = &t->n_threads, .low = 1, .high = PINNA_MAX_THREADS},
        {"statement", 0, "TEXT", "data and licence, kept in the model",
         .text = &s->statement},
        {"seed", 0, "N", "of everything random (default 1)", .seed = &t->seed},
        {"log", 0, "FILE",
         "figures of every validation, as .csv or .jsonl; pinna report\n"
         "draws them",
         .text = &t->log, .once = true},
        {"resume", 0, NULL, "go on from MODEL.checkpoint", .flag = &t->resume,
         .once = true},
        {"config", 0, "FILE",
         "options by their long names as JSON, or those of a MODEL; what\n"
         "the command line says wins",
         .text = &s->config, .once = true},
        {"show-config", 0, NULL, "print all options as JSON and end",
         .flag = &s->show_config, .once = true},
        {"dry-run", 0, NULL,
         "check all of the data, name every bad line, and end",
         .flag = &s->dry_run, .once = true},
        {"quiet", 'q', NULL, "no log lines", .flag = &t->quiet, .once = true},
    };

    memcpy(s->options, own, n * sizeof *own);
    memcpy(s->options + n, shared, sizeof shared);
    s->n_options = n + sizeof shared / sizeof *shared;
}

int pinna_precision_option(const pinna_usage *usage, const char *name)
{
    const size_t precision = pinna_parse_choice(name, precisions, N_PRECISIONS);

    if (precision == N_PRECISIONS)
        return pinna_usage_error(
            usage, "--precision %s: neither float32 nor bfloat16", name);
    if (precision == PINNA_BFLOAT16 && !pinna_bf16_kernels_amx())
        pinna_message("pinna %s: bfloat16 is slow here: this processor or its "
                      "system has no AMX",
                      usage->command);
    pinna_linalg_set_precision((pinna_precision)precision);
    return -1;
}

/* From names to kinds, and what one option alone cannot tell. */
static int check(const pinna_usage *usage, pinna_train_settings *s)
{
    pinna_train_options *t = &s->train;
    const size_t optimiser = pinna_parse_choice(
        s->optimiser, pinna_optimiser_names, PINNA_N_OPTIMISERS);
    const size_t schedule = pinna_parse_choice(
        s->schedule, pinna_schedule_names, PINNA_N_SCHEDULES);

    if (optimiser == PINNA_N_OPTIMISERS)
        return pinna_usage_error(
            usage, "--optimiser %s: none of adamw, adam, sgd, rmsprop",
            s->optimiser);
    if (schedule == PINNA_N_SCHEDULES)
        return pinna_usage_error(
            usage, "--schedule %s: none of cosine, constant, step, plateau",
            s->schedule);
    t->optimiser.kind = (pinna_optimiser_kind)optimiser;
    t->schedule.kind = (pinna_schedule_kind)schedule;
    if (!s->warmup_given && t->schedule.warmup_steps > t->n_steps / 2)
        t->schedule.warmup_steps = t->n_steps / 2;
    if (t->n_steps <= t->schedule.warmup_steps)
        return pinna_usage_error(usage, "--steps %zu must exceed --warmup %zu",
                                 t->n_steps, t->schedule.warmup_steps);
    if (t->log && !pinna_train_log_name_fits(t->log))
        return pinna_usage_error(usage, "--log %s: neither .csv nor .jsonl",
                                 t->log);
    return pinna_precision_option(usage, s->precision);
}

/* The files that the option names, if it names data; one may stand in only. */
static pinna_list data_of(const pinna_option *option, const char **only)
{
    if (option->list)
        return *option->list;
    const bool is_data = option->text && *option->text &&
                         (strcmp(option->name, "train") == 0 ||
                          strcmp(option->name, "val") == 0);
    *only = is_data ? *option->text : NULL;
    return (pinna_list){.items = only, .n_items = is_data ? 1 : 0};
}

/* No data may be the model or the log, nor these the same. */
static int check_outputs(const pinna_usage *usage,
                         const pinna_train_settings *settings)
{
    const char *const outputs[] = {settings->train.output, settings->train.log};
    const pinna_option *all = settings->options;
    int code = -1;

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; code < 0 && outputs[i] && k < settings->n_options;
             k++) {
            const char *only;
            const pinna_list data = data_of(&all[k], &only);
            code = pinna_refuse_own_input(usage, &data, outputs[i]);
        }
    if (code < 0 && outputs[0] && outputs[1] &&
        strcmp(outputs[0], outputs[1]) == 0)
        code =
            pinna_usage_error(usage, "%s cannot be model and log", outputs[0]);
    return code;
}

/* Are there data, by the option of that name, and a model file to write? */
static int check_needed(const pinna_usage *usage,
                        const pinna_train_settings *settings, const char *data)
{
    const pinna_option *option = settings->options;
    while (strcmp(option->name, data) != 0)
        option++;
    const bool has_data =
        option->list ? option->list->n_items > 0 : *option->text != NULL;
    const bool has_output = settings->train.output || settings->dry_run;

    if (has_data && has_output)
        return -1;
    return pinna_usage_error(
        usage, "%s%s%s%s %s needed", has_data ? "" : "--", has_data ? "" : data,
        has_data || has_output ? "" : " and ", has_output ? "" : "-o",
        has_data || has_output ? "is" : "are");
}

int pinna_train_settings_parse(const pinna_usage *usage,
                               pinna_train_settings *settings,
                               const pinna_option *own, size_t n,
                               const char *data, int argc, char **argv)
{
    pinna_train_settings *s = settings;

    join_options(s, own, n);
    int code = pinna_option_file_parse(usage, s->options, s->n_options, argc,
                                       argv, &s->config, &s->file);
    if (code < 0)
        code = check(usage, s);
    if (code < 0)
        code = check_outputs(usage, s);
    if (code < 0 && s->show_config) {
        pinna_json json = {.file = stdout};
        pinna_option_file_write(s->options, s->n_options, NULL, &json);
        code = PINNA_EXIT_DONE;
    }
    return code < 0 ? check_needed(usage, s, data) : code;
}

int pinna_cell_option(const pinna_usage *usage, const char *name,
                      pinna_cell_kind *cell)
{
    if (pinna_cell_from_name(name, cell))
        return pinna_usage_error(usage, "--cell: there is no \"%s\"", name);
    return -1;
}

pinna_status pinna_train_settings_join(pinna_train_settings *settings,
                                       pinna_error *error)
{
    pinna_train_options *t = &settings->train;
    pinna_rank_link link;

    if (settings->dry_run || !pinna_mpi_launched())
        return PINNA_OK;
    pinna_status status = pinna_mpi_link_start(&link, error);
    if (!status)
        status = pinna_ranks_new(&link, t->n_threads, &t->ranks, error);
    if (status)
        return status;
    t->n_threads = pinna_ranks_all_threads(t->ranks, 0);
    t->quiet = t->quiet || !pinna_ranks_writes(t->ranks);
    return t->n_threads <= PINNA_MAX_THREADS
               ? PINNA_OK
               : pinna_fail(error, PINNA_BAD_ARG,
                            "%zu threads of all ranks are more than %d",
                            t->n_threads, PINNA_MAX_THREADS);
}

int pinna_train_settings_leave(const pinna_usage *usage,
                               pinna_train_settings *settings,
                               pinna_status status, const pinna_error *error,
                               int code)
{
    if (status && pinna_ranks_writes(settings->train.ranks))
        pinna_message("pinna %s: %s", usage->command,
                      error->text[0] ? error->text : pinna_strerror(status));
    pinna_ranks_leave(settings->train.ranks, status, error);
    settings->train.ranks = NULL;
    return status == PINNA_OK            ? code
           : status == PINNA_INTERRUPTED ? PINNA_EXIT_INTERRUPTED
                                         : PINNA_EXIT_START;
}

bool pinna_hangs_on_validation(const pinna_train_options *options)
{
    return options->patience > 0 ||
           options->schedule.kind == PINNA_SCHEDULE_PLATEAU;
}
