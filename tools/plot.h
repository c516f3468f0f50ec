/* tools/plot.h -- what diagrams in pictures share: axes and colours */
#ifndef PINNA_TOOLS_PLOT_H
#define PINNA_TOOLS_PLOT_H

#include "tools/picture.h"

#include <stddef.h>

#define PINNA_PLOT_TICK 4 /* pixels, outside the panel */

extern const pinna_colour pinna_paper, pinna_ink;

/* A rectangle of a picture in which something is drawn, without its axes. */
typedef struct pinna_panel {
    pinna_picture *page;
    size_t left, top, width, height;
} pinna_panel;

/* From quiet (0) to loud (1); beyond is cut. Lightness rises evenly. */
pinna_colour pinna_heat(double share);

/* A round step (1, 2 or 5 times a power of ten) that gives at most n_most
 * marks over the whole. */
double pinna_round_step(double whole, double n_most);

/* Text whose right end, or middle, is at x. */
void pinna_text_before(pinna_picture *page, size_t x, size_t y,
                       const char *text);
void pinna_text_around(pinna_picture *page, size_t x, size_t y,
                       const char *text);

/* Marks below, from 0 to whole, with a unit (" s", or ""). */
void pinna_plot_below(const pinna_panel *panel, double whole, const char *unit);

/* Seconds below, from 0 to duration_s. */
void pinna_plot_seconds(const pinna_panel *panel, double duration_s);

/* One mark at the left, at y pixels from the panel's top. */
void pinna_plot_mark(const pinna_panel *panel, size_t y, const char *text);

/* Hz at the left, from 0 at the bottom to top_hz. */
void pinna_plot_hertz(const pinna_panel *panel, double top_hz);

/* A bar of colours at the right, from top_db to bottom_db, marked every 20. */
void pinna_plot_heat(const pinna_panel *panel, double top_db, double bottom_db);

#endif
