#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/ctc.h"
#include "rnn_cases.h"

enum { MAX_LABELS = 64 };

/* ---- the definition, in double ---- */

typedef struct naive_ctc {
    size_t n_frames, n_tokens; /* T, V */
    const int *labels;
    size_t n_labels;
    int blank;
    double *logits; /* [T, V] */
} naive_ctc;

static double log_add(double a, double b)
{
    if (a == -INFINITY)
        return b;
    return a > b ? a + log1p(exp(b - a)) : b + log1p(exp(a - b));
}

static double log_p(const naive_ctc *c, size_t t, int token)
{
    const double *x = c->logits + t * c->n_tokens;
    double sum = -INFINITY;
    for (size_t v = 0; v < c->n_tokens; v++)
        sum = log_add(sum, x[v]);
    return x[token] - sum;
}

static bool collapses_to_labels(const naive_ctc *c, const int *path)
{
    size_t n = 0;
    for (size_t t = 0; t < c->n_frames; t++) {
        if (path[t] == c->blank || (t > 0 && path[t] == path[t - 1]))
            continue;
        if (n == c->n_labels || path[t] != c->labels[n++])
            return false;
    }
    return n == c->n_labels;
}

/* -log of the sum over all V^T paths. */
static double loss_of_all_paths(const void *context)
{
    const naive_ctc *c = context;
    int path[8] = {0};
    double sum = -INFINITY;
    assert_true(c->n_frames <= 8);

    for (;;) {
        if (collapses_to_labels(c, path)) {
            double p = 0;
            for (size_t t = 0; t < c->n_frames; t++)
                p += log_p(c, t, path[t]);
            sum = log_add(sum, p);
        }
        size_t t = 0;
        while (t < c->n_frames && ++path[t] == (int)c->n_tokens)
            path[t++] = 0;
        if (t == c->n_frames)
            return -sum;
    }
}

/* The recursion of Graves et al. over alternating states, by logarithms. */
static double loss_by_logs(const void *context)
{
    const naive_ctc *c = context;
    const size_t n_states = 2 * c->n_labels + 1;
    double alpha[2 * MAX_LABELS + 1] = {0}, before[2 * MAX_LABELS + 1];
    assert_true(c->n_labels <= MAX_LABELS);

    for (size_t s = 0; s < n_states; s++)
        alpha[s] = s == 0 ? 0 : -INFINITY;
    for (size_t t = 0; t < c->n_frames; t++) {
        memcpy(before, alpha, sizeof alpha);
        for (size_t s = 0; s < n_states; s++) {
            const int token = s % 2 == 0 ? c->blank : c->labels[s / 2];
            double sum = before[s];
            if (s > 0)
                sum = log_add(sum, before[s - 1]);
            if (s > 2 && s % 2 == 1 && token != c->labels[s / 2 - 1])
                sum = log_add(sum, before[s - 2]);
            alpha[s] = sum + log_p(c, t, token);
        }
    }
    const double last = alpha[n_states - 1];
    return -(n_states > 1 ? log_add(last, alpha[n_states - 2]) : last);
}

/* ---- who computes ---- */

/* How often the sums were left to the logarithms, which would hide any fault
 * but in speed. The linker puts this in place of pinna_ctc_log_forward(). */
static size_t n_by_logs;

double __real_pinna_ctc_log_forward(pinna_ctc *ctc, const float *logits,
                                    size_t stride);
double __wrap_pinna_ctc_log_forward(pinna_ctc *ctc, const float *logits,
                                    size_t stride);

double __wrap_pinna_ctc_log_forward(pinna_ctc *ctc, const float *logits,
                                    size_t stride)
{
    n_by_logs++;
    return __real_pinna_ctc_log_forward(ctc, logits, stride);
}

/* ---- helpers ---- */

static pinna_ctc *new_ctc(size_t T, size_t V, size_t L)
{
    pinna_ctc *ctc;
    assert_int_equal(pinna_ctc_new(T, V, L, &ctc), PINNA_OK);
    return ctc;
}

