#include "tools/report_picture.h"

#include "dsp/features.h"
#include "tools/plot.h"
#include "tools/sound_blocks.h"
#include "tools/spectrogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From the top, in pixels. */
enum {
    WIDTH = PINNA_REPORT_PANEL_WIDTH,
    GAP = 10,
    WAVE_TOP = 24, /* below the title */
    WAVE_HEIGHT = 111,
    SPECTROGRAM_TOP = WAVE_TOP + WAVE_HEIGHT + GAP,
    SPECTROGRAM_HEIGHT = 256,
    MEL_TOP = SPECTROGRAM_TOP + SPECTROGRAM_HEIGHT + GAP,
    MEL_HEIGHT = 138,
    SPEECH_TOP = MEL_TOP + MEL_HEIGHT + GAP,
    SPEECH_HEIGHT = 14,
    HEIGHT = SPEECH_TOP + SPEECH_HEIGHT + 24, /* seconds */
};

/* Log-mel features are shown so far below their loudest. */
static const double mel_range_db = 60;

static const pinna_colour ground = {244, 244, 244}, zero_line = {190, 190, 190};
static const pinna_colour wave = {36, 84, 140}, speech = {40, 140, 80};
static const pinna_colour speech_ground = {214, 236, 222};

/* What the panels show, column by column. */
struct columns {
    float lowest[WIDTH], highest[WIDTH]; /* of the samples */
    pinna_spectrogram *spectrogram;
    pinna_features *features;
    size_t n_mels, frame_length, frame_shift; /* samples */
    float *frame;                             /* [n_mels] */
    double *mel;                              /* [WIDTH, n_mels] sums */
    size_t n_frames[WIDTH];                   /* in the sums */
    size_t n_in, n_pulled;                    /* samples, frames */
    size_t n_samples;
    double sample_rate;
};

static void free_columns(struct columns *columns)
{
    if (!columns)
        return;
    pinna_spectrogram_free(columns->spectrogram);
    pinna_features_free(columns->features);
    free(columns->frame);
    free(columns->mel);
    free(columns);
}

/* Kaldi's default features, at the file's rate. */
static pinna_status open_features(struct columns *columns, pinna_error *error)
{
    pinna_fbank_config config = pinna_fbank_config_default(PINNA_FEATURE_FBANK);

    config.sample_rate = columns->sample_rate;
    const pinna_status status =
        pinna_features_new(&config, &columns->features, error);
    if (status)
        return status;
    columns->n_mels = pinna_features_n_out(columns->features);
    columns->frame_length =
        (size_t)(config.frame_length_ms / 1000 * config.sample_rate);
    columns->frame_shift =
        (size_t)(config.frame_shift_ms / 1000 * config.sample_rate);
    columns->frame = calloc(columns->n_mels, sizeof *columns->frame);
    columns->mel = calloc(WIDTH * columns->n_mels, sizeof *columns->mel);
    if (!columns->frame || !columns->mel)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    return PINNA_OK;
}

static pinna_status open_columns(size_t n_samples, double sample_rate,
                                 struct columns **out, pinna_error *error)
{
    struct columns *columns = calloc(1, sizeof *columns);

    *out = columns;
    if (!columns)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    columns->n_samples = n_samples;
    columns->sample_rate = sample_rate;
    const pinna_status status =
        pinna_spectrogram_new(WIDTH, n_samples, &columns->spectrogram);
    if (status)
        return pinna_fail(error, status, "spectrogram: %s",
                          pinna_strerror(status));
    return open_features(columns, error);
}

static size_t column_of(const struct columns *columns, size_t sample)
{
    const double share = (double)sample / (double)columns->n_samples;

    return share < 1 ? (size_t)(share * WIDTH) : WIDTH - 1;
}

/* A sample may be the only one of several columns. */
static void take_wave(struct columns *columns, const float *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t at = columns->n_in + i;
        const size_t first = column_of(columns, at);
        const size_t end = column_of(columns, at + 1);
        size_t x = first;
        do {
            columns->lowest[x] = fminf(columns->lowest[x], samples[i]);
            columns->highest[x] = fmaxf(columns->highest[x], samples[i]);
        } while (++x < end);
    }
}

