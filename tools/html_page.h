/* tools/html_page.h -- what web pages that need nothing else have in common */
#ifndef PINNA_TOOLS_HTML_PAGE_H
#define PINNA_TOOLS_HTML_PAGE_H

#include "dsp/status.h"
#include "tools/picture.h"

#include <stdio.h>

/* Up to the heading, with the style inside, in light and in dark. What `file`
 * refuses is seen in its error flag. */
void pinna_html_begin(FILE *file, const char *heading);
void pinna_html_end(FILE *file);

/* As text or as the value of an attribute. */
void pinna_html_text(FILE *file, const char *text);

/* A picture as data URI. */
pinna_status pinna_html_picture(FILE *file, const pinna_picture *picture);

#endif
