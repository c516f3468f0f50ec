/* rnn/network_json.h -- the shape of a network in the JSON text of a model file
 *
 *   {n_in, n_dense, n_hidden, n_layers, n_out, skip}        (format 1), and
 *   {cell, bidirectional, learned_state, layer_norm,
 *    "streams": [4, 2]}                    (format 2; streams if there are any)
 */
#ifndef PINNA_RNN_NETWORK_JSON_H
#define PINNA_RNN_NETWORK_JSON_H

#include "dsp/status.h"
#include "rnn/json_fields.h"
#include "rnn/network.h"

#include <stdbool.h>

/* The object "network" of root; old: format 1. */
pinna_status pinna_network_json_parse(const char *file, const json_t *root,
                                      bool old, pinna_network_config *network,
                                      pinna_error *error);

/* Can format 1 say it? */
bool pinna_network_json_is_old(const pinna_network_config *network);

/* NULL when memory runs out. */
json_t *pinna_network_json_make(const pinna_network_config *network, bool old);

/* PINNA_BAD_ARG for what pinna_network_json_parse() would refuse. */
pinna_status pinna_network_json_check(const char *file,
                                      const pinna_network_config *network,
                                      pinna_error *error);

#endif
