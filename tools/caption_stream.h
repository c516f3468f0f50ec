/* tools/caption_stream.h -- sound as it comes to captions: text that changes
 * while somebody speaks, and stays when there is a pause
 *
 *     while ((n = read(samples)) > 0)
 *         for (size_t used = 0; used < n;) {
 *             used += pinna_caption_stream_process(stream, samples + used,
 *                                                  n - used, &caption);
 *             if (caption.changed)
 *                 show(&caption);
 *         }
 *     pinna_caption_stream_finish(stream, &caption);
 *     if (caption.changed)
 *         show(&caption);
 *
 * An utterance ends when there has been no speech for the endpoint silence, as
 * dsp/vad.h finds it, or after a minute. Its words are final then, and the
 * recogniser begins anew with the last of that silence. */
#ifndef PINNA_TOOLS_CAPTION_STREAM_H
#define PINNA_TOOLS_CAPTION_STREAM_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "rnn/recogniser.h"
#include "tools/decoding.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_caption {
    bool changed; /* since the last one; else nothing below counts */
    bool final;
    const pinna_word *words; /* [n_words] that stay, of this utterance; seconds
                                from the start of the stream */
    size_t n_words;
    const char *tail; /* text behind them that may change; "" when final */
} pinna_caption;

typedef struct pinna_caption_config {
    const pinna_model *model;
    const pinna_decoding *decoding;
    unsigned sample_rate;
    double endpoint_ms;    /* 100 .. 10,000 */
    double min_confidence; /* words less sure are left out when final */
    double delay_s;        /* by which the samples are late */
} pinna_caption_config;

typedef struct pinna_caption_stream pinna_caption_stream;

/* model and decoding must outlive it. */
pinna_status pinna_caption_stream_new(const pinna_caption_config *config,
                                      pinna_caption_stream **out,
                                      pinna_error *error);
void pinna_caption_stream_free(pinna_caption_stream *stream);

/* Take at most n samples, 10 ms of them; returns how many. What the caption
 * points to is there until the next call. */
size_t pinna_caption_stream_process(pinna_caption_stream *stream,
                                    const float *samples, size_t n,
                                    pinna_caption *caption);

/* No sample follows: what was said last is final. */
void pinna_caption_stream_finish(pinna_caption_stream *stream,
                                 pinna_caption *caption);

#endif
