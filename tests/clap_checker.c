/* tests/clap_checker.c -- is this file a good CLAP plugin?
 *
 *     clap_checker FILE.clap
 *
 * Knows nothing of ours: takes any effect with one input and one output of the
 * same width. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clap_host.h"
#include "dsp/rng.h"

enum { MAX_CHANNELS = 2, N = 24000 };

static const char *path;
static clap_file file;

static int set_up(void **state)
{
    (void)state;
    return clap_file_open(path, &file) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    clap_file_close(&file);
    return 0;
}

static uint32_t n_plugins(void)
{
    return file.factory->get_plugin_count(file.factory);
}

static const char *id_of(uint32_t index)
{
    return file.factory->get_plugin_descriptor(file.factory, index)->id;
}

static uint32_t n_channels_of(const clap_guest *guest)
{
    clap_audio_port_info_t info;

    assert_true(guest->ports->get(guest->plugin, 0, true, &info));
    return info.channel_count;
}

static void open_guest(uint32_t index, clap_guest *guest)
{
    assert_true(clap_guest_open(&file, id_of(index), guest));
    assert_non_null(guest->ports);
    assert_non_null(guest->params);
    assert_non_null(guest->state);
    assert_non_null(guest->latency);
    assert_in_range(n_channels_of(guest), 1, MAX_CHANNELS);
}

static void test_factory(void **state)
{
    (void)state;
    clap_guest guest;

    assert_null(file.entry->get_factory("no such factory"));
    assert_true(n_plugins() > 0);
    assert_null(file.factory->get_plugin_descriptor(file.factory, n_plugins()));
    assert_false(clap_guest_open(&file, "no such plugin", &guest));
    for (uint32_t i = 0; i < n_plugins(); i++) {
        const clap_plugin_descriptor_t *descriptor =
            file.factory->get_plugin_descriptor(file.factory, i);
        char longer[256];
        assert_true(clap_version_is_compatible(descriptor->clap_version));
        assert_true(descriptor->id[0] && descriptor->name[0]);
        assert_non_null(descriptor->features);
        for (uint32_t k = 0; k < i; k++)
            assert_string_not_equal(descriptor->id, id_of(k));
        snprintf(longer, sizeof longer, "%s and more", descriptor->id);
        assert_false(clap_guest_open(&file, longer, &guest));

        open_guest(i, &guest);
        assert_string_equal(guest.plugin->desc->id, descriptor->id);
        assert_null(guest.plugin->get_extension(guest.plugin, "no such"));
        clap_guest_close(&guest);
    }
}

static void test_ports(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < n_plugins(); i++) {
        clap_guest guest;
        open_guest(i, &guest);
        for (int is_input = 0; is_input < 2; is_input++) {
            clap_audio_port_info_t info;
            assert_int_equal(guest.ports->count(guest.plugin, is_input), 1);
            assert_false(guest.ports->get(guest.plugin, 1, is_input, &info));
            assert_true(guest.ports->get(guest.plugin, 0, is_input, &info));
            assert_true(info.flags & CLAP_AUDIO_PORT_IS_MAIN);
            assert_int_equal(info.channel_count, n_channels_of(&guest));
            assert_string_equal(info.port_type, info.channel_count == 1
                                                    ? CLAP_PORT_MONO
                                                    : CLAP_PORT_STEREO);
        }
        clap_guest_close(&guest);
    }
}

static void check_text(clap_guest *guest, const clap_param_info_t *info,
                       double value)
{
    char text[64], tiny[2];
    double back;

    assert_true(guest->params->value_to_text(guest->plugin, info->id, value,
                                             text, sizeof text));
    assert_true(
        guest->params->text_to_value(guest->plugin, info->id, text, &back));
    assert_close(back, value, 0.051);
    (void)guest->params->value_to_text(guest->plugin, info->id, value, tiny,
                                       sizeof tiny);
    assert_true(memchr(tiny, 0, sizeof tiny));
}

static void test_params(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < n_plugins(); i++) {
        clap_guest guest;
        clap_param_info_t info, earlier;
        double value;
        open_guest(i, &guest);
        const uint32_t n = guest.params->count(guest.plugin);
        assert_false(guest.params->get_info(guest.plugin, n, &info));
        for (uint32_t p = 0; p < n; p++) {
            assert_true(guest.params->get_info(guest.plugin, p, &info));
            for (uint32_t k = 0; k < p; k++) {
                assert_true(guest.params->get_info(guest.plugin, k, &earlier));
                assert_int_not_equal(earlier.id, info.id);
                assert_string_not_equal(earlier.name, info.name);
            }
            assert_true(info.name[0]);
            assert_true(info.min_value < info.max_value);
            assert_true(info.default_value >= info.min_value &&
                        info.default_value <= info.max_value);
            assert_true(guest.params->get_value(guest.plugin, info.id, &value));
            assert_close(value, info.default_value, 1e-6);
            check_text(&guest, &info, info.min_value);
            check_text(&guest, &info, info.max_value);
            check_text(&guest, &info, info.default_value);

            /* What may be set is; what may not is not. */
            const clap_change change = {0, info.id, info.max_value};
            clap_guest_flush(&guest, &change, 1);
            assert_true(guest.params->get_value(guest.plugin, info.id, &value));
            assert_close(value,
                         info.flags & CLAP_PARAM_IS_READONLY
                             ? info.default_value
                             : info.max_value,
                         1e-6);
        }
        assert_false(guest.params->get_value(guest.plugin, 987654, &value));
        clap_guest_close(&guest);
    }
}

