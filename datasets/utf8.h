/* datasets/utf8.h -- which bytes are UTF-8 */
#ifndef PINNA_DATASETS_UTF8_H
#define PINNA_DATASETS_UTF8_H

#include <stddef.h>

/* Length of the UTF-8 sequence at text, or 0 when it is none (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). 1 at the closing
 * zero. */
size_t pinna_utf8_length(const char *text);

#endif
