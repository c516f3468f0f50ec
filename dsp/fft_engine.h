/* dsp/fft_engine.h -- the ways in which dsp/fft.h can transform
 *
 * "vec4", four floats at a time, is for most sizes, "single" for the others, in
 * plugins as everywhere, so that all sound alike to the bit. "kissfft" takes
 * all sizes and is what these are tested and measured against: in plugins its
 * names might lead elsewhere, inside FFmpeg to the copy in libcodec2. They
 * differ by float rounding only. For dsp/fft.c, tests and benchmarks; everybody
 * else needs dsp/fft.h. */
#ifndef PINNA_DSP_FFT_ENGINE_H
#define PINNA_DSP_FFT_ENGINE_H

#include "dsp/fft.h"
#include "dsp/status.h"

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_fft_engine {
    const char *name;

    /* Of a size that pinna_fft_size_ok() takes: does this engine, too? */
    bool (*takes)(size_t n_fft);

    /* Tables and scratch of one size that it takes; NULL without memory. */
    void *(*plan_new)(size_t n_fft);
    void (*plan_free)(void *plan); /* NULL is fine */

    /* As pinna_fft_forward() and pinna_fft_inverse(), realtime-safe. */
    void (*forward)(void *plan, const float *x, float complex *spectrum);
    void (*inverse)(void *plan, const float complex *spectrum, float *x);
} pinna_fft_engine;

extern const pinna_fft_engine pinna_fft_kiss;   /* dsp/fft_kiss.c */
extern const pinna_fft_engine pinna_fft_single; /* dsp/fft_single.c */
extern const pinna_fft_engine pinna_fft_vec4;   /* dsp/fft_vec4.c */

/* The one that pinna_fft_new() takes for a size that is ok. */
const pinna_fft_engine *pinna_fft_engine_for(size_t n_fft);

/* As pinna_fft_new(), with an engine of the caller's choice; PINNA_UNSUPPORTED
 * when it does not take the size. */
pinna_status pinna_fft_new_with(const pinna_fft_engine *engine, size_t n_fft,
                                pinna_fft **out);

#endif