/* The whole signal in blocks of `piece` samples, 0 for random ones, where
 * nothing is changed; in place or not. */
static void process_all(clap_guest *guest, float *const *in, float *const *out,
                        uint32_t n_channels, uint32_t n, uint32_t piece)
{
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, piece);
    for (uint32_t used = 0; used < n;) {
        float *ins[MAX_CHANNELS], *outs[MAX_CHANNELS];
        uint32_t part =
            piece > 0 ? piece : 1 + (uint32_t)pinna_rng_below(&rng, 1000);
        part = part < n - used ? part : n - used;
        for (uint32_t c = 0; c < n_channels; c++) {
            ins[c] = in[c] + used;
            outs[c] = out[c] + used;
        }
        assert_true(clap_guest_process(guest, ins, outs, n_channels, part, NULL,
                                       0) != CLAP_PROCESS_ERROR);
        used += part;
    }
}

typedef float sound[MAX_CHANNELS][N];

static void channels_of(sound samples, float **channels)
{
    for (uint32_t c = 0; c < MAX_CHANNELS; c++)
        channels[c] = samples[c];
}

static void test_blocks(void **state)
{
    (void)state;
    static const uint32_t pieces[] = {1, 64, 441, 8193, 0};
    static sound in, want, got;
    float *ins[MAX_CHANNELS], *wants[MAX_CHANNELS], *gots[MAX_CHANNELS];

    channels_of(in, ins);
    channels_of(want, wants);
    channels_of(got, gots);
    for (uint32_t c = 0; c < MAX_CHANNELS; c++)
        support_signal(in[c], N, 40000 + 8000 * c);
    for (uint32_t i = 0; i < n_plugins(); i++) {
        clap_guest guest;
        open_guest(i, &guest);
        const uint32_t n = n_channels_of(&guest);
        assert_true(clap_guest_start(&guest, 48000));
        process_all(&guest, ins, wants, n, N, N);
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            memcpy(got, in, sizeof in);
            guest.plugin->reset(guest.plugin);
            process_all(&guest, p % 2 ? gots : ins, gots, n, N, pieces[p]);
            for (uint32_t c = 0; c < n; c++)
                assert_memory_equal(got[c], want[c], sizeof got[c]);
        }
        clap_guest_stop(&guest);
        clap_guest_close(&guest);
    }
}

/* At every rate it starts, is finite, and as late as it says. */
static void test_rates_and_latency(void **state)
{
    (void)state;
    static const double rates[] = {8000,  11025, 16000,  22050,   44100,
                                   48000, 96000, 192000, 12345.67};
    static sound in, out;
    float *ins[MAX_CHANNELS], *outs[MAX_CHANNELS];

    channels_of(in, ins);
    channels_of(out, outs);
    for (uint32_t i = 0; i < n_plugins(); i++) {
        clap_guest guest;
        open_guest(i, &guest);
        for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
            for (uint32_t c = 0; c < MAX_CHANNELS; c++)
                support_signal(in[c], N, rates[r]);
            assert_true(clap_guest_start(&guest, rates[r]));
            const uint32_t latency = guest.latency->get(guest.plugin);
            process_all(&guest, ins, outs, n_channels_of(&guest), N, 512);
            double best = -1;
            uint32_t delay = 0;
            for (uint32_t lag = 0; lag < N / 2; lag++) {
                double sum = 0;
                for (uint32_t k = 0; k < N / 2; k++)
                    sum += (double)in[0][k] * (double)out[0][k + lag];
                assert_true(isfinite(sum));
                delay = sum > best ? lag : delay;
                best = fmax(best, sum);
            }
            assert_int_equal(delay, latency);
            clap_guest_stop(&guest);
        }
        clap_guest_close(&guest);
    }
}

static void set_all(clap_guest *guest, double share)
{
    const uint32_t n = guest->params->count(guest->plugin);

    for (uint32_t p = 0; p < n; p++) {
        clap_param_info_t info;
        assert_true(guest->params->get_info(guest->plugin, p, &info));
        double value =
            info.min_value + share * (info.max_value - info.min_value);
        if (info.flags & CLAP_PARAM_IS_STEPPED)
            value = floor(value);
        const clap_change change = {0, info.id, value};
        clap_guest_flush(guest, &change, 1);
    }
}

