/* tools/train_settings.h -- the options that all of `pinna train` share */
#ifndef PINNA_TOOLS_TRAIN_SETTINGS_H
#define PINNA_TOOLS_TRAIN_SETTINGS_H

#include "dsp/status.h"
#include "tools/option_file.h"
#include "tools/options.h"
#include "tools/trainer.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_train_settings {
    pinna_train_options train;
    const char *optimiser, *schedule; /* names */
    const char *config, *statement;
    bool show_config, dry_run;
    pinna_option_file file;
} pinna_train_settings;

/* What no task has its own value of. */
pinna_train_settings pinna_train_settings_default(void);
void pinna_train_settings_free(pinna_train_settings *settings);

/* The options of a task [n] with the shared ones behind, which begin with
 * --output: to all [PINNA_MAX_OPTIONS]. Returns how many. */
size_t pinna_train_settings_options(pinna_train_settings *settings,
                                    const pinna_option *own, size_t n,
                                    pinna_option *all);

/* Reads command line and --config, checks what is shared, and answers
 * --show-config. Returns -1 to go on, or the exit code. */
int pinna_train_settings_parse(const pinna_usage *usage,
                               pinna_train_settings *settings,
                               const pinna_option *all, size_t n, int argc,
                               char **argv);

/* If a launcher has started several ranks, join them: from here on n_threads
 * are those of all, and all but the rank that writes are quiet. */
pinna_status pinna_train_settings_join(pinna_train_settings *settings,
                                       pinna_error *error);

/* The end of a command with what it has come to: says what went wrong, and
 * leaves the other ranks. Returns the exit code, `code` if nothing did. */
int pinna_train_settings_leave(const pinna_usage *usage,
                               pinna_train_settings *settings,
                               pinna_status status, const pinna_error *error,
                               int code);

#endif
