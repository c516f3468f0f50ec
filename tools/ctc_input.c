#include "tools/ctc_input.h"

#include "dsp/cmvn.h"

#include <stdlib.h>
#include <string.h>

size_t pinna_ctc_steps(const pinna_ctc_ear *ear, size_t n_frames)
{
    return n_frames < ear->stack ? 0
                                 : 1 + (n_frames - ear->stack) / ear->stride;
}

/* Can other mouths be made of the bands? */
static bool can_warp(const pinna_fbank_config *ear)
{
    return ear->type != PINNA_FEATURE_SPECTROGRAM && !ear->use_energy &&
           ear->n_mels <= PINNA_MAX_WARP_BANDS;
}

size_t pinna_ctc_heard_width(const pinna_model *model)
{
    const pinna_ctc_ear *ear = &model->ctc_ear;
    return ear->fbank.type == PINNA_FEATURE_MFCC && can_warp(&ear->fbank)
               ? ear->fbank.n_mels
               : model->network.config.n_in / ear->stack;
}

pinna_status pinna_ctc_input_new(const pinna_model *model,
                                 const pinna_ctc_material *material,
                                 const pinna_ctc_distortion *distortion,
                                 pinna_frame_cache *cache, double max_seconds,
                                 pinna_ctc_input *input)
{
    const pinna_ctc_ear *ear = &model->ctc_ear;
    const size_t n_in = model->network.config.n_in;

    *input = (pinna_ctc_input){
        .model = model,
        .material = material,
        .distortion = distortion,
        .cache = cache,
        .n_in = n_in,
        .n_features = n_in / ear->stack,
        .max_samples = (size_t)(max_seconds * ear->fbank.sample_rate),
        .max_steps = (size_t)(max_seconds * 1000 / ear->fbank.frame_shift_ms /
                              (double)ear->stride) +
                     1,
    };
    pinna_fbank_config heard = ear->fbank;
    pinna_status status = PINNA_OK;
    input->can_warp = can_warp(&heard);
    if (heard.type == PINNA_FEATURE_MFCC && input->can_warp) {
        heard.type = PINNA_FEATURE_FBANK;
        status = pinna_fbank_new(&ear->fbank, &input->cepstra, NULL);
    }
    if (!status)
        status = pinna_features_new(&heard, &input->features, NULL);
    if (status)
        return status;
    input->n_bands = pinna_features_n_out(input->features);
    input->bands = malloc(input->n_bands * sizeof(float));
    input->samples = malloc(input->max_samples * sizeof(float));
    input->column = malloc(input->max_steps * n_in * sizeof(float));
    return input->bands && input->samples && input->column ? PINNA_OK
                                                           : PINNA_NO_MEMORY;
}

void pinna_ctc_input_free(pinna_ctc_input *input)
{
    pinna_features_free(input->features);
    pinna_fbank_free(input->cepstra);
    free(input->bands);
    free(input->samples);
    free(input->column);
}

/* Other mouths: as far as the ear's features are bands, or made of them. */
static void warp_item(const pinna_ctc_input *input, pinna_rng *rng,
                      float *frames, size_t n_frames)
{
    const pinna_fbank_config *fbank = &input->model->ctc_ear.fbank;
    const pinna_ctc_distortion *d = input->distortion;

    if (!input->can_warp || d->warp_share == 0 ||
        !pinna_rng_chance(rng, d->warp_share))
        return;
    const double warp = pinna_rng_uniform(rng, d->low_warp, d->high_warp);
    const double high_hz = fbank->high_hz > 0
                               ? fbank->high_hz
                               : fbank->sample_rate / 2 + fbank->high_hz;
    pinna_warp_bands(warp, fbank->low_hz, high_hz, frames, n_frames,
                     fbank->n_mels);
}

/* Bands [n_frames, n_bands] -> features [n_frames, n_features], in place. */
static void finish_frames(const pinna_ctc_input *input, float *frames,
                          size_t n_frames)
{
    if (!input->cepstra)
        return;
    for (size_t t = 0; t < n_frames; t++) {
        memcpy(input->bands, frames + t * input->n_bands,
               input->n_bands * sizeof *frames);
        pinna_fbank_finish(input->cepstra, input->bands,
                           frames + t * input->n_features);
    }
}

static void mask_item(const pinna_ctc_input *input, pinna_rng *rng, float *x,
                      size_t n_steps)
{
    const pinna_ctc_ear *ear = &input->model->ctc_ear;
    const pinna_ctc_distortion *d = input->distortion;

    if (pinna_rng_chance(rng, d->mask_share))
        pinna_spec_augment_apply(&d->masks, rng, x, n_steps, input->n_features,
                                 ear->stack, ear->stride);
}

/* *frames, to be freed, that are those of a clip already. */
static pinna_status copy_frames(const pinna_ctc_input *input, const float *kept,
                                size_t n_frames, float **frames)
{
    const size_t n_bytes = n_frames * input->n_bands * sizeof **frames;

    *frames = malloc(n_bytes + 1);
    if (!*frames)
        return PINNA_NO_MEMORY;
    memcpy(*frames, kept, n_bytes);
    return PINNA_OK;
}

/* The frames of an item at its tempo of recording. */
static pinna_status hear_item(pinna_ctc_input *input,
                              const pinna_ctc_item *item, pinna_rng *rng,
                              float **frames, size_t *n_frames)
{
    const bool unchanged = !rng || input->material->plain;
    const float *kept =
        unchanged
            ? pinna_frame_cache_find(input->cache, item->clips[0], n_frames)
            : NULL;

    if (kept)
        return copy_frames(input, kept, *n_frames, frames);
    pinna_status status =
        pinna_ctc_item_render(input->material, item, rng, input->samples);
    if (!status)
        status = pinna_features_all(input->features, input->samples,
                                    item->n_samples, frames, n_frames);
    if (!status && unchanged) {
        status = pinna_frame_cache_keep(input->cache, item->clips[0], *frames,
                                        *n_frames);
        if (status)
            free(*frames);
    }
    return status;
}

pinna_status pinna_ctc_input_make(pinna_ctc_input *input,
                                  const pinna_ctc_item *item, pinna_rng *rng,
                                  size_t *n_steps)
{
    const pinna_model *model = input->model;
    const pinna_ctc_ear *ear = &model->ctc_ear;
    float *frames;
    size_t n_frames;

    const pinna_status status = hear_item(input, item, rng, &frames, &n_frames);
    if (status)
        return status;
    if (rng)
        warp_item(input, rng, frames, n_frames);
    finish_frames(input, frames, n_frames);
    if (item->tempo != 1) {
        float *others = pinna_tempo_frames(item->tempo, frames, n_frames,
                                           input->n_features, &n_frames);
        free(frames);
        if (!others)
            return PINNA_NO_MEMORY;
        frames = others;
    }
    *n_steps = pinna_ctc_steps(ear, n_frames);
    if (*n_steps > input->max_steps)
        *n_steps = input->max_steps;
    for (size_t t = 0; t < *n_steps; t++)
        memcpy(input->column + t * input->n_in,
               frames + t * ear->stride * input->n_features,
               input->n_in * sizeof(float));
    free(frames);
    if (!model->offset)
        return PINNA_OK;
    pinna_cmvn_apply(model->offset, model->scale, input->n_in, input->column,
                     *n_steps);
    if (rng)
        mask_item(input, rng, input->column,
                  *n_steps); /* zero is the mean now */
    return PINNA_OK;
}
