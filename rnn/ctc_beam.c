#include "rnn/ctc_beam.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define NONE UINT32_MAX
#define GONE (UINT32_MAX - 1)

/* A prefix in the tree of those at hand and of their beginnings. */
typedef struct node {
    uint32_t parent, first_child, next, previous; /* siblings; NONE */
    int token;      /* the last one; of no token, the blank */
    uint32_t hyp;   /* of the prefix itself, NONE, or GONE: not in use */
    uint32_t depth; /* tokens from the start of the stream: enough for years */
    uint32_t arc;   /* of the guide's graph; else the token */
    uint32_t word;  /* that ends here, or PINNA_NO_WORD */
    pinna_guide_place place;
    double bonus;   /* of the guide so far */
    double outlook; /* of the word under way */
} node;

/* Where a token of a hypothesis is, on its likeliest path. */
typedef struct mark {
    size_t first_frame;
    uint32_t n_frames;
    float confidence; /* sum over the frames */
} mark;

/* A prefix that is kept. Scores are natural logarithms. */
typedef struct hypothesis {
    uint32_t node;
    double blank, label; /* of the paths that end in a blank, in the token */
    double total;        /* of both */
    double score;        /* and of the guide */
    mark *marks;         /* [n_marks] of the token at depth d: d % n_marks */
} hypothesis;

/* A prefix that may be kept after this frame. */
typedef struct candidate {
    double score;
    double blank, label;
    double bonus; /* of the guide, for a new node */
    pinna_guide_place place;
    uint32_t node;  /* NONE: a new one, of */
    uint32_t from;  /* hypothesis whose path goes on, */
    uint32_t arc;   /* along this arc */
    int token;      /* with this token; or */
    bool is_longer; /* false: with no other token */
    bool in_token;  /* the likeliest path ends in the token */
} candidate;

struct pinna_ctc_beam {
    pinna_ctc_beam_config config;
    size_t n_tokens;
    int blank;

    node *nodes; /* [n_nodes]; those not in use are linked by next */
    size_t n_nodes;
    uint32_t free_nodes;
    uint32_t root; /* the longest prefix that was pulled */

    hypothesis *now, *then; /* [width] after the last frame, the best first;
                               and before it */
    size_t n_now;
    mark *marks; /* [2, width, n_marks] */
    size_t n_marks;

    candidate *heap; /* [width] the worst on top */
    size_t n_heap;
    double cut_off; /* candidates below it need not be made */

    double *log_p; /* [n_tokens] of the frame */
    int *likely;   /* [n_likely] tokens, not the blank */
    size_t n_likely;
    uint32_t *child; /* [n_tokens] of the hypothesis that is made longer */
    size_t frame;
    size_t n_pulled_frames; /* up to the end of the last token pulled */
    bool finished;
};

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
    beam->n_nodes = width * (tail + 2) + 1;
    beam->nodes = malloc(beam->n_nodes * sizeof *beam->nodes);
    beam->now = malloc(width * sizeof *beam->now);
    beam->then = malloc(width * sizeof *beam->then);
    beam->marks = malloc(2 * width * beam->n_marks * sizeof *beam->marks);
    beam->heap = malloc(width * sizeof *beam->heap);
    beam->log_p = malloc(beam->n_tokens * sizeof *beam->log_p);
    beam->likely = malloc(beam->n_tokens * sizeof *beam->likely);
    beam->child = malloc(beam->n_tokens * sizeof *beam->child);
    if (!beam->nodes || !beam->now || !beam->then || !beam->marks ||
        !beam->heap || !beam->log_p || !beam->likely || !beam->child)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < width; i++) {
        beam->now[i].marks = beam->marks + i * beam->n_marks;
        beam->then[i].marks = beam->marks + (width + i) * beam->n_marks;
    }
    for (size_t i = 0; i < beam->n_tokens; i++)
        beam->child[i] = NONE;
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
    free(beam->nodes);
    free(beam->now);
    free(beam->then);
    free(beam->marks);
    free(beam->heap);
    free(beam->log_p);
    free(beam->likely);
    free(beam->child);
    free(beam);
}

