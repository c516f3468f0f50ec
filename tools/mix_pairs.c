#include "tools/mix_pairs.h"

#include "datasets/audio_file.h"
#include "datasets/augment.h"
#include "datasets/mix.h"
#include "dsp/level.h"
#include "dsp/rng.h"
#include "tools/speech_clip.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Streams of the seed: 0 draws the plan, the others one material each. */
enum { PLAN_STREAM = 0, MATERIAL_STREAM = 1 };

/* Speech starts after a moment. */
static const double lead_s = 0.25;

/* Loud enough for 16 bits, below clipping. */
static const double highest_peak = 0.98;

/* One pair in the making. */
struct pair {
    const pinna_mix_settings *settings;
    pinna_rng rng;
    double rate; /* Hz */
    size_t n;
    float *clean, *noisy, *noise; /* [n] */
};

pinna_status pinna_mix_plan_new(const pinna_mix_settings *settings,
                                pinna_mix_plan *plan)
{
    pinna_rng rng;
    const size_t n_noise = settings->noise->n_items;
    const size_t n_per_snr =
        (settings->n_pairs + settings->n_snrs - 1) / settings->n_snrs;

    *plan = (pinna_mix_plan){.n_materials = n_per_snr + settings->n_noise_only +
                                            settings->n_clean_only};
    pinna_rng_seed(&rng, settings->seed, PLAN_STREAM);
    if (pinna_talkers_new(settings->speech, &rng, &plan->talkers))
        return PINNA_NO_MEMORY;
    plan->talker = calloc(plan->n_materials + 1, sizeof *plan->talker);
    plan->noise = calloc(plan->n_materials + n_noise, sizeof *plan->noise);
    if (!plan->talker || !plan->noise) {
        pinna_mix_plan_free(plan);
        return PINNA_NO_MEMORY;
    }
    /* Talkers and noises take turns; the noises in an order drawn anew for
     * each round, the last of which may be cut. */
    for (size_t m = 0; m < plan->n_materials; m++)
        plan->talker[m] = m % plan->talkers.n_talkers;
    for (size_t m = 0; n_noise > 0 && m < plan->n_materials; m += n_noise) {
        for (size_t i = 0; i < n_noise; i++)
            plan->noise[m + i] = i;
        pinna_rng_shuffle(&rng, plan->noise + m, n_noise);
    }
    return PINNA_OK;
}

void pinna_mix_plan_free(pinna_mix_plan *plan)
{
    pinna_talkers_free(&plan->talkers);
    free(plan->talker);
    free(plan->noise);
    *plan = (pinna_mix_plan){0};
}

size_t pinna_mix_count(const pinna_mix_settings *settings)
{
    return settings->n_pairs + settings->n_noise_only + settings->n_clean_only;
}

pinna_pair_kind pinna_mix_kind(const pinna_mix_settings *settings, size_t pair)
{
    if (pair < settings->n_pairs)
        return PINNA_PAIR_MIXED;
    return pair < settings->n_pairs + settings->n_noise_only ? PINNA_PAIR_NOISE
                                                             : PINNA_PAIR_CLEAN;
}

double pinna_mix_snr_db(const pinna_mix_settings *settings, size_t pair)
{
    return settings->snrs_db[pair % settings->n_snrs];
}

static size_t material_of(const pinna_mix_settings *settings, size_t pair)
{
    const size_t n_per_snr =
        (settings->n_pairs + settings->n_snrs - 1) / settings->n_snrs;

    return pair < settings->n_pairs ? pair / settings->n_snrs
                                    : n_per_snr + pair - settings->n_pairs;
}

const char *pinna_mix_label(const pinna_mix_settings *settings,
                            const pinna_mix_plan *plan, size_t pair)
{
    if (pinna_mix_kind(settings, pair) == PINNA_PAIR_CLEAN)
        return NULL;
    return settings->noise->items[plan->noise[material_of(settings, pair)]]
        .label;
}

/* To level_db of its active part; silence stays. */
static void set_level(float *samples, size_t n, double rate, double level_db)
{
    const double db = pinna_active_level_db(samples, n, rate);

    if (db > PINNA_SILENCE_DB)
        pinna_augment_gain(samples, n, (float)pinna_db_to_gain(level_db - db));
}

/* Recordings of one talker, joined with pauses until pair->clean is full. */
static pinna_status fill_speech(struct pair *pair, const pinna_mix_plan *plan,
                                size_t material, pinna_error *error)
{
    const pinna_talkers *talkers = &plan->talkers;
    const size_t talker = plan->talker[material];
    const size_t first = talkers->begins[talker];
    const size_t n_clips = talkers->begins[talker + 1] - first;
    size_t at = (size_t)(lead_s * pair->rate);
    size_t next = pinna_rng_below(&pair->rng, n_clips);

    while (at < pair->n) {
        const size_t item = talkers->order[first + next++ % n_clips];
        float *clip;
        size_t n_clip;
        const pinna_status status = pinna_speech_clip_load(
            &pair->settings->speech->items[item], pair->settings->sample_rate,
            &clip, &n_clip, error);
        if (status)
            return status;
        const size_t n_room = pair->n - at;
        const size_t n_taken = n_clip < n_room ? n_clip : n_room;
        set_level(clip, n_taken, pair->rate, pair->settings->level_db);
        pinna_speech_clip_fade(clip, n_taken, pair->rate);
        memcpy(pair->clean + at, clip, n_taken * sizeof *clip);
        free(clip);
        at += n_taken + pinna_speech_pause(&pair->rng, pair->rate);
    }
    return PINNA_OK;
}

