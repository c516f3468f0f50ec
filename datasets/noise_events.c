#include "datasets/noise_events.h"

#include "datasets/noise_parts.h"

/* After seven time constants a sound is down by 60 dB and left off. */
#define TAIL 7

/* Adds a burst of noise with two resonances that dies away in decay_s. */
static void add_burst(const struct maker *maker, double t, double gain,
                      double decay_s, double low_hz, double high_hz, float *out)
{
    struct resonator resonators[2] = {{0}};
    for (size_t k = 0; k < 2; k++) {
        const double hz = draw_hz(maker, low_hz, high_hz);
        const double width_hz = hz * draw(maker, 0.1, 1);
        resonator_tune(&resonators[k], hz, width_hz, maker->sample_rate);
    }

    const double fade = exp(-1 / (decay_s * maker->sample_rate));
    const size_t end = sample_at(maker, t + TAIL * decay_s) + 1;
    for (size_t i = sample_at(maker, t); i < maker->n && i < end; i++) {
        const double x = gain * white(maker);
        out[i] += (float)(resonator_process(&resonators[0], x) +
                          resonator_process(&resonators[1], x) + 0.05 * x);
        gain *= fade;
    }
}

void pinna_noise_clicks(const struct maker *maker, float *out)
{
    const double seconds = (double)maker->n / maker->sample_rate;
    const double rate_hz = draw_log(maker, 1, 12);
    const bool even = chance(maker, 0.25);
    const double pause = even ? 0 : draw(maker, 0.02, 0.3);
    const double low_hz = draw_log(maker, 200, 3000);
    const double high_hz = low_hz * draw(maker, 1.5, 5);
    const double decay_s = draw_log(maker, 0.001, 0.02);
    const double release_gain = draw_gain(maker, -20, 0);
    double t = draw(maker, 0, 0.3);

    while (t < seconds) {
        const double gain = draw_gain(maker, even ? -3 : -15, 0);
        const double this_decay_s = decay_s * draw(maker, 0.7, 1.4);
        add_burst(maker, t, gain, this_decay_s, low_hz, high_hz, out);
        const double release = t + draw(maker, 0.04, 0.12);
        add_burst(maker, release, gain * release_gain, decay_s, low_hz, high_hz,
                  out);
        t += (even ? 1 : draw(maker, 0.3, 1.7)) / rate_hz;
        if (chance(maker, pause))
            t += draw_log(maker, 0.3, 2);
    }
}

/* Adds a struck body: two to six decaying modes and a noisy start. */
static void add_knock(const struct maker *maker, double t, double low_hz,
                      double high_hz, double decay_s, float *out)
{
    const size_t n_modes = 2 + draw_below(maker, 5);
    const double gain = draw_gain(maker, -15, 0);

    for (size_t m = 0; m < n_modes; m++) {
        struct pointer mode;
        const double hz = draw_hz(maker, low_hz, high_hz);
        const double tau = decay_s * draw(maker, 0.3, 1);
        const double mode_gain = gain * draw_gain(maker, -12, 0);
        pointer_init(&mode, mode_gain, 0,
                     2 * PINNA_PI * hz / maker->sample_rate,
                     exp(-1 / (tau * maker->sample_rate)));
        const size_t end = sample_at(maker, t + TAIL * tau) + 1;
        for (size_t i = sample_at(maker, t); i < maker->n && i < end; i++)
            out[i] += (float)pointer_next(&mode);
    }
    const double attack = gain * draw(maker, 0, 2);
    add_burst(maker, t, attack, 0.004, low_hz, high_hz * 2, out);
}

void pinna_noise_knocks(const struct maker *maker, float *out)
{
    const double seconds = (double)maker->n / maker->sample_rate;
    const double rate_hz = draw_log(maker, 0.5, 5);
    const double low_hz = draw_log(maker, 60, 1500);
    const double high_hz = low_hz * draw(maker, 1.5, 8);
    const double decay_s = draw_log(maker, 0.01, 0.15);
    double t = draw(maker, 0, 0.5);

    while (t < seconds) {
        add_knock(maker, t, low_hz, high_hz, decay_s, out);
        t += draw(maker, 0.2, 1.8) / rate_hz;
    }
}

void pinna_noise_crackle(const struct maker *maker, float *out)
{
    struct resonator resonators[2] = {{0}};
    for (size_t k = 0; k < 2; k++) {
        const double hz = draw_hz(maker, 400, 10000);
        const double width_hz = hz * draw_log(maker, 0.2, 2);
        resonator_tune(&resonators[k], hz, width_hz, maker->sample_rate);
    }

    const double mean_gap = maker->sample_rate / draw_log(maker, 10, 5000);
    const double spread_db = draw(maker, 2, 12);
    double next = 0; /* in samples */
    for (size_t i = 0; i < maker->n; i++) {
        double x = 0;
        while (next <= (double)i) {
            const double gain =
                from_db(spread_db * pinna_rng_normal(maker->rng));
            x += chance(maker, 0.5) ? gain : -gain;
            /* Poisson: gaps are exponential. */
            next += mean_gap * -log(1 - draw(maker, 0, 1));
        }
        out[i] += (float)(resonator_process(&resonators[0], x) +
                          resonator_process(&resonators[1], x));
    }
}

