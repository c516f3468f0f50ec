#include "tools/ctc_items.h"

#include "datasets/augment.h"
#include "datasets/mix.h"
#include "datasets/noise_maker.h"
#include "dsp/level.h"
#include "rnn/recogniser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Shares of the items. */
#define JOIN_SHARE      0.75 /* of those whose clip is short enough */
#define SPEED_SHARE     0.8
#define ROOM_SHARE      0.35
#define MAX_FILTERS     3    /* as many random filters in a row, or fewer */
#define CUT_SHARE       0.3  /* begin, or end, with the speech */
#define TIGHT_SHARE     0.5  /* of the clips: cut where they are quiet */
#define TONE_SHARE      0.5  /* shelves and a peak: microphones */
#define CLIP_SHARE      0.08 /* driven too hard */
#define CODEC_SHARE     0.1
#define BAND_SHARE      0.4  /* band limits of a telephone or a cheap set */
#define NOISE_SHARE     0.85 /* the rest lies in digital silence */
#define SYNTHETIC_SHARE 0.5  /* of the noises */

/* Tempo and pitch from a big man to a child. */
#define SLOWEST 0.78
#define FASTEST 1.28

/* Tempo alone: a slow talker to a hasty one. No clip that is longer is made
 * shorter than this, or than its text needs. */
#define TEMPO_SHARE  0.6
#define LEAST_TEMPO  0.85
#define MOST_TEMPO   2.2
#define LEAST_CLIP_S 0.2

static const pinna_corpus *draw_corpus(const pinna_ctc_material *material,
                                       pinna_rng *rng)
{
    double sum = 0;
    for (size_t i = 0; i < material->n_corpora; i++)
        sum += material->weights[i];
    double at = pinna_rng_uniform(rng, 0, sum);
    for (size_t i = 0; i + 1 < material->n_corpora; i++) {
        at -= material->weights[i];
        if (at < 0)
            return &material->corpora[i];
    }
    return &material->corpora[material->n_corpora - 1];
}

static int same_speaker(const pinna_clip *a, const pinna_clip *b)
{
    return a->speaker && b->speaker && strcmp(a->speaker, b->speaker) == 0;
}

static int can_join(const pinna_ctc_material *material, const pinna_clip *clip)
{
    return (double)clip->n < material->join_below_s * material->sample_rate;
}

/* More clips of the same talker behind the first. */
static void plan_string(const pinna_ctc_material *material,
                        const pinna_corpus *corpus, pinna_rng *rng,
                        pinna_ctc_item *item)
{
    const pinna_clip *first = item->clips[0];
    const size_t n_wanted = 1 + pinna_rng_below(rng, material->max_join);

    for (size_t tries = 0; item->n_clips < n_wanted && tries < 2000; tries++) {
        const pinna_clip *clip =
            &corpus->clips[pinna_rng_below(rng, corpus->n_clips)];
        if (can_join(material, clip) && same_speaker(first, clip))
            item->clips[item->n_clips++] = clip;
    }
}

static size_t pause(const pinna_ctc_material *material, pinna_rng *rng,
                    double low_s, double high_s)
{
    return (size_t)(pinna_rng_uniform(rng, low_s, high_s) *
                    material->sample_rate);
}

/* Where the clips lie in the result, and its length. */
static void lay_out(pinna_ctc_item *item, unsigned sample_rate)
{
    size_t at = (size_t)(PINNA_RECOGNISER_LEAD_S * sample_rate);
    for (size_t i = 0; i < item->n_clips; i++) {
        item->begins[i] = at + item->pauses[i];
        item->ends[i] =
            item->begins[i] +
            (size_t)llround((double)item->clips[i]->n / item->speed);
        at = item->ends[i];
    }
    item->n_samples = at + item->pauses[item->n_clips] +
                      (size_t)(PINNA_RECOGNISER_TAIL_S * sample_rate);
}

