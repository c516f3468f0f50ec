#include "rnn/kneser_ney.h"

#include "rnn/word_table.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of words. */
enum { BEGIN, END, UNKNOWN };

typedef struct ngram {
    uint32_t words[PINNA_LM_MAX_ORDER]; /* 0 beyond the last */
    uint64_t count;
    double p;      /* of its last word after the others */
    double weight; /* g, of what follows it */
} ngram;

/* The n-grams of one order, sorted by their words. */
typedef struct level {
    ngram *items;
    size_t n_items;
    double discount[4]; /* of count 1, 2, 3 and more; [0] is 0 */
} level;

struct pinna_kneser_ney {
    size_t order;
    pinna_word_table table;
    uint32_t *text; /* [n_text] each sentence from BEGIN to END */
    size_t n_text, max_text;
    level levels[PINNA_LM_MAX_ORDER + 1]; /* [1 .. order] */
};

static pinna_status push(pinna_kneser_ney *kn, uint32_t word)
{
    if (kn->n_text == kn->max_text) {
        const size_t grown = kn->max_text ? 2 * kn->max_text : 1024;
        uint32_t *text = realloc(kn->text, grown * sizeof *text);
        if (!text)
            return PINNA_NO_MEMORY;
        kn->text = text;
        kn->max_text = grown;
    }
    kn->text[kn->n_text++] = word;
    return PINNA_OK;
}

pinna_status pinna_kneser_ney_new(size_t order, pinna_kneser_ney **out)
{
    *out = NULL;
    if (order == 0 || order > PINNA_LM_MAX_ORDER)
        return PINNA_BAD_ARG;
    pinna_kneser_ney *kn = calloc(1, sizeof *kn);
    if (!kn)
        return PINNA_NO_MEMORY;
    kn->order = order;
    uint32_t word;
    if (pinna_word_table_add(&kn->table, "<s>", &word) ||
        pinna_word_table_add(&kn->table, "</s>", &word) ||
        pinna_word_table_add(&kn->table, "<unk>", &word) || push(kn, BEGIN)) {
        pinna_kneser_ney_free(kn);
        return PINNA_NO_MEMORY;
    }
    *out = kn;
    return PINNA_OK;
}

void pinna_kneser_ney_free(pinna_kneser_ney *kn)
{
    if (!kn)
        return;
    for (size_t n = 1; n <= kn->order; n++)
        free(kn->levels[n].items);
    pinna_word_table_free(&kn->table);
    free(kn->text);
    free(kn);
}

pinna_status pinna_kneser_ney_word(pinna_kneser_ney *kn, const char *text)
{
    uint32_t word;

    const pinna_status status = pinna_word_table_add(&kn->table, text, &word);
    if (status)
        return status;
    return word == BEGIN || word == END ? PINNA_BAD_ARG : push(kn, word);
}

pinna_status pinna_kneser_ney_end(pinna_kneser_ney *kn)
{
    const pinna_status status = push(kn, END);
    return status ? status : push(kn, BEGIN);
}

static int by_words(const void *a, const void *b)
{
    const ngram *x = a, *y = b;

    for (size_t i = 0; i < PINNA_LM_MAX_ORDER; i++)
        if (x->words[i] != y->words[i])
            return x->words[i] < y->words[i] ? -1 : 1;
    return 0;
}

static ngram ngram_of(const uint32_t *words, size_t n)
{
    ngram made = {.count = 1};
    memcpy(made.words, words, n * sizeof *words);
    return made;
}

/* Sort, and make one of those that are the same. */
static void merge(level *of)
{
    size_t n = 0;

    qsort(of->items, of->n_items, sizeof *of->items, by_words);
    for (size_t i = 0; i < of->n_items; i++) {
        if (n > 0 && by_words(&of->items[n - 1], &of->items[i]) == 0)
            of->items[n - 1].count += of->items[i].count;
        else
            of->items[n++] = of->items[i];
    }
    of->n_items = n;
}

/* n-grams of the text: all of them, or the beginnings of sentences. */
static void take_from_text(const pinna_kneser_ney *kn, size_t n, bool all,
                           level *to)
{
    size_t begin = 0; /* of the sentence */

    for (size_t i = 0; i < kn->n_text; i++) {
        if (kn->text[i] == BEGIN)
            begin = i;
        if (i + 1 >= begin + n && (all || i + 1 == begin + n))
            to->items[to->n_items++] = ngram_of(kn->text + i + 1 - n, n);
    }
}

static pinna_status count(pinna_kneser_ney *kn, size_t n)
{
    level *to = &kn->levels[n];
    const level *longer = n < kn->order ? &kn->levels[n + 1] : NULL;
    const size_t most = kn->n_text + (longer ? longer->n_items : 0) + 1;

    to->items = malloc(most * sizeof *to->items);
    if (!to->items)
        return PINNA_NO_MEMORY;
    take_from_text(kn, n, !longer, to);
    for (size_t i = 0; longer && i < longer->n_items; i++)
        to->items[to->n_items++] = ngram_of(longer->items[i].words + 1, n);
    if (n == 1) { /* "<unk>", should the text not have it */
        to->items[to->n_items] = ngram_of(&(uint32_t){UNKNOWN}, 1);
        to->items[to->n_items++].count = 0;
    }
    merge(to);
    return PINNA_OK;
}

