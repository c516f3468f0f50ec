#include "rnn/recogniser.h"

#include "dsp/cmvn.h"
#include "dsp/endpoint.h"
#include "dsp/features.h"
#include "dsp/resample.h"
#include "dsp/vad.h"
#include "rnn/ctc_beam.h"
#include "rnn/ctc_greedy.h"
#include "rnn/denormals.h"
#include "rnn/offline_net.h"
#include "rnn/sound_edges.h"
#include "rnn/stream_net.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Samples that are resampled at a time. */
#define BLOCK 1024

/* Louder than any sound (+60 dB re full scale): keeps powers finite. */
#define SAMPLE_LIMIT 1000.0f

/* Where there is sound and speech, as far as it is heard. Seconds include the
 * lead. */
typedef struct moment {
    pinna_sound_edges sound;
    size_t n_utterances; /* begun so far */
} moment;

/* What a whole recording leaves until its end, for each step of the network. */
typedef struct recording {
    pinna_offline_state *state;
    float *x;         /* [max_steps, n_in] normalised */
    float *logits;    /* [max_steps, n_tokens], once it has ended */
    moment *moments;  /* [max_steps] */
    size_t max_steps; /* 0: this is a stream */
    size_t n_steps, n_due, n_done; /* heard, to be decoded, decoded */
} recording;

struct pinna_recogniser {
    const pinna_model *model;
    double sample_rate; /* of the stream, Hz */
    size_t n_features, n_in, stride, stack;
    size_t n_lead, n_tail; /* samples at the model's rate */
    double step_s;         /* of the network */
    double shift_s;        /* of feature frames */
    uint64_t n_heard;      /* samples of the stream so far */
    pinna_resampler *resampler;
    pinna_features *features;
    pinna_stream_state *state;
    pinna_ctc_greedy greedy;

    /* Instead of greedy, where there is one. */
    pinna_ctc_beam *beam;
    const pinna_token_graph *graph; /* of its guide, or NULL */
    moment *moments;                /* [n_moments] of the latest steps, step t
                                       at t % n_moments */
    size_t n_moments, n_decoded;
    pinna_ctc_token *tail; /* [n_tail_tokens] */
    uint32_t *tail_words;  /* [n_tail_tokens] */
    size_t n_tail_tokens;
    pinna_alternative *alternatives; /* [max_alternatives] */
    size_t n_alternatives, max_alternatives;
    size_t n_given; /* words, to the queue */

    float *clean;     /* [BLOCK] input within the limit */
    float *resampled; /* [max_out(BLOCK)] */
    float *window;    /* [stack, n_features] latest frames, newest last */
    size_t n_frames;  /* pulled so far */
    float *x;         /* [n_in] normalised */
    float *logits;    /* [n_tokens] */

    moment now;
    double word_end;
    double run_begin; /* now.sound.begin when the token under way began */

    pinna_vad *vad;
    pinna_endpoint endpoint;

    recording recording;

    /* A word of a character model that is under way. */
    pinna_word open;
    bool has_open;
    float confidence_sum;
    size_t n_parts;

    pinna_word *queue; /* [PINNA_RECOGNISER_QUEUE] */
    size_t first, n_queued;
};

