/* tools/sound_list.h -- the recordings that a command line names: sound files,
 * and the entries of manifests */
#ifndef PINNA_TOOLS_SOUND_LIST_H
#define PINNA_TOOLS_SOUND_LIST_H

#include "datasets/manifest.h"
#include "tools/options.h"
#include "tools/transcript.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_sound_item {
    pinna_sound_part part;
    const char *label;   /* its class; NULL where there is none */
    const char *text;    /* what is said; NULL where the manifest has none, */
    const char *speaker; /* and so here */
    double snr_db;       /* NaN there */
} pinna_sound_item;

/* Strings belong to argv or to the manifests. */
typedef struct pinna_sound_list {
    pinna_sound_item *items;
    size_t n_items;
    pinna_manifest *manifests;
    size_t n_manifests;
    size_t n_failed; /* manifests that could not be read */
} pinna_sound_list;

/* Files are manifests if their name says so, or all with `only_manifests`. One
 * that cannot be read gives a line on stderr and counts in n_failed. Fails with
 * PINNA_NO_MEMORY only. */
pinna_status pinna_sound_list_read(const char *command, const pinna_list *files,
                                   bool only_manifests, pinna_sound_list *list);
void pinna_sound_list_free(pinna_sound_list *list);

#endif
