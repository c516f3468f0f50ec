/* tools/cmd_convert.c -- `pinna convert`: files of features from one format to
 * another, models to int8, weights trained elsewhere into models */
#include "datasets/htk_file.h"
#include "tools/command.h"
#include "tools/convert_model.h"
#include "tools/feature_input.h"
#include "tools/feature_output.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/progress.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "convert",
    .synopsis = "[--int8 | --into MODEL] [options] FILE... -o OUT",
    .summary =
        "Write matrices of features in another format. FILE is NumPy (.npy, "
        "float32 or\nfloat64), a Kaldi archive (.ark, any form) or script file "
        "(.scp, with ranges), HTK\n(.htk) or CSV (.csv); by its first byte "
        "where the name tells nothing. HTK files\nfrom formats that tell no "
        "frame shift and kind get 10 ms and USER.\n\nOr, with --int8, write a "
        "model (.safetensors) with weights of 8 bits: a quarter of\nthe size, "
        "and its network three times as fast or more.\n\nOr, with --into, put "
        "the "
        "weights of a network trained elsewhere into a model of the\nsame "
        "shape. WEIGHTS is a safetensors file: a state_dict of PyTorch "
        "(nn.GRU, "
        "nn.LSTM,\nnn.RNN, nn.Linear), or the tensors of ONNX' or Keras' "
        "layers. MODEL, which stays as\nit is, gives all else: the kind of "
        "cell, features and their normalisation, tokens.",
    .examples = "  pinna convert in.npy -o out.htk\n"
                "  pinna convert train.ark -o train/ -f npy\n"
                "  pinna convert train.scp -o small.ark -f ark-cm\n"
                "  pinna convert *.npy -o all.ark\n"
                "  pinna convert --int8 my.safetensors -o my8.safetensors\n"
                "  pinna convert --into my.safetensors --layout keras "
                "lstm.safetensors \\\n"
                "      -o new.safetensors\n"
                "  copy-feats scp:a.scp ark:- | pinna convert - -o a/ -f csv\n",
};

/* In the order of pinna_weight_layout. */
static const char *const layouts[] = {"pytorch", "onnx", "keras"};
enum { N_LAYOUTS = sizeof layouts / sizeof layouts[0] };

/* As Kaldi's copy-feats-to-htk has it. */
#define DEFAULT_SHIFT_MS 10

struct work {
    const pinna_list *files;
    const char *output;
    pinna_feature_format format;
    pinna_feature_archive *archive; /* NULL: a file for each matrix, */
    bool to_folder;                 /* in the folder `output` */
    void *keys; /* of all that was written, a tree of strings */
    bool int8, quiet;
    const char *into, *layout;
    size_t n_failed, n_written;
    /* Of the FILE at hand. */
    size_t n_matrices, n_rows;
};

static int compare_keys(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Two matrices of one key would hide each other. */
static pinna_status remember_key(struct work *work, const char *key,
                                 pinna_error *error)
{
    if (tfind(key, &work->keys, compare_keys))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "an earlier matrix has the key %s too", key);
    char *copy = strdup(key);
    if (copy && tsearch(copy, &work->keys, compare_keys))
        return PINNA_OK;
    free(copy);
    return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
}

static void forget_keys(struct work *work)
{
    while (work->keys) {
        char *key = *(char **)work->keys;
        tdelete(key, &work->keys, compare_keys);
        free(key);
    }
}

static pinna_status write_to_folder(const struct work *work,
                                    const pinna_matrix *matrix,
                                    pinna_error *error)
{
    const char *suffix = pinna_feature_format_suffix(work->format);
    const size_t n = strlen(work->output);
    const char *slash = n > 0 && work->output[n - 1] == '/' ? "" : "/";
    const size_t size = n + strlen(matrix->key) + strlen(suffix) + 2;

    if (strchr(matrix->key, '/') || !*matrix->key)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "the key \"%s\" cannot be the name of a file",
                          matrix->key);
    char *path = malloc(size);
    if (!path)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    snprintf(path, size, "%s%s%s%s", work->output, slash, matrix->key, suffix);
    const pinna_status status =
        pinna_feature_write(path, work->format, matrix, error);
    free(path);
    return status;
}

