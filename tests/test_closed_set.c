/* The choice against the sum over all paths. */
#include "support.h"

#include "rnn_cases.h"
#include "small_models.h"
#include "tools/closed_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { T = 5, V = 4 };

/* Texts of the model's words, twice each and in any order; none where it is
 * NULL. */
static const char *const texts[] = {
    "one", "z\xc3\xa9ro", NULL, "one z\xc3\xa9ro", "one", "one one"};
static const int ids[][2] = {{1, 0}, {2, 0}, {0, 0}, {1, 2}, {1, 0}, {1, 1}};
enum { N_TEXTS = sizeof texts / sizeof *texts };

static pinna_sound_list new_list(void)
{
    pinna_sound_list list = {.n_items = N_TEXTS};
    list.items = calloc(N_TEXTS, sizeof *list.items);
    assert_non_null(list.items);
    for (size_t i = 0; i < N_TEXTS; i++)
        list.items[i].text = texts[i];
    return list;
}

/* Does a path spell ids, when repeats are merged and blanks left out? */
static bool spells(const int *path, const int *want)
{
    int got[T] = {0};
    size_t n = 0;
    for (size_t t = 0; t < T; t++)
        if (path[t] != 0 && (t == 0 || path[t] != path[t - 1]))
            got[n++] = path[t];
    const size_t n_want = want[1] ? 2 : 1;
    return n == n_want && memcmp(got, want, n * sizeof *got) == 0;
}

static double probability(const float *logits, const int *want)
{
    double sum = 0;
    for (int code = 0; code < V * V * V * V * V; code++) {
        int path[T], rest = code;
        double p = 1;
        for (size_t t = 0; t < T; t++, rest /= V) {
            double total = 0;
            path[t] = rest % V;
            for (size_t v = 0; v < V; v++)
                total += exp((double)logits[t * V + v]);
            p *= exp((double)logits[t * V + (size_t)path[t]]) / total;
        }
        if (spells(path, want))
            sum += p;
    }
    return sum;
}

static void test_takes_the_likeliest(void **state)
{
    (void)state;
    pinna_model *model = new_ctc_model();
    pinna_sound_list list = new_list();
    pinna_closed_set *set;
    size_t n_chosen[N_TEXTS] = {0};

    assert_int_equal(pinna_closed_set_new(model, &list, &set, NULL), PINNA_OK);
    for (uint64_t seed = 0; seed < 60; seed++) {
        float *logits = random_floats(T * V, seed, 2);
        size_t best = 0;
        const char *text;
        for (size_t i = 0; i < N_TEXTS; i++)
            if (texts[i] &&
                probability(logits, ids[i]) > probability(logits, ids[best]))
                best = i;
        assert_int_equal(pinna_closed_set_choose(set, logits, T, &text),
                         PINNA_OK);
        assert_string_equal(text, texts[best]);
        n_chosen[best]++;
        free(logits);
    }
    assert_true(n_chosen[0] > 0 && n_chosen[1] > 0 && n_chosen[3] > 0);
    pinna_closed_set_free(set);
    free(list.items);
    pinna_model_free(model);
}

static void test_too_short_for_all(void **state)
{
    (void)state;
    pinna_model *model = new_ctc_model();
    pinna_sound_list list = new_list();
    pinna_closed_set *set;
    const float logits[V] = {0};
    const char *text;

    list.items[0].text = list.items[1].text = NULL;
    list.items[4].text = NULL; /* two words are left, and one step */
    assert_int_equal(pinna_closed_set_new(model, &list, &set, NULL), PINNA_OK);
    assert_int_equal(pinna_closed_set_choose(set, logits, 1, &text), PINNA_OK);
    assert_string_equal(text, "");
    assert_int_equal(pinna_closed_set_choose(set, logits, 0, &text), PINNA_OK);
    assert_string_equal(text, "");
    pinna_closed_set_free(set);
    free(list.items);
    pinna_model_free(model);
}

static void test_an_unknown_word_is_named(void **state)
{
    (void)state;
    pinna_model *model = new_ctc_model();
    pinna_sound_list list = new_list();
    pinna_closed_set *set = (pinna_closed_set *)&set;
    pinna_error error = {""};

    list.items[2].text = "one eleven";
    assert_int_equal(pinna_closed_set_new(model, &list, &set, &error),
                     PINNA_NOT_FOUND);
    assert_null(set);
    assert_non_null(strstr(error.text, "eleven"));
    free(list.items);
    pinna_model_free(model);
    pinna_closed_set_free(NULL);
}

static pinna_status make(void)
{
    static pinna_model *model;
    static pinna_sound_list list;
    static const float logits[T * V];
    pinna_closed_set *set;
    const char *text;

    if (!model) {
        model = new_ctc_model();
        list = new_list();
    }
    pinna_status status = pinna_closed_set_new(model, &list, &set, NULL);
    if (!status)
        status = pinna_closed_set_choose(set, logits, T, &text);
    pinna_closed_set_free(set);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    assert_int_equal(make(), PINNA_OK);
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_the_likeliest),
        cmocka_unit_test(test_too_short_for_all),
        cmocka_unit_test(test_an_unknown_word_is_named),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("closed_set", tests, NULL, NULL);
}
