/* tools/cmd_score.c -- `pinna score`: word and character error rates of texts
 */
#include "tools/command.h"
#include "tools/json_writer.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "score",
    .synopsis = "[options] REF HYP",
    .summary =
        "Compare texts with what was said: word and character error rates, by "
        "speaker, with\nthe confidence interval and the worst utterances. "
        "Counts are those of NIST's\nsclite. Both files are TRN, \"the text "
        "(name)\", or lines of \"name text\"; the\nspeaker is the name up to "
        "the first - or _.",
    .examples = "  pinna score ref.trn hyp.trn\n"
                "  pinna score --worst 20 -v ref.txt hyp.txt\n"
                "  pinna score --json ref.tsv hyp.tsv\n",
};

struct settings {
    size_t n_worst;
    uint64_t seed;
    bool verbose, json;
};

/* Drawings of the bootstrap: the ends of the interval vary by some 5 % of its
 * width from seed to seed. */
#define N_DRAWS 1000

static void print_rate(const char *title, const pinna_wer *wer)
{
    printf("%-11s%6.2f %%  %zu of %zu (%zu substituted, %zu deleted, %zu "
           "inserted)\n",
           title, 100 * pinna_wer_rate(wer), pinna_wer_errors(wer),
           wer->n_words, wer->n_substituted, wer->n_deleted, wer->n_inserted);
}

/* One line of an alignment: the words, *** where there is none. */
static void print_side(const char *title, const pinna_words *words,
                       const pinna_words *others, const pinna_edit *edits,
                       size_t n, pinna_edit gap)
{
    const pinna_edit others_gap =
        gap == PINNA_EDIT_INSERT ? PINNA_EDIT_DELETE : PINNA_EDIT_INSERT;
    size_t w = 0, o = 0;

    printf("    %s", title);
    for (size_t i = 0; i < n; i++) {
        const char *word = edits[i] == gap ? "***" : words->items[w++];
        const char *other = edits[i] == others_gap ? "***" : others->items[o++];
        const size_t width = strlen(word) > strlen(other) ? 0 : strlen(other);
        printf(" %s%*s", word,
               (int)(width > strlen(word) ? width - strlen(word) : 0), "");
    }
    putchar('\n');
}

static void print_alignment(const pinna_scored *item)
{
    pinna_words said = {0}, heard = {0};
    pinna_edit *edits = NULL;
    size_t n;

    if (!pinna_words_split(item->said, &said) &&
        !pinna_words_split(item->heard, &heard)) {
        edits = calloc(said.n_items + heard.n_items + 1, sizeof *edits);
        if (edits &&
            !pinna_align_words(&said, &heard, &pinna_nist_costs, edits, &n)) {
            print_side("said: ", &said, &heard, edits, n, PINNA_EDIT_INSERT);
            print_side("heard:", &heard, &said, edits, n, PINNA_EDIT_DELETE);
        }
    }
    free(edits);
    pinna_words_free(&heard);
    pinna_words_free(&said);
}

static int by_errors(const void *a, const void *b)
{
    const pinna_scored *x = *(const pinna_scored *const *)a;
    const pinna_scored *y = *(const pinna_scored *const *)b;
    const size_t n_x = pinna_wer_errors(&x->words);
    const size_t n_y = pinna_wer_errors(&y->words);

    if (n_x != n_y)
        return n_x < n_y ? 1 : -1;
    return (x > y) - (x < y);
}

/* The items [n_items], those with most errors first; NULL without memory. */
static const pinna_scored **sort_worst(const pinna_score *score)
{
    const pinna_scored **items = malloc(score->n_items * sizeof *items);

    for (size_t i = 0; items && i < score->n_items; i++)
        items[i] = &score->items[i];
    if (items)
        qsort(items, score->n_items, sizeof *items, by_errors);
    return items;
}

static void print_text(const pinna_score *score, const pinna_scored **worst,
                       const struct settings *settings, double low, double high)
{
    printf("utterances %zu, %zu without an error (%.1f %%)\n", score->n_items,
           score->words.n_exact,
           100 * (double)score->words.n_exact / (double)score->n_items);
    print_rate("WER", &score->words);
    printf("  95 %% of drawings lie within %.2f to %.2f %%\n", 100 * low,
           100 * high);
    print_rate("CER", &score->characters);
    if (score->speakers.n_words > 1)
        puts("\nby speaker");
    for (uint32_t s = 0;
         score->speakers.n_words > 1 && s < score->speakers.n_words; s++)
        print_rate(pinna_word_table_text(&score->speakers, s),
                   &score->by_speaker[s]);
    for (size_t i = 0; i < settings->n_worst && i < score->n_items &&
                       pinna_wer_errors(&worst[i]->words) > 0;
         i++) {
        if (i == 0)
            puts("\nworst utterances");
        printf("%s: %zu errors, %zu words\n", worst[i]->name,
               pinna_wer_errors(&worst[i]->words), worst[i]->words.n_words);
        if (settings->verbose)
            print_alignment(worst[i]);
    }
}