/* How much shorter a clip may become. */
static double fastest(const pinna_ctc_material *material,
                      const pinna_clip *clip)
{
    return (double)clip->n / material->sample_rate /
           fmax(LEAST_CLIP_S, clip->least_s);
}

/* Of all clips alike. */
static double draw_speed(const pinna_ctc_material *material, pinna_rng *rng,
                         const pinna_ctc_item *item)
{
    if (!pinna_rng_chance(rng, SPEED_SHARE))
        return 1;
    double speed = pinna_rng_uniform(rng, SLOWEST, FASTEST);
    for (size_t i = 0; i < item->n_clips; i++)
        if (item->clips[i]->least_s > 0)
            speed = fmin(speed, fmax(fastest(material, item->clips[i]), 1));
    return speed;
}

static double draw_tempo(const pinna_ctc_material *material, pinna_rng *rng,
                         const pinna_ctc_item *item)
{
    if (!pinna_rng_chance(rng, TEMPO_SHARE))
        return 1;
    double most = MOST_TEMPO;
    for (size_t i = 0; i < item->n_clips; i++)
        most = fmin(most, fastest(material, item->clips[i]) / item->speed);
    return pinna_rng_uniform(rng, LEAST_TEMPO, fmax(most, 1));
}

void pinna_ctc_item_plan(const pinna_ctc_material *material, pinna_rng *rng,
                         pinna_ctc_item *item)
{
    memset(item, 0, sizeof *item);
    item->speed = 1;
    item->tempo = 1;
    if (material->plain) {
        const pinna_corpus *corpus = draw_corpus(material, rng);
        item->clips[0] = &corpus->clips[pinna_rng_below(rng, corpus->n_clips)];
        item->n_clips = 1;
    } else if (pinna_rng_chance(rng, material->noise_only_share)) {
        item->pauses[0] = pause(material, rng, 1, 4);
    } else {
        const pinna_corpus *corpus = draw_corpus(material, rng);
        item->clips[0] = &corpus->clips[pinna_rng_below(rng, corpus->n_clips)];
        item->n_clips = 1;
        if (material->max_join > 1 && can_join(material, item->clips[0]) &&
            pinna_rng_chance(rng, JOIN_SHARE))
            plan_string(material, corpus, rng, item);
        item->pauses[0] =
            pinna_rng_chance(rng, CUT_SHARE) ? 0 : pause(material, rng, 0, 0.5);
        for (size_t i = 1; i < item->n_clips; i++)
            item->pauses[i] = pause(material, rng, 0, 0.6);
        item->pauses[item->n_clips] =
            pinna_rng_chance(rng, CUT_SHARE) ? 0 : pause(material, rng, 0, 0.6);
        item->speed = draw_speed(material, rng, item);
        item->tempo = draw_tempo(material, rng, item);
    }

    lay_out(item, material->sample_rate);
}

void pinna_ctc_item_plain(const pinna_clip *clip, unsigned sample_rate,
                          pinna_ctc_item *item)
{
    memset(item, 0, sizeof *item);
    item->speed = 1;
    item->tempo = 1;
    item->n_clips = 1;
    item->clips[0] = clip;
    lay_out(item, sample_rate);
}

size_t pinna_ctc_item_longest(const pinna_ctc_item *item)
{
    return (size_t)ceil((double)item->n_samples / fmin(item->tempo, 1));
}

/* Clips are cut at levels between these under their loudest frame. */
#define LOOSEST_DB    -35.0
#define TIGHTEST_DB   -12.0
#define TIGHT_FRAME_S 0.01

/* Copy a clip at the item's speed to samples [room]. */
static pinna_status place(const pinna_clip *clip, double speed, float gain,
                          float *samples, size_t room)
{
    float *signal = malloc((clip->n + 1) * sizeof *signal);
    size_t n = clip->n;
    pinna_status status = signal ? PINNA_OK : PINNA_NO_MEMORY;

    if (!status)
        pinna_clip_to_float(clip, signal);
    if (!status && speed != 1) {
        float *faster;
        status = pinna_augment_speed(signal, clip->n, speed, &faster, &n);
        if (!status) {
            free(signal);
            signal = faster;
        }
    }
    if (!status) {
        n = n < room ? n : room;
        for (size_t i = 0; i < n; i++)
            samples[i] = gain * signal[i];
    }
    free(signal);
    return status;
}

