#include "dsp/resample.h"

#include <speex/speex_resampler.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_RATE = 768000, /* Hz */
    MAX_RATIO = 256,
    BLOCK = 4096, /* input samples per call: speexdsp counts in 32 bits */
};

/* speexdsp computes every output sample by one inner product at a position
 * that it counts in integers, and its load instructions do not care about
 * alignment: the bits do not depend on how the input is cut. It allocates at
 * creation only. */
struct pinna_resampler {
    size_t in_rate, out_rate;
    size_t delay;               /* in input samples: half the filter */
    SpeexResamplerState *speex; /* NULL for equal rates */
};

pinna_status pinna_resampler_new(unsigned in_rate, unsigned out_rate,
                                 pinna_resampler **out)
{
    *out = NULL;
    if (in_rate == 0 || in_rate > MAX_RATE || out_rate == 0 ||
        out_rate > MAX_RATE || in_rate > MAX_RATIO * out_rate ||
        out_rate > MAX_RATIO * in_rate)
        return PINNA_BAD_ARG;

    pinna_resampler *resampler = calloc(1, sizeof *resampler);
    if (!resampler)
        return PINNA_NO_MEMORY;
    resampler->in_rate = in_rate;
    resampler->out_rate = out_rate;

    if (in_rate != out_rate) {
        resampler->speex = speex_resampler_init(1, in_rate, out_rate,
                                                PINNA_RESAMPLE_QUALITY, NULL);
        if (!resampler->speex) {
            pinna_resampler_free(resampler);
            return PINNA_NO_MEMORY;
        }
        resampler->delay =
            (size_t)speex_resampler_get_input_latency(resampler->speex);
        speex_resampler_skip_zeros(resampler->speex);
    }

    *out = resampler;
    return PINNA_OK;
}

void pinna_resampler_free(pinna_resampler *resampler)
{
    if (!resampler)
        return;
    if (resampler->speex)
        speex_resampler_destroy(resampler->speex);
    free(resampler);
}

void pinna_resampler_reset(pinna_resampler *resampler)
{
    if (!resampler->speex)
        return;
    speex_resampler_reset_mem(resampler->speex);
    speex_resampler_skip_zeros(resampler->speex);
}

/* ceil(n out_rate / in_rate), for any n whose result fits. */
static size_t scaled_count(const pinna_resampler *resampler, size_t n)
{
    const uint64_t in_rate = resampler->in_rate;
    const uint64_t out_rate = resampler->out_rate;
    const uint64_t whole = n / in_rate * out_rate;
    const uint64_t part = (n % in_rate * out_rate + in_rate - 1) / in_rate;
    return (size_t)(whole + part);
}

size_t pinna_resampler_max_out(const pinna_resampler *resampler, size_t n_in)
{
    return scaled_count(resampler, n_in + resampler->delay);
}

/* in [n_in], or NULL for as much silence. */
static size_t feed(pinna_resampler *resampler, const float *in, size_t n_in,
                   float *out)
{
    size_t n_out = 0;

    for (size_t used = 0; used < n_in;) {
        spx_uint32_t n_taken =
            n_in - used < BLOCK ? (spx_uint32_t)(n_in - used) : BLOCK;
        /* No limit: max_out() is a promise to the caller, and the input runs
         * out before it. */
        spx_uint32_t n_given = INT32_MAX;
        speex_resampler_process_float(resampler->speex, 0,
                                      in ? in + used : NULL, &n_taken,
                                      out + n_out, &n_given);
        used += n_taken;
        n_out += n_given;
    }
    return n_out;
}

size_t pinna_resampler_process(pinna_resampler *resampler, const float *in,
                               size_t n_in, float *out)
{
    if (n_in == 0)
        return 0;
    if (!resampler->speex) {
        memcpy(out, in, n_in * sizeof(float));
        return n_in;
    }
    return feed(resampler, in, n_in, out);
}

size_t pinna_resampler_finish(pinna_resampler *resampler, float *out)
{
    /* Output k needs the input up to k in_rate / out_rate + delay: with
     * `delay` more samples, those with k in_rate / out_rate < n are there. */
    return resampler->speex ? feed(resampler, NULL, resampler->delay, out) : 0;
}

pinna_status pinna_resample(const float *in, size_t n_in, unsigned in_rate,
                            unsigned out_rate, float **out, size_t *n_out)
{
    *out = NULL;
    *n_out = 0;
    pinna_resampler *resampler;
    const pinna_status status =
        pinna_resampler_new(in_rate, out_rate, &resampler);
    if (status)
        return status;

    const size_t n_all = scaled_count(resampler, n_in);
    float *all = calloc(n_all > 0 ? n_all : 1, sizeof(float));
    if (!all) {
        pinna_resampler_free(resampler);
        return PINNA_NO_MEMORY;
    }

    size_t n = pinna_resampler_process(resampler, in, n_in, all);
    n += pinna_resampler_finish(resampler, all + n);
    pinna_resampler_free(resampler);

    *out = all;
    *n_out = n;
    return PINNA_OK;
}
