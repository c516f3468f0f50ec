/* tools/html_page.h -- what web pages that need nothing else have in common */
#ifndef PINNA_TOOLS_HTML_PAGE_H
#define PINNA_TOOLS_HTML_PAGE_H

#include "dsp/status.h"
#include "tools/picture.h"
#include "tools/sound_player.h"

#include <stdio.h>

/* Up to the heading, with the style inside, in light and in dark. What `file`
 * refuses is seen in its error flag. */
void pinna_html_begin(FILE *file, const char *heading);
void pinna_html_end(FILE *file);

/* As text or as the value of an attribute. */
void pinna_html_text(FILE *file, const char *text);

/* A row of a table of figures, what and its value. */
void pinna_html_row(FILE *file, const char *what, const char *format, ...)
    PINNA_PRINTF(3, 4);

/* A player for a sound (if it has one) that goes by this name, with a line
 * below when it is shorter than duration_s. */
pinna_status pinna_html_player(FILE *file, const pinna_playable *sound,
                               const char *name, double duration_s);

/* At the end of a page: in each section with data-seconds, players and a
 * picture whose time axis begins at `left` and is `width` wide, both in shares
 * of its own width, go together: a line runs with the sound, a click moves it,
 * and where there are several players one goes on where the other one was.
 * Without a script the page loses only these. */
void pinna_html_players_end(FILE *file, double left, double width);

/* A picture as data URI. */
pinna_status pinna_html_picture(FILE *file, const pinna_picture *picture);

#endif
