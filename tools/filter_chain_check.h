/* tools/filter_chain_check.h -- is a configuration of PipeWire the one that
 * tools/filter_chain.h writes? */
#ifndef PINNA_TOOLS_FILTER_CHAIN_CHECK_H
#define PINNA_TOOLS_FILTER_CHAIN_CHECK_H

#include "tools/filter_chain.h"

/* Reads the file at path. Space, comments, the target and the order of the
 * controls may be any; so may the controls' values, within their bounds. *kind
 * is the plugin that it names, LV2 unless it says LADSPA. What differs first is
 * told with file and line: PINNA_BAD_FORMAT. */
pinna_status pinna_filter_chain_check(const char *path, bool sink,
                                      pinna_plugin_kind *kind,
                                      pinna_error *error);

#endif
