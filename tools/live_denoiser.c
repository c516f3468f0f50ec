#include "tools/live_denoiser.h"

#include "rnn/denoise_chain.h"
#include "tools/spsc_ring.h"

#include <stdatomic.h>
#include <stdlib.h>

/* For which a disk may keep the other thread waiting. */
#define RING_S 4.0

struct pinna_live_denoiser {
    pinna_denoise_chain *chain;
    pinna_spsc_ring *ring;
    size_t n_channels, latency;
    const float **heard; /* [2 * n_channels] of the block under way */
    _Atomic float values[PINNA_N_CONTROLS];
    _Atomic float speech_probability, reduction_db;
    atomic_size_t n_unheard;
};

pinna_status pinna_live_denoiser_new(const pinna_model *model, double rate,
                                     size_t n_channels, const float *values,
                                     bool post_filter,
                                     pinna_live_denoiser **out)
{
    *out = NULL;
    pinna_live_denoiser *live = calloc(1, sizeof *live);
    if (!live)
        return PINNA_NO_MEMORY;
    live->n_channels = n_channels;
    live->heard = calloc(2 * n_channels, sizeof *live->heard);
    pinna_status status = live->heard ? PINNA_OK : PINNA_NO_MEMORY;
    if (!status)
        status = pinna_denoise_chain_new(model, rate, n_channels, &live->chain);
    if (!status)
        status = pinna_spsc_ring_new((size_t)(RING_S * rate) + 1,
                                     2 * n_channels, &live->ring);
    if (status) {
        pinna_live_denoiser_free(live);
        return status;
    }
    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++) {
        atomic_init(&live->values[i], pinna_control_clean(i, values[i]));
        pinna_denoise_chain_set(live->chain, i, values[i]);
    }
    pinna_denoise_chain_set_post_filter(live->chain, post_filter);
    live->latency = pinna_denoise_chain_latency(live->chain);
    *out = live;
    return PINNA_OK;
}

void pinna_live_denoiser_free(pinna_live_denoiser *live)
{
    if (!live)
        return;
    pinna_denoise_chain_free(live->chain);
    pinna_spsc_ring_free(live->ring);
    free(live->heard);
    free(live);
}

void pinna_live_denoiser_process(void *user, const float *const *in,
                                 float *const *out, size_t n)
{
    pinna_live_denoiser *live = user;

    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        pinna_denoise_chain_set(
            live->chain, i,
            atomic_load_explicit(&live->values[i], memory_order_relaxed));
    pinna_denoise_chain_process(live->chain, in, out, n);

    atomic_store_explicit(&live->speech_probability,
                          pinna_denoise_chain_speech_probability(live->chain),
                          memory_order_relaxed);
    atomic_store_explicit(&live->reduction_db,
                          pinna_denoise_chain_reduction_db(live->chain),
                          memory_order_relaxed);
    for (size_t c = 0; c < live->n_channels; c++) {
        live->heard[c] = in[c];
        live->heard[live->n_channels + c] = out[c];
    }
    const size_t n_heard = pinna_spsc_ring_write(live->ring, live->heard, n);
    if (n_heard < n)
        atomic_fetch_add_explicit(&live->n_unheard, n - n_heard,
                                  memory_order_relaxed);
}

void pinna_live_denoiser_set(pinna_live_denoiser *live, pinna_control control,
                             float value)
{
    atomic_store(&live->values[control], pinna_control_clean(control, value));
}

float pinna_live_denoiser_get(const pinna_live_denoiser *live,
                              pinna_control control)
{
    return atomic_load(&live->values[control]);
}

size_t pinna_live_denoiser_latency(const pinna_live_denoiser *live)
{
    return live->latency;
}

size_t pinna_live_denoiser_hear(pinna_live_denoiser *live,
                                float *const *channels, size_t n)
{
    return pinna_spsc_ring_read(live->ring, channels, n);
}

pinna_live_denoiser_state
pinna_live_denoiser_look(const pinna_live_denoiser *live)
{
    return (pinna_live_denoiser_state){
        .speech_probability = atomic_load(&live->speech_probability),
        .reduction_db = atomic_load(&live->reduction_db),
        .n_unheard = atomic_load(&live->n_unheard),
    };
}
