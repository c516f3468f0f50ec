/* datasets/manifest_sounds.c -- a folder that nobody has described: the sounds
 * below it */
#include "datasets/audio_file.h"
#include "datasets/folder_walk.h"
#include "datasets/manifest_reader.h"

#include <string.h>

#define DEPTH 8

static pinna_status visit(void *user, const char *path)
{
    pinna_manifest_reader *reader = user;
    pinna_manifest_entry entry;
    const pinna_error cause = {""};

    if (!pinna_audio_is_sound_name(path))
        return PINNA_OK;
    pinna_status status = pinna_manifest_entry_new(path, 1, &entry);
    if (!status) {
        entry.audio_path = strdup(path);
        status = entry.audio_path ? PINNA_OK : PINNA_NO_MEMORY;
    }
    return pinna_manifest_take(reader, &entry, status, &cause);
}

pinna_status pinna_manifest_read_sounds(pinna_manifest_reader *reader)
{
    const char *root = reader->manifest->path;

    const pinna_status status = pinna_folder_walk(root, DEPTH, visit, reader);
    if (!status && reader->manifest->n_entries == 0)
        return pinna_fail(
            reader->error, PINNA_BAD_FORMAT,
            "%s: a folder without wav.scp (Kaldi), "
            "SPEAKER/CHAPTER/*.trans.txt (LibriSpeech) and sounds",
            root);
    return status;
}
