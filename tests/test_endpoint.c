/* Decisions written as text ('#' speech, '.' none, 10 ms each) to segments. */
#include "dsp/endpoint.h"

#include "dsp/rng.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static pinna_endpoint open(double onset_ms, double hang_over_ms,
                           double min_speech_ms, double look_back_ms)
{
    const pinna_endpoint_config config = {0.01, onset_ms, hang_over_ms,
                                          min_speech_ms, look_back_ms};
    pinna_endpoint endpoint;

    assert_int_equal(pinna_endpoint_init(&endpoint, &config, NULL), PINNA_OK);
    return endpoint;
}

/* "frame:begin", "frame:end" for each event, times in ms; "$" is finish. */
static const char *events_of(pinna_endpoint *endpoint, const char *frames)
{
    static char text[1000];
    pinna_endpoint_event event;
    size_t used = 0;

    text[0] = '\0';
    for (size_t k = 0; k <= strlen(frames); k++) {
        const bool told =
            frames[k]
                ? pinna_endpoint_process(endpoint, frames[k] == '#', &event)
                : pinna_endpoint_finish(endpoint, &event);
        if (!told)
            continue;
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s%s%zu%s%.0f", used ? " " : "",
            frames[k] ? "" : "$", k,
            event.type == PINNA_SPEECH_BEGIN ? "<" : ">", 1000 * event.time_s);
    }
    return text;
}

static void test_a_segment_has_its_pads(void **state)
{
    (void)state;
    pinna_endpoint endpoint = open(20, 30, 20, 0);
    /* Frames 5 to 9; certain in frame 6; gone in frame 12. */
    assert_string_equal(events_of(&endpoint, ".....#####......"),
                        "6<50 12>130");
    endpoint = open(20, 30, 20, 25);
    assert_string_equal(events_of(&endpoint, ".....#####......"),
                        "6<25 12>130");
    /* Not before the start. */
    endpoint = open(20, 30, 20, 200);
    assert_string_equal(events_of(&endpoint, ".....#####......"), "6<0 12>130");
}

static void test_onset_needs_speech_without_a_gap(void **state)
{
    (void)state;
    pinna_endpoint endpoint = open(30, 50, 0, 0);
    assert_string_equal(events_of(&endpoint, "##.##.##.###......"),
                        "11<90 16>170");
    endpoint = open(0, 50, 0, 0);
    assert_string_equal(events_of(&endpoint, "..#....."), "2<20 7>80");
}

static void test_short_speech_is_left_out(void **state)
{
    (void)state;
    /* From first to last speech, gaps within hang-over counted. */
    pinna_endpoint endpoint = open(20, 40, 80, 0);
    assert_string_equal(events_of(&endpoint, "..#####......"), "");
    pinna_endpoint_reset(&endpoint);
    assert_string_equal(events_of(&endpoint, "..###..####....."),
                        "9<20 14>150");
}

static void test_pauses_within_the_hang_over_do_not_split(void **state)
{
    (void)state;
    pinna_endpoint endpoint = open(20, 30, 20, 0);
    assert_string_equal(events_of(&endpoint, "###..###...###..."),
                        "1<0 10>110 12<110 16>170");
}

/* The look-back of the second may not reach into the first. */
static void test_segments_never_overlap(void **state)
{
    (void)state;
    pinna_endpoint endpoint = open(20, 30, 20, 100);
    assert_string_equal(events_of(&endpoint, "###....###..."),
                        "1<0 5>60 8<60 12>130");
}

static void test_the_end_of_the_stream_ends_a_segment(void **state)
{
    (void)state;
    pinna_endpoint endpoint = open(20, 300, 20, 0);
    assert_string_equal(events_of(&endpoint, "..####..."), "3<20 $9>90");
    endpoint = open(20, 10, 20, 0);
    assert_string_equal(events_of(&endpoint, "..####"), "3<20 $6>60");
    endpoint = open(20, 10, 20, 0);
    assert_string_equal(events_of(&endpoint, "..#"), "");
    endpoint = open(20, 10, 20, 0);
    assert_string_equal(events_of(&endpoint, ""), "");
}

static void test_no_hang_over(void **state)
{
    (void)state;
    pinna_endpoint endpoint = open(10, 0, 0, 0);
    assert_string_equal(events_of(&endpoint, ".#.##.#"),
                        "1<10 2>20 3<30 5>50 6<60 $7>70");
}

static void test_events_take_turns_and_times_grow(void **state)
{
    (void)state;
    pinna_rng rng;

    pinna_rng_seed(&rng, 3, 0);
    for (int trial = 0; trial < 200; trial++) {
        pinna_endpoint endpoint = open(
            pinna_rng_uniform(&rng, 0, 60), pinna_rng_uniform(&rng, 0, 90),
            pinna_rng_uniform(&rng, 0, 90), pinna_rng_uniform(&rng, 0, 200));
        pinna_endpoint_event event;
        bool inside = false;
        double last_s = 0;
        for (int k = 0; k <= 300; k++) {
            const bool speech =
                pinna_rng_uniform(&rng, 0, 1) < (k / 20 % 2 ? 0.9 : 0.1);
            const bool told =
                k < 300 ? pinna_endpoint_process(&endpoint, speech, &event)
                        : pinna_endpoint_finish(&endpoint, &event);
            if (!told)
                continue;
            assert_int_equal(event.type == PINNA_SPEECH_END, inside);
            assert_true(event.time_s >= last_s);
            assert_true(event.time_s <= 0.01 * (k + 1) + 1e-9);
            inside = !inside;
            last_s = event.time_s;
        }
        assert_false(inside);
    }
}

static void refuse(pinna_endpoint_config config, const char *what)
{
    pinna_endpoint endpoint;
    pinna_error error = {""};

    assert_int_equal(pinna_endpoint_init(&endpoint, &config, &error),
                     PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, what));
}

static void test_bad_arguments(void **state)
{
    (void)state;
    const pinna_endpoint_config good = pinna_endpoint_config_default();
    pinna_endpoint_config bad = good;

    bad.frame_shift_s = 0;
    refuse(bad, "frame shift");
    bad = good;
    bad.onset_ms = -1;
    refuse(bad, "onset");
    bad = good;
    bad.hang_over_ms = NAN;
    refuse(bad, "hang-over");
    bad = good;
    bad.min_speech_ms = 60001;
    refuse(bad, "least speech");
    bad = good;
    bad.look_back_ms = INFINITY;
    refuse(bad, "look-back");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_segment_has_its_pads),
        cmocka_unit_test(test_onset_needs_speech_without_a_gap),
        cmocka_unit_test(test_short_speech_is_left_out),
        cmocka_unit_test(test_pauses_within_the_hang_over_do_not_split),
        cmocka_unit_test(test_segments_never_overlap),
        cmocka_unit_test(test_the_end_of_the_stream_ends_a_segment),
        cmocka_unit_test(test_no_hang_over),
        cmocka_unit_test(test_events_take_turns_and_times_grow),
        cmocka_unit_test(test_bad_arguments),
    };
    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
