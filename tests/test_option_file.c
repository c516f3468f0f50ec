#include "tools/option_file.h"

#include "small_models.h"
#include "support.h"
#include "tools/command.h"
#include "tools/training_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const pinna_usage usage = {"train ctc", "", "", ""};

/* Options of every kind, and where they go. */
typedef struct values {
    const char *config, *words;
    double rate;
    size_t steps;
    uint64_t seed;
    bool nesterov, quiet;
    pinna_list train, val;
    pinna_option_file file;
} values;

enum { MAX_N = 9 };

static size_t options_of(values *v, pinna_option *options)
{
    const pinna_option all[] = {
        {"config", .value = "FILE", .text = &v->config, .once = true},
        {"words", .value = "W", .text = &v->words},
        {"rate", .value = "X", .number = &v->rate, .low = 0, .high = 1},
        {"steps", .value = "N", .count = &v->steps, .low = 1, .high = 1e6},
        {"seed", .value = "N", .seed = &v->seed},
        {"nesterov", .flag = &v->nesterov},
        {"quiet", 'q', .flag = &v->quiet, .once = true},
        {"train", .value = "M", .list = &v->train},
        {"val", .value = "M", .list = &v->val},
    };
    memcpy(options, all, sizeof all);
    return sizeof all / sizeof *all;
}

static values new_values(void)
{
    return (values){.rate = 0.5, .steps = 7, .seed = 1};
}

static void free_values(values *v)
{
    pinna_list_free(&v->train);
    pinna_list_free(&v->val);
    pinna_option_file_free(&v->file);
}

/* words: the command line, at most 15 of them, NULL behind the last. */
static int parse(values *v, const char *const *words)
{
    char *argv[16] = {(char *)"ctc"};
    pinna_option options[MAX_N];
    int argc = 1;

    const size_t n = options_of(v, options);
    for (; *words; words++)
        argv[argc++] = (char *)*words;
    return pinna_option_file_parse(&usage, options, n, argc, argv, &v->config,
                                   &v->file);
}

#define PARSE(v, ...) parse((v), (const char *const[]){__VA_ARGS__, NULL})

static const char *config_of(const char *text)
{
    const char *path = support_temp("config.json");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static void test_a_file_sets_options(void **state)
{
    (void)state;
    values v = new_values();
    const char *path = config_of(
        "{\"words\": \"one two\", \"rate\": 0.1, \"steps\": 12,\n"
        " \"seed\": \"18446744073709551615\", \"nesterov\": true,\n"
        " \"quiet\": true, \"train\": [\"a\", \"b\"], \"val\": \"c\"}");

    assert_int_equal(PARSE(&v, "--config", path), -1);
    assert_string_equal(v.words, "one two");
    assert_close(v.rate, 0.1, 0);
    assert_int_equal(v.steps, 12);
    assert_true(v.seed == UINT64_MAX);
    assert_true(v.nesterov && v.quiet);
    assert_int_equal(v.train.n_items, 2);
    assert_string_equal(v.train.items[1], "b");
    assert_int_equal(v.val.n_items, 1);
    free_values(&v);
}

/* Before or behind it, the command line wins; what neither says stays. */
static void test_the_command_line_wins(void **state)
{
    (void)state;
    const char *path =
        config_of("{\"rate\": 0.1, \"steps\": 12, \"nesterov\": true,"
                  " \"words\": null, \"train\": [\"a\", \"b\"]}");
    for (int behind = 0; behind < 2; behind++) {
        values v = new_values();
        const int code =
            behind ? PARSE(&v, "--config", path, "--rate", "0.2", "--train",
                           "x", "y", "z", "--nesterov=false", "--val", "v")
                   : PARSE(&v, "--rate", "0.2", "--train", "x", "y", "z",
                           "--nesterov=false", "--val", "v", "--config", path);
        assert_int_equal(code, -1);
        assert_close(v.rate, 0.2, 0);
        assert_int_equal(v.steps, 12);
        assert_int_equal(v.seed, 1);
        assert_false(v.nesterov);
        assert_null(v.words);
        assert_int_equal(v.train.n_items, 3);
        assert_string_equal(v.train.items[0], "x");
        assert_string_equal(v.train.items[2], "z");
        assert_int_equal(v.val.n_items, 1);
        free_values(&v);
    }
}

/* The line that goes to stderr. */
static const char *complaint_of(const char *config, int want)
{
    static char line[1024];
    values v = new_values();
    const char *path = config_of(config);
    FILE *caught = tmpfile();
    const int saved = dup(STDERR_FILENO);

    assert_true(caught && saved >= 0);
    fflush(stderr);
    assert_true(dup2(fileno(caught), STDERR_FILENO) >= 0);
    const int code = PARSE(&v, "--config", path);
    fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    rewind(caught);
    line[fread(line, 1, sizeof line - 1, caught)] = '\0';
    fclose(caught);
    free_values(&v);
    assert_int_equal(code, want);
    return line;
}

static void test_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *cause;
    } cases[] = {
        {"{\"rate\": 0.1,\n \"x\": 1}", "config.json:2:", "\"x\": no such"},
        {"{\"rate\": 0.1,\n\n \"config\": \"a\"}",
         "config.json:3:", "\"config\": no such"},
        {"{\"words\": \"rate\\\": \\\\\",\n\"train\": [\"steps\",\n\"b\"],\n"
         "\"steps\": 0.5}",
         "config.json:4:", "--steps 0.5: not a whole number"},
        {"{\"rate\": 2}", "config.json:1:", "--rate 2: not a number"},
        {"{\"rate\": \"x\"}", "config.json:1:", "--rate x: not a number"},
        {"{\"rate\": true}", "config.json:1:", "--rate true: not a number"},
        {"{\"words\": 3}", "config.json:1:", "--words: not a value"},
        {"{\"words\": [\"a\"]}", "config.json:1:", "--words: not a value"},
        {"{\"train\": [3]}", "config.json:1:", "--train: not a value"},
        {"{\"seed\": -1}", "config.json:1:", "--seed -1: not a whole"},
        {"{\"nesterov\": 1}", "config.json:1:", "--nesterov=1: neither"},
        {"{\"rate\": 0.1,\n}", "config.json:2:", "expected"},
        {"{\"rate\": 0.1, \"rate\": 0.2}", "config.json:1:", "duplicate"},
        {"[1]", "config.json:1:", "not a JSON object"},
        {"", "config.json:1:", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *line = complaint_of(cases[i].text, PINNA_EXIT_USAGE);
        if (!strstr(line, cases[i].place) || !strstr(line, cases[i].cause) ||
            strchr(line, '\n') != line + strlen(line) - 1)
            fail_msg("%s gives \"%s\"", cases[i].text, line);
    }
    values v = new_values();
    assert_int_equal(PARSE(&v, "--config", support_temp("none.json")),
                     PINNA_EXIT_START);
    free_values(&v);
}

