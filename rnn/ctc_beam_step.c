#include "rnn/ctc_beam_state.h"

#include <math.h>

/* log(exp(a) + exp(b)) */
static double log_add(double a, double b)
{
    const double high = a > b ? a : b, low = a > b ? b : a;

    /* exp(-40) is below half a unit in the last place of 1. */
    if (low == -INFINITY || low < high - 40)
        return high;
    return high + log1p(exp(low - high));
}

/* Softmax of the frame, and the tokens that can be within the beam: no prefix
 * is better than the best one with the best token or the blank. */
static void take_frame(pinna_ctc_beam *beam, const float *logits)
{
    float highest = logits[0];
    double sum = 0;

    for (size_t i = 1; i < beam->n_tokens; i++)
        highest = logits[i] > highest ? logits[i] : highest;
    for (size_t i = 0; i < beam->n_tokens; i++) {
        beam->log_p[i] = (double)logits[i] - (double)highest;
        sum += exp(beam->log_p[i]);
    }
    const double log_sum = log(sum);
    beam->n_likely = 0;
    for (size_t i = 0; i < beam->n_tokens; i++) {
        if (beam->log_p[i] >= -beam->config.score_beam &&
            i != (size_t)beam->blank)
            beam->likely[beam->n_likely++] = (int)i;
        beam->log_p[i] -= log_sum;
    }
}

/* Move the candidate at `at` down to where none below it is worse. */
static void sift_down(pinna_beam_candidate *heap, size_t n, size_t at)
{
    const pinna_beam_candidate moved = heap[at];

    for (size_t below; (below = 2 * at + 1) < n; at = below) {
        if (below + 1 < n && heap[below + 1].score < heap[below].score)
            below++;
        if (moved.score <= heap[below].score)
            break;
        heap[at] = heap[below];
    }
    heap[at] = moved;
}

