/* tools/eval_seq2seq.c -- `pinna eval seq2seq`: exact answers of an
 * encoder-decoder */
#include "tools/eval.h"
#include "tools/eval_answers.h"
#include "tools/seq2seq_task.h"

/* Hypotheses at a time: more than a handful changes little on short answers. */
#define BEAM 4

static const pinna_usage usage = {
    .command = "eval seq2seq",
    .synopsis = "[options] --model MODEL FILE...",
    .summary = "How many texts of tables, or recordings of manifests, an "
               "encoder-decoder turns\ninto just the right text, by beam "
               "search.",
    .examples = "  pinna eval seq2seq -m dates.safetensors test.tsv -v\n",
};

static pinna_status answer(const pinna_model *model,
                           const pinna_examples *examples, char **answers)
{
    return pinna_seq2seq_answers(model, examples, BEAM, answers);
}

int pinna_eval_seq2seq(int argc, char **argv)
{
    const pinna_answer_kind kind = {&usage, PINNA_TASK_SEQ2SEQ, answer};
    return pinna_eval_answers(&kind, argc, argv);
}
