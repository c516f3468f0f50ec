/* tools/eval_files.h -- kinds of `pinna eval` that judge a model on each file
 * by itself */
#ifndef PINNA_TOOLS_EVAL_FILES_H
#define PINNA_TOOLS_EVAL_FILES_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/json_writer.h"
#include "tools/options.h"

/* What sets one kind apart. */
typedef struct pinna_file_kind {
    const pinna_usage *usage;
    const char *task;
    const char *file;       /* what the usage calls one */
    const char *model_help; /* of --model */
    /* Prints figures of the file, or adds an object to json if that has a
     * file. */
    pinna_status (*judge)(const pinna_model *model, const char *path,
                          pinna_json *json, pinna_error *error);
} pinna_file_kind;

/* Parses the command line and judges all files, also behind one that fails;
 * returns the exit code. */
int pinna_eval_files(const pinna_file_kind *kind, int argc, char **argv);

#endif
