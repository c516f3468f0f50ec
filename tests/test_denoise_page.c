/* What the page says; tests/report_page.sh opens one in a browser. */
#include "tools/denoise_page.h"

#include "datasets/audio_file.h"
#include "tests/support.h"
#include "tools/html_page.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, N = 3 * RATE };

static char text[1 << 20];

static size_t count(const char *what)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    return n;
}

static void a_section_for_each_recording(void **state)
{
    static float samples[N];
    const char *before = support_temp("a&b.wav"),
               *after = support_temp("x.wav");
    const pinna_denoise_result result = {
        .sample_rate = RATE,
        .n_channels = 1,
        .duration_s = 3,
        .before_db = -20,
        .after_db = -22.5,
        .noise_drop_db = 12.25,
    };
    FILE *file = tmpfile();

    (void)state;
    support_signal(samples, N, RATE);
    assert_int_equal(pinna_audio_save_mono(before, RATE, samples, N, NULL), 0);
    assert_int_equal(pinna_audio_save_mono(after, RATE, samples, N, NULL), 0);
    pinna_html_begin(file, "Denoised recordings");
    for (int i = 0; i < 2; i++) {
        pinna_denoise_view view;
        assert_int_equal(pinna_denoise_view_make(before, after, &view, NULL),
                         0);
        assert_close(view.before.duration_s, 3, 1e-9);
        assert_close(view.after.duration_s, 3, 1e-9);
        assert_int_equal(pinna_denoise_page_add(file, &view, &result, NULL), 0);
        pinna_denoise_view_free(&view);
    }
    pinna_denoise_page_end(file);
    rewind(file);
    const size_t n = fread(text, 1, sizeof text - 1, file);
    assert_in_range(n, 1000, sizeof text - 2);
    text[n] = '\0';
    fclose(file);

    assert_int_equal(count("<section data-seconds=\"3.000000\">"), 2);
    assert_int_equal(count("/a&amp;b.wav</h2>"), 2);
    assert_int_equal(count("src=\"data:image/png;base64,iVBORw0KGgo"), 2);
    /* FLACs begin with "fLaC". */
    assert_int_equal(count("src=\"data:audio/flac;base64,Zkxh"), 4);
    assert_int_equal(count("aria-label=\"Play Before\""), 2);
    assert_int_equal(count("aria-label=\"Play After\""), 2);
    assert_int_equal(count("<td>lowered by 12.2 dB</td>"), 2);
    assert_int_equal(count("<td>-20.0 dB re full scale, then -22.5 dB</td>"),
                     2);
    assert_int_equal(count("<script>"), 1);
    /* Nothing is fetched from anywhere. */
    assert_int_equal(count("http"), 0);
    assert_int_equal(count("src="), count("src=\"data:"));
}

static void failures_name_the_file(void **state)
{
    const char *lost = support_temp("lost.wav");
    pinna_denoise_view view;
    pinna_error error;

    (void)state;
    assert_int_not_equal(pinna_denoise_view_make(lost, lost, &view, &error), 0);
    assert_non_null(strstr(error.text, "lost.wav"));
    pinna_denoise_view_free(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_for_each_recording),
        cmocka_unit_test(failures_name_the_file),
    };
    return cmocka_run_group_tests_name("denoise_page", tests, NULL, NULL);
}
