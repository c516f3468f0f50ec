#include "rnn/ctc_beam_state.h"

#include <math.h>
#include <stdlib.h>

pinna_ctc_beam_config pinna_ctc_beam_config_default(void)
{
    return (pinna_ctc_beam_config){
        .width = 16, .score_beam = 20, .max_tail = 128, .max_delay = 1000};
}

static pinna_status allocate(pinna_ctc_beam *beam)
{
    const size_t width = beam->config.width, tail = beam->config.max_tail;

    beam->n_marks = tail + 1; /* the end of the stream may be one more */
    /* Every hypothesis with a whole tail, the next ones, and the root. */
    const pinna_status status =
        pinna_prefix_tree_new(width * (tail + 2) + 1, &beam->tree);
    if (status)
        return status;
    beam->now = malloc(width * sizeof *beam->now);
    beam->then = malloc(width * sizeof *beam->then);
    beam->marks = malloc(2 * width * beam->n_marks * sizeof *beam->marks);
    beam->heap = malloc(width * sizeof *beam->heap);
    beam->log_p = malloc(beam->n_tokens * sizeof *beam->log_p);
    beam->likely = malloc(beam->n_tokens * sizeof *beam->likely);
    beam->child = malloc(beam->n_tokens * sizeof *beam->child);
    if (!beam->now || !beam->then || !beam->marks || !beam->heap ||
        !beam->log_p || !beam->likely || !beam->child)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < width; i++) {
        beam->now[i].marks = beam->marks + i * beam->n_marks;
        beam->then[i].marks = beam->marks + (width + i) * beam->n_marks;
    }
    for (size_t i = 0; i < beam->n_tokens; i++)
        beam->child[i] = PINNA_NO_NODE;
    return PINNA_OK;
}

pinna_status pinna_ctc_beam_new(const pinna_ctc_beam_config *config,
                                size_t n_tokens, int blank,
                                pinna_ctc_beam **out)
{
    *out = NULL;
    if (config->width == 0 || config->width > PINNA_BEAM_MAX_WIDTH ||
        !(config->score_beam > 0) || config->max_tail == 0 ||
        config->max_tail > UINT32_MAX / 2 / config->width ||
        config->max_delay == 0 || blank < 0 || (size_t)blank >= n_tokens)
        return PINNA_BAD_ARG;

    pinna_ctc_beam *beam = calloc(1, sizeof *beam);
    if (!beam)
        return PINNA_NO_MEMORY;
    beam->config = *config;
    beam->n_tokens = n_tokens;
    beam->blank = blank;
    const pinna_status status = allocate(beam);
    if (status) {
        pinna_ctc_beam_free(beam);
        return status;
    }
    pinna_ctc_beam_reset(beam);
    *out = beam;
    return PINNA_OK;
}

void pinna_ctc_beam_free(pinna_ctc_beam *beam)
{
    if (!beam)
        return;
    pinna_prefix_tree_free(&beam->tree);
    free(beam->now);
    free(beam->then);
    free(beam->marks);
    free(beam->heap);
    free(beam->log_p);
    free(beam->likely);
    free(beam->child);
    free(beam);
}

void pinna_ctc_beam_reset(pinna_ctc_beam *beam)
{
    pinna_prefix_tree_reset(&beam->tree, beam->blank);
    beam->tree.nodes[beam->tree.root].hyp = 0;
    beam->now[0].node = beam->tree.root;
    if (beam->config.guide)
        beam->tree.nodes[beam->tree.root].place =
            pinna_beam_guide_begin(beam->config.guide);
    beam->now[0].blank = beam->now[0].total = beam->now[0].score = 0;
    beam->now[0].label = -INFINITY;
    beam->n_now = 1;
    beam->frame = beam->n_pulled_frames = 0;
    beam->finished = false;
}

void pinna_ctc_beam_process(pinna_ctc_beam *beam, const float *logits)
{
    pinna_ctc_beam_make_room(beam); /* needed only when nobody has pulled */
    pinna_ctc_beam_step(beam, logits);
    beam->frame++;
}

/* What the guide says of the end; the word that ends is one more node. */
static void end_hypothesis(pinna_ctc_beam *beam, size_t i)
{
    pinna_beam_hypothesis *hyp = &beam->now[i];
    const pinna_prefix *last = &beam->tree.nodes[hyp->node];
    uint32_t word;

    hyp->score = hyp->total + last->bonus +
                 pinna_beam_guide_end(beam->config.guide, last->place, &word);
    if (word == PINNA_NO_WORD)
        return;
    const uint32_t index =
        pinna_prefix_tree_add(&beam->tree, hyp->node, beam->blank);
    beam->tree.nodes[hyp->node].hyp = PINNA_NO_HYP;
    beam->tree.nodes[index].hyp = (uint32_t)i;
    beam->tree.nodes[index].word = word;
    hyp->node = index;
    *pinna_beam_mark_at(beam, hyp, beam->tree.nodes[index].depth) =
        (pinna_beam_mark){.first_frame = beam->frame};
}

void pinna_ctc_beam_finish(pinna_ctc_beam *beam)
{
    if (beam->config.guide && !beam->finished) {
        for (size_t i = 0; i < beam->n_now; i++)
            end_hypothesis(beam, i);
        /* Insertion sort: they are few, and their order is nearly right. */
        for (size_t i = 1; i < beam->n_now; i++) {
            const pinna_beam_hypothesis moved = beam->now[i];
            size_t at = i;
            for (; at > 0 && beam->now[at - 1].score < moved.score; at--)
                beam->now[at] = beam->now[at - 1];
            beam->now[at] = moved;
        }
        for (size_t i = 0; i < beam->n_now; i++)
            beam->tree.nodes[beam->now[i].node].hyp = (uint32_t)i;
    }
    beam->finished = true;
}
