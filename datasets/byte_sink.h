/* datasets/byte_sink.h -- where an encoder's bytes go: a file that is there
 * only when it is complete, or a stream
 *
 * Bytes go to a temporary file in the folder of path, which takes the name at
 * commit; until then, and after abort, whatever had that name is untouched.
 * "-" is stdout; it, pipes and devices get each byte when it is written. */
#ifndef PINNA_DATASETS_BYTE_SINK_H
#define PINNA_DATASETS_BYTE_SINK_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pinna_byte_sink pinna_byte_sink;

/* A link leads to the file that it names, and stays. The mode of an existing
 * file is kept. */
pinna_status pinna_byte_sink_open(const char *path, pinna_byte_sink **out,
                                  pinna_error *error);

/* Write bytes [n] at `place` bytes from the beginning. A gap behind the end is
 * zeros. Unless seekable, what begins before the end is dropped without an
 * error. */
pinna_status pinna_byte_sink_write(pinna_byte_sink *sink, uint64_t place,
                                   const void *bytes, size_t n);

/* Can bytes already written be replaced? Not on a pipe. */
bool pinna_byte_sink_seekable(const pinna_byte_sink *sink);
/* The file that takes the name at commit, to be written by other means from its
 * beginning; -1 for stdout, pipes and devices. The sink closes it. */
int pinna_byte_sink_descriptor(const pinna_byte_sink *sink);
/* Bytes so far. */
uint64_t pinna_byte_sink_size(const pinna_byte_sink *sink);
/* The errno of the first failed write, or 0. */
int pinna_byte_sink_cause(const pinna_byte_sink *sink);
/* For messages: "stdout", or the path. */
const char *pinna_byte_sink_path(const pinna_byte_sink *sink);

/* Sync and rename, unless a write has failed. The object is gone afterwards,
 * done or failed. */
pinna_status pinna_byte_sink_commit(pinna_byte_sink *sink, pinna_error *error);
/* Drop what was written. NULL is fine. */
void pinna_byte_sink_abort(pinna_byte_sink *sink);

#endif
