#include "tools/pair_means.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the table. */
enum { NAME_WIDTH = 24, PESQ = 4 };

const char *const pinna_quality_names[PINNA_N_QUALITIES] = {
    "si_sdr_db", "seg_snr_db",   "stoi",          "estoi",
    "pesq",      "noise_att_db", "speech_sdr_db", "onset_db"};
const int pinna_quality_decimals[PINNA_N_QUALITIES] = {2, 2, 4, 4, 3, 2, 2, 2};

void pinna_quality_list(const pinna_quality *quality,
                        double values[PINNA_N_QUALITIES])
{
    values[0] = quality->si_sdr_db;
    values[1] = quality->segmental_snr_db;
    values[2] = quality->stoi;
    values[3] = quality->estoi;
    values[PESQ] = quality->pesq;
    values[5] = quality->components.noise_attenuation_db;
    values[6] = quality->components.speech_sdr_db;
    values[7] = quality->components.onset_db;
}

void pinna_mean_add(pinna_mean *mean, double value)
{
    if (isnan(value))
        return;
    mean->sum += value;
    mean->n++;
}

double pinna_mean_value(const pinna_mean *mean)
{
    return mean->n ? mean->sum / (double)mean->n : (double)NAN;
}

/* ---- adding ---- */

static void add(pinna_pair_means *means, const pinna_pair_metrics *metrics)
{
    double noisy[PINNA_N_QUALITIES], denoised[PINNA_N_QUALITIES];

    pinna_quality_list(&metrics->noisy, noisy);
    pinna_quality_list(&metrics->denoised, denoised);
    for (size_t i = 0; i < PINNA_N_QUALITIES; i++) {
        pinna_mean_add(&means->noisy[i], noisy[i]);
        pinna_mean_add(&means->denoised[i], denoised[i]);
    }
    means->n_pairs++;
}

/* Below 0: a group of this SNR or class goes before the other one. */
static int compare(double snr_db, const char *label,
                   const pinna_pair_means *group)
{
    if (label)
        return strcmp(label, group->label);
    return (snr_db > group->snr_db) - (snr_db < group->snr_db);
}

/* The group of this SNR, or of this class, in its place. */
static pinna_pair_means *find(pinna_pair_means **groups, size_t *n,
                              double snr_db, const char *label)
{
    size_t at = 0;

    while (at < *n && compare(snr_db, label, &(*groups)[at]) > 0)
        at++;
    if (at < *n && compare(snr_db, label, &(*groups)[at]) == 0)
        return &(*groups)[at];

    pinna_pair_means *more = realloc(*groups, (*n + 1) * sizeof *more);
    char *copy = label ? strdup(label) : NULL;
    if (more)
        *groups = more;
    if (!more || (label && !copy)) {
        free(copy);
        return NULL;
    }
    memmove(more + at + 1, more + at, (*n - at) * sizeof *more);
    more[at] = (pinna_pair_means){.snr_db = snr_db, .label = copy};
    ++*n;
    return &more[at];
}

pinna_status pinna_pair_groups_add(pinna_pair_groups *groups, double snr_db,
                                   const char *label,
                                   const pinna_pair_metrics *metrics)
{
    pinna_pair_means *means;

    add(&groups->all, metrics);
    if (!isnan(snr_db)) {
        means = find(&groups->snrs, &groups->n_snrs, snr_db, NULL);
        if (!means)
            return PINNA_NO_MEMORY;
        add(means, metrics);
    }
    if (label) {
        means = find(&groups->labels, &groups->n_labels, 0, label);
        if (!means)
            return PINNA_NO_MEMORY;
        add(means, metrics);
    }
    return PINNA_OK;
}

void pinna_pair_groups_free(pinna_pair_groups *groups)
{
    for (size_t i = 0; i < groups->n_labels; i++)
        free(groups->labels[i].label);
    free(groups->labels);
    free(groups->snrs);
    *groups = (pinna_pair_groups){0};
}

/* ---- for people ---- */

static int width_of(size_t i)
{
    const int n = (int)strlen(pinna_quality_names[i]);
    return n > 10 ? n : 10;
}

static bool is_shown(const pinna_pair_groups *groups, size_t i)
{
    return i != PESQ || groups->all.noisy[i].n + groups->all.denoised[i].n > 0;
}

static void print_row(const pinna_pair_groups *groups, const char *side,
                      const char *group, size_t n_pairs,
                      const pinna_mean *means)
{
    char name[128];

    snprintf(name, sizeof name, "%s%s%s", side, *group ? ", " : "", group);
    printf("%-*s %5zu", NAME_WIDTH, name, n_pairs);
    for (size_t i = 0; i < PINNA_N_QUALITIES; i++) {
        if (!is_shown(groups, i))
            continue;
        if (means[i].n == 0)
            printf(" %*s", width_of(i), "-");
        else
            printf(" %*.*f", width_of(i), pinna_quality_decimals[i],
                   pinna_mean_value(&means[i]));
    }
    putchar('\n');
}

static void print_group(const pinna_pair_groups *groups, const char *name,
                        const pinna_pair_means *means)
{
    print_row(groups, "noisy", name, means->n_pairs, means->noisy);
    print_row(groups, "denoised", name, means->n_pairs, means->denoised);
}

void pinna_pair_groups_print(const pinna_pair_groups *groups)
{
    char name[32];

    printf("%-*s %5s", NAME_WIDTH, "", "pairs");
    for (size_t i = 0; i < PINNA_N_QUALITIES; i++)
        if (is_shown(groups, i))
            printf(" %*s", width_of(i), pinna_quality_names[i]);
    putchar('\n');
    print_group(groups, "", &groups->all);
    for (size_t i = 0; groups->n_snrs > 1 && i < groups->n_snrs; i++) {
        snprintf(name, sizeof name, "%g dB", groups->snrs[i].snr_db);
        print_group(groups, name, &groups->snrs[i]);
    }
    for (size_t i = 0; groups->n_labels > 1 && i < groups->n_labels; i++)
        print_group(groups, groups->labels[i].label, &groups->labels[i]);
}

/* ---- for machines ---- */

static void write_means(pinna_json *json, const char *key,
                        const pinna_mean *means)
{
    pinna_json_open(json, key, '{');
    for (size_t i = 0; i < PINNA_N_QUALITIES; i++)
        pinna_json_number(json, pinna_quality_names[i],
                          pinna_mean_value(&means[i]), 4);
    pinna_json_close(json, '}');
}

static void write_groups(pinna_json *json, const char *key,
                         const pinna_pair_means *groups, size_t n)
{
    pinna_json_open(json, key, '[');
    for (size_t i = 0; i < n; i++) {
        pinna_json_open(json, NULL, '{');
        if (groups[i].label)
            pinna_json_string(json, "label", groups[i].label);
        else
            pinna_json_number(json, "snr_db", groups[i].snr_db, 2);
        pinna_json_count(json, "pairs", groups[i].n_pairs);
        write_means(json, "noisy", groups[i].noisy);
        write_means(json, "denoised", groups[i].denoised);
        pinna_json_close(json, '}');
    }
    pinna_json_close(json, ']');
}

void pinna_pair_groups_write(const pinna_pair_groups *groups, pinna_json *json)
{
    write_means(json, "noisy", groups->all.noisy);
    write_means(json, "denoised", groups->all.denoised);
    write_groups(json, "by_snr", groups->snrs, groups->n_snrs);
    write_groups(json, "by_label", groups->labels, groups->n_labels);
}
