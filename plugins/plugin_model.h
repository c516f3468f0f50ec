/* plugins/plugin_model.h -- the model that a plugin runs */
#ifndef PINNA_PLUGINS_PLUGIN_MODEL_H
#define PINNA_PLUGINS_PLUGIN_MODEL_H

#include "dsp/status.h"
#include "rnn/model.h"

/* The one in the file at path; without a path (NULL or "") the one that the
 * environment variable PINNA_MODEL names; else the one built in. A host has no
 * use for a plugin that does not start: a file that cannot be used costs a line
 * on stderr, and the model built in takes its place. Only memory can be short.
 * To be freed by pinna_model_free(). */
pinna_status pinna_plugin_model_new(const char *path, pinna_model **out);

#endif
