/* What clap_checker cannot know of the CLAP plugins. PINNA_PLUGIN is the
 * file. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "clap_host.h"
#include "rnn_cases.h"
#include "rt_calls.h"
#include "small_models.h"

enum { RATE = 44100, N = 20000, BYPASS = 100, VAD, REDUCTION };

static clap_file file;
static pinna_model *built_in, *other;
static char other_path[1024];

static int set_up(void **state)
{
    (void)state;
    unsetenv("PINNA_MODEL");
    assert_true(clap_file_open(PINNA_PLUGIN, &file));
    assert_int_equal(pinna_model_default_denoiser(&built_in, NULL), PINNA_OK);
    other = new_denoise_model();
    make_streamable(other);
    strcpy(other_path, support_temp("other.safetensors"));
    assert_int_equal(pinna_model_write(other_path, other, NULL), PINNA_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clap_file_close(&file);
    pinna_model_free(built_in);
    pinna_model_free(other);
    return 0;
}

static void open_guest(size_t n_channels, clap_guest *guest)
{
    assert_true(clap_guest_open(&file,
                                n_channels == 1 ? "pinna.denoiser-mono"
                                                : "pinna.denoiser-stereo",
                                guest));
}

static double value_of(clap_guest *guest, clap_id id)
{
    double value;
    assert_true(guest->params->get_value(guest->plugin, id, &value));
    return value;
}

static void test_names_are_those_of_the_controls(void **state)
{
    (void)state;
    for (size_t n_channels = 1; n_channels <= 2; n_channels++) {
        pinna_control controls[PINNA_N_CONTROLS];
        const uint32_t n = (uint32_t)pinna_controls_of(n_channels, controls);
        static const char *const others[] = {"Bypass", "VAD", "Reduction"};
        clap_guest guest;
        clap_param_info_t info;
        open_guest(n_channels, &guest);
        assert_int_equal(guest.params->count(guest.plugin), n + 3);
        for (uint32_t p = 0; p < n + 3; p++) {
            assert_true(guest.params->get_info(guest.plugin, p, &info));
            assert_int_equal(info.id, p < n ? controls[p] : BYPASS + p - n);
            assert_string_equal(info.name,
                                p < n ? pinna_controls[controls[p]].name
                                      : others[p - n]);
            assert_int_equal((info.flags & CLAP_PARAM_IS_READONLY) != 0, p > n);
            assert_int_equal((info.flags & CLAP_PARAM_IS_BYPASS) != 0, p == n);
        }
        clap_guest_close(&guest);
    }
}

/* The same changes at the same samples, in one block and in many. */
static void test_changes_count_from_their_sample(void **state)
{
    (void)state;
    static const clap_change changes[] = {
        {0, PINNA_CONTROL_MIX, 70},
        {5000, PINNA_CONTROL_OUTPUT_GAIN, -6},
        {5000, PINNA_CONTROL_ATTENUATION_LIMIT, 12},
        {9001, BYPASS, 1},
        {15000, BYPASS, 0},
        {15000, PINNA_CONTROL_STEREO_LINK, 0},
        {18000, PINNA_CONTROL_MODE, PINNA_MODE_MUTE},
    };
    enum { N_CHANGES = sizeof changes / sizeof *changes };
    float *got[] = {random_floats(N, 3, 0.3f), random_floats(N, 4, 0.2f)};
    float *want[] = {random_floats(N, 3, 0.3f), random_floats(N, 4, 0.2f)};
    clap_guest guest;
    pinna_denoise_chain *chain;

    open_guest(2, &guest);
    assert_true(clap_guest_start(&guest, RATE));
    assert_int_equal(
        clap_guest_process(&guest, got, got, 2, N, changes, N_CHANGES),
        CLAP_PROCESS_CONTINUE);

    assert_int_equal(pinna_denoise_chain_new(built_in, RATE, 2, &chain),
                     PINNA_OK);
    for (size_t i = 0; i < N_CHANGES; i++) {
        const size_t at = changes[i].time;
        const size_t end = i + 1 < N_CHANGES ? changes[i + 1].time : N;
        float *here[] = {want[0] + at, want[1] + at};
        if (changes[i].id == BYPASS)
            pinna_denoise_chain_set(chain, PINNA_CONTROL_MODE,
                                    changes[i].value > 0 ? PINNA_MODE_BYPASS
                                                         : PINNA_MODE_PROCESS);
        else
            pinna_denoise_chain_set(chain, (pinna_control)changes[i].id,
                                    (float)changes[i].value);
        pinna_denoise_chain_process(chain, (const float *const *)here, here,
                                    end - at);
    }
    for (size_t c = 0; c < 2; c++)
        assert_memory_equal(got[c], want[c], N * sizeof(float));
    assert_close(value_of(&guest, VAD),
                 (double)(100 * pinna_denoise_chain_speech_probability(chain)),
                 0);
    assert_close(value_of(&guest, REDUCTION),
                 (double)pinna_denoise_chain_reduction_db(chain), 0);
    assert_true(guest.n_sent > 0);
    assert_int_equal(guest.sent.param_id, REDUCTION);
    assert_close(guest.sent.value, value_of(&guest, REDUCTION), 0);
    pinna_denoise_chain_free(chain);
    clap_guest_stop(&guest);
    clap_guest_close(&guest);
    for (size_t c = 0; c < 2; c++) {
        free(got[c]);
        free(want[c]);
    }
}