/* What is written, read again, is written the same; and a model stands for
 * what it was trained with. */
static void test_round_trip(void **state)
{
    (void)state;
    values v = new_values(), back = new_values(), made = new_values();
    pinna_option options[MAX_N];
    char *first = NULL, *second = NULL;
    size_t size;

    assert_int_equal(PARSE(&v, "--rate", "0.1", "--words", "a \"b\" c", "-q",
                           "--train", "x", "y", "--seed",
                           "18446744073709551615"),
                     -1);
    size_t n = options_of(&v, options);
    FILE *file = open_memstream(&first, &size);
    pinna_option_file_write(options, n, NULL, &(pinna_json){.file = file});
    fclose(file);
    assert_string_equal(
        first, "{\"words\": \"a \\\"b\\\" c\", \"rate\": 0.1, \"steps\": 7, "
               "\"seed\": \"18446744073709551615\", \"nesterov\": false, "
               "\"train\": [\"x\", \"y\"]}\n");

    assert_int_equal(PARSE(&back, "--config", config_of(first)), -1);
    n = options_of(&back, options);
    file = open_memstream(&second, &size);
    pinna_option_file_write(options, n, NULL, &(pinna_json){.file = file});
    fclose(file);
    assert_string_equal(second, first);

    const char *path = support_temp("model.safetensors");
    pinna_model *model = new_denoise_model();
    assert_int_equal(pinna_training_note(model, "train ctc", options, n, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_model_write(path, model, NULL), PINNA_OK);
    assert_int_equal(PARSE(&made, "--config", path, "--steps", "9"), -1);
    assert_string_equal(made.words, "a \"b\" c");
    assert_int_equal(made.steps, 9);
    free_values(&made);

    made = new_values();
    assert_int_equal(
        pinna_training_note(model, "train denoise", options, n, NULL),
        PINNA_OK);
    assert_int_equal(pinna_model_write(path, model, NULL), PINNA_OK);
    assert_int_equal(PARSE(&made, "--config", path), PINNA_EXIT_USAGE);
    free_values(&made);
    pinna_model_free(model);
    free_values(&v);
    free_values(&back);
    free(first);
    free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_sets_options),
        cmocka_unit_test(test_the_command_line_wins),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests_name("option_file", tests, NULL, NULL);
}
