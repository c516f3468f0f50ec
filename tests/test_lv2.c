/* The LV2 plugins as a host loads them: PINNA_PLUGIN is the file. */
#include "support.h"

#include <dlfcn.h>
#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/lv2_ports.h"
#include "rnn/denoise_chain.h"
#include "rnn/denoise_controls.h"
#include "rnn_cases.h"
#include "rt_calls.h"
#include "small_models.h"

enum { MAX_PORTS = 20, RATE = 44100, N = 20000 };

static const LV2_Descriptor *plugins[2]; /* mono, stereo */
static pinna_model *built_in, *other;
static char other_path[1024];

static int set_up(void **state)
{
    (void)state;
    unsetenv("PINNA_MODEL");
    void *library = dlopen(PINNA_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail_msg("%s", dlerror());
    LV2_Descriptor_Function find;
    *(void **)&find = dlsym(library, "lv2_descriptor");
    assert_non_null(find);
    for (uint32_t i = 0; i < 2; i++) {
        plugins[i] = find(i);
        assert_non_null(plugins[i]);
    }
    assert_null(find(2));
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
    pinna_model_free(built_in);
    pinna_model_free(other);
    return 0;
}

/* ---- what a host brings ---- */

/* Numbers for URIs, from 1. */
static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char *uri)
{
    static char known[32][128];
    static LV2_URID n;

    (void)handle;
    for (LV2_URID i = 0; i < n; i++)
        if (strcmp(known[i], uri) == 0)
            return i + 1;
    assert_true(n < 32 && strlen(uri) < 128);
    strcpy(known[n], uri);
    return ++n;
}

static LV2_URID_Map map = {NULL, map_uri};
static const LV2_Feature map_feature = {LV2_URID__map, &map};
static const LV2_Feature *const with_map[] = {&map_feature, NULL};
static const LV2_Feature *const nothing[] = {NULL};

/* Paths that the host writes as "abstract" and what follows. */
static char *abstract(LV2_State_Map_Path_Handle handle, const char *path)
{
    char *text = malloc(strlen(path) + 10);
    (void)handle;
    sprintf(text, "abstract:%s", path);
    return text;
}

static char *absolute(LV2_State_Map_Path_Handle handle, const char *path)
{
    (void)handle;
    assert_memory_equal(path, "abstract:", 9);
    return strdup(path + 9);
}

static size_t n_freed;

static void free_path(LV2_State_Free_Path_Handle handle, char *path)
{
    (void)handle;
    n_freed++;
    free(path);
}

static LV2_State_Map_Path map_path = {NULL, abstract, absolute};
static LV2_State_Free_Path freer = {NULL, free_path};
static const LV2_Feature path_feature = {LV2_STATE__mapPath, &map_path};
static const LV2_Feature free_feature = {LV2_STATE__freePath, &freer};
static const LV2_Feature *const with_paths[] = {&path_feature, &free_feature,
                                                NULL};

/* A state of one property. */
typedef struct store {
    size_t n;
    uint32_t key, type, flags;
    char value[1024];
    size_t size;
} store;

static LV2_State_Status put(LV2_State_Handle handle, uint32_t key,
                            const void *value, size_t size, uint32_t type,
                            uint32_t flags)
{
    store *s = handle;
    s->n++;
    s->key = key;
    s->type = type;
    s->flags = flags;
    s->size = size;
    assert_true(size <= sizeof s->value);
    memcpy(s->value, value, size);
    return LV2_STATE_SUCCESS;
}

static const void *get(LV2_State_Handle handle, uint32_t key, size_t *size,
                       uint32_t *type, uint32_t *flags)
{
    store *s = handle;
    if (s->n == 0 || s->key != key)
        return NULL;
    *size = s->size;
    *type = s->type;
    *flags = s->flags;
    return s->value;
}

/* ---- an instance ---- */

typedef struct host {
    const LV2_Descriptor *plugin;
    LV2_Handle handle;
    uint32_t n_channels, n_controls;
    pinna_control controls[PINNA_N_CONTROLS];
    float values[MAX_PORTS]; /* of control ports, by port */
} host;

static uint32_t other_port(const host *h, pinna_lv2_port port)
{
    return 2 * h->n_channels + h->n_controls + (uint32_t)port;
}

static void open_host(host *h, uint32_t n_channels, double rate,
                      const LV2_Feature *const *features)
{
    *h = (host){.plugin = plugins[n_channels - 1], .n_channels = n_channels};
    h->n_controls = (uint32_t)pinna_controls_of(n_channels, h->controls);
    h->handle = h->plugin->instantiate(h->plugin, rate, "/", features);
    assert_non_null(h->handle);
    for (uint32_t i = 0; i < h->n_controls; i++)
        h->values[2 * n_channels + i] =
            pinna_controls[h->controls[i]].by_default;
    h->values[other_port(h, PINNA_LV2_ENABLED)] = 1;
    const uint32_t n_ports = other_port(h, PINNA_LV2_N_PORTS);
    for (uint32_t p = 2 * n_channels; p < n_ports; p++)
        h->plugin->connect_port(h->handle, p, &h->values[p]);
    h->plugin->connect_port(h->handle, 1000, NULL);
    h->plugin->activate(h->handle);
}