/* It waits for the next activation and asks for one. */
static void test_look_back(void **state)
{
    (void)state;
    const clap_change changes[] = {{0, BYPASS, 1},
                                   {10, PINNA_CONTROL_VAD_LOOK_BACK, 100}};
    float *samples = random_floats(N, 3, 0.3f), *in = random_floats(N, 3, 0.3f);
    clap_guest guest;

    open_guest(1, &guest);
    assert_true(clap_guest_start(&guest, 48000));
    assert_int_equal(guest.n_latency_changes, 1);
    assert_int_equal(guest.latency->get(guest.plugin), 960);
    clap_guest_process(&guest, &samples, &samples, 1, N, changes, 2);
    assert_int_equal(guest.latency->get(guest.plugin), 960);
    assert_memory_equal(samples + 3000, in + 3000 - 960,
                        (N - 3000) * sizeof *in);
    assert_int_equal(guest.n_restarts, 1);
    clap_guest_stop(&guest);
    assert_true(clap_guest_start(&guest, 48000));
    assert_int_equal(guest.latency->get(guest.plugin), 960 + 4800);
    assert_int_equal(guest.n_latency_changes, 2);
    clap_guest_stop(&guest);
    clap_guest_close(&guest);
    free(samples);
    free(in);
}

/* Is this what the model makes of the test signal? */
static int sounds_like(clap_guest *guest, const pinna_model *model)
{
    float *got = zeros(N), *want = zeros(N);
    pinna_denoise_chain *chain;

    support_signal(got, N, RATE);
    support_signal(want, N, RATE);
    assert_int_equal(pinna_denoise_chain_new(model, RATE, 1, &chain), PINNA_OK);
    pinna_denoise_chain_process(chain, (const float *const *)&want, &want, N);
    pinna_denoise_chain_free(chain);
    guest->plugin->reset(guest->plugin);
    clap_guest_process(guest, &got, &got, 1, N, NULL, 0);
    const int same = memcmp(got, want, N * sizeof *got) == 0;
    free(got);
    free(want);
    return same;
}

/* A state with the path of a model in the place of none. */
static void add_path(clap_bytes *state, const char *text)
{
    const size_t n = strlen(text);

    state->bytes[state->size - 4] = (unsigned char)n;
    state->bytes[state->size - 3] = (unsigned char)(n >> 8);
    memcpy(state->bytes + state->size, text, n);
    state->size += n;
}

