#include "tools/convert_model.h"

#include "rnn/model.h"
#include "rnn/quantise.h"
#include "tools/command.h"
#include "tools/progress.h"

static pinna_status convert(const char *from, const char *to,
                            pinna_model **model, pinna_error *error)
{
    pinna_status status = pinna_model_read(from, model, error);
    if (status)
        return status;
    status = pinna_quantise_params(&(*model)->network.params);
    if (status == PINNA_BAD_ARG)
        return pinna_fail(error, status, "%s: its weights are int8 already",
                          from);
    if (status)
        return pinna_fail(error, status, "%s: %s", from,
                          pinna_strerror(status));
    return pinna_model_write(to, *model, error);
}

int pinna_convert_model(const char *from, const char *to, bool quiet)
{
    pinna_model *model = NULL;
    pinna_error error = {""};

    const pinna_status status = convert(from, to, &model, &error);
    if (status)
        pinna_message("pinna convert: %s", error.text);
    else if (!quiet)
        pinna_message(
            "%s -> %s: int8 weights%s", from, to,
            model->quality ? "; \"quality\" in it tells of those before" : "");
    pinna_model_free(model);
    return status ? PINNA_EXIT_INPUT : PINNA_EXIT_DONE;
}
