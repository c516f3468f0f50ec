#include "tools/feature_settings.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/presets.h"

static const char *const presets[] = {"kaldi", "htk", "torchaudio", "librosa",
                                      "whisper"};

/* What settings print, as one string that the caller frees. */
static char *printed(const pinna_feature_settings *settings)
{
    char *text;
    size_t size;
    pinna_json json = {.file = open_memstream(&text, &size)};
    pinna_feature_settings_print(settings, &json);
    assert_int_equal(fclose(json.file), 0);
    return text;
}

static const char *write_file(const char *name, const char *text)
{
    const char *path = support_temp(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* A preset's values, all of them, are what a file gives back. */
static void test_a_file_keeps_every_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        pinna_feature_settings settings, again;
        pinna_feature_settings_default(&settings);
        settings.preset = presets[i];
        assert_int_equal(pinna_feature_settings_base(&settings, NULL),
                         PINNA_OK);
        settings.config.features.preemphasis = 1.0 / 3.0;
        settings.config.features.dither_seed = 12345678901;
        settings.config.delta.order = 2;
        settings.config.cmvn = PINNA_CMVN_ONLINE;
        settings.rate = 16000;
        char *text = printed(&settings);

        pinna_feature_settings_default(&again);
        again.file = write_file("settings.json", text);
        assert_int_equal(pinna_feature_settings_base(&again, NULL), PINNA_OK);
        assert_int_equal(pinna_feature_settings_settle(&again, NULL), PINNA_OK);
        assert_true(again.config.features.preemphasis == 1.0 / 3.0);
        assert_int_equal(again.config.features.sample_rate, 16000);
        char *again_text = printed(&again);
        assert_string_equal(again_text, text);
        free(text);
        free(again_text);
    }
}

/* The text of a file is kept, and an option goes over it. */
static void test_statistics_are_kept(void **state)
{
    (void)state;
    pinna_feature_settings settings, again;
    pinna_feature_settings_default(&settings);
    settings.config.cmvn = PINNA_CMVN_GLOBAL;
    settings.cmvn_stats = "all \"x\".cmvn";
    char *text = printed(&settings);

    pinna_feature_settings_default(&again);
    again.file = write_file("cmvn.json", text);
    for (int i = 0; i < 2; i++) { /* the second replaces the first */
        assert_int_equal(pinna_feature_settings_base(&again, NULL), PINNA_OK);
        assert_int_equal(again.config.cmvn, PINNA_CMVN_GLOBAL);
        assert_string_equal(again.cmvn_stats, settings.cmvn_stats);
    }
    char *again_text = printed(&again);
    assert_string_equal(again_text, text);
    again.cmvn_stats = "other";
    assert_int_equal(pinna_feature_settings_settle(&again, NULL), PINNA_OK);
    assert_string_equal(again.cmvn_stats, "other");
    pinna_feature_settings_free(&again);
    free(text);
    free(again_text);
}

static void test_presets_are_those_of_dsp(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        pinna_feature_settings settings;
        pinna_preset preset;
        pinna_feature_settings_default(&settings);
        settings.preset = presets[i];
        settings.choices[0] = "fbank";
        assert_int_equal(pinna_feature_settings_base(&settings, NULL),
                         PINNA_OK);
        assert_int_equal(pinna_preset_from_name(presets[i], &preset), PINNA_OK);
        char *got = printed(&settings);
        settings.config.features =
            pinna_preset_config(preset, PINNA_FEATURE_FBANK);
        char *want = printed(&settings);
        assert_string_equal(got, want);
        free(got);
        free(want);
    }
}

/* Every option lands in its own place: changing one changes one value. */
static void test_every_option_changes_one_value(void **state)
{
    (void)state;
    pinna_feature_settings settings;
    pinna_option options[PINNA_FEATURE_OPTIONS];

    pinna_feature_settings_default(&settings);
    const size_t n = pinna_feature_settings_options(&settings, options);
    assert_true(n > 50 && n <= PINNA_FEATURE_OPTIONS);
    char *before = printed(&settings);
    for (size_t i = 0; i < n; i++) {
        if (options[i].flag)
            *options[i].flag = !*options[i].flag;
        else if (options[i].number)
            *options[i].number += 1;
        else if (options[i].count)
            *options[i].count += 1;
        else if (options[i].seed)
            *options[i].seed += 1;
        else
            continue;
        char *after = printed(&settings);
        /* These show in others, once they are settled. */
        if (strcmp(options[i].name, "power") != 0 &&
            strcmp(options[i].name, "subtract-mean") != 0)
            assert_string_not_equal(after, before);
        free(before);
        before = after;
    }
    free(before);
}

static void check_refused(pinna_feature_settings *settings, const char *word)
{
    pinna_error error = {""};
    if (!pinna_feature_settings_base(settings, &error) &&
        !pinna_feature_settings_settle(settings, &error))
        fail_msg("taken, although %s is wrong", word);
    if (!strstr(error.text, word))
        fail_msg("\"%s\" does not name %s", error.text, word);
}

static void test_bad_settings(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"", "bad.json"},
        {"[1]", "no JSON object"},
        {"{\"type\": \"chroma\"}", "type"},
        {"{\"num_mel_bins\": 2.5}", "num_mel_bins"},
        {"{\"num_mel_bins\": 0}", "num_mel_bins"},
        {"{\"snip_edges\": 1}", "snip_edges"},
        {"{\"seed\": -1}", "seed"},
        {"{\"low_freq\": \"x\"}", "low_freq"},
        {"{\"cmvn_stats\": 7}", "cmvn_stats"},
        {"{\"cmvn_stats\": \"x\", \"colour\": 1}", "colour"},
        {"{\"colour\": 1}", "colour"},
        {"{\"center\": true, \"center\": true}", "center"},
    };
    pinna_feature_settings settings;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        pinna_feature_settings_default(&settings);
        settings.file = write_file("bad.json", files[i][0]);
        check_refused(&settings, files[i][1]);
    }
    pinna_feature_settings_default(&settings);
    settings.file = support_temp("missing.json");
    check_refused(&settings, "missing.json");
    pinna_feature_settings_default(&settings);
    settings.preset = "sphinx";
    check_refused(&settings, "sphinx");
    pinna_feature_settings_default(&settings);
    settings.choices[0] = "chroma";
    check_refused(&settings, "chroma");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_keeps_every_value),
        cmocka_unit_test(test_statistics_are_kept),
        cmocka_unit_test(test_presets_are_those_of_dsp),
        cmocka_unit_test(test_every_option_changes_one_value),
        cmocka_unit_test(test_bad_settings),
    };
    return cmocka_run_group_tests_name("feature_settings", tests, NULL, NULL);
}
