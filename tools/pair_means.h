/* tools/pair_means.h -- figures of noisy/clean pairs, averaged: over all, over
 * those of one SNR, over those of one class of noise */
#ifndef PINNA_TOOLS_PAIR_MEANS_H
#define PINNA_TOOLS_PAIR_MEANS_H

#include "tools/json_writer.h"
#include "tools/pair_metrics.h"

#include <stddef.h>

/* SI-SDR, segmental SNR, STOI, ESTOI, PESQ, and the three components. */
enum { PINNA_N_QUALITIES = 8 };

/* Their names and how many decimals people want. */
extern const char *const pinna_quality_names[PINNA_N_QUALITIES];
extern const int pinna_quality_decimals[PINNA_N_QUALITIES];

void pinna_quality_list(const pinna_quality *quality,
                        double values[PINNA_N_QUALITIES]);

/* Of what is a number; NaN of nothing. */
typedef struct pinna_mean {
    double sum;
    size_t n;
} pinna_mean;

void pinna_mean_add(pinna_mean *mean, double value);
double pinna_mean_value(const pinna_mean *mean);

/* The pairs of one kind that are not silent. */
typedef struct pinna_pair_means {
    double snr_db; /* of a group by SNR */
    char *label;   /* of a group by class, else NULL */
    size_t n_pairs;
    pinna_mean noisy[PINNA_N_QUALITIES], denoised[PINNA_N_QUALITIES];
} pinna_pair_means;

typedef struct pinna_pair_groups {
    pinna_pair_means all;
    pinna_pair_means *snrs;   /* [n_snrs], the lowest first */
    pinna_pair_means *labels; /* [n_labels], by name */
    size_t n_snrs, n_labels;
} pinna_pair_groups;

/* To all, and where snr_db is a number and label is not NULL to those groups.
 * Fails with PINNA_NO_MEMORY only. */
pinna_status pinna_pair_groups_add(pinna_pair_groups *groups, double snr_db,
                                   const char *label,
                                   const pinna_pair_metrics *metrics);
void pinna_pair_groups_free(pinna_pair_groups *groups);

/* A table for people, two rows each; PESQ only when there is one. Groups by SNR
 * when there are two or more, and so by class. */
void pinna_pair_groups_print(const pinna_pair_groups *groups);

/* Members of an object: "noisy", "denoised", "by_snr", "by_label". */
void pinna_pair_groups_write(const pinna_pair_groups *groups, pinna_json *json);

#endif
