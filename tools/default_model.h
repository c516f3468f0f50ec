/* tools/default_model.h -- the model that a command works with */
#ifndef PINNA_TOOLS_DEFAULT_MODEL_H
#define PINNA_TOOLS_DEFAULT_MODEL_H

#include "rnn/model.h"

/* The file at path, or the model built in when path is NULL; it must be for
 * task. Returns -1 to go on, or the exit code after a line on stderr that
 * begins with the command. */
int pinna_load_model(const char *command, const char *path, const char *task,
                     pinna_model **model);

/* The file that training begins with, for task. Weights of int8 become the
 * floats that they stand for. */
pinna_status pinna_read_init_model(const char *path, const char *task,
                                   pinna_model **model, pinna_error *error);

#endif
