#include "tools/spectrogram_picture.h"

#include "dsp/stft.h"
#include "tools/picture.h"
#include "tools/png_file.h"
#include "tools/sound_blocks.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The page, in pixels: two panels with their axes, a bar of colours at the
 * right. */
enum {
    PANEL_WIDTH = 1000,
    PANEL_HEIGHT = 256,
    LEFT = 60,   /* room for Hz */
    TOP = 24,    /* room for the title of a panel */
    BOTTOM = 24, /* room for seconds */
    RIGHT = 90,  /* room for the colours */
    PAGE_WIDTH = LEFT + PANEL_WIDTH + RIGHT,
    ROW_HEIGHT = TOP + PANEL_HEIGHT + BOTTOM,
    PAGE_HEIGHT = 2 * ROW_HEIGHT,
    TICK = 4,
};

/* Two bins for each row of the panel. */
enum { N_FFT = 1024, N_BINS = N_FFT / 2 + 1 };

/* Colours span this range, dB of a full-scale sine. */
static const double top_db = -20, bottom_db = -100, step_db = 2;

static const pinna_colour paper = {255, 255, 255}, ink = {40, 40, 40};

/* From quiet to loud, chosen so that lightness rises evenly, in print too. */
static const pinna_colour scale[] = {
    {0, 0, 10},    {28, 14, 70},   {84, 16, 110},  {142, 36, 104},
    {196, 62, 76}, {236, 106, 40}, {250, 172, 40}, {252, 252, 190},
};
enum { N_SCALE = sizeof scale / sizeof scale[0] };

static pinna_colour colour_of_db(double decibels)
{
    /* Steps too small to see make the file smaller. */
    const double db = step_db * round(decibels / step_db);
    const double at =
        fmin(fmax((db - bottom_db) / (top_db - bottom_db), 0) * (N_SCALE - 1),
             N_SCALE - 1 - 1e-9);
    const size_t i = (size_t)at;
    const double part = at - (double)i;
    const pinna_colour a = scale[i], b = scale[i + 1];

    return (pinna_colour){
        (uint8_t)lround(a.red + part * (b.red - a.red)),
        (uint8_t)lround(a.green + part * (b.green - a.green)),
        (uint8_t)lround(a.blue + part * (b.blue - a.blue)),
    };
}

/* Mean power of the frames that fall into each column. */
struct panel {
    float *power;     /* [PANEL_WIDTH, N_BINS] */
    size_t *n_frames; /* [PANEL_WIDTH] */
    unsigned sample_rate;
    size_t n_samples;
};

static void free_panel(struct panel *panel)
{
    free(panel->power);
    free(panel->n_frames);
}

/* What one pass over a file needs. */
struct analysis {
    pinna_sound_blocks *blocks;
    pinna_stft *stft;
    size_t hop, n_hop; /* samples waiting in the hop */
    size_t n_in;       /* samples taken */
    float hop_samples[N_FFT];
    float mono[PINNA_SOUND_BLOCK];
};

static void add_frame(struct analysis *analysis, struct panel *panel)
{
    float complex spectrum[N_BINS];
    /* A sine of full scale gives N_FFT / 4 through a Hann window. */
    const float unit = 16.0f / ((float)N_FFT * (float)N_FFT);

    pinna_stft_process(analysis->stft, analysis->hop_samples, spectrum);
    /* The frame's middle. */
    const size_t middle =
        analysis->n_in > N_FFT / 2 ? analysis->n_in - N_FFT / 2 : 0;
    size_t column =
        (size_t)((double)middle * PANEL_WIDTH / (double)panel->n_samples);
    if (column >= PANEL_WIDTH)
        column = PANEL_WIDTH - 1;
    float *power = panel->power + column * N_BINS;
    for (size_t k = 0; k < N_BINS; k++) {
        const float re = crealf(spectrum[k]), im = cimagf(spectrum[k]);
        power[k] += unit * (re * re + im * im);
    }
    panel->n_frames[column]++;
}