static void offer(pinna_ctc_beam *beam, const pinna_beam_candidate *made)
{
    pinna_beam_candidate *heap = beam->heap;
    const size_t width = beam->config.width;

    if (!(made->score > beam->cut_off))
        return;
    if (beam->n_heap == width) {
        heap[0] = *made;
        sift_down(heap, width, 0);
    } else {
        size_t at = beam->n_heap++;
        for (; at > 0 && heap[(at - 1) / 2].score > made->score;
             at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
        heap[at] = *made;
    }
    const double lowest = made->score - beam->config.score_beam;
    if (lowest > beam->cut_off)
        beam->cut_off = lowest;
    if (beam->n_heap == width && heap[0].score > beam->cut_off)
        beam->cut_off = heap[0].score;
}

/* The paths of a hypothesis that end before a further `token`: all, but that
 * only a blank parts a token from its repetition. */
static double before_token(const pinna_ctc_beam *beam,
                           const pinna_beam_hypothesis *hyp, int token)
{
    return beam->tree.nodes[hyp->node].token == token ? hyp->blank : hyp->total;
}

/* Candidate: the prefix of hypothesis i stays what it is, by a blank or its
 * last token once more, or is reached from its parent. */
static void stay(pinna_ctc_beam *beam, size_t i)
{
    const pinna_beam_hypothesis *hyp = &beam->then[i];
    const pinna_prefix *last = &beam->tree.nodes[hyp->node];
    pinna_beam_candidate made = {.node = hyp->node,
                                 .from = (uint32_t)i,
                                 .token = last->token,
                                 .blank = hyp->total + beam->log_p[beam->blank],
                                 .label =
                                     hyp->label + beam->log_p[last->token]};

    made.in_token = made.label > made.blank;
    if (hyp->node != beam->tree.root &&
        beam->tree.nodes[last->parent].hyp != PINNA_NO_HYP) {
        const uint32_t parent = beam->tree.nodes[last->parent].hyp;
        const double entry =
            before_token(beam, &beam->then[parent], last->token) +
            beam->log_p[last->token];
        if (entry > made.label && entry > made.blank) {
            made.from = parent;
            made.is_longer = made.in_token = true;
        }
        made.label = log_add(made.label, entry);
    }
    made.score = log_add(made.blank, made.label) + last->bonus + last->outlook;
    offer(beam, &made);
}

/* The node that an arc leads to; PINNA_NO_NODE. */
static uint32_t child_along(const pinna_ctc_beam *beam, uint32_t arc, int token)
{
    const pinna_prefix *nodes = beam->tree.nodes;
    uint32_t c = beam->child[token];

    while (c != PINNA_NO_NODE &&
           (nodes[c].arc != arc || nodes[c].token != token))
        c = nodes[c].next;
    return c;
}

/* Candidate: hypothesis i and one token more, unless that is a hypothesis
 * itself and has had its share in stay(). arc is NULL without a graph. */
static void extend(pinna_ctc_beam *beam, size_t i, int token,
                   const pinna_graph_arc *arc)
{
    const pinna_beam_guide *guide = beam->config.guide;
    const pinna_beam_hypothesis *hyp = &beam->then[i];
    const pinna_prefix *last = &beam->tree.nodes[hyp->node];
    pinna_beam_candidate made = {
        .blank = -INFINITY,
        .label = before_token(beam, hyp, token) + beam->log_p[token],
        .bonus = last->bonus,
        .place = last->place,
        .from = (uint32_t)i,
        .arc = arc ? (uint32_t)(arc - guide->graph->arcs) : (uint32_t)token,
        .token = token,
        .is_longer = true,
        .in_token = true};

    if (!(made.label + made.bonus + (guide ? guide->reach : 0) > beam->cut_off))
        return;
    made.node = child_along(beam, made.arc, token);
    if (made.node != PINNA_NO_NODE &&
        beam->tree.nodes[made.node].hyp != PINNA_NO_HYP)
        return;
    made.score = made.label;
    if (arc) {
        made.bonus += pinna_beam_guide_follow(guide, &made.place, arc);
        made.score += guide->outlook[arc->to];
    } else if (guide) {
        made.bonus += pinna_beam_guide_take(guide, &made.place, token);
    }
    made.score += made.bonus;
    offer(beam, &made);
}

/* All that a hypothesis may go on with. */
static void lengthen(pinna_ctc_beam *beam, size_t i)
{
    const pinna_beam_guide *guide = beam->config.guide;
    const pinna_token_graph *graph = guide ? guide->graph : NULL;
    const pinna_prefix *nodes = beam->tree.nodes,
                       *last = &nodes[beam->then[i].node];

    /* The latest child is the first one: the others of the token follow. */
    for (uint32_t c = last->first_child; c != PINNA_NO_NODE; c = nodes[c].next)
        if (beam->child[nodes[c].token] == PINNA_NO_NODE)
            beam->child[nodes[c].token] = c;
    for (size_t k = 0; !graph && k < beam->n_likely; k++)
        extend(beam, i, beam->likely[k], NULL);
    for (uint32_t a = graph ? graph->first[last->place.state] : 0,
                  end = graph ? graph->first[last->place.state + 1] : 0;
         a < end; a++)
        if (graph->arcs[a].token != PINNA_GRAPH_END)
            extend(beam, i, graph->arcs[a].token, &graph->arcs[a]);
    for (uint32_t c = last->first_child; c != PINNA_NO_NODE; c = nodes[c].next)
        beam->child[nodes[c].token] = PINNA_NO_NODE;
}

/* The heap, the best first. */
static void sort_heap(pinna_beam_candidate *heap, size_t n)
{
    for (; n > 1; n--) {
        const pinna_beam_candidate worst = heap[0];
        heap[0] = heap[n - 1];
        sift_down(heap, n - 1, 0);
        heap[n - 1] = worst;
    }
}

/* The marks of the path that goes on, and this frame. */
static void take_marks(pinna_ctc_beam *beam, const pinna_beam_candidate *chosen,
                       pinna_beam_hypothesis *hyp)
{
    const pinna_beam_hypothesis *from = &beam->then[chosen->from];
    const uint32_t last = beam->tree.nodes[hyp->node].depth;
    const float p = (float)exp(beam->log_p[chosen->token]);

    for (uint32_t d = beam->tree.nodes[beam->tree.root].depth + 1;
         d <= beam->tree.nodes[from->node].depth; d++)
        *pinna_beam_mark_at(beam, hyp, d) = *pinna_beam_mark_at(beam, from, d);
    if (chosen->is_longer) {
        *pinna_beam_mark_at(beam, hyp, last) =
            (pinna_beam_mark){beam->frame, 1, p};
    } else if (chosen->in_token && hyp->node != beam->tree.root) {
        pinna_beam_mark *run = pinna_beam_mark_at(beam, hyp, last);
        if (run->first_frame + run->n_frames == beam->frame) {
            run->n_frames++;
            run->confidence += p;
        }
    }
}

static uint32_t node_of(pinna_ctc_beam *beam,
                        const pinna_beam_candidate *chosen)
{
    const pinna_beam_guide *guide = beam->config.guide;
    const uint32_t index = pinna_prefix_tree_add(
        &beam->tree, beam->then[chosen->from].node, chosen->token);
    pinna_prefix *made = &beam->tree.nodes[index];

    made->arc = chosen->arc;
    made->place = chosen->place;
    made->bonus = chosen->bonus;
    if (guide && guide->graph) {
        made->word = guide->graph->arcs[chosen->arc].word;
        made->outlook = guide->outlook[chosen->place.state];
    }
    return index;
}

/* The candidates left become the hypotheses. */
static void choose(pinna_ctc_beam *beam, size_t n_then)
{
    pinna_prefix *nodes = beam->tree.nodes;

    sort_heap(beam->heap, beam->n_heap);
    while (beam->heap[beam->n_heap - 1].score <
           beam->heap[0].score - beam->config.score_beam)
        beam->n_heap--;
    for (size_t i = 0; i < beam->n_heap; i++) {
        pinna_beam_candidate *chosen = &beam->heap[i];
        if (chosen->node == PINNA_NO_NODE)
            chosen->node = node_of(beam, chosen);
    }
    for (size_t i = 0; i < n_then; i++)
        nodes[beam->then[i].node].hyp = PINNA_NO_HYP;
    for (size_t i = 0; i < beam->n_heap; i++) {
        const pinna_beam_candidate *chosen = &beam->heap[i];
        pinna_beam_hypothesis *hyp = &beam->now[i];
        hyp->node = chosen->node;
        hyp->blank = chosen->blank;
        hyp->label = chosen->label;
        hyp->total = log_add(chosen->blank, chosen->label);
        hyp->score = chosen->score;
        nodes[hyp->node].hyp = (uint32_t)i;
        take_marks(beam, chosen, hyp);
    }
    beam->n_now = beam->n_heap;
    for (size_t i = 0; i < n_then; i++)
        pinna_prefix_tree_release(&beam->tree, beam->then[i].node);
}

void pinna_ctc_beam_step(pinna_ctc_beam *beam, const float *logits)
{
    pinna_beam_hypothesis *const then = beam->now;
    const size_t n_then = beam->n_now;
    beam->now = beam->then;
    beam->then = then;

    take_frame(beam, logits);
    beam->n_heap = 0;
    beam->cut_off = -INFINITY;
    for (size_t i = 0; i < n_then; i++)
        stay(beam, i);
    for (size_t i = 0; i < n_then; i++)
        lengthen(beam, i);
    if (beam->n_heap > 0) {
        choose(beam, n_then);
    } else { /* every token is impossible, or NaN: as if nothing was heard */
        beam->then = beam->now;
        beam->now = then;
    }
}
