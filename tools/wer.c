#include "tools/wer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char spaces[] = " \t\r\n\v\f";

pinna_status pinna_words_split(const char *text, pinna_words *words)
{
    *words = (pinna_words){0};
    words->text = strdup(text ? text : "");
    /* At most every second byte starts a word. */
    words->items =
        words->text ? calloc(strlen(words->text) / 2 + 1, sizeof *words->items)
                    : NULL;
    if (!words->items) {
        pinna_words_free(words);
        return PINNA_NO_MEMORY;
    }

    char *at = words->text + strspn(words->text, spaces);
    while (*at) {
        words->items[words->n_items++] = at;
        for (; *at && !strchr(spaces, *at); at++)
            if (*at >= 'A' && *at <= 'Z')
                *at = (char)(*at - 'A' + 'a');
        if (*at)
            *at++ = '\0';
        at += strspn(at, spaces);
    }
    return PINNA_OK;
}

void pinna_words_free(pinna_words *words)
{
    free(words->text);
    free(words->items);
    *words = (pinna_words){0};
}

pinna_status pinna_words_split_characters(const char *text, pinna_words *words)
{
    const size_t n = text ? strlen(text) : 0;

    /* Each with a '\0' behind it. */
    *words = (pinna_words){.text = malloc(2 * n + 1),
                           .items = calloc(n + 1, sizeof *words->items)};
    if (!words->text || !words->items) {
        pinna_words_free(words);
        return PINNA_NO_MEMORY;
    }
    char *to = words->text;
    for (size_t i = 0; i < n;) {
        if (strchr(spaces, text[i])) {
            i++;
            continue;
        }
        words->items[words->n_items++] = to;
        do
            *to++ = text[i] >= 'A' && text[i] <= 'Z'
                        ? (char)(text[i] - 'A' + 'a')
                        : text[i];
        while (((unsigned char)text[++i] & 0xC0) == 0x80);
        *to++ = '\0';
    }
    return PINNA_OK;
}

const pinna_edit_costs pinna_fewest_errors = {1, 1}, pinna_nist_costs = {4, 3};

static bool same_word(const pinna_words *reference, size_t r,
                      const pinna_words *hypothesis, size_t h)
{
    return strcmp(reference->items[r], hypothesis->items[h]) == 0;
}

/* distance [(R + 1), (H + 1)]: least cost between the first r words and the
 * first h words. */
static void fill_distance(const pinna_words *reference,
                          const pinna_words *hypothesis,
                          const pinna_edit_costs *costs, size_t *distance)
{
    const size_t width = hypothesis->n_items + 1;

    for (size_t h = 0; h < width; h++)
        distance[h] = h * costs->other;
    for (size_t r = 1; r <= reference->n_items; r++) {
        const size_t *above = distance + (r - 1) * width;
        size_t *row = distance + r * width;
        row[0] = r * costs->other;
        for (size_t h = 1; h < width; h++) {
            size_t best =
                above[h - 1] + (same_word(reference, r - 1, hypothesis, h - 1)
                                    ? 0
                                    : costs->substitute);
            if (above[h] + costs->other < best)
                best = above[h] + costs->other;
            if (row[h - 1] + costs->other < best)
                best = row[h - 1] + costs->other;
            row[h] = best;
        }
    }
}

