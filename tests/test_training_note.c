#include "tools/training_note.h"

#include "small_models.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

static const pinna_train_options options = {
    .n_steps = 1000,
    .batch_size = 32,
    .n_threads = 2,
    .learning_rate = 0.0005,
    .warmup_steps = 10,
    .clip = 1,
    .ema = 0.999,
    .weight_decay = 1e-4,
    .seed = 12,
};

static void set_note(pinna_model *model, const pinna_train_options *o,
                     const char *statement)
{
    pinna_error error = {{0}};
    if (pinna_training_note(model, o, statement, &error))
        fail_msg("%s", error.text);
}

static void test_the_note_tells_the_options(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "\"steps\": 1000",       "\"batch\": 32",  "\"learning_rate\": 0.0005",
        "\"threads\": 2",        "\"warmup\": 10", "\"seed\": 12",
        "\"statement\": \"CC0\""};
    pinna_model *model = new_denoise_model();

    set_note(model, &options, "CC0");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(model->training, parts[i]))
            fail_msg("no %s in %s", parts[i], model->training);
    assert_null(strchr(model->training, '\n'));
    pinna_model_free(model);
}

/* Whatever the user gives, the model can be written, and not only after hours
 * of training. */
static void test_a_model_with_the_note_can_be_written(void **state)
{
    (void)state;
    static const char *const statements[] = {NULL, "",
                                             "two\nlines, \"quoted\" and \\",
                                             "caf\xc3\xa9", "no \xff UTF-8"};
    static const uint64_t seeds[] = {0, INT64_MAX, (uint64_t)INT64_MAX + 1,
                                     UINT64_MAX};
    const char *path = support_temp("note.safetensors");
    pinna_model *model = new_denoise_model();
    pinna_train_options o = options;
    pinna_error error = {{0}};

    for (size_t i = 0; i < 5; i++) {
        set_note(model, &o, statements[i]);
        if (pinna_model_write(path, model, &error))
            fail_msg("%s", error.text);
    }
    for (size_t i = 0; i < 4; i++) {
        o.seed = seeds[i];
        set_note(model, &o, "x");
        if (pinna_model_write(path, model, &error))
            fail_msg("%s", error.text);
    }
    pinna_model_free(model);
}

static pinna_model *model_at_hand;

static pinna_status make(void)
{
    free(model_at_hand->training);
    model_at_hand->training = NULL;
    const pinna_status status =
        pinna_training_note(model_at_hand, &options, "x", NULL);
    free(model_at_hand->training);
    model_at_hand->training = NULL;
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    model_at_hand = new_denoise_model();
    support_survives_no_memory(make);
    pinna_model_free(model_at_hand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_note_tells_the_options),
        cmocka_unit_test(test_a_model_with_the_note_can_be_written),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("training_note", tests, NULL, NULL);
}
