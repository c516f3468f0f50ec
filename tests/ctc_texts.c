#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctc_texts.h"

static double probability(const float *logits, size_t V, int token)
{
    double sum = 0;
    for (size_t v = 0; v < V; v++)
        sum += exp((double)logits[v]);
    return exp((double)logits[token]) / sum;
}

static void add_path(ctc_texts *all, const ctc_text *made)
{
    size_t i = 0;
    while (i < all->n && (all->items[i].n != made->n ||
                          memcmp(all->items[i].tokens, made->tokens,
                                 made->n * sizeof *made->tokens) != 0))
        i++;
    if (i == all->n) {
        assert_true(all->n < MAX_TEXTS);
        all->items[all->n] = *made;
        all->items[all->n++].p = 0;
    }
    all->items[i].p += made->p;
}

static int by_p(const void *a, const void *b)
{
    const double p = ((const ctc_text *)a)->p, q = ((const ctc_text *)b)->p;
    return (p < q) - (p > q);
}

ctc_texts *enumerate_texts(const float *logits, size_t T, size_t V, int blank)
{
    ctc_texts *all = calloc(1, sizeof *all);
    size_t n_paths = 1;
    for (size_t t = 0; t < T; t++)
        n_paths *= V;
    for (size_t path = 0; path < n_paths; path++) {
        ctc_text made = {.p = 1};
        int before = blank;
        size_t rest = path;
        for (size_t t = 0; t < T; t++, rest /= V) {
            const int token = (int)(rest % V);
            made.p *= probability(logits + t * V, V, token);
            if (token != blank && token != before)
                made.tokens[made.n++] = token;
            before = token;
        }
        add_path(all, &made);
    }
    qsort(all->items, all->n, sizeof *all->items, by_p);
    return all;
}
