#include "tools/align_part.h"

#include "datasets/audio_mono.h"
#include "rnn/ctc_align.h"
#include "rnn/sound_edges.h"
#include "rnn/word_maker.h"
#include "tools/ctc_model.h"
#include "tools/ctc_whole.h"
#include "tools/wer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The tokens of a text and where they are. */
typedef struct aligned {
    int *labels;             /* [n] */
    pinna_ctc_token *tokens; /* [n] */
    size_t n;
    pinna_sound_edges *edges; /* [n_steps] after each step of the network */
    size_t n_steps;
} aligned;

static pinna_status encode(const pinna_model *model, const char *text,
                           aligned *to, pinna_error *error)
{
    const pinna_labels labels = pinna_labels_of(model);
    const size_t most = 2 * strlen(text) + 1; /* each word may have its mark */

    to->labels = malloc(most * sizeof *to->labels);
    to->tokens = malloc(most * sizeof *to->tokens);
    if (!to->labels || !to->tokens)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    return pinna_labels_encode(&labels, text, to->labels, most, &to->n, error);
}

/* Features [n_frames, width] -> logits -> frames of each token. */
static pinna_status align(const pinna_model *model, const float *frames,
                          size_t n_frames, aligned *to, pinna_error *error)
{
    float *logits;

    pinna_status status =
        pinna_ctc_frames_logits(model, frames, n_frames, &logits, &to->n_steps);
    if (!status)
        status = pinna_ctc_align(logits, to->n_steps, model->n_tokens,
                                 to->labels, to->n, 0, to->tokens, NULL);
    free(logits);
    if (status == PINNA_BAD_ARG)
        return pinna_fail(error, status, "too short for %zu tokens", to->n);
    return status ? pinna_fail(error, status, "%s", pinna_strerror(status))
                  : PINNA_OK;
}

/* The same features -> the edges of sound after each step. */
static pinna_status find_edges(const pinna_model *model, const float *frames,
                               size_t n_frames, size_t width, aligned *to)
{
    const pinna_ctc_ear *ear = &model->ctc_ear;
    const double shift_s = ear->fbank.frame_shift_ms / 1000;
    pinna_sound_edges now = {0};

    to->edges = calloc(to->n_steps + 1, sizeof *to->edges);
    if (!to->edges)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < n_frames; i++) {
        pinna_sound_edges_follow(&now, &ear->fbank, frames + i * width, width,
                                 (double)(i + 1) * shift_s,
                                 PINNA_RECOGNISER_LEAD_S);
        const size_t after = i + 1 - (i + 1 < ear->stack ? 0 : ear->stack);
        if (i + 1 >= ear->stack && after % ear->stride == 0 &&
            after / ear->stride < to->n_steps)
            to->edges[after / ear->stride] = now;
    }
    return PINNA_OK;
}

/* Sound -> where the tokens are in it. */
static pinna_status locate(const pinna_model *model, const float *samples,
                           size_t n_samples, aligned *to, pinna_error *error)
{
    float *frames;
    size_t n_frames, width;

    pinna_status status = pinna_ctc_whole_frames(model, samples, n_samples,
                                                 &frames, &n_frames, &width);
    if (!status)
        status = align(model, frames, n_frames, to, error);
    if (!status)
        status = find_edges(model, frames, n_frames, width, to);
    free(frames);
    return status;
}

/* Tokens, one or more for each word of the text, to words, which begin and end
 * with sound as those of a recogniser do. */