/* Loss and gradient of pinna_ctc_loss() against those of a definition. */
static void check_against(double (*definition)(const void *), naive_ctc *c,
                          double tolerance)
{
    const size_t T = c->n_frames, V = c->n_tokens, n = T * V;
    pinna_ctc *ctc = new_ctc(T, V, c->n_labels);
    float *logits = zeros(n), *dlogits = random_floats(n, 9, 1);
    double loss;

    for (size_t i = 0; i < n; i++) {
        logits[i] = (float)c->logits[i];
        c->logits[i] = (double)logits[i];
    }
    const double want = definition(c);
    assert_int_equal(pinna_ctc_loss(ctc, logits, V, T, c->labels, c->n_labels,
                                    c->blank, 1, dlogits, &loss),
                     PINNA_OK);
    if (isfinite(want)) {
        float *want_dlogits = central_differences(definition, c, c->logits, n);
        assert_close(loss, want, tolerance * fmax(1, want));
        assert_near(dlogits, want_dlogits, n, tolerance);
        free(want_dlogits);
    } else {
        assert_true(isinf(loss) && loss > 0);
        for (size_t i = 0; i < n; i++)
            assert_close((double)dlogits[i], 0, 0);
    }

    /* The loss alone is the same. */
    double alone;
    assert_int_equal(pinna_ctc_loss(ctc, logits, V, T, c->labels, c->n_labels,
                                    c->blank, 1, NULL, &alone),
                     PINNA_OK);
    assert_true(alone == loss);
    free(logits);
    free(dlogits);
    pinna_ctc_free(ctc);
}

/* Random logits in +-scale, raised by gap for the blank. */
static double *random_logits(size_t T, size_t V, int blank, uint64_t seed,
                             double scale, double gap)
{
    float *x = random_floats(T * V, seed, scale);
    double *logits = to_doubles(x, T * V);
    for (size_t t = 0; t < T; t++)
        logits[t * V + (size_t)blank] += gap;
    free(x);
    return logits;
}

/* ---- tests ---- */

static void test_sums_all_paths(void **state)
{
    (void)state;
    static const int labels[][4] = {{1, 2, 1, 2}, {1, 1, 2, 2}, {2, 2, 2, 2}};
    for (size_t T = 1; T <= 6; T++)
        for (size_t n_labels = 0; n_labels <= 4; n_labels++)
            for (size_t i = 0; i < 3; i++) {
                naive_ctc c = {T, 3, labels[i], n_labels, 0, NULL};
                c.logits = random_logits(T, 3, 0, T + 10 * i, 3, 0);
                check_against(loss_of_all_paths, &c, 2e-6);
                free(c.logits);
            }
}

static void test_blank_may_be_any_token(void **state)
{
    (void)state;
    const int labels[] = {0, 3, 3};
    for (int blank = 1; blank < 3; blank++) {
        naive_ctc c = {5, 4, labels, 3, blank, NULL};
        c.logits = random_logits(5, 4, blank, 1, 3, 0);
        check_against(loss_of_all_paths, &c, 2e-6);
        free(c.logits);
    }
}

static void test_follows_the_recursion(void **state)
{
    (void)state;
    int labels[20];
    for (size_t k = 0; k < 20; k++)
        labels[k] = (int)(1 + k * k % 7);
    /* From just fitting to plenty of room. */
    for (size_t T = 20; T <= 50; T += 15) {
        naive_ctc c = {T, 9, labels, 20, 0, NULL};
        c.logits = random_logits(T, 9, 0, T, 5, 0);
        check_against(loss_by_logs, &c, 5e-6);
        free(c.logits);
    }
}

/* However long the sequence, and however unlikely what it is to be beside some
 * other token: the scaled sums do all of it. */