static uint32_t new_node(pinna_ctc_beam *beam, uint32_t parent, int token)
{
    const uint32_t index = beam->free_nodes;
    node *nodes = beam->nodes, *made = &nodes[index];

    beam->free_nodes = made->next;
    *made = (node){.parent = parent,
                   .first_child = NONE,
                   .next = NONE,
                   .previous = NONE,
                   .token = token,
                   .hyp = NONE,
                   .word = PINNA_NO_WORD};
    if (parent != NONE) {
        made->depth = nodes[parent].depth + 1;
        made->next = nodes[parent].first_child;
        if (made->next != NONE)
            nodes[made->next].previous = index;
        nodes[parent].first_child = index;
    }
    return index;
}

/* Give back the node and those before it, as far as nothing else needs them. */
static void release(pinna_ctc_beam *beam, uint32_t index)
{
    node *nodes = beam->nodes;

    while (index != beam->root && nodes[index].hyp == NONE &&
           nodes[index].first_child == NONE) {
        const node gone = nodes[index];
        if (gone.previous != NONE)
            nodes[gone.previous].next = gone.next;
        else
            nodes[gone.parent].first_child = gone.next;
        if (gone.next != NONE)
            nodes[gone.next].previous = gone.previous;
        nodes[index].next = beam->free_nodes;
        nodes[index].hyp = GONE;
        beam->free_nodes = index;
        index = gone.parent;
    }
}

void pinna_ctc_beam_reset(pinna_ctc_beam *beam)
{
    for (size_t i = 0; i < beam->n_nodes; i++)
        beam->nodes[i].next = i + 1 < beam->n_nodes ? (uint32_t)(i + 1) : NONE;
    beam->free_nodes = 0;
    beam->root = new_node(beam, NONE, beam->blank);
    beam->nodes[beam->root].hyp = 0;
    beam->now[0].node = beam->root;
    if (beam->config.guide)
        beam->nodes[beam->root].place =
            pinna_beam_guide_begin(beam->config.guide);
    beam->now[0].blank = beam->now[0].total = beam->now[0].score = 0;
    beam->now[0].label = -INFINITY;
    beam->n_now = 1;
    beam->frame = beam->n_pulled_frames = 0;
    beam->finished = false;
}

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
static void sift_down(candidate *heap, size_t n, size_t at)
{
    const candidate moved = heap[at];

    for (size_t below; (below = 2 * at + 1) < n; at = below) {
        if (below + 1 < n && heap[below + 1].score < heap[below].score)
            below++;
        if (moved.score <= heap[below].score)
            break;
        heap[at] = heap[below];
    }
    heap[at] = moved;
}