/* Errors name path, where the matrix comes from. */
static pinna_status write_matrix(struct work *work, const char *path,
                                 pinna_matrix *matrix, pinna_error *error)
{
    pinna_error cause = {""};

    if (matrix->htk_kind == 0)
        matrix->htk_kind = PINNA_HTK_USER;
    if (matrix->frame_shift_ms <= 0)
        matrix->frame_shift_ms = DEFAULT_SHIFT_MS;
    pinna_status status = remember_key(work, matrix->key, &cause);
    if (status)
        return pinna_fail(error, status, "%s: %s", path, cause.text);
    if (work->archive)
        status = pinna_feature_archive_add(work->archive, matrix, &cause);
    else if (work->to_folder)
        status = write_to_folder(work, matrix, &cause);
    else
        status =
            pinna_feature_write(work->output, work->format, matrix, &cause);
    if (status)
        return pinna_fail(error, status, "%s: %s", path, cause.text);
    work->n_matrices++;
    work->n_rows += matrix->n_rows;
    return PINNA_OK;
}

static void complain(struct work *work, const pinna_error *error)
{
    work->n_failed++;
    pinna_message("pinna convert: %s", error->text);
}

/* The one matrix of a FILE goes to the file OUT: nothing is written if there
 * are more. */
static void convert_alone(struct work *work, pinna_feature_input *input,
                          const char *path)
{
    pinna_matrix matrix = {0}, second = {0};
    pinna_error error = {""};
    bool at_end;

    pinna_status status =
        pinna_feature_input_next(input, &matrix, &at_end, &error);
    if (!status && at_end)
        status = pinna_fail(&error, PINNA_BAD_FORMAT, "%s: there is no matrix",
                            path);
    if (!status)
        status = pinna_feature_input_next(input, &second, &at_end, &error);
    if (!status && !at_end)
        status = pinna_fail(&error, PINNA_BAD_ARG,
                            "%s: more than one matrix: -o takes a folder for "
                            "them (%s/)",
                            path, work->output);
    if (!status)
        status = write_matrix(work, path, &matrix, &error);
    if (status)
        complain(work, &error);
    pinna_matrix_free(&matrix);
    pinna_matrix_free(&second);
}

static void convert_each(struct work *work, pinna_feature_input *input,
                         const char *path)
{
    for (bool at_end = false; !at_end && !pinna_interrupted();) {
        pinna_matrix matrix = {0};
        pinna_error error = {""};
        pinna_status status =
            pinna_feature_input_next(input, &matrix, &at_end, &error);
        if (!status && !at_end)
            status = write_matrix(work, path, &matrix, &error);
        if (status)
            complain(work, &error);
        pinna_matrix_free(&matrix);
    }
}

static void convert(struct work *work, const char *path)
{
    pinna_feature_input *input;
    pinna_error error = {""};

    if (pinna_feature_input_open(path, &input, &error)) {
        complain(work, &error);
        return;
    }
    const size_t n_failed = work->n_failed;
    work->n_matrices = work->n_rows = 0;
    if (work->archive || work->to_folder)
        convert_each(work, input, path);
    else
        convert_alone(work, input, path);
    pinna_feature_input_close(input);
    work->n_written += work->n_matrices;
    if (work->n_matrices == 0 && work->n_failed == n_failed &&
        !pinna_interrupted())
        pinna_message("pinna convert: %s: there is no matrix in it", path);
    if (!work->quiet && work->n_matrices > 0)
        pinna_message("%s -> %s: %zu %s, %zu frames", path, work->output,
                      work->n_matrices,
                      work->n_matrices == 1 ? "matrix" : "matrices",
                      work->n_rows);
}

static int run(struct work *work)
{
    pinna_error error = {""};

    for (size_t i = 0; i < work->files->n_items && !pinna_interrupted(); i++)
        convert(work, work->files->items[i]);
    if (work->n_written == 0 && work->n_failed > 0) {
        pinna_feature_archive_abort(work->archive);
    } else if (work->archive &&
               pinna_feature_archive_commit(work->archive, &error)) {
        pinna_message("pinna convert: %s", error.text);
        return PINNA_EXIT_INPUT;
    }
    if (pinna_interrupted())
        return PINNA_EXIT_INTERRUPTED;
    return work->n_failed ? PINNA_EXIT_INPUT : PINNA_EXIT_DONE;
}

