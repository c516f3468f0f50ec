#include "rnn/model.h"

#include "rnn/model_check.h"
#include "rnn/model_json.h"
#include "rnn/model_parts.h"
#include "rnn/quantise.h"
#include "rnn/safetensors.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA_KEY "pinna"
#define OFFSET_NAME  "cmvn.offset"
#define SCALE_NAME   "cmvn.scale"

/* Of the scales of an int8 matrix: gru.weight_ih_l0_scale. */
#define SCALES_SUFFIX   "_scale"
#define SCALES_NAME_MAX (PINNA_PARAM_NAME_MAX + sizeof SCALES_SUFFIX)

/* Values that a network may have without a file that holds as many (4 MiB), so
 * that the error can name the tensor that is missing or short. */
#define SMALL_NETWORK ((size_t)1 << 20)

/* ---- reading ---- */

/* The name of an unknown tensor as it may stand in an error line. */
static void make_printable(const char *name, char *text, size_t size)
{
    size_t i = 0;
    for (; i + 1 < size && name[i]; i++)
        text[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
    text[i] = '\0';
}

/* Never allocate much more than the file has shown to hold. */
static pinna_status check_size(const pinna_safetensors *file,
                               const pinna_params *params, pinna_error *error)
{
    const size_t n_asked = params->n_values;
    size_t n_held = 0;

    for (size_t i = 0; i < pinna_safetensors_count(file); i++)
        n_held += pinna_safetensors_at(file, i)->n;
    if (n_asked <= SMALL_NETWORK || n_asked <= n_held)
        return PINNA_OK;
    return pinna_fail(error, PINNA_BAD_FORMAT,
                      "%s: network: its sizes ask for %zu values, but the "
                      "tensors hold %zu",
                      pinna_safetensors_name(file), n_asked, n_held);
}

/* The tensor of that name, which must have just this type and shape. */
static pinna_status find_tensor(const pinna_safetensors *file, const char *name,
                                pinna_dtype dtype, size_t n_dims,
                                const size_t *shape, const pinna_tensor **out,
                                pinna_error *error)
{
    const pinna_tensor *tensor = pinna_safetensors_find(file, name);
    const char *where = pinna_safetensors_name(file);

    *out = tensor;
    if (!tensor)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: tensor \"%s\": missing",
                          where, name);
    if (tensor->dtype != dtype)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: tensor \"%s\": not %s",
                          where, name, dtype == PINNA_I8 ? "I8" : "F32");
    if (tensor->n_dims != n_dims)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: tensor \"%s\": %zu dimensions, not %zu", where,
                          name, tensor->n_dims, n_dims);
    for (size_t i = 0; i < n_dims; i++)
        if (tensor->shape[i] != shape[i])
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: tensor \"%s\": dimension %zu is %zu, not "
                              "%zu",
                              where, name, i, tensor->shape[i], shape[i]);
    return PINNA_OK;
}

static pinna_status copy_floats(const pinna_safetensors *file, const char *name,
                                size_t n_dims, const size_t *shape, float *to,
                                pinna_error *error)
{
    const pinna_tensor *tensor;
    const pinna_status status =
        find_tensor(file, name, PINNA_F32, n_dims, shape, &tensor, error);
    if (!status)
        memcpy(to, tensor->data, tensor->n * sizeof(float));
    return status;
}

typedef struct scales_name {
    char text[SCALES_NAME_MAX];
} scales_name;

static scales_name name_scales(const pinna_param *matrix)
{
    scales_name name;
    snprintf(name.text, sizeof name.text, "%s" SCALES_SUFFIX, matrix->name);
    return name;
}

/* rnn/quantise.h says what they may be. */
static pinna_status check_int8(const pinna_safetensors *file,
                               const pinna_param *matrix, pinna_error *error)
{
    const char *where = pinna_safetensors_name(file);

    for (size_t i = 0; i < matrix->n; i++)
        if (matrix->int8[i] < -PINNA_INT8_MAX)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: tensor \"%s\": value %zu is %d, not within "
                              "+-%d",
                              where, matrix->name, i, matrix->int8[i],
                              PINNA_INT8_MAX);
    for (size_t i = 0; i < matrix->shape[0]; i++)
        if (signbit(matrix->scales[i]) ||
            !isfinite(matrix->scales[i] * PINNA_INT8_MAX))
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: tensor \"%s" SCALES_SUFFIX
                              "\": value %zu, %g, is no scale",
                              where, matrix->name, i,
                              (double)matrix->scales[i]);
    return PINNA_OK;
}

static pinna_status read_int8(const pinna_safetensors *file,
                              const pinna_params *params, pinna_param *matrix,
                              pinna_error *error)
{
    const scales_name name = name_scales(matrix);
    const pinna_tensor *values, *scales;

    pinna_status status = find_tensor(file, matrix->name, PINNA_I8, 2,
                                      matrix->shape, &values, error);
    if (!status)
        status = find_tensor(file, name.text, PINNA_F32, 1, matrix->shape,
                             &scales, error);
    if (status)
        return status;
    if (pinna_param_allocate_int8(matrix))
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                          pinna_safetensors_name(file));
    memcpy(matrix->int8, values->data, matrix->n);
    memcpy(matrix->scales, scales->data, matrix->shape[0] * sizeof(float));
    status = check_int8(file, matrix, error);
    if (!status)
        pinna_param_dequantise(params, matrix);
    return status;
}

