#include "tools/transcript.h"

#include "tools/interrupt.h"
#include "tools/sound_blocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pinna_transcript_free(pinna_transcript *transcript)
{
    for (size_t i = 0; i < transcript->n_alternatives; i++)
        free(transcript->alternatives[i].text);
    free(transcript->alternatives);
    free(transcript->words);
    *transcript = (pinna_transcript){0};
}

/* Take what the recogniser has ready. */
static bool collect(pinna_recogniser *recogniser, pinna_transcript *transcript,
                    size_t *capacity)
{
    pinna_word word;

    while (pinna_recogniser_poll(recogniser, &word)) {
        if (transcript->n_words == *capacity) {
            const size_t grown = *capacity ? 2 * *capacity : 16;
            pinna_word *words =
                realloc(transcript->words, grown * sizeof *words);
            if (!words)
                return false;
            transcript->words = words;
            *capacity = grown;
        }
        transcript->words[transcript->n_words++] = word;
    }
    return true;
}

/* Where the samples go: a recogniser, or an array when they are wanted all at
 * once. */
typedef struct listener {
    const pinna_decoding *decoding;
    size_t channel; /* 0: the mean of all */
    pinna_recogniser *recogniser;
    float *samples; /* [n] */
    size_t n, capacity;
    pinna_transcript *transcript;
    size_t words_capacity;
} listener;

static bool keep(listener *to, const float *samples, size_t n)
{
    if (n > to->capacity - to->n) {
        const size_t grown = 2 * to->capacity + n;
        float *more = realloc(to->samples, grown * sizeof *more);
        if (!more)
            return false;
        to->samples = more;
        to->capacity = grown;
    }
    memcpy(to->samples + to->n, samples, n * sizeof *samples);
    to->n += n;
    return true;
}

static bool listen(listener *to, const float *samples, size_t n)
{
    if (!to->recogniser)
        return keep(to, samples, n);
    pinna_recogniser_process(to->recogniser, samples, n);
    return collect(to->recogniser, to->transcript, &to->words_capacity);
}

static pinna_status out_of_memory(const pinna_sound_blocks *blocks,
                                  pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                      blocks->path);
}

/* blocks -> listener */
static pinna_status read_all(pinna_sound_blocks *blocks, listener *to,
                             pinna_progress *progress, size_t n_parts,
                             pinna_error *error)
{
    float mono[PINNA_SOUND_BLOCK];
    double share = 0;
    pinna_status status;

    while (!(status = pinna_sound_blocks_next(blocks, error)) &&
           blocks->n > 0) {
        if (pinna_interrupted())
            return pinna_fail(error, PINNA_INTERRUPTED, "%s: interrupted",
                              blocks->path);
        if (to->channel == 0)
            pinna_sound_blocks_mix(blocks, mono);
        if (!listen(to, to->channel ? blocks->channels[to->channel - 1] : mono,
                    blocks->n))
            return out_of_memory(blocks, error);
        share += blocks->share;
        if (progress)
            pinna_progress_add(progress, blocks->share, (double)n_parts);
    }
    if (!status && progress)
        pinna_progress_add(progress, 1 - share, (double)n_parts);
    return status;
}

/* The recogniser of the listener. */
static pinna_status make_recogniser(const pinna_model *model, unsigned rate,
                                    listener *to, pinna_error *error)
{
    const pinna_decoding *decoding = to->decoding;
    pinna_status status =
        model->offline
            ? pinna_recogniser_new_offline(model, rate, to->n, &to->recogniser,
                                           error)
            : pinna_recogniser_new(model, rate, &to->recogniser, error);

    if (!status && decoding->end_silence_ms > 0)
        status = pinna_recogniser_set_pause(to->recogniser,
                                            decoding->end_silence_ms);
    if (!status && decoding->beam > 0) {
        status = pinna_recogniser_use_beam(to->recogniser, &decoding->config,
                                           decoding->n_best);
        if (status)
            pinna_fail(error, status, "%s", pinna_strerror(status));
    }
    return status;
}

/* Words [n], and what follows them; NULL without memory. */
static char *join(const pinna_transcript *transcript, size_t n,
                  const char *rest)
{
    const pinna_transcript first = {.words = transcript->words, .n_words = n};
    char *begin = pinna_transcript_text(&first);
    if (!begin)
        return NULL;
    const size_t used = strlen(begin), size = used + strlen(rest) + 2;
    char *text = realloc(begin, size);
    if (!text) {
        free(begin);
        return NULL;
    }
    snprintf(text + used, size - used, "%s%s", used > 0 && *rest ? " " : "",
             rest);
    return text;
}