static void take_samples(struct analysis *analysis, struct panel *panel,
                         size_t n)
{
    for (size_t i = 0; i < n; i++) {
        analysis->hop_samples[analysis->n_hop++] = analysis->mono[i];
        analysis->n_in++;
        if (analysis->n_hop == analysis->hop) {
            add_frame(analysis, panel);
            analysis->n_hop = 0;
        }
    }
}

/* A frame for every column where that is possible, and an overlap of 3/4 at
 * least, so that nothing is missed. */
static size_t choose_hop(size_t n_samples)
{
    size_t hop = n_samples / PANEL_WIDTH;

    if (hop < 16)
        hop = 16;
    return hop > N_FFT / 4 ? N_FFT / 4 : hop;
}

static pinna_status analyse(struct analysis *analysis, const char *path,
                            struct panel *panel, pinna_error *error)
{
    pinna_status status =
        pinna_sound_blocks_open(path, 0, 0, &analysis->blocks, error);
    if (status)
        return status;
    panel->sample_rate = analysis->blocks->info.sample_rate;
    panel->n_samples = analysis->blocks->info.n_samples;
    panel->power = calloc((size_t)PANEL_WIDTH * N_BINS, sizeof *panel->power);
    panel->n_frames = calloc(PANEL_WIDTH, sizeof *panel->n_frames);
    analysis->hop = choose_hop(panel->n_samples);
    if (!panel->power || !panel->n_frames || panel->n_samples == 0 ||
        pinna_stft_new(N_FFT, analysis->hop, PINNA_WINDOW_HANN,
                       &analysis->stft))
        return pinna_fail(error, PINNA_NO_MEMORY,
                          "%s: no picture: its length is unknown or memory is "
                          "short",
                          path);

    while (!(status = pinna_sound_blocks_next(analysis->blocks, error)) &&
           analysis->blocks->n > 0) {
        pinna_sound_blocks_mix(analysis->blocks, analysis->mono);
        take_samples(analysis, panel, analysis->blocks->n);
    }
    return status;
}

static pinna_status fill_panel(const char *path, struct panel *panel,
                               pinna_error *error)
{
    struct analysis *analysis = calloc(1, sizeof *analysis);
    if (!analysis)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    const pinna_status status = analyse(analysis, path, panel, error);
    pinna_stft_free(analysis->stft);
    pinna_sound_blocks_close(analysis->blocks);
    free(analysis);
    return status;
}

/* Bins of a pixel row, row 0 at the top. */
static double row_power(const float *power, size_t row)
{
    const size_t first = (PANEL_HEIGHT - 1 - row) * (N_BINS - 1) / PANEL_HEIGHT;
    const size_t end = (PANEL_HEIGHT - row) * (N_BINS - 1) / PANEL_HEIGHT;
    double sum = 0;

    for (size_t k = first; k < end; k++)
        sum += (double)power[k];
    return sum / (double)(end - first);
}

static void draw_sound(pinna_picture *page, size_t top,
                       const struct panel *panel)
{
    size_t shown = 0; /* the latest column that has a frame */

    for (size_t x = 0; x < PANEL_WIDTH; x++) {
        if (panel->n_frames[x] > 0)
            shown = x;
        const size_t n = panel->n_frames[shown] ? panel->n_frames[shown] : 1;
        for (size_t y = 0; y < PANEL_HEIGHT; y++) {
            const double power =
                row_power(panel->power + shown * N_BINS, y) / (double)n;
            const double db = 10 * log10(power + 1e-20);
            pinna_picture_fill(page, LEFT + x, top + y, 1, 1, colour_of_db(db));
        }
    }
}

/* A round step (1, 2 or 5 times a power of ten) that gives at most n_most
 * marks over the whole. */
static double round_step(double whole, double n_most)
{
    const double least = whole / n_most;
    const double power = pow(10, floor(log10(least)));
    const double mantissa = least / power;

    return power * (mantissa <= 1   ? 1
                    : mantissa <= 2 ? 2
                    : mantissa <= 5 ? 5
                                    : 10);
}

/* Text whose right end, or middle, is at x. */
static void draw_text_before(pinna_picture *page, size_t x, size_t y,
                             const char *text)
{
    pinna_picture_text(page, x - strlen(text) * PINNA_GLYPH_WIDTH, y, text,
                       ink);
}