static pinna_status allocate(pinna_recogniser *r, unsigned sample_rate)
{
    const pinna_model *model = r->model;
    const unsigned rate = (unsigned)model->ctc_ear.fbank.sample_rate;
    const pinna_vad_config vad = pinna_vad_config_default();
    pinna_endpoint_config endpoint = pinna_endpoint_config_default();

    pinna_status status = pinna_resampler_new(sample_rate, rate, &r->resampler);
    if (!status)
        status = pinna_features_new(&model->ctc_ear.fbank, &r->features, NULL);
    if (!status && model->stream)
        status = pinna_stream_state_new(model->stream, &r->state);
    if (!status)
        status = pinna_vad_new(&vad, rate, &r->vad, NULL);
    if (status)
        return status;

    endpoint.frame_shift_s = pinna_vad_frame_shift_s(r->vad);
    endpoint.hang_over_ms = PINNA_UTTERANCE_PAUSE_MS;
    status = pinna_endpoint_init(&r->endpoint, &endpoint, NULL);
    if (status)
        return status;

    r->n_features = pinna_features_n_out(r->features);
    r->clean = malloc(BLOCK * sizeof(float));
    r->resampled =
        malloc(pinna_resampler_max_out(r->resampler, BLOCK) * sizeof(float));
    r->window = calloc(r->n_in, sizeof(float));
    r->x = calloc(r->n_in, sizeof(float));
    r->logits = calloc(model->n_tokens, sizeof(float));
    r->queue = calloc(PINNA_RECOGNISER_QUEUE, sizeof *r->queue);
    if (!r->clean || !r->resampled || !r->window || !r->x || !r->logits ||
        !r->queue)
        return PINNA_NO_MEMORY;
    return PINNA_OK;
}

/* Memory of a recording of so many samples. */
static pinna_status allocate_recording(pinna_recogniser *r, size_t max_samples)
{
    const double heard_s = (double)max_samples / r->sample_rate;
    /* One more for each rounding: of the resampler, of frames, of steps. */
    const double n_steps =
        (PINNA_RECOGNISER_LEAD_S + heard_s + PINNA_RECOGNISER_TAIL_S) /
            r->step_s +
        3;
    recording *rec = &r->recording;
    const size_t n_tokens = r->model->n_tokens;

    if (n_steps > (double)(SIZE_MAX / sizeof(moment) / 4))
        return PINNA_BAD_ARG;
    rec->max_steps = (size_t)n_steps;
    if (rec->max_steps > SIZE_MAX / sizeof(float) / (r->n_in + n_tokens))
        return PINNA_BAD_ARG;
    rec->x = malloc(rec->max_steps * r->n_in * sizeof(float));
    rec->logits = malloc(rec->max_steps * n_tokens * sizeof(float));
    rec->moments = malloc(rec->max_steps * sizeof *rec->moments);
    if (!rec->x || !rec->logits || !rec->moments)
        return PINNA_NO_MEMORY;
    return pinna_offline_state_new(r->model->offline, rec->max_steps,
                                   &rec->state);
}

static pinna_status check(const pinna_model *model, unsigned sample_rate,
                          pinna_error *error)
{
    if (strcmp(model->task, PINNA_TASK_CTC) != 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "the model is for task \"%s\", not \"%s\"",
                          model->task, PINNA_TASK_CTC);
    if (sample_rate < PINNA_RECOGNISER_MIN_RATE ||
        sample_rate > PINNA_RECOGNISER_MAX_RATE)
        return pinna_fail(
            error, PINNA_BAD_ARG, "sample rate %u Hz is not within %d to %d Hz",
            sample_rate, PINNA_RECOGNISER_MIN_RATE, PINNA_RECOGNISER_MAX_RATE);
    return PINNA_OK;
}

static pinna_status new_of_any(const pinna_model *model, unsigned sample_rate,
                               size_t max_samples, pinna_recogniser **out,
                               pinna_error *error)
{
    pinna_recogniser *r = calloc(1, sizeof *r);
    if (!r)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    const pinna_ctc_ear *ear = &model->ctc_ear;
    r->model = model;
    r->sample_rate = sample_rate;
    r->n_in = model->network.config.n_in;
    r->stack = ear->stack;
    r->stride = ear->stride;
    r->shift_s = ear->fbank.frame_shift_ms / 1000;
    r->step_s = (double)ear->stride * r->shift_s;
    r->n_lead = (size_t)(PINNA_RECOGNISER_LEAD_S * ear->fbank.sample_rate);
    r->n_tail = (size_t)(PINNA_RECOGNISER_TAIL_S * ear->fbank.sample_rate);

    pinna_status status = allocate(r, sample_rate);
    if (!status && model->offline)
        status = allocate_recording(r, max_samples);
    if (status) {
        pinna_recogniser_free(r);
        return pinna_fail(error, status, "cannot set up the recogniser: %s",
                          pinna_strerror(status));
    }
    pinna_recogniser_reset(r);
    *out = r;
    return PINNA_OK;
}

