/* tools/denoise_page.h -- recordings before and after the denoiser as one HTML
 * page that needs nothing else
 *
 *     pinna_html_begin(file, "Denoised recordings");
 *     pinna_denoise_view_make("in.wav", "out.wav", &view, &error);
 *     pinna_denoise_page_add(file, &view, &result, &error);
 *     pinna_denoise_view_free(&view);
 *     pinna_denoise_page_end(file);
 *
 * Each has spectrograms, two players that take turns at one place in time, and
 * figures. */
#ifndef PINNA_TOOLS_DENOISE_PAGE_H
#define PINNA_TOOLS_DENOISE_PAGE_H

#include "dsp/status.h"
#include "tools/denoise_file.h"
#include "tools/picture.h"
#include "tools/sound_player.h"

#include <stdio.h>

/* What is to be seen and heard of one recording. */
typedef struct pinna_denoise_view {
    const char *input, *output; /* the caller's */
    pinna_picture picture;
    pinna_playable before, after;
} pinna_denoise_view;

/* Reads both files. view is to be freed, also after a failure. */
pinna_status pinna_denoise_view_make(const char *input, const char *output,
                                     pinna_denoise_view *view,
                                     pinna_error *error);
void pinna_denoise_view_free(pinna_denoise_view *view);

/* What `file` refuses is seen in its error flag. */
pinna_status pinna_denoise_page_add(FILE *file, const pinna_denoise_view *view,
                                    const pinna_denoise_result *result,
                                    pinna_error *error);
void pinna_denoise_page_end(FILE *file);

#endif