static void test_model_in_the_state(void **state)
{
    (void)state;
    clap_bytes plain = {.piece = 1000}, with_path, saved = {.piece = 7};
    clap_guest guest;

    open_guest(1, &guest);
    assert_true(clap_guest_save(&guest, &plain));
    with_path = plain;
    add_path(&with_path, other_path);

    assert_true(clap_guest_start(&guest, RATE));
    assert_true(sounds_like(&guest, built_in));
    assert_true(clap_guest_load(&guest, &with_path));
    assert_int_equal(guest.n_rescans, 1);
    assert_int_equal(guest.n_restarts, 1);
    assert_true(sounds_like(&guest, built_in));
    clap_guest_stop(&guest);
    assert_true(clap_guest_start(&guest, RATE));
    assert_true(sounds_like(&guest, other));
    assert_true(clap_guest_save(&guest, &saved));
    assert_int_equal(saved.size, with_path.size);
    assert_memory_equal(saved.bytes, with_path.bytes, saved.size);

    /* The same again needs no new start; the default does. */
    assert_true(clap_guest_load(&guest, &with_path));
    assert_int_equal(guest.n_restarts, 1);
    assert_true(clap_guest_load(&guest, &plain));
    assert_int_equal(guest.n_restarts, 2);
    clap_guest_stop(&guest);
    assert_true(clap_guest_start(&guest, RATE));
    assert_true(sounds_like(&guest, built_in));
    clap_guest_stop(&guest);
    clap_guest_close(&guest);
}

/* Parameters that a later version has are passed over, missing ones get their
 * defaults. */
static void test_state_of_another_version(void **state)
{
    (void)state;
    const clap_change change = {0, PINNA_CONTROL_MIX, 10};
    /* One parameter: 77, with the value 1.0. */
    clap_bytes later = {.bytes = "pinna 1\n\1\0\0\0\115\0\0\0\0\0\200\77\0\0\0",
                        .size = 24,
                        .piece = 5};
    clap_guest guest;

    open_guest(1, &guest);
    clap_guest_flush(&guest, &change, 1);
    assert_close(value_of(&guest, PINNA_CONTROL_MIX), 10, 0);
    assert_true(clap_guest_load(&guest, &later));
    assert_close(value_of(&guest, PINNA_CONTROL_MIX), 100, 0);
    clap_guest_close(&guest);
}

static void work(void *context)
{
    clap_guest *guest = context;
    static float left[4096], right[4096];
    float *both[] = {left, right};

    for (uint32_t n = 1; n <= 4096; n *= 2) {
        clap_change changes[8];
        for (uint32_t i = 0; i < 8; i++)
            changes[i] = (clap_change){n * i / 8, i < 7 ? i : BYPASS,
                                       (n * (i + 1)) % 101};
        support_signal(left, 4096, RATE);
        support_signal(right, 4096, RATE);
        clap_guest_process(guest, both, both, 2, n, changes, 8);
    }
    guest->plugin->reset(guest->plugin);
}

static void test_real_time(void **state)
{
    (void)state;
    clap_guest guest;
    const char *last;
    bool possible;

    open_guest(2, &guest);
    assert_true(clap_guest_start(&guest, RATE));
    support_count_allocations();
    rt_calls_reset();
    work(&guest);
    const size_t n_calls = rt_calls_count(&last);
    assert_int_equal(support_allocations(), 0);
    if (n_calls > 0)
        fail_msg("%zu calls, the last one of %s()", n_calls, last);
    const bool lived = rt_calls_none_of_the_system(work, &guest, &possible);
    assert_true(lived || !possible);
    clap_guest_stop(&guest);
    clap_guest_close(&guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_those_of_the_controls),
        cmocka_unit_test(test_changes_count_from_their_sample),
        cmocka_unit_test(test_look_back),
        cmocka_unit_test(test_model_in_the_state),
        cmocka_unit_test(test_state_of_another_version),
        cmocka_unit_test(test_real_time),
    };
    return cmocka_run_group_tests_name("clap", tests, set_up, tear_down);
}
