/* tools/cmd_generate.c -- `pinna generate`: goes on with a text by a model */
#include "datasets/vocabulary.h"
#include "dsp/rng.h"
#include "rnn/loss.h"
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "generate",
    .synopsis = "[options] MODEL",
    .summary = "Write a text by a model of `pinna train generate`: each "
               "character is drawn by\nthe probability that the model gives "
               "it after those before.",
    .examples = "  pinna generate book.safetensors --prompt \"It was \"\n"
                "  pinna generate book.safetensors --temperature 0 "
                "--length 80\n",
};

typedef struct settings {
    const char *prompt;
    double temperature;
    size_t length;
    uint64_t seed;
} settings;

/* The most probable token, or one drawn by exp(logit / temperature); never
 * token 0, which stands for what is unknown. logits are changed. */
static size_t choose(const settings *s, float *logits, size_t n, pinna_rng *rng)
{
    size_t best = 1;

    for (size_t i = 2; i < n; i++)
        best = logits[i] > logits[best] ? i : best;
    if (s->temperature <= 0 || n < 3)
        return best;
    for (size_t i = 1; i < n; i++)
        logits[i] /= (float)s->temperature;
    pinna_log_softmax(logits + 1, 1, n - 1);
    double rest = pinna_rng_uniform(rng, 0, 1);
    for (size_t i = 1; i < n; i++) {
        rest -= exp((double)logits[i]);
        if (rest < 0)
            return i;
    }
    return best;
}

/* What the model reads first: the prompt, or a line's end. */
static pinna_status read_prompt(const settings *s, const pinna_model *model,
                                int **ids, size_t *n, pinna_error *error)
{
    const pinna_vocabulary vocabulary = {.tokens = model->tokens,
                                         .n_tokens = model->n_tokens};
    const char *prompt = s->prompt[0] ? s->prompt : "\n";
    const size_t room = strlen(prompt);

    *ids = calloc(room, sizeof **ids);
    if (!*ids)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    *n = pinna_vocabulary_encode(&vocabulary, prompt, *ids, room);
    for (size_t i = 0; s->prompt[0] && i < *n; i++)
        if ((*ids)[i] == 0)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "--prompt: character %zu is none that the model "
                              "knows",
                              i + 1);
    return PINNA_OK;
}

static void step(const pinna_model *model, pinna_stream_state *state, size_t id,
                 float *x, float *logits)
{
    x[id] = 1;
    pinna_stream_step(model->stream, state, x, logits);
    x[id] = 0;
}

static void write_text(const settings *s, const pinna_model *model,
                       pinna_stream_state *state, const int *prompt,
                       size_t n_prompt, float *x, float *logits)
{
    pinna_rng rng;

    pinna_rng_seed(&rng, s->seed, 0);
    fputs(s->prompt, stdout);
    for (size_t i = 0; i < n_prompt; i++)
        step(model, state, (size_t)prompt[i], x, logits);
    for (size_t i = 0; i < s->length && !pinna_interrupted(); i++) {
        const size_t id = choose(s, logits, model->n_tokens, &rng);
        fputs(model->tokens[id], stdout);
        step(model, state, id, x, logits);
    }
    putchar('\n');
}

static int run(const settings *s, const pinna_model *model)
{
    pinna_stream_state *state = NULL;
    float *x = calloc(model->n_tokens, sizeof *x);
    float *logits = calloc(model->n_tokens, sizeof *logits);
    int *prompt = NULL;
    size_t n_prompt = 0;
    pinna_error error = {""};

    pinna_status status = x && logits
                              ? pinna_stream_state_new(model->stream, &state)
                              : PINNA_NO_MEMORY;
    if (status)
        pinna_fail(&error, status, "%s", pinna_strerror(status));
    if (!status)
        status = read_prompt(s, model, &prompt, &n_prompt, &error);
    if (!status)
        write_text(s, model, state, prompt, n_prompt, x, logits);
    else
        pinna_message("pinna generate: %s", error.text);
    pinna_stream_state_free(state);
    free(x);
    free(logits);
    free(prompt);
    return status == PINNA_BAD_ARG ? PINNA_EXIT_USAGE
           : status                ? PINNA_EXIT_START
           : pinna_interrupted()   ? PINNA_EXIT_INTERRUPTED
                                   : PINNA_EXIT_DONE;
}

int pinna_cmd_generate(int argc, char **argv)
{
    settings s = {.prompt = "", .temperature = 1, .length = 200, .seed = 1};
    const pinna_option options[] = {
        {"prompt", 0, "TEXT", "what the text begins with", .text = &s.prompt},
        {"temperature", 't', "T",
         "below 1 more of what is probable, 0 nothing else",
         .number = &s.temperature, .shows_default = true, .low = 0,
         .high = 100},
        {"length", 'n', "N", "characters to write", .count = &s.length,
         .shows_default = true, .low = 1, .high = 1e9},
        {"seed", 0, "N", "of what is drawn (default 1)", .seed = &s.seed},
    };
    pinna_list files = {0};
    pinna_model *model = NULL;

    int code = pinna_options_parse(
        &usage, options, sizeof options / sizeof *options, argc, argv, &files);
    if (code < 0 && files.n_items != 1)
        code = pinna_usage_error(&usage, "one MODEL is needed");
    if (code < 0)
        code = pinna_load_model("generate", files.items[0], PINNA_TASK_GENERATE,
                                &model);
    if (code < 0)
        code = run(&s, model);
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