static void offer(pinna_ctc_beam *beam, const candidate *made)
{
    candidate *heap = beam->heap;
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
static double before_token(const pinna_ctc_beam *beam, const hypothesis *hyp,
                           int token)
{
    return beam->nodes[hyp->node].token == token ? hyp->blank : hyp->total;
}

/* Candidate: the prefix of hypothesis i stays what it is, by a blank or its
 * last token once more, or is reached from its parent. */
static void stay(pinna_ctc_beam *beam, size_t i)
{
    const hypothesis *hyp = &beam->then[i];
    const node *last = &beam->nodes[hyp->node];
    candidate made = {.node = hyp->node,
                      .from = (uint32_t)i,
                      .token = last->token,
                      .blank = hyp->total + beam->log_p[beam->blank],
                      .label = hyp->label + beam->log_p[last->token]};

    made.in_token = made.label > made.blank;
    if (hyp->node != beam->root && beam->nodes[last->parent].hyp != NONE) {
        const uint32_t parent = beam->nodes[last->parent].hyp;
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

/* The node that an arc leads to; NONE. */
static uint32_t child_along(const pinna_ctc_beam *beam, uint32_t arc, int token)
{
    const node *nodes = beam->nodes;
    uint32_t c = beam->child[token];

    while (c != NONE && (nodes[c].arc != arc || nodes[c].token != token))
        c = nodes[c].next;
    return c;
}

/* Candidate: hypothesis i and one token more, unless that is a hypothesis
 * itself and has had its share in stay(). arc is NULL without a graph. */
static void extend(pinna_ctc_beam *beam, size_t i, int token,
                   const pinna_graph_arc *arc)
{
    const pinna_beam_guide *guide = beam->config.guide;
    const hypothesis *hyp = &beam->then[i];
    const node *last = &beam->nodes[hyp->node];
    candidate made = {
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
    if (made.node != NONE && beam->nodes[made.node].hyp != NONE)
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
    const node *nodes = beam->nodes, *last = &nodes[beam->then[i].node];

    /* The latest child is the first one: the others of the token follow. */
    for (uint32_t c = last->first_child; c != NONE; c = nodes[c].next)
        if (beam->child[nodes[c].token] == NONE)
            beam->child[nodes[c].token] = c;
    for (size_t k = 0; !graph && k < beam->n_likely; k++)
        extend(beam, i, beam->likely[k], NULL);
    for (uint32_t a = graph ? graph->first[last->place.state] : 0,
                  end = graph ? graph->first[last->place.state + 1] : 0;
         a < end; a++)
        if (graph->arcs[a].token != PINNA_GRAPH_END)
            extend(beam, i, graph->arcs[a].token, &graph->arcs[a]);
    for (uint32_t c = last->first_child; c != NONE; c = nodes[c].next)
        beam->child[nodes[c].token] = NONE;
}

/* The heap, the best first. */
static void sort_heap(candidate *heap, size_t n)
{
    for (; n > 1; n--) {
        const candidate worst = heap[0];
        heap[0] = heap[n - 1];
        sift_down(heap, n - 1, 0);
        heap[n - 1] = worst;
    }
}

static mark *mark_at(const pinna_ctc_beam *beam, const hypothesis *hyp,
                     uint32_t depth)
{
    return &hyp->marks[depth % beam->n_marks];
}

/* The marks of the path that goes on, and this frame. */
static void take_marks(pinna_ctc_beam *beam, const candidate *chosen,
                       hypothesis *hyp)
{
    const hypothesis *from = &beam->then[chosen->from];
    const uint32_t last = beam->nodes[hyp->node].depth;
    const float p = (float)exp(beam->log_p[chosen->token]);

    for (uint32_t d = beam->nodes[beam->root].depth + 1;
         d <= beam->nodes[from->node].depth; d++)
        *mark_at(beam, hyp, d) = *mark_at(beam, from, d);
    if (chosen->is_longer) {
        *mark_at(beam, hyp, last) = (mark){beam->frame, 1, p};
    } else if (chosen->in_token && hyp->node != beam->root) {
        mark *run = mark_at(beam, hyp, last);
        if (run->first_frame + run->n_frames == beam->frame) {
            run->n_frames++;
            run->confidence += p;
        }
    }
}

static uint32_t node_of(pinna_ctc_beam *beam, const candidate *chosen)
{
    const pinna_beam_guide *guide = beam->config.guide;
    const uint32_t index =
        new_node(beam, beam->then[chosen->from].node, chosen->token);
    node *made = &beam->nodes[index];

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
    node *nodes = beam->nodes;

    sort_heap(beam->heap, beam->n_heap);
    while (beam->heap[beam->n_heap - 1].score <
           beam->heap[0].score - beam->config.score_beam)
        beam->n_heap--;
    for (size_t i = 0; i < beam->n_heap; i++) {
        candidate *chosen = &beam->heap[i];
        if (chosen->node == NONE)
            chosen->node = node_of(beam, chosen);
    }
    for (size_t i = 0; i < n_then; i++)
        nodes[beam->then[i].node].hyp = NONE;
    for (size_t i = 0; i < beam->n_heap; i++) {
        const candidate *chosen = &beam->heap[i];
        hypothesis *hyp = &beam->now[i];
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
        release(beam, beam->then[i].node);
}

/* The child of the root that a prefix begins with; NONE for the root. */
static uint32_t first_of(const pinna_ctc_beam *beam, uint32_t index)
{
    uint32_t first = NONE;
    for (; index != beam->root; index = beam->nodes[index].parent)
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
            const hypothesis kept = beam->now[i];
            beam->now[i] = beam->now[n_kept];
            beam->now[n_kept] = kept;
            beam->nodes[index].hyp = (uint32_t)n_kept++;
        } else {
            beam->nodes[index].hyp = NONE;
            release(beam, index);
        }
    }
    beam->n_now = n_kept;
}

/* Do all hypotheses begin with the same token? */
static bool all_agree(const pinna_ctc_beam *beam)
{
    const node *root = &beam->nodes[beam->root];

    return root->hyp == NONE && root->first_child != NONE &&
           beam->nodes[root->first_child].next == NONE;
}

/* May the token of a node still sound? */
static bool is_sounding(const pinna_ctc_beam *beam, uint32_t index)
{
    const node *of = &beam->nodes[index];
    if (of->hyp == NONE)
        return false;
    const mark *last = mark_at(beam, &beam->now[of->hyp], of->depth);
    return last->first_frame + last->n_frames == beam->frame;
}

static void advance(pinna_ctc_beam *beam)
{
    const uint32_t old = beam->root;

    beam->root = beam->nodes[old].first_child;
    beam->nodes[beam->root].parent = NONE;
    beam->nodes[old].next = beam->free_nodes;
    beam->free_nodes = old;
}

static bool tail_is_full(const pinna_ctc_beam *beam)
{
    const uint32_t pulled = beam->nodes[beam->root].depth;
    const hypothesis *best = &beam->now[0];

    for (size_t i = 0; i < beam->n_now; i++)
        if (beam->nodes[beam->now[i].node].depth - pulled >=
            beam->config.max_tail)
            return true;
    return best->node != beam->root &&
           beam->frame - mark_at(beam, best, pulled + 1)->first_frame >=
               beam->config.max_delay;
}

void pinna_ctc_beam_process(pinna_ctc_beam *beam, const float *logits)
{
    /* Only when nobody has pulled. */
    while (tail_is_full(beam)) {
        follow_best(beam);
        if (beam->nodes[beam->root].first_child == NONE)
            break;
        advance(beam);
    }

    hypothesis *const then = beam->now;
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
    beam->frame++;
}

/* What the guide says of the end; the word that ends is one more node. */
static void end_hypothesis(pinna_ctc_beam *beam, size_t i)
{
    hypothesis *hyp = &beam->now[i];
    const node *last = &beam->nodes[hyp->node];
    uint32_t word;

    hyp->score = hyp->total + last->bonus +
                 pinna_beam_guide_end(beam->config.guide, last->place, &word);
    if (word == PINNA_NO_WORD)
        return;
    const uint32_t index = new_node(beam, hyp->node, beam->blank);
    beam->nodes[hyp->node].hyp = NONE;
    beam->nodes[index].hyp = (uint32_t)i;
    beam->nodes[index].word = word;
    hyp->node = index;
    *mark_at(beam, hyp, beam->nodes[index].depth) =
        (mark){.first_frame = beam->frame};
}

void pinna_ctc_beam_finish(pinna_ctc_beam *beam)
{
    if (beam->config.guide && !beam->finished) {
        for (size_t i = 0; i < beam->n_now; i++)
            end_hypothesis(beam, i);
        /* Insertion sort: they are few, and their order is nearly right. */
        for (size_t i = 1; i < beam->n_now; i++) {
            const hypothesis moved = beam->now[i];
            size_t at = i;
            for (; at > 0 && beam->now[at - 1].score < moved.score; at--)
                beam->now[at] = beam->now[at - 1];
            beam->now[at] = moved;
        }
        for (size_t i = 0; i < beam->n_now; i++)
            beam->nodes[beam->now[i].node].hyp = (uint32_t)i;
    }
    beam->finished = true;
}

/* A token of a hypothesis. It begins at frame `from` or later: what was pulled
 * before it may have come from another hypothesis. */
static pinna_ctc_token token_at(const pinna_ctc_beam *beam,
                                const hypothesis *hyp, uint32_t index,
                                size_t from)
{
    const node *of = &beam->nodes[index];
    const mark *at = mark_at(beam, hyp, of->depth);
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
    const uint32_t first = beam->nodes[beam->root].first_child;
    if (!must && is_sounding(beam, first))
        return false;
    *token = token_at(beam, &beam->now[0], first, beam->n_pulled_frames);
    beam->n_pulled_frames = token->first_frame + token->n_frames;
    if (word)
        *word = beam->nodes[first].word;
    advance(beam);
    return true;
}

size_t pinna_ctc_beam_n_best(const pinna_ctc_beam *beam)
{
    return beam->n_now;
}

size_t pinna_ctc_beam_tail(const pinna_ctc_beam *beam, size_t rank,
                           pinna_ctc_token *tokens, uint32_t *words,
                           size_t max_tokens, double *score)
{
    const hypothesis *hyp = &beam->now[rank];
    const uint32_t pulled = beam->nodes[beam->root].depth;

    for (uint32_t i = hyp->node; i != beam->root; i = beam->nodes[i].parent) {
        const size_t place = beam->nodes[i].depth - pulled - 1;
        if (place >= max_tokens)
            continue;
        tokens[place] = token_at(beam, hyp, i, beam->n_pulled_frames);
        if (words)
            words[place] = beam->nodes[i].word;
    }
    if (score)
        *score = hyp->score;
    return beam->nodes[hyp->node].depth - pulled;
}
