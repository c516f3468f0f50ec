#include "datasets/folder_walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of their bytes, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

char *pinna_path_below(const char *folder, const char *name)
{
    const size_t n = strlen(folder);
    const size_t size = n + strlen(name) + 2;
    char *path = malloc(size);

    if (path)
        snprintf(path, size, "%s%s%s", folder,
                 n > 0 && folder[n - 1] == '/' ? "" : "/", name);
    return path;
}

static pinna_status go_to(const char *folder, const char *name, size_t depth,
                          pinna_status (*visit)(void *user, const char *path),
                          void *user)
{
    char *path = pinna_path_below(folder, name);
    pinna_status status = PINNA_OK;
    struct stat found;

    if (!path)
        return PINNA_NO_MEMORY;
    const bool there = stat(path, &found) == 0;
    if (there && S_ISREG(found.st_mode))
        status = visit(user, path);
    else if (there && S_ISDIR(found.st_mode) && depth > 0)
        status = pinna_folder_walk(path, depth - 1, visit, user);
    free(path);
    return status;
}

pinna_status pinna_folder_walk(const char *folder, size_t depth,
                               pinna_status (*visit)(void *user,
                                                     const char *path),
                               void *user)
{
    struct dirent **found;
    pinna_status status = PINNA_OK;

    const int n = scandir(folder, &found, is_visible, by_name);
    if (n < 0)
        return errno == ENOMEM ? PINNA_NO_MEMORY : PINNA_OK;
    for (int i = 0; i < n; i++) {
        if (!status)
            status = go_to(folder, found[i]->d_name, depth, visit, user);
        free(found[i]);
    }
    free(found);
    return status;
}