pinna_status pinna_recogniser_new(const pinna_model *model,
                                  unsigned sample_rate, pinna_recogniser **out,
                                  pinna_error *error)
{
    *out = NULL;
    const pinna_status status = check(model, sample_rate, error);
    if (status)
        return status;
    if (!model->stream)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "the model is bidirectional, and cannot stream");
    return new_of_any(model, sample_rate, 0, out, error);
}

pinna_status pinna_recogniser_new_offline(const pinna_model *model,
                                          unsigned sample_rate,
                                          size_t max_samples,
                                          pinna_recogniser **out,
                                          pinna_error *error)
{
    *out = NULL;
    const pinna_status status = check(model, sample_rate, error);
    if (status)
        return status;
    if (!model->offline)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "the model is not bidirectional: let it stream");
    return new_of_any(model, sample_rate, max_samples, out, error);
}

pinna_status pinna_recogniser_use_beam(pinna_recogniser *r,
                                       const pinna_ctc_beam_config *config,
                                       size_t n_best)
{
    if (n_best > PINNA_MAX_N_BEST || config->max_delay > SIZE_MAX / 1000)
        return PINNA_BAD_ARG;
    const pinna_status status =
        pinna_ctc_beam_new(config, r->model->n_tokens, 0, &r->beam);
    if (status)
        return status;
    r->graph = config->guide ? config->guide->graph : NULL;
    /* No tail is older, but for the step at hand and the end of a run. */
    r->n_moments = config->max_delay + 2;
    r->n_tail_tokens = config->max_tail + 1;
    r->max_alternatives = n_best;
    r->moments = calloc(r->n_moments, sizeof *r->moments);
    r->tail = malloc(r->n_tail_tokens * sizeof *r->tail);
    r->tail_words = malloc(r->n_tail_tokens * sizeof *r->tail_words);
    r->alternatives = malloc((n_best + 1) * sizeof *r->alternatives);
    if (!r->moments || !r->tail || !r->tail_words || !r->alternatives)
        return PINNA_NO_MEMORY;
    pinna_recogniser_reset(r);
    return PINNA_OK;
}

void pinna_recogniser_free(pinna_recogniser *r)
{
    if (!r)
        return;
    pinna_resampler_free(r->resampler);
    pinna_features_free(r->features);
    pinna_stream_state_free(r->state);
    pinna_vad_free(r->vad);
    free(r->clean);
    free(r->resampled);
    free(r->window);
    free(r->x);
    free(r->logits);
    free(r->queue);
    pinna_offline_state_free(r->recording.state);
    free(r->recording.x);
    free(r->recording.logits);
    free(r->recording.moments);
    pinna_ctc_beam_free(r->beam);
    free(r->moments);
    free(r->tail);
    free(r->tail_words);
    free(r->alternatives);
    free(r);
}

static void enqueue(pinna_recogniser *r, const pinna_word *word)
{
    if (r->n_queued == PINNA_RECOGNISER_QUEUE) {
        r->first = (r->first + 1) % PINNA_RECOGNISER_QUEUE;
        r->n_queued--;
    }
    r->queue[(r->first + r->n_queued) % PINNA_RECOGNISER_QUEUE] = *word;
    r->n_given++;
    r->n_queued++;
}

static void close_word(pinna_recogniser *r)
{
    if (!r->has_open)
        return;
    r->open.confidence = r->confidence_sum / (float)r->n_parts;
    enqueue(r, &r->open);
    r->has_open = false;
}

/* Seconds of the stream, without the lead. */
static double stream_time(const pinna_recogniser *r, double time_s)
{
    return fmin(fmax(time_s - PINNA_RECOGNISER_LEAD_S, 0),
                (double)r->n_heard / r->sample_rate);
}

