#include "support.h"

#include <math.h>

#include "rnn/sound_edges.h"

enum { N_MELS = 4 };
static const double shift_s = 0.01, first_s = 0.05;

/* Frames of equal energy in all bands, one behind the other from now_s on. */
static double follow(pinna_sound_edges *edges, const pinna_fbank_config *fbank,
                     double level, size_t n_frames, double now_s)
{
    for (size_t i = 0; i < n_frames; i++) {
        /* c0 of the orthonormal DCT is the mean times sqrt(n_mels). */
        const float frame[N_MELS] = {(float)(fbank->type == PINNA_FEATURE_MFCC
                                                 ? level * sqrt(N_MELS)
                                                 : level),
                                     (float)level, (float)level, (float)level};
        now_s += shift_s;
        pinna_sound_edges_follow(edges, fbank, frame, N_MELS, now_s, first_s);
    }
    return now_s;
}

static void check(pinna_feature_type type)
{
    const pinna_fbank_config fbank = {
        .type = type, .n_mels = N_MELS, .frame_shift_ms = 1000 * shift_s};
    pinna_sound_edges edges = {0};

    /* Silence that is not real, then a background of -8. */
    double now_s = follow(&edges, &fbank, -16, 5, 0);
    now_s = follow(&edges, &fbank, -8, 20, now_s);
    assert_close((double)edges.background, -8, 1e-5);
    assert_close(edges.end, 0, 0);

    /* 1.5 nepers above are not yet sound, 3 are. */
    now_s = follow(&edges, &fbank, -6.5, 5, now_s);
    assert_close(edges.end, 0, 0);
    const double begin_s = now_s;
    now_s = follow(&edges, &fbank, -5, 10, now_s);
    assert_close(edges.begin, begin_s, 1e-9);
    assert_close(edges.end, now_s, 1e-9);

    /* A gap of 50 ms belongs to it, one of 80 ms does not. */
    now_s = follow(&edges, &fbank, -8, 5, now_s);
    now_s = follow(&edges, &fbank, -5, 5, now_s);
    assert_close(edges.begin, begin_s, 1e-9);
    now_s = follow(&edges, &fbank, -8, 8, now_s);
    const double again_s = now_s;
    now_s = follow(&edges, &fbank, -5, 5, now_s);
    assert_close(edges.begin, again_s, 1e-9);

    /* What lasts becomes the background: 0.7 nepers a second. */
    now_s = follow(&edges, &fbank, -5, 300, now_s);
    assert_true(edges.end < now_s);
}

static void test_edges_of_sound(void **state)
{
    (void)state;
    check(PINNA_FEATURE_FBANK);
    check(PINNA_FEATURE_MFCC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges_of_sound),
    };
    return cmocka_run_group_tests_name("sound_edges", tests, NULL, NULL);
}