static void test_long_sequences_need_no_logs(void **state)
{
    (void)state;
    enum { V = 9 };
    int labels[MAX_LABELS];
    for (size_t k = 0; k < MAX_LABELS; k++)
        labels[k] = (int)(1 + k * k % 7);

    n_by_logs = 0;
    for (size_t n_labels = 0; n_labels <= MAX_LABELS; n_labels += 6)
        for (size_t T = 2 * MAX_LABELS; T <= 2000; T = 5 * T) {
            naive_ctc c = {T, V, labels, n_labels, 0, NULL};
            c.logits = random_logits(T, V, V - 1, T + n_labels, 4, 20);
            pinna_ctc *ctc = new_ctc(T, V, MAX_LABELS);
            float *logits = zeros(T * V), *dlogits = zeros(T * V);
            for (size_t i = 0; i < T * V; i++) {
                logits[i] = (float)c.logits[i];
                c.logits[i] = (double)logits[i];
            }
            double loss;
            assert_int_equal(pinna_ctc_loss(ctc, logits, V, T, labels, n_labels,
                                            0, 1, dlogits, &loss),
                             PINNA_OK);
            const double want = loss_by_logs(&c);
            assert_close(loss, want, 1e-6 * want);
            for (size_t t = 0; t < T; t++) { /* softmax less posterior */
                double sum = 0;
                for (size_t v = 0; v < V; v++)
                    sum += (double)dlogits[t * V + v];
                assert_close(sum, 0, 1e-6);
            }
            free(c.logits);
            free(logits);
            free(dlogits);
            pinna_ctc_free(ctc);
        }
    assert_int_equal(n_by_logs, 0);
}

/* A net that is sure of the blank: the scaled sums run out of range on the way
 * and the logarithms take over. */
static void test_survives_underflow(void **state)
{
    (void)state;
    int labels[24];
    for (size_t k = 0; k < 24; k++)
        labels[k] = (int)(1 + k % 3);
    n_by_logs = 0;
    for (double gap = 0; gap <= 120; gap += 12) {
        naive_ctc c = {60, 4, labels, 24, 0, NULL};
        c.logits = random_logits(60, 4, 0, 3, 2, gap);
        check_against(loss_by_logs, &c, 5e-6);
        free(c.logits);
    }
    assert_true(n_by_logs > 0);
    /* Where the sums are hardly above 0: their reciprocals are not finite. */
    for (double gap = 28; gap <= 33; gap += 0.1) {
        naive_ctc c = {60, 4, labels, 24, 0, NULL};
        c.logits = random_logits(60, 4, 0, 3, 2, gap);
        check_against(loss_by_logs, &c, 5e-6);
        free(c.logits);
    }
    for (double gap = 0; gap <= 900; gap += 100) {
        naive_ctc c = {6, 4, labels, 2, 0, NULL};
        c.logits = random_logits(6, 4, 0, 3, 2, gap);
        check_against(loss_by_logs, &c, 5e-6);
        free(c.logits);
    }
}

static void check_case(const char *name, double gradient_tolerance)
{
    reference *file = rnn_case(name);
    if (!file)
        return;

    const reference_tensor *logits = reference_find(file, "logits");
    const reference_tensor *targets = reference_find(file, "targets");
    const size_t T = logits->shape[0], B = logits->shape[1];
    const size_t V = logits->shape[2], L = targets->shape[1];
    const int32_t *n_frames = reference_ints(file, "input_lengths", B);
    const int32_t *n_labels = reference_ints(file, "target_lengths", B);
    const float *want = reference_floats(file, "loss_per_sequence", B);
    const int blank = atoi(reference_metadata(file, "blank"));
    pinna_ctc *ctc = new_ctc(T, V, L);
    float *dlogits = zeros(logits->n); /* padding stays 0 */

    for (size_t b = 0; b < B; b++) {
        double loss;
        assert_int_equal(
            pinna_ctc_loss(ctc, logits->f32 + b * V, B * V, (size_t)n_frames[b],
                           targets->i32 + b * L, (size_t)n_labels[b], blank, 1,
                           dlogits + b * V, &loss),
            PINNA_OK);
        if (isinf(want[b]))
            assert_true(isinf(loss) && loss > 0);
        else
            assert_close(loss, (double)want[b],
                         OUTPUT_TOLERANCE * fmax(1, (double)want[b]));
    }
    assert_near(dlogits, reference_floats(file, "grad.logits", logits->n),
                logits->n, gradient_tolerance);

    free(dlogits);
    pinna_ctc_free(ctc);
    reference_close(file);
}

