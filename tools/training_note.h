/* tools/training_note.h -- what a model file says about its training */
#ifndef PINNA_TOOLS_TRAINING_NOTE_H
#define PINNA_TOOLS_TRAINING_NOTE_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/options.h"

#include <stddef.h>

/* Set model->training to a JSON object of the command ("train ctc") and its
 * options [n], which tools/option_file.h takes back. */
pinna_status pinna_training_note(pinna_model *model, const char *command,
                                 const pinna_option *options, size_t n,
                                 pinna_error *error);

#endif
