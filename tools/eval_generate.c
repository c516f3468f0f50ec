/* tools/eval_generate.c -- `pinna eval generate`: perplexity of a model of
 * text */
#include "rnn/loss.h"
#include "tools/eval.h"
#include "tools/eval_files.h"
#include "tools/generate_task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const pinna_usage usage = {
    .command = "eval generate",
    .synopsis = "[options] --model MODEL TEXT...",
    .summary = "How well a model of text foretells each character of texts: "
               "perplexity, and bits\na character.",
    .examples = "  pinna eval generate -m book.safetensors other.txt\n",
};

/* -log of the probability of all characters but the first. */
static pinna_status sum_losses(const pinna_model *model, const pinna_ids *text,
                               double *sum)
{
    const size_t V = model->n_tokens;
    pinna_stream_state *state = NULL;
    float *x = calloc(V, sizeof *x), *logits = calloc(V, sizeof *logits);

    *sum = 0;
    const pinna_status status =
        x && logits ? pinna_stream_state_new(model->stream, &state)
                    : PINNA_NO_MEMORY;
    for (size_t i = 0; !status && i + 1 < text->n; i++) {
        x[text->ids[i]] = 1;
        pinna_stream_step(model->stream, state, x, logits);
        x[text->ids[i]] = 0;
        *sum +=
            pinna_cross_entropy_loss(logits, text->ids + i + 1, 1, V, 0, NULL);
    }
    pinna_stream_state_free(state);
    free(x);
    free(logits);
    return status;
}

static pinna_status judge(const pinna_model *model, const char *path,
                          pinna_json *json, pinna_error *error)
{
    pinna_ids text;
    double sum;

    pinna_status status =
        pinna_ids_read(path, model->tokens, model->n_tokens, &text, error);
    if (!status && text.n < 2)
        status = pinna_fail(error, PINNA_BAD_FORMAT, "%s: too short", path);
    if (!status) {
        status = sum_losses(model, &text, &sum);
        if (status)
            pinna_fail(error, status, "%s: %s", path, pinna_strerror(status));
    }
    if (!status) {
        const double mean = sum / (double)(text.n - 1);
        if (json->file) {
            pinna_json_open(json, NULL, '{');
            pinna_json_string(json, "file", path);
            pinna_json_count(json, "characters", text.n);
            pinna_json_number(json, "perplexity", exp(mean), 6);
            pinna_json_number(json, "bits", mean / log(2), 6);
            pinna_json_close(json, '}');
        } else {
            printf("%s\n  characters   %zu\n  perplexity   %.4g\n"
                   "  bits each    %.4g\n",
                   path, text.n, exp(mean), mean / log(2));
        }
    }
    free(text.ids);
    return status;
}

int pinna_eval_generate(int argc, char **argv)
{
    const pinna_file_kind kind = {&usage, PINNA_TASK_GENERATE, "TEXT",
                                  "a model of `pinna train generate`", judge};
    return pinna_eval_files(&kind, argc, argv);
}
