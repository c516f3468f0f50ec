#include "tools/score.h"

#include "dsp/rng.h"

#include <stdlib.h>
#include <string.h>

typedef pinna_status split(const char *text, pinna_words *words);

static pinna_status count(const pinna_scored *item, split *into, pinna_wer *wer)
{
    pinna_words said = {0}, heard = {0};
    pinna_edit *edits = NULL;
    size_t n = 0;

    pinna_status status = into(item->said, &said);
    if (!status)
        status = into(item->heard, &heard);
    if (!status) {
        edits = calloc(said.n_items + heard.n_items + 1, sizeof *edits);
        status = edits ? pinna_align_words(&said, &heard, &pinna_nist_costs,
                                           edits, &n)
                       : PINNA_NO_MEMORY;
    }
    if (!status)
        pinna_wer_count(wer, edits, n);
    free(edits);
    pinna_words_free(&heard);
    pinna_words_free(&said);
    return status;
}

static pinna_status add_speaker(pinna_score *score, const char *name,
                                uint32_t *speaker)
{
    char *cut = strndup(name, strcspn(name, "-_"));

    if (!cut)
        return PINNA_NO_MEMORY;
    const pinna_status status =
        pinna_word_table_add(&score->speakers, cut, speaker);
    free(cut);
    return status;
}

static pinna_status add(pinna_score *score, const char *name, const char *said,
                        const char *heard)
{
    pinna_scored *item = &score->items[score->n_items++];

    *item =
        (pinna_scored){.name = name, .said = said, .heard = heard ? heard : ""};
    pinna_status status = add_speaker(score, name, &item->speaker);
    if (!status)
        status = count(item, pinna_words_split, &item->words);
    if (!status)
        status = count(item, pinna_words_split_characters, &item->characters);
    if (status)
        return status;
    pinna_wer_sum(&score->words, &item->words);
    pinna_wer_sum(&score->characters, &item->characters);
    pinna_wer_sum(&score->by_speaker[item->speaker], &item->words);
    return PINNA_OK;
}

pinna_status pinna_score_new(const pinna_text_list *reference,
                             const pinna_text_list *hypothesis,
                             pinna_score *score)
{
    const uint32_t n = reference->names.n_words;
    pinna_status status = PINNA_OK;

    *score = (pinna_score){.items = calloc(n, sizeof *score->items),
                           .by_speaker = calloc(n, sizeof *score->by_speaker)};
    if (!score->items || !score->by_speaker)
        return PINNA_NO_MEMORY;
    for (uint32_t i = 0; !status && i < n; i++) {
        const char *name = pinna_word_table_text(&reference->names, i);
        status = add(score, name, reference->texts[i],
                     pinna_text_list_find(hypothesis, name));
    }
    return status;
}

void pinna_score_free(pinna_score *score)
{
    free(score->items);
    free(score->by_speaker);
    pinna_word_table_free(&score->speakers);
    *score = (pinna_score){0};
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

pinna_status pinna_score_interval(const pinna_score *score, size_t n_draws,
                                  uint64_t seed, double *low, double *high)
{
    double *rates = malloc(n_draws * sizeof *rates);
    pinna_rng rng;

    if (!rates)
        return PINNA_NO_MEMORY;
    pinna_rng_seed(&rng, seed, 0);
    for (size_t d = 0; d < n_draws; d++) {
        pinna_wer sum = {0};
        for (size_t i = 0; i < score->n_items; i++)
            pinna_wer_sum(
                &sum,
                &score->items[pinna_rng_below(&rng, score->n_items)].words);
        rates[d] = pinna_wer_rate(&sum);
    }
    qsort(rates, n_draws, sizeof *rates, by_value);
    *low = rates[(size_t)(0.025 * (double)(n_draws - 1) + 0.5)];
    *high = rates[(size_t)(0.975 * (double)(n_draws - 1) + 0.5)];
    free(rates);
    return PINNA_OK;
}