static pinna_status read_param(const pinna_safetensors *file,
                               const pinna_params *params, pinna_param *param,
                               pinna_error *error)
{
    const pinna_tensor *tensor = pinna_safetensors_find(file, param->name);

    if (tensor && tensor->dtype == PINNA_I8 && param->n_dims == 2)
        return read_int8(file, params, param, error);
    return copy_floats(file, param->name, param->n_dims, param->shape,
                       params->values + param->offset, error);
}

/* Whether the scales of an int8 matrix have this name. */
static bool is_scales(const pinna_params *params, const char *name)
{
    bool any = false;

    for (size_t i = 0; i < params->n_items; i++) {
        const pinna_param *param = &params->items[i];
        any =
            any || (param->int8 && strcmp(name_scales(param).text, name) == 0);
    }
    return any;
}

/* The tensors are all there: any that the model has no place for? */
static pinna_status check_no_more(const pinna_safetensors *file,
                                  const pinna_params *params,
                                  pinna_error *error)
{
    for (size_t i = 0; i < pinna_safetensors_count(file); i++) {
        const char *name = pinna_safetensors_at(file, i)->name;
        if (pinna_params_find(params, name) < params->n_items ||
            strcmp(name, OFFSET_NAME) == 0 || strcmp(name, SCALE_NAME) == 0 ||
            is_scales(params, name))
            continue;
        char text[PINNA_PARAM_NAME_MAX];
        make_printable(name, text, sizeof text);
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: tensor \"%s\": no place for it in the network",
                          pinna_safetensors_name(file), text);
    }
    return PINNA_OK;
}

static pinna_status read_tensors(const pinna_safetensors *file,
                                 pinna_model *model, pinna_error *error)
{
    const size_t n_in = pinna_model_n_normalised(model);
    const pinna_params *params = &model->network.params;
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < params->n_items; i++)
        status = read_param(file, params, &params->items[i], error);
    if (!status && n_in > 0)
        status = copy_floats(file, OFFSET_NAME, 1, &n_in, model->offset, error);
    if (!status && n_in > 0)
        status = copy_floats(file, SCALE_NAME, 1, &n_in, model->scale, error);
    if (!status)
        status = check_no_more(file, params, error);
    return status;
}

/* The network is declared: the arrays, all zero. */
static pinna_status allocate(pinna_model *model)
{
    const size_t n_in = pinna_model_n_normalised(model);

    const pinna_status status = pinna_params_allocate(&model->network.params);
    if (status || n_in == 0)
        return status;
    model->offset = calloc(n_in, sizeof(float));
    model->scale = calloc(n_in, sizeof(float));
    return model->offset && model->scale ? PINNA_OK : PINNA_NO_MEMORY;
}

static pinna_status fail_network(const char *file, pinna_status status,
                                 pinna_error *error)
{
    return pinna_fail(error, status, "%s: network: %s", file,
                      pinna_strerror(status));
}

static pinna_status declare(pinna_model *model)
{
    const pinna_network_config network = model->network.config;
    const pinna_seq2seq_config seq2seq = model->seq2seq.config;

    return pinna_model_parts(model) & PINNA_PART_SEQ2SEQ
               ? pinna_seq2seq_declare(&seq2seq, &model->network.params,
                                       &model->seq2seq)
               : pinna_network_declare(&network, &model->network);
}

static pinna_status fill(pinna_model *model, const pinna_safetensors *file,
                         pinna_error *error)
{
    const char *name = pinna_safetensors_name(file);
    const char *text = pinna_safetensors_metadata(file, METADATA_KEY);
    if (!text)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: metadata \"%s\": missing, not a model of pinna",
                          name, METADATA_KEY);

    pinna_status status = pinna_model_json_parse(text, name, model, error);
    if (!status) {
        status = pinna_model_check(model, name, error);
        if (status == PINNA_BAD_ARG)
            status = PINNA_BAD_FORMAT;
    }
    if (status)
        return status;

    status = declare(model);
    if (status)
        return fail_network(name, status, error);
    status = check_size(file, &model->network.params, error);
    if (status)
        return status;
    status = allocate(model);
    if (status)
        return fail_network(name, status, error);
    status = read_tensors(file, model, error);
    if (status || !(pinna_model_parts(model) & PINNA_PART_NETWORK))
        return status;
    status = model->network.config.bidirectional
                 ? pinna_offline_net_new(&model->network, &model->offline)
                 : pinna_stream_net_new(&model->network, &model->stream);
    return status ? fail_network(name, status, error) : PINNA_OK;
}

