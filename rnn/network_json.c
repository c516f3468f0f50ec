#include "rnn/network_json.h"

#define NETWORK(member)                                                        \
#member, PINNA_FIELD_SIZE, offsetof(pinna_network_config, member)
static const pinna_field network_fields[] = {
    {NETWORK(n_in), 1, PINNA_MAX_WIDTH},
    {NETWORK(n_dense), 0, PINNA_MAX_WIDTH},
    {NETWORK(n_hidden), 1, PINNA_MAX_WIDTH},
    {NETWORK(n_layers), 1, PINNA_MAX_LAYERS},
    {NETWORK(n_out), 1, 2 * PINNA_MAX_WIDTH},
    {"skip", PINNA_FIELD_FLAG, offsetof(pinna_network_config, skip), 0, 0},
};

#define OPTION(member)                                                         \
#member, PINNA_FIELD_FLAG, offsetof(pinna_network_config, member)
static const pinna_field newer_fields[] = {
    {OPTION(bidirectional), 0, 0},
    {OPTION(learned_state), 0, 0},
    {OPTION(layer_norm), 0, 0},
};

static const char unfit[] =
    "not 1 to 16 widths that make up n_in, each with a projection";

static pinna_status parse_streams(const char *file, const json_t *object,
                                  pinna_network_config *network,
                                  pinna_error *error)
{
    const json_t *array = json_object_get(object, "streams");
    const size_t n = json_array_size(array);

    if (!array)
        return PINNA_OK;
    if (n == 0 || n > PINNA_MAX_STREAMS)
        return pinna_json_fail(file, "network", "streams", unfit, error);
    network->n_streams = n;
    for (size_t i = 0; i < n; i++) {
        /* What is no whole number is 0. */
        const json_int_t width = json_integer_value(json_array_get(array, i));
        network->stream_widths[i] = width > 0 ? (size_t)width : 0;
    }
    return pinna_network_streams_fit(network)
               ? PINNA_OK
               : pinna_json_fail(file, "network", "streams", unfit, error);
}

pinna_status pinna_network_json_parse(const char *file, const json_t *root,
                                      bool old, pinna_network_config *network,
                                      pinna_error *error)
{
    const char *group = "network", *cell;

    pinna_status status =
        pinna_json_parse_fields(file, root, group, network_fields,
                                PINNA_N_FIELDS(network_fields), network, error);
    if (status || old)
        return status;
    status =
        pinna_json_parse_fields(file, root, group, newer_fields,
                                PINNA_N_FIELDS(newer_fields), network, error);
    if (!status)
        status = pinna_json_parse_string(
            file, group, json_object_get(root, group), "cell", &cell, error);
    if (!status && pinna_cell_from_name(cell, &network->cell))
        return pinna_json_fail(file, group, "cell", "no such kind", error);
    if (!status)
        status =
            parse_streams(file, json_object_get(root, group), network, error);
    return status;
}

static json_t *make_streams(const pinna_network_config *network)
{
    json_t *array = json_array();

    for (size_t i = 0; i < network->n_streams; i++)
        if (json_array_append_new(
                array, json_integer((json_int_t)network->stream_widths[i]))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

bool pinna_network_json_is_old(const pinna_network_config *network)
{
    return network->cell == PINNA_CELL_GRU && !network->bidirectional &&
           !network->learned_state && !network->layer_norm &&
           network->n_streams == 0;
}

json_t *pinna_network_json_make(const pinna_network_config *network, bool old)
{
    json_t *object = pinna_json_make_fields(
        network_fields, PINNA_N_FIELDS(network_fields), network);
    if (!object || old)
        return object;

    json_t *newer = pinna_json_make_fields(
        newer_fields, PINNA_N_FIELDS(newer_fields), network);
    const bool good =
        newer && !json_object_update(object, newer) &&
        !json_object_set_new(object, "cell",
                             json_string(pinna_cell_name(network->cell))) &&
        (network->n_streams == 0 ||
         !json_object_set_new(object, "streams", make_streams(network)));
    json_decref(newer);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

pinna_status pinna_network_json_check(const char *file,
                                      const pinna_network_config *network,
                                      pinna_error *error)
{
    const pinna_status status =
        pinna_json_check_fields(file, "network", network_fields,
                                PINNA_N_FIELDS(network_fields), network, error);

    if (!status && (unsigned)network->cell >= PINNA_N_CELL_KINDS)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: network.cell: no such kind", file);
    if (!status && !pinna_network_streams_fit(network))
        return pinna_fail(error, PINNA_BAD_ARG, "%s: network.streams: %s", file,
                          unfit);
    return status;
}
