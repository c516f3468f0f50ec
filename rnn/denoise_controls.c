#include "rnn/denoise_controls.h"

#include <math.h>

static const char *const modes[] = {"process", "bypass", "mute"};

const pinna_control_info pinna_controls[PINNA_N_CONTROLS] = {
    [PINNA_CONTROL_ATTENUATION_LIMIT] = {"Attenuation Limit",
                                         "attenuation_limit", "dB",
                                         PINNA_CONTROL_NUMBER, 0, 100, 100,
                                         NULL},
    [PINNA_CONTROL_MIX] = {"Mix", "mix", "%", PINNA_CONTROL_NUMBER, 0, 100, 100,
                           NULL},
    [PINNA_CONTROL_VAD_THRESHOLD] = {"VAD Threshold", "vad_threshold", "%",
                                     PINNA_CONTROL_NUMBER, 0, 100, 0, NULL},
    [PINNA_CONTROL_VAD_HOLD] = {"VAD Hold", "vad_hold", "ms",
                                PINNA_CONTROL_NUMBER, 0, 1000, 250, NULL},
    [PINNA_CONTROL_VAD_LOOK_BACK] = {"VAD Look-back", "vad_look_back", "ms",
                                     PINNA_CONTROL_NUMBER, 0, 200, 0, NULL},
    [PINNA_CONTROL_OUTPUT_GAIN] = {"Output Gain", "output_gain", "dB",
                                   PINNA_CONTROL_NUMBER, -24, 24, 0, NULL},
    [PINNA_CONTROL_STEREO_LINK] = {"Stereo Link", "stereo_link", "",
                                   PINNA_CONTROL_SWITCH, 0, 1, 1, NULL},
    [PINNA_CONTROL_MODE] = {"Mode", "mode", "", PINNA_CONTROL_CHOICE, 0, 2, 0,
                            modes},
};

size_t pinna_controls_of(size_t n_channels, pinna_control *list)
{
    size_t n = 0;

    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        if (i != PINNA_CONTROL_STEREO_LINK || n_channels > 1)
            list[n++] = i;
    return n;
}

float pinna_control_clean(pinna_control control, float value)
{
    const pinna_control_info *info = &pinna_controls[control];

    if (isnan(value))
        return info->by_default;
    value = fminf(fmaxf(value, info->least), info->most);
    return info->kind == PINNA_CONTROL_NUMBER ? value : rintf(value);
}
