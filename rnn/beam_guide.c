#include "rnn/beam_guide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t n_words_of(const pinna_beam_guide *guide)
{
    return guide->graph ? guide->graph->words.n_words : guide->model->n_tokens;
}

static const char *text_of(const pinna_beam_guide *guide, size_t i)
{
    if (guide->graph)
        return pinna_word_table_text(&guide->graph->words, (uint32_t)i);
    const char *token = guide->model->tokens[i];
    return strcmp(token, " ") == 0 ? "<space>" : token;
}

/* Tokens in angle brackets are no words, the space is one. */
static bool is_word(const pinna_beam_guide *guide, uint32_t i)
{
    return guide->graph || guide->model->tokens[i][0] != '<';
}

/* What a word adds. */
static double score_word(const pinna_beam_guide *guide, uint32_t word,
                         pinna_lm_state *state)
{
    double score = guide->word_bonus + guide->boost[word];

    if (guide->lm)
        score += guide->lm_weight * pinna_ngram_lm_score(guide->lm, *state,
                                                         guide->lm_word[word],
                                                         state);
    return score;
}

/* From the ends of words backwards: states within a word have higher numbers
 * than those before them. */
static void set_outlook(pinna_beam_guide *guide)
{
    const pinna_token_graph *graph = guide->graph;
    double highest = 0;

    for (size_t i = 0; i < n_words_of(guide); i++)
        highest = fmax(highest, guide->boost[i]);
    guide->reach = fmax(0, guide->word_bonus + highest);
    if (!graph)
        return;
    for (uint32_t s = graph->n_states; s-- > 0;) {
        double best = -INFINITY;
        for (uint32_t a = graph->first[s]; a < graph->first[s + 1]; a++) {
            const pinna_graph_arc *arc = &graph->arcs[a];
            pinna_lm_state state = 0;
            if (arc->word != PINNA_NO_WORD)
                best = fmax(best, score_word(guide, arc->word, &state));
            else if (arc->to > s)
                best = fmax(best, guide->outlook[arc->to]);
        }
        guide->outlook[s] = best;
    }
    /* Words end here, and a new choice begins. */
    for (uint32_t a = 0; a < graph->n_arcs; a++)
        if (graph->arcs[a].word != PINNA_NO_WORD)
            guide->outlook[graph->arcs[a].to] = 0;
}

pinna_status pinna_beam_guide_new(const pinna_model *model,
                                  const pinna_token_graph *graph,
                                  const pinna_ngram_lm *lm, double lm_weight,
                                  double word_bonus, pinna_beam_guide **out)
{
    *out = NULL;
    pinna_beam_guide *guide = calloc(1, sizeof *guide);
    if (!guide)
        return PINNA_NO_MEMORY;
    guide->model = model;
    guide->graph = graph;
    guide->lm = lm;
    guide->lm_weight = lm_weight;
    guide->word_bonus = word_bonus;
    const size_t n = n_words_of(guide);
    guide->lm_word = calloc(n + 1, sizeof *guide->lm_word);
    guide->boost = calloc(n + 1, sizeof *guide->boost);
    guide->outlook =
        calloc(graph ? graph->n_states : 1, sizeof *guide->outlook);
    if (!guide->lm_word || !guide->boost || !guide->outlook) {
        pinna_beam_guide_free(guide);
        return PINNA_NO_MEMORY;
    }
    for (size_t i = 0; lm && i < n; i++)
        guide->lm_word[i] = pinna_ngram_lm_word(lm, text_of(guide, i));
    set_outlook(guide);
    *out = guide;
    return PINNA_OK;
}

void pinna_beam_guide_free(pinna_beam_guide *guide)
{
    if (!guide)
        return;
    free(guide->lm_word);
    free(guide->boost);
    free(guide->outlook);
    free(guide);
}

pinna_status pinna_beam_guide_boost(pinna_beam_guide *guide, const char *word,
                                    double boost)
{
    for (size_t i = 0; i < n_words_of(guide); i++)
        if (is_word(guide, (uint32_t)i) &&
            strcmp(text_of(guide, i), word) == 0) {
            guide->boost[i] += boost;
            set_outlook(guide);
            return PINNA_OK;
        }
    return PINNA_NOT_FOUND;
}

bool pinna_lm_is_of_tokens(const pinna_ngram_lm *lm, const pinna_model *model)
{
    const pinna_beam_guide tokens = {.model = model};
    bool has_begin = false;

    for (uint32_t w = 0; w < pinna_ngram_lm_n_words(lm); w++) {
        const char *word = pinna_ngram_lm_text(lm, w);
        bool found = word[0] == '<';
        for (size_t i = 1; !found && i < model->n_tokens; i++)
            found = strcmp(text_of(&tokens, i), word) == 0;
        if (!found)
            return false;
        has_begin = has_begin || pinna_word_begin(model, word);
    }
    /* Short words may be spelled as pieces within others are. */
    return has_begin || !model->subword_tokens;
}

pinna_guide_place pinna_beam_guide_begin(const pinna_beam_guide *guide)
{
    return (pinna_guide_place){.lm = guide->lm ? pinna_ngram_lm_begin(guide->lm)
                                               : 0};
}

double pinna_beam_guide_follow(const pinna_beam_guide *guide,
                               pinna_guide_place *place,
                               const pinna_graph_arc *arc)
{
    place->state = arc->to;
    return arc->word == PINNA_NO_WORD
               ? 0
               : score_word(guide, arc->word, &place->lm);
}

double pinna_beam_guide_take(const pinna_beam_guide *guide,
                             pinna_guide_place *place, int token)
{
    return is_word(guide, (uint32_t)token)
               ? score_word(guide, (uint32_t)token, &place->lm)
               : 0;
}

double pinna_beam_guide_end(const pinna_beam_guide *guide,
                            pinna_guide_place place, uint32_t *word)
{
    const pinna_token_graph *graph = guide->graph;
    const double weight = guide->lm ? guide->lm_weight : 0;
    double best = -INFINITY;

    *word = PINNA_NO_WORD;
    if (!graph)
        return guide->lm
                   ? weight * pinna_ngram_lm_score_end(guide->lm, place.lm)
                   : 0;
    for (uint32_t a = graph->first[place.state];
         a < graph->first[place.state + 1]; a++) {
        const pinna_graph_arc *arc = &graph->arcs[a];
        if (arc->token != PINNA_GRAPH_END)
            continue;
        pinna_guide_place after = place;
        double score = pinna_beam_guide_follow(guide, &after, arc);
        if (guide->lm)
            score += weight * pinna_ngram_lm_score_end(guide->lm, after.lm);
        if (score > best) {
            best = score;
            *word = arc->word;
        }
    }
    return best;
}
