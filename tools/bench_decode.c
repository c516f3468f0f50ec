/* tools/bench_decode.c -- `pinna bench decode`: beam search for characters,
 * free and with a large lexicon and a 3-gram language model */
#include "dsp/rng.h"
#include "rnn/beam_guide.h"
#include "rnn/ctc_beam.h"
#include "rnn/ngram_lm.h"
#include "rnn/token_graph.h"
#include "tools/bench.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/stopwatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "bench decode",
    .synopsis = "[options]",
    .summary =
        "Measure beam search over 29 characters at 50 frames a second: "
        "milliseconds for a\nsecond of sound, with beams of 10 and 100, free "
        "and with a lexicon of 125,000\nwords and a 3-gram language model of "
        "1.1 million n-grams. Words and frames are made\nup: random letters, "
        "of which every seventh sounds more like another.",
    .examples = "  pinna bench decode\n"
                "  pinna bench decode --seconds 60 --json\n",
};

static const pinna_bench_column columns[] = {
    {"guide", "guide", 0},
    {"beam", "beam", 0},
    {"ms_per_second", "ms/s", 2},
    {"times_real_time", "x real time", 0},
};

enum { N_TOKENS = 29, FRAMES_PER_S = 50, N_WORDS = 125000, N_FOLLOWERS = 4 };

struct set_up {
    char names[N_TOKENS][8];
    char *tokens[N_TOKENS];
    pinna_model model; /* tokens alone */
    pinna_word_table words;
    pinna_token_graph *graph;
    pinna_ngram_lm *lm;
    pinna_beam_guide *guide;
    float *logits; /* [n_frames, N_TOKENS] */
    size_t n_frames;
};

struct run {
    pinna_ctc_beam *beam;
    const struct set_up *set_up;
};

static void name_tokens(struct set_up *s)
{
    for (size_t i = 0; i < N_TOKENS; i++) {
        s->names[i][0] = (char)(i == 1 ? ' ' : i == 2 ? '\'' : 'a' + i - 3);
        s->tokens[i] = s->names[i];
    }
    strcpy(s->names[0], "<blank>");
    s->model = (pinna_model){.tokens = s->tokens, .n_tokens = N_TOKENS};
}

static pinna_status make_words(struct set_up *s, pinna_rng *rng)
{
    pinna_status status = PINNA_OK;

    while (!status && s->words.n_words < N_WORDS) {
        char word[16] = "";
        uint32_t index;
        const size_t n = 3 + pinna_rng_below(rng, 8);
        for (size_t i = 0; i < n; i++)
            word[i] = (char)('a' + pinna_rng_below(rng, 26));
        status = pinna_word_table_add(&s->words, word, &index);
    }
    return status;
}

/* The words that the language model expects after one: no two are the same. */
static uint32_t follower(uint32_t word, size_t which)
{
    return (uint32_t)((word * (size_t)7 + which * 1009 + 1) % N_WORDS);
}

static const char *text_of(const struct set_up *s, uint32_t word)
{
    return pinna_word_table_text(&s->words, word);
}

static void write_arpa(const struct set_up *s, FILE *file)
{
    fprintf(file,
            "\\data\\\nngram 1=%d\nngram 2=%d\nngram 3=%d\n\n\\1-grams:\n",
            N_WORDS, N_WORDS * N_FOLLOWERS, N_WORDS * N_FOLLOWERS);
    for (uint32_t w = 0; w < N_WORDS; w++)
        fprintf(file, "-%u.%u %s -0.4\n", 4 + w % 3, w % 10, text_of(s, w));
    fputs("\\2-grams:\n", file);
    for (uint32_t w = 0; w < N_WORDS; w++)
        for (size_t k = 0; k < N_FOLLOWERS; k++)
            fprintf(file, "-1.%zu %s %s -0.3\n", k, text_of(s, w),
                    text_of(s, follower(w, k)));
    fputs("\\3-grams:\n", file);
    for (uint32_t w = 0; w < N_WORDS; w++)
        for (size_t k = 0; k < N_FOLLOWERS; k++) {
            const uint32_t next = follower(w, k);
            fprintf(file, "-0.%zu %s %s %s\n", k + 1, text_of(s, w),
                    text_of(s, next), text_of(s, follower(next, k)));
        }
    fputs("\\end\\\n", file);
}

static pinna_status make_lm(struct set_up *s)
{
    char *text = NULL;
    size_t n_bytes = 0;
    FILE *file = open_memstream(&text, &n_bytes);

    if (!file)
        return PINNA_NO_MEMORY;
    write_arpa(s, file);
    pinna_status status = fclose(file) == 0 ? PINNA_OK : PINNA_NO_MEMORY;
    if (!status)
        status = pinna_ngram_lm_parse(text, n_bytes, "bench", &s->lm, NULL);
    free(text);
    return status;
}

