#include "tools/spectrogram_picture.h"

#include "tools/plot.h"
#include "tools/sound_blocks.h"
#include "tools/spectrogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The page, in pixels: two panels with their axes, a bar of colours at the
 * right. Two bins for each row of a panel. */
enum {
    PANEL_WIDTH = PINNA_SPECTROGRAM_PANEL_WIDTH,
    PANEL_HEIGHT = 256,
    LEFT = PINNA_SPECTROGRAM_PANEL_LEFT,  /* room for Hz */
    TOP = 24,                             /* room for the title of a panel */
    BOTTOM = 24,                          /* room for seconds */
    PAGE_WIDTH = PINNA_SPECTROGRAM_WIDTH, /* with room for the colours */
    ROW_HEIGHT = TOP + PANEL_HEIGHT + BOTTOM,
    PAGE_HEIGHT = 2 * ROW_HEIGHT,
};

/* One recording. */
struct sound {
    pinna_spectrogram *spectrogram;
    unsigned sample_rate;
    size_t n_samples;
};

static pinna_status analyse(pinna_sound_blocks *blocks, const char *path,
                            struct sound *sound, pinna_error *error)
{
    float mono[PINNA_SOUND_BLOCK];
    pinna_status status;

    sound->sample_rate = blocks->info.sample_rate;
    sound->n_samples = blocks->info.n_samples;
    if (pinna_spectrogram_new(PANEL_WIDTH, sound->n_samples,
                              &sound->spectrogram))
        return pinna_fail(error, PINNA_NO_MEMORY,
                          "%s: no picture: its length is unknown or memory is "
                          "short",
                          path);
    while (!(status = pinna_sound_blocks_next(blocks, error)) &&
           blocks->n > 0) {
        pinna_sound_blocks_mix(blocks, mono);
        pinna_spectrogram_process(sound->spectrogram, mono, blocks->n);
    }
    return status;
}

static pinna_status read_sound(const char *path, struct sound *sound,
                               pinna_error *error)
{
    pinna_sound_blocks *blocks;

    pinna_status status = pinna_sound_blocks_open(path, 0, 0, &blocks, error);
    if (!status)
        status = analyse(blocks, path, sound, error);
    pinna_sound_blocks_close(blocks);
    return status;
}

static void draw_panel(pinna_picture *page, size_t row, const char *title,
                       const char *path, const struct sound *sound)
{
    const pinna_panel panel = {page, LEFT, row * ROW_HEIGHT + TOP, PANEL_WIDTH,
                               PANEL_HEIGHT};
    const char *slash = strrchr(path, '/');
    char text[128];

    snprintf(text, sizeof text, "%s: %s", title, slash ? slash + 1 : path);
    pinna_picture_text(page, LEFT, panel.top - PINNA_GLYPH_HEIGHT - 5, text,
                       pinna_ink);
    pinna_plot_spectrogram(&panel, sound->spectrogram);
    pinna_plot_hertz(&panel, (double)sound->sample_rate / 2);
    pinna_plot_seconds(&panel,
                       (double)sound->n_samples / (double)sound->sample_rate);
}

pinna_status pinna_spectrogram_picture(const char *before, const char *after,
                                       pinna_picture *picture,
                                       pinna_error *error)
{
    struct sound sounds[2] = {{0}};

    *picture = (pinna_picture){0};
    pinna_status status = read_sound(before, &sounds[0], error);
    if (!status)
        status = read_sound(after, &sounds[1], error);
    if (!status &&
        pinna_picture_new(PAGE_WIDTH, PAGE_HEIGHT, pinna_paper, picture))
        status = pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", after);
    if (!status) {
        draw_panel(picture, 0, "before", before, &sounds[0]);
        draw_panel(picture, 1, "after", after, &sounds[1]);
    }
    pinna_spectrogram_free(sounds[1].spectrogram);
    pinna_spectrogram_free(sounds[0].spectrogram);
    return status;
}
