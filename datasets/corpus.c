#include "datasets/corpus.h"

#include "datasets/audio_file.h"
#include "datasets/manifest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pinna_clip_free(pinna_clip *clip)
{
    free(clip->samples);
    free(clip->text);
    free(clip->speaker);
    free(clip->label);
    free(clip->place);
    *clip = (pinna_clip){0};
}

/* Halves are rounded to even, as everywhere in floating point; what 16 bits
 * cannot hold is clipped. */
static int16_t to_int16(float sample)
{
    const float scaled = sample * 32768.0f;
    if (scaled >= 32767.0f)
        return 32767;
    if (scaled <= -32768.0f)
        return -32768;
    return (int16_t)lrintf(scaled);
}

static pinna_status copy_string(const char *string, char **out)
{
    if (!string)
        return PINNA_OK;
    *out = strdup(string);
    return *out ? PINNA_OK : PINNA_NO_MEMORY;
}

pinna_status pinna_clip_load(const pinna_manifest_entry *entry,
                             unsigned sample_rate, pinna_clip *clip,
                             pinna_error *error)
{
    float *samples = NULL;

    *clip = (pinna_clip){0};
    if (!entry->audio_path)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "a pair where one recording is needed");
    pinna_status status = pinna_audio_load_mono(
        entry->audio_path, entry->offset, entry->duration, sample_rate,
        &samples, &clip->n, &clip->sample_rate, error);
    if (status)
        return status;

    clip->samples = malloc((clip->n + 1) * sizeof *clip->samples);
    if (clip->samples)
        for (size_t i = 0; i < clip->n; i++)
            clip->samples[i] = to_int16(samples[i]);
    else
        status = PINNA_NO_MEMORY;
    free(samples);

    if (!status)
        status = copy_string(entry->text, &clip->text);
    if (!status)
        status = copy_string(entry->speaker, &clip->speaker);
    if (!status)
        status = copy_string(entry->label, &clip->label);
    if (!status)
        status = copy_string(entry->place, &clip->place);
    if (status) {
        pinna_clip_free(clip);
        return pinna_fail(error, status, "%s: %s", entry->audio_path,
                          pinna_strerror(status));
    }
    return PINNA_OK;
}

static pinna_status add_entries(pinna_corpus *corpus,
                                const pinna_manifest *manifest,
                                unsigned sample_rate,
                                pinna_load_progress progress, void *user,
                                pinna_error *error)
{
    for (size_t i = 0; i < manifest->n_entries; i++) {
        const pinna_manifest_entry *entry = &manifest->entries[i];
        pinna_clip clip;
        pinna_error cause;

        if (progress && progress(user, i, manifest->n_entries))
            return pinna_fail(error, PINNA_INTERRUPTED, "%s: interrupted",
                              manifest->path);
        const pinna_status status =
            pinna_clip_load(entry, sample_rate, &clip, &cause);
        if (status)
            return pinna_fail(error, status, "%s: %s", entry->place,
                              cause.text);
        corpus->clips[corpus->n_clips++] = clip;
    }
    if (progress)
        progress(user, manifest->n_entries, manifest->n_entries);
    return PINNA_OK;
}

pinna_status pinna_corpus_add(pinna_corpus *corpus, const char *manifest_path,
                              unsigned sample_rate,
                              pinna_load_progress progress, void *user,
                              pinna_error *error)
{
    pinna_manifest manifest;
    pinna_status status = pinna_manifest_read(manifest_path, &manifest, error);
    if (status)
        return status;

    pinna_clip *clips =
        realloc(corpus->clips,
                (corpus->n_clips + manifest.n_entries) * sizeof *corpus->clips);
    if (clips) {
        corpus->clips = clips;
        status =
            add_entries(corpus, &manifest, sample_rate, progress, user, error);
    } else {
        status = pinna_fail(error, PINNA_NO_MEMORY, "%s: %s", manifest_path,
                            pinna_strerror(PINNA_NO_MEMORY));
    }
    pinna_manifest_free(&manifest);
    return status;
}

void pinna_corpus_free(pinna_corpus *corpus)
{
    if (!corpus)
        return;
    for (size_t i = 0; i < corpus->n_clips; i++)
        pinna_clip_free(&corpus->clips[i]);
    free(corpus->clips);
    *corpus = (pinna_corpus){0};
}

size_t pinna_corpus_keep(pinna_corpus *corpus,
                         bool (*keep)(void *user, const pinna_clip *clip),
                         void *user)
{
    size_t n_kept = 0;

    for (size_t i = 0; i < corpus->n_clips; i++) {
        pinna_clip *clip = &corpus->clips[i];
        if (keep(user, clip))
            corpus->clips[n_kept++] = *clip;
        else
            pinna_clip_free(clip);
    }
    corpus->n_clips = n_kept;
    return n_kept;
}

static bool is_short(void *longest_s, const pinna_clip *clip)
{
    return (double)clip->n <= *(double *)longest_s * clip->sample_rate;
}

size_t pinna_corpus_keep_short(pinna_corpus *corpus, double longest_s)
{
    return pinna_corpus_keep(corpus, is_short, &longest_s);
}

void pinna_clip_to_float(const pinna_clip *clip, float *samples)
{
    for (size_t i = 0; i < clip->n; i++)
        samples[i] = (float)clip->samples[i] * (1.0f / 32768.0f);
}
