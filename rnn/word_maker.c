#include "rnn/word_maker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

pinna_status pinna_word_maker_new(const pinna_model *model, double step_s,
                                  pinna_word_maker *maker)
{
    *maker = (pinna_word_maker){
        .model = model,
        .step_s = step_s,
        .frame_s = model->ctc_ear.fbank.frame_shift_ms / 1000,
        .queue = calloc(PINNA_RECOGNISER_QUEUE, sizeof *maker->queue)};
    return maker->queue ? PINNA_OK : PINNA_NO_MEMORY;
}

void pinna_word_maker_free(pinna_word_maker *maker)
{
    free(maker->queue);
}

void pinna_word_maker_reset(pinna_word_maker *maker)
{
    maker->heard_s = maker->word_end = 0;
    maker->has_open = false;
    maker->first = maker->n_queued = maker->n_given = 0;
}

static void enqueue(pinna_word_maker *maker, const pinna_word *word)
{
    if (maker->n_queued == PINNA_RECOGNISER_QUEUE) {
        maker->first = (maker->first + 1) % PINNA_RECOGNISER_QUEUE;
        maker->n_queued--;
    }
    maker->queue[(maker->first + maker->n_queued) % PINNA_RECOGNISER_QUEUE] =
        *word;
    maker->n_given++;
    maker->n_queued++;
}

static void close_word(pinna_word_maker *maker)
{
    if (!maker->has_open)
        return;
    maker->open.confidence = maker->confidence_sum / (float)maker->n_parts;
    maker->has_open = false;
    if (*maker->open.text) /* not the mark of a word alone */
        enqueue(maker, &maker->open);
}

void pinna_word_set_start(pinna_word *word, double time_s, double heard_s,
                          double frame_s)
{
    word->start =
        fmax(fmin(time_s - PINNA_RECOGNISER_LEAD_S, heard_s - frame_s), 0);
}

void pinna_word_set_end(pinna_word *word, double time_s, double heard_s,
                        double frame_s)
{
    word->end = fmin(
        fmax(time_s - PINNA_RECOGNISER_LEAD_S, word->start + frame_s), heard_s);
}

void pinna_word_maker_take(pinna_word_maker *maker,
                           const pinna_ctc_token *token, double run_begin,
                           const pinna_moment *then)
{
    const char *text = maker->model->tokens[token->token];
    const char *begun = pinna_word_begin(maker->model, text);
    const bool is_word = maker->model->word_tokens && !maker->graph;
    const double sure = (double)(token->first_frame + token->n_frames) *
                        maker->step_s; /* when the run ended */
    const double start = fmax(run_begin, maker->word_end);
    const double end = fmax(fmin(sure, then->sound.end), start);

    if (is_word || begun || strcmp(text, " ") == 0)
        close_word(maker);
    if (text[0] == '<' || strcmp(text, " ") == 0)
        return;

    if (!maker->has_open) {
        maker->open = (pinna_word){
            .utterance = then->n_utterances > 0 ? then->n_utterances - 1 : 0};
        pinna_word_set_start(&maker->open, start, maker->heard_s,
                             maker->frame_s);
        maker->confidence_sum = 0;
        maker->n_parts = 0;
        maker->has_open = true;
    }
    const char *added = begun ? begun : text;
    const size_t used = strlen(maker->open.text), length = strlen(added);
    if (used + length < PINNA_WORD_MAX)
        memcpy(maker->open.text + used, added, length + 1);
    pinna_word_set_end(&maker->open, end, maker->heard_s, maker->frame_s);
    maker->word_end = fmax(end, maker->open.end + PINNA_RECOGNISER_LEAD_S);
    maker->confidence_sum += token->confidence;
    maker->n_parts++;
    if (is_word)
        close_word(maker);
}

void pinna_word_maker_end_word(pinna_word_maker *maker, uint32_t word,
                               bool goes_on)
{
    if (!maker->has_open)
        return;
    maker->open.goes_on = goes_on;
    maker->open.text[0] = '\0';
    pinna_append_text(maker->open.text, sizeof maker->open.text,
                      pinna_word_table_text(&maker->graph->words, word));
    close_word(maker);
}

void pinna_word_maker_finish(pinna_word_maker *maker)
{
    close_word(maker);
}

void pinna_append_text(char *to, size_t size, const char *text)
{
    size_t used = strlen(to);

    for (; *text && used + 1 < size; text++)
        to[used++] = *text;
    to[used] = '\0';
}

bool pinna_word_maker_poll(pinna_word_maker *maker, pinna_word *word)
{
    if (maker->n_queued == 0)
        return false;
    *word = maker->queue[maker->first];
    maker->first = (maker->first + 1) % PINNA_RECOGNISER_QUEUE;
    maker->n_queued--;
    return true;
}
