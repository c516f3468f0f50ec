#include "tools/ctc_data.h"

#include "tools/ctc_clip_check.h"
#include "tools/data_check.h"
#include "tools/interrupt.h"
#include "tools/progress.h"

/* Of --max-seconds: what a recording may last, so that it fits when it is
 * played slowly and lies between pauses. */
#define LONGEST_SHARE 0.65

static int load_progress(void *user, size_t done, size_t total)
{
    pinna_progress_update(user, (double)done, (double)total, "reading");
    return pinna_interrupted();
}

static pinna_status load_list(const pinna_ctc_sources *s,
                              const pinna_list *manifests, pinna_corpus *corpus,
                              pinna_error *error)
{
    pinna_progress progress;
    pinna_status status = PINNA_OK;

    pinna_progress_start(&progress, "train", s->quiet);
    for (size_t i = 0; !status && i < manifests->n_items; i++)
        status = pinna_corpus_add(corpus, manifests->items[i],
                                  (unsigned)s->sample_rate, load_progress,
                                  &progress, error);
    pinna_progress_end(&progress);
    return status;
}

/* Leave out recordings that would be too long at the slowest speed, with some
 * room for pauses: at least one must stay. */
static pinna_status keep_short(const pinna_ctc_sources *s, const char *manifest,
                               pinna_corpus *corpus, pinna_error *error)
{
    const double longest_s = LONGEST_SHARE * s->max_seconds;
    const size_t n = corpus->n_clips;
    const size_t n_kept = pinna_corpus_keep_short(corpus, longest_s);

    if (n_kept == 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: every recording is longer than %.1f s, which "
                          "is what --max-seconds %g allows",
                          manifest, longest_s, s->max_seconds);
    if (n_kept < n && !s->quiet)
        pinna_message("%s: %zu of %zu recordings are longer than %.1f s and "
                      "left out (--max-seconds)",
                      manifest, n - n_kept, n, longest_s);
    return PINNA_OK;
}

/* One recording for the model, in a manifest. */
typedef struct judge {
    const pinna_ctc_ear *ear;
    const pinna_labels *labels;
    double longest_s;
    bool quiet;
    pinna_status status; /* of the first that cannot be left out */
    pinna_error error;
} judge;

/* A text that does not fit is told and left out; one that is missing or cannot
 * be spelled ends the training. */
static bool can_be_learned(void *user, const pinna_clip *clip)
{
    judge *j = user;
    pinna_error cause;

    const pinna_status status =
        pinna_ctc_clip_check(j->ear, j->labels, clip, &cause);
    if (status == PINNA_BAD_ARG && !j->quiet)
        pinna_message("%s: %s: left out", clip->place, cause.text);
    if (status && status != PINNA_BAD_ARG && !j->status)
        j->status =
            pinna_fail(&j->error, status, "%s: %s", clip->place, cause.text);
    return status != PINNA_BAD_ARG;
}

static pinna_status keep_learnable(const pinna_ctc_sources *s,
                                   const pinna_ctc_ear *ear,
                                   const pinna_labels *labels,
                                   pinna_ctc_data *data, pinna_error *error)
{
    for (size_t i = 0; i < s->training.n_items; i++) {
        judge j = {.ear = ear, .labels = labels, .quiet = s->quiet};
        const size_t n_kept =
            pinna_corpus_keep(&data->training[i], can_be_learned, &j);
        if (j.status) {
            *error = j.error;
            return j.status;
        }
        if (n_kept == 0)
            return pinna_fail(error, PINNA_BAD_ARG, "%s: nothing is left of it",
                              s->training.items[i]);
        for (size_t k = 0; k < n_kept; k++) {
            pinna_clip *clip = &data->training[i].clips[k];
            clip->least_s = pinna_ctc_clip_least_s(ear, labels, clip);
        }
    }
    return PINNA_OK;
}

pinna_status pinna_ctc_data_load(const pinna_ctc_sources *s,
                                 const pinna_ctc_ear *ear,
                                 const pinna_labels *labels,
                                 pinna_ctc_data *data, pinna_error *error)
{
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < s->training.n_items; i++) {
        const pinna_list one = {.items = &s->training.items[i], .n_items = 1};
        status = load_list(s, &one, &data->training[i], error);
        if (!status)
            status =
                keep_short(s, s->training.items[i], &data->training[i], error);
    }
    if (!status)
        status = load_list(s, &s->validation, &data->validation, error);
    if (!status && s->validation.n_items > 0 &&
        pinna_corpus_keep_short(&data->validation, s->max_seconds) == 0)
        status = pinna_fail(error, PINNA_BAD_ARG,
                            "%s: nothing to validate on: every recording is "
                            "longer than --max-seconds %g",
                            s->validation.items[0], s->max_seconds);
    if (!status)
        status = load_list(s, &s->noise, &data->noise, error);
    if (!status)
        status = load_list(s, &s->rooms, &data->rooms, error);
    if (!status)
        status = keep_learnable(s, ear, labels, data, error);
    return status;
}

void pinna_ctc_data_free(pinna_ctc_data *data)
{
    for (size_t i = 0; i < PINNA_CTC_MAX_MANIFESTS; i++)
        pinna_corpus_free(&data->training[i]);
    pinna_corpus_free(&data->validation);
    pinna_corpus_free(&data->noise);
    pinna_corpus_free(&data->rooms);
}

static pinna_status judge_training(void *user, const pinna_clip *clip,
                                   pinna_error *error)
{
    const judge *j = user;
    if ((double)clip->n > j->longest_s * clip->sample_rate)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "it is longer than %.1f s (--max-seconds)",
                          j->longest_s);
    return pinna_ctc_clip_check(j->ear, j->labels, clip, error);
}

static pinna_status judge_validation(void *user, const pinna_clip *clip,
                                     pinna_error *error)
{
    const judge *j = user;
    return pinna_ctc_clip_check(j->ear, j->labels, clip, error);
}

pinna_status pinna_ctc_data_check(const pinna_ctc_sources *s,
                                  const pinna_ctc_ear *ear,
                                  const pinna_labels *labels, int *code,
                                  pinna_error *error)
{
    const unsigned rate = (unsigned)s->sample_rate;
    judge j = {.ear = ear,
               .labels = labels,
               .longest_s = LONGEST_SHARE * s->max_seconds};
    const struct {
        const pinna_list *list;
        pinna_data_role role;
    } parts[] = {
        {&s->training, {"training", rate, true, false, judge_training, &j}},
        {&s->validation,
         {"validation", rate, false, true, judge_validation, &j}},
        {&s->noise, {"noise", rate, false, false, NULL, NULL}},
        {&s->rooms, {"rooms", rate, false, false, NULL, NULL}},
    };
    pinna_data_check *check = pinna_data_check_new("train ctc", s->quiet);
    pinna_status status = check ? PINNA_OK : PINNA_NO_MEMORY;

    for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
        status = pinna_data_check_add(check, parts[i].list, &parts[i].role);
    if (status)
        pinna_fail(error, status, "%s", pinna_strerror(status));
    else
        *code = pinna_data_check_end(check);
    pinna_data_check_free(check);
    return status;
}
