#include "tools/examples.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/example_sets.h"

static const pinna_example_columns columns = {"text", "mood"};

static const char *write_file(const char *name, size_t n_rows)
{
    const char *path = support_temp(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("mood,text\n", file);
    for (size_t i = 0; i < n_rows; i++)
        fprintf(file, "m%zu,t%zu x\n", i % 2, i);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void test_tables(void **state)
{
    (void)state;
    pinna_examples examples = {0};
    pinna_vocabulary vocabulary;
    pinna_error error = {""};
    const char *const texts[] = {"x t1"};
    const char *path = write_file("a.csv", 3);

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            pinna_examples_add(path, &columns, NULL, &examples, &error),
            PINNA_OK);
    assert_int_equal(examples.n_items, 6);
    assert_string_equal(examples.items[4].text, "t1 x");
    assert_string_equal(examples.items[4].answer, "m1");
    examples.items[2].text[0] = '\0';

    assert_int_equal(
        pinna_vocabulary_new(true, "<unk>", texts, 1, 9, &vocabulary),
        PINNA_OK);
    assert_int_equal(pinna_examples_number(&examples, &vocabulary), PINNA_OK);
    assert_int_equal(examples.items[4].n, 2);
    assert_int_equal(examples.items[4].ids[0], 1);
    assert_int_equal(examples.items[4].ids[1], 2);
    assert_int_equal(examples.items[3].ids[0], 0);
    assert_int_equal(examples.items[2].n, 1); /* never none */
    assert_int_equal(examples.items[2].ids[0], 0);
    assert_int_equal(pinna_examples_longest(&examples), 2);
    pinna_vocabulary_free(&vocabulary);

    assert_int_equal(
        pinna_examples_add("a.jsonl", &columns, NULL, &examples, &error),
        PINNA_BAD_ARG);
    assert_string_equal(error.text,
                        "a.jsonl: texts and recordings do not go together");
    pinna_examples_free(&examples);
}

static pinna_status read_sets(size_t n_rows, pinna_example_sets *sets,
                              pinna_error *error)
{
    const char *path = support_temp("b.csv");
    if (n_rows > 0)
        write_file("b.csv", n_rows);
    const char **items = malloc(sizeof *items);
    *sets = pinna_example_sets_default();
    if (!items)
        return PINNA_NO_MEMORY;
    items[0] = path;
    sets->train_files = (pinna_list){items, 1};
    sets->columns = columns;
    sets->words = true;
    return pinna_example_sets_read(sets, error);
}

static void test_every_tenth_is_held_out(void **state)
{
    (void)state;
    pinna_example_sets sets;
    pinna_error error = {""};

    assert_int_equal(read_sets(25, &sets, &error), PINNA_OK);
    assert_int_equal(sets.training.n_items, 23);
    assert_int_equal(sets.validation.n_items, 2);
    assert_string_equal(sets.validation.items[0].text, "t9 x");
    assert_string_equal(sets.validation.items[1].text, "t19 x");
    assert_string_equal(sets.training.items[9].text, "t10 x");
    /* "x" and what is learned from, but not what is held out. */
    assert_int_equal(sets.vocabulary.n_tokens, 1 + 1 + 23);
    assert_int_equal(sets.validation.items[0].ids[0], 0);
    assert_int_equal(pinna_example_sets_width(&sets), 25);
    pinna_example_sets_free(&sets);
}

static pinna_status make(void)
{
    pinna_example_sets sets;
    const pinna_status status = read_sets(0, &sets, NULL);
    pinna_example_sets_free(&sets);
    return status;
}

/* The linker puts this in place of qsort(), which does without memory when
 * there is none. */
typedef int compare(const void *left, const void *right);
void __wrap_qsort(void *items, size_t n, size_t size, compare *by);
void __real_qsort(void *items, size_t n, size_t size, compare *by);

void __wrap_qsort(void *items, size_t n, size_t size, compare *by)
{
    const size_t n_left = support_hold_failures();
    __real_qsort(items, n, size, by);
    support_release_failures(n_left);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    write_file("b.csv", 12);
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_every_tenth_is_held_out),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("examples", tests, NULL, NULL);
}
