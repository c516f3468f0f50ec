#include "tools/ctc_whole.h"

#include "datasets/audio_mono.h"
#include "dsp/cmvn.h"
#include "dsp/features.h"
#include "rnn/ctc_greedy.h"
#include "rnn/network_train.h"
#include "tools/ctc_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The samples with what is heard around them -> feature frames. */
static pinna_status make_frames(const pinna_model *model, const float *samples,
                                size_t n_samples, float **frames,
                                size_t *n_frames)
{
    const double rate = model->ctc_ear.fbank.sample_rate;
    const size_t n_lead = (size_t)(PINNA_RECOGNISER_LEAD_S * rate);
    const size_t n_tail = (size_t)(PINNA_RECOGNISER_TAIL_S * rate);
    const size_t n = n_lead + n_samples + n_tail;
    pinna_features *features;

    *frames = NULL;
    pinna_status status =
        pinna_features_new(&model->ctc_ear.fbank, &features, NULL);
    if (status)
        return status;
    float *padded = calloc(n, sizeof *padded);
    status = PINNA_NO_MEMORY;
    if (padded) {
        memcpy(padded + n_lead, samples, n_samples * sizeof *samples);
        status = pinna_features_all(features, padded, n, frames, n_frames);
    }
    free(padded);
    pinna_features_free(features);
    return status;
}

/* Frames, stacked and normalised, through the network. */
static pinna_status run(const pinna_model *model, const float *frames,
                        size_t n_steps, float *logits)
{
    const pinna_network *network = &model->network;
    const pinna_ctc_ear *ear = &model->ctc_ear;
    const size_t n_in = network->config.n_in;
    const size_t n_features = n_in / ear->stack;
    float *x = malloc(n_steps * n_in * sizeof *x);
    pinna_net_worker *worker;

    if (!x)
        return PINNA_NO_MEMORY;
    for (size_t t = 0; t < n_steps; t++)
        memcpy(x + t * n_in, frames + t * ear->stride * n_features,
               n_in * sizeof *x);
    pinna_cmvn_apply(model->offset, model->scale, n_in, x, n_steps);
    const pinna_status status =
        pinna_net_worker_new(&network->config, n_steps, 1, &worker);
    if (!status) {
        memcpy(logits,
               pinna_net_forward(network, worker, x, NULL, n_steps, 1, 0, NULL),
               n_steps * model->n_tokens * sizeof *logits);
        pinna_net_worker_free(worker);
    }
    free(x);
    return status;
}

pinna_status pinna_ctc_whole_logits(const pinna_model *model,
                                    const float *samples, size_t n_samples,
                                    float **logits, size_t *n_steps)
{
    float *frames;
    size_t n_frames;

    *logits = NULL;
    *n_steps = 0;
    pinna_status status =
        make_frames(model, samples, n_samples, &frames, &n_frames);
    if (status)
        return status;
    const size_t n = pinna_ctc_steps(&model->ctc_ear, n_frames);
    if (n > 0) {
        *logits = malloc(n * model->n_tokens * sizeof **logits);
        status = *logits ? run(model, frames, n, *logits) : PINNA_NO_MEMORY;
    }
    free(frames);
    if (status) {
        free(*logits);
        *logits = NULL;
    } else {
        *n_steps = n;
    }
    return status;
}

/* Words that grow token by token. */
typedef struct speller {
    const pinna_model *model;
    pinna_transcript *transcript;
    size_t room, n_parts;
    bool open;
} speller;

/* Seconds of the recording at which network step t begins. */
static double time_of(const speller *s, size_t t)
{
    const pinna_ctc_ear *ear = &s->model->ctc_ear;
    const double step_s =
        (double)ear->stride * ear->fbank.frame_shift_ms / 1000;
    const double time_s = (double)t * step_s - PINNA_RECOGNISER_LEAD_S;
    return fmin(fmax(time_s, 0), s->transcript->duration_s);
}

static bool open_word(speller *s, double start_s)
{
    pinna_transcript *transcript = s->transcript;

    if (transcript->n_words == s->room) {
        const size_t room = s->room ? 2 * s->room : 16;
        pinna_word *words = realloc(transcript->words, room * sizeof *words);
        if (!words)
            return false;
        transcript->words = words;
        s->room = room;
    }
    transcript->words[transcript->n_words++] = (pinna_word){.start = start_s};
    s->n_parts = 0;
    s->open = true;
    return true;
}

/* A word, a character of one, a space, or a filler. False without memory. */
static bool take_token(speller *s, const pinna_ctc_token *token)
{
    const char *text = s->model->tokens[token->token];
    const bool is_space = strcmp(text, " ") == 0;

    if (s->model->word_tokens || is_space)
        s->open = false;
    if (text[0] == '<' || is_space)
        return true;
    if (!s->open && !open_word(s, time_of(s, token->first_frame)))
        return false;
    pinna_word *word = &s->transcript->words[s->transcript->n_words - 1];
    const size_t used = strlen(word->text), length = strlen(text);
    if (used + length < PINNA_WORD_MAX)
        memcpy(word->text + used, text, length + 1);
    word->end = time_of(s, token->first_frame + token->n_frames);
    s->n_parts++;
    word->confidence +=
        (token->confidence - word->confidence) / (float)s->n_parts;
    return true;
}

static pinna_status spell(const pinna_model *model, const float *logits,
                          size_t n_steps, pinna_transcript *transcript)
{
    speller s = {.model = model, .transcript = transcript};
    pinna_ctc_greedy greedy;
    pinna_ctc_token token;
    bool room = true;

    pinna_ctc_greedy_reset(&greedy, 0);
    for (size_t t = 0; room && t < n_steps; t++)
        if (pinna_ctc_greedy_process(&greedy, logits + t * model->n_tokens,
                                     model->n_tokens, &token))
            room = take_token(&s, &token);
    if (room && pinna_ctc_greedy_finish(&greedy, &token))
        room = take_token(&s, &token);
    return room ? PINNA_OK : PINNA_NO_MEMORY;
}

pinna_status pinna_ctc_whole_transcribe(const pinna_model *model,
                                        const pinna_sound_part *part,
                                        pinna_transcript *transcript,
                                        pinna_error *error)
{
    const unsigned rate = (unsigned)model->ctc_ear.fbank.sample_rate;
    const double start_s = pinna_clock_s();
    float *samples, *logits;
    size_t n, n_steps;

    *transcript = (pinna_transcript){0};
    pinna_status status =
        pinna_audio_load_mono(part->path, part->offset_s, part->duration_s,
                              rate, &samples, &n, NULL, error);
    if (status)
        return status;
    transcript->duration_s = (double)n / rate;
    status = pinna_ctc_whole_logits(model, samples, n, &logits, &n_steps);
    free(samples);
    if (!status)
        status = spell(model, logits, n_steps, transcript);
    free(logits);
    if (status)
        return pinna_fail(error, status, "%s: %s", part->path,
                          pinna_strerror(status));
    transcript->work_s = pinna_clock_s() - start_s;
    return PINNA_OK;
}
