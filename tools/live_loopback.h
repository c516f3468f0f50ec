/* tools/live_loopback.h -- `pinna live denoise --loopback-test`: the latency
 * that a cable from output to input shows, against the reported one */
#ifndef PINNA_TOOLS_LIVE_LOOPBACK_H
#define PINNA_TOOLS_LIVE_LOOPBACK_H

#include "tools/live_stream.h"

#include <stdbool.h>

/* With a stream of one channel and PINNA_LOOPBACK_S, not started, which is
 * closed afterwards and NULL. denoiser_s: what comes on top when one works in
 * between. Returns the exit code. */
int pinna_live_loopback(pinna_live_stream **stream, double denoiser_s,
                        bool json);

#endif
