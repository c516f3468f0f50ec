/* tools/closed_set.h -- which of a few given texts a recording says: the one to
 * which CTC gives the highest probability (Graves et al. 2006) */
#ifndef PINNA_TOOLS_CLOSED_SET_H
#define PINNA_TOOLS_CLOSED_SET_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/sound_list.h"

#include <stddef.h>

typedef struct pinna_closed_set pinna_closed_set;

/* The different texts of a list, which must outlive it, as must the model. A
 * text that the model cannot write is an error that names it. */
pinna_status pinna_closed_set_new(const pinna_model *model,
                                  const pinna_sound_list *list,
                                  pinna_closed_set **out, pinna_error *error);
void pinna_closed_set_free(pinna_closed_set *set);

/* Of logits [n_steps, model->n_tokens]; "" when the recording is too short for
 * any. Several threads may ask at once. Allocates. */
pinna_status pinna_closed_set_choose(const pinna_closed_set *set,
                                     const float *logits, size_t n_steps,
                                     const char **text);

#endif
