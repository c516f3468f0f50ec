/* datasets/folder_walk.h -- the files below a folder */
#ifndef PINNA_DATASETS_FOLDER_WALK_H
#define PINNA_DATASETS_FOLDER_WALK_H

#include "dsp/status.h"

#include <stddef.h>

/* folder/name, to be freed; NULL without memory. */
char *pinna_path_below(const char *folder, const char *name);

/* Calls visit() for every file below the folder, and below folders in it that
 * are at most depth deep, in the order of the bytes of their names; what begins
 * with a dot, or may not be read, is passed over. Ends with the first status of
 * visit() that is not PINNA_OK, or PINNA_NO_MEMORY. */
pinna_status pinna_folder_walk(const char *folder, size_t depth,
                               pinna_status (*visit)(void *user,
                                                     const char *path),
                               void *user);

#endif