static void test_references(void **state)
{
    (void)state;
    check_case("ctc_basic_blank0", GRADIENT_TOLERANCE);
    check_case("ctc_basic_blank_last", GRADIENT_TOLERANCE);
    check_case("ctc_repeated_labels", GRADIENT_TOLERANCE);
    check_case("ctc_empty_label", GRADIENT_TOLERANCE);
    check_case("ctc_too_long", GRADIENT_TOLERANCE);
    check_case("ctc_one_frame", GRADIENT_TOLERANCE);
    check_case("ctc_brute_force", GRADIENT_TOLERANCE);
    check_case("ctc_extreme_logits", 1e-5);
    check_case("ctc_long", 1e-5);
}

/* Frames lie apart in memory; what is between them is not ours. */
static void test_stride_and_scale(void **state)
{
    (void)state;
    enum { T = 6, V = 4, STRIDE = 7, SIZE = T * STRIDE };
    const int labels[] = {1, 3};
    pinna_ctc *ctc = new_ctc(T, V, 2);
    float *logits = random_floats(SIZE, 1, 2);
    float plain[SIZE], scaled[SIZE];
    double loss, same;

    for (size_t i = 0; i < SIZE; i++)
        plain[i] = scaled[i] = 77;
    assert_int_equal(
        pinna_ctc_loss(ctc, logits, STRIDE, T, labels, 2, 0, 1, plain, &loss),
        PINNA_OK);
    assert_int_equal(pinna_ctc_loss(ctc, logits, STRIDE, T, labels, 2, 0, 0.25f,
                                    scaled, &same),
                     PINNA_OK);
    assert_true(loss == same);
    for (size_t i = 0; i < SIZE; i++) {
        const double want = i % STRIDE < V ? 0.25 * (double)plain[i] : 77;
        assert_close((double)scaled[i], want, 1e-7);
    }
    free(logits);
    pinna_ctc_free(ctc);
}

/* Whatever it has seen before, the same sequence gives the same bits; and
 * nothing is allocated. */
static void test_keeps_nothing_between_calls(void **state)
{
    (void)state;
    enum { T = 30, V = 12, L = 9, SIZE = T * V };
    const int labels[L] = {1, 2, 2, 5, 7, 7, 11, 3, 1}, other[2] = {10, 4};
    pinna_ctc *ctc = new_ctc(T, V, L);
    float *logits = random_floats(SIZE, 1, 4);
    float first[SIZE], again[SIZE];
    double loss, same, ignored;

    assert_int_equal(
        pinna_ctc_loss(ctc, logits, V, T, labels, L, 0, 1, first, &loss),
        PINNA_OK);
    support_count_allocations();
    assert_int_equal(
        pinna_ctc_loss(ctc, logits, V, T / 2, other, 2, 6, 1, again, &ignored),
        PINNA_OK);
    assert_int_equal(
        pinna_ctc_loss(ctc, logits, V, 1, other, 2, 6, 1, again, &ignored),
        PINNA_OK);
    assert_int_equal(
        pinna_ctc_loss(ctc, logits, V, T, labels, L, 0, 1, again, &same),
        PINNA_OK);
    assert_int_equal(support_allocations(), 0);
    assert_true(loss == same);
    assert_memory_equal(first, again, sizeof first);

    free(logits);
    pinna_ctc_free(ctc);
}

