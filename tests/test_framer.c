#include "support.h"

#include <stdbool.h>

#include "dsp/framer.h"
#include "dsp/rng.h"

enum { MAX_SAMPLES = 80, MAX_LENGTH = 20, MAX_FRAMES = 100, N_EDGES = 5 };

static const pinna_edges all_edges[N_EDGES] = {
    PINNA_EDGES_SNIP, PINNA_EDGES_MIRROR, PINNA_EDGES_ZERO, PINNA_EDGES_REFLECT,
    PINNA_EDGES_REPLICATE};

/* The sample that stands at a position outside the signal x [n]. */
static float naive_sample(const float *x, long n, long at, pinna_edges edges)
{
    if (edges == PINNA_EDGES_ZERO)
        return at < 0 || at >= n ? 0.0f : x[at];
    if (edges == PINNA_EDGES_REPLICATE)
        return x[at < 0 ? 0 : at >= n ? n - 1 : at];
    const long edge = edges == PINNA_EDGES_MIRROR ? 1 : 0;
    while (at < 0 || at >= n)
        at = at < 0 ? -at - edge : 2 * n - 2 + edge - at;
    return x[at];
}

static long naive_count(long n, long w, long s, pinna_edges edges)
{
    switch (edges) {
    case PINNA_EDGES_SNIP:
        return n < w ? 0 : 1 + (n - w) / s;
    case PINNA_EDGES_MIRROR:
        return (n + s / 2) / s;
    case PINNA_EDGES_REFLECT:
        return n <= w / 2 ? 0 : 1 + (n - w % 2) / s;
    case PINNA_EDGES_ZERO:
    case PINNA_EDGES_REPLICATE:
        break;
    }
    return n == 0 ? 0 : 1 + (n - w % 2) / s;
}

/* The frames of x [n] from the definition; returns how many. */
static size_t naive_frames(const float *x, size_t n_samples, size_t length,
                           size_t shift, pinna_edges edges,
                           float frames[MAX_FRAMES][MAX_LENGTH])
{
    const long n = (long)n_samples, w = (long)length, s = (long)shift;
    const long n_frames = naive_count(n, w, s, edges);
    for (long k = 0; k < n_frames; k++) {
        const long begin = edges == PINNA_EDGES_SNIP     ? k * s
                           : edges == PINNA_EDGES_MIRROR ? k * s + s / 2 - w / 2
                                                         : k * s - w / 2;
        for (long i = 0; i < w; i++)
            frames[k][i] = naive_sample(x, n, begin + i, edges);
    }
    return (size_t)n_frames;
}

/* Push x [n] in random pieces of at most max_piece and compare. */
static void check_stream(pinna_framer *framer, const float *x, size_t n,
                         size_t max_piece, size_t length,
                         float want[MAX_FRAMES][MAX_LENGTH], size_t n_want)
{
    pinna_rng rng;
    pinna_rng_seed(&rng, max_piece, n);
    float frame[MAX_LENGTH];
    size_t n_got = 0;

    for (size_t used = 0; used < n;) {
        size_t piece = 1 + pinna_rng_below(&rng, max_piece);
        piece = piece < n - used ? piece : n - used;
        const size_t n_taken = pinna_framer_push(framer, x + used, piece);
        assert_true(n_taken <= piece);
        used += n_taken;
        while (pinna_framer_pull(framer, frame)) {
            assert_true(n_got < n_want);
            assert_memory_equal(frame, want[n_got++], length * sizeof(float));
        }
    }
    pinna_framer_finish(framer);
    while (pinna_framer_pull(framer, frame)) {
        assert_true(n_got < n_want);
        assert_memory_equal(frame, want[n_got++], length * sizeof(float));
    }
    assert_int_equal(n_got, n_want);
    assert_false(pinna_framer_pull(framer, frame));
    assert_int_equal(pinna_framer_push(framer, x, 1), 0); /* finished */
}

