/* tools/info_model.h -- what models are, and checkpoints of their training */
#ifndef PINNA_TOOLS_INFO_MODEL_H
#define PINNA_TOOLS_INFO_MODEL_H

#include "dsp/status.h"
#include "tools/facts.h"

/* path: a file, or "denoiser" or "recogniser" for those built in. */
pinna_status pinna_inform_model(pinna_facts *facts, const char *path,
                                pinna_error *error);
pinna_status pinna_inform_checkpoint(pinna_facts *facts, const char *path,
                                     pinna_error *error);

#endif
