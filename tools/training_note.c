#include "tools/training_note.h"

#include "tools/json_writer.h"
#include "tools/option_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

pinna_status pinna_training_note(pinna_model *model, const char *command,
                                 const pinna_option *options, size_t n,
                                 pinna_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");

    pinna_json json = {.file = file};
    pinna_json_open(&json, NULL, '{');
    pinna_json_string(&json, "command", command);
    pinna_option_file_write(options, n, "options", &json);
    pinna_json_close(&json, '}');
    const bool complete = !ferror(file);
    if (fclose(file) != 0 || !complete || !text) {
        free(text);
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    }

    text[strcspn(text, "\n")] = '\0';
    free(model->training);
    model->training = text;
    return PINNA_OK;
}
