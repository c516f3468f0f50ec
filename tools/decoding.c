#include "tools/decoding.h"

#include "tools/command.h"
#include "tools/progress.h"

#include <stdlib.h>
#include <string.h>

/* Is the word in the graph, or will it be? */
static bool has_word(const pinna_token_graph *graph, const char *word)
{
    return pinna_word_table_find(&graph->words, word) != PINNA_NO_WORD;
}

/* The words of the language model that the model can write. */
static pinna_status take_lm_words(const pinna_decoding *d, pinna_error *error)
{
    char no_spelling[] = "";

    for (uint32_t w = 0; w < pinna_ngram_lm_n_words(d->lm); w++) {
        const char *word = pinna_ngram_lm_text(d->lm, w);
        if (word[0] == '<')
            continue;
        const pinna_status status =
            pinna_token_graph_add_word(d->graph, word, no_spelling);
        if (status && status != PINNA_NOT_FOUND)
            return pinna_fail(error, status, "%s: %s", d->lm_path,
                              pinna_strerror(status));
    }
    if (d->graph->words.n_words == 0)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: the model can write none of its words",
                          d->lm_path);
    return PINNA_OK;
}

/* "NAME:BOOST"; NAME is cut off and to be freed. */
static pinna_status split_hotword(const char *text, char **name, double *boost,
                                  pinna_error *error)
{
    const char *colon = strrchr(text, ':');

    *name = NULL;
    if (!colon || colon == text || strpbrk(text, " \t\n") ||
        !pinna_parse_number(colon + 1, -100, 100, boost))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "--hotword %s: not WORD:BOOST with a boost from -100 "
                          "to 100",
                          text);
    *name = strndup(text, (size_t)(colon - text));
    return *name ? PINNA_OK
                 : pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
}

/* Those that no list has. */
static pinna_status add_hotwords(const pinna_decoding *d, pinna_error *error)
{
    pinna_status status = PINNA_OK;
    char no_spelling[] = "";

    for (size_t i = 0; !status && i < d->hotwords.n_items; i++) {
        char *name;
        double boost;
        status = split_hotword(d->hotwords.items[i], &name, &boost, error);
        if (!status && !has_word(d->graph, name)) {
            status =
                d->grammar_path
                    ? PINNA_NOT_FOUND
                    : pinna_token_graph_add_word(d->graph, name, no_spelling);
            if (status)
                pinna_fail(error, status, "--hotword %s: %s",
                           d->hotwords.items[i],
                           d->grammar_path ? "the grammar does not have it"
                                           : "the model cannot write it");
        }
        free(name);
    }
    return status;
}

static pinna_status boost_hotwords(const pinna_decoding *d, pinna_error *error)
{
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < d->hotwords.n_items; i++) {
        char *name;
        double boost;
        status = split_hotword(d->hotwords.items[i], &name, &boost, error);
        if (!status && pinna_beam_guide_boost(d->guide, name, boost))
            status = pinna_fail(error, PINNA_NOT_FOUND,
                                "--hotword %s: the model has no such word",
                                d->hotwords.items[i]);
        free(name);
    }
    return status;
}

static pinna_status make_graph(pinna_decoding *d, const pinna_model *model,
                               pinna_error *error)
{
    pinna_status status = pinna_token_graph_new(model, &d->graph);

    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    if (d->lexicon_path)
        status = pinna_token_graph_read_words(d->lexicon_path, d->graph, error);
    else if (d->grammar_path)
        status =
            pinna_token_graph_read_phrases(d->grammar_path, d->graph, error);
    else
        status = take_lm_words(d, error);
    if (!status)
        status = add_hotwords(d, error);
    if (status)
        return status;
    status = pinna_token_graph_finish(d->graph);
    return status ? pinna_fail(error, status, "%s", pinna_strerror(status))
                  : PINNA_OK;
}

static pinna_status load(pinna_decoding *d, const pinna_model *model,
                         pinna_error *error)
{
    pinna_status status = PINNA_OK;

    if (d->lm_path)
        status = pinna_ngram_lm_read(d->lm_path, &d->lm, error);
    if (!status && (d->lexicon_path || d->grammar_path ||
                    (d->lm && !pinna_lm_is_of_tokens(d->lm, model))))
        status = make_graph(d, model, error);
    if (status)
        return status;
    if (!d->graph && d->hotwords.n_items > 0 && !model->word_tokens)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "--hotword needs --lexicon, --grammar or --lm for a "
                          "model that writes %s",
                          model->subword_tokens ? "pieces of words"
                                                : "characters");
    status = pinna_beam_guide_new(model, d->graph, d->lm, d->lm_weight,
                                  d->word_bonus, &d->guide);
    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    d->config = pinna_ctc_beam_config_default();
    d->config.width = d->beam;
    d->config.guide = d->guide;
    return boost_hotwords(d, error);
}

int pinna_decoding_load(const pinna_usage *usage, pinna_decoding *d,
                        const pinna_model *model)
{
    pinna_error error = {""};

    if (d->lexicon_path && d->grammar_path)
        return pinna_usage_error(usage,
                                 "--lexicon and --grammar exclude each other");
    if (d->beam == 0 && (d->lm_path || d->lexicon_path || d->grammar_path ||
                         d->hotwords.n_items > 0 || d->n_best > 0))
        d->beam =
            d->n_best > PINNA_DEFAULT_BEAM ? d->n_best : PINNA_DEFAULT_BEAM;
    if (d->beam == 0)
        return -1;
    if (load(d, model, &error)) {
        pinna_message("pinna %s: %s", usage->command, error.text);
        return PINNA_EXIT_START;
    }
    return -1;
}

void pinna_decoding_free(pinna_decoding *d)
{
    pinna_beam_guide_free(d->guide);
    pinna_token_graph_free(d->graph);
    pinna_ngram_lm_free(d->lm);
    pinna_list_free(&d->hotwords);
}
