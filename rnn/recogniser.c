#include "rnn/recogniser.h"

#include "dsp/clean_samples.h"
#include "dsp/cmvn.h"
#include "dsp/endpoint.h"
#include "dsp/features.h"
#include "dsp/resample.h"
#include "dsp/vad.h"
#include "rnn/denormals.h"
#include "rnn/recorded_steps.h"
#include "rnn/sound_edges.h"
#include "rnn/step_decoder.h"
#include "rnn/stream_net.h"
#include "rnn/word_maker.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Samples that are resampled at a time. */
#define BLOCK 1024

struct pinna_recogniser {
    const pinna_model *model;
    double sample_rate; /* of the stream, Hz */
    size_t n_features, n_in, stride, stack;
    size_t n_lead, n_tail; /* samples at the model's rate */
    double shift_s;        /* of feature frames */
    uint64_t n_heard;      /* samples of the stream so far */
    pinna_resampler *resampler;
    pinna_features *features;
    pinna_stream_state *state;      /* NULL: a recording, heard at its end by */
    pinna_recorded_steps recording; /* this instead */
    pinna_step_decoder decoder;
    pinna_word_maker words;

    float *clean;     /* [BLOCK] input within the limit */
    float *resampled; /* [max_out(BLOCK)] */
    float *window;    /* [stack, n_features] latest frames, newest last */
    size_t n_frames;  /* pulled so far */
    float *x;         /* [n_in] normalised */
    float *logits;    /* [n_tokens] */

    pinna_moment now;
    pinna_vad *vad;
    pinna_endpoint endpoint;
};

static pinna_status allocate(pinna_recogniser *r, unsigned sample_rate)
{
    const pinna_model *model = r->model;
    const unsigned rate = (unsigned)model->ctc_ear.fbank.sample_rate;
    const pinna_vad_config vad = pinna_vad_config_default();

    pinna_status status = pinna_resampler_new(sample_rate, rate, &r->resampler);
    if (!status)
        status = pinna_features_new(&model->ctc_ear.fbank, &r->features, NULL);
    if (!status && model->stream)
        status = pinna_stream_state_new(model->stream, &r->state);
    if (!status)
        status = pinna_vad_new(&vad, rate, &r->vad, NULL);
    if (status)
        return status;

    status = pinna_recogniser_set_pause(r, PINNA_UTTERANCE_PAUSE_MS);
    if (status)
        return status;

    r->n_features = pinna_features_n_out(r->features);
    r->clean = malloc(BLOCK * sizeof(float));
    r->resampled =
        malloc(pinna_resampler_max_out(r->resampler, BLOCK) * sizeof(float));
    r->window = calloc(r->n_in, sizeof(float));
    r->x = calloc(r->n_in, sizeof(float));
    r->logits = calloc(model->n_tokens, sizeof(float));
    if (!r->clean || !r->resampled || !r->window || !r->x || !r->logits)
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
            r->words.step_s +
        3;

    return pinna_recorded_steps_new(r->model->offline, r->n_in,
                                    r->model->n_tokens, n_steps, &r->recording);
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
    r->n_lead = (size_t)(PINNA_RECOGNISER_LEAD_S * ear->fbank.sample_rate);
    r->n_tail = (size_t)(PINNA_RECOGNISER_TAIL_S * ear->fbank.sample_rate);

    r->decoder.words = &r->words;

    pinna_status status = pinna_word_maker_new(
        model, (double)ear->stride * r->shift_s, &r->words);
    if (!status)
        status = allocate(r, sample_rate);
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
    const pinna_status status =
        pinna_step_decoder_use_beam(&r->decoder, config, n_best);
    if (status)
        return status;
    pinna_recogniser_reset(r);
    return PINNA_OK;
}

pinna_status pinna_recogniser_set_pause(pinna_recogniser *r, double pause_ms)
{
    pinna_endpoint_config config = pinna_endpoint_config_default();

    config.frame_shift_s = pinna_vad_frame_shift_s(r->vad);
    config.hang_over_ms = pause_ms;
    return pinna_endpoint_init(&r->endpoint, &config, NULL);
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
    pinna_recorded_steps_free(&r->recording);
    pinna_step_decoder_free(&r->decoder);
    pinna_word_maker_free(&r->words);
    free(r);
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
    if (!r->state) {
        pinna_recorded_steps_add(&r->recording, r->x, &r->now);
        return;
    }
    pinna_stream_step(r->model->stream, r->state, r->x, r->logits);
    pinna_step_decoder_process(&r->decoder, r->logits, &r->now);
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
    pinna_recorded_steps_reset(&r->recording);
    pinna_step_decoder_reset(&r->decoder);
    pinna_word_maker_reset(&r->words);
    pinna_vad_reset(r->vad);
    pinna_endpoint_reset(&r->endpoint);
    memset(r->window, 0, r->n_in * sizeof(float));
    r->n_frames = 0;
    r->n_heard = 0;
    r->now = (pinna_moment){0};
    take_silence(r, r->n_lead);
    pinna_restore_denormals(mode);
}

void pinna_recogniser_process(pinna_recogniser *r, const float *samples,
                              size_t n)
{
    const uint64_t mode = pinna_flush_denormals();

    while (n > 0) {
        const size_t part = n < BLOCK ? n : BLOCK;
        pinna_clean_samples(samples, part, r->clean);
        const size_t n_out =
            pinna_resampler_process(r->resampler, r->clean, part, r->resampled);
        r->n_heard += part;
        r->words.heard_s = (double)r->n_heard / r->sample_rate;
        take_resampled(r, r->resampled, n_out);
        samples += part;
        n -= part;
    }
    pinna_restore_denormals(mode);
}

void pinna_recogniser_finish(pinna_recogniser *r)
{
    const uint64_t mode = pinna_flush_denormals();

    take_resampled(r, r->resampled,
                   pinna_resampler_finish(r->resampler, r->resampled));
    take_silence(r, r->n_tail);
    if (!r->state)
        pinna_recorded_steps_finish(&r->recording);
    else
        pinna_step_decoder_finish(&r->decoder, &r->now);
    pinna_restore_denormals(mode);
}

/* The words of the recording's next step; false when there is none. */
static bool decode_recorded(pinna_recogniser *r)
{
    const pinna_moment *then;
    const float *logits = pinna_recorded_steps_next(&r->recording, &then);

    if (!logits)
        return false;
    pinna_step_decoder_process(&r->decoder, logits, then);
    if (pinna_recorded_steps_are_done(&r->recording))
        pinna_step_decoder_finish(&r->decoder, then);
    return true;
}

bool pinna_recogniser_poll(pinna_recogniser *r, pinna_word *word)
{
    while (r->words.n_queued == 0 && decode_recorded(r))
        ;
    return pinna_word_maker_poll(&r->words, word);
}

void pinna_recogniser_tail(const pinna_recogniser *r, char *text, size_t size)
{
    pinna_step_decoder_tail(&r->decoder, text, size);
}

size_t pinna_recogniser_alternatives(const pinna_recogniser *r,
                                     const pinna_alternative **alternatives)
{
    *alternatives = r->decoder.alternatives;
    return r->decoder.n_alternatives;
}