static void test_no_frames(void **state)
{
    (void)state;
    const int labels[] = {1};
    const float logits[2] = {0};
    float dlogits[2];
    double loss;
    pinna_ctc *ctc = new_ctc(1, 2, 1);
    assert_int_equal(
        pinna_ctc_loss(ctc, logits, 2, 0, labels, 0, 0, 1, dlogits, &loss),
        PINNA_OK);
    assert_close(loss, 0, 0);
    assert_int_equal(
        pinna_ctc_loss(ctc, logits, 2, 0, labels, 1, 0, 1, dlogits, &loss),
        PINNA_OK);
    assert_true(isinf(loss));
    pinna_ctc_free(ctc);
}

static void test_logits_that_are_not_finite(void **state)
{
    (void)state;
    const int labels[] = {1};
    float logits[6] = {0, -INFINITY, 0, 0, -INFINITY, 0}, dlogits[6];
    double loss;
    pinna_ctc *ctc = new_ctc(2, 3, 1);

    /* A label that can never come: no path, no gradient. */
    assert_int_equal(
        pinna_ctc_loss(ctc, logits, 3, 2, labels, 1, 0, 1, dlogits, &loss),
        PINNA_OK);
    assert_true(isinf(loss) && loss > 0);
    for (size_t i = 0; i < 6; i++)
        assert_close((double)dlogits[i], 0, 0);

    logits[0] = NAN;
    assert_int_equal(
        pinna_ctc_loss(ctc, logits, 3, 2, labels, 1, 0, 1, dlogits, &loss),
        PINNA_OK);
    assert_true(isnan(loss) || isinf(loss));
    pinna_ctc_free(ctc);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    const int good[] = {1, 2}, is_blank[] = {1, 0}, too_high[] = {3, 1};
    const int negative[] = {1, -1};
    const float logits[9] = {0};
    double loss;
    pinna_ctc *ctc = new_ctc(3, 3, 2);

#define REFUSED(stride, n_frames, labels, n_labels, blank)                     \
    assert_int_equal(pinna_ctc_loss(ctc, logits, stride, n_frames, labels,     \
                                    n_labels, blank, 1, NULL, &loss),          \
                     PINNA_BAD_ARG)
    REFUSED(3, 4, good, 2, 0);
    REFUSED(2, 3, good, 2, 0);
    REFUSED(3, 3, good, 3, 0);
    REFUSED(3, 3, good, 2, 3);
    REFUSED(3, 3, good, 2, -1);
    REFUSED(3, 3, is_blank, 2, 0);
    REFUSED(3, 3, too_high, 2, 0);
    REFUSED(3, 3, negative, 2, 0);
    pinna_ctc_free(ctc);

    const size_t bad[][3] = {{0, 3, 2},        {3, 0, 2},
                             {SIZE_MAX, 3, 2}, {3, SIZE_MAX, 2},
                             {3, 3, SIZE_MAX}, {SIZE_MAX / 8, 3, 2}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(pinna_ctc_new(bad[i][0], bad[i][1], bad[i][2], &ctc),
                         PINNA_BAD_ARG);
        assert_null(ctc);
    }
    pinna_ctc_free(NULL);
}

static pinna_status make(void)
{
    pinna_ctc *ctc;
    const pinna_status status = pinna_ctc_new(5, 4, 3, &ctc);
    pinna_ctc_free(ctc);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_all_paths),
        cmocka_unit_test(test_blank_may_be_any_token),
        cmocka_unit_test(test_follows_the_recursion),
        cmocka_unit_test(test_long_sequences_need_no_logs),
        cmocka_unit_test(test_survives_underflow),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_stride_and_scale),
        cmocka_unit_test(test_keeps_nothing_between_calls),
        cmocka_unit_test(test_no_frames),
        cmocka_unit_test(test_logits_that_are_not_finite),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("ctc", tests, NULL, NULL);
}
