/* plugins/lv2_ports.h -- how the LV2 plugins are called and what their ports
 * are: shared by the plugin and by the program that describes it in Turtle
 *
 * Ports: audio in, audio out, the controls in their order, then these. */
#ifndef PINNA_PLUGINS_LV2_PORTS_H
#define PINNA_PLUGINS_LV2_PORTS_H

#define PINNA_LV2_MONO_URI   "urn:pinna:denoiser-mono"
#define PINNA_LV2_STEREO_URI "urn:pinna:denoiser-stereo"

/* A property of the state: the path of the model file. */
#define PINNA_LV2_MODEL_URI "urn:pinna:model"

typedef enum pinna_lv2_port {
    PINNA_LV2_ENABLED,   /* in: 0 is bypass, whatever the mode */
    PINNA_LV2_LATENCY,   /* out: samples */
    PINNA_LV2_VAD,       /* out: probability of speech, % */
    PINNA_LV2_REDUCTION, /* out: dB */
    PINNA_LV2_N_PORTS
} pinna_lv2_port;

#endif
