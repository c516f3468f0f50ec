/* tools/report_page.h -- a report as one HTML page that needs nothing else
 *
 *     pinna_report_page_begin(file);
 *     pinna_report_page_add(file, &first, &error);
 *     pinna_report_page_add(file, &second, &error);
 *     pinna_report_page_end(file);
 *
 * Pictures and sounds are data URIs, style and script lie inside: the page
 * works from a folder and without a network, in light and in dark. */
#ifndef PINNA_TOOLS_REPORT_PAGE_H
#define PINNA_TOOLS_REPORT_PAGE_H

#include "dsp/status.h"
#include "tools/sound_report.h"

#include <stdio.h>

/* What `file` refuses is seen in its error flag. */
void pinna_report_page_begin(FILE *file);
pinna_status pinna_report_page_add(FILE *file, pinna_sound_report *report,
                                   pinna_error *error);
void pinna_report_page_end(FILE *file);

#endif
