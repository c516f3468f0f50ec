#include "tools/vad_metrics.h"

#include "datasets/audio_file.h"
#include "dsp/framer.h"
#include "dsp/level.h"
#include "tools/progress.h"

#include <stdlib.h>
#include <string.h>

static const double speech_db = 30, pause_db = 40; /* below the loud frames */
static const double loud_share = 0.95;
static const double silent_db = -90; /* dither at most */

/* One pair under way; frames are those of the detector. */
struct pair {
    float *clean, *noisy; /* [n] */
    size_t n;
    unsigned sample_rate;
    size_t n_frames;
    double *levels_db; /* [n_frames] of the clean side */
    bool *found;       /* [n_frames] by the decision on the frame */
    bool *within;      /* [n_frames] of a segment */
};

static void free_pair(struct pair *pair)
{
    free(pair->clean);
    free(pair->noisy);
    free(pair->levels_db);
    free(pair->found);
    free(pair->within);
}

static pinna_status load(const pinna_manifest_entry *entry, struct pair *pair,
                         pinna_error *error)
{
    size_t n_clean, n_noisy;
    unsigned clean_rate;

    pinna_status status =
        pinna_audio_load_mono(entry->clean_path, entry->offset, entry->duration,
                              0, &pair->clean, &n_clean, &clean_rate, error);
    if (!status)
        status = pinna_audio_load_mono(entry->noisy_path, entry->offset,
                                       entry->duration, 0, &pair->noisy,
                                       &n_noisy, &pair->sample_rate, error);
    if (status)
        return status;
    pair->n = n_clean < n_noisy ? n_clean : n_noisy;
    if (clean_rate != pair->sample_rate)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: has %u Hz, its clean side %u Hz",
                          entry->noisy_path, pair->sample_rate, clean_rate);
    return PINNA_OK;
}

/* Mark the frames within a segment that has become certain. */
static void mark(struct pair *pair, double start_s, double end_s,
                 double shift_s)
{
    for (size_t k = 0; k < pair->n_frames; k++) {
        const double middle_s = ((double)k + 0.5) * shift_s;
        if (middle_s >= start_s && middle_s < end_s)
            pair->within[k] = true;
    }
}

/* Fill found and within. */
static void detect(struct pair *pair, pinna_vad *vad, pinna_endpoint *endpoint)
{
    const double shift_s = pinna_vad_frame_shift_s(vad);
    pinna_vad_frame frame;
    pinna_endpoint_event event;
    double start_s = 0;
    size_t k = 0;

    for (size_t used = 0; used <= pair->n;) {
        if (used == pair->n)
            pinna_vad_finish(vad);
        const size_t taken =
            pinna_vad_push(vad, pair->noisy + used, pair->n - used);
        while (pinna_vad_pull(vad, &frame) && k < pair->n_frames) {
            pair->found[k++] = frame.speech;
            if (!pinna_endpoint_process(endpoint, frame.speech, &event))
                continue;
            if (event.type == PINNA_SPEECH_BEGIN)
                start_s = event.time_s;
            else
                mark(pair, start_s, event.time_s, shift_s);
        }
        used += used == pair->n ? 1 : taken;
    }
    if (pinna_endpoint_finish(endpoint, &event))
        mark(pair, start_s, event.time_s, shift_s);
}

