#include "support.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/text_file.h"
#include "tools/filter_chain_check.h"

static FILE *anew(const char *path)
{
    remove(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    return file;
}

/* What install-source writes; the caller frees it. */
static char *written(bool sink, pinna_plugin_kind kind, const char *target)
{
    const char *path = support_temp("written.conf");
    FILE *file = anew(path);
    char *text;
    size_t n;

    pinna_filter_chain_write(file, sink, kind, target);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(pinna_text_file_read(path, &text, &n, NULL), PINNA_OK);
    return text;
}

static pinna_status check(const char *text, size_t n, bool sink,
                          pinna_plugin_kind *kind, pinna_error *error)
{
    const char *path = support_temp("x.conf");
    FILE *file = anew(path);

    assert_int_equal(fwrite(text, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    return pinna_filter_chain_check(path, sink, kind, error);
}

static void test_takes_what_is_written(void **state)
{
    (void)state;

    for (int i = 0; i < 8; i++) {
        const bool sink = i % 2;
        const pinna_plugin_kind kind = (pinna_plugin_kind)(i / 2 % 2);
        char *text = written(sink, kind, i < 4 ? NULL : "alsa_input.usb");
        pinna_plugin_kind got;
        assert_int_equal(check(text, strlen(text), sink, &got, NULL), PINNA_OK);
        assert_int_equal(got, kind);
        /* The other one's is not. */
        assert_int_equal(check(text, strlen(text), !sink, &got, NULL),
                         PINNA_BAD_FORMAT);
        free(text);
    }
}

/* The text with the first `from` replaced; the caller frees it. */
static char *changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    const size_t size = strlen(text) + strlen(to) + 1;
    char *other = malloc(size);

    assert_non_null(at);
    assert_non_null(other);
    snprintf(other, size, "%.*s%s%s", (int)(at - text), text, to,
             at + strlen(from));
    return other;
}

/* want: NULL, or what is told behind the file's name. */
static void assert_told(const char *text, const char *from, const char *to,
                        const char *want)
{
    char *other = changed(text, from, to);
    char line[1024];
    pinna_plugin_kind kind;
    pinna_error error = {""};
    const pinna_status status =
        check(other, strlen(other), false, &kind, &error);

    free(other);
    assert_int_equal(status, want ? PINNA_BAD_FORMAT : PINNA_OK);
    if (!want)
        return;
    snprintf(line, sizeof line, "%s:%s", support_temp("x.conf"), want);
    assert_string_equal(error.text, line);
}

static void test_tells_what_differs(void **state)
{
    (void)state;
    char *lv2 = written(false, PINNA_PLUGIN_LV2, NULL);
    char *ladspa = written(false, PINNA_PLUGIN_LADSPA, "mic");

    assert_told(lv2, "denoiser-mono", "denoiser",
                "11: \"urn:pinna:denoiser\" where install-source writes "
                "\"urn:pinna:denoiser-mono\"");
    assert_told(ladspa, "label = pinna_mono", "label = mono",
                "11: \"mono\" where install-source writes \"pinna_mono\"");
    assert_told(ladspa, "label = pinna_mono", "label = \"\"",
                "11: \"\" where install-source writes \"pinna_mono\"");
    assert_told(lv2, "Audio/Source", "Audio/Sink",
                "24: \"Audio/Sink\" where install-source writes "
                "\"Audio/Source\"");
    assert_told(lv2, "    }\n} ]\n", "",
                "25: it ends where install-source writes \"}\"");
    assert_told(lv2, "    }\n} ]\n", "    }\n} ]\n}",
                "27: \"}\" is more than install-source writes");
    /* Controls. */
    assert_told(lv2, "\"mix\" = 100.0", "\"mix\" = 40", NULL);
    assert_told(lv2, "\"mix\" = 100.0", "mix:40,", NULL);
    assert_told(lv2, "\"mix\" = 100.0", "", NULL);
    assert_told(lv2, "\"mix\" = 100.0", "\"mix\" = 101",
                "14: mix is \"101\", not 0 to 100");
    assert_told(lv2, "\"mix\" = 100.0", "\"mix\" = on",
                "14: mix is \"on\", not 0 to 100");
    assert_told(lv2, "\"mix\" = 100.0", "\"Mix (%)\" = 100",
                "14: the plugin has no control \"Mix (%)\"");
    assert_told(lv2, "\"mix\"", "\"stereo_link\"",
                "14: the plugin has no control \"stereo_link\"");
    assert_told(ladspa, "\"VAD Hold (ms)\" = 250.0", "\"VAD Hold (ms)\" = 999",
                NULL);
    assert_told(ladspa, "\"VAD Hold (ms)\" = 250.0", "vad_hold = 250",
                "16: the plugin has no control \"vad_hold\"");
    assert_told(lv2, strstr(lv2, "\"mode\""), "",
                "19: it ends where install-source writes \"}\"");
    /* What is no difference. */
    assert_told(ladspa, "\"mic\"", "\"another \\\" one\"", NULL);
    assert_told(lv2, "nodes = [ {", "nodes: [{ # } ] \"\n#\n", NULL);
    assert_told(lv2, "context.modules", "\"context.modules\"", NULL);
    free(lv2);
    free(ladspa);
}

/* No part of the file will do, and none is too odd. */
static void test_takes_no_part(void **state)
{
    (void)state;
    char *whole = written(true, PINNA_PLUGIN_LADSPA, "mic");
    char *text = strstr(whole, "context"); /* behind a comment */
    const size_t n = (size_t)(strrchr(text, ']') - text);
    pinna_plugin_kind kind;

    for (size_t i = 0; i <= n; i++) {
        assert_int_equal(check(text, i, true, &kind, NULL), PINNA_BAD_FORMAT);
        assert_int_equal(check(text + i + 1, n - i, true, &kind, NULL),
                         PINNA_BAD_FORMAT);
    }
    memset(text, 'x', n);
    assert_int_equal(check(text, n, true, &kind, NULL), PINNA_BAD_FORMAT);
    memset(text, '\\', n);
    text[0] = '"';
    assert_int_equal(check(text, n, true, &kind, NULL), PINNA_BAD_FORMAT);
    free(whole);
    assert_int_equal(
        pinna_filter_chain_check("/none/x.conf", true, &kind, NULL),
        PINNA_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_what_is_written),
        cmocka_unit_test(test_tells_what_differs),
        cmocka_unit_test(test_takes_no_part),
    };
    return cmocka_run_group_tests_name("filter_chain_check", tests, NULL, NULL);
}
