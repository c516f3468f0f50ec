#include "tools/curves.h"

#include "tools/html_page.h"
#include "tools/plot.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 1150,
    LEFT = 90,
    PANEL_WIDTH = 1000,
    PANEL_HEIGHT = 130,
    PANEL_STEP = 170, /* from panel to panel: name above, air below */
    LINE_HEIGHT = 12,
    MARGIN = 16,
    MOST_FIGURES = 64,
    N_MARKS = 5,
};

static const pinna_colour ground = {244, 244, 244};

/* Told apart by colour-blind eyes too (Okabe and Ito 2008). */
static const pinna_colour colours[] = {
    {0, 114, 178},   {213, 94, 0},   {0, 158, 115},
    {204, 121, 167}, {86, 180, 233}, {230, 159, 0},
};
enum { N_COLOURS = sizeof colours / sizeof colours[0] };

/* The names of all figures, each once, without the step. */
static size_t figures_of(const pinna_run *runs, size_t n_runs,
                         const char *names[MOST_FIGURES])
{
    size_t n = 0;
    for (size_t r = 0; r < n_runs; r++)
        for (size_t c = 1; c < runs[r].log.n_columns; c++) {
            size_t i = 0;
            while (i < n && strcmp(names[i], runs[r].log.names[c]) != 0)
                i++;
            if (i == n && n < MOST_FIGURES)
                names[n++] = runs[r].log.names[c];
        }
    return n;
}

/* First, last and extremes of a figure in a run; those of no value are NaN. */
typedef struct span {
    double first, last, low, high;
    double step_of_low, step_of_high;
} span;

static span span_of(const pinna_log_table *log, const char *name)
{
    const size_t column = pinna_log_table_find(log, name);
    span s = {NAN, NAN, NAN, NAN, NAN, NAN};

    for (size_t row = 0; column < log->n_columns && row < log->n_rows; row++) {
        const double step = log->values[row * log->n_columns];
        const double value = log->values[row * log->n_columns + column];
        if (!isfinite(value))
            continue;
        s.first = isnan(s.first) ? value : s.first;
        s.last = value;
        if (!(value >= s.low)) {
            s.low = value;
            s.step_of_low = step;
        }
        if (!(value <= s.high)) {
            s.high = value;
            s.step_of_high = step;
        }
    }
    return s;
}

static double last_step(const pinna_run *runs, size_t n_runs)
{
    double last = 1;
    for (size_t r = 0; r < n_runs; r++) {
        const pinna_log_table *log = &runs[r].log;
        last = fmax(last, log->values[(log->n_rows - 1) * log->n_columns]);
    }
    return last;
}

/* ---- a panel ---- */

/* What the panel shows: steps from 0 on, values from low to high. */
typedef struct view {
    const pinna_panel *panel;
    double last_step, low, high;
} view;

static double x_of(const view *v, double step)
{
    return step / v->last_step * (double)(v->panel->width - 1);
}

static double y_of(const view *v, double value)
{
    return (v->high - value) / (v->high - v->low) *
           (double)(v->panel->height - 1);
}

/* Two pixels thick; x0 <= x1, all inside the panel. */
static void draw_line(const pinna_panel *panel, double x0, double y0, double x1,
                      double y1, pinna_colour colour)
{
    const double n = ceil(fmax(fmax(x1 - x0, fabs(y1 - y0)), 1));

    for (double i = 0; i <= n; i++) {
        const size_t x = (size_t)lround(x0 + (x1 - x0) * i / n);
        const size_t y = (size_t)lround(y0 + (y1 - y0) * i / n);
        const size_t left = x + 1 < panel->width ? x : panel->width - 2;
        const size_t top = y + 1 < panel->height ? y : panel->height - 2;
        pinna_picture_fill(panel->page, panel->left + left, panel->top + top, 2,
                           2, colour);
    }
}

/* Gaps where a run has no value; a single value is a dot. */
static void draw_run(const view *v, const pinna_log_table *log,
                     const char *name, pinna_colour colour)
{
    const size_t column = pinna_log_table_find(log, name);
    double x0 = NAN, y0 = NAN;

    for (size_t row = 0; column < log->n_columns && row < log->n_rows; row++) {
        const double *values = log->values + row * log->n_columns;
        double x1 = NAN, y1 = NAN;
        if (isfinite(values[column])) {
            x1 = x_of(v, values[0]);
            y1 = y_of(v, values[column]);
            draw_line(v->panel, isnan(x0) ? x1 : x0, isnan(y0) ? y1 : y0, x1,
                      y1, colour);
        }
        x0 = x1;
        y0 = y1;
    }
}

static void draw_marks(const view *v)
{
    const double step = pinna_round_step(v->high - v->low, N_MARKS);
    char text[32];

    for (double i = ceil(v->low / step); i * step <= v->high; i++) {
        snprintf(text, sizeof text, "%.6g", i * step);
        pinna_plot_mark(v->panel, (size_t)lround(y_of(v, i * step)), text);
    }
}