static void pull_features(struct columns *columns)
{
    while (pinna_features_pull(columns->features, columns->frame)) {
        const size_t middle = columns->n_pulled++ * columns->frame_shift +
                              columns->frame_length / 2;
        const size_t x = column_of(columns, middle);
        for (size_t m = 0; m < columns->n_mels; m++)
            columns->mel[x * columns->n_mels + m] += (double)columns->frame[m];
        columns->n_frames[x]++;
    }
}

static void take_samples(struct columns *columns, const float *samples,
                         size_t n)
{
    take_wave(columns, samples, n);
    pinna_spectrogram_process(columns->spectrogram, samples, n);
    for (size_t used = 0; used < n;) {
        used +=
            pinna_features_push(columns->features, samples + used, n - used);
        pull_features(columns);
    }
    columns->n_in += n;
}

static pinna_status read_columns(const char *path, size_t n_samples,
                                 struct columns **out, pinna_error *error)
{
    pinna_sound_blocks *blocks;
    pinna_error cause = {""};
    float mono[PINNA_SOUND_BLOCK];

    pinna_status status = pinna_sound_blocks_open(path, 0, 0, &blocks, error);
    if (status)
        return status;
    status =
        open_columns(n_samples, (double)blocks->info.sample_rate, out, &cause);
    if (status)
        pinna_fail(error, status, "%s: %s", path, cause.text);
    while (!status && !(status = pinna_sound_blocks_next(blocks, error)) &&
           blocks->n > 0) {
        pinna_sound_blocks_mix(blocks, mono);
        take_samples(*out, mono, blocks->n);
    }
    pinna_sound_blocks_close(blocks);
    return status;
}

/* Fill the part of the panel that lies within segments. */
static void draw_segments(const pinna_panel *panel,
                          const pinna_segments *segments, double duration_s,
                          pinna_colour colour)
{
    const double width = (double)panel->width;

    for (size_t i = 0; i < segments->n_items; i++) {
        const pinna_segment *segment = &segments->items[i];
        const double first = floor(segment->start / duration_s * width);
        const double end = ceil(segment->end / duration_s * width);
        const double last = fmin(fmax(end, first + 1), width);
        if (first < width)
            pinna_picture_fill(panel->page, panel->left + (size_t)first,
                               panel->top, (size_t)(last - first),
                               panel->height, colour);
    }
}

static double find_peak(const struct columns *columns)
{
    float peak = 0;

    for (size_t x = 0; x < WIDTH; x++)
        peak = fmaxf(peak, fmaxf(columns->highest[x], -columns->lowest[x]));
    return peak > 0 ? (double)peak : 1;
}

/* The loudest sample reaches the edge. */
static void draw_wave(const pinna_panel *panel, const struct columns *columns)
{
    const double peak = find_peak(columns);
    const double half = (double)(panel->height - 1) / 2;
    char text[32];

    pinna_picture_fill(panel->page, panel->left, panel->top + (size_t)half,
                       panel->width, 1, zero_line);
    for (size_t x = 0; x < panel->width; x++) {
        const size_t from =
            (size_t)lround(half * (1 - (double)columns->highest[x] / peak));
        const size_t to =
            (size_t)lround(half * (1 - (double)columns->lowest[x] / peak));
        pinna_picture_fill(panel->page, panel->left + x, panel->top + from, 1,
                           to - from + 1, wave);
    }
    snprintf(text, sizeof text, "%.2g", peak);
    pinna_plot_mark(panel, 0, text);
    pinna_plot_mark(panel, (size_t)half, "0");
    snprintf(text, sizeof text, "-%.2g", peak);
    pinna_plot_mark(panel, panel->height - 1, text);
}

/* In dB, of one column; of the one before where no frame falls into it, and of
 * the first that has one before that. */
