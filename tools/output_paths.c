#include "tools/output_paths.h"

#include "tools/command.h"
#include "tools/output_file.h"
#include "tools/progress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Two inputs of one name would overwrite each other. */
static int refuse_twins(const pinna_usage *usage, const char *verb,
                        char *const *paths, size_t n)
{
    char **sorted = malloc(n * sizeof *sorted);
    int code = -1;

    if (!sorted)
        return PINNA_EXIT_START;
    memcpy(sorted, paths, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_paths);
    for (size_t i = 1; i < n && code < 0; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            code = pinna_usage_error(usage, "two inputs would both %s %s", verb,
                                     sorted[i]);
    free(sorted);
    return code;
}

static int fill_folder(const pinna_usage *usage, const pinna_list *inputs,
                       const char *folder, const char *suffix, char **paths)
{
    pinna_error error;

    if (strcmp(folder, "-") == 0)
        return pinna_usage_error(
            usage, "standard output takes the result of one input");
    for (size_t i = 0; i < inputs->n_items; i++)
        if (strcmp(inputs->items[i], "-") == 0)
            return pinna_usage_error(
                usage, "standard input needs the name of a file after -o");
    if (pinna_make_folder(folder, &error)) {
        pinna_message("pinna %s: %s", usage->command, error.text);
        return PINNA_EXIT_START;
    }
    for (size_t i = 0; i < inputs->n_items; i++) {
        paths[i] = pinna_path_in_folder(folder, inputs->items[i], suffix);
        if (!paths[i])
            return PINNA_EXIT_START;
    }
    return refuse_twins(usage, "become", paths, inputs->n_items);
}

int pinna_output_paths(const pinna_usage *usage, const pinna_list *inputs,
                       const char *output, const char *suffix, char ***paths)
{
    const size_t n_output = strlen(output);

    *paths = calloc(inputs->n_items, sizeof **paths);
    if (!*paths)
        return PINNA_EXIT_START;
    if (inputs->n_items > 1 || pinna_is_folder(output) ||
        (n_output > 0 && output[n_output - 1] == '/'))
        return fill_folder(usage, inputs, output, suffix, *paths);
    (*paths)[0] = strdup(output);
    return (*paths)[0] ? -1 : PINNA_EXIT_START;
}

void pinna_output_paths_free(char **paths, size_t n)
{
    if (!paths)
        return;
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
}

int pinna_refuse_twin_names(const pinna_usage *usage, const pinna_list *inputs)
{
    const size_t n = inputs->n_items;
    char **names = calloc(n + 1, sizeof *names);
    int code = names ? -1 : PINNA_EXIT_START;

    for (size_t i = 0; code < 0 && i < n; i++) {
        const char *slash = strrchr(inputs->items[i], '/');
        const char *name = slash ? slash + 1 : inputs->items[i];
        const char *dot = strrchr(name, '.');
        names[i] = strndup(name, dot && dot != name ? (size_t)(dot - name)
                                                    : strlen(name));
        if (!names[i])
            code = PINNA_EXIT_START;
    }
    if (code < 0 && n > 1)
        code = refuse_twins(usage, "have the key", names, n);
    pinna_output_paths_free(names, n);
    return code;
}

/* Two names of one regular file. */
static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int refuse(const pinna_usage *usage, const char *path)
{
    return pinna_usage_error(usage, "%s would be written over, and is an input",
                             path);
}

int pinna_refuse_own_input(const pinna_usage *usage, const pinna_list *inputs,
                           const char *output)
{
    for (size_t i = 0; i < inputs->n_items; i++)
        if (is_same_file(inputs->items[i], output))
            return refuse(usage, output);
    return -1;
}

int pinna_refuse_input_in(const pinna_usage *usage, const char *input,
                          const char *folder)
{
    const char *slash = strrchr(input, '/');
    char *parent =
        slash ? strndup(input, (size_t)(slash - input) + 1) : strdup(".");
    struct stat x, y;

    if (!parent)
        return PINNA_EXIT_START;
    const bool is_in = stat(parent, &x) == 0 && stat(folder, &y) == 0 &&
                       x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    free(parent);
    return is_in ? pinna_usage_error(
                       usage, "%s is an input, and in the folder to write to",
                       input)
                 : -1;
}

int pinna_refuse_own_inputs(const pinna_usage *usage, const pinna_list *inputs,
                            char *const *paths)
{
    for (size_t i = 0; i < inputs->n_items; i++)
        if (is_same_file(inputs->items[i], paths[i]))
            return refuse(usage, paths[i]);
    return -1;
}
