#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/denoise_chain.h"
#include "rnn_cases.h"
#include "rt_calls.h"
#include "small_models.h"
#include "tools/live_denoiser.h"

enum { N = 30000, PIECE = 441 };

static pinna_model *small, *built_in;
static float defaults[PINNA_N_CONTROLS];

static int set_up(void **state)
{
    (void)state;
    small = new_denoise_model();
    make_streamable(small);
    assert_int_equal(pinna_model_default_denoiser(&built_in, NULL), PINNA_OK);
    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        defaults[i] = pinna_controls[i].by_default;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pinna_model_free(small);
    pinna_model_free(built_in);
    return 0;
}

static pinna_live_denoiser *open(const pinna_model *model, double rate,
                                 size_t n_channels, const float *values)
{
    pinna_live_denoiser *live;

    assert_int_equal(
        pinna_live_denoiser_new(model, rate, n_channels, values, false, &live),
        PINNA_OK);
    return live;
}

/* What comes out is the chain's, what is heard is what went in and came out,
 * and the controls arrive with the next block. */
static void test_is_the_chain(void **state)
{
    (void)state;
    float values[PINNA_N_CONTROLS];
    float *in[] = {random_floats(N, 1, 0.1), random_floats(N, 2, 0.1)};
    float *out[] = {zeros(N), zeros(N)}, *want[] = {zeros(N), zeros(N)};
    float *heard[] = {zeros(N), zeros(N), zeros(N), zeros(N)};
    pinna_denoise_chain *chain;

    memcpy(values, defaults, sizeof values);
    values[PINNA_CONTROL_VAD_LOOK_BACK] = 30;
    values[PINNA_CONTROL_MIX] = 700; /* 100 */
    pinna_live_denoiser *live = open(small, 44100, 2, values);
    assert_int_equal(pinna_denoise_chain_new(small, 44100, 2, &chain),
                     PINNA_OK);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_LOOK_BACK, 30);
    assert_int_equal(pinna_live_denoiser_latency(live),
                     pinna_denoise_chain_latency(chain));
    assert_true(pinna_live_denoiser_get(live, PINNA_CONTROL_MIX) == 100);

    for (size_t at = 0, n_heard = 0; at < N; at += PIECE) {
        const size_t n = PIECE < N - at ? PIECE : N - at;
        const float *from[] = {in[0] + at, in[1] + at};
        float *to[] = {out[0] + at, out[1] + at};
        float *same[] = {want[0] + at, want[1] + at};
        if (at > N / 2) {
            pinna_live_denoiser_set(live, PINNA_CONTROL_MIX, 40);
            pinna_denoise_chain_set(chain, PINNA_CONTROL_MIX, 40);
        }
        pinna_live_denoiser_process(live, from, to, n);
        pinna_denoise_chain_process(chain, from, same, n);
        if (at % 5 == 0)
            n_heard += pinna_live_denoiser_hear(
                live,
                (float *const[]){heard[0] + n_heard, heard[1] + n_heard,
                                 heard[2] + n_heard, heard[3] + n_heard},
                N - n_heard);
        const pinna_live_denoiser_state now = pinna_live_denoiser_look(live);
        assert_true(now.speech_probability ==
                    pinna_denoise_chain_speech_probability(chain));
        assert_true(now.reduction_db ==
                    pinna_denoise_chain_reduction_db(chain));
        assert_int_equal(now.n_unheard, 0);
        for (size_t c = 0; c < 2; c++) {
            assert_memory_equal(heard[c], in[c], n_heard * sizeof(float));
            assert_memory_equal(heard[2 + c], out[c], n_heard * sizeof(float));
        }
    }
    for (size_t c = 0; c < 2; c++)
        assert_memory_equal(out[c], want[c], N * sizeof(float));
    pinna_denoise_chain_free(chain);
    pinna_live_denoiser_free(live);
    for (size_t c = 0; c < 2; c++) {
        free(in[c]);
        free(out[c]);
        free(want[c]);
        free(heard[c]);
        free(heard[2 + c]);
    }
}

