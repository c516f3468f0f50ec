#include "tools/eval_files.h"

#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/progress.h"

#include <stdbool.h>
#include <stdio.h>

static int run(const pinna_file_kind *kind, const pinna_model *model,
               const pinna_list *files, bool machine)
{
    pinna_json json = {.file = machine ? stdout : NULL};
    int code = PINNA_EXIT_DONE;

    if (machine)
        pinna_json_open(&json, NULL, '[');
    for (size_t i = 0; i < files->n_items; i++) {
        pinna_error error = {""};
        if (kind->judge(model, files->items[i], &json, &error)) {
            pinna_message("pinna %s: %s", kind->usage->command, error.text);
            code = PINNA_EXIT_INPUT;
        }
    }
    if (machine)
        pinna_json_close(&json, ']');
    return code;
}

int pinna_eval_files(const pinna_file_kind *kind, int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    const pinna_option options[] = {
        {"model", 'm', "MODEL", kind->model_help, .text = &path},
        {"json", 0, NULL, "as JSON", .flag = &json},
    };
    pinna_list files = {0};
    pinna_model *model = NULL;

    int code = pinna_options_parse(kind->usage, options,
                                   sizeof options / sizeof *options, argc, argv,
                                   &files);
    if (code < 0 && (files.n_items == 0 || !path))
        code = pinna_usage_error(kind->usage, "no %s",
                                 path ? kind->file : "--model");
    if (code < 0)
        code = pinna_load_model(kind->usage->command, path, kind->task, &model);
    if (code < 0)
        code = run(kind, model, &files, json);
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