/* Returns -1 to go on, or the exit code. */
static int open_output(struct work *work)
{
    const size_t n = strlen(work->output);
    pinna_error error = {""};
    pinna_status status = PINNA_OK;

    work->to_folder = work->files->n_items > 1 ||
                      pinna_is_folder(work->output) ||
                      (n > 0 && work->output[n - 1] == '/');
    if (pinna_feature_format_is_archive(work->format)) {
        status = pinna_feature_archive_open(work->output, work->format,
                                            &work->archive, &error);
    } else if (work->to_folder) {
        if (strcmp(work->output, "-") == 0)
            return pinna_usage_error(
                &usage, "standard output takes the result of one input");
        status = pinna_make_folder(work->output, &error);
    }
    if (!status)
        return -1;
    pinna_message("pinna convert: %s", error.text);
    return PINNA_EXIT_START;
}

/* Gives the exit code. */
static int convert_model(const struct work *work, const char *format)
{
    const char *from = work->files->items[0], *to = work->output;
    const size_t layout = pinna_parse_choice(work->layout, layouts, N_LAYOUTS);
    bool has_quality = false;
    pinna_error error = {""};
    pinna_status status;

    if (format)
        return pinna_usage_error(&usage, "--format is for features, --int8 and "
                                         "--into for models");
    if (work->int8 && work->into)
        return pinna_usage_error(&usage, "--int8 or --into: one at a time");
    if (layout == N_LAYOUTS)
        return pinna_usage_error(&usage, "--layout: there is no \"%s\"",
                                 work->layout);
    if (work->files->n_items > 1)
        return pinna_usage_error(&usage, "%s takes one file",
                                 work->int8 ? "--int8" : "--into");
    if (strcmp(to, "-") == 0)
        return pinna_usage_error(&usage, "a model is written to a file");

    status = work->int8
                 ? pinna_convert_to_int8(from, to, &has_quality, &error)
                 : pinna_convert_weights(from, (pinna_weight_layout)layout,
                                         work->into, to, &error);
    if (status) {
        pinna_message("pinna convert: %s", error.text);
        return PINNA_EXIT_INPUT;
    }
    if (work->int8 && !work->quiet)
        pinna_message("%s -> %s: int8 weights%s", from, to,
                      has_quality ? "; \"quality\" in it tells of those before"
                                  : "");
    return PINNA_EXIT_DONE;
}

/* Returns -1 to go on, or the exit code. */
static int check(struct work *work, const char *format)
{
    if (work->files->n_items == 0)
        return pinna_usage_error(&usage, "no FILE");
    if (!work->output)
        return pinna_usage_error(&usage, "where to? -o OUT is missing");
    if (work->int8 || work->into)
        return convert_model(work, format);
    if (pinna_feature_format_of(format, work->output, &work->format))
        return pinna_usage_error(&usage, "--format %s: no such format", format);
    return open_output(work);
}

int pinna_cmd_convert(int argc, char **argv)
{
    pinna_list files = {0};
    struct work work = {.files = &files, .layout = layouts[0]};
    const char *format = NULL;
    const pinna_option options[] = {
        {"output", 'o', "OUT",
         "the file to write; a folder (there, or with a slash at\nthe end) for "
         "several matrices, unless it is an archive;\n- for stdout",
         .text = &work.output},
        {"format", 'f', "NAME",
         "npy, htk, csv, or one Kaldi archive of all with its\n.scp: ark, "
         "ark-text, ark-cm, ark-cm2, ark-cm3; default:\nby the name of OUT",
         .text = &format},
        {"int8", 0, NULL, "write a model with weights of 8 bits",
         .flag = &work.int8},
        {"into", 0, "MODEL", "put the weights of the file into this model",
         .text = &work.into},
        {"layout", 0, "NAME", "of those: pytorch (default), onnx or keras",
         .text = &work.layout},
        {"quiet", 'q', NULL, "no lines on stderr but errors",
         .flag = &work.quiet},
    };

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0)
        code = check(&work, format);
    if (code < 0)
        code = run(&work);
    forget_keys(&work);
    pinna_list_free(&files);
    return code;
}