static void assert_same_values(clap_guest *a, clap_guest *b)
{
    const uint32_t n = a->params->count(a->plugin);

    for (uint32_t p = 0; p < n; p++) {
        clap_param_info_t info;
        double left, right;
        assert_true(a->params->get_info(a->plugin, p, &info));
        assert_true(a->params->get_value(a->plugin, info.id, &left));
        assert_true(b->params->get_value(b->plugin, info.id, &right));
        assert_true(left == right);
    }
}

static void test_state(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < n_plugins(); i++)
        for (double share = 0; share <= 1; share += 0.37) {
            clap_guest from, to;
            clap_bytes bytes = {.piece = 3}, again = {.piece = 1000};
            open_guest(i, &from);
            open_guest(i, &to);
            set_all(&from, share);
            assert_true(clap_guest_save(&from, &bytes));
            bytes.piece = 2;
            assert_true(clap_guest_load(&to, &bytes));
            assert_same_values(&from, &to);
            assert_true(clap_guest_save(&to, &again));
            assert_int_equal(again.size, bytes.size);
            assert_memory_equal(again.bytes, bytes.bytes, bytes.size);
            clap_guest_close(&from);
            clap_guest_close(&to);
        }
}

/* A state cut anywhere, or random bytes, changes nothing. */
static void test_bad_states(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < n_plugins(); i++) {
        clap_guest guest, same;
        clap_bytes good = {.piece = 100}, bad;
        pinna_rng rng;
        open_guest(i, &guest);
        open_guest(i, &same);
        set_all(&guest, 0.3);
        assert_true(clap_guest_save(&guest, &good));
        set_all(&guest, 0.8);
        set_all(&same, 0.8);
        for (bad = good; bad.size-- > 0;)
            assert_false(clap_guest_load(&guest, &bad));
        pinna_rng_seed(&rng, 5, 0);
        for (size_t k = 0; k < 200; k++) {
            bad =
                (clap_bytes){.size = pinna_rng_below(&rng, 8192), .piece = 77};
            for (size_t b = 0; b < bad.size; b++)
                bad.bytes[b] = (unsigned char)pinna_rng_below(&rng, 256);
            assert_false(clap_guest_load(&guest, &bad));
        }
        assert_same_values(&guest, &same);
        clap_guest_close(&guest);
        clap_guest_close(&same);
    }
}

/* Whatever comes in, what goes out is bounded, and a second later it is as loud
 * as it would be after a gap. */
static void test_bad_sounds(void **state)
{
    (void)state;
    static const float bads[] = {NAN, INFINITY, -INFINITY, 1e30f, 1e-40f};
    static sound in, out, gap;
    float *ins[MAX_CHANNELS], *outs[MAX_CHANNELS], *gaps[MAX_CHANNELS];

    channels_of(in, ins);
    channels_of(out, outs);
    channels_of(gap, gaps);
    for (uint32_t i = 0; i < n_plugins(); i++)
        for (size_t k = 0; k < sizeof bads / sizeof *bads; k++) {
            clap_guest guest;
            open_guest(i, &guest);
            const uint32_t n = n_channels_of(&guest);
            assert_true(clap_guest_start(&guest, 16000));
            for (uint32_t c = 0; c < MAX_CHANNELS; c++) {
                support_signal(in[c], N, 16000);
                memset(in[c] + 1000, 0, 1000 * sizeof(float));
            }
            process_all(&guest, ins, gaps, n, N, 480);
            for (uint32_t c = 0; c < MAX_CHANNELS; c++)
                for (size_t s = 1000; s < 2000; s++)
                    in[c][s] = bads[k];
            guest.plugin->reset(guest.plugin);
            process_all(&guest, ins, outs, n, N, 480);
            double power = 0, power_gap = 0;
            for (size_t s = 0; s < N; s++)
                assert_true(fabsf(out[0][s]) < 1e5f);
            for (size_t s = 18000; s < N; s++) {
                power += (double)out[0][s] * (double)out[0][s];
                power_gap += (double)gap[0][s] * (double)gap[0][s];
            }
            assert_close(10 * log10((power + 1e-9) / (power_gap + 1e-9)), 0, 3);
            clap_guest_stop(&guest);
            clap_guest_close(&guest);
        }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factory),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_rates_and_latency),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_bad_states),
        cmocka_unit_test(test_bad_sounds),
    };
    if (argc != 2) {
        fprintf(stderr, "Usage: clap_checker FILE.clap\n");
        return 2;
    }
    path = argv[1];
    return cmocka_run_group_tests_name("clap_checker", tests, set_up,
                                       tear_down);
}