static void draw_text_around(pinna_picture *page, size_t x, size_t y,
                             const char *text)
{
    pinna_picture_text(page, x - strlen(text) * PINNA_GLYPH_WIDTH / 2, y, text,
                       ink);
}

static void draw_seconds(pinna_picture *page, size_t bottom, double duration_s)
{
    const double step = round_step(duration_s, 12);
    char text[32];

    for (size_t i = 0; (double)i * step <= duration_s; i++) {
        const double seconds = (double)i * step;
        const size_t x = LEFT + (size_t)(seconds / duration_s * PANEL_WIDTH);
        snprintf(text, sizeof text, "%g s", seconds);
        pinna_picture_fill(page, x, bottom, 1, TICK, ink);
        draw_text_around(page, x, bottom + TICK + 3, text);
    }
}

static void draw_hertz(pinna_picture *page, size_t top, double nyquist_hz)
{
    const double step = round_step(nyquist_hz, 6);
    char text[32];

    for (size_t i = 0; (double)i * step <= nyquist_hz; i++) {
        const double hz = (double)i * step;
        const size_t y =
            top + PANEL_HEIGHT - (size_t)(hz / nyquist_hz * PANEL_HEIGHT);
        snprintf(text, sizeof text, "%g Hz", hz);
        pinna_picture_fill(page, LEFT - TICK, y, TICK, 1, ink);
        draw_text_before(page, LEFT - TICK - 3, y - PINNA_GLYPH_HEIGHT / 2,
                         text);
    }
}

static void draw_scale(pinna_picture *page, size_t top)
{
    const size_t x = LEFT + PANEL_WIDTH + 16, width = 14;
    char text[32];

    for (size_t y = 0; y < PANEL_HEIGHT; y++)
        pinna_picture_fill(page, x, top + y, width, 1,
                           colour_of_db(top_db + (bottom_db - top_db) *
                                                     (double)y / PANEL_HEIGHT));
    for (size_t i = 0; top_db - 20 * (double)i >= bottom_db; i++) {
        const double db = top_db - 20 * (double)i;
        const size_t y = top + (size_t)((top_db - db) / (top_db - bottom_db) *
                                        (PANEL_HEIGHT - 1));
        snprintf(text, sizeof text, "%g dB", db);
        pinna_picture_fill(page, x + width, y, TICK, 1, ink);
        pinna_picture_text(page, x + width + TICK + 3,
                           y - PINNA_GLYPH_HEIGHT / 2, text, ink);
    }
}

static void draw_panel(pinna_picture *page, size_t row, const char *title,
                       const char *path, const struct panel *panel)
{
    const size_t top = row * ROW_HEIGHT + TOP;
    const char *slash = strrchr(path, '/');
    char text[128];

    snprintf(text, sizeof text, "%s: %s", title, slash ? slash + 1 : path);
    pinna_picture_text(page, LEFT, top - PINNA_GLYPH_HEIGHT - 5, text, ink);
    draw_sound(page, top, panel);
    draw_hertz(page, top, (double)panel->sample_rate / 2);
    draw_seconds(page, top + PANEL_HEIGHT,
                 (double)panel->n_samples / (double)panel->sample_rate);
    draw_scale(page, top);
}

pinna_status pinna_spectrogram_picture(const char *before, const char *after,
                                       const char *png, pinna_error *error)
{
    struct panel panels[2] = {{0}};
    pinna_picture page = {0};

    pinna_status status = fill_panel(before, &panels[0], error);
    if (!status)
        status = fill_panel(after, &panels[1], error);
    if (!status && pinna_picture_new(PAGE_WIDTH, PAGE_HEIGHT, paper, &page))
        status = pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", png);
    if (!status) {
        draw_panel(&page, 0, "before", before, &panels[0]);
        draw_panel(&page, 1, "after", after, &panels[1]);
        status = pinna_png_write(png, &page, error);
    }
    pinna_picture_free(&page);
    free_panel(&panels[1]);
    free_panel(&panels[0]);
    return status;
}
