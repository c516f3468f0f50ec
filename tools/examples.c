#include "tools/examples.h"

#include "datasets/corpus.h"
#include "datasets/table.h"
#include "dsp/cmvn.h"
#include "dsp/features.h"
#include "tools/fingerprint.h"
#include "tools/interrupt.h"
#include "tools/sound_list.h"

#include <stdlib.h>
#include <string.h>

static pinna_status no_memory(const char *path, pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
}

/* Room for one more, zeroed; NULL without memory. */
static pinna_example *new_example(pinna_examples *examples)
{
    if (examples->n_items == examples->room) {
        const size_t room = 2 * examples->room + 64;
        pinna_example *items = realloc(examples->items, room * sizeof *items);
        if (!items)
            return NULL;
        examples->items = items;
        examples->room = room;
    }
    pinna_example *example = &examples->items[examples->n_items++];
    *example = (pinna_example){0};
    return example;
}

/* Is the first row names? No number is one, and neither is what another row
 * answers. Where answers recur, as classes do, that is enough; where each is
 * another, a name is told by a character that none of them has. */
static bool has_names(const pinna_table *table, size_t answer)
{
    const char *first = pinna_table_field(table, 0, answer);
    bool recur = false, seen[256] = {false};

    if (table->n_rows < 2 || !pinna_table_looks_named(table))
        return false;
    for (size_t row = 1; row < table->n_rows; row++) {
        const char *other = pinna_table_field(table, row, answer);
        if (strcmp(other, first) == 0)
            return false;
        if (row > 1 && strcmp(other, pinna_table_field(table, 1, answer)) == 0)
            recur = true;
        for (const char *c = other; *c; c++)
            seen[(unsigned char)*c] = true;
    }
    while (*first && seen[(unsigned char)*first])
        first++;
    return recur || *first;
}

/* The name of a column, unless another one has it, too. */
static pinna_status keep_name(pinna_table *table, size_t column, char **name,
                              pinna_error *error)
{
    size_t found;

    if (*name || !table->names ||
        pinna_table_column(table, table->names[column], &found, NULL) ||
        found != column)
        return PINNA_OK;
    *name = strdup(table->names[column]);
    return *name ? PINNA_OK : no_memory(table->path, error);
}

static pinna_status find_columns(pinna_table *table,
                                 const pinna_example_columns *columns,
                                 size_t *text, size_t *answer,
                                 pinna_examples *examples, pinna_error *error)
{
    pinna_status status = pinna_table_column(table, columns->text, text, error);
    if (!status)
        status = pinna_table_column(table, columns->answer, answer, error);
    if (status)
        return status;
    if (!table->names && !columns->all_data && has_names(table, *answer))
        pinna_table_take_names(table);
    status = keep_name(table, *text, &examples->text_name, error);
    return status ? status
                  : keep_name(table, *answer, &examples->answer_name, error);
}

static pinna_status add_table(const char *path,
                              const pinna_example_columns *columns,
                              pinna_examples *examples, pinna_error *error)
{
    pinna_table table;
    size_t text = 0, answer = 0;

    pinna_status status = pinna_table_read(path, &table, error);
    if (!status)
        status = find_columns(&table, columns, &text, &answer, examples, error);
    for (size_t row = 0; !status && row < table.n_rows; row++) {
        pinna_example *example = new_example(examples);
        if (example) {
            example->text = strdup(pinna_table_field(&table, row, text));
            example->answer = strdup(pinna_table_field(&table, row, answer));
        }
        if (!example || !example->text || !example->answer)
            status = no_memory(path, error);
    }
    examples->has_texts = true;
    pinna_table_free(&table);
    return status;
}

/* Features, `stack` frames side by side every `stride`. */
static pinna_status take_frames(pinna_features *features,
                                const pinna_ctc_ear *ear,
                                const pinna_clip *clip, pinna_example *example)
{
    const size_t n_features = pinna_features_n_out(features);
    float *samples = malloc((clip->n + 1) * sizeof *samples), *frames = NULL;
    size_t n_frames = 0;

    pinna_status status = PINNA_NO_MEMORY;
    if (samples) {
        pinna_clip_to_float(clip, samples);
        status =
            pinna_features_all(features, samples, clip->n, &frames, &n_frames);
    }
    free(samples);
    if (status)
        return status;
    if (n_frames < ear->stack) {
        free(frames);
        return PINNA_BAD_ARG;
    }
    const size_t width = ear->stack * n_features;
    example->n = 1 + (n_frames - ear->stack) / ear->stride;
    example->frames = malloc(example->n * width * sizeof *example->frames);
    for (size_t t = 0; example->frames && t < example->n; t++)
        memcpy(example->frames + t * width,
               frames + t * ear->stride * n_features, width * sizeof(float));
    free(frames);
    return example->frames ? PINNA_OK : PINNA_NO_MEMORY;
}

static pinna_status add_clip(const char *path, size_t number,
                             pinna_features *features, const pinna_ctc_ear *ear,
                             const pinna_clip *clip, pinna_examples *examples,
                             pinna_error *error)
{
    const char *answer = clip->label ? clip->label : clip->text;

    if (!answer)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: recording %zu has neither label nor text", path,
                          number);
    pinna_example *example = new_example(examples);
    if (!example || !(example->answer = strdup(answer)))
        return no_memory(path, error);
    const pinna_status status = take_frames(features, ear, clip, example);
    if (status == PINNA_BAD_ARG)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: recording %zu is too short", path, number);
    return status ? no_memory(path, error) : PINNA_OK;
}

