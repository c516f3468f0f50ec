/* dsp/fbank_config.h -- the parameters of dsp/fbank.h: their defaults, checks,
 * and what follows from several of them. For dsp/fbank.c. */
#ifndef PINNA_DSP_FBANK_CONFIG_H
#define PINNA_DSP_FBANK_CONFIG_H

#include "dsp/fbank.h"
#include "dsp/status.h"

#include <stddef.h>

/* Length of the window and the shift in samples; 0 when out of range. */
size_t pinna_fbank_win_length(const pinna_fbank_config *config);
size_t pinna_fbank_hop_length(const pinna_fbank_config *config);

/* PINNA_BAD_ARG, with the parameter and its value in error. */
pinna_status pinna_fbank_check(const pinna_fbank_config *config,
                               pinna_error *error);

#endif
