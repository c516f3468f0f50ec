#include "tools/import_weights.h"

#include "rnn/weight_layout.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256 };

/* What is imported from where to where. */
typedef struct import {
    const pinna_safetensors *file;
    pinna_weight_layout layout;
    pinna_network *network;
    pinna_error *error;
} import;

/* ---- finding tensors ---- */

/* Where the last part of a name begins, and its bytes without ":0". */
static const char *last_part(const char *name, size_t *n)
{
    const char *part = name;

    for (const char *p = name; *p; p++)
        if (*p == '.' || *p == '/')
            part = p + 1;
    *n = strcspn(part, ":");
    return part;
}

static bool ends_with(const char *name, const char *part)
{
    size_t n;
    const char *last = last_part(name, &n);

    return n == strlen(part) && strncmp(last, part, n) == 0;
}

/* The tensor of that name, with another last part. */
static const pinna_tensor *sibling(const import *im, const char *name,
                                   const char *part)
{
    char other[NAME_MAX_BYTES];
    size_t n;
    const char *last = last_part(name, &n);
    const int size = snprintf(other, sizeof other, "%.*s%s%s",
                              (int)(last - name), name, part, last + n);

    if (size < 0 || (size_t)size >= sizeof other)
        return NULL;
    return pinna_safetensors_find(im->file, other);
}

static pinna_status fail(const import *im, const char *name, const char *what)
{
    return pinna_fail(im->error, PINNA_BAD_FORMAT, "%s: tensor \"%.100s\": %s",
                      pinna_safetensors_name(im->file), name, what);
}

/* Is it there, of F32, and of these sizes? name is what it would be called. */
static pinna_status check(const import *im, const pinna_tensor *tensor,
                          const char *name, size_t n_dims, const size_t *shape)
{
    char text[128];

    if (!tensor)
        return fail(im, name, "missing");
    if (tensor->dtype != PINNA_F32)
        return fail(im, tensor->name, "not F32");
    bool same = tensor->n_dims == n_dims;
    for (size_t i = 0; same && i < n_dims; i++)
        same = tensor->shape[i] == shape[i];
    if (same)
        return PINNA_OK;
    int used = snprintf(text, sizeof text, "the network needs the shape");
    for (size_t i = 0; i < n_dims; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%zu",
                         i > 0 ? " x " : " ", shape[i]);
    return fail(im, tensor->name, text);
}

static float *values_at(const import *im, size_t offset)
{
    return im->network->params.values + offset;
}

static pinna_status copy(const import *im, const pinna_tensor *tensor,
                         const pinna_param *param)
{
    const pinna_status status =
        check(im, tensor, param->name, param->n_dims, param->shape);
    if (!status)
        memcpy(values_at(im, param->offset), tensor->data,
               param->n * sizeof(float));
    return status;
}

/* ---- PyTorch ---- */

/* The one tensor whose name ends like that of the parameter: what the module
 * is called does not matter. */
static pinna_status import_torch_param(const import *im,
                                       const pinna_param *param)
{
    size_t n;
    const char *part = last_part(param->name, &n);
    const bool is_state =
        strncmp(part, "h0_", 3) == 0 || strncmp(part, "c0_", 3) == 0;
    const pinna_tensor *found = NULL;

    for (size_t i = 0; i < pinna_safetensors_count(im->file); i++) {
        const pinna_tensor *tensor = pinna_safetensors_at(im->file, i);
        if (!ends_with(tensor->name, part))
            continue;
        if (found)
            return fail(im, tensor->name, "there are two of that kind");
        found = tensor;
    }
    if (!found && is_state) {
        memset(values_at(im, param->offset), 0, param->n * sizeof(float));
        return PINNA_OK;
    }
    return copy(im, found, param);
}

/* ---- ONNX and Keras ---- */

static pinna_layout_cell cell_of(const import *im, size_t layer, size_t d)
{
    const pinna_network *network = im->network;
    const pinna_network_cell *cell = &network->cells[layer][d];

    return (pinna_layout_cell){
        .n_in = pinna_network_layer_in(&network->config, layer),
        .n_hidden = network->config.n_hidden,
        .weight_ih = values_at(im, cell->weight_ih),
        .weight_hh = values_at(im, cell->weight_hh),
        .bias_ih = values_at(im, cell->bias_ih),
        .bias_hh = values_at(im, cell->bias_hh),
    };
}

/* first is W of the layer with this number. */
static pinna_status import_onnx(const import *im, const pinna_tensor *first,
                                size_t layer)
{
    const pinna_network_config *c = &im->network->config;
    const size_t D = pinna_network_n_directions(c), H = c->n_hidden;
    const size_t I = pinna_network_layer_in(c, layer);
    const size_t n = pinna_cell_n_gates(c->cell) * H;
    const pinna_tensor *r = sibling(im, first->name, "R");
    const pinna_tensor *b = sibling(im, first->name, "B");

    pinna_status status =
        check(im, first, first->name, 3, (const size_t[]){D, n, I});
    if (!status)
        status = check(im, r, "R", 3, (const size_t[]){D, n, H});
    if (!status && b)
        status = check(im, b, "B", 2, (const size_t[]){D, 2 * n});
    for (size_t d = 0; !status && d < D; d++) {
        const pinna_layout_cell to = cell_of(im, layer, d);
        pinna_layout_from_onnx(c->cell, (const float *)first->data + d * n * I,
                               (const float *)r->data + d * n * H,
                               b ? (const float *)b->data + d * 2 * n : NULL,
                               &to);
    }
    return status;
}