static void check_sizes(size_t length, size_t shift, pinna_edges edges)
{
    static float want[MAX_FRAMES][MAX_LENGTH];
    float x[MAX_SAMPLES];
    for (size_t i = 0; i < MAX_SAMPLES; i++)
        x[i] = (float)(i + 1);

    pinna_framer *framer;
    assert_int_equal(pinna_framer_new(length, shift, edges, &framer), PINNA_OK);
    support_count_allocations();
    for (size_t n = 0; n <= MAX_SAMPLES; n++) {
        const size_t n_want = naive_frames(x, n, length, shift, edges, want);
        assert_int_equal(pinna_framer_n_frames(framer, n), n_want);
        static const size_t pieces[] = {1, 3, MAX_SAMPLES};
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
            check_stream(framer, x, n, pieces[p], length, want, n_want);
            pinna_framer_reset(framer);
        }
    }
    assert_int_equal(support_allocations(), 0);
    pinna_framer_free(framer);
}

static void test_equals_definition_for_any_chunking(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 2, 3, 4, 7, 10, 16, 19, 20};
    static const size_t shifts[] = {1, 2, 3, 4, 5, 8, 10, 19, 20, 27, 28, 50};
    for (size_t a = 0; a < sizeof lengths / sizeof lengths[0]; a++) {
        for (size_t b = 0; b < sizeof shifts / sizeof shifts[0]; b++) {
            for (size_t e = 0; e < N_EDGES; e++)
                check_sizes(lengths[a], shifts[b], all_edges[e]);
        }
    }
}

/* What push() does not take while a frame waits must be offered again. */
static void test_memory_is_bounded(void **state)
{
    (void)state;
    float x[1000], frame[10];
    support_signal(x, 1000, 8000.0);
    pinna_framer *framer;
    assert_int_equal(pinna_framer_new(10, 4, PINNA_EDGES_SNIP, &framer),
                     PINNA_OK);
    assert_int_equal(pinna_framer_push(framer, x, 1000), 10);
    assert_int_equal(pinna_framer_push(framer, x + 10, 990), 0);
    assert_true(pinna_framer_pull(framer, frame));
    assert_memory_equal(frame, x, sizeof frame);
    assert_false(pinna_framer_pull(framer, frame));
    assert_int_equal(pinna_framer_push(framer, x + 10, 990), 4);
    assert_true(pinna_framer_pull(framer, frame));
    assert_memory_equal(frame, x + 4, sizeof frame);
    pinna_framer_free(framer);
}

static void test_nothing_gives_nothing(void **state)
{
    (void)state;
    float frame[10];
    for (size_t e = 0; e < N_EDGES; e++) {
        pinna_framer *framer;
        assert_int_equal(pinna_framer_new(10, 4, all_edges[e], &framer),
                         PINNA_OK);
        assert_int_equal(pinna_framer_push(framer, NULL, 0), 0);
        assert_false(pinna_framer_pull(framer, frame));
        pinna_framer_finish(framer);
        assert_false(pinna_framer_pull(framer, frame));
        pinna_framer_free(framer);
    }
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const size_t bad[][2] = {
        {0, 1}, {1, 0}, {SIZE_MAX, 1}, {1, SIZE_MAX}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_framer *framer = (pinna_framer *)&framer;
        assert_int_equal(
            pinna_framer_new(bad[i][0], bad[i][1], PINNA_EDGES_SNIP, &framer),
            PINNA_BAD_ARG);
        assert_null(framer);
    }
    pinna_framer_free(NULL);
}

static pinna_status make(void)
{
    pinna_framer *framer;
    const pinna_status status =
        pinna_framer_new(10, 4, PINNA_EDGES_SNIP, &framer);
    assert_true(status == PINNA_OK || !framer);
    pinna_framer_free(framer);
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
        cmocka_unit_test(test_equals_definition_for_any_chunking),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_nothing_gives_nothing),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("framer", tests, NULL, NULL);
}