static pinna_status random_room(const pinna_ctc_material *material,
                                pinna_rng *rng, float *samples, size_t n)
{
    if (!material->rooms || !pinna_rng_chance(rng, ROOM_SHARE))
        return PINNA_OK;
    const pinna_clip *room =
        &material->rooms->clips[pinna_rng_below(rng, material->rooms->n_clips)];
    float *response = malloc(room->n * sizeof *response);
    if (!response)
        return PINNA_NO_MEMORY;
    pinna_clip_to_float(room, response);
    const pinna_status status =
        pinna_augment_room(samples, n, response, room->n);
    free(response);
    return status;
}

/* What small microphones and tone controls do. */
static void random_tone(double rate, pinna_rng *rng, float *samples, size_t n)
{
    if (!pinna_rng_chance(rng, TONE_SHARE))
        return;
    const pinna_biquad filters[] = {
        pinna_biquad_low_shelf(pinna_rng_uniform(rng, 150, 600),
                               PINNA_BUTTERWORTH_Q,
                               pinna_rng_uniform(rng, -12, 9), rate),
        pinna_biquad_high_shelf(pinna_rng_uniform(rng, 800, 2500),
                                PINNA_BUTTERWORTH_Q,
                                pinna_rng_uniform(rng, -12, 12), rate),
        pinna_biquad_peak(pinna_rng_uniform(rng, 300, 3300),
                          pinna_rng_uniform(rng, 0.5, 3),
                          pinna_rng_uniform(rng, -9, 9), rate),
    };
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        pinna_biquad_filter(&filters[i], samples, n);
}

/* An input driven too hard, a telephone's coding. */
static void random_codec(pinna_rng *rng, float *samples, size_t n)
{
    float peak = 0;
    for (size_t i = 0; i < n; i++)
        peak = fmaxf(peak, fabsf(samples[i]));
    if (pinna_rng_chance(rng, CLIP_SHARE))
        pinna_augment_clip(samples, n,
                           peak * (float)pinna_rng_uniform(rng, 0.15, 0.8));
    if (pinna_rng_chance(rng, CODEC_SHARE) && peak > 0) {
        const float gain = (float)pinna_rng_uniform(rng, 0.05, 1) / peak;
        pinna_augment_gain(samples, n, gain);
        pinna_augment_mu_law(samples, n);
    }
}

/* The colour of an unknown microphone and line. */
static void random_channel(const pinna_ctc_material *material, pinna_rng *rng,
                           float *samples, size_t n)
{
    const size_t n_filters = pinna_rng_below(rng, MAX_FILTERS + 1);

    for (size_t i = 0; i < n_filters; i++) {
        const pinna_biquad biquad = pinna_biquad_random(rng);
        pinna_biquad_filter(&biquad, samples, n);
    }
    const double rate = material->sample_rate;
    random_tone(rate, rng, samples, n);
    if (!pinna_rng_chance(rng, BAND_SHARE))
        return;
    const pinna_biquad high = pinna_biquad_high_pass(
        pinna_rng_uniform(rng, 40, 350), PINNA_BUTTERWORTH_Q, rate);
    const pinna_biquad low = pinna_biquad_low_pass(
        pinna_rng_uniform(rng, 2400, 4000), PINNA_BUTTERWORTH_Q, rate);
    pinna_biquad_filter(&high, samples, n);
    pinna_biquad_filter(&low, samples, n);
}

