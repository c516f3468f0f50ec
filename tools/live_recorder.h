/* tools/live_recorder.h -- what went in and what came out as two sound files
 * that lie in time with each other
 *
 * The dry sound waits for as long as the wet one is late; what came out before
 * anything had gone in is left out. Both files are as long. */
#ifndef PINNA_TOOLS_LIVE_RECORDER_H
#define PINNA_TOOLS_LIVE_RECORDER_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_RECORDER_BLOCK 4096 /* samples at a time */

typedef struct pinna_live_recorder pinna_live_recorder;

/* latency of wet behind dry, in samples. Nothing is written yet. */
pinna_status pinna_live_recorder_new(unsigned sample_rate, size_t n_channels,
                                     size_t latency, pinna_live_recorder **out);
/* Drops what was not committed. NULL is fine. */
void pinna_live_recorder_free(pinna_live_recorder *recorder);

/* Begin files; either may be NULL. Once, but for a failure: then there are
 * none.
 */
pinna_status pinna_live_recorder_open(pinna_live_recorder *recorder,
                                      const char *dry_path,
                                      const char *wet_path, pinna_error *error);

/* Take dry and wet, each [n_channels][n], n <= PINNA_RECORDER_BLOCK; into the
 * files when there are some and `on` is set. */
pinna_status pinna_live_recorder_take(pinna_live_recorder *recorder,
                                      const float *const *dry,
                                      const float *const *wet, size_t n,
                                      bool on, pinna_error *error);

/* Samples in the files so far. */
size_t pinna_live_recorder_length(const pinna_live_recorder *recorder);

/* Let the files appear. */
pinna_status pinna_live_recorder_commit(pinna_live_recorder *recorder,
                                        pinna_error *error);

#endif
