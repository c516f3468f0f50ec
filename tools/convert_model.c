#include "tools/convert_model.h"

#include "rnn/model.h"
#include "rnn/quantise.h"
#include "rnn/safetensors.h"

#include <stdlib.h>

static pinna_status quantise(const char *path, pinna_model *model,
                             pinna_error *error)
{
    const pinna_status status = pinna_quantise_params(&model->network.params);

    if (status == PINNA_BAD_ARG)
        return pinna_fail(error, status, "%s: its weights are int8 already",
                          path);
    return status ? pinna_fail(error, status, "%s: %s", path,
                               pinna_strerror(status))
                  : PINNA_OK;
}

pinna_status pinna_convert_to_int8(const char *from, const char *to,
                                   bool *has_quality, pinna_error *error)
{
    pinna_model *model = NULL;

    pinna_status status = pinna_model_read(from, &model, error);
    if (!status)
        status = quantise(from, model, error);
    if (!status) {
        *has_quality = model->quality != NULL;
        status = pinna_model_write(to, model, error);
    }
    pinna_model_free(model);
    return status;
}

pinna_status pinna_convert_weights(const char *weights,
                                   pinna_weight_layout layout, const char *into,
                                   const char *to, pinna_error *error)
{
    pinna_safetensors *file = NULL;
    pinna_model *model = NULL;

    pinna_status status = pinna_safetensors_read(weights, &file, error);
    if (!status)
        status = pinna_model_read(into, &model, error);
    if (!status)
        status = pinna_import_weights(file, layout, &model->network, error);
    if (!status) {
        /* They tell of the weights that were there. */
        free(model->training);
        free(model->quality);
        model->training = model->quality = NULL;
        status = pinna_model_write(to, model, error);
    }
    pinna_safetensors_free(file);
    pinna_model_free(model);
    return status;
}
