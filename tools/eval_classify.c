/* tools/eval_classify.c -- `pinna eval classify`: accuracy of a classifier */
#include "tools/classify_task.h"
#include "tools/eval.h"
#include "tools/eval_answers.h"

#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "eval classify",
    .synopsis = "[options] --model MODEL FILE...",
    .summary = "How many sentences of tables, or recordings of manifests, a "
               "classifier puts into\nthe right class.",
    .examples = "  pinna eval classify -m moods.safetensors test.csv "
                "--text-column review \\\n      --answer-column mood\n",
};

static pinna_status answer(const pinna_model *model,
                           const pinna_examples *examples, char **answers)
{
    size_t *classes = calloc(examples->n_items + 1, sizeof *classes);
    pinna_status status = classes ? pinna_classify_all(model, examples, classes)
                                  : PINNA_NO_MEMORY;

    for (size_t i = 0; !status && i < examples->n_items; i++)
        if (!(answers[i] = strdup(model->tokens[classes[i]])))
            status = PINNA_NO_MEMORY;
    free(classes);
    return status;
}

int pinna_eval_classify(int argc, char **argv)
{
    const pinna_answer_kind kind = {&usage, PINNA_TASK_CLASSIFY, answer};
    return pinna_eval_answers(&kind, argc, argv);
}