static pinna_status join_words(const pinna_model *model, const aligned *from,
                               const pinna_words *texts, pinna_transcript *to)
{
    const pinna_ctc_ear *ear = &model->ctc_ear;
    const double frame_s = ear->fbank.frame_shift_ms / 1000;
    const double step_s = (double)ear->stride * frame_s;
    bool open = false;
    size_t n_parts = 0;
    double end = 0;

    to->words = calloc(from->n + 1, sizeof *to->words);
    if (!to->words)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < from->n; i++) {
        const pinna_ctc_token *token = &from->tokens[i];
        const char *text = model->tokens[token->token];
        if (strcmp(text, " ") == 0) {
            open = false;
            continue;
        }
        if (pinna_word_begin(model, text))
            open = false;
        const size_t after = token->first_frame + token->n_frames;
        const pinna_sound_edges *then =
            &from->edges[after < from->n_steps ? after : from->n_steps - 1];
        const double start = fmax(from->edges[token->first_frame].begin, end);
        end = fmax(fmin((double)after * step_s, then->end), start);
        if (!open) {
            pinna_word_set_start(&to->words[to->n_words++], start,
                                 to->duration_s, frame_s);
            n_parts = 0;
        }
        pinna_word *word = &to->words[to->n_words - 1];
        snprintf(word->text, sizeof word->text, "%s",
                 texts->items[to->n_words - 1]);
        pinna_word_set_end(word, end, to->duration_s, frame_s);
        end = fmax(end, word->end + PINNA_RECOGNISER_LEAD_S);
        n_parts++;
        word->confidence +=
            (token->confidence - word->confidence) / (float)n_parts;
        open = !model->word_tokens;
    }
    return PINNA_OK;
}

pinna_status pinna_align_part(const pinna_model *model,
                              const pinna_sound_part *part, const char *text,
                              pinna_transcript *transcript, pinna_error *error)
{
    const unsigned rate = (unsigned)model->ctc_ear.fbank.sample_rate;
    const double start_s = pinna_clock_s();
    aligned tokens = {0};
    pinna_words texts = {0};
    pinna_error cause = {""};
    float *samples;
    size_t n;

    *transcript = (pinna_transcript){0};
    pinna_status status =
        pinna_audio_load_mono(part->path, part->offset_s, part->duration_s,
                              rate, &samples, &n, NULL, error);
    if (status)
        return status;
    transcript->duration_s = (double)n / rate;
    status = encode(model, text, &tokens, &cause);
    if (!status)
        status = locate(model, samples, n, &tokens, &cause);
    if (!status)
        status = pinna_words_split(text, &texts);
    if (!status)
        status = join_words(model, &tokens, &texts, transcript);
    pinna_words_free(&texts);
    free(samples);
    free(tokens.labels);
    free(tokens.tokens);
    free(tokens.edges);
    transcript->work_s = pinna_clock_s() - start_s;
    return status
               ? pinna_fail(error, status, "%s: %s", part->path,
                            *cause.text ? cause.text : pinna_strerror(status))
               : PINNA_OK;
}

static void write_interval(FILE *file, size_t number, double begin, double end,
                           const char *text)
{
    fprintf(file,
            "        intervals [%zu]:\n            xmin = %.3f\n"
            "            xmax = %.3f\n            text = \"",
            number, begin, end);
    for (; *text; text++) {
        if (*text == '"') /* doubled, as Praat has it */
            fputc('"', file);
        fputc(*text, file);
    }
    fputs("\"\n", file);
}

void pinna_transcript_write_textgrid(const pinna_transcript *transcript,
                                     FILE *file)
{
    const double end = transcript->duration_s;
    size_t n = 0;
    double at = 0;

    /* Silence before each word that does not begin where the last one ended,
     * and at the end. */
    for (size_t i = 0; i < transcript->n_words; i++) {
        n += transcript->words[i].start > at ? 2 : 1;
        at = transcript->words[i].end;
    }
    n += at < end;
    fprintf(file,
            "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n"
            "xmin = 0\nxmax = %.3f\ntiers? <exists>\nsize = 1\nitem []:\n"
            "    item [1]:\n        class = \"IntervalTier\"\n"
            "        name = \"words\"\n        xmin = 0\n"
            "        xmax = %.3f\n        intervals: size = %zu\n",
            end, end, n);
    n = 0;
    at = 0;
    for (size_t i = 0; i < transcript->n_words; i++) {
        const pinna_word *word = &transcript->words[i];
        if (word->start > at)
            write_interval(file, ++n, at, word->start, "");
        write_interval(file, ++n, word->start, word->end, word->text);
        at = word->end;
    }
    if (at < end)
        write_interval(file, ++n, at, end, "");
}
