/* The LADSPA plugins as a host loads them: PINNA_PLUGIN is the file. */
#include "support.h"

#include <dlfcn.h>
#include <ladspa.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dsp/rng.h"
#include "rnn/denoise_chain.h"
#include "rnn/denoise_controls.h"
#include "rnn_cases.h"
#include "rt_calls.h"

enum { MAX_PORTS = 16 };

static const LADSPA_Descriptor *plugins[2]; /* mono, stereo */
static pinna_model *model;

static int set_up(void **state)
{
    (void)state;
    void *library = dlopen(PINNA_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail_msg("%s", dlerror());
    LADSPA_Descriptor_Function find;
    *(void **)&find = dlsym(library, "ladspa_descriptor");
    assert_non_null(find);
    for (unsigned long i = 0; i < 2; i++) {
        plugins[i] = find(i);
        assert_non_null(plugins[i]);
    }
    assert_null(find(2));
    assert_int_equal(pinna_model_default_denoiser(&model, NULL), PINNA_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pinna_model_free(model);
    return 0;
}

/* One instance with all ports connected. */
typedef struct host {
    const LADSPA_Descriptor *plugin;
    LADSPA_Handle handle;
    size_t n_channels;
    float values[MAX_PORTS]; /* of control ports, by port */
} host;

static bool is(const LADSPA_Descriptor *plugin, unsigned long port, int kind)
{
    return (plugin->PortDescriptors[port] & kind) == kind;
}

/* As ladspa.h words them. */
static float hinted_default(const LADSPA_PortRangeHint *hint)
{
    switch (hint->HintDescriptor & LADSPA_HINT_DEFAULT_MASK) {
    case LADSPA_HINT_DEFAULT_0:
        return 0;
    case LADSPA_HINT_DEFAULT_1:
        return 1;
    case LADSPA_HINT_DEFAULT_100:
        return 100;
    case LADSPA_HINT_DEFAULT_LOW:
        return 0.75f * hint->LowerBound + 0.25f * hint->UpperBound;
    default:
        return NAN;
    }
}

static void open_host(host *h, size_t n_channels, unsigned long rate)
{
    *h = (host){.plugin = plugins[n_channels - 1], .n_channels = n_channels};
    h->handle = h->plugin->instantiate(h->plugin, rate);
    assert_non_null(h->handle);
    for (unsigned long p = 0; p < h->plugin->PortCount; p++) {
        if (!is(h->plugin, p, LADSPA_PORT_CONTROL))
            continue;
        h->plugin->connect_port(h->handle, p, &h->values[p]);
        if (is(h->plugin, p, LADSPA_PORT_INPUT))
            h->values[p] = hinted_default(&h->plugin->PortRangeHints[p]);
    }
    h->plugin->activate(h->handle);
}

static void close_host(host *h)
{
    h->plugin->cleanup(h->handle);
}

/* In place. */
static void run(host *h, float *const *channels, size_t n)
{
    for (size_t c = 0; c < h->n_channels; c++) {
        h->plugin->connect_port(h->handle, c, channels[c]);
        h->plugin->connect_port(h->handle, h->n_channels + c, channels[c]);
    }
    h->plugin->run(h->handle, n);
}

static float latency(const host *h)
{
    return h->values[h->plugin->PortCount - 1];
}

static void test_ports(void **state)
{
    (void)state;
    for (size_t n_channels = 1; n_channels <= 2; n_channels++) {
        const LADSPA_Descriptor *plugin = plugins[n_channels - 1];
        pinna_control controls[PINNA_N_CONTROLS];
        const size_t n = pinna_controls_of(n_channels, controls);

        assert_int_equal(n, PINNA_N_CONTROLS - 2 + n_channels);
        assert_int_equal(plugin->PortCount, 2 * n_channels + n + 1);
        assert_true(LADSPA_IS_HARD_RT_CAPABLE(plugin->Properties));
        assert_false(LADSPA_IS_INPLACE_BROKEN(plugin->Properties));
        for (unsigned long p = 0; p < 2 * n_channels; p++)
            assert_true(
                is(plugin, p,
                   LADSPA_PORT_AUDIO | (p < n_channels ? LADSPA_PORT_INPUT
                                                       : LADSPA_PORT_OUTPUT)));
        for (size_t i = 0; i < n; i++) {
            const pinna_control_info *info = &pinna_controls[controls[i]];
            const unsigned long p = 2 * n_channels + i;
            const LADSPA_PortRangeHint *hint = &plugin->PortRangeHints[p];
            char beginning[64];

            snprintf(beginning, sizeof beginning, "%s (%s)", info->name,
                     info->unit);
            assert_true(is(plugin, p, LADSPA_PORT_CONTROL | LADSPA_PORT_INPUT));
            assert_memory_equal(plugin->PortNames[p],
                                *info->unit ? beginning : info->name,
                                strlen(*info->unit ? beginning : info->name));
            assert_true(hinted_default(hint) == info->by_default);
            assert_true(hint->LowerBound == info->least);
            assert_true(hint->UpperBound == info->most);
        }
        assert_true(is(plugin, plugin->PortCount - 1,
                       LADSPA_PORT_CONTROL | LADSPA_PORT_OUTPUT));
        assert_string_equal(plugin->PortNames[plugin->PortCount - 1],
                            "latency");
    }
    assert_true(plugins[0]->UniqueID != plugins[1]->UniqueID);
    assert_string_equal(plugins[0]->Label, "pinna_mono");
    assert_string_equal(plugins[1]->Label, "pinna_stereo");
}

/* Any block size and control as the chain does it, two instances at a time. */
static void test_equals_the_core(void **state)
{
    (void)state;
    enum { N = 30000 };
    static const size_t sizes[] = {0, 1, 9000, 64, 441, 1024};

    for (size_t n_channels = 1; n_channels <= 2; n_channels++) {
        float *want[2], *got[2], *idle[2];
        host h, other;
        pinna_denoise_chain *chain;
        open_host(&h, n_channels, 44100);
        open_host(&other, n_channels, 96000);
        assert_int_equal(
            pinna_denoise_chain_new(model, 44100, n_channels, &chain),
            PINNA_OK);
        for (size_t c = 0; c < n_channels; c++) {
            want[c] = random_floats(N, 3 + (unsigned)c, 0.3f);
            got[c] = random_floats(N, 3 + (unsigned)c, 0.3f);
            idle[c] = zeros(N);
        }

        pinna_control controls[PINNA_N_CONTROLS];
        const size_t n_controls = pinna_controls_of(n_channels, controls);
        for (size_t used = 0, i = 0; used < N; i++) {
            size_t n = sizes[i % 6] < N - used ? sizes[i % 6] : N - used;
            float *here[] = {got[0] + used, n_channels > 1 ? got[1] + used : 0};
            float *there[] = {want[0] + used,
                              n_channels > 1 ? want[1] + used : 0};
            /* Each control in turn away from its default. */
            const size_t k = i % n_controls;
            const float value = pinna_controls[controls[k]].most / 3;
            h.values[2 * n_channels + k] = value;
            pinna_denoise_chain_set(chain, controls[k], value);

            run(&h, here, n);
            run(&other, idle, n);
            pinna_denoise_chain_process(chain, (const float *const *)there,
                                        there, n);
            assert_true(latency(&h) ==
                        (float)pinna_denoise_chain_latency(chain));
            used += n;
        }
        for (size_t c = 0; c < n_channels; c++) {
            assert_memory_equal(got[c], want[c], N * sizeof(float));
            free(got[c]);
            free(want[c]);
            free(idle[c]);
        }
        pinna_denoise_chain_free(chain);
        close_host(&h);
        close_host(&other);
    }
}

static void test_no_rate_is_refused(void **state)
{
    (void)state;
    static const unsigned long rates[] = {0,     1,      7999,   8000,
                                          12345, 192000, 192001, 4000000000};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        host h;
        float samples[700] = {1}, *both[] = {samples, samples};
        open_host(&h, 2, rates[r]);
        run(&h, both, 700);
        close_host(&h);
    }
}

/* Run all kinds of sound, with controls that move. */
static void work_hard(void *context)
{
    host *h = context;
    enum { N = 2048 };
    float left[N], right[N], *both[] = {left, right};
    static const float sounds[] = {0.5f, 0, NAN, INFINITY, 1e30f, 1e-40f, 0.1f};

    for (size_t s = 0; s < sizeof sounds / sizeof *sounds; s++)
        for (size_t n = 1; n <= N; n *= 2) {
            for (size_t i = 0; i < n; i++)
                left[i] = right[i] = i % 5 ? sounds[s] : -sounds[s];
            for (size_t k = 2 * h->n_channels; k + 1 < h->plugin->PortCount;
                 k++)
                h->values[k] = (float)((n * (k + 1)) % 101);
            run(h, both, n);
        }
    h->plugin->activate(h->handle);
}

static void test_real_time(void **state)
{
    (void)state;
    for (size_t n_channels = 1; n_channels <= 2; n_channels++) {
        host h;
        const char *last;
        bool possible;

        open_host(&h, n_channels, 44100);
        support_count_allocations();
        rt_calls_reset();
        work_hard(&h);
        const size_t n_calls = rt_calls_count(&last);
        assert_int_equal(support_allocations(), 0);
        if (n_calls > 0)
            fail_msg("%zu calls, the last one of %s()", n_calls, last);

        const bool lived =
            rt_calls_none_of_the_system(work_hard, &h, &possible);
        if (!possible)
            print_message("system calls cannot be forbidden here\n");
        assert_true(lived || !possible);
        close_host(&h);
    }
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The least time that one of n seconds of this takes. */
static double least_time(host *h, const float *second, size_t rate, size_t n)
{
    float *samples = zeros(rate);
    double least = INFINITY;

    for (size_t i = 0; i < n; i++) {
        memcpy(samples, second, rate * sizeof *samples);
        const double begin = cpu_s();
        for (size_t k = 0; k < rate; k += 480) {
            float *both[] = {samples + k, samples + k};
            run(h, both, 480);
        }
        least = fmin(least, cpu_s() - begin);
    }
    free(samples);
    return least;
}

/* A network that forgets sound in silence comes to denormal numbers, which cost
 * a hundred times as much. On a busy machine everything may take longer for a
 * while, so that one round of several has to show it. */
static void test_silence_costs_no_more(void **state)
{
    (void)state;
    enum { RATE = 48000, N_ROUNDS = 8 };
    float *sound = zeros(RATE), *silence = zeros(RATE), *tiny = zeros(RATE);
    double best = INFINITY;
    host h;

    support_signal(sound, RATE, RATE);
    for (size_t i = 0; i < RATE; i++)
        tiny[i] = 1e-40f;
    open_host(&h, 1, RATE);
    for (int i = 0; i < N_ROUNDS && best > 1.5; i++) {
        const double sound_s = least_time(&h, sound, RATE, 3);
        (void)least_time(&h, silence, RATE, 15); /* to forget */
        const double silence_s = least_time(&h, silence, RATE, 3);
        const double tiny_s = least_time(&h, tiny, RATE, 3);
        best = fmin(best, fmax(silence_s, tiny_s) / sound_s);
    }
    assert_true(best <= 1.5);
    close_host(&h);
    free(sound);
    free(silence);
    free(tiny);
}

/* The counters count. */
static void do_a_system_call(void *context)
{
    FILE *file = context;
    rewind(file);
}

static void test_counters(void **state)
{
    (void)state;
    const char *last;
    bool possible;
    host h;

    rt_calls_reset();
    FILE *file = fopen("/dev/null", "r");
    assert_non_null(file);
    assert_int_equal(rt_calls_count(&last), 1);
    assert_string_equal(last, "fopen");
    assert_false(
        rt_calls_none_of_the_system(do_a_system_call, file, &possible));
    fclose(file);

    /* The plugin's calls too: it asks for PINNA_MODEL when it starts. */
    rt_calls_reset();
    support_count_allocations();
    open_host(&h, 1, 48000);
    assert_true(rt_calls_count(&last) > 0);
    assert_string_equal(last, "getenv");
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(support_allocations() > 0);
#endif
    close_host(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_equals_the_core),
        cmocka_unit_test(test_no_rate_is_refused),
        cmocka_unit_test(test_real_time),
        cmocka_unit_test(test_silence_costs_no_more),
        cmocka_unit_test(test_counters),
    };
    return cmocka_run_group_tests_name("ladspa", tests, set_up, tear_down);
}
