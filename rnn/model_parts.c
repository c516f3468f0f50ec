#include "rnn/model_parts.h"

#include <stdbool.h>
#include <string.h>

static const struct {
    const char *task;
    unsigned parts;
    bool texts_or_recordings;
} tasks[] = {
    {PINNA_TASK_CTC,
     PINNA_PART_NETWORK | PINNA_PART_FEATURES | PINNA_PART_TOKENS, false},
    {PINNA_TASK_DENOISE, PINNA_PART_NETWORK | PINNA_PART_BANDS, false},
    {PINNA_TASK_REGRESS,
     PINNA_PART_NETWORK | PINNA_PART_INPUT_TOKENS | PINNA_PART_FORECAST, false},
    {PINNA_TASK_GENERATE, PINNA_PART_NETWORK | PINNA_PART_TOKENS, false},
    {PINNA_TASK_CLASSIFY,
     PINNA_PART_NETWORK | PINNA_PART_TOKENS | PINNA_PART_POOLING, true},
    {PINNA_TASK_SEQ2SEQ, PINNA_PART_SEQ2SEQ | PINNA_PART_TOKENS, true},
};

unsigned pinna_model_parts(const pinna_model *model)
{
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(model->task, tasks[i].task) == 0)
            return tasks[i].parts |
                   (!tasks[i].texts_or_recordings ? 0
                    : model->n_input_tokens > 0   ? PINNA_PART_INPUT_TOKENS
                                                  : PINNA_PART_FEATURES);
    return 0;
}

size_t pinna_model_n_normalised(const pinna_model *model)
{
    const unsigned parts = pinna_model_parts(model);

    if (!(parts &
          (PINNA_PART_FEATURES | PINNA_PART_BANDS | PINNA_PART_FORECAST)))
        return 0;
    return parts & PINNA_PART_SEQ2SEQ ? model->seq2seq.config.n_in
                                      : model->network.config.n_in;
}
