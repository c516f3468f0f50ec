/* tools/train_settings.h -- the options that all of `pinna train` share */
#ifndef PINNA_TOOLS_TRAIN_SETTINGS_H
#define PINNA_TOOLS_TRAIN_SETTINGS_H

#include "dsp/status.h"
#include "rnn/cell_kind.h"
#include "tools/option_file.h"
#include "tools/options.h"
#include "tools/trainer.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_train_settings {
    pinna_train_options train;
    const char *optimiser, *schedule, *precision; /* names */
    const char *config, *statement;
    bool show_config, dry_run, warmup_given;
    pinna_option_file file;
    pinna_option options[PINNA_MAX_OPTIONS]; /* all of them, for the model */
    size_t n_options;
} pinna_train_settings;

/* What no task has its own value of. */
pinna_train_settings pinna_train_settings_default(void);
void pinna_train_settings_free(pinna_train_settings *settings);

/* Reads command line and --config by the options of a task [n] with the shared
 * ones behind, which begin with --output; checks what is shared, and answers
 * --show-config. Without --warmup, what is set is at most half of the steps.
 * The task's option named data, a text or a list, and a model file to write are
 * needed unless nothing is to be written. Returns -1 to go on, or the exit
 * code. The settings stay where they are from then on. */
int pinna_train_settings_parse(const pinna_usage *usage,
                               pinna_train_settings *settings,
                               const pinna_option *own, size_t n,
                               const char *data, int argc, char **argv);

/* The cell that --cell names. Returns -1 to go on, or the exit code for one
 * that there is not. */
int pinna_cell_option(const pinna_usage *usage, const char *name,
                      pinna_cell_kind *cell);

/* The precision that --precision names becomes that of all products. Returns -1
 * to go on, or the exit code for one that there is not. */
int pinna_precision_option(const pinna_usage *usage, const char *name);

/* If a launcher has started several ranks, join them: from here on n_threads
 * are those of all, and all but the rank that writes are quiet. With --dry-run
 * each stays on its own. */
pinna_status pinna_train_settings_join(pinna_train_settings *settings,
                                       pinna_error *error);

/* The end of a command with what it has come to: says what went wrong, and
 * leaves the other ranks. Returns the exit code, `code` if nothing did. */
int pinna_train_settings_leave(const pinna_usage *usage,
                               pinna_train_settings *settings,
                               pinna_status status, const pinna_error *error,
                               int code);

/* Does the course of the training hang on its validations? */
bool pinna_hangs_on_validation(const pinna_train_options *options);

#endif
