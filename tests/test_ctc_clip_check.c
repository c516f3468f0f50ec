#include "tools/ctc_clip_check.h"

#include "small_models.h"
#include "support.h"
#include "tools/ctc_input.h"
#include "tools/ctc_segments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 16000 };

static pinna_labels labels;
static pinna_model *model;

static int set_up(void **state)
{
    (void)state;
    model = new_ctc_model();
    return (int)pinna_labels_new(PINNA_UNIT_WORD, "a b <unk>", &labels);
}

static int tear_down(void **state)
{
    (void)state;
    pinna_model_free(model);
    pinna_labels_free(&labels);
    return 0;
}

static pinna_status check(char *text, size_t n_samples, pinna_error *error)
{
    const pinna_clip clip = {.n = n_samples, .sample_rate = RATE, .text = text};
    return pinna_ctc_clip_check(&model->ctc_ear, &labels, &clip, error);
}

/* Between equal labels a blank must fit; several <unk> are one. */
static void test_fewest_steps(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t want;
    } cases[] = {{"", 0},    {"a", 1},         {"a b a", 3},
                 {"a a", 3}, {"a a a b b", 8}, {"x y z a q", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pinna_ctc_segment segment = {0};
        assert_int_equal(pinna_ctc_clip_labels(&labels, cases[i].text,
                                               segment.labels,
                                               &segment.n_labels, NULL),
                         PINNA_OK);
        assert_int_equal(pinna_ctc_fewest_steps(&segment), cases[i].want);

        char text[16];
        snprintf(text, sizeof text, "%s", cases[i].text);
        const pinna_clip clip = {.text = text};
        const pinna_ctc_ear *ear = &model->ctc_ear;
        assert_close(pinna_ctc_clip_least_s(ear, &labels, &clip),
                     1.6 * (double)(cases[i].want * ear->stride) *
                         ear->fbank.frame_shift_ms / 1000,
                     1e-9);
    }
}

/* Whatever is found to fit has a finite loss, and what is not has none: of a
 * net that finds all tokens as likely. */
static void test_what_fits_has_a_loss(void **state)
{
    (void)state;
    enum { MAX_STEPS = 200 };
    static float y[MAX_STEPS * 4], dy[MAX_STEPS * 4];
    char text[128] = "";
    pinna_ctc *ctc;
    size_t n_fit = 0, n_others = 0;

    assert_int_equal(pinna_ctc_new(MAX_STEPS, 4, PINNA_CTC_MAX_LABELS, &ctc),
                     0);
    for (size_t n = 0; n < 30; n++) {
        strcat(text, "a ");
        for (size_t n_samples = 800; n_samples < 2 * RATE; n_samples += 1230) {
            const pinna_clip clip = {
                .n = n_samples, .sample_rate = RATE, .text = text};
            pinna_ctc_segment segments[PINNA_MAX_JOIN];
            pinna_ctc_item item;
            size_t n_segments;
            double loss = 0;

            pinna_ctc_item_plain(&clip, RATE, &item);
            const size_t n_steps =
                pinna_ctc_steps(&model->ctc_ear, item.n_samples / (RATE / 100));
            assert_int_equal(pinna_ctc_segments_plan(&model->ctc_ear, &labels,
                                                     &item, n_steps, segments,
                                                     &n_segments, NULL),
                             PINNA_OK);
            const pinna_ctc_segment *s = &segments[0];
            assert_int_equal(n_segments, 1);
            assert_true(s->first + s->n_steps <= n_steps);
            if (s->n_steps > 0)
                assert_int_equal(pinna_ctc_loss(ctc, y, 4, s->n_steps,
                                                s->labels, s->n_labels, 0, 1,
                                                dy, &loss),
                                 PINNA_OK);
            else
                loss = 1e30;
            const pinna_status status = check(text, n_samples, NULL);
            assert_int_equal(status, loss < 1e30 ? PINNA_OK : PINNA_BAD_ARG);
            n_fit += status == PINNA_OK;
            n_others += status != PINNA_OK;
        }
    }
    assert_true(n_fit > 100 && n_others > 100);
    pinna_ctc_free(ctc);
}

static void test_causes(void **state)
{
    (void)state;
    pinna_error error = {""};
    pinna_labels few;
    char one[] = "a", other[] = "a c", many[] = "a a a a a a a a a a a a";

    assert_int_equal(check(NULL, RATE, &error), PINNA_BAD_FORMAT);
    assert_string_equal(error.text, "no text");
    assert_int_equal(check(one, RATE, &error), PINNA_OK);
    assert_int_equal(check(many, RATE / 10, &error), PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, "needs 23 network steps"));

    assert_int_equal(pinna_labels_new(PINNA_UNIT_WORD, "a b", &few), 0);
    const pinna_clip clip = {.n = RATE, .sample_rate = RATE, .text = other};
    assert_int_equal(pinna_ctc_clip_check(&model->ctc_ear, &few, &clip, &error),
                     PINNA_NOT_FOUND);
    assert_non_null(strstr(error.text, "c"));
    pinna_labels_free(&few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fewest_steps),
        cmocka_unit_test(test_what_fits_has_a_loss),
        cmocka_unit_test(test_causes),
    };
    return cmocka_run_group_tests_name("ctc_clip_check", tests, set_up,
                                       tear_down);
}
