#include "small_corpora.h"

#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/rng.h"

static pinna_corpus allocate(size_t n, size_t n_samples, unsigned sample_rate)
{
    pinna_corpus corpus = {calloc(n, sizeof *corpus.clips), n};
    for (size_t i = 0; i < n; i++) {
        corpus.clips[i].samples = calloc(n_samples, sizeof(int16_t));
        corpus.clips[i].n = n_samples;
        corpus.clips[i].sample_rate = sample_rate;
    }
    return corpus;
}

pinna_corpus new_speech(size_t n, size_t n_samples, unsigned sample_rate,
                        const char *const text[2])
{
    pinna_corpus corpus = allocate(n, n_samples, sample_rate);

    for (size_t i = 0; i < n; i++) {
        pinna_clip *clip = &corpus.clips[i];
        const double hz = 200 + 150 * (double)(i % 7);
        clip->text = strdup(text[i % 2]);
        clip->speaker = strdup(i % 3 == 0 ? "a" : "b");
        for (size_t k = 0; k < n_samples; k++) {
            /* Five syllables a second. */
            const double t = (double)k / sample_rate;
            const double loud = fmax(0, sin(2 * PINNA_PI * 5 * t));
            const double tone = sin(2 * PINNA_PI * hz * t) +
                                0.5 * sin(2 * PINNA_PI * 2.7 * hz * t);
            clip->samples[k] = (int16_t)(8000 * loud * tone);
        }
    }
    return corpus;
}

pinna_corpus new_noise(size_t n, size_t n_samples, unsigned sample_rate,
                       double decay_s)
{
    pinna_corpus corpus = allocate(n, n_samples, sample_rate);
    pinna_rng rng;

    for (size_t i = 0; i < n; i++) {
        pinna_rng_seed(&rng, 1, i);
        for (size_t k = 0; k < n_samples; k++) {
            const double t = (double)k / sample_rate;
            const double loud = decay_s > 0 ? exp(-t / decay_s) : 1;
            corpus.clips[i].samples[k] =
                (int16_t)(5000 * loud * pinna_rng_uniform(&rng, -1, 1));
        }
        if (decay_s > 0)
            corpus.clips[i].samples[0] = 32767;
    }
    return corpus;
}

void join_corpora(pinna_corpus *corpus, pinna_corpus *more)
{
    corpus->clips = realloc(corpus->clips, (corpus->n_clips + more->n_clips) *
                                               sizeof *corpus->clips);
    assert_non_null(corpus->clips);
    memcpy(corpus->clips + corpus->n_clips, more->clips,
           more->n_clips * sizeof *more->clips);
    corpus->n_clips += more->n_clips;
    free(more->clips);
    *more = (pinna_corpus){0};
}