static void close_host(host *h)
{
    h->plugin->cleanup(h->handle);
}

/* In place. */
static void run(host *h, float *const *channels, uint32_t n)
{
    for (uint32_t c = 0; c < h->n_channels; c++) {
        h->plugin->connect_port(h->handle, c, channels[c]);
        h->plugin->connect_port(h->handle, h->n_channels + c, channels[c]);
    }
    h->plugin->run(h->handle, n);
}

static const LV2_State_Interface *state_of(const host *h)
{
    const LV2_State_Interface *interface =
        h->plugin->extension_data(LV2_STATE__interface);
    assert_non_null(interface);
    return interface;
}

/* Is this what the model makes of the test signal? */
static int sounds_like(host *h, const pinna_model *model)
{
    float *got = zeros(N), *want = zeros(N);
    pinna_denoise_chain *chain;

    support_signal(got, N, RATE);
    support_signal(want, N, RATE);
    assert_int_equal(pinna_denoise_chain_new(model, RATE, 1, &chain), PINNA_OK);
    pinna_denoise_chain_process(chain, (const float *const *)&want, &want, N);
    pinna_denoise_chain_free(chain);
    h->plugin->activate(h->handle);
    run(h, &got, N);
    const int same = memcmp(got, want, N * sizeof *got) == 0;
    free(got);
    free(want);
    return same;
}

/* ---- tests ---- */

static void test_descriptors(void **state)
{
    (void)state;
    assert_string_equal(plugins[0]->URI, PINNA_LV2_MONO_URI);
    assert_string_equal(plugins[1]->URI, PINNA_LV2_STEREO_URI);
    assert_null(plugins[0]->extension_data("urn:nothing"));
}

/* Each control in turn away from its default, blocks of many sizes. */
static void test_equals_the_core(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 9000, 64, 441, 1024};

    for (uint32_t n_channels = 1; n_channels <= 2; n_channels++) {
        float *want[2] = {NULL}, *got[2] = {NULL};
        host h;
        pinna_denoise_chain *chain;
        open_host(&h, n_channels, RATE, n_channels == 1 ? nothing : NULL);
        assert_int_equal(
            pinna_denoise_chain_new(built_in, RATE, n_channels, &chain),
            PINNA_OK);
        for (uint32_t c = 0; c < n_channels; c++) {
            want[c] = random_floats(N, 3 + c, 0.3f);
            got[c] = random_floats(N, 3 + c, 0.3f);
        }
        for (uint32_t used = 0, i = 0; used < N; i++) {
            const uint32_t left = N - used;
            const uint32_t n = sizes[i % 6] < left ? sizes[i % 6] : left;
            float *here[] = {got[0] + used, n_channels > 1 ? got[1] + used : 0};
            float *there[] = {want[0] + used,
                              n_channels > 1 ? want[1] + used : 0};
            const uint32_t k = i % h.n_controls;
            const float value = pinna_controls[h.controls[k]].most / 3;
            h.values[2 * n_channels + k] = value;
            pinna_denoise_chain_set(chain, h.controls[k], value);

            run(&h, here, n);
            pinna_denoise_chain_process(chain, (const float *const *)there,
                                        there, n);
            assert_true(h.values[other_port(&h, PINNA_LV2_LATENCY)] ==
                        (float)pinna_denoise_chain_latency(chain));
            assert_true(h.values[other_port(&h, PINNA_LV2_VAD)] ==
                        100 * pinna_denoise_chain_speech_probability(chain));
            assert_true(h.values[other_port(&h, PINNA_LV2_REDUCTION)] ==
                        pinna_denoise_chain_reduction_db(chain));
            used += n;
        }
        assert_true(h.values[other_port(&h, PINNA_LV2_REDUCTION)] > 0);
        for (uint32_t c = 0; c < n_channels; c++) {
            assert_memory_equal(got[c], want[c], N * sizeof(float));
            free(got[c]);
            free(want[c]);
        }
        pinna_denoise_chain_free(chain);
        close_host(&h);
    }
}

/* Whatever the mode. */
static void test_not_enabled_is_bypass(void **state)
{
    (void)state;
    float *in = zeros(N), *out = zeros(N);
    host h;

    support_signal(in, N, RATE);
    support_signal(out, N, RATE);
    open_host(&h, 1, RATE, nothing);
    h.values[other_port(&h, PINNA_LV2_ENABLED)] = 0;
    h.values[other_port(&h, PINNA_LV2_ENABLED) - 1] = PINNA_MODE_MUTE;
    run(&h, &out, N);
    const size_t latency = (size_t)h.values[other_port(&h, PINNA_LV2_LATENCY)];
    assert_memory_equal(out + latency, in, (N - latency) * sizeof *in);
    close_host(&h);
    free(in);
    free(out);
}

