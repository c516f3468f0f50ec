#include "tools/sound_list.h"

#include "tools/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool add_items(pinna_sound_list *list, size_t n)
{
    pinna_sound_item *items =
        realloc(list->items, (list->n_items + n) * sizeof *items);

    if (!items)
        return false;
    memset(items + list->n_items, 0, n * sizeof *items);
    list->items = items;
    list->n_items += n;
    return true;
}

static bool add_manifest(pinna_sound_list *list, const pinna_manifest *manifest)
{
    const size_t first = list->n_items;

    if (!add_items(list, manifest->n_entries))
        return false;
    for (size_t i = 0; i < manifest->n_entries; i++) {
        const pinna_manifest_entry *entry = &manifest->entries[i];
        /* Of a pair the noisy recording is what a machine would hear. */
        list->items[first + i] = (pinna_sound_item){
            .part = {.path = entry->audio_path ? entry->audio_path
                                               : entry->noisy_path,
                     .offset_s = entry->offset,
                     .duration_s = entry->duration},
            .label = entry->label,
            .text = entry->text,
            .speaker = entry->speaker,
            .snr_db = entry->snr_db,
        };
    }
    return true;
}

pinna_status pinna_sound_list_read(const char *command, const pinna_list *files,
                                   bool only_manifests, pinna_sound_list *list)
{
    pinna_error error;

    *list = (pinna_sound_list){0};
    list->manifests = calloc(files->n_items + 1, sizeof *list->manifests);
    if (!list->manifests)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < files->n_items; i++) {
        const char *path = files->items[i];
        if (!only_manifests && !pinna_is_manifest_name(path)) {
            if (!add_items(list, 1))
                return PINNA_NO_MEMORY;
            list->items[list->n_items - 1] =
                (pinna_sound_item){.part = {.path = path}, .snr_db = NAN};
            continue;
        }
        pinna_manifest *manifest = &list->manifests[list->n_manifests];
        if (pinna_manifest_read(path, manifest, &error)) {
            pinna_message("pinna %s: %s", command, error.text);
            list->n_failed++;
            continue;
        }
        list->n_manifests++;
        if (!add_manifest(list, manifest))
            return PINNA_NO_MEMORY;
    }
    return PINNA_OK;
}

void pinna_sound_list_free(pinna_sound_list *list)
{
    for (size_t i = 0; i < list->n_manifests; i++)
        pinna_manifest_free(&list->manifests[i]);
    free(list->manifests);
    free(list->items);
    *list = (pinna_sound_list){0};
}
