#include "tools/ctc_segments.h"

#include "rnn/kernels.h"
#include "rnn/loss.h"

#include <string.h>

/* How long after its end a clip may be spelled. */
#define LATEST_S 0.3

pinna_status pinna_ctc_clip_labels(const pinna_labels *labels, const char *text,
                                   int ids[PINNA_CTC_MAX_LABELS], size_t *n_ids,
                                   pinna_error *error)
{
    int all[PINNA_CTC_MAX_LABELS];
    size_t n = 0;

    *n_ids = 0;
    const pinna_status status =
        pinna_labels_encode(labels, text, all, PINNA_CTC_MAX_LABELS, &n, error);
    for (size_t k = 0; !status && k < n; k++) {
        const bool unknown = strcmp(labels->tokens[all[k]], "<unk>") == 0;
        if (!unknown || *n_ids == 0 || ids[*n_ids - 1] != all[k])
            ids[(*n_ids)++] = all[k];
    }
    return status;
}

/* The first network step that has heard all of the signal up to a sample. */
static size_t step_at(const pinna_ctc_ear *ear, size_t sample)
{
    const size_t frame =
        (size_t)((double)sample * 1000 / ear->fbank.sample_rate /
                 ear->fbank.frame_shift_ms);
    return frame < ear->stack
               ? 0
               : (frame - ear->stack + ear->stride) / ear->stride;
}

pinna_status pinna_ctc_segments_plan(const pinna_ctc_ear *ear,
                                     const pinna_labels *labels,
                                     const pinna_ctc_item *item, size_t n_steps,
                                     pinna_ctc_segment *segments,
                                     size_t *n_segments, pinna_error *error)
{
    const size_t late = (size_t)(LATEST_S * ear->fbank.sample_rate);

    *n_segments = item->n_clips;
    for (size_t i = 0; i < item->n_clips; i++) {
        pinna_ctc_segment *s = &segments[i];
        const pinna_status status = pinna_ctc_clip_labels(
            labels, item->clips[i]->text, s->labels, &s->n_labels, error);
        if (status)
            return status;
        const size_t begin = (size_t)((double)item->begins[i] / item->tempo);
        const size_t end = (size_t)((double)item->ends[i] / item->tempo);
        s->first = step_at(ear, s->n_labels == 1 ? (begin + end) / 2 : begin);
        s->first = s->first < n_steps ? s->first : n_steps;
        s->n_steps = step_at(ear, end + late);
        s->n_steps =
            s->n_steps < n_steps ? s->n_steps - s->first : n_steps - s->first;
        if (i > 0 && segments[i - 1].first + segments[i - 1].n_steps > s->first)
            segments[i - 1].n_steps = s->first - segments[i - 1].first;
    }
    return PINNA_OK;
}

/* -log of the blank's probability in one frame; its gradient times scale. */
static double blank_loss(const float *logits, size_t n, float scale,
                         float *dlogits)
{
    memcpy(dlogits, logits, n * sizeof(float));
    pinna_log_softmax(dlogits, 1, n);
    const double loss = -(double)dlogits[0];
    pinna_kernels_best()->exp(dlogits, n);
    dlogits[0] -= 1;
    for (size_t v = 0; v < n; v++)
        dlogits[v] *= scale;
    return loss;
}

size_t pinna_ctc_fewest_steps(const pinna_ctc_segment *segment)
{
    size_t n = segment->n_labels;
    for (size_t k = 1; k < segment->n_labels; k++)
        n += segment->labels[k] == segment->labels[k - 1];
    return n;
}

pinna_status pinna_ctc_segments_loss(pinna_ctc *ctc,
                                     const pinna_ctc_segment *segments,
                                     size_t n_segments, size_t n_steps,
                                     size_t n_tokens, size_t row, float scale,
                                     const float *y, float *dy, double *loss)
{
    size_t t = 0;

    for (size_t i = 0; i <= n_segments; i++) {
        const pinna_ctc_segment *s = &segments[i];
        const bool last = i == n_segments;
        for (const size_t end = last ? n_steps : s->first; t < end; t++)
            *loss +=
                scale * blank_loss(y + t * row, n_tokens, scale, dy + t * row);
        if (last || s->n_steps == 0)
            continue;
        double segment_loss = 0;
        const pinna_status status =
            pinna_ctc_loss(ctc, y + t * row, row, s->n_steps, s->labels,
                           s->n_labels, 0, scale, dy + t * row, &segment_loss);
        if (status)
            return status;
        if (segment_loss < 1e30)
            *loss += scale * segment_loss;
        t += s->n_steps;
    }
    return PINNA_OK;
}
