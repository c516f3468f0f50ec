/* tools/live_options.h -- options of the parts of `pinna live` that open
 * devices */
#ifndef PINNA_TOOLS_LIVE_OPTIONS_H
#define PINNA_TOOLS_LIVE_OPTIONS_H

#include "tools/live_stream.h"
#include "tools/options.h"

/* Rows of a table of options that fill a pinna_live_stream_config. */
#define PINNA_LIVE_OPTIONS(config)                                             \
    {"input", 'i', "DEVICE",                                                   \
     "number, name or part of the name of `pinna live\ndevices` (default: "    \
     "the system's)",                                                          \
     .text = &(config)->names[PINNA_DEVICE_IN]},                               \
        {"rate",                                                               \
         0,                                                                    \
         "HZ",                                                                 \
         "sample rate (default: 48000, or what the device prefers)",           \
         .number = &(config)->rate,                                            \
         .low = 8000,                                                          \
         .high = 192000},                                                      \
        {"block",                                                              \
         0,                                                                    \
         "N",                                                                  \
         "samples at a time (default: what suits the device)",                 \
         .count = &(config)->block,                                            \
         .low = 1,                                                             \
         .high = 65536},                                                       \
        {"latency",                                                            \
         0,                                                                    \
         "S",                                                                  \
         "ask the device for this latency (default: the higher of\nthe two "   \
         "that `pinna live devices` tells)",                                   \
         .number = &(config)->latency_s,                                       \
         .low = 0,                                                             \
         .high = 10},                                                          \
    {                                                                          \
        "duration", 'd', "S", "stop after so much sound (default: never)",     \
            .number = &(config)->duration_s, .low = 0.001, .high = 1e9         \
    }

#endif
