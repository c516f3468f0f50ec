/* tools/filter_chain.h -- the plugin in PipeWire: as a microphone without
 * noise, or as a sink that takes it out of incoming voices */
#ifndef PINNA_TOOLS_FILTER_CHAIN_H
#define PINNA_TOOLS_FILTER_CHAIN_H

#include "dsp/status.h"
#include "rnn/denoise_controls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PINNA_PATH_MAX 1024

typedef enum pinna_plugin_kind {
    PINNA_PLUGIN_LV2, /* found in ~/.lv2, too, and so preferred */
    PINNA_PLUGIN_LADSPA,
    PINNA_PLUGIN_N_KINDS,
} pinna_plugin_kind;

/* Where the plugin is that PipeWire would find: in LV2_PATH or LADSPA_PATH, or
 * the usual folders. PINNA_NOT_FOUND tells where it is not. */
pinna_status pinna_filter_chain_find_kind(pinna_plugin_kind kind, char *path,
                                          size_t size, pinna_error *error);

/* That of the first kind that there is. PINNA_NOT_FOUND tells how to install
 * it. */
pinna_status pinna_filter_chain_find(pinna_plugin_kind *kind, char *path,
                                     size_t size, pinna_error *error);

/* Name of the node that programs see: "pinna_source" or "pinna_sink". */
const char *pinna_filter_chain_node(bool sink);

/* Its file below $XDG_CONFIG_HOME or ~/.config: in pipewire/pipewire.conf.d,
 * which is made when make is set. */
pinna_status pinna_filter_chain_path(bool sink, bool make, char *path,
                                     size_t size, pinna_error *error);

/* Under which name PipeWire has it: a symbol of LV2, a whole name of LADSPA. */
void pinna_filter_chain_control(pinna_plugin_kind kind, pinna_control control,
                                char *name, size_t size);

/* The text of that file: all controls, at their defaults. target is the node
 * whose sound it takes, or to which it goes; NULL: the default one. */
void pinna_filter_chain_write(FILE *file, bool sink, pinna_plugin_kind kind,
                              const char *target);

#endif
