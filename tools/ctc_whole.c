#include "tools/ctc_whole.h"

#include "dsp/cmvn.h"
#include "dsp/features.h"
#include "rnn/offline_net.h"
#include "rnn/recogniser.h"
#include "rnn/stream_net.h"
#include "tools/ctc_input.h"

#include <stdlib.h>
#include <string.h>

pinna_status pinna_ctc_whole_frames(const pinna_model *model,
                                    const float *samples, size_t n_samples,
                                    float **frames, size_t *n_frames,
                                    size_t *width)
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
    *width = pinna_features_n_out(features);
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

/* x [n_steps, n_in] through the network. */
static pinna_status run(const pinna_model *model, const float *x,
                        size_t n_steps, float *logits)
{
    pinna_stream_state *stream;
    pinna_offline_state *offline;
    pinna_status status;

    if (model->offline) {
        status = pinna_offline_state_new(model->offline, n_steps, &offline);
        if (status)
            return status;
        pinna_offline_run(model->offline, offline, x, n_steps, logits);
        pinna_offline_state_free(offline);
        return PINNA_OK;
    }
    status = pinna_stream_state_new(model->stream, &stream);
    if (status)
        return status;
    for (size_t t = 0; t < n_steps; t++)
        pinna_stream_step(model->stream, stream,
                          x + t * model->network.config.n_in,
                          logits + t * model->n_tokens);
    pinna_stream_state_free(stream);
    return PINNA_OK;
}

/* Frames, stacked and normalised, through the network. */
static pinna_status hear(const pinna_model *model, const float *frames,
                         size_t n_steps, float *logits)
{
    const pinna_ctc_ear *ear = &model->ctc_ear;
    const size_t n_in = model->network.config.n_in;
    const size_t n_features = n_in / ear->stack;
    float *x = malloc(n_steps * n_in * sizeof *x);

    if (!x)
        return PINNA_NO_MEMORY;
    for (size_t t = 0; t < n_steps; t++)
        memcpy(x + t * n_in, frames + t * ear->stride * n_features,
               n_in * sizeof *x);
    pinna_cmvn_apply(model->offset, model->scale, n_in, x, n_steps);
    const pinna_status status = run(model, x, n_steps, logits);
    free(x);
    return status;
}

pinna_status pinna_ctc_frames_logits(const pinna_model *model,
                                     const float *frames, size_t n_frames,
                                     float **logits, size_t *n_steps)
{
    const size_t n = pinna_ctc_steps(&model->ctc_ear, n_frames);

    *logits = NULL;
    *n_steps = 0;
    if (n == 0)
        return PINNA_OK;
    float *all = malloc(n * model->n_tokens * sizeof *all);
    const pinna_status status =
        all ? hear(model, frames, n, all) : PINNA_NO_MEMORY;
    if (status) {
        free(all);
        return status;
    }
    *logits = all;
    *n_steps = n;
    return PINNA_OK;
}

pinna_status pinna_ctc_whole_logits(const pinna_model *model,
                                    const float *samples, size_t n_samples,
                                    float **logits, size_t *n_steps)
{
    float *frames;
    size_t n_frames, width;

    *logits = NULL;
    *n_steps = 0;
    pinna_status status = pinna_ctc_whole_frames(model, samples, n_samples,
                                                 &frames, &n_frames, &width);
    if (!status)
        status =
            pinna_ctc_frames_logits(model, frames, n_frames, logits, n_steps);
    free(frames);
    return status;
}
