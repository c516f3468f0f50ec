#include "tools/same_run.h"

#include "small_models.h"
#include "socket_ranks.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

/* What rank 1 does otherwise; each in a run of its own. */
typedef enum change {
    NOTHING,
    COMMAND,
    SEED,
    RATE,
    NAME,
    LIST,
    FLAG,
    ONCE,
    WEIGHT,
    NORM,
    SAMPLE,
    TEXT,
    NO_TEXT,
    CLIPS,
    NOISE,
    HASH,
    N_CHANGES
} change;

static const char *const answers[N_CHANGES] = {
    [COMMAND] = "task",
    [SEED] = "--seed",
    [RATE] = "--lr",
    [NAME] = "--cell",
    [LIST] = "--train",
    [FLAG] = "--plain",
    [NORM] = "initial model",
    [WEIGHT] = "initial model",
    [SAMPLE] = "training recordings",
    [TEXT] = "training recordings",
    [NO_TEXT] = "training recordings",
    [CLIPS] = "training recordings",
    [NOISE] = "noise",
    [HASH] = "table",
};

static bool compare(pinna_ranks *ranks, size_t rank, void *user)
{
    const change c = rank == 1 ? *(const change *)user : NOTHING;
    bool plain = c == FLAG, quiet = c == ONCE;
    const char *cell = c == NAME ? "lstm" : "gru";
    double rate = c == RATE ? 0.1 : 0.2;
    uint64_t seed = c == SEED ? 2 : 1;
    const char *items[] = {"a.jsonl", c == LIST ? "c.jsonl" : "b.jsonl"};
    pinna_list list = {items, 2};
    const pinna_option options[] = {
        {.name = "train", .list = &list},
        {.name = "cell", .text = &cell},
        {.name = "lr", .number = &rate},
        {.name = "seed", .seed = &seed},
        {.name = "plain", .flag = &plain},
        {.name = "quiet", .flag = &quiet, .once = true},
    };
    int16_t samples[] = {1, 2, c == SAMPLE ? 4 : 3};
    char text[] = "one", other[] = "two";
    pinna_clip clips[] = {
        {.samples = samples, .n = 3, .sample_rate = 8000, .text = text},
        {.samples = samples,
         .n = 2,
         .sample_rate = 8000,
         .text = c == NO_TEXT ? NULL
                 : c == TEXT  ? other
                              : text},
    };
    const pinna_corpus training = {clips, c == CLIPS ? 1 : 2},
                       noise = {clips, c == NOISE ? 1 : 0};
    const pinna_named_data data[] = {
        {"training recordings", &training, 1, 0},
        {"noise", &noise, 1, 0},
        {.name = "table", .hash = c == HASH ? 6 : 5},
    };
    pinna_model *model = new_denoise_model();
    pinna_error error = {""};
    char want[128] = "";

    if (c == WEIGHT)
        model->network.params.values[7] += 0.5f;
    if (c == NORM)
        model->offset[1] += 0.5f;
    const char *answer = answers[*(const change *)user];
    if (answer)
        snprintf(want, sizeof want, "rank 1 (host1): other %s than on rank 0",
                 answer);
    const pinna_status status = pinna_same_run(
        ranks, c == COMMAND ? "train denoise" : "train ctc", options,
        sizeof options / sizeof *options, model, data, 3, &error);
    pinna_model_free(model);
    pinna_ranks_leave(ranks, status, &error);
    return status == (answer ? PINNA_BAD_ARG : PINNA_OK) &&
           strcmp(error.text, want) == 0;
}

static void test_each_difference_is_named(void **state)
{
    (void)state;
    const size_t n_threads[] = {1, 1, 1};
    for (change c = NOTHING; c < N_CHANGES; c++)
        if (!run_ranks(3, n_threads, compare, &c))
            fail_msg("change %d", (int)c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_difference_is_named),
    };
    return cmocka_run_group_tests_name("same_run", tests, NULL, NULL);
}