pinna_status pinna_align_words(const pinna_words *reference,
                               const pinna_words *hypothesis,
                               const pinna_edit_costs *costs, pinna_edit *edits,
                               size_t *n_edits)
{
    const size_t width = hypothesis->n_items + 1;
    size_t r = reference->n_items, h = hypothesis->n_items, n = 0;
    size_t *distance = calloc((r + 1) * width, sizeof *distance);

    if (!distance)
        return PINNA_NO_MEMORY;
    fill_distance(reference, hypothesis, costs, distance);

    /* Back from the end, pairs first. */
    while (r > 0 || h > 0) {
        const size_t here = distance[r * width + h];
        if (r > 0 && h > 0) {
            const bool same = same_word(reference, r - 1, hypothesis, h - 1);
            if (distance[(r - 1) * width + h - 1] +
                    (same ? 0 : costs->substitute) ==
                here) {
                edits[n++] = same ? PINNA_EDIT_CORRECT : PINNA_EDIT_SUBSTITUTE;
                r--;
                h--;
                continue;
            }
        }
        if (r > 0 && distance[(r - 1) * width + h] + costs->other == here) {
            edits[n++] = PINNA_EDIT_DELETE;
            r--;
        } else {
            edits[n++] = PINNA_EDIT_INSERT;
            h--;
        }
    }
    for (size_t i = 0; i < n / 2; i++) {
        const pinna_edit edit = edits[i];
        edits[i] = edits[n - 1 - i];
        edits[n - 1 - i] = edit;
    }
    *n_edits = n;
    free(distance);
    return PINNA_OK;
}

void pinna_wer_count(pinna_wer *wer, const pinna_edit *edits, size_t n)
{
    size_t counts[4] = {0};

    for (size_t i = 0; i < n; i++)
        counts[edits[i]]++;
    wer->n_utterances++;
    wer->n_correct += counts[PINNA_EDIT_CORRECT];
    wer->n_substituted += counts[PINNA_EDIT_SUBSTITUTE];
    wer->n_inserted += counts[PINNA_EDIT_INSERT];
    wer->n_deleted += counts[PINNA_EDIT_DELETE];
    wer->n_words += n - counts[PINNA_EDIT_INSERT];
    wer->n_exact += counts[PINNA_EDIT_CORRECT] == n;
}

void pinna_wer_sum(pinna_wer *wer, const pinna_wer *others)
{
    wer->n_utterances += others->n_utterances;
    wer->n_exact += others->n_exact;
    wer->n_words += others->n_words;
    wer->n_correct += others->n_correct;
    wer->n_substituted += others->n_substituted;
    wer->n_inserted += others->n_inserted;
    wer->n_deleted += others->n_deleted;
}

size_t pinna_wer_errors(const pinna_wer *wer)
{
    return wer->n_substituted + wer->n_inserted + wer->n_deleted;
}

static pinna_status
add_split(pinna_wer *wer, const char *reference, const char *hypothesis,
          pinna_status (*split)(const char *text, pinna_words *words))
{
    pinna_words ref = {0}, hyp = {0};
    pinna_edit *edits = NULL;
    size_t n_edits = 0;

    pinna_status status = split(reference, &ref);
    if (!status)
        status = split(hypothesis, &hyp);
    if (!status) {
        edits = calloc(ref.n_items + hyp.n_items + 1, sizeof *edits);
        status = edits ? pinna_align_words(&ref, &hyp, &pinna_fewest_errors,
                                           edits, &n_edits)
                       : PINNA_NO_MEMORY;
    }
    if (!status)
        pinna_wer_count(wer, edits, n_edits);
    free(edits);
    pinna_words_free(&hyp);
    pinna_words_free(&ref);
    return status;
}

pinna_status pinna_wer_add(pinna_wer *wer, const char *reference,
                           const char *hypothesis, bool *exact)
{
    const size_t n_exact = wer->n_exact;

    const pinna_status status =
        add_split(wer, reference, hypothesis, pinna_words_split);
    if (!status && exact)
        *exact = wer->n_exact > n_exact;
    return status;
}

pinna_status pinna_wer_add_characters(pinna_wer *cer, const char *reference,
                                      const char *hypothesis)
{
    return add_split(cer, reference, hypothesis, pinna_words_split_characters);
}

double pinna_wer_rate(const pinna_wer *wer)
{
    const size_t n_errors = pinna_wer_errors(wer);

    if (wer->n_words == 0)
        return n_errors == 0 ? 0 : INFINITY;
    return (double)n_errors / (double)wer->n_words;
}
