#include "tools/training_note.h"

#include "tools/json_writer.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON integers beyond 63 bits are refused by most readers, our own too. */
static void write_seed(pinna_json *json, uint64_t seed)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    if (seed <= INT64_MAX)
        pinna_json_raw(json, "seed", text);
    else
        pinna_json_string(json, "seed", text);
}

pinna_status pinna_training_note(pinna_model *model,
                                 const pinna_train_options *options,
                                 const char *statement, pinna_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");

    pinna_json json = {.file = file};
    pinna_json_open(&json, NULL, '{');
    pinna_json_count(&json, "steps", options->n_steps);
    pinna_json_count(&json, "batch", options->batch_size);
    pinna_json_count(&json, "threads", options->n_threads);
    pinna_json_number(&json, "learning_rate", options->learning_rate, 6);
    pinna_json_count(&json, "warmup", options->warmup_steps);
    pinna_json_number(&json, "clip", options->clip, 3);
    pinna_json_number(&json, "ema", options->ema, 6);
    pinna_json_number(&json, "weight_decay", options->weight_decay, 6);
    write_seed(&json, options->seed);
    pinna_json_string(&json, "statement", statement);
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
