#include "tools/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const pinna_colour pinna_paper = {255, 255, 255}, pinna_ink = {40, 40, 40};

/* Chosen so that lightness rises evenly, in print too. */
static const pinna_colour scale[] = {
    {0, 0, 10},    {28, 14, 70},   {84, 16, 110},  {142, 36, 104},
    {196, 62, 76}, {236, 106, 40}, {250, 172, 40}, {252, 252, 190},
};
/* Steps too small to see make the file smaller. */
enum { N_SCALE = sizeof scale / sizeof scale[0], N_STEPS = 40 };

pinna_colour pinna_heat(double share)
{
    const double step = round(fmin(fmax(share, 0), 1) * N_STEPS) / N_STEPS;
    const double at = fmin(step * (N_SCALE - 1), N_SCALE - 1 - 1e-9);
    const size_t i = (size_t)at;
    const double part = at - (double)i;
    const pinna_colour a = scale[i], b = scale[i + 1];

    return (pinna_colour){
        (uint8_t)lround(a.red + part * (b.red - a.red)),
        (uint8_t)lround(a.green + part * (b.green - a.green)),
        (uint8_t)lround(a.blue + part * (b.blue - a.blue)),
    };
}

double pinna_round_step(double whole, double n_most)
{
    const double least = whole / n_most;
    const double power = pow(10, floor(log10(least)));
    const double mantissa = least / power;

    return power * (mantissa <= 1   ? 1
                    : mantissa <= 2 ? 2
                    : mantissa <= 5 ? 5
                                    : 10);
}

void pinna_text_before(pinna_picture *page, size_t x, size_t y,
                       const char *text)
{
    pinna_picture_text(page, x - strlen(text) * PINNA_GLYPH_WIDTH, y, text,
                       pinna_ink);
}

void pinna_text_around(pinna_picture *page, size_t x, size_t y,
                       const char *text)
{
    pinna_picture_text(page, x - strlen(text) * PINNA_GLYPH_WIDTH / 2, y, text,
                       pinna_ink);
}

void pinna_plot_below(const pinna_panel *panel, double whole, const char *unit)
{
    const double step = pinna_round_step(whole, 12);
    const size_t bottom = panel->top + panel->height;
    char text[32];

    for (size_t i = 0; (double)i * step <= whole; i++) {
        const double at = (double)i * step;
        const size_t x =
            panel->left + (size_t)(at / whole * (double)panel->width);
        snprintf(text, sizeof text, "%g%s", at, unit);
        pinna_picture_fill(panel->page, x, bottom, 1, PINNA_PLOT_TICK,
                           pinna_ink);
        pinna_text_around(panel->page, x, bottom + PINNA_PLOT_TICK + 3, text);
    }
}

void pinna_plot_seconds(const pinna_panel *panel, double duration_s)
{
    pinna_plot_below(panel, duration_s, " s");
}

void pinna_plot_mark(const pinna_panel *panel, size_t y, const char *text)
{
    pinna_picture_fill(panel->page, panel->left - PINNA_PLOT_TICK,
                       panel->top + y, PINNA_PLOT_TICK, 1, pinna_ink);
    pinna_text_before(panel->page, panel->left - PINNA_PLOT_TICK - 3,
                      panel->top + y - PINNA_GLYPH_HEIGHT / 2, text);
}

void pinna_plot_hertz(const pinna_panel *panel, double top_hz)
{
    const double step = pinna_round_step(top_hz, 6);
    const double height = (double)panel->height;
    char text[32];

    for (size_t i = 0; (double)i * step <= top_hz; i++) {
        const double hz = (double)i * step;
        snprintf(text, sizeof text, "%g Hz", hz);
        pinna_plot_mark(panel, panel->height - (size_t)(hz / top_hz * height),
                        text);
    }
}

void pinna_plot_heat(const pinna_panel *panel, double top_db, double bottom_db)
{
    const size_t x = panel->left + panel->width + 16, width = 14;
    const double height = (double)panel->height;
    char text[32];

    for (size_t y = 0; y < panel->height; y++)
        pinna_picture_fill(panel->page, x, panel->top + y, width, 1,
                           pinna_heat(1 - (double)y / height));
    for (size_t i = 0; top_db - 20 * (double)i >= bottom_db; i++) {
        const double db = top_db - 20 * (double)i;
        const size_t y =
            panel->top +
            (size_t)((top_db - db) / (top_db - bottom_db) * (height - 1));
        snprintf(text, sizeof text, "%g dB", db);
        pinna_picture_fill(panel->page, x + width, y, PINNA_PLOT_TICK, 1,
                           pinna_ink);
        pinna_picture_text(panel->page, x + width + PINNA_PLOT_TICK + 3,
                           y - PINNA_GLYPH_HEIGHT / 2, text, pinna_ink);
    }
}