static pinna_status random_noise(const pinna_ctc_material *material,
                                 pinna_rng *rng, float *samples, size_t n)
{
    if (!pinna_rng_chance(rng, NOISE_SHARE))
        return PINNA_OK;
    float *noise = malloc(n * sizeof *noise);
    if (!noise)
        return PINNA_NO_MEMORY;

    pinna_status status = PINNA_OK;
    if (!material->noise || pinna_rng_chance(rng, SYNTHETIC_SHARE)) {
        status = pinna_noise_make(rng, material->sample_rate, noise, n);
    } else {
        const pinna_clip *clip =
            &material->noise
                 ->clips[pinna_rng_below(rng, material->noise->n_clips)];
        float *samples_of_clip = malloc(clip->n * sizeof(float));
        if (samples_of_clip) {
            pinna_clip_to_float(clip, samples_of_clip);
            pinna_take_stretch(samples_of_clip, clip->n, material->sample_rate,
                               rng, noise, n);
            free(samples_of_clip);
        } else {
            status = PINNA_NO_MEMORY;
        }
    }
    const double snr_db =
        pinna_rng_uniform(rng, material->low_snr_db, material->high_snr_db);
    double gain =
        pinna_noise_gain(samples, noise, n, material->sample_rate, snr_db);
    if (gain == 0) /* there is no speech: the level follows below */
        gain = 1;
    for (size_t i = 0; !status && i < n; i++)
        samples[i] += (float)gain * noise[i];
    free(noise);
    return status;
}

static void random_level(const pinna_ctc_material *material, pinna_rng *rng,
                         float *samples, size_t n)
{
    const double db = pinna_active_level_db(samples, n, material->sample_rate);
    const double wanted_db = pinna_rng_uniform(rng, -52, -8);
    if (db > PINNA_SILENCE_DB)
        pinna_augment_gain(samples, n, (float)pinna_db_to_gain(wanted_db - db));
    pinna_augment_clip(samples, n, 1);
}

/* What the recogniser adds around a stream is silence without noise; behind a
 * stream that goes on there is more of the noise. */
static void silence_edges(const pinna_ctc_material *material, pinna_rng *rng,
                          float *samples, size_t n)
{
    const size_t n_lead =
        (size_t)(PINNA_RECOGNISER_LEAD_S * material->sample_rate);
    const size_t n_tail =
        (size_t)(PINNA_RECOGNISER_TAIL_S * material->sample_rate);

    memset(samples, 0, n_lead * sizeof *samples);
    if (pinna_rng_chance(rng, 0.5))
        memset(samples + n - n_tail, 0, n_tail * sizeof *samples);
}

pinna_status pinna_ctc_item_render(const pinna_ctc_material *material,
                                   const pinna_ctc_item *item, pinna_rng *rng,
                                   float *samples)
{
    const size_t n = item->n_samples;
    const bool changes = rng && !material->plain;

    memset(samples, 0, n * sizeof *samples);
    for (size_t i = 0; i < item->n_clips; i++) {
        const float gain =
            changes ? (float)pinna_db_to_gain(pinna_rng_uniform(rng, -3, 3))
                    : 1;
        const pinna_status status =
            place(item->clips[i], item->speed, gain, samples + item->begins[i],
                  item->ends[i] - item->begins[i]);
        if (status)
            return status;
        if (changes && pinna_rng_chance(rng, TIGHT_SHARE))
            pinna_augment_tighten(
                samples + item->begins[i], item->ends[i] - item->begins[i],
                (size_t)(TIGHT_FRAME_S * material->sample_rate),
                pinna_rng_uniform(rng, LOOSEST_DB, TIGHTEST_DB));
    }
    if (!changes)
        return PINNA_OK;

    pinna_status status = random_room(material, rng, samples, n);
    if (!status)
        random_channel(material, rng, samples, n);
    if (!status)
        status = random_noise(material, rng, samples, n);
    if (!status)
        random_codec(rng, samples, n);
    if (!status)
        random_level(material, rng, samples, n);
    silence_edges(material, rng, samples, n);
    return status;
}
