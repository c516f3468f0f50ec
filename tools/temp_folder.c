#include "tools/temp_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

pinna_status pinna_temp_folder_make(const char *what, pinna_temp_folder *folder,
                                    pinna_error *error)
{
    const char *root = getenv("TMPDIR");

    if (!root || !*root || strlen(root) > 1000)
        root = "/tmp";
    snprintf(folder->path, sizeof folder->path, "%s/pinna-XXXXXX", root);
    if (mkdtemp(folder->path))
        return PINNA_OK;
    const int cause = errno;
    folder->path[0] = '\0';
    return pinna_fail(error, PINNA_IO, "%s: no temporary folder: %s", what,
                      strerror(cause));
}

void pinna_temp_folder_remove(pinna_temp_folder *folder)
{
    DIR *entries = folder->path[0] ? opendir(folder->path) : NULL;

    if (entries) {
        for (struct dirent *entry; (entry = readdir(entries));)
            unlinkat(dirfd(entries), entry->d_name, 0);
        closedir(entries);
        rmdir(folder->path);
    }
    folder->path[0] = '\0';
}