/* A decoded token: a word, a character of one, a space, or a filler; run_begin
 * is where the sound began when it began, then where things were when it had
 * ended. */
static void take_token(pinna_recogniser *r, const pinna_ctc_token *token,
                       double run_begin, const moment *then)
{
    const char *text = r->model->tokens[token->token];
    const bool is_word = r->model->word_tokens && !r->graph;
    const double sure = (double)(token->first_frame + token->n_frames) *
                        r->step_s; /* when the run ended */
    const double start = fmax(run_begin, r->word_end);
    const double end = fmax(fmin(sure, then->sound.end), start);

    if (is_word || strcmp(text, " ") == 0)
        close_word(r);
    if (text[0] == '<' || strcmp(text, " ") == 0)
        return;

    if (!r->has_open) {
        r->open = (pinna_word){
            .start = stream_time(r, start),
            .utterance = then->n_utterances > 0 ? then->n_utterances - 1 : 0};
        r->confidence_sum = 0;
        r->n_parts = 0;
        r->has_open = true;
    }
    const size_t used = strlen(r->open.text), length = strlen(text);
    if (used + length < PINNA_WORD_MAX)
        memcpy(r->open.text + used, text, length + 1);
    r->open.end = stream_time(r, end);
    r->word_end = end;
    r->confidence_sum += token->confidence;
    r->n_parts++;
    if (is_word)
        close_word(r);
}

/* The tokens since the last word of the graph were this one. */
static void take_word(pinna_recogniser *r, uint32_t word)
{
    if (!r->has_open)
        return;
    snprintf(r->open.text, sizeof r->open.text, "%s",
             pinna_word_table_text(&r->graph->words, word));
    close_word(r);
}

/* What the beam is sure of. */
static void pull_tokens(pinna_recogniser *r)
{
    pinna_ctc_token token;
    uint32_t word;

    while (pinna_ctc_beam_pull(r->beam, &token, &word)) {
        /* It is told of one step after its end, as by the greedy search. */
        const size_t last = r->n_decoded - 1;
        const size_t after = token.first_frame + token.n_frames;
        const moment *begun = &r->moments[token.first_frame % r->n_moments];
        const moment *then =
            &r->moments[(after < last ? after : last) % r->n_moments];
        const bool is_space = strcmp(r->model->tokens[token.token], " ") == 0;
        if (word != PINNA_NO_WORD && is_space)
            take_word(r, word);
        take_token(r, &token, begun->sound.begin, then);
        if (word != PINNA_NO_WORD)
            take_word(r, word);
    }
}

/* Add text to what is there [size]. */
static void append(char *to, size_t size, const char *text)
{
    const size_t used = strlen(to);
    snprintf(to + used, size - used, "%s", text);
}

/* The tail of the beam's hypothesis number `rank`. */
static void write_tail(const pinna_recogniser *r, size_t rank, char *text,
                       size_t size, double *score)
{
    const size_t n = pinna_ctc_beam_tail(r->beam, rank, r->tail, r->tail_words,
                                         r->n_tail_tokens, score);
    const bool joins = !r->model->word_tokens && !r->graph;
    bool space = false;

    snprintf(text, size, "%s", joins && r->has_open ? r->open.text : "");
    for (size_t i = 0; i < n; i++) {
        const char *token = r->model->tokens[r->tail[i].token];
        if (r->graph) {
            if (r->tail_words[i] == PINNA_NO_WORD)
                continue;
            token = pinna_word_table_text(&r->graph->words, r->tail_words[i]);
        } else if (token[0] == '<' || strcmp(token, " ") == 0) {
            space = true;
            continue;
        }
        if (*text && (!joins || space))
            append(text, size, " ");
        append(text, size, token);
        space = false;
    }
}

