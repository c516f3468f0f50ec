/* tools/checkpoint.h -- the state of a training run on disk
 *
 * A safetensors file with the parameters as one array "weights", their mean
 * "ema", Adam's moments "adam.m" and "adam.v", and the step as metadata. */
#ifndef PINNA_TOOLS_CHECKPOINT_H
#define PINNA_TOOLS_CHECKPOINT_H

#include "dsp/status.h"
#include "rnn/adam.h"
#include "rnn/params.h"

/* ema [params->n_values]. run is any text that tells this run from others:
 * seed, batch, data. */
pinna_status pinna_checkpoint_write(const char *path, const char *run,
                                    const pinna_params *params,
                                    const float *ema, const pinna_adam *adam,
                                    pinna_error *error);

/* Fills what write() was given. PINNA_NOT_FOUND when there is no such file,
 * PINNA_BAD_FORMAT when it belongs to another network or another run (NULL for
 * any); then nothing changes. */
pinna_status pinna_checkpoint_read(const char *path, const char *run,
                                   pinna_params *params, float *ema,
                                   pinna_adam *adam, pinna_error *error);

#endif
