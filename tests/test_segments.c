/* The formats of segments, from segments made here. */
#include "tools/segments.h"

#include "tests/support.h"

#include <stdio.h>
#include <string.h>

static pinna_segment items[] = {{0.25, 1.5}, {3600.1234, 3601}};
static const pinna_segments segments = {items, 2, 2, 4000};
static const pinna_segments nothing = {NULL, 0, 0, 2};

static char text[4096];

static const char *end(FILE *file)
{
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void as_text(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    pinna_segments_write_text(&segments, NULL, file);
    assert_string_equal(end(file), "0.250\t1.500\n3600.123\t3601.000\n");
    file = tmpfile();
    pinna_segments_write_text(&segments, "x/a b.wav", file);
    pinna_segments_write_text(&nothing, "c.wav", file);
    assert_string_equal(end(file), "x/a b.wav\t0.250\t1.500\n"
                                   "x/a b.wav\t3600.123\t3601.000\n");
}

static void as_json(void **state)
{
    pinna_json json = {.file = tmpfile()};

    (void)state;
    pinna_segments_write_json(&nothing, "a.wav", &json);
    assert_string_equal(end(json.file),
                        "{\"file\": \"a.wav\", \"duration\": 2.000, "
                        "\"speech\": 0.000, \"segments\": []}\n");
    json = (pinna_json){.file = tmpfile()};
    pinna_segments_write_json(&segments, "a.wav", &json);
    assert_non_null(strstr(end(json.file),
                           "\"speech\": 2.127, \"segments\": [{\"start\": "
                           "0.250, \"end\": 1.500}, {"));
}

static void as_csv(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    pinna_segments_write_csv_head(file);
    pinna_segments_write_csv(&segments, "a, \"b\".wav", file);
    assert_string_equal(end(file), "file,start,end\n"
                                   "\"a, \"\"b\"\".wav\",0.250,1.500\n"
                                   "\"a, \"\"b\"\".wav\",3600.123,3601.000\n");
}

static void as_rttm(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    pinna_segments_write_rttm(&segments, "x/my talk.wav", file);
    assert_string_equal(
        end(file),
        "SPEAKER my_talk 1 0.250 1.250 <NA> <NA> speech <NA> <NA>\n"
        "SPEAKER my_talk 1 3600.123 0.877 <NA> <NA> speech <NA> <NA>\n");
}

static void as_audacity(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    pinna_segments_write_audacity(&segments, file);
    assert_string_equal(end(file), "0.250000\t1.500000\tspeech\n"
                                   "3600.123400\t3601.000000\tspeech\n");
}

static void any_number_of_segments(void **state)
{
    pinna_segments many = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(pinna_segments_add(&many, i, i + 0.5), PINNA_OK);
    assert_int_equal(many.n_items, 100);
    assert_close(many.items[99].end, 99.5, 0);
    assert_close(pinna_segments_speech_s(&many), 50, 1e-9);
    pinna_segments_free(&many);
    assert_int_equal(many.n_items, 0);
}

static pinna_status make(void)
{
    pinna_segments many = {0};
    pinna_status status = PINNA_OK;

    for (int i = 0; i < 40 && !status; i++)
        status = pinna_segments_add(&many, i, i + 0.5);
    pinna_segments_free(&many);
    return status;
}

static void survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_text),
        cmocka_unit_test(as_json),
        cmocka_unit_test(as_csv),
        cmocka_unit_test(as_rttm),
        cmocka_unit_test(as_audacity),
        cmocka_unit_test(any_number_of_segments),
        cmocka_unit_test(survives_no_memory),
    };
    return cmocka_run_group_tests_name("segments", tests, NULL, NULL);
}
