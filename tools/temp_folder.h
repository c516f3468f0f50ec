/* tools/temp_folder.h -- a folder of a program's own for files in passing,
 * below $TMPDIR or /tmp */
#ifndef PINNA_TOOLS_TEMP_FOLDER_H
#define PINNA_TOOLS_TEMP_FOLDER_H

#include "dsp/status.h"

typedef struct pinna_temp_folder {
    char path[1024]; /* empty: there is none */
} pinna_temp_folder;

/* Errors name what it is for. */
pinna_status pinna_temp_folder_make(const char *what, pinna_temp_folder *folder,
                                    pinna_error *error);

/* With the files in it. */
void pinna_temp_folder_remove(pinna_temp_folder *folder);

#endif
