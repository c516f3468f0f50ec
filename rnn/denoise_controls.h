/* rnn/denoise_controls.h -- what can be set around the denoiser: the one table
 * behind LADSPA, LV2, CLAP and the command
 *
 * Order, names and units are the same everywhere and never change: projects
 * and presets of hosts depend on them. */
#ifndef PINNA_RNN_DENOISE_CONTROLS_H
#define PINNA_RNN_DENOISE_CONTROLS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_control {
    PINNA_CONTROL_ATTENUATION_LIMIT, /* no band is lowered by more */
    PINNA_CONTROL_MIX,               /* of the denoised sound with the dry */
    PINNA_CONTROL_VAD_THRESHOLD,     /* gate: silent below; 0 switches it off */
    PINNA_CONTROL_VAD_HOLD,          /* how long the gate stays open after */
    PINNA_CONTROL_VAD_LOOK_BACK,     /* how much before; adds to the latency */
    PINNA_CONTROL_OUTPUT_GAIN,
    PINNA_CONTROL_STEREO_LINK, /* the same gains for all channels */
    PINNA_CONTROL_MODE,
    PINNA_N_CONTROLS
} pinna_control;

/* Values of PINNA_CONTROL_MODE. */
enum { PINNA_MODE_PROCESS, PINNA_MODE_BYPASS, PINNA_MODE_MUTE };

typedef enum pinna_control_kind {
    PINNA_CONTROL_NUMBER,
    PINNA_CONTROL_SWITCH, /* 0 or 1 */
    PINNA_CONTROL_CHOICE, /* an index of the labels */
} pinna_control_kind;

typedef struct pinna_control_info {
    const char *name;   /* for people */
    const char *symbol; /* for machines: a C identifier */
    const char *unit;   /* "dB", "ms", "%", or "" */
    pinna_control_kind kind;
    float least, most, by_default;
    const char *const *labels; /* [most + 1] of a choice, else NULL */
} pinna_control_info;

extern const pinna_control_info pinna_controls[PINNA_N_CONTROLS];

/* Those of a plugin with so many channels (1 or 2), in order: fills list
 * [PINNA_N_CONTROLS] and gives their number. */
size_t pinna_controls_of(size_t n_channels, pinna_control *list);

/* The value that counts: within the bounds, whole for a switch or a choice, the
 * default for NaN. */
float pinna_control_clean(pinna_control control, float value);

#endif
