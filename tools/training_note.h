/* tools/training_note.h -- what a model file says about its training */
#ifndef PINNA_TOOLS_TRAINING_NOTE_H
#define PINNA_TOOLS_TRAINING_NOTE_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/trainer.h"

/* Set model->training to a JSON object of the options, and of the user's
 * statement of data and licence (may be NULL). */
pinna_status pinna_training_note(pinna_model *model,
                                 const pinna_train_options *options,
                                 const char *statement, pinna_error *error);

#endif