static double mel_db(const struct columns *columns, size_t x, size_t band)
{
    while (x > 0 && columns->n_frames[x] == 0)
        x--;
    while (x + 1 < WIDTH && columns->n_frames[x] == 0)
        x++;
    if (columns->n_frames[x] == 0)
        return -INFINITY;
    return 10 / log(10) * columns->mel[x * columns->n_mels + band] /
           (double)columns->n_frames[x];
}

static double find_loudest_db(const struct columns *columns)
{
    double loudest_db = -INFINITY;

    for (size_t x = 0; x < WIDTH; x++)
        for (size_t m = 0; m < columns->n_mels; m++)
            loudest_db = fmax(loudest_db, mel_db(columns, x, m));
    return isfinite(loudest_db) ? loudest_db : 0;
}

static void draw_mel(const pinna_panel *panel, const struct columns *columns)
{
    const double loudest_db = find_loudest_db(columns);
    const size_t n_mels = columns->n_mels;
    char text[32];

    for (size_t x = 0; x < panel->width; x++)
        for (size_t m = 0; m < n_mels; m++) {
            const size_t top = (n_mels - 1 - m) * panel->height / n_mels;
            const size_t end = (n_mels - m) * panel->height / n_mels;
            const double below_db = loudest_db - mel_db(columns, x, m);
            pinna_picture_fill(panel->page, panel->left + x, panel->top + top,
                               1, end - top,
                               pinna_heat(1 - below_db / mel_range_db));
        }
    snprintf(text, sizeof text, "mel %zu", n_mels);
    pinna_plot_mark(panel, panel->height / n_mels / 2, text);
    pinna_plot_mark(panel, panel->height - 1 - panel->height / n_mels / 2,
                    "mel 1");
    pinna_plot_heat(panel, 0, -mel_range_db);
}

static void draw_speech(const pinna_panel *panel,
                        const pinna_segments *segments, double duration_s)
{
    pinna_picture_fill(panel->page, panel->left, panel->top, panel->width,
                       panel->height, ground);
    draw_segments(panel, segments, duration_s, speech);
    pinna_plot_mark(panel, panel->height / 2, "speech");
    pinna_plot_seconds(panel, duration_s);
}

static void draw_all(pinna_picture *page, const char *path,
                     const struct columns *columns,
                     const pinna_segments *segments)
{
    const double duration_s = (double)columns->n_samples / columns->sample_rate;
    pinna_panel panel = {page, PINNA_REPORT_PANEL_LEFT, WAVE_TOP, WIDTH,
                         WAVE_HEIGHT};
    const char *slash = strrchr(path, '/');

    pinna_picture_text(page, panel.left, WAVE_TOP - PINNA_GLYPH_HEIGHT - 7,
                       slash ? slash + 1 : path, pinna_ink);
    pinna_picture_fill(page, panel.left, panel.top, panel.width, panel.height,
                       ground);
    draw_segments(&panel, segments, duration_s, speech_ground);
    draw_wave(&panel, columns);
    panel.top = SPECTROGRAM_TOP;
    panel.height = SPECTROGRAM_HEIGHT;
    pinna_plot_spectrogram(&panel, columns->spectrogram);
    pinna_plot_hertz(&panel, columns->sample_rate / 2);
    panel.top = MEL_TOP;
    panel.height = MEL_HEIGHT;
    draw_mel(&panel, columns);
    panel.top = SPEECH_TOP;
    panel.height = SPEECH_HEIGHT;
    draw_speech(&panel, segments, duration_s);
}

pinna_status pinna_report_picture(const char *path, size_t n_samples,
                                  const pinna_segments *segments,
                                  pinna_picture *picture, pinna_error *error)
{
    struct columns *columns = NULL;

    *picture = (pinna_picture){0};
    pinna_status status = read_columns(path, n_samples, &columns, error);
    if (!status &&
        pinna_picture_new(PINNA_REPORT_WIDTH, HEIGHT, pinna_paper, picture))
        status = pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    if (!status)
        draw_all(picture, path, columns, segments);
    free_columns(columns);
    return status;
}
