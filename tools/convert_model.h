/* tools/convert_model.h -- `pinna convert --int8`: a model with weights of 8
 * bits */
#ifndef PINNA_TOOLS_CONVERT_MODEL_H
#define PINNA_TOOLS_CONVERT_MODEL_H

#include <stdbool.h>

/* Gives an exit code; errors and, unless quiet, what was done go to stderr. */
int pinna_convert_model(const char *from, const char *to, bool quiet);

#endif
