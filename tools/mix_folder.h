/* tools/mix_folder.h -- where `pinna mix` writes: FOLDER/clean, FOLDER/noisy
 * and FOLDER/pairs.jsonl, or FOLDER/strings and FOLDER/strings.jsonl */
#ifndef PINNA_TOOLS_MIX_FOLDER_H
#define PINNA_TOOLS_MIX_FOLDER_H

#include "dsp/status.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/sound_list.h"

#include <stdbool.h>

typedef struct pinna_mix_folder {
    const char *path;
    bool strings; /* else pairs */
} pinna_mix_folder;

/* FOLDER/NAME, to be freed; NULL without memory. */
char *pinna_mix_folder_path(const pinna_mix_folder *folder, const char *name);

/* A usage error, its exit code, when a list of recordings is the manifest to
 * be written, or one of the sounds lies where others are to be written; -1 if
 * not. */
int pinna_mix_folder_refuse(const pinna_usage *usage,
                            const pinna_mix_folder *folder,
                            const pinna_list *lists,
                            const pinna_sound_list *sounds);

/* Make it, and those below. */
pinna_status pinna_mix_folder_make(const pinna_mix_folder *folder,
                                   pinna_error *error);

pinna_status pinna_mix_folder_open_manifest(const pinna_mix_folder *folder,
                                            pinna_output_file *manifest,
                                            pinna_error *error);

#endif