/* The clean side's level in each frame, by the detector's own frames. */
static pinna_status measure_levels(struct pair *pair, size_t length,
                                   size_t shift)
{
    pinna_framer *framer;
    float *frame = malloc(length * sizeof *frame);
    size_t k = 0;

    if (!frame ||
        pinna_framer_new(length, shift, PINNA_EDGES_MIRROR, &framer)) {
        free(frame);
        return PINNA_NO_MEMORY;
    }
    for (size_t used = 0; used <= pair->n;) {
        if (used == pair->n)
            pinna_framer_finish(framer);
        const size_t taken =
            pinna_framer_push(framer, pair->clean + used, pair->n - used);
        while (k < pair->n_frames && pinna_framer_pull(framer, frame)) {
            pinna_level level = {0};
            pinna_level_process(&level, frame, length);
            pair->levels_db[k++] = pinna_level_rms_db(&level);
        }
        used += used == pair->n ? 1 : taken;
    }
    pinna_framer_free(framer);
    free(frame);
    return PINNA_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The level that 95 % of the frames do not exceed. */
static pinna_status find_loud_db(const struct pair *pair, double *loud_db)
{
    double *sorted = malloc(pair->n_frames * sizeof *sorted);

    if (!sorted)
        return PINNA_NO_MEMORY;
    memcpy(sorted, pair->levels_db, pair->n_frames * sizeof *sorted);
    qsort(sorted, pair->n_frames, sizeof *sorted, compare_numbers);
    *loud_db = sorted[(size_t)(loud_share * (double)(pair->n_frames - 1))];
    free(sorted);
    return PINNA_OK;
}

static void count(const struct pair *pair, double loud_db,
                  pinna_vad_metrics *metrics)
{
    pinna_vad_counts *counts = &metrics->counts;

    metrics->silent = loud_db < silent_db;
    for (size_t k = 0; k < pair->n_frames; k++) {
        const double below_db = loud_db - pair->levels_db[k];
        if (!metrics->silent && below_db < speech_db) {
            counts->n_speech++;
            counts->n_hits += pair->found[k];
            counts->n_segment_hits += pair->within[k];
        } else if (metrics->silent || below_db >= pause_db) {
            counts->n_pause++;
            counts->n_false += pair->found[k];
            counts->n_segment_false += pair->within[k];
        }
    }
}

static pinna_status measure(const pinna_vad_settings *settings,
                            struct pair *pair, pinna_vad *vad,
                            pinna_vad_metrics *metrics, pinna_error *error)
{
    pinna_endpoint_config config = settings->endpoint;
    pinna_endpoint endpoint;
    const size_t shift = pinna_vad_frame_shift(vad);
    const size_t length = (size_t)(settings->vad.frame_length_ms / 1000 *
                                   (double)pair->sample_rate);
    double loud_db = 0;

    config.frame_shift_s = pinna_vad_frame_shift_s(vad);
    pinna_status status = pinna_endpoint_init(&endpoint, &config, error);
    if (status)
        return status;
    pair->n_frames = (pair->n + shift / 2) / shift;
    if (pair->n_frames == 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "is shorter than a frame");
    pair->levels_db = calloc(pair->n_frames, sizeof *pair->levels_db);
    pair->found = calloc(pair->n_frames, sizeof *pair->found);
    pair->within = calloc(pair->n_frames, sizeof *pair->within);
    if (!pair->levels_db || !pair->found || !pair->within)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");

    const double start_s = pinna_clock_s();
    detect(pair, vad, &endpoint);
    metrics->work_s = pinna_clock_s() - start_s;
    metrics->duration_s = (double)pair->n / (double)pair->sample_rate;
    status = measure_levels(pair, length, shift);
    if (!status)
        status = find_loud_db(pair, &loud_db);
    if (status)
        return pinna_fail(error, status, "out of memory");
    count(pair, loud_db, metrics);
    return PINNA_OK;
}

pinna_status pinna_measure_vad(const pinna_vad_settings *settings,
                               const pinna_manifest_entry *pair,
                               pinna_vad_metrics *metrics, pinna_error *error)
{
    struct pair loaded = {0};
    pinna_vad *vad = NULL;
    pinna_error cause = {""};

    *metrics = (pinna_vad_metrics){0};
    pinna_status status = load(pair, &loaded, error);
    if (!status) {
        status =
            pinna_vad_new(&settings->vad, loaded.sample_rate, &vad, &cause);
        if (!status)
            status = measure(settings, &loaded, vad, metrics, &cause);
        if (status)
            pinna_fail(error, status, "%s: %s", pair->noisy_path, cause.text);
    }
    pinna_vad_free(vad);
    free_pair(&loaded);
    return status;
}
