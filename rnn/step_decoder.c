#include "rnn/step_decoder.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

pinna_status pinna_step_decoder_use_beam(pinna_step_decoder *decoder,
                                         const pinna_ctc_beam_config *config,
                                         size_t n_best)
{
    assert(!decoder->beam);
    if (n_best > PINNA_MAX_N_BEST || config->max_delay > SIZE_MAX / 1000)
        return PINNA_BAD_ARG;
    const pinna_status status = pinna_ctc_beam_new(
        config, decoder->words->model->n_tokens, 0, &decoder->beam);
    if (status)
        return status;
    decoder->words->graph = config->guide ? config->guide->graph : NULL;
    /* No tail is older, but for the step at hand and the end of a run. */
    decoder->n_moments = config->max_delay + 2;
    decoder->n_tail_tokens = config->max_tail + 1;
    decoder->max_alternatives = n_best;
    decoder->moments = calloc(decoder->n_moments, sizeof *decoder->moments);
    decoder->tail = malloc(decoder->n_tail_tokens * sizeof *decoder->tail);
    decoder->tail_words =
        malloc(decoder->n_tail_tokens * sizeof *decoder->tail_words);
    decoder->alternatives =
        malloc((n_best + 1) * sizeof *decoder->alternatives);
    if (!decoder->moments || !decoder->tail || !decoder->tail_words ||
        !decoder->alternatives)
        return PINNA_NO_MEMORY;
    return PINNA_OK;
}

void pinna_step_decoder_free(pinna_step_decoder *decoder)
{
    pinna_ctc_beam_free(decoder->beam);
    free(decoder->moments);
    free(decoder->tail);
    free(decoder->tail_words);
    free(decoder->alternatives);
}

void pinna_step_decoder_reset(pinna_step_decoder *decoder)
{
    pinna_ctc_greedy_reset(&decoder->greedy, 0);
    decoder->run_begin = 0;
    if (decoder->beam)
        pinna_ctc_beam_reset(decoder->beam);
    decoder->n_decoded = decoder->n_alternatives = 0;
}

/* What the beam is sure of. */
static void pull_tokens(pinna_step_decoder *decoder)
{
    pinna_word_maker *words = decoder->words;
    pinna_ctc_token token;
    uint32_t word;

    while (pinna_ctc_beam_pull(decoder->beam, &token, &word)) {
        /* It is told of one step after its end, as by the greedy search. */
        const size_t last = decoder->n_decoded - 1;
        const size_t after = token.first_frame + token.n_frames;
        const pinna_moment *begun =
            &decoder->moments[token.first_frame % decoder->n_moments];
        const pinna_moment *then =
            &decoder
                 ->moments[(after < last ? after : last) % decoder->n_moments];
        const bool is_space =
            strcmp(words->model->tokens[token.token], " ") == 0;
        const bool goes_on = !pinna_ctc_beam_is_between(decoder->beam);
        if (word != PINNA_NO_WORD && is_space)
            pinna_word_maker_end_word(words, word, goes_on);
        pinna_word_maker_take(words, &token, begun->sound.begin, then);
        if (word != PINNA_NO_WORD)
            pinna_word_maker_end_word(words, word, goes_on);
    }
}

void pinna_step_decoder_process(pinna_step_decoder *decoder,
                                const float *logits, const pinna_moment *now)
{
    pinna_ctc_token token;

    if (decoder->beam) {
        decoder->moments[decoder->n_decoded++ % decoder->n_moments] = *now;
        pinna_ctc_beam_process(decoder->beam, logits);
        pull_tokens(decoder);
        return;
    }
    if (pinna_ctc_greedy_process(&decoder->greedy, logits,
                                 decoder->words->model->n_tokens, &token))
        pinna_word_maker_take(decoder->words, &token, decoder->run_begin, now);
    /* By the end of the token the next sound may have begun. */
    if (decoder->greedy.open && decoder->greedy.run.n_frames == 1)
        decoder->run_begin = now->sound.begin;
}

/* The tail of the beam's hypothesis number `rank`. */
static void write_tail(const pinna_step_decoder *decoder, size_t rank,
                       char *text, size_t size, double *score)
{
    const pinna_word_maker *words = decoder->words;
    const size_t n =
        pinna_ctc_beam_tail(decoder->beam, rank, decoder->tail,
                            decoder->tail_words, decoder->n_tail_tokens, score);
    const bool joins = !words->model->word_tokens && !words->graph;
    bool space = false;

    *text = '\0';
    if (joins && words->has_open)
        pinna_append_text(text, size, words->open.text);
    for (size_t i = 0; i < n; i++) {
        const char *token = words->model->tokens[decoder->tail[i].token];
        if (words->graph) {
            if (decoder->tail_words[i] == PINNA_NO_WORD)
                continue;
            token = pinna_word_table_text(&words->graph->words,
                                          decoder->tail_words[i]);
        } else if (token[0] == '<' || strcmp(token, " ") == 0) {
            space = true;
            continue;
        } else if (pinna_word_begin(words->model, token)) {
            token = pinna_word_begin(words->model, token);
            space = true;
            if (!*token)
                continue;
        }
        if (*text && (!joins || space))
            pinna_append_text(text, size, " ");
        pinna_append_text(text, size, token);
        space = false;
    }
}

/* Before the best of them is chosen. */
static void keep_alternatives(pinna_step_decoder *decoder)
{
    const size_t n_best = pinna_ctc_beam_n_best(decoder->beam);

    for (size_t i = 0;
         i < n_best && decoder->n_alternatives < decoder->max_alternatives;
         i++) {
        pinna_alternative *made =
            &decoder->alternatives[decoder->n_alternatives];
        bool is_new = true;
        write_tail(decoder, i, made->rest, sizeof made->rest, &made->score);
        made->n_words = decoder->words->n_given;
        for (size_t k = 0; k < decoder->n_alternatives; k++)
            is_new = is_new &&
                     strcmp(decoder->alternatives[k].rest, made->rest) != 0;
        decoder->n_alternatives += is_new && made->score > -INFINITY;
    }
}

void pinna_step_decoder_finish(pinna_step_decoder *decoder,
                               const pinna_moment *now)
{
    pinna_ctc_token token;

    if (decoder->beam) {
        pinna_ctc_beam_finish(decoder->beam);
        keep_alternatives(decoder);
        pull_tokens(decoder);
    } else if (pinna_ctc_greedy_finish(&decoder->greedy, &token)) {
        pinna_word_maker_take(decoder->words, &token, decoder->run_begin, now);
    }
    pinna_word_maker_finish(decoder->words);
}

void pinna_step_decoder_tail(const pinna_step_decoder *decoder, char *text,
                             size_t size)
{
    const pinna_word_maker *words = decoder->words;

    *text = '\0';
    if (decoder->beam)
        write_tail(decoder, 0, text, size, NULL);
    else if (words->has_open)
        pinna_append_text(text, size, words->open.text);
}
