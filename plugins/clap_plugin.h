/* plugins/clap_plugin.h -- one instance of the CLAP plugin: shared by its parts
 *
 * clap_plugin.c has its life and its sound, clap_params.c and clap_state.c the
 * extensions of these names. Values are written and read by two threads: the
 * host's main thread and the audio thread. */
#ifndef PINNA_PLUGINS_CLAP_PLUGIN_H
#define PINNA_PLUGINS_CLAP_PLUGIN_H

#include "rnn/denoise_chain.h"
#include "rnn/denoise_controls.h"
#include "rnn/model.h"

#include <clap/entry.h>
#include <clap/ext/audio-ports.h>
#include <clap/ext/latency.h>
#include <clap/ext/params.h>
#include <clap/ext/state.h>
#if __has_include(<clap/factory/plugin-factory.h>) /* since 1.1.8 */
#include <clap/factory/plugin-factory.h>
#else
#include <clap/plugin-factory.h>
#endif

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define PINNA_CLAP_MAX_CHANNELS 2

/* Places in values: a pinna_control, or one of these. */
enum {
    PINNA_CLAP_BYPASS = PINNA_N_CONTROLS,
    PINNA_CLAP_VAD,       /* read-only: probability of speech, % */
    PINNA_CLAP_REDUCTION, /* read-only: dB */
    PINNA_CLAP_N_VALUES
};

typedef struct pinna_clap {
    clap_plugin_t plugin; /* its plugin_data is this */
    const clap_host_t *host;
    size_t n_channels;
    size_t n_params;
    int params[PINNA_CLAP_N_VALUES]; /* [n_params] places, in order */
    _Atomic float values[PINNA_CLAP_N_VALUES];

    /* Main thread only. */
    char *model_path;    /* NULL for the default */
    bool model_is_stale; /* model_path is of another one */
    pinna_model *model;  /* NULL before the first activation */
    size_t latency_told; /* samples */

    /* While the plugin is active; the audio thread's. Its look-back stays as
     * it was then: latency may not change before the next activation. */
    pinna_denoise_chain *chain;
    float sent[PINNA_CLAP_N_VALUES]; /* read-only values that the host knows */
} pinna_clap;

/* NULL for an id that is none. */
const clap_plugin_t *pinna_clap_new(const clap_host_t *host, const char *id);
extern const clap_plugin_descriptor_t pinna_clap_descriptors[2];

/* ---- clap_params.c ---- */

extern const clap_plugin_params_t pinna_clap_params;

/* The stable number of a place in values, and back; -1 for no place. */
clap_id pinna_clap_id(int place);
int pinna_clap_place(const pinna_clap *clap, clap_id id);

float pinna_clap_default(int place);
bool pinna_clap_is_read_only(int place);

/* Store a value from the host, within its bounds; not for read-only ones. Asks
 * for a new activation where it needs one. */
void pinna_clap_set(pinna_clap *clap, int place, double value);

/* Any event; those that are not of a parameter are ignored. */
void pinna_clap_take_event(pinna_clap *clap, const clap_event_header_t *event);

/* Tell the host of read-only values that have changed. */
void pinna_clap_send_values(pinna_clap *clap, const clap_output_events_t *out);

/* ---- clap_state.c ---- */

extern const clap_plugin_state_t pinna_clap_state;

#endif
