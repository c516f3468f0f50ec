#include "support.h"

#include <string.h>

#include "tools/live_meters.h"

static void test_line(void **state)
{
    (void)state;
    enum { N = 480 };
    float in[N], out[N];
    const float *ins[] = {in}, *outs[] = {out};
    char text[80];
    pinna_live_meters meters = {0};
    pinna_live_moment moment = {
        .speech_probability = 0.87, .reduction_db = 14, .load = 0.034};

    for (size_t i = 0; i < N; i++) {
        in[i] = i % 2 ? 1.0f : -1.0f;
        out[i] = i % 2 ? 0.0316f : -0.0316f; /* -30 dB */
    }
    pinna_live_meters_hear(&meters, ins, outs, 1, N);
    pinna_live_meters_look(&meters, &moment);
    pinna_live_meters_line(&meters, &moment, text, sizeof text);
    assert_string_equal(text, "in ######## out ####....  -14 dB voice  87 % "
                              "cpu 3 % xruns 0");

    /* Nothing new: the bars stay. Silence: they are empty. */
    moment.bypassed = moment.muted = moment.recording = true;
    moment.n_xruns = 3;
    pinna_live_meters_line(&meters, &moment, text, sizeof text);
    assert_string_equal(text, "REC BYPASS MUTE in ######## out ####....  -14 "
                              "dB voice  87 % cpu 3 % xruns 3");
    memset(in, 0, sizeof in);
    pinna_live_meters_hear(&meters, ins, ins, 1, N);
    moment.load = 0.1;
    moment.speech_probability = 0.2;
    pinna_live_meters_look(&meters, &moment);
    pinna_live_meters_line(&meters, &moment, text, sizeof text);
    assert_non_null(strstr(text, "in ........ out ........ "));
    moment.gone = true;
    pinna_live_meters_line(&meters, &moment, text, sizeof text);
    assert_non_null(strstr(text, "waiting"));

    assert_close(pinna_level_peak_db(&meters.all[0]), 0, 1e-6);
    assert_close(pinna_level_rms_db(&meters.all[0]), -3.01, 0.01);
    assert_close(pinna_level_peak_db(&meters.all[1]), -30, 0.01);
    assert_int_equal(meters.n_looks, 2);
    assert_int_equal(meters.n_speech, 1);
    assert_close(meters.load_most, 0.1, 0);
    assert_close(meters.load_sum, 0.134, 1e-12);
    assert_close(meters.reduction_sum, 28, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_line)};
    return cmocka_run_group_tests_name("live_meters", tests, NULL, NULL);
}
