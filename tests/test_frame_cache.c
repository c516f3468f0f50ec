#include "tools/frame_cache.h"

#include "support.h"

#include <pthread.h>
#include <stdlib.h>

enum { WIDTH = 3, N_ONE = 5, N_TWO = 40, N_FRAMES = 7 };

static pinna_clip one[N_ONE], two[N_TWO], stray;
static const pinna_corpus corpora[] = {{one, N_ONE}, {two, N_TWO}, {NULL, 0}};

static pinna_frame_cache *new_cache(void)
{
    const pinna_corpus *const list[] = {&corpora[0], &corpora[1], &corpora[2]};
    pinna_frame_cache *cache;

    assert_int_equal(pinna_frame_cache_new(list, 3, WIDTH, &cache), PINNA_OK);
    return cache;
}

/* Clip number k of both corpora, and its frames, as many as differ from k to
 * k. */
static const pinna_clip *clip_at(size_t k)
{
    return k < N_ONE ? &one[k] : &two[k - N_ONE];
}

static size_t frames_of(size_t k, float *frames)
{
    const size_t n = 1 + k % N_FRAMES;

    for (size_t i = 0; i < n * WIDTH; i++)
        frames[i] = (float)(100 * k + i);
    return n;
}

static void keep(pinna_frame_cache *cache, size_t k)
{
    float frames[N_FRAMES * WIDTH];
    const size_t n = frames_of(k, frames);

    (void)pinna_frame_cache_keep(cache, clip_at(k), frames, n);
}

static bool is_kept(const pinna_frame_cache *cache, size_t k)
{
    float want[N_FRAMES * WIDTH];
    const size_t n_want = frames_of(k, want);
    size_t n;
    const float *got = pinna_frame_cache_find(cache, clip_at(k), &n);

    if (!got || n != n_want)
        return false;
    for (size_t i = 0; i < n * WIDTH; i++)
        if (got[i] != want[i])
            return false;
    return true;
}

static void test_what_is_kept_is_found(void **state)
{
    (void)state;
    pinna_frame_cache *cache = new_cache();
    float other[WIDTH] = {1};
    size_t n = 9;

    assert_null(pinna_frame_cache_find(cache, &one[2], &n));
    assert_int_equal(n, 0);
    for (size_t k = 0; k < N_ONE + N_TWO; k += 2)
        keep(cache, k);
    for (size_t k = 0; k < N_ONE + N_TWO; k++)
        assert_true(is_kept(cache, k) == (k % 2 == 0));

    /* The first stays. */
    assert_int_equal(pinna_frame_cache_keep(cache, clip_at(4), other, 1), 0);
    assert_true(is_kept(cache, 4));

    /* One without a frame, and one of no corpus. */
    assert_int_equal(pinna_frame_cache_keep(cache, clip_at(3), NULL, 0), 0);
    assert_non_null(pinna_frame_cache_find(cache, clip_at(3), &n));
    assert_int_equal(n, 0);
    assert_int_equal(pinna_frame_cache_keep(cache, &stray, other, 1), 0);
    assert_null(pinna_frame_cache_find(cache, &stray, &n));
    pinna_frame_cache_free(cache);
    pinna_frame_cache_free(NULL);
}

/* Every clip, again and again. */
static void *ask_and_keep(void *user)
{
    pinna_frame_cache *cache = user;
    size_t n_bad = 0, n;

    for (size_t round = 0; round < 20; round++)
        for (size_t k = 0; k < N_ONE + N_TWO; k++) {
            if (!pinna_frame_cache_find(cache, clip_at(k), &n))
                keep(cache, k);
            n_bad += !is_kept(cache, k);
        }
    return n_bad ? user : NULL;
}

static void test_by_threads_at_once(void **state)
{
    (void)state;
    enum { N_THREADS = 4 };
    pinna_frame_cache *cache = new_cache();
    pthread_t threads[N_THREADS];

    for (size_t i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_and_keep, cache),
                         0);
    for (size_t i = 0; i < N_THREADS; i++) {
        void *bad;
        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
    pinna_frame_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_kept_is_found),
        cmocka_unit_test(test_by_threads_at_once),
    };
    return cmocka_run_group_tests_name("frame_cache", tests, NULL, NULL);
}
