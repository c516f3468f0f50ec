#include "tools/eval_answers.h"

#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/example_sets.h"
#include "tools/json_writer.h"
#include "tools/option_file.h"
#include "tools/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell_wrong(pinna_json *json, bool verbose, size_t number,
                       const pinna_example *example, const char *got)
{
    if (json->file) {
        pinna_json_open(json, NULL, '{');
        pinna_json_count(json, "example", number);
        pinna_json_string(json, "input", example->text);
        pinna_json_string(json, "right", example->answer);
        pinna_json_string(json, "answer", got);
        pinna_json_close(json, '}');
    } else if (verbose) {
        printf("example %zu%s%s\n  right:   %s\n  answer:  %s\n", number,
               example->text ? ": " : "", example->text ? example->text : "",
               example->answer, got);
    }
}

static void tell(pinna_json *json, bool verbose, const pinna_examples *examples,
                 char *const *answers)
{
    const size_t n = examples->n_items;
    size_t n_exact = 0;

    if (json->file) {
        pinna_json_open(json, NULL, '{');
        pinna_json_open(json, "wrong", '[');
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(answers[i], examples->items[i].answer) == 0)
            n_exact++;
        else
            tell_wrong(json, verbose, i + 1, &examples->items[i], answers[i]);
    const double share = (double)n_exact / (double)(n > 0 ? n : 1);
    if (json->file) {
        pinna_json_close(json, ']');
        pinna_json_count(json, "examples", n);
        pinna_json_count(json, "exact", n_exact);
        pinna_json_number(json, "accuracy", share, 6);
        pinna_json_close(json, '}');
    } else {
        printf("examples       %zu\nexactly right  %zu (%.1f %%)\n", n, n_exact,
               100 * share);
    }
}

static int run(const pinna_answer_kind *kind, const pinna_model *model,
               const pinna_list *files, const pinna_example_columns *columns,
               bool machine, bool verbose)
{
    pinna_json json = {.file = machine ? stdout : NULL};
    pinna_examples examples = {0};
    pinna_error error = {""};
    char **answers = NULL;

    pinna_status status =
        pinna_examples_for_model(files, columns, model, &examples, &error);
    if (!status) {
        answers = calloc(examples.n_items + 1, sizeof *answers);
        status =
            answers ? kind->answer(model, &examples, answers) : PINNA_NO_MEMORY;
        if (status)
            pinna_fail(&error, status, "%s", pinna_strerror(status));
    }
    if (!status)
        tell(&json, verbose, &examples, answers);
    else
        pinna_message("pinna %s: %s", kind->usage->command, error.text);
    for (size_t i = 0; answers && i < examples.n_items; i++)
        free(answers[i]);
    free(answers);
    pinna_examples_free(&examples);
    return status == PINNA_OK            ? PINNA_EXIT_DONE
           : status == PINNA_INTERRUPTED ? PINNA_EXIT_INTERRUPTED
                                         : PINNA_EXIT_INPUT;
}

/* What the command line leaves open is as it was in the training; there,
 * columns without names had none. */
static int take_columns(const pinna_model *model, const pinna_list *files,
                        const pinna_answer_kind *kind,
                        pinna_example_columns columns, bool json, bool verbose)
{
    static const char digits[] = "0123456789";
    char *text = pinna_option_of_training(model, "text-column");
    char *answer = pinna_option_of_training(model, "answer-column");

    columns.all_data = !columns.text && !columns.answer && text && answer &&
                       text[strspn(text, digits)] == '\0' &&
                       answer[strspn(answer, digits)] == '\0';
    if (!columns.text)
        columns.text = text ? text : "1";
    if (!columns.answer)
        columns.answer = answer ? answer : "2";
    const int code = run(kind, model, files, &columns, json, verbose);
    free(text);
    free(answer);
    return code;
}

int pinna_eval_answers(const pinna_answer_kind *kind, int argc, char **argv)
{
    pinna_example_columns columns = {0};
    const char *path = NULL;
    bool json = false, verbose = false;
    const pinna_option options[] = {
        {"model", 'm', "MODEL", "the model to judge", .text = &path},
        {"text-column", 0, "NAME",
         "of tables, or its number (default: that of training)",
         .text = &columns.text},
        {"answer-column", 0, "NAME", "likewise", .text = &columns.answer},
        {"verbose", 'v', NULL, "list the examples that went wrong",
         .flag = &verbose},
        {"json", 0, NULL, "as JSON", .flag = &json},
    };
    pinna_list files = {0};
    pinna_model *model = NULL;

    int code = pinna_options_parse(kind->usage, options,
                                   sizeof options / sizeof *options, argc, argv,
                                   &files);
    if (code < 0 && (files.n_items == 0 || !path))
        code =
            pinna_usage_error(kind->usage, "no %s", path ? "FILE" : "--model");
    if (code < 0)
        code = pinna_load_model(kind->usage->command, path, kind->task, &model);
    if (code < 0)
        code = take_columns(model, &files, kind, columns, json, verbose);
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