static pinna_status from_file(const pinna_safetensors *file, pinna_model **out,
                              pinna_error *error)
{
    pinna_model *model = calloc(1, sizeof *model);
    if (!model)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                          pinna_safetensors_name(file));

    const pinna_status status = fill(model, file, error);
    if (status) {
        pinna_model_free(model);
        return status;
    }
    *out = model;
    return PINNA_OK;
}

pinna_status pinna_model_read(const char *path, pinna_model **out,
                              pinna_error *error)
{
    pinna_safetensors *file;

    *out = NULL;
    pinna_status status = pinna_safetensors_read(path, &file, error);
    if (!status)
        status = from_file(file, out, error);
    pinna_safetensors_free(file);
    return status;
}

pinna_status pinna_model_parse(const void *bytes, size_t n_bytes,
                               const char *name, pinna_model **out,
                               pinna_error *error)
{
    pinna_safetensors *file;

    *out = NULL;
    pinna_status status =
        pinna_safetensors_parse(bytes, n_bytes, name, &file, error);
    if (!status)
        status = from_file(file, out, error);
    pinna_safetensors_free(file);
    return status;
}

static void free_strings(char **strings, size_t n)
{
    for (size_t i = 0; strings && i < n; i++)
        free(strings[i]);
    free(strings);
}

const char *pinna_word_begin(const pinna_model *model, const char *token)
{
    const size_t n = sizeof PINNA_WORD_MARK - 1;

    return model->subword_tokens && strncmp(token, PINNA_WORD_MARK, n) == 0
               ? token + n
               : NULL;
}

void pinna_model_free(pinna_model *model)
{
    if (!model)
        return;
    pinna_stream_net_free(model->stream);
    pinna_offline_net_free(model->offline);
    pinna_network_free(&model->network);
    free(model->offset);
    free(model->scale);
    free_strings(model->tokens, model->n_tokens);
    free_strings(model->input_tokens, model->n_input_tokens);
    free(model->training);
    free(model->quality);
    free(model);
}

/* ---- writing ---- */

static pinna_tensor vector(const char *name, const float *data, size_t n)
{
    return (pinna_tensor){.name = name,
                          .dtype = PINNA_F32,
                          .n_dims = 1,
                          .shape = {n},
                          .n = n,
                          .data = data};
}

/* At most the parameters, as many scales, and the input normalisation. */
static size_t most_tensors(const pinna_model *model)
{
    return 2 * model->network.params.n_items + 2;
}

/* tensors [most_tensors()], names [n_items]: floats in the order of the
 * parameters, the input normalisation, scales, and last int8, so that all are
 * aligned. Gives their number. */
static size_t list_tensors(const pinna_model *model, pinna_tensor *tensors,
                           scales_name *names)
{
    const pinna_params *params = &model->network.params;
    const size_t n_in = pinna_model_n_normalised(model);
    size_t n = 0;

    for (size_t i = 0; i < params->n_items; i++) {
        const pinna_param *param = &params->items[i];
        if (param->int8)
            continue;
        tensors[n] =
            vector(param->name, params->values + param->offset, param->n);
        tensors[n].n_dims = param->n_dims;
        memcpy(tensors[n++].shape, param->shape, sizeof param->shape);
    }
    if (n_in > 0) {
        tensors[n++] = vector(OFFSET_NAME, model->offset, n_in);
        tensors[n++] = vector(SCALE_NAME, model->scale, n_in);
    }
    for (size_t i = 0; i < params->n_items; i++) {
        const pinna_param *param = &params->items[i];
        if (!param->int8)
            continue;
        names[i] = name_scales(param);
        tensors[n++] = vector(names[i].text, param->scales, param->shape[0]);
    }
    for (size_t i = 0; i < params->n_items; i++) {
        const pinna_param *param = &params->items[i];
        if (!param->int8)
            continue;
        tensors[n++] = (pinna_tensor){
            .name = param->name,
            .dtype = PINNA_I8,
            .n_dims = 2,
            .shape = {param->shape[0], param->shape[1]},
            .n = param->n,
            .data = param->int8,
        };
    }
    return n;
}

pinna_status pinna_model_write(const char *path, const pinna_model *model,
                               pinna_error *error)
{
    char *text;

    assert(model->network.params.values);
    assert(pinna_model_n_normalised(model) == 0 ||
           (model->offset && model->scale));
    pinna_status status = pinna_model_json_make(model, path, &text, error);
    if (!status)
        status = pinna_model_check(model, path, error);
    if (status) {
        free(text);
        return status;
    }

    pinna_tensor *tensors = calloc(most_tensors(model), sizeof *tensors);
    scales_name *names = calloc(model->network.params.n_items, sizeof *names);
    if (tensors && names) {
        const char *const metadata[] = {METADATA_KEY, text};
        const size_t n = list_tensors(model, tensors, names);
        status = pinna_safetensors_write(path, tensors, n, metadata, 1, error);
    } else {
        status = pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    }
    free(names);
    free(tensors);
    free(text);
    return status;
}