static pinna_status make_graph(struct set_up *s)
{
    char no_spelling[] = "";

    pinna_status status = pinna_token_graph_new(&s->model, &s->graph);
    for (uint32_t w = 0; !status && w < N_WORDS; w++)
        status =
            pinna_token_graph_add_word(s->graph, text_of(s, w), no_spelling);
    return status ? status : pinna_token_graph_finish(s->graph);
}

/* One frame in which a token is likely, or another one more so. */
static void say(float *logits, size_t token, pinna_rng *rng)
{
    for (size_t i = 0; i < N_TOKENS; i++)
        logits[i] = (float)pinna_rng_normal(rng);
    logits[token] += 7;
    if (pinna_rng_below(rng, 7) == 0)
        logits[1 + pinna_rng_below(rng, N_TOKENS - 1)] += 8;
}

/* Words that the language model expects; each character lasts for two frames,
 * and two blanks follow. */
static void make_frames(struct set_up *s, pinna_rng *rng)
{
    uint32_t word = 0;
    const char *at = text_of(s, word);

    for (size_t t = 0; t < s->n_frames; t++) {
        const size_t token = *at == '\0' ? 1 : (size_t)(*at - 'a') + 3;
        say(s->logits + t * N_TOKENS, t % 4 < 2 ? token : 0, rng);
        if (t % 4 < 3)
            continue;
        if (*at++ == '\0') {
            word = follower(word, pinna_rng_below(rng, N_FOLLOWERS));
            at = text_of(s, word);
        }
    }
}

static pinna_status set_up_new(struct set_up *s, double seconds)
{
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    name_tokens(s);
    s->n_frames = (size_t)(seconds * FRAMES_PER_S) + 1;
    s->logits = malloc(s->n_frames * N_TOKENS * sizeof *s->logits);
    if (!s->logits)
        return PINNA_NO_MEMORY;
    pinna_status status = make_words(s, &rng);
    if (!status)
        status = make_lm(s);
    if (!status)
        status = make_graph(s);
    if (!status)
        status =
            pinna_beam_guide_new(&s->model, s->graph, s->lm, 0.5, 0, &s->guide);
    if (!status)
        make_frames(s, &rng);
    return status;
}

static void set_up_free(struct set_up *s)
{
    pinna_beam_guide_free(s->guide);
    pinna_token_graph_free(s->graph);
    pinna_ngram_lm_free(s->lm);
    pinna_word_table_free(&s->words);
    free(s->logits);
}

static void decode(void *context)
{
    struct run *run = context;
    const struct set_up *s = run->set_up;
    pinna_ctc_token token;

    pinna_ctc_beam_reset(run->beam);
    for (size_t t = 0; t < s->n_frames; t++) {
        pinna_ctc_beam_process(run->beam, s->logits + t * N_TOKENS);
        while (pinna_ctc_beam_pull(run->beam, &token, NULL))
            ;
    }
}

static pinna_status measure(const struct set_up *s, bool guided, size_t width,
                            pinna_bench_table *table)
{
    struct run run = {.set_up = s};
    pinna_timed timed = {.run = decode, .context = &run};
    pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    const double seconds = (double)s->n_frames / FRAMES_PER_S;

    config.width = width;
    config.guide = guided ? s->guide : NULL;
    const pinna_status status =
        pinna_ctc_beam_new(&config, N_TOKENS, 0, &run.beam);
    if (status)
        return status;
    pinna_stopwatch_measure(&timed, 1);
    pinna_ctc_beam_free(run.beam);
    if (!pinna_interrupted())
        pinna_bench_table_row(table,
                              (pinna_bench_cell[]){
                                  {.text = guided ? "lexicon+3-gram" : "none"},
                                  {.number = (double)width},
                                  {.number = 1e-6 * timed.ns / seconds},
                                  {.number = 1e9 * seconds / timed.ns},
                              });
    return PINNA_OK;
}

int pinna_bench_decode(int argc, char **argv)
{
    pinna_bench_settings settings;
    pinna_bench_table table;
    struct set_up s = {0};

    const int code = pinna_bench_parse(&usage, argc, argv, &settings);
    if (code >= 0)
        return code;
    pinna_status status = set_up_new(&s, settings.seconds);
    if (!status) {
        pinna_bench_table_begin(&table, "decode", columns,
                                sizeof columns / sizeof columns[0],
                                settings.json);
        for (size_t i = 0; !status && i < 4 && !pinna_interrupted(); i++)
            status = measure(&s, i >= 2, i % 2 == 0 ? 10 : 100, &table);
        pinna_bench_table_end(&table);
    }
    set_up_free(&s);
    if (status)
        return pinna_bench_no_memory(&usage);
    return pinna_interrupted() ? PINNA_EXIT_INTERRUPTED : PINNA_EXIT_DONE;
}
