#include "tools/denoise_options.h"

int pinna_denoise_options_check(const pinna_usage *usage,
                                const double *controls)
{
    const double by_default =
        (double)pinna_controls[PINNA_CONTROL_VAD_HOLD].by_default;

    if (controls[PINNA_CONTROL_VAD_HOLD] != by_default &&
        controls[PINNA_CONTROL_VAD_THRESHOLD] == 0)
        return pinna_usage_error(usage, "--vad-hold has no effect without "
                                        "--vad-threshold");
    return -1;
}
