#include "tools/options.h"

#include "tests/support.h"
#include "tools/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* All kinds of options, as a command would have them. */
struct values {
    bool flag, kept;
    const char *text;
    double number;
    size_t count;
    uint64_t seed;
    pinna_list list, files;
};

static const pinna_usage usage = {"try", "[options] FILE...", "Try.",
                                  "  pinna try a\n"};

/* words: the arguments separated by single spaces. */
static int parse(struct values *values, const char *words)
{
    static char copy[512];
    static char *argv[64];
    int argc = 1;

    *values = (struct values){.kept = true, .number = 1.5, .count = 7};
    const pinna_option options[] = {
        {"flag", 'f', NULL, "a flag", .flag = &values->flag},
        {"kept", 0, NULL, "another\nof two lines", .flag = &values->kept},
        {"text", 't', "TEXT", "a text", .text = &values->text},
        {"number", 'n', "N", "a number", .number = &values->number, .low = -10,
         .high = 10},
        {"count", 'c', "N", "a count", .count = &values->count, .low = 1,
         .high = 20, .shows_default = true},
        {"seed", 0, "N", "a seed", .seed = &values->seed},
        {"list", 'l', "WORD...", "a list", .list = &values->list},
    };
    snprintf(copy, sizeof copy, "%s", words);
    argv[0] = "try";
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return pinna_options_parse(&usage, options,
                               sizeof options / sizeof options[0], argc, argv,
                               &values->files);
}

static void release(struct values *values)
{
    pinna_list_free(&values->list);
    pinna_list_free(&values->files);
}

/* What a call prints on a stream, in a static buffer. */
static const char *captured(int descriptor, const char *words, int *code)
{
    static char text[4096];
    struct values values;
    FILE *file = tmpfile();
    const int kept = dup(descriptor);

    assert_non_null(file);
    fflush(stdout);
    dup2(fileno(file), descriptor);
    *code = parse(&values, words);
    fflush(stdout);
    dup2(kept, descriptor);
    close(kept);
    release(&values);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void takes_every_kind(void **state)
{
    struct values v;

    (void)state;
    assert_int_equal(parse(&v, "-f --kept=false -t hello --number=-2.5e0 "
                               "-c 20 --seed 18446744073709551615 x"),
                     -1);
    assert_true(v.flag);
    assert_false(v.kept);
    assert_string_equal(v.text, "hello");
    assert_close(v.number, -2.5, 0);
    assert_int_equal(v.count, 20);
    assert_true(v.seed == UINT64_MAX);
    assert_int_equal(v.files.n_items, 1);
    release(&v);
}

static void keeps_defaults(void **state)
{
    struct values v;

    (void)state;
    assert_int_equal(parse(&v, "x"), -1);
    assert_false(v.flag);
    assert_true(v.kept);
    assert_null(v.text);
    assert_close(v.number, 1.5, 0);
    assert_int_equal(v.count, 7);
    release(&v);
}

static void files_may_stand_anywhere(void **state)
{
    struct values v;

    (void)state;
    assert_int_equal(parse(&v, "a -f b - -t x c -- -d --flag"), -1);
    assert_int_equal(v.files.n_items, 6);
    assert_string_equal(v.files.items[0], "a");
    assert_string_equal(v.files.items[2], "-");
    assert_string_equal(v.files.items[4], "-d");
    assert_string_equal(v.files.items[5], "--flag");
    release(&v);
}

static void a_list_takes_the_words_that_follow(void **state)
{
    struct values v;

    (void)state;
    assert_int_equal(parse(&v, "a --list b c -f d -l e --list=f g"), -1);
    assert_int_equal(v.list.n_items, 5);
    assert_string_equal(v.list.items[0], "b");
    assert_string_equal(v.list.items[1], "c");
    assert_string_equal(v.list.items[2], "e");
    assert_string_equal(v.list.items[4], "g");
    assert_int_equal(v.files.n_items, 2); /* an option ends the list */
    assert_string_equal(v.files.items[1], "d");
    release(&v);
}

/* Wrong usage: exit code 2 and one line that names command and culprit. */
static void refuses_in_one_line(void **state)
{
    static const char *const cases[][2] = {
        {"--what x", "--what"},
        {"-z", "-z"},
        {"--number ten", "ten"},
        {"--number 11", "11"},
        {"--number nan", "nan"},
        {"--number 1x", "1x"},
        {"--count 2.5", "2.5"},
        {"--count 0", "0"},
        {"--count -1", "-1"},
        {"--seed -1", "-1"},
        {"--seed 99999999999999999999999", "99999"},
        {"--text", "--text"},
        {"-c", "-c"},
        {"--kept=maybe", "maybe"},
        {"--flag=", "flag"},
        {"--flag false x", "--flag=false"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int code;
        const char *text = captured(STDERR_FILENO, cases[i][0], &code);
        assert_int_equal(code, PINNA_EXIT_USAGE);
        assert_non_null(strstr(text, "pinna try"));
        assert_non_null(strstr(text, cases[i][1]));
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    }
}

static void no_arguments_give_the_usage_line(void **state)
{
    int code;

    (void)state;
    const char *text = captured(STDERR_FILENO, "", &code);
    assert_int_equal(code, PINNA_EXIT_USAGE);
    assert_memory_equal(text, "usage: pinna try ", 17);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void help_names_every_option(void **state)
{
    static const char *const parts[] = {
        "-f, --flag",   "--kept",         "-t, --text TEXT",
        "--number N",   "--list WORD...", "-h, --help",
        "of two lines", "Examples:",      "a count (default 7)\n"};
    int code;

    (void)state;
    const char *text = captured(STDOUT_FILENO, "--help", &code);
    assert_int_equal(code, PINNA_EXIT_DONE);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_non_null(strstr(text, parts[i]));
}

static void parses_lists_of_numbers(void **state)
{
    double numbers[3];
    size_t n;

    (void)state;
    assert_true(pinna_parse_numbers("-5,0,5.5", -10, 10, numbers, 3, &n));
    assert_int_equal(n, 3);
    assert_close(numbers[0], -5, 0);
    assert_close(numbers[2], 5.5, 0);
    assert_false(pinna_parse_numbers("1,2,3,4", -10, 10, numbers, 3, &n));
    assert_false(pinna_parse_numbers("1,,2", -10, 10, numbers, 3, &n));
    assert_false(pinna_parse_numbers("", -10, 10, numbers, 3, &n));
    assert_false(pinna_parse_numbers("1,11", -10, 10, numbers, 3, &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_every_kind),
        cmocka_unit_test(keeps_defaults),
        cmocka_unit_test(files_may_stand_anywhere),
        cmocka_unit_test(a_list_takes_the_words_that_follow),
        cmocka_unit_test(refuses_in_one_line),
        cmocka_unit_test(no_arguments_give_the_usage_line),
        cmocka_unit_test(help_names_every_option),
        cmocka_unit_test(parses_lists_of_numbers),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