static bool take_alternatives(const listener *to)
{
    pinna_transcript *transcript = to->transcript;
    const pinna_alternative *from;
    const size_t n = pinna_recogniser_alternatives(to->recogniser, &from);

    transcript->alternatives = calloc(n + 1, sizeof *transcript->alternatives);
    if (!transcript->alternatives)
        return false;
    for (size_t i = 0; i < n; i++) {
        pinna_hypothesis *made = &transcript->alternatives[i];
        made->score = from[i].score;
        made->text = join(transcript, from[i].n_words, from[i].rest);
        if (!made->text)
            return false;
        transcript->n_alternatives++;
    }
    return true;
}

/* blocks -> recogniser -> words; all blocks at once for a bidirectional model.
 */
static pinna_status recognise(const pinna_model *model,
                              pinna_sound_blocks *blocks, listener *to,
                              pinna_progress *progress, size_t n_parts,
                              pinna_error *error)
{
    const unsigned rate = blocks->info.sample_rate;
    pinna_error cause = {""};
    pinna_status status = PINNA_OK;

    if (!model->offline)
        status = make_recogniser(model, rate, to, &cause);
    if (!status) {
        status = read_all(blocks, to, progress, n_parts, error);
        if (status)
            return status;
    }
    if (model->offline)
        status = make_recogniser(model, rate, to, &cause);
    if (status)
        return pinna_fail(error, status, "%s: %s", blocks->path, cause.text);
    if (model->offline)
        pinna_recogniser_process(to->recogniser, to->samples, to->n);
    pinna_recogniser_finish(to->recogniser);
    return collect(to->recogniser, to->transcript, &to->words_capacity) &&
                   take_alternatives(to)
               ? PINNA_OK
               : out_of_memory(blocks, error);
}

/* A channel that the file has. */
static pinna_status check_channel(const pinna_sound_blocks *blocks,
                                  size_t channel, pinna_error *error)
{
    const size_t n = blocks->info.n_channels;

    return channel <= n
               ? PINNA_OK
               : pinna_fail(error, PINNA_BAD_ARG,
                            "%s: has %zu channel%s, not %zu", blocks->path, n,
                            n == 1 ? "" : "s", channel);
}

pinna_status pinna_transcribe_part(const pinna_model *model,
                                   const pinna_decoding *decoding,
                                   const pinna_sound_part *part,
                                   const char *who, pinna_progress *progress,
                                   size_t n_parts, pinna_transcript *transcript,
                                   pinna_error *error)
{
    const double start_s = pinna_clock_s();
    pinna_sound_blocks *blocks;
    listener to = {.decoding = decoding,
                   .channel = part->channel,
                   .transcript = transcript};

    *transcript = (pinna_transcript){.channel = part->channel};
    pinna_status status =
        part->raw
            ? pinna_sound_blocks_open_raw(part->path, part->raw, &blocks, error)
            : pinna_sound_blocks_open(part->path, part->offset_s,
                                      part->duration_s, &blocks, error);
    if (status)
        return status;
    status = check_channel(blocks, part->channel, error);
    if (!status)
        status = recognise(model, blocks, &to, progress, n_parts, error);
    if (!status) {
        pinna_sound_blocks_warn(blocks, who);
        transcript->duration_s =
            (double)blocks->n_done / (double)blocks->info.sample_rate;
        transcript->work_s = pinna_clock_s() - start_s;
    }
    pinna_recogniser_free(to.recogniser);
    free(to.samples);
    pinna_sound_blocks_close(blocks);
    return status;
}

double pinna_default_min_confidence(const pinna_model *model)
{
    return model->word_tokens ? PINNA_MIN_WORD_CONFIDENCE : 0;
}

void pinna_transcript_drop_unsure(pinna_transcript *transcript,
                                  double min_confidence)
{
    pinna_word *words = transcript->words;
    const size_t n = transcript->n_words;
    size_t n_kept = 0, n_phrase;

    for (size_t i = 0; i < n; i += n_phrase) {
        double sum = 0;
        n_phrase = 0;
        do
            sum += (double)words[i + n_phrase].confidence;
        while (words[i + n_phrase++].goes_on && i + n_phrase < n);
        const bool has_end = !words[i + n_phrase - 1].goes_on;
        if (!has_end || sum < min_confidence * (double)n_phrase)
            continue;
        memmove(words + n_kept, words + i, n_phrase * sizeof *words);
        n_kept += n_phrase;
    }
    transcript->n_words = n_kept;
}

char *pinna_transcript_text(const pinna_transcript *transcript)
{
    size_t size = 1;

    for (size_t i = 0; i < transcript->n_words; i++)
        size += strlen(transcript->words[i].text) + 1;
    char *text = malloc(size);
    if (!text)
        return NULL;
    char *end = text;
    for (size_t i = 0; i < transcript->n_words; i++) {
        const size_t n = strlen(transcript->words[i].text);
        if (i > 0)
            *end++ = ' ';
        memcpy(end, transcript->words[i].text, n);
        end += n;
    }
    *end = '\0';
    return text;
}