static void test_state(void **state)
{
    (void)state;
    const uint32_t model_key = map_uri(NULL, PINNA_LV2_MODEL_URI);
    const uint32_t path_type = map_uri(NULL, LV2_ATOM__Path);
    store empty = {0}, given = {0}, saved = {0};
    host h;

    open_host(&h, 1, RATE, with_map);
    const LV2_State_Interface *interface = state_of(&h);
    assert_true(sounds_like(&h, built_in));
    /* There is nothing to say about the default. */
    assert_int_equal(interface->save(h.handle, put, &saved, 0, nothing),
                     LV2_STATE_SUCCESS);
    assert_int_equal(saved.n, 0);

    given = (store){1, model_key, path_type, 0, "", strlen(other_path) + 1};
    strcpy(given.value, other_path);
    assert_int_equal(interface->restore(h.handle, get, &given, 0, nothing),
                     LV2_STATE_SUCCESS);
    assert_true(sounds_like(&h, other));

    /* With the host's way to write paths, from one instance to another. */
    assert_int_equal(interface->save(h.handle, put, &saved, 0, with_paths),
                     LV2_STATE_SUCCESS);
    assert_int_equal(saved.n, 1);
    assert_int_equal(saved.key, model_key);
    assert_int_equal(saved.type, path_type);
    assert_memory_equal(saved.value, "abstract:", 9);
    assert_string_equal(saved.value + 9, other_path);
    host second;
    open_host(&second, 1, RATE, with_map);
    assert_int_equal(
        interface->restore(second.handle, get, &saved, 0, with_paths),
        LV2_STATE_SUCCESS);
    assert_true(sounds_like(&second, other));
    assert_int_equal(n_freed, 2);
    close_host(&second);

    /* A state without a model is one of the default. */
    assert_int_equal(interface->restore(h.handle, get, &empty, 0, nothing),
                     LV2_STATE_SUCCESS);
    assert_true(sounds_like(&h, built_in));
    close_host(&h);
}

static void test_bad_state(void **state)
{
    (void)state;
    const uint32_t model_key = map_uri(NULL, PINNA_LV2_MODEL_URI);
    const uint32_t path_type = map_uri(NULL, LV2_ATOM__Path);
    store given = {1, model_key, path_type + 1, 0, "/x", 3};
    host h;

    open_host(&h, 1, RATE, with_map);
    const LV2_State_Interface *interface = state_of(&h);
    assert_int_equal(interface->restore(h.handle, get, &given, 0, nothing),
                     LV2_STATE_ERR_BAD_TYPE);
    given.type = path_type;
    given.size = 2; /* no end */
    assert_int_equal(interface->restore(h.handle, get, &given, 0, nothing),
                     LV2_STATE_ERR_BAD_TYPE);
    assert_true(sounds_like(&h, built_in));
    /* A file that is gone costs a line on stderr and is not forgotten. */
    given.size = 3;
    assert_int_equal(interface->restore(h.handle, get, &given, 0, nothing),
                     LV2_STATE_SUCCESS);
    assert_true(sounds_like(&h, built_in));
    store saved = {0};
    assert_int_equal(interface->save(h.handle, put, &saved, 0, nothing),
                     LV2_STATE_SUCCESS);
    assert_string_equal(saved.value, "/x");
    close_host(&h);

    /* Without numbers for URIs there is no state. */
    open_host(&h, 1, RATE, nothing);
    assert_int_equal(interface->restore(h.handle, get, &given, 0, nothing),
                     LV2_STATE_ERR_NO_FEATURE);
    close_host(&h);
}

static void work(void *context)
{
    host *h = context;
    float left[4096], right[4096], *both[] = {left, right};

    for (uint32_t n = 0; n <= 4096; n = 2 * n + 1) {
        support_signal(left, 4096, RATE);
        support_signal(right, 4096, RATE);
        for (uint32_t k = 2 * h->n_channels;
             k <= other_port(h, PINNA_LV2_ENABLED); k++)
            h->values[k] = (float)((n * (k + 1)) % 101);
        run(h, both, n);
    }
    h->plugin->activate(h->handle);
}

static void test_real_time(void **state)
{
    (void)state;
    host h;
    const char *last;
    bool possible;

    open_host(&h, 2, RATE, with_map);
    support_count_allocations();
    rt_calls_reset();
    work(&h);
    const size_t n_calls = rt_calls_count(&last);
    assert_int_equal(support_allocations(), 0);
    if (n_calls > 0)
        fail_msg("%zu calls, the last one of %s()", n_calls, last);
    const bool lived = rt_calls_none_of_the_system(work, &h, &possible);
    assert_true(lived || !possible);
    close_host(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_equals_the_core),
        cmocka_unit_test(test_not_enabled_is_bypass),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_bad_state),
        cmocka_unit_test(test_real_time),
    };
    return cmocka_run_group_tests_name("lv2", tests, set_up, tear_down);
}
