#include "tools/training_note.h"

#include "small_models.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

/* Options of every kind. */
static bool flag = true, of_one_call = true;
static const char *words, *statement, *nothing;
static double number = 0.1;
static size_t count = 1000;
static uint64_t seed = 12;
static const char *items[] = {"a.jsonl", "b \"c\".jsonl"};
static pinna_list list = {items, 2}, empty;

static const pinna_option options[] = {
    {"flag", .flag = &flag},
    {"once", .flag = &of_one_call, .once = true},
    {"words", .text = &words},
    {"statement", .text = &statement},
    {"nothing", .text = &nothing},
    {"rate", .number = &number, .low = 0, .high = 1},
    {"steps", .count = &count, .low = 0, .high = 2000},
    {"seed", .seed = &seed},
    {"train", .list = &list},
    {"val", .list = &empty},
};
enum { N_OPTIONS = sizeof options / sizeof *options };

static void set_note(pinna_model *model)
{
    pinna_error error = {{0}};
    if (pinna_training_note(model, "train ctc", options, N_OPTIONS, &error))
        fail_msg("%s", error.text);
}

static void test_the_note_tells_the_options(void **state)
{
    (void)state;
    pinna_model *model = new_denoise_model();

    words = "one two";
    statement = "CC0";
    set_note(model);
    assert_string_equal(
        model->training,
        "{\"command\": \"train ctc\", \"options\": {\"flag\": true, "
        "\"words\": \"one two\", \"statement\": \"CC0\", \"rate\": 0.1, "
        "\"steps\": 1000, \"seed\": 12, "
        "\"train\": [\"a.jsonl\", \"b \\\"c\\\".jsonl\"]}}");
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
    pinna_error error = {{0}};

    for (size_t i = 0; i < 5; i++) {
        statement = statements[i];
        set_note(model);
        if (pinna_model_write(path, model, &error))
            fail_msg("%s", error.text);
    }
    for (size_t i = 0; i < 4; i++) {
        seed = seeds[i];
        set_note(model);
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
    const pinna_status status = pinna_training_note(model_at_hand, "train ctc",
                                                    options, N_OPTIONS, NULL);
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
