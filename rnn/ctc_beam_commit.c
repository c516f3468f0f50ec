#include "rnn/ctc_beam_state.h"

/* The child of the root that a prefix begins with; for the root,
 * PINNA_NO_NODE. */
static uint32_t first_of(const pinna_ctc_beam *beam, uint32_t index)
{
    uint32_t first = PINNA_NO_NODE;
    for (; index != beam->tree.root; index = beam->tree.nodes[index].parent)
        first = index;
    return first;
}

/* Drop the hypotheses that begin otherwise than the best. */
static void follow_best(pinna_ctc_beam *beam)
{
    const uint32_t first = first_of(beam, beam->now[0].node);
    size_t n_kept = 0;

    for (size_t i = 0; i < beam->n_now; i++) {
        const uint32_t index = beam->now[i].node;
        if (first_of(beam, index) == first) {
            const pinna_beam_hypothesis kept = beam->now[i];
            beam->now[i] = beam->now[n_kept];
            beam->now[n_kept] = kept;
            beam->tree.nodes[index].hyp = (uint32_t)n_kept++;
        } else {
            beam->tree.nodes[index].hyp = PINNA_NO_HYP;
            pinna_prefix_tree_release(&beam->tree, index);
        }
    }
    beam->n_now = n_kept;
}

/* Do all hypotheses begin with the same token? */
static bool all_agree(const pinna_ctc_beam *beam)
{
    const pinna_prefix *root = &beam->tree.nodes[beam->tree.root];

    return root->hyp == PINNA_NO_HYP && root->first_child != PINNA_NO_NODE &&
           beam->tree.nodes[root->first_child].next == PINNA_NO_NODE;
}

/* May the token of a node still sound? */
static bool is_sounding(const pinna_ctc_beam *beam, uint32_t index)
{
    const pinna_prefix *of = &beam->tree.nodes[index];
    if (of->hyp == PINNA_NO_HYP)
        return false;
    const pinna_beam_mark *last =
        pinna_beam_mark_at(beam, &beam->now[of->hyp], of->depth);
    return last->first_frame + last->n_frames == beam->frame;
}

static bool tail_is_full(const pinna_ctc_beam *beam)
{
    const uint32_t pulled = beam->tree.nodes[beam->tree.root].depth;
    const pinna_beam_hypothesis *best = &beam->now[0];

    for (size_t i = 0; i < beam->n_now; i++)
        if (beam->tree.nodes[beam->now[i].node].depth - pulled >=
            beam->config.max_tail)
            return true;
    return best->node != beam->tree.root &&
           beam->frame -
                   pinna_beam_mark_at(beam, best, pulled + 1)->first_frame >=
               beam->config.max_delay;
}

void pinna_ctc_beam_make_room(pinna_ctc_beam *beam)
{
    while (tail_is_full(beam)) {
        follow_best(beam);
        if (beam->tree.nodes[beam->tree.root].first_child == PINNA_NO_NODE)
            break;
        pinna_prefix_tree_advance(&beam->tree);
    }
}

/* A token of a hypothesis. It begins at frame `from` or later: what was pulled
 * before it may have come from another hypothesis. */
static pinna_ctc_token token_at(const pinna_ctc_beam *beam,
                                const pinna_beam_hypothesis *hyp,
                                uint32_t index, size_t from)
{
    const pinna_prefix *of = &beam->tree.nodes[index];
    const pinna_beam_mark *at = pinna_beam_mark_at(beam, hyp, of->depth);
    pinna_ctc_token token = {
        .token = of->token,
        .first_frame = at->first_frame,
        .n_frames = at->n_frames,
        .confidence =
            at->n_frames > 0 ? at->confidence / (float)at->n_frames : 0};

    if (token.first_frame < from) {
        const size_t end = token.first_frame + token.n_frames;
        token.first_frame = from;
        token.n_frames = end > from ? end - from : token.n_frames > 0;
    }
    return token;
}

bool pinna_ctc_beam_pull(pinna_ctc_beam *beam, pinna_ctc_token *token,
                         uint32_t *word)
{
    const bool must = beam->finished || tail_is_full(beam);

    if (must)
        follow_best(beam);
    if (!all_agree(beam))
        return false;
    const uint32_t first = beam->tree.nodes[beam->tree.root].first_child;
    if (!must && is_sounding(beam, first))
        return false;
    *token = token_at(beam, &beam->now[0], first, beam->n_pulled_frames);
    beam->n_pulled_frames = token->first_frame + token->n_frames;
    if (word)
        *word = beam->tree.nodes[first].word;
    pinna_prefix_tree_advance(&beam->tree);
    return true;
}

bool pinna_ctc_beam_is_between(const pinna_ctc_beam *beam)
{
    return beam->tree.nodes[beam->tree.root].place.state == 0;
}

size_t pinna_ctc_beam_n_best(const pinna_ctc_beam *beam)
{
    return beam->n_now;
}

size_t pinna_ctc_beam_tail(const pinna_ctc_beam *beam, size_t rank,
                           pinna_ctc_token *tokens, uint32_t *words,
                           size_t max_tokens, double *score)
{
    const pinna_beam_hypothesis *hyp = &beam->now[rank];
    const uint32_t pulled = beam->tree.nodes[beam->tree.root].depth;

    for (uint32_t i = hyp->node; i != beam->tree.root;
         i = beam->tree.nodes[i].parent) {
        const size_t place = beam->tree.nodes[i].depth - pulled - 1;
        if (place >= max_tokens)
            continue;
        tokens[place] = token_at(beam, hyp, i, beam->n_pulled_frames);
        if (words)
            words[place] = beam->tree.nodes[i].word;
    }
    if (score)
        *score = hyp->score;
    return beam->tree.nodes[hyp->node].depth - pulled;
}
