/* tools/output_file.h -- a file that appears whole or not at all, as a stream
 *
 * A pinna_byte_sink in which stdio writes and seeks. "-" and anything that is
 * no ordinary file (a pipe, /dev/null) get the bytes at commit. */
#ifndef PINNA_TOOLS_OUTPUT_FILE_H
#define PINNA_TOOLS_OUTPUT_FILE_H

#include "datasets/byte_sink.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct pinna_output_file {
    FILE *stream; /* NULL when there is nothing open */
    pinna_byte_sink *sink;
    bool copied; /* at commit, from a temporary file elsewhere */
} pinna_output_file;

pinna_status pinna_output_file_open(const char *path, pinna_output_file *output,
                                    pinna_error *error);

/* The stream is closed afterwards, done or failed. Reports every write that
 * failed since open. */
pinna_status pinna_output_file_commit(pinna_output_file *output,
                                      pinna_error *error);

/* Drop what was written. A zero-initialised or committed output is fine. */
void pinna_output_file_abort(pinna_output_file *output);

/* Commit what was written if status is PINNA_OK, otherwise drop it and return
 * status. */
pinna_status pinna_output_file_end(pinna_output_file *output,
                                   pinna_status status, pinna_error *error);

/* Run a command whose output goes to path, or to stdout if that is NULL or "-":
 * run() writes to file and returns the exit code. When it could not start,
 * nothing appears. Returns the exit code. */
int pinna_output_file_run(const char *command, const char *path,
                          int (*run)(void *user, FILE *file), void *user);

/* Make a folder unless it is there; its parent must be. */
pinna_status pinna_make_folder(const char *path, pinna_error *error);

/* FOLDER/NAME with the part of path after the last slash for NAME, its suffix
 * replaced unless suffix is NULL. To be freed by the caller; NULL without
 * memory. */
char *pinna_path_in_folder(const char *folder, const char *path,
                           const char *suffix);

/* Is there a folder at path? */
int pinna_is_folder(const char *path);

#endif
