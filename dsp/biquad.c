#include "dsp/biquad.h"

#include <math.h>

/* What the cookbook calls cos(w0) and alpha. */
struct corner {
    double cos_w, alpha;
};

static struct corner corner_at(double hz, double q, double sample_rate)
{
    const double w = 2 * PINNA_PI * fmin(fmax(hz / sample_rate, 1e-6), 0.4999);
    return (struct corner){.cos_w = cos(w), .alpha = sin(w) / (2 * q)};
}

static pinna_biquad divided_by(double a0, pinna_biquad biquad)
{
    return (pinna_biquad){
        .b0 = biquad.b0 / a0,
        .b1 = biquad.b1 / a0,
        .b2 = biquad.b2 / a0,
        .a1 = biquad.a1 / a0,
        .a2 = biquad.a2 / a0,
    };
}

/* sign is 1 for low pass, -1 for high pass. */
static pinna_biquad pass(struct corner c, double sign)
{
    return divided_by(1 + c.alpha, (pinna_biquad){
                                       .b0 = (1 - sign * c.cos_w) / 2,
                                       .b1 = sign * (1 - sign * c.cos_w),
                                       .b2 = (1 - sign * c.cos_w) / 2,
                                       .a1 = -2 * c.cos_w,
                                       .a2 = 1 - c.alpha,
                                   });
}

pinna_biquad pinna_biquad_low_pass(double cutoff_hz, double q,
                                   double sample_rate)
{
    return pass(corner_at(cutoff_hz, q, sample_rate), 1);
}

pinna_biquad pinna_biquad_high_pass(double cutoff_hz, double q,
                                    double sample_rate)
{
    return pass(corner_at(cutoff_hz, q, sample_rate), -1);
}

pinna_biquad pinna_biquad_band_pass(double centre_hz, double q,
                                    double sample_rate)
{
    const struct corner c = corner_at(centre_hz, q, sample_rate);
    return divided_by(1 + c.alpha, (pinna_biquad){
                                       .b0 = c.alpha,
                                       .b1 = 0,
                                       .b2 = -c.alpha,
                                       .a1 = -2 * c.cos_w,
                                       .a2 = 1 - c.alpha,
                                   });
}

/* The square root of the gain, which the cookbook calls A. */
static double root_of_gain(double gain_db)
{
    return pow(10, gain_db / 40);
}

pinna_biquad pinna_biquad_peak(double centre_hz, double q, double gain_db,
                               double sample_rate)
{
    const struct corner c = corner_at(centre_hz, q, sample_rate);
    const double a = root_of_gain(gain_db);
    return divided_by(1 + c.alpha / a, (pinna_biquad){
                                           .b0 = 1 + c.alpha * a,
                                           .b1 = -2 * c.cos_w,
                                           .b2 = 1 - c.alpha * a,
                                           .a1 = -2 * c.cos_w,
                                           .a2 = 1 - c.alpha / a,
                                       });
}

/* sign is 1 for the low shelf, -1 for the high one. */
static pinna_biquad shelf(struct corner c, double gain_db, double sign)
{
    const double a = root_of_gain(gain_db);
    const double slope = 2 * sqrt(a) * c.alpha;
    const double plus = a + 1, minus = sign * (a - 1);
    return divided_by(plus + minus * c.cos_w + slope,
                      (pinna_biquad){
                          .b0 = a * (plus - minus * c.cos_w + slope),
                          .b1 = 2 * a * sign * (a - 1 - sign * plus * c.cos_w),
                          .b2 = a * (plus - minus * c.cos_w - slope),
                          .a1 = -2 * sign * (a - 1 + sign * plus * c.cos_w),
                          .a2 = plus + minus * c.cos_w - slope,
                      });
}

pinna_biquad pinna_biquad_low_shelf(double corner_hz, double q, double gain_db,
                                    double sample_rate)
{
    return shelf(corner_at(corner_hz, q, sample_rate), gain_db, 1);
}

pinna_biquad pinna_biquad_high_shelf(double corner_hz, double q, double gain_db,
                                     double sample_rate)
{
    return shelf(corner_at(corner_hz, q, sample_rate), gain_db, -1);
}

void pinna_biquad_process(const pinna_biquad *biquad, pinna_biquad_state *state,
                          const float *in, float *out, size_t n)
{
    double s1 = state->s1, s2 = state->s2; /* transposed direct form II */

    for (size_t i = 0; i < n; i++) {
        const double x = (double)in[i];
        const double y = biquad->b0 * x + s1;
        s1 = biquad->b1 * x - biquad->a1 * y + s2;
        s2 = biquad->b2 * x - biquad->a2 * y;
        out[i] = (float)y;

        /* In silence the state would fade into denormals, which are slow; NaN
         * and infinity would stay for ever. Counted from the first sample of
         * the signal, so that a split of it changes nothing. */
        if ((state->n_samples + i) % 256 == 0) {
            const double size = fabs(s1) + fabs(s2);
            if (!(size >= 1e-30 && size <= 1e60))
                s1 = s2 = 0;
        }
    }

    state->s1 = s1;
    state->s2 = s2;
    state->n_samples += n;
}

void pinna_biquad_filter(const pinna_biquad *biquad, float *samples, size_t n)
{
    pinna_biquad_state state = {0};
    pinna_biquad_process(biquad, &state, samples, samples, n);
}
