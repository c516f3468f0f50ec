/* tools/base64.h -- bytes as text (RFC 4648), for data in web pages */
#ifndef PINNA_TOOLS_BASE64_H
#define PINNA_TOOLS_BASE64_H

#include "dsp/status.h"

#include <stdio.h>

/* All of from, from its beginning, onto the end of to, with padding and without
 * line breaks. PINNA_IO when from cannot be read; what `to` refuses is seen in
 * its error flag. */
pinna_status pinna_base64_copy(FILE *from, FILE *to);

#endif