static void draw_panel(pinna_picture *page, size_t top, const pinna_run *runs,
                       size_t n_runs, const char *name)
{
    const pinna_panel panel = {page, LEFT, top, PANEL_WIDTH, PANEL_HEIGHT};
    view v = {&panel, last_step(runs, n_runs), NAN, NAN};
    char title[64];

    for (size_t r = 0; r < n_runs; r++) {
        const span s = span_of(&runs[r].log, name);
        v.low = fmin(v.low, s.low); /* a NaN loses */
        v.high = fmax(v.high, s.high);
    }
    snprintf(title, sizeof title, "%s", name);
    for (char *c = title; *c; c++)
        *c = (char)(*c == '_' ? ' ' : *c);
    pinna_picture_text(page, LEFT, top - LINE_HEIGHT + 1, title, pinna_ink);
    pinna_picture_fill(page, LEFT, top, PANEL_WIDTH, PANEL_HEIGHT, ground);
    pinna_plot_below(&panel, v.last_step, "");
    if (isnan(v.low))
        return;
    if (v.low == v.high) { /* a level line in the middle */
        const double around = v.low == 0 ? 1 : fabs(v.low) / 2;
        v.low -= around;
        v.high += around;
    }
    draw_marks(&v);
    for (size_t r = 0; r < n_runs; r++)
        draw_run(&v, &runs[r].log, name, colours[r % N_COLOURS]);
}

/* ---- all of it ---- */

pinna_status pinna_curves_picture(const pinna_run *runs, size_t n_runs,
                                  pinna_picture *picture)
{
    const char *names[MOST_FIGURES];
    const size_t n = figures_of(runs, n_runs, names);
    size_t top = MARGIN;

    const pinna_status status = pinna_picture_new(
        WIDTH, 2 * MARGIN + n_runs * LINE_HEIGHT + n * PANEL_STEP + LINE_HEIGHT,
        pinna_paper, picture);
    if (status)
        return status;
    for (size_t r = 0; r < n_runs; r++, top += LINE_HEIGHT)
        pinna_picture_text(picture, LEFT, top, runs[r].name,
                           colours[r % N_COLOURS]);
    for (size_t i = 0; i < n; i++, top += PANEL_STEP)
        draw_panel(picture, top + 2 * LINE_HEIGHT, runs, n_runs, names[i]);
    return PINNA_OK;
}

static void write_cell(FILE *file, double value)
{
    if (isfinite(value))
        fprintf(file, "<td>%.6g</td>", value);
    else
        fputs("<td></td>", file);
}

static void write_table(FILE *file, const pinna_run *run)
{
    const pinna_log_table *log = &run->log;

    fprintf(file, "<table>\n<caption>");
    pinna_html_text(file, run->name);
    fprintf(file,
            ": %zu validations, %.0f steps</caption>\n<tr><th scope=\"col\">"
            "Figure</th><th scope=\"col\">First</th><th scope=\"col\">Last</th>"
            "<th scope=\"col\">Lowest</th><th scope=\"col\">at step</th>"
            "<th scope=\"col\">Highest</th><th scope=\"col\">at step</th>"
            "</tr>\n",
            log->n_rows, log->values[(log->n_rows - 1) * log->n_columns]);
    for (size_t c = 1; c < log->n_columns; c++) {
        const span s = span_of(log, log->names[c]);
        fputs("<tr><th scope=\"row\">", file);
        pinna_html_text(file, log->names[c]);
        fputs("</th>", file);
        write_cell(file, s.first);
        write_cell(file, s.last);
        write_cell(file, s.low);
        write_cell(file, s.step_of_low);
        write_cell(file, s.high);
        write_cell(file, s.step_of_high);
        fputs("</tr>\n", file);
    }
    fputs("</table>\n", file);
}

pinna_status pinna_curves_page(FILE *file, const pinna_run *runs, size_t n_runs,
                               pinna_error *error)
{
    pinna_picture picture;

    if (pinna_curves_picture(runs, n_runs, &picture))
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    pinna_html_begin(file, "Training");
    fprintf(file,
            "<div class=\"picture\">\n<img width=\"%zu\" height=\"%zu\" "
            "alt=\"Curves of the figures below over the steps\" src=\"",
            picture.width, picture.height);
    const pinna_status status = pinna_html_picture(file, &picture);
    fputs("\">\n</div>\n", file);
    pinna_picture_free(&picture);
    for (size_t r = 0; r < n_runs; r++)
        write_table(file, &runs[r]);
    pinna_html_end(file);
    return status ? pinna_fail(error, status, "the picture cannot be kept")
                  : PINNA_OK;
}