/* One beep, in seconds and Hz; it glides from hz to hz * glide. */
struct beep {
    double length_s, hz, glide, overtone;
};

static void add_beep(const struct maker *maker, double t,
                     const struct beep *beep, float *out)
{
    const size_t at = sample_at(maker, t);
    const size_t length = sample_at(maker, beep->length_s) + 2;
    const double edge = fmin(0.005 * maker->sample_rate, 0.5 * (double)length);
    const double vibrato = chance(maker, 0.3) ? draw(maker, 0, 0.05) : 0;
    const double speed = 2 * PINNA_PI * draw(maker, 4, 30) / maker->sample_rate;
    double phase = 0;

    for (size_t i = 0; i < length && at + i < maker->n; i++) {
        const double place = (double)i / (double)length;
        const double edges =
            fmin(1, fmin((double)i, (double)(length - i)) / edge);
        const double tone = sin(2 * PINNA_PI * phase);
        /* tone^3 holds the third harmonic. */
        out[at + i] +=
            (float)(edges * tone * (1 + beep->overtone * tone * tone));
        phase += beep->hz * (1 + (beep->glide - 1) * place) *
                 (1 + vibrato * sin(speed * (double)i)) / maker->sample_rate;
        phase -= floor(phase);
    }
}

static void make_birds(const struct maker *maker, float *out)
{
    const double seconds = (double)maker->n / maker->sample_rate;
    const double hz = draw_hz(maker, 1000, 6000);
    const double length_s = draw_log(maker, 0.03, 0.3);
    const double gap_s = draw_log(maker, 0.03, 1);
    const double overtone = draw(maker, 0, 0.2);
    double t = draw(maker, 0, 0.3);

    while (t < seconds) {
        struct beep beep = {.overtone = overtone};
        beep.length_s = length_s * draw(maker, 0.4, 1.6);
        beep.hz = fmin(hz * draw(maker, 0.7, 1.4), 0.5 * top_hz(maker));
        beep.glide = draw(maker, 0.6, 1.7);
        add_beep(maker, t, &beep, out);
        t += beep.length_s + gap_s * draw(maker, 0.3, 2);
        if (chance(maker, 0.1))
            t += draw(maker, 0.3, 1.5);
    }
}

/* One pitch, or two in turn. */
static void make_alarm(const struct maker *maker, float *out)
{
    const double seconds = (double)maker->n / maker->sample_rate;
    const double hz = fmin(draw_hz(maker, 300, 5000), 0.5 * top_hz(maker));
    const double jump = chance(maker, 0.5) ? draw(maker, 0.7, 1) : 1;
    const double gap_s = draw_log(maker, 0.03, 1);
    struct beep beep = {.hz = hz, .glide = 1};
    beep.length_s = draw_log(maker, 0.03, 1);
    beep.overtone = draw(maker, 0, 3);
    double t = draw(maker, 0, 0.3);

    while (t < seconds) {
        add_beep(maker, t, &beep, out);
        t += beep.length_s + gap_s;
        beep.hz = beep.hz < hz ? hz : hz * jump;
    }
}

void pinna_noise_beeps(const struct maker *maker, float *out)
{
    if (chance(maker, 0.4))
        make_birds(maker, out);
    else
        make_alarm(maker, out);
}

/* Adds noise through a band that moves from one frequency to another, from t
 * seconds on (t may be negative). */
static void add_whoosh(const struct maker *maker, double t, double seconds,
                       float *out)
{
    struct resonator band = {0};
    struct colour colour;
    const double db_per_octave = draw(maker, -6, 0);
    colour_init(&colour, maker, db_per_octave, 0);
    const double from = draw_hz(maker, 150, 5000);
    const double to = fmin(from * draw_log(maker, 0.3, 3), top_hz(maker));
    const double width_hz = from * draw_log(maker, 0.3, 1.5);
    const double gain = draw_gain(maker, -12, 0);

    const size_t begin = sample_at(maker, fmax(t, 0));
    for (size_t i = begin; i < maker->n; i++) {
        const double place = ((double)i / maker->sample_rate - t) / seconds;
        if (place >= 1)
            return;
        if ((i - begin) % 64 == 0)
            resonator_tune(&band, from + (to - from) * place, width_hz,
                           maker->sample_rate);
        /* A parabola squared: rises and falls smoothly. */
        const double envelope = 4 * place * (1 - place);
        out[i] += (float)(gain * envelope * envelope *
                          resonator_process(&band, colour_next(&colour)));
    }
}

void pinna_noise_whooshes(const struct maker *maker, float *out)
{
    const double length = (double)maker->n / maker->sample_rate;
    double t = draw(maker, -0.5, 0);

    while (t < length) {
        const double seconds = draw_log(maker, 0.2, 4);
        add_whoosh(maker, t, seconds, out);
        t += seconds * draw(maker, 0.5, 1.5);
        t += draw(maker, 0, 1);
    }
}