/* first is the recurrent kernel of that layer and direction. */
static pinna_status import_keras(const import *im, const pinna_tensor *first,
                                 size_t layer, size_t d)
{
    const pinna_network_config *c = &im->network->config;
    const size_t H = c->n_hidden, I = pinna_network_layer_in(c, layer);
    const size_t n = pinna_cell_n_gates(c->cell) * H;
    const pinna_tensor *kernel = sibling(im, first->name, "kernel");
    const pinna_tensor *bias = sibling(im, first->name, "bias");
    const bool two_rows = bias && bias->n_dims == 2;

    pinna_status status =
        check(im, first, first->name, 2, (const size_t[]){H, n});
    if (!status)
        status = check(im, kernel, "kernel", 2, (const size_t[]){I, n});
    if (!status && two_rows)
        status = check(im, bias, "bias", 2, (const size_t[]){2, n});
    else if (!status && bias)
        status = check(im, bias, "bias", 1, &n);
    if (!status) {
        const pinna_layout_cell to = cell_of(im, layer, d);
        pinna_layout_from_keras(c->cell, kernel->data, first->data,
                                bias ? bias->data : NULL,
                                !bias      ? 0
                                : two_rows ? 2
                                           : 1,
                                &to);
    }
    return status;
}

static pinna_status import_layers(const import *im)
{
    const pinna_network_config *c = &im->network->config;
    const bool onnx = im->layout == PINNA_WEIGHTS_ONNX;
    const char *part = onnx ? "W" : "recurrent_kernel";
    const size_t D = onnx ? 1 : pinna_network_n_directions(c);
    pinna_status status = PINNA_OK;
    size_t n = 0;

    for (size_t i = 0; !status && i < pinna_safetensors_count(im->file); i++) {
        const pinna_tensor *tensor = pinna_safetensors_at(im->file, i);
        if (!ends_with(tensor->name, part))
            continue;
        if (n == D * c->n_layers)
            return fail(im, tensor->name, "the network has no more layers");
        status = onnx ? import_onnx(im, tensor, n)
                      : import_keras(im, tensor, n / D, n % D);
        n++;
    }
    if (!status && n < D * c->n_layers)
        return fail(im, part, "missing of a recurrent layer");
    return status;
}

/* ---- dense layers and the rest ---- */

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_stream(const pinna_param *param)
{
    return starts_with(param->name, "streams.");
}

/* The weights of a dense layer: by its own name, or the only ones of that
 * shape; those of streams by name alone, for many have the same. */
static pinna_status find_dense(const import *im, const pinna_param *param,
                               const pinna_tensor **weight)
{
    const bool keras = im->layout == PINNA_WEIGHTS_KERAS;
    const char *part = keras ? "kernel" : "weight";
    const size_t rows = param->shape[keras], cols = param->shape[!keras];

    *weight = sibling(im, param->name, part);
    const size_t n = is_stream(param) ? 0 : pinna_safetensors_count(im->file);
    for (size_t i = 0; !*weight && i < n; i++) {
        const pinna_tensor *tensor = pinna_safetensors_at(im->file, i);
        if (!ends_with(tensor->name, part) || tensor->n_dims != 2 ||
            tensor->shape[0] != rows || tensor->shape[1] != cols ||
            sibling(im, tensor->name, "recurrent_kernel"))
            continue;
        for (size_t j = i + 1; j < n; j++) {
            const pinna_tensor *other = pinna_safetensors_at(im->file, j);
            if (ends_with(other->name, part) && other->n_dims == 2 &&
                other->shape[0] == rows && other->shape[1] == cols &&
                !sibling(im, other->name, "recurrent_kernel"))
                return fail(im, other->name,
                            "there are two of that shape: name them dense_in "
                            "and dense_out");
        }
        *weight = tensor;
    }
    return check(im, *weight, param->name, 2, (const size_t[]){rows, cols});
}

/* weight and bias are neighbours in the parameters. */
static pinna_status import_dense(const import *im, const pinna_param *param)
{
    const pinna_tensor *weight;

    pinna_status status = find_dense(im, param, &weight);
    if (status)
        return status;
    if (im->layout == PINNA_WEIGHTS_KERAS)
        pinna_layout_dense_from_keras(weight->data, param->shape[1],
                                      param->shape[0],
                                      values_at(im, param->offset));
    else
        memcpy(values_at(im, param->offset), weight->data,
               param->n * sizeof(float));
    return copy(im, sibling(im, weight->name, "bias"), param + 1);
}

static pinna_status import_param(const import *im, const pinna_param *param)
{
    if (starts_with(param->name, "dense_") || is_stream(param))
        return param->n_dims == 2 ? import_dense(im, param) : PINNA_OK;
    if (starts_with(param->name, "layer_norm."))
        return copy(im, pinna_safetensors_find(im->file, param->name), param);
    return im->layout == PINNA_WEIGHTS_PYTORCH ? import_torch_param(im, param)
                                               : PINNA_OK;
}

pinna_status pinna_import_weights(const pinna_safetensors *file,
                                  pinna_weight_layout layout,
                                  pinna_network *network, pinna_error *error)
{
    const import im = {file, layout, network, error};
    pinna_params *params = &network->params;
    pinna_status status = PINNA_OK;

    memset(params->values, 0, params->n_values * sizeof(float));
    for (size_t i = 0; !status && i < params->n_items; i++)
        status = import_param(&im, &params->items[i]);
    if (!status && layout != PINNA_WEIGHTS_PYTORCH)
        status = import_layers(&im);
    return status;
}
