#include "dsp/features.h"

#include "dsp/framer.h"

#include <stdlib.h>

struct pinna_features {
    pinna_framer *framer;
    pinna_fbank *fbank;
    float *samples; /* [frame_length] of the frame at hand */
};

pinna_status pinna_features_new(const pinna_fbank_config *config,
                                pinna_features **out, pinna_error *error)
{
    *out = NULL;
    pinna_features *features = calloc(1, sizeof *features);
    if (!features)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");

    pinna_status status = pinna_fbank_new(config, &features->fbank, error);
    if (status) {
        pinna_features_free(features);
        return status;
    }

    const size_t length = pinna_fbank_frame_length(features->fbank);
    const size_t shift = pinna_fbank_frame_shift(features->fbank);
    status =
        pinna_framer_new(length, shift, config->snip_edges, &features->framer);
    if (!status && !(features->samples = calloc(length, sizeof(float))))
        status = PINNA_NO_MEMORY;
    if (status) {
        pinna_features_free(features);
        return pinna_fail(error, status, "framer: %s", pinna_strerror(status));
    }

    *out = features;
    return PINNA_OK;
}

void pinna_features_free(pinna_features *features)
{
    if (!features)
        return;
    pinna_framer_free(features->framer);
    pinna_fbank_free(features->fbank);
    free(features->samples);
    free(features);
}

size_t pinna_features_n_out(const pinna_features *features)
{
    return pinna_fbank_n_out(features->fbank);
}

void pinna_features_reset(pinna_features *features)
{
    pinna_framer_reset(features->framer);
}

size_t pinna_features_push(pinna_features *features, const float *samples,
                           size_t n)
{
    return pinna_framer_push(features->framer, samples, n);
}

void pinna_features_finish(pinna_features *features)
{
    pinna_framer_finish(features->framer);
}

bool pinna_features_pull(pinna_features *features, float *frame)
{
    if (!pinna_framer_pull(features->framer, features->samples))
        return false;
    pinna_fbank_process(features->fbank, features->samples, frame);
    return true;
}

pinna_status pinna_features_all(pinna_features *features, const float *samples,
                                size_t n, float **frames, size_t *n_frames)
{
    *frames = NULL;
    *n_frames = 0;

    const size_t n_out = pinna_features_n_out(features);
    const size_t n_all = pinna_framer_n_frames(features->framer, n);
    if (n_all == 0)
        return PINNA_OK;
    float *all = calloc(n_all, n_out * sizeof(float)); /* [n_all, n_out] */
    if (!all)
        return PINNA_NO_MEMORY;

    pinna_features_reset(features);
    size_t n_pulled = 0;
    for (size_t used = 0; used < n;) {
        used += pinna_features_push(features, samples + used, n - used);
        while (pinna_features_pull(features, all + n_pulled * n_out))
            n_pulled++;
    }
    pinna_features_finish(features);
    while (pinna_features_pull(features, all + n_pulled * n_out))
        n_pulled++;
    pinna_features_reset(features);

    *frames = all;
    *n_frames = n_pulled;
    return PINNA_OK;
}