/* "<s>" is never predicted. */
static bool is_event(const ngram *of, size_t n)
{
    return n > 1 || of->words[0] != BEGIN;
}

/* Chen and Goodman's equation for D; false where a count is missing. */
static bool set_discounts(level *of, size_t n)
{
    double n_of[5] = {0}; /* n-grams of this count */

    for (size_t i = 0; i < of->n_items; i++)
        if (is_event(&of->items[i], n) && of->items[i].count < 5)
            n_of[of->items[i].count]++;
    const double y = n_of[1] / (n_of[1] + 2 * n_of[2]);
    bool good = true;
    of->discount[0] = 0;
    for (size_t k = 1; k <= 3; k++) {
        const double d =
            (double)k - (double)(k + 1) * y * n_of[k + 1] / n_of[k];
        of->discount[k] = d;
        good = good && n_of[k] > 0 && n_of[k + 1] > 0 && d >= 0;
    }
    for (size_t k = 1; !good && k <= 3; k++)
        of->discount[k] = 0.5 * (double)k;
    return good;
}

static double discount_of(const level *of, uint64_t c)
{
    return of->discount[c < 3 ? c : 3];
}

static ngram *find(const level *of, const uint32_t *words, size_t n)
{
    const ngram wanted = ngram_of(words, n);
    return bsearch(&wanted, of->items, of->n_items, sizeof wanted, by_words);
}

/* Probabilities of items [first, end), which have the same context, and the
 * weight of that. */
static double estimate_context(pinna_kneser_ney *kn, size_t n, size_t first,
                               size_t end)
{
    level *of = &kn->levels[n];
    double sum = 0, kept_back = 0;

    for (size_t i = first; i < end; i++)
        if (is_event(&of->items[i], n)) {
            sum += (double)of->items[i].count;
            kept_back += discount_of(of, of->items[i].count);
        }
    const double weight = kept_back / sum;
    for (size_t i = first; i < end; i++) {
        ngram *item = &of->items[i];
        const double below =
            n == 1 ? 1 / (double)(of->n_items - 1) /* without "<s>" */
                   : find(&kn->levels[n - 1], item->words + 1, n - 1)->p;
        item->p = ((double)item->count - discount_of(of, item->count)) / sum +
                  weight * below;
    }
    return weight;
}

static void estimate_level(pinna_kneser_ney *kn, size_t n)
{
    level *of = &kn->levels[n];

    for (size_t first = 0, end; first < of->n_items; first = end) {
        for (end = first + 1;
             end < of->n_items &&
             memcmp(of->items[end].words, of->items[first].words,
                    (n - 1) * sizeof *of->items->words) == 0;)
            end++;
        const double weight = estimate_context(kn, n, first, end);
        if (n > 1)
            find(&kn->levels[n - 1], of->items[first].words, n - 1)->weight =
                weight;
    }
}

pinna_status pinna_kneser_ney_estimate(pinna_kneser_ney *kn, size_t *n_guessed)
{
    *n_guessed = 0;
    if (kn->n_text < 2)
        return PINNA_BAD_ARG;
    kn->n_text--; /* the BEGIN of a sentence that never came */
    for (size_t n = kn->order; n > 0; n--) {
        const pinna_status status = count(kn, n);
        if (status)
            return status;
    }
    for (size_t n = 1; n <= kn->order; n++) {
        *n_guessed += !set_discounts(&kn->levels[n], n);
        estimate_level(kn, n);
    }
    return PINNA_OK;
}

size_t pinna_kneser_ney_count(const pinna_kneser_ney *kn, size_t n,
                              double *discounts)
{
    memcpy(discounts, kn->levels[n].discount + 1, 3 * sizeof *discounts);
    return kn->levels[n].n_items;
}

static void write_ngram(const pinna_kneser_ney *kn, const ngram *item, size_t n,
                        FILE *file)
{
    /* "<s>" has no probability: -99 stands for none. */
    fprintf(file, "%.7g", is_event(item, n) ? log10(item->p) : -99);
    for (size_t i = 0; i < n; i++)
        fprintf(file, "%c%s", i > 0 ? ' ' : '\t',
                pinna_word_table_text(&kn->table, item->words[i]));
    if (item->weight > 0 && n < kn->order)
        fprintf(file, "\t%.7g", log10(item->weight));
    fputc('\n', file);
}

void pinna_kneser_ney_write(const pinna_kneser_ney *kn, FILE *file)
{
    fputs("\\data\\\n", file);
    for (size_t n = 1; n <= kn->order; n++)
        fprintf(file, "ngram %zu=%zu\n", n, kn->levels[n].n_items);
    for (size_t n = 1; n <= kn->order; n++) {
        fprintf(file, "\n\\%zu-grams:\n", n);
        for (size_t i = 0; i < kn->levels[n].n_items; i++)
            write_ngram(kn, &kn->levels[n].items[i], n, file);
    }
    fputs("\n\\end\\\n", file);
}
