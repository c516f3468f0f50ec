#include "rnn/seq2seq.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *const pinna_attention_names[PINNA_N_ATTENTION_SCORES] = {
    [PINNA_ATTENTION_DOT] = "dot",
    [PINNA_ATTENTION_SCALED] = "scaled",
    [PINNA_ATTENTION_GENERAL] = "general",
    [PINNA_ATTENTION_ADDITIVE] = "additive",
};

size_t pinna_seq2seq_encoder_in(const pinna_seq2seq_config *config)
{
    return config->n_source > 0 ? config->n_embed : config->n_in;
}

static bool config_ok(const pinna_seq2seq_config *c)
{
    return c->cell < PINNA_N_CELL_KINDS &&
           c->score < PINNA_N_ATTENTION_SCORES && c->n_target > 0 &&
           c->n_embed > 0 && pinna_seq2seq_encoder_in(c) > 0 && c->n_hidden > 0;
}

static pinna_status declare(pinna_params *params, const char *name, size_t rows,
                            size_t cols, size_t *offset)
{
    size_t index;
    const pinna_status status =
        pinna_params_add(params, name, rows, cols, &index);

    if (!status)
        *offset = params->items[index].offset;
    return status;
}

static pinna_status declare_cell(const pinna_seq2seq_config *config,
                                 const char *prefix, size_t n_in,
                                 pinna_params *params,
                                 pinna_seq2seq_offsets *offsets)
{
    const struct {
        const char *name;
        size_t cols;
        size_t *offset;
    } arrays[] = {
        {"weight_ih", n_in, &offsets->weight_ih},
        {"weight_hh", config->n_hidden, &offsets->weight_hh},
        {"bias_ih", 0, &offsets->bias_ih},
        {"bias_hh", 0, &offsets->bias_hh},
    };
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < 4; i++) {
        char name[PINNA_PARAM_NAME_MAX];
        snprintf(name, sizeof name, "%s.%s_l0", prefix, arrays[i].name);
        status = declare(params, name,
                         pinna_cell_n_gates(config->cell) * config->n_hidden,
                         arrays[i].cols, arrays[i].offset);
    }
    return status;
}

static pinna_status declare_attention(pinna_params *params, pinna_seq2seq *net)
{
    const size_t H = net->config.n_hidden;

    if (net->config.score == PINNA_ATTENTION_GENERAL)
        return declare(params, "attention.general", H, H, &net->general);
    if (net->config.score != PINNA_ATTENTION_ADDITIVE)
        return PINNA_OK;

    pinna_status status = declare(params, "attention.query", H, H, &net->query);
    if (!status)
        status = declare(params, "attention.key", H, H, &net->key);
    if (!status)
        status = declare(params, "attention.bias", H, 0, &net->bias);
    if (!status)
        status = declare(params, "attention.v", 1, H, &net->v);
    return status;
}

pinna_status pinna_seq2seq_declare(const pinna_seq2seq_config *config,
                                   pinna_params *params, pinna_seq2seq *net)
{
    const size_t H = config->n_hidden, E = config->n_embed;
    pinna_status status = PINNA_OK;

    memset(net, 0, sizeof *net);
    if (!config_ok(config))
        return PINNA_BAD_ARG;
    net->config = *config;

    if (config->n_source > 0)
        status = declare(params, "embed_src.weight", config->n_source, E,
                         &net->embed_source);
    if (!status)
        status = declare(params, "embed_tgt.weight", config->n_target, E,
                         &net->embed_target);
    if (!status)
        status = declare_cell(config, "enc", pinna_seq2seq_encoder_in(config),
                              params, &net->encoder);
    if (!status)
        status = declare_cell(config, "dec", E, params, &net->decoder);
    if (!status)
        status = declare_attention(params, net);
    if (!status)
        status = declare(params, "combine.weight", H, 2 * H, &net->combine);
    if (!status)
        status = declare(params, "out.weight", config->n_target, H,
                         &net->out_weight);
    if (!status)
        status =
            declare(params, "out.bias", config->n_target, 0, &net->out_bias);
    net->n_values = params->n_values;
    return status;
}

static void open_forget_gates(const pinna_seq2seq *net,
                              const pinna_seq2seq_offsets *offsets,
                              float *values)
{
    const size_t H = net->config.n_hidden;

    for (size_t i = 0; i < H; i++)
        values[offsets->bias_ih + H + i] = 1; /* gates i f g o */
}

void pinna_seq2seq_init(const pinna_seq2seq *net, pinna_params *params,
                        pinna_rng *rng)
{
    assert(params->n_values == net->n_values);
    for (size_t i = 0; i < params->n_items; i++) {
        const pinna_param *param = &params->items[i];
        const bool gates = strncmp(param->name, "enc.", 4) == 0 ||
                           strncmp(param->name, "dec.", 4) == 0;
        const size_t n_out = gates ? net->config.n_hidden : param->shape[0];

        if (param->n_dims > 1)
            pinna_param_uniform(
                params, i, sqrt(6.0 / (double)(param->shape[1] + n_out)), rng);
        else
            memset(params->values + param->offset, 0, param->n * sizeof(float));
    }
    if (net->config.cell == PINNA_CELL_LSTM) {
        open_forget_gates(net, &net->encoder, params->values);
        open_forget_gates(net, &net->decoder, params->values);
    }
}
