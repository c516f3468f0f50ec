#include "support.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/rng.h"
#include "rnn/denoise_loss.h"
#include "rnn_cases.h"

enum { N = 161 };

/* Below this the gain counts as this. */
#define MIN_GAIN 1e-3

/* Spectra of one frame, and what the loss takes of them. */
typedef struct frame {
    double complex clean[N], noisy[N];
    double gains[N];
    double weights[N];
    pinna_denoise_loss_config config;
} frame;

typedef struct arrays {
    float noisy[N], clean[N], aligned[N];
    float weights[N], gains[N];
    pinna_denoise_target target;
} arrays;

static double complex random_bin(pinna_rng *rng)
{
    const double re = pinna_rng_normal(rng), im = pinna_rng_normal(rng);
    return re + im * I;
}

static frame *new_frame(double phase, double oversuppression)
{
    frame *f = calloc(1, sizeof *f);
    float weights[N];
    pinna_rng rng;

    assert_non_null(f);
    pinna_rng_seed(&rng, 1, 0);
    f->config = (pinna_denoise_loss_config){phase, oversuppression};
    pinna_denoise_bin_weights(N, 50, weights);
    for (size_t k = 0; k < N; k++) {
        f->clean[k] = random_bin(&rng);
        f->noisy[k] = f->clean[k] + 0.5 * random_bin(&rng);
        /* Down to -54 dB; always above MIN_GAIN, where there is a kink. */
        f->gains[k] = pow(0.002, pinna_rng_uniform(&rng, 0, 1));
        f->weights[k] = (double)weights[k];
    }
    f->clean[3] = 0;
    f->clean[4] = f->noisy[4]; /* nothing to do */
    return f;
}

static double naive_loss(const void *context)
{
    const frame *f = context;
    const double a = f->config.phase, c = PINNA_DENOISE_COMPRESSION;
    double loss = 0;

    for (size_t k = 0; k < N; k++) {
        const double S = pow(cabs(f->clean[k]), c);
        const double V =
            pow(fmax(f->gains[k], MIN_GAIN) * cabs(f->noisy[k]), c);
        const double p = carg(f->noisy[k]) - carg(f->clean[k]);
        const double u = V < S ? f->config.oversuppression : 1;
        loss += f->weights[k] * ((1 - a) * u * (V - S) * (V - S) +
                                 a * pow(cabs(V * cexp(I * p) - S), 2));
    }
    return loss;
}

/* The caller keeps the result where it is: target points into it. */
static void fill_arrays(const frame *f, arrays *out)
{
    const double c = PINNA_DENOISE_COMPRESSION;
    for (size_t k = 0; k < N; k++) {
        const double S = pow(cabs(f->clean[k]), c);
        out->noisy[k] = (float)pow(cabs(f->noisy[k]), c);
        out->clean[k] = (float)S;
        out->aligned[k] =
            (float)(S * cos(carg(f->noisy[k]) - carg(f->clean[k])));
        out->gains[k] = (float)f->gains[k];
        out->weights[k] = (float)f->weights[k];
    }
    out->target = (pinna_denoise_target){out->noisy, out->clean, out->aligned};
}

static double loss_of(const frame *f, float *dgains)
{
    float scratch[N];
    arrays in;

    fill_arrays(f, &in);
    for (size_t k = 0; k < N; k++)
        dgains[k] = NAN; /* it is set, not added to */
    return pinna_denoise_loss(&f->config, &in.target, in.weights, in.gains, N,
                              scratch, dgains);
}

static const double phases[] = {0, 0.2, 1};
static const double oversuppressions[] = {1, 1.5, 10};

static void test_equals_the_definition(void **state)
{
    (void)state;
    float dgains[N];

    for (size_t i = 0; i < 9; i++) {
        frame *f = new_frame(phases[i / 3], oversuppressions[i % 3]);
        for (size_t k = 10; k < 20; k++)
            f->gains[k] = k % 2 ? 0 : 1e-4;
        const double want = naive_loss(f);
        assert_close(loss_of(f, dgains), want, 1e-5 * want);
        for (size_t k = 10; k < 20; k++)
            assert_close((double)dgains[k], 0, 0);
        free(f);
    }
}

static void test_gradients_are_those_of_differences(void **state)
{
    (void)state;
    float dgains[N];

    for (size_t i = 0; i < 9; i++) {
        frame *f = new_frame(phases[i / 3], oversuppressions[i % 3]);
        float *want = central_differences(naive_loss, f, f->gains, N);
        loss_of(f, dgains);
        assert_all_close(dgains, want, N, 1e-6, 2e-4);
        free(want);
        free(f);
    }
}

static void test_perfect_gains_cost_nothing(void **state)
{
    (void)state;
    frame *f = new_frame(0, 1.5);
    float dgains[N];

    for (size_t k = 0; k < N; k++) {
        f->gains[k] = cabs(f->clean[k]) / cabs(f->noisy[k]);
        if (f->gains[k] > 1 || f->gains[k] < MIN_GAIN) {
            f->clean[k] = f->noisy[k];
            f->gains[k] = 1;
        }
    }
    assert_close(loss_of(f, dgains), 0, 1e-12);
    for (size_t k = 0; k < N; k++)
        assert_close((double)dgains[k], 0, 1e-6);

    /* Even so a phase that is off costs. */
    f->config.phase = 0.2;
    assert_true(loss_of(f, dgains) > 1e-3);
    free(f);
}

static void test_taking_speech_away_costs_more(void **state)
{
    (void)state;
    frame *f = new_frame(0, 3);
    float dgains[N];

    for (size_t k = 0; k < N; k++) {
        f->noisy[k] = f->clean[k] = 1;
        f->gains[k] = 0.5;
    }
    const double dear = loss_of(f, dgains);
    f->config.oversuppression = 1;
    assert_close(dear, 3 * loss_of(f, dgains), 1e-6);
    free(f);
}

static void test_weights(void **state)
{
    (void)state;
    static const double steps_hz[] = {50, 50, 49, 93.75};
    static const size_t counts[] = {1, 161, 481, 2049};
    static float weights[2049];

    for (size_t i = 0; i < 4; i++) {
        double sum = 0;
        pinna_denoise_bin_weights(counts[i], steps_hz[i], weights);
        for (size_t k = 0; k < counts[i]; k++) {
            sum += (double)weights[k];
            const double hz = (double)k * steps_hz[i];
            assert_close((double)(weights[k] / weights[0]), 3000 / (3000 + hz),
                         1e-6);
        }
        assert_close(sum, 1, 1e-5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_the_definition),
        cmocka_unit_test(test_gradients_are_those_of_differences),
        cmocka_unit_test(test_perfect_gains_cost_nothing),
        cmocka_unit_test(test_taking_speech_away_costs_more),
        cmocka_unit_test(test_weights),
    };
    return cmocka_run_group_tests_name("denoise_loss", tests, NULL, NULL);
}