/* Nobody hears: the sound goes on, and what was missed is counted. */
static void test_counts_what_is_not_heard(void **state)
{
    (void)state;
    enum { RATE = 8000, SECONDS = 10 };
    float *in = random_floats(RATE, 1, 0.1), *out = zeros(RATE);
    float *heard[2] = {zeros(RATE), zeros(RATE)};
    pinna_live_denoiser *live = open(small, RATE, 1, defaults);
    size_t n_heard = 0, n;

    for (size_t i = 0; i < SECONDS; i++)
        pinna_live_denoiser_process(live, (const float *const *)&in, &out,
                                    RATE);
    while ((n = pinna_live_denoiser_hear(live, heard, RATE)) > 0)
        n_heard += n;
    assert_in_range(n_heard, 4 * RATE, 9 * RATE);
    assert_int_equal(pinna_live_denoiser_look(live).n_unheard,
                     SECONDS * RATE - n_heard);
    pinna_live_denoiser_free(live);
    free(in);
    free(out);
    free(heard[0]);
    free(heard[1]);
}

/* ---- real time ---- */

/* Blocks of all kinds with sound that is none, controls that change, and a
 * ring that runs full. */
static void work_hard(void *user)
{
    pinna_live_denoiser *live = user;
    static float sound[2][4096], out[2][4096];
    static const float odd[] = {0,     1e-41f,   -0.0f,     1e30f,
                                -2.0f, INFINITY, -INFINITY, NAN};
    static const size_t sizes[] = {0, 1, 64, 479, 1024, 4096};

    for (size_t i = 0; i < 600; i++) {
        const size_t n = sizes[i % 6];
        for (size_t k = 0; k < n; k++) {
            sound[0][k] = i % 20 < 12 ? sinf((float)(i * k) * 0.01f) : 0;
            sound[1][k] = i % 7 == 0 ? odd[k % 8] : sound[0][k];
        }
        if (i % 30 == 0) {
            pinna_live_denoiser_set(live, PINNA_CONTROL_MODE,
                                    (float)(i / 30 % 3));
            pinna_live_denoiser_set(live, PINNA_CONTROL_VAD_THRESHOLD,
                                    (float)(i % 90));
        }
        pinna_live_denoiser_process(live,
                                    (const float *const[]){sound[0], sound[1]},
                                    (float *const[]){out[0], out[1]}, n);
        for (size_t k = 0; k < n; k++)
            if (!isfinite(out[0][k]) || !isfinite(out[1][k]))
                abort();
        pinna_live_denoiser_look(live);
    }
}

static void test_real_time(void **state)
{
    (void)state;
    static const double rates[] = {44100, 48000};

    for (size_t r = 0; r < 2; r++) {
        pinna_live_denoiser *live = open(built_in, rates[r], 2, defaults);
        const char *last;
        bool possible;

        support_count_allocations();
        rt_calls_reset();
        work_hard(live);
        const size_t n_calls = rt_calls_count(&last);
        assert_int_equal(support_allocations(), 0);
        if (n_calls > 0)
            fail_msg("%zu calls, the last one of %s()", n_calls, last);
        const bool lived =
            rt_calls_none_of_the_system(work_hard, live, &possible);
        if (!possible)
            print_message("system calls cannot be forbidden here\n");
        assert_true(lived || !possible);
        pinna_live_denoiser_free(live);
    }
}

static pinna_status make(void)
{
    pinna_live_denoiser *live;
    const pinna_status status =
        pinna_live_denoiser_new(small, 16000, 2, defaults, false, &live);
    assert_true(status == PINNA_OK || !live);
    pinna_live_denoiser_free(live);
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
        cmocka_unit_test(test_is_the_chain),
        cmocka_unit_test(test_counts_what_is_not_heard),
        cmocka_unit_test(test_real_time),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("live_denoiser", tests, set_up,
                                       tear_down);
}
