#include "support.h"

#include "datasets/audio_file.h"
#include "datasets/raw_format.h"

static void check(const char *text, pinna_raw_kind kind, unsigned sample_rate,
                  size_t n_channels)
{
    pinna_raw_format format;

    assert_true(pinna_raw_format_parse(text, &format));
    assert_int_equal(format.kind, kind);
    assert_int_equal(format.sample_rate, sample_rate);
    assert_int_equal(format.n_channels, n_channels);
}

static void test_takes_formats(void **state)
{
    (void)state;
    check("u8:8000:1", PINNA_RAW_U8, 8000, 1);
    check("s16:48000:2", PINNA_RAW_S16, 48000, 2);
    check("s24:1000:64", PINNA_RAW_S24, 1000, 64);
    check("s32:768000:10", PINNA_RAW_S32, 768000, 10);
    check("f32:44100:6", PINNA_RAW_F32, 44100, 6);
}

static void test_refuses_the_rest(void **state)
{
    static const char *const bad[] = {
        "",
        "s16",
        "s16:48000",
        "s16:48000:",
        "s16::1",
        ":48000:1",
        "s1:48000:1",
        "s161:48000:1",
        "S16:48000:1",
        "s16:48000:0",
        "s16:48000:65",
        "s16:999:1",
        "s16:768001:1",
        "s16:-48000:1",
        "s16:48000:1:",
        "s16:48000:1x",
        "s16: 48000:1",
        "s16:48000:+1",
        "s16:4.8e4:1",
        "s16:99999999999999999999999:1",
    };
    pinna_raw_format format;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (pinna_raw_format_parse(bad[i], &format))
            fail_msg("\"%s\" was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_formats),
        cmocka_unit_test(test_refuses_the_rest),
    };
    return cmocka_run_group_tests_name("raw_format", tests, NULL, NULL);
}