/* Before the best of them is chosen. */
static void keep_alternatives(pinna_recogniser *r)
{
    const size_t n_best = pinna_ctc_beam_n_best(r->beam);

    for (size_t i = 0; i < n_best && r->n_alternatives < r->max_alternatives;
         i++) {
        pinna_alternative *made = &r->alternatives[r->n_alternatives];
        bool is_new = true;
        write_tail(r, i, made->rest, sizeof made->rest, &made->score);
        made->n_words = r->n_given;
        for (size_t k = 0; k < r->n_alternatives; k++)
            is_new = is_new && strcmp(r->alternatives[k].rest, made->rest) != 0;
        r->n_alternatives += is_new && made->score > -INFINITY;
    }
}

/* No step follows. */
static void finish_decoding(pinna_recogniser *r)
{
    pinna_ctc_token token;

    if (r->beam) {
        pinna_ctc_beam_finish(r->beam);
        keep_alternatives(r);
        pull_tokens(r);
    } else if (pinna_ctc_greedy_finish(&r->greedy, &token)) {
        take_token(r, &token, r->run_begin, &r->now);
    }
    close_word(r);
}

/* The next step of the network: its logits [n_tokens] to words. */
static void decode(pinna_recogniser *r, const float *logits)
{
    pinna_ctc_token token;

    if (r->beam) {
        r->moments[r->n_decoded++ % r->n_moments] = r->now;
        pinna_ctc_beam_process(r->beam, logits);
        pull_tokens(r);
        return;
    }
    if (pinna_ctc_greedy_process(&r->greedy, logits, r->model->n_tokens,
                                 &token))
        take_token(r, &token, r->run_begin, &r->now);
    /* By the end of the token the next sound may have begun. */
    if (r->greedy.open && r->greedy.run.n_frames == 1)
        r->run_begin = r->now.sound.begin;
}

/* x is ready for the network. */
static void record(pinna_recogniser *r)
{
    recording *rec = &r->recording;

    if (rec->n_steps == rec->max_steps)
        return;
    memcpy(rec->x + rec->n_steps * r->n_in, r->x, r->n_in * sizeof(float));
    rec->moments[rec->n_steps++] = r->now;
}

/* The recording has ended: the words of its next step. */
static void decode_recorded(pinna_recogniser *r)
{
    recording *rec = &r->recording;

    r->now = rec->moments[rec->n_done];
    decode(r, rec->logits + rec->n_done * r->model->n_tokens);
    rec->n_done++;
    if (rec->n_done == rec->n_due)
        finish_decoding(r);
}

/* Shift one feature frame into the window; step the network when it is due. */
static void take_frame(pinna_recogniser *r, const float *frame)
{
    const size_t n_kept = r->n_in - r->n_features;

    pinna_sound_edges_follow(
        &r->now.sound, &r->model->ctc_ear.fbank, frame, r->n_features,
        (double)(r->n_frames + 1) * r->shift_s, PINNA_RECOGNISER_LEAD_S);
    memmove(r->window, r->window + r->n_features, n_kept * sizeof(float));
    memcpy(r->window + n_kept, frame, r->n_features * sizeof(float));
    r->n_frames++;
    if (r->n_frames < r->stack || (r->n_frames - r->stack) % r->stride != 0)
        return;

    memcpy(r->x, r->window, r->n_in * sizeof(float));
    pinna_cmvn_apply(r->model->offset, r->model->scale, r->n_in, r->x, 1);
    if (r->recording.max_steps > 0) {
        record(r);
        return;
    }
    pinna_stream_step(r->model->stream, r->state, r->x, r->logits);
    decode(r, r->logits);
}

/* Count the utterances that begin. */
static void follow_speech(pinna_recogniser *r, const float *samples, size_t n)
{
    pinna_vad_frame frame;
    pinna_endpoint_event event;

    for (size_t used = 0; used < n;) {
        used += pinna_vad_push(r->vad, samples + used, n - used);
        while (pinna_vad_pull(r->vad, &frame))
            if (pinna_endpoint_process(&r->endpoint, frame.speech, &event) &&
                event.type == PINNA_SPEECH_BEGIN)
                r->now.n_utterances++;
    }
}

