/* What the page says; tests/report_page.sh opens it in a browser. */
#include "tools/report_page.h"

#include "tests/support.h"

#include <stdlib.h>
#include <string.h>

static char text[65536];

static size_t count(const char *what)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    return n;
}

/* A report of nothing in particular, under a name that has to be escaped. */
static pinna_sound_report make(void)
{
    pinna_sound_report report = {
        .path = "x/<b>\"&\xff\x01\xc3\xa4.wav",
        .info = {.sample_rate = 8000, .n_channels = 1, .format = "A & B"},
        .n_samples = 16000,
        .duration_s = 2,
        .peak_db = -6,
        .rms_db = -20,
        .sound = {tmpfile(), 1},
    };

    fputs("foobar", report.sound.flac);
    assert_int_equal(pinna_segments_add(&report.segments, 0.5, 1.25), 0);
    assert_int_equal(
        pinna_picture_new(3, 2, (pinna_colour){1, 2, 3}, &report.picture), 0);
    return report;
}

static void write_page(pinna_sound_report *reports, size_t n)
{
    FILE *file = tmpfile();

    pinna_report_page_begin(file);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pinna_report_page_add(file, &reports[i], NULL), 0);
    pinna_report_page_end(file);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
}

static void a_section_has_it_all(void **state)
{
    pinna_sound_report report = make();

    (void)state;
    write_page(&report, 1);
    assert_int_equal(count("<section "), 1);
    assert_int_equal(count("<h2>x/&lt;b&gt;&quot;&amp;\xef\xbf\xbd\xef\xbf\xbd"
                           "\xc3\xa4.wav</h2>"),
                     1);
    assert_int_equal(count("src=\"data:image/png;base64,iVBORw0KGgo"), 1);
    assert_int_equal(count("src=\"data:audio/flac;base64,Zm9vYmFy\""), 1);
    assert_int_equal(count("The player has the first 1 seconds."), 1);
    assert_int_equal(count("speech in 1 segment, 0.75 seconds"), 1);
    assert_int_equal(count("<td>8000 Hz</td>"), 1);
    assert_int_equal(count("<td>A &amp; B</td>"), 1);
    assert_int_equal(count("<td>0.75 s (38 %) in 1 segment</td>"), 1);
    assert_int_equal(count("<td>0.500</td><td>1.250</td><td>0.750</td>"), 1);
    pinna_sound_report_free(&report);
}

/* Nothing is fetched from anywhere. */
static void the_page_needs_nothing_else(void **state)
{
    pinna_sound_report reports[2] = {make(), make()};

    (void)state;
    write_page(reports, 2);
    assert_int_equal(count("<section "), 2);
    assert_int_equal(count("http"), 0);
    assert_int_equal(count("url("), 0);
    assert_int_equal(count("@import"), 0);
    assert_int_equal(count("src="), count("src=\"data:"));
    pinna_sound_report_free(&reports[0]);
    pinna_sound_report_free(&reports[1]);
}

static void no_sound_no_player(void **state)
{
    pinna_sound_report report = make();

    (void)state;
    fclose(report.sound.flac);
    report.sound.flac = NULL;
    pinna_segments_free(&report.segments);
    write_page(&report, 1);
    assert_int_equal(count("<audio"), 0);
    assert_int_equal(count("<details>"), 0);
    pinna_sound_report_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_has_it_all),
        cmocka_unit_test(the_page_needs_nothing_else),
        cmocka_unit_test(no_sound_no_player),
    };
    return cmocka_run_group_tests_name("report_page", tests, NULL, NULL);
}
