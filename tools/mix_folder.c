#include "tools/mix_folder.h"

#include "tools/command.h"
#include "tools/output_paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The folders below; NULL for no other. */
static const char *const folders_of_pairs[] = {"clean", "noisy"};
static const char *const folders_of_strings[] = {"strings", NULL};
enum { MOST_FOLDERS = 2 };

static const char *const *names_of(const pinna_mix_folder *folder)
{
    return folder->strings ? folders_of_strings : folders_of_pairs;
}

char *pinna_mix_folder_path(const pinna_mix_folder *folder, const char *name)
{
    const size_t size = strlen(folder->path) + strlen(name) + 2;
    char *path = malloc(size);

    if (path)
        snprintf(path, size, "%s/%s", folder->path, name);
    return path;
}

static char *manifest_path(const pinna_mix_folder *folder)
{
    return pinna_mix_folder_path(folder, folder->strings ? "strings.jsonl"
                                                         : "pairs.jsonl");
}

int pinna_mix_folder_refuse(const pinna_usage *usage,
                            const pinna_mix_folder *folder,
                            const pinna_list *lists,
                            const pinna_sound_list *sounds)
{
    const char *const *names = names_of(folder);
    char *path = manifest_path(folder);
    int code =
        path ? pinna_refuse_own_input(usage, lists, path) : PINNA_EXIT_START;

    free(path);
    for (size_t i = 0; code < 0 && i < MOST_FOLDERS && names[i]; i++) {
        path = pinna_mix_folder_path(folder, names[i]);
        code = path ? -1 : PINNA_EXIT_START;
        for (size_t k = 0; code < 0 && k < sounds->n_items; k++)
            code =
                pinna_refuse_input_in(usage, sounds->items[k].part.path, path);
        free(path);
    }
    return code;
}

pinna_status pinna_mix_folder_make(const pinna_mix_folder *folder,
                                   pinna_error *error)
{
    const char *const *names = names_of(folder);
    pinna_status status = pinna_make_folder(folder->path, error);

    for (size_t i = 0; !status && i < MOST_FOLDERS && names[i]; i++) {
        char *path = pinna_mix_folder_path(folder, names[i]);
        status = path ? pinna_make_folder(path, error)
                      : pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
        free(path);
    }
    return status;
}

pinna_status pinna_mix_folder_open_manifest(const pinna_mix_folder *folder,
                                            pinna_output_file *manifest,
                                            pinna_error *error)
{
    char *path = manifest_path(folder);

    if (!path)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    const pinna_status status = pinna_output_file_open(path, manifest, error);
    free(path);
    return status;
}
