/* tools/denoise_options.h -- options of the commands that denoise: what
 * rnn/denoise_chain.h has to set */
#ifndef PINNA_TOOLS_DENOISE_OPTIONS_H
#define PINNA_TOOLS_DENOISE_OPTIONS_H

#include "rnn/denoise_controls.h"
#include "tools/options.h"

/* An option whose value is that of a control. */
#define PINNA_CONTROL_OPTION(controls, control)                                \
    .number = &(controls)[control],                                            \
    .low = (double)pinna_controls[control].least,                              \
    .high = (double)pinna_controls[control].most

/* Rows of a table of options: controls is double [PINNA_N_CONTROLS] with the
 * defaults, the others point to bool. */
#define PINNA_DENOISE_OPTIONS(controls, post_filter, independent)              \
    {"atten-limit", 'a', "DB",                                                 \
     "lower no part of the sound by more than DB\n(default 100: no limit)",    \
     PINNA_CONTROL_OPTION(controls, PINNA_CONTROL_ATTENUATION_LIMIT)},         \
        {"mix", 0, "PERCENT",                                                  \
         "how much of the result is denoised; the rest is as\nit came (100)",  \
         PINNA_CONTROL_OPTION(controls, PINNA_CONTROL_MIX)},                   \
        {"post-filter", 0, NULL,                                               \
         "lower what is lowered a little further (the\nenvelope post-filter "  \
         "of PercepNet)",                                                      \
         .flag = (post_filter)},                                               \
        {"vad-threshold", 0, "PERCENT",                                        \
         "silence where speech is less probable (default 0:\nnever)",          \
         PINNA_CONTROL_OPTION(controls, PINNA_CONTROL_VAD_THRESHOLD)},         \
        {"vad-hold", 0, "MS", "not so shortly after speech, though (250)",     \
         PINNA_CONTROL_OPTION(controls, PINNA_CONTROL_VAD_HOLD)},              \
        {"vad-look-back", 0, "MS", "nor so shortly before it (0)",             \
         PINNA_CONTROL_OPTION(controls, PINNA_CONTROL_VAD_LOOK_BACK)},         \
        {"output-gain", 0, "DB", "of everything (0)",                          \
         PINNA_CONTROL_OPTION(controls, PINNA_CONTROL_OUTPUT_GAIN)},           \
    {                                                                          \
        "independent", 0, NULL,                                                \
            "each channel by itself; else all get the same\ngains, so that "   \
            "directions stay",                                                 \
            .flag = (independent)                                              \
    }

/* What has no effect: a gate's hold without the gate. A usage error, its exit
 * code; -1 when all is well. */
int pinna_denoise_options_check(const pinna_usage *usage,
                                const double *controls);

#endif
