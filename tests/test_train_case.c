#include "tools/train_case.h"

#include "support.h"

#include <math.h>

#include "rnn/linalg.h"

static const pinna_train_case ctc_case = {
    .name = "ctc",
    .has_network = true,
    .network = {.n_in = 5, .n_hidden = 6, .n_layers = 2, .n_out = 4},
    .n_frames = 12,
    .n_batch = 5,
    .n_labels = 4,
};
static const pinna_train_case gains_case = {
    .name = "gains",
    .has_network = true,
    .network = {.n_in = 5, .n_hidden = 6, .n_layers = 1, .n_out = 3},
    .n_frames = 12,
    .n_batch = 5,
    .sigmoid = true,
};
static const pinna_train_case numbers_case = {
    .name = "numbers",
    .has_network = true,
    .network = {.n_in = 1,
                .n_hidden = 6,
                .n_layers = 1,
                .n_out = 1,
                .cell = PINNA_CELL_LSTM,
                .bidirectional = true},
    .n_frames = 12,
    .n_batch = 5,
};
static const pinna_train_case loss_case = {
    .name = "loss",
    .network = {.n_out = 4},
    .n_frames = 12,
    .n_batch = 5,
    .n_labels = 4,
};

static pinna_train_step *new_step(const pinna_train_case *kind,
                                  size_t n_threads)
{
    pinna_train_step *step;

    assert_int_equal(pinna_train_step_new(kind, n_threads, &step), PINNA_OK);
    return step;
}

/* It is training that is measured. */
static void test_loss_falls(void **state)
{
    (void)state;
    const pinna_train_case *const kinds[] = {&ctc_case, &gains_case,
                                             &numbers_case};

    for (size_t i = 0; i < 3; i++)
        for (size_t n_threads = 1; n_threads <= 3; n_threads++) {
            pinna_train_step *step = new_step(kinds[i], n_threads);
            const double first = pinna_train_step_run(step);
            double last = first;
            for (size_t k = 0; k < 200; k++)
                last = pinna_train_step_run(step);
            assert_true(isfinite(first) && first > 0);
            assert_true(last < 0.97 * first);
            pinna_train_step_free(step);
        }
}

static void test_loss_alone_stays(void **state)
{
    (void)state;
    pinna_train_step *step = new_step(&loss_case, 2);
    const double loss = pinna_train_step_run(step);

    assert_true(isfinite(loss) && loss > 0);
    assert_true(pinna_train_step_run(step) == loss);
    pinna_train_step_free(step);
}

static void test_counts_products(void **state)
{
    (void)state;
    const double rows = 12 * 5, in = 3 * 6 * 5, hidden = 3 * 6 * 6;

    /* Forward, and twice as much backward; but the input wants no gradient. */
    assert_close(pinna_train_case_flops(&ctc_case),
                 2 * rows * (2 * in + 9 * hidden + 3 * 6 * 4), 0);
    assert_close(pinna_train_case_flops(&gains_case),
                 2 * rows * (2 * in + 3 * hidden + 3 * 6 * 3), 0);
    assert_close(pinna_train_case_flops(&numbers_case),
                 2 * rows * (2 * (2 * 4 * 6 + 3 * 4 * 6 * 6) + 3 * 12), 0);
    assert_close(pinna_train_case_flops(&loss_case), 0, 0);
}

static void test_refuses_too_many_threads(void **state)
{
    (void)state;
    pinna_train_step *step;

    assert_int_equal(pinna_train_step_new(&ctc_case, 6, &step), PINNA_BAD_ARG);
    assert_null(step);
    assert_int_equal(pinna_train_step_new(&ctc_case, 0, &step), PINNA_BAD_ARG);
    assert_null(step);
    pinna_train_step_free(NULL);
}

static pinna_status make(const pinna_train_case *kind)
{
    pinna_train_step *step;
    const pinna_status status = pinna_train_step_new(kind, 2, &step);

    pinna_train_step_free(step);
    return status;
}

static pinna_status make_ctc(void)
{
    return make(&ctc_case);
}

static pinna_status make_gains(void)
{
    return make(&gains_case);
}

static pinna_status make_loss(void)
{
    return make(&loss_case);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make_ctc);
    support_survives_no_memory(make_gains);
    support_survives_no_memory(make_loss);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss_falls),
        cmocka_unit_test(test_loss_alone_stays),
        cmocka_unit_test(test_counts_products),
        cmocka_unit_test(test_refuses_too_many_threads),
        cmocka_unit_test(test_survives_no_memory),
    };
    pinna_linalg_init();
    return cmocka_run_group_tests_name("train_case", tests, NULL, NULL);
}