static void write_counts(pinna_json *json, const char *key,
                         const pinna_wer *wer)
{
    pinna_json_open(json, key, '{');
    pinna_json_number(json, "rate", pinna_wer_rate(wer), 6);
    pinna_json_count(json, "reference", wer->n_words);
    pinna_json_count(json, "correct", wer->n_correct);
    pinna_json_count(json, "substituted", wer->n_substituted);
    pinna_json_count(json, "deleted", wer->n_deleted);
    pinna_json_count(json, "inserted", wer->n_inserted);
    pinna_json_close(json, '}');
}

static void write_json(const pinna_score *score, const pinna_scored **worst,
                       const struct settings *settings, double low, double high)
{
    pinna_json json = {.file = stdout};

    pinna_json_open(&json, NULL, '{');
    pinna_json_count(&json, "utterances", score->n_items);
    pinna_json_count(&json, "exact", score->words.n_exact);
    write_counts(&json, "words", &score->words);
    pinna_json_number(&json, "wer_low", low, 6);
    pinna_json_number(&json, "wer_high", high, 6);
    write_counts(&json, "characters", &score->characters);
    pinna_json_open(&json, "speakers", '{');
    for (uint32_t s = 0; s < score->speakers.n_words; s++)
        write_counts(&json, pinna_word_table_text(&score->speakers, s),
                     &score->by_speaker[s]);
    pinna_json_close(&json, '}');
    pinna_json_open(&json, "worst", '[');
    for (size_t i = 0; i < settings->n_worst && i < score->n_items &&
                       pinna_wer_errors(&worst[i]->words) > 0;
         i++) {
        pinna_json_open(&json, NULL, '{');
        pinna_json_string(&json, "name", worst[i]->name);
        pinna_json_count(&json, "errors", pinna_wer_errors(&worst[i]->words));
        pinna_json_string(&json, "said", worst[i]->said);
        pinna_json_string(&json, "heard", worst[i]->heard);
        pinna_json_close(&json, '}');
    }
    pinna_json_close(&json, ']');
    pinna_json_close(&json, '}');
}

/* A line for each name that only one of the files has; how many. */
static size_t tell_missing(const pinna_text_list *of, const char *path,
                           const pinna_text_list *others,
                           const char *others_path)
{
    size_t n = 0;

    for (uint32_t i = 0; i < of->names.n_words; i++) {
        const char *name = pinna_word_table_text(&of->names, i);
        if (pinna_text_list_find(others, name))
            continue;
        pinna_message("pinna score: %s: no \"%s\", which is in %s", others_path,
                      name, path);
        n++;
    }
    return n;
}

static int score(const char *ref_path, const char *hyp_path,
                 const struct settings *settings)
{
    pinna_text_list ref = {0}, hyp = {0};
    pinna_score result = {0};
    const pinna_scored **worst = NULL;
    pinna_error error = {"out of memory"};
    double low = 0, high = 0;
    size_t n_missing = 0;

    pinna_status status = pinna_text_list_read(ref_path, &ref, &error);
    if (!status)
        status = pinna_text_list_read(hyp_path, &hyp, &error);
    if (!status) {
        n_missing = tell_missing(&ref, ref_path, &hyp, hyp_path) +
                    tell_missing(&hyp, hyp_path, &ref, ref_path);
        status = pinna_score_new(&ref, &hyp, &result);
    }
    if (!status)
        status =
            pinna_score_interval(&result, N_DRAWS, settings->seed, &low, &high);
    if (!status) {
        worst = sort_worst(&result);
        status = worst ? PINNA_OK : PINNA_NO_MEMORY;
    }
    if (status)
        pinna_message("pinna score: %s", error.text);
    else if (settings->json)
        write_json(&result, worst, settings, low, high);
    else
        print_text(&result, worst, settings, low, high);
    free(worst);
    pinna_score_free(&result);
    pinna_text_list_free(&hyp);
    pinna_text_list_free(&ref);
    return status || n_missing > 0 ? PINNA_EXIT_INPUT : PINNA_EXIT_DONE;
}

int pinna_cmd_score(int argc, char **argv)
{
    struct settings settings = {.n_worst = 10};
    const pinna_option options[] = {
        {"worst", 0, "N", "list that many of the worst utterances (default 10)",
         .count = &settings.n_worst, .low = 0, .high = 1e9},
        {"verbose", 'v', NULL, "with their alignments",
         .flag = &settings.verbose},
        {"seed", 0, "N", "of the drawings for the interval (default 0)",
         .seed = &settings.seed},
        {"json", 0, NULL, "everything on stdout as JSON",
         .flag = &settings.json},
    };
    pinna_list files = {0};

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0 && files.n_items != 2)
        code = pinna_usage_error(&usage, "two files are needed: REF HYP");
    if (code < 0)
        code = score(files.items[0], files.items[1], &settings);
    pinna_list_free(&files);
    return code;
}
