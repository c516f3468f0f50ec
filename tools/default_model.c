#include "tools/default_model.h"

#include "rnn/quantise.h"
#include "tools/command.h"
#include "tools/progress.h"

#include <string.h>

int pinna_load_model(const char *command, const char *path, const char *task,
                     pinna_model **model)
{
    pinna_error error = {""};
    pinna_status status;

    *model = NULL;
    if (path)
        status = pinna_model_read(path, model, &error);
    else if (strcmp(task, PINNA_TASK_DENOISE) == 0)
        status = pinna_model_default_denoiser(model, &error);
    else
        status = pinna_model_default_recogniser(model, &error);

    if (status) {
        pinna_message("pinna %s: %s", command,
                      error.text[0] ? error.text : pinna_strerror(status));
        return PINNA_EXIT_START;
    }
    if (strcmp((*model)->task, task) != 0) {
        pinna_message("pinna %s: %s: is a model for \"%s\", not \"%s\"",
                      command, path ? path : "the built-in model",
                      (*model)->task, task);
        return PINNA_EXIT_START;
    }
    return -1;
}

pinna_status pinna_read_init_model(const char *path, const char *task,
                                   pinna_model **model, pinna_error *error)
{
    const pinna_status status = pinna_model_read(path, model, error);
    if (status)
        return status;
    if (strcmp((*model)->task, task) != 0)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: it is for task \"%s\"",
                          path, (*model)->task);
    pinna_unquantise_params(&(*model)->network.params);
    return PINNA_OK;
}