/* The same room for both sides: what is to be removed is noise alone. */
static pinna_status add_room(struct pair *pair, pinna_error *error)
{
    const pinna_sound_list *rooms = pair->settings->rooms;
    float *response;
    size_t n_response;

    if (rooms->n_items == 0)
        return PINNA_OK;
    const size_t room = pinna_rng_below(&pair->rng, rooms->n_items);
    pinna_status status =
        pinna_speech_clip_load(&rooms->items[room], pair->settings->sample_rate,
                               &response, &n_response, error);
    if (status)
        return status;
    status = pinna_augment_room(pair->clean, pair->n, response, n_response);
    free(response);
    if (status)
        return pinna_fail(error, status, "%s: %s", rooms->items[room].part.path,
                          pinna_strerror(status));
    return PINNA_OK;
}

static pinna_status fill_noise(struct pair *pair, const pinna_mix_plan *plan,
                               size_t material, pinna_error *error)
{
    float *clip;
    size_t n_clip;
    const pinna_status status = pinna_speech_clip_load(
        &pair->settings->noise->items[plan->noise[material]],
        pair->settings->sample_rate, &clip, &n_clip, error);
    if (status)
        return status;
    pinna_take_stretch(clip, n_clip, pair->rate, &pair->rng, pair->noise,
                       pair->n);
    free(clip);
    return PINNA_OK;
}

static double peak_of(const float *samples, size_t n)
{
    double peak = 0;

    for (size_t i = 0; i < n; i++)
        peak = fmax(peak, fabs((double)samples[i]));
    return peak;
}

/* clean and noise -> noisy, at the SNR; both sides turned down together when
 * they would clip. */
static void add_noise(struct pair *pair, pinna_pair_kind kind, double snr_db)
{
    const size_t n = pair->n;
    double gain = 0;

    if (kind == PINNA_PAIR_MIXED)
        gain =
            pinna_noise_gain(pair->clean, pair->noise, n, pair->rate, snr_db);
    else if (kind == PINNA_PAIR_NOISE) {
        set_level(pair->noise, n, pair->rate, pair->settings->level_db);
        memset(pair->clean, 0, n * sizeof *pair->clean);
        gain = 1;
    }
    for (size_t i = 0; i < n; i++)
        pair->noisy[i] = pair->clean[i] + (float)gain * pair->noise[i];
    const double peak = fmax(peak_of(pair->clean, n), peak_of(pair->noisy, n));
    if (peak > highest_peak) {
        pinna_augment_gain(pair->clean, n, (float)(highest_peak / peak));
        pinna_augment_gain(pair->noisy, n, (float)(highest_peak / peak));
    }
}

static pinna_status save(const struct pair *pair, const char *side,
                         const char *name, const float *samples,
                         pinna_error *error)
{
    const char *folder = pair->settings->folder;
    const size_t size = strlen(folder) + strlen(side) + strlen(name) + 3;
    char *path = malloc(size);

    if (!path)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", name);
    snprintf(path, size, "%s/%s/%s", folder, side, name);
    const pinna_status status = pinna_audio_save_mono(
        path, pair->settings->sample_rate, samples, pair->n, error);
    free(path);
    return status;
}

static pinna_status make(struct pair *pair, const pinna_mix_plan *plan,
                         size_t number, pinna_error *error)
{
    const pinna_mix_settings *settings = pair->settings;
    const pinna_pair_kind kind = pinna_mix_kind(settings, number);
    const size_t material = material_of(settings, number);
    pinna_status status = PINNA_OK;

    pinna_rng_seed(&pair->rng, settings->seed, MATERIAL_STREAM + material);
    status = fill_speech(pair, plan, material, error);
    if (!status)
        status = add_room(pair, error);
    if (!status)
        status = fill_noise(pair, plan, material, error);
    if (!status) {
        set_level(pair->clean, pair->n, pair->rate, settings->level_db);
        add_noise(pair, kind, pinna_mix_snr_db(settings, number));
    }
    return status;
}

pinna_status pinna_mix_pair(const pinna_mix_settings *settings,
                            const pinna_mix_plan *plan, size_t pair_number,
                            const char *name, pinna_error *error)
{
    struct pair pair = {
        .settings = settings,
        .rate = (double)settings->sample_rate,
        .n = (size_t)(settings->seconds * (double)settings->sample_rate),
    };
    pinna_status status;

    pair.clean = calloc(3 * pair.n, sizeof *pair.clean);
    if (!pair.clean)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", name);
    pair.noisy = pair.clean + pair.n;
    pair.noise = pair.noisy + pair.n;
    status = make(&pair, plan, pair_number, error);
    if (!status)
        status = save(&pair, "clean", name, pair.clean, error);
    if (!status)
        status = save(&pair, "noisy", name, pair.noisy, error);
    free(pair.clean);
    return status;
}