/* Samples at the model's rate -> features -> network -> tokens -> words. */
static void take_resampled(pinna_recogniser *r, const float *samples, size_t n)
{
    float *frame = r->x; /* n_features <= n_in; free until take_frame */

    for (size_t used = 0; used < n;) {
        const size_t part =
            pinna_features_push(r->features, samples + used, n - used);
        follow_speech(r, samples + used, part);
        used += part;
        while (pinna_features_pull(r->features, frame))
            take_frame(r, frame);
    }
}

static void take_samples(float *to, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float x = from[i];
        to[i] = isfinite(x) ? fminf(fmaxf(x, -SAMPLE_LIMIT), SAMPLE_LIMIT) : 0;
    }
}

/* Zeros at the model's rate. */
static void take_silence(pinna_recogniser *r, size_t n)
{
    memset(r->clean, 0, BLOCK * sizeof(float));
    for (size_t done = 0; done < n; done += BLOCK)
        take_resampled(r, r->clean, n - done < BLOCK ? n - done : BLOCK);
}

void pinna_recogniser_reset(pinna_recogniser *r)
{
    const uint64_t mode = pinna_flush_denormals();

    pinna_resampler_reset(r->resampler);
    pinna_features_reset(r->features);
    if (r->state)
        pinna_stream_state_reset(r->state);
    pinna_ctc_greedy_reset(&r->greedy, 0);
    if (r->beam)
        pinna_ctc_beam_reset(r->beam);
    r->n_decoded = r->n_given = r->n_alternatives = 0;
    pinna_vad_reset(r->vad);
    pinna_endpoint_reset(&r->endpoint);
    memset(r->window, 0, r->n_in * sizeof(float));
    r->n_frames = 0;
    r->n_heard = 0;
    r->now = (moment){0};
    r->word_end = r->run_begin = 0;
    r->recording.n_steps = r->recording.n_due = r->recording.n_done = 0;
    r->has_open = false;
    r->first = r->n_queued = 0;
    take_silence(r, r->n_lead);
    pinna_restore_denormals(mode);
}

void pinna_recogniser_process(pinna_recogniser *r, const float *samples,
                              size_t n)
{
    const uint64_t mode = pinna_flush_denormals();

    while (n > 0) {
        const size_t part = n < BLOCK ? n : BLOCK;
        take_samples(r->clean, samples, part);
        const size_t n_out =
            pinna_resampler_process(r->resampler, r->clean, part, r->resampled);
        r->n_heard += part;
        take_resampled(r, r->resampled, n_out);
        samples += part;
        n -= part;
    }
    pinna_restore_denormals(mode);
}

void pinna_recogniser_finish(pinna_recogniser *r)
{
    const uint64_t mode = pinna_flush_denormals();
    recording *rec = &r->recording;

    take_resampled(r, r->resampled,
                   pinna_resampler_finish(r->resampler, r->resampled));
    take_silence(r, r->n_tail);
    if (rec->max_steps > 0) {
        pinna_offline_run(r->model->offline, rec->state, rec->x, rec->n_steps,
                          rec->logits);
        rec->n_due = rec->n_steps;
    } else {
        finish_decoding(r);
    }
    pinna_restore_denormals(mode);
}

bool pinna_recogniser_poll(pinna_recogniser *r, pinna_word *word)
{
    while (r->n_queued == 0 && r->recording.n_done < r->recording.n_due)
        decode_recorded(r);
    if (r->n_queued == 0)
        return false;
    *word = r->queue[r->first];
    r->first = (r->first + 1) % PINNA_RECOGNISER_QUEUE;
    r->n_queued--;
    return true;
}

void pinna_recogniser_tail(const pinna_recogniser *r, char *text, size_t size)
{
    if (r->beam)
        write_tail(r, 0, text, size, NULL);
    else
        snprintf(text, size, "%s", r->has_open ? r->open.text : "");
}

size_t pinna_recogniser_alternatives(const pinna_recogniser *r,
                                     const pinna_alternative **alternatives)
{
    *alternatives = r->alternatives;
    return r->n_alternatives;
}