static int stop(void *user, size_t done, size_t total)
{
    (void)user;
    (void)done;
    (void)total;
    return pinna_interrupted();
}

static pinna_status add_manifest(const char *path, const pinna_ctc_ear *ear,
                                 pinna_examples *examples, pinna_error *error)
{
    pinna_corpus corpus = {0};
    pinna_features *features = NULL;

    pinna_status status = pinna_features_new(&ear->fbank, &features, error);
    if (!status)
        status = pinna_corpus_add(
            &corpus, path, (unsigned)ear->fbank.sample_rate, stop, NULL, error);
    if (!status)
        examples->width = ear->stack * pinna_features_n_out(features);
    for (size_t i = 0; !status && i < corpus.n_clips; i++)
        status = add_clip(path, i + 1, features, ear, &corpus.clips[i],
                          examples, error);
    examples->has_frames = true;
    pinna_features_free(features);
    pinna_corpus_free(&corpus);
    return status;
}

pinna_status pinna_examples_add(const char *path,
                                const pinna_example_columns *columns,
                                const pinna_ctc_ear *ear,
                                pinna_examples *examples, pinna_error *error)
{
    /* A table has texts as examples here, not recordings. */
    const bool is_manifest =
        pinna_is_manifest_name(path) && !pinna_is_table_name(path);

    if (is_manifest ? examples->has_texts : examples->has_frames)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: texts and recordings do not go together", path);
    return is_manifest ? add_manifest(path, ear, examples, error)
                       : add_table(path, columns, examples, error);
}

pinna_status pinna_examples_read(const pinna_list *files,
                                 const pinna_example_columns *columns,
                                 const pinna_ctc_ear *ear,
                                 pinna_examples *examples, pinna_error *error)
{
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < files->n_items; i++)
        status =
            pinna_examples_add(files->items[i], columns, ear, examples, error);
    return status;
}

void pinna_examples_free(pinna_examples *examples)
{
    if (!examples)
        return;
    for (size_t i = 0; i < examples->n_items; i++) {
        free(examples->items[i].text);
        free(examples->items[i].answer);
        free(examples->items[i].ids);
        free(examples->items[i].frames);
    }
    free(examples->items);
    free(examples->text_name);
    free(examples->answer_name);
    *examples = (pinna_examples){0};
}

pinna_status pinna_examples_number(pinna_examples *examples,
                                   const pinna_vocabulary *vocabulary)
{
    for (size_t i = 0; i < examples->n_items; i++) {
        pinna_example *example = &examples->items[i];
        const size_t room = strlen(example->text) + 1;
        example->ids = calloc(room, sizeof *example->ids);
        if (!example->ids)
            return PINNA_NO_MEMORY;
        example->n = pinna_vocabulary_encode(vocabulary, example->text,
                                             example->ids, room);
        example->n += example->n == 0;
    }
    return PINNA_OK;
}

void pinna_examples_normalise(pinna_examples *examples, const float *offset,
                              const float *scale)
{
    for (size_t i = 0; i < examples->n_items; i++)
        pinna_cmvn_apply(offset, scale, examples->width,
                         examples->items[i].frames, examples->items[i].n);
}

pinna_status pinna_examples_statistics(const pinna_examples *examples,
                                       float **offset, float **scale)
{
    pinna_cmvn_stats stats;
    pinna_status status = pinna_cmvn_stats_new(examples->width, &stats);
    if (status)
        return status;

    *offset = malloc(examples->width * sizeof **offset);
    *scale = malloc(examples->width * sizeof **scale);
    for (size_t i = 0; i < examples->n_items; i++)
        pinna_cmvn_stats_add(&stats, examples->items[i].frames,
                             examples->items[i].n);
    if (*offset && *scale)
        pinna_cmvn_solve(&stats, true, *offset, *scale);
    else
        status = PINNA_NO_MEMORY;
    pinna_cmvn_stats_free(&stats);
    return status;
}

uint64_t pinna_examples_hash(const pinna_examples *examples)
{
    uint64_t hash = PINNA_FINGERPRINT_NONE;

    for (size_t i = 0; i < examples->n_items; i++) {
        const pinna_example *e = &examples->items[i];
        hash = pinna_fingerprint_text(hash, e->text ? e->text : "");
        hash = pinna_fingerprint_text(hash, e->answer);
        hash = pinna_fingerprint(hash, &e->n, sizeof e->n);
        hash =
            pinna_fingerprint(hash, e->ids, e->ids ? e->n * sizeof *e->ids : 0);
        hash = pinna_fingerprint(
            hash, e->frames,
            e->frames ? e->n * examples->width * sizeof *e->frames : 0);
    }
    return hash;
}

size_t pinna_examples_longest(const pinna_examples *examples)
{
    size_t longest = 1;

    for (size_t i = 0; i < examples->n_items; i++)
        longest =
            examples->items[i].n > longest ? examples->items[i].n : longest;
    return longest;
}
