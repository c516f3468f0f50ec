#include "plugins/plugin_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pinna_status read_denoiser(const char *path, pinna_model **out,
                                  pinna_error *error)
{
    const pinna_status status = pinna_model_read(path, out, error);
    if (status)
        return status;
    if (strcmp((*out)->task, PINNA_TASK_DENOISE) == 0)
        return PINNA_OK;

    pinna_fail(error, PINNA_UNSUPPORTED,
               "%s: the model is for task \"%s\", not \"%s\"", path,
               (*out)->task, PINNA_TASK_DENOISE);
    pinna_model_free(*out);
    *out = NULL;
    return PINNA_UNSUPPORTED;
}

pinna_status pinna_plugin_model_new(const char *path, pinna_model **out)
{
    pinna_error error;

    if (!path || !*path)
        path = getenv("PINNA_MODEL");
    if (path && *path) {
        const pinna_status status = read_denoiser(path, out, &error);
        if (!status || status == PINNA_NO_MEMORY)
            return status;
        fprintf(stderr, "pinna: %s; the model built in takes its place\n",
                error.text);
    }
    return pinna_model_default_denoiser(out, NULL);
}
