/* What is said of a recording at once, against the recogniser. */
#include "support.h"

#include "rnn/ctc_greedy.h"
#include "rnn/recogniser.h"
#include "small_models.h"
#include "tools/ctc_whole.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 16000, N = 40000 };

/* Best path of logits against the words that the recogniser tells. */
static void check_equals_recogniser(pinna_model *model)
{
    static float samples[N];
    pinna_recogniser *recogniser;
    pinna_ctc_greedy greedy;
    pinna_ctc_token token;
    pinna_word word;
    float *logits;
    size_t n_steps, n_words = 0;

    support_signal(samples, N, RATE);
    assert_int_equal(
        pinna_ctc_whole_logits(model, samples, N, &logits, &n_steps), PINNA_OK);
    /* 30 ms a step, 0.6 s of silence around. */
    assert_in_range(n_steps, 102, 104);
    assert_int_equal(
        model->offline
            ? pinna_recogniser_new_offline(model, RATE, N, &recogniser, NULL)
            : pinna_recogniser_new(model, RATE, &recogniser, NULL),
        PINNA_OK);
    pinna_recogniser_process(recogniser, samples, N);
    pinna_recogniser_finish(recogniser);

    pinna_ctc_greedy_reset(&greedy, 0);
    for (size_t t = 0; t <= n_steps; t++) {
        const bool done =
            t < n_steps ? pinna_ctc_greedy_process(&greedy,
                                                   logits + t * model->n_tokens,
                                                   model->n_tokens, &token)
                        : pinna_ctc_greedy_finish(&greedy, &token);
        if (!done || strcmp(model->tokens[token.token], " ") == 0)
            continue;
        assert_true(pinna_recogniser_poll(recogniser, &word));
        assert_string_equal(word.text, model->tokens[token.token]);
        assert_close((double)word.confidence, (double)token.confidence, 1e-6);
        n_words++;
    }
    assert_false(pinna_recogniser_poll(recogniser, &word));
    assert_true(n_words > 0);
    pinna_recogniser_free(recogniser);
    free(logits);
}

static void test_is_what_the_recogniser_decodes(void **state)
{
    (void)state;
    pinna_model *model = new_ctc_model();
    make_streamable(model);
    check_equals_recogniser(model);
    pinna_model_free(model);
    model = new_bidirectional_model();
    make_streamable(model);
    check_equals_recogniser(model);
    pinna_model_free(model);
}

static void test_nothing_is_silence(void **state)
{
    (void)state;
    pinna_model *model = new_ctc_model();
    make_streamable(model);
    const float none = 0;
    float *logits;
    size_t n;

    assert_int_equal(pinna_ctc_whole_logits(model, &none, 0, &logits, &n),
                     PINNA_OK);
    assert_in_range(n, 18, 20);
    free(logits);
    pinna_model_free(model);
}

static pinna_status make(void)
{
    static pinna_model *model;
    static float samples[4000];
    float *logits;
    size_t n;

    if (!model) {
        model = new_bidirectional_model();
        make_streamable(model);
    }
    const pinna_status status =
        pinna_ctc_whole_logits(model, samples, 4000, &logits, &n);
    assert_true(status == PINNA_OK || !logits);
    free(logits);
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
        cmocka_unit_test(test_is_what_the_recogniser_decodes),
        cmocka_unit_test(test_nothing_is_silence),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("ctc_whole", tests, NULL, NULL);
}
