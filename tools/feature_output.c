#include "tools/feature_output.h"

#include "datasets/htk_file.h"
#include "datasets/kaldi_ark.h"
#include "datasets/matrix_csv.h"
#include "datasets/npy.h"
#include "tools/output_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *suffix;
} formats[] = {
    [PINNA_FORMAT_NPY] = {"npy", ".npy"},
    [PINNA_FORMAT_HTK] = {"htk", ".htk"},
    [PINNA_FORMAT_CSV] = {"csv", ".csv"},
    [PINNA_FORMAT_ARK] = {"ark", ".ark"},
    [PINNA_FORMAT_ARK_TEXT] = {"ark-text", ".ark"},
    [PINNA_FORMAT_ARK_CM] = {"ark-cm", ".ark"},
    [PINNA_FORMAT_ARK_CM2] = {"ark-cm2", ".ark"},
    [PINNA_FORMAT_ARK_CM3] = {"ark-cm3", ".ark"},
};

enum { N_FORMATS = sizeof formats / sizeof formats[0] };

static bool ends_with(const char *path, const char *suffix)
{
    const size_t n = strlen(path), n_suffix = strlen(suffix);
    return n > n_suffix && strcmp(path + n - n_suffix, suffix) == 0;
}

pinna_status pinna_feature_format_of(const char *name, const char *path,
                                     pinna_feature_format *format)
{
    *format = PINNA_FORMAT_NPY;
    for (size_t i = 0; i < N_FORMATS; i++)
        if (name ? strcmp(name, formats[i].name) == 0
                 : ends_with(path, formats[i].suffix)) {
            *format = (pinna_feature_format)i;
            return PINNA_OK;
        }
    return name ? PINNA_NOT_FOUND : PINNA_OK;
}

bool pinna_feature_format_is_archive(pinna_feature_format format)
{
    return format >= PINNA_FORMAT_ARK;
}

const char *pinna_feature_format_suffix(pinna_feature_format format)
{
    return formats[format].suffix;
}

unsigned pinna_feature_htk_kind(const pinna_front_end_config *config)
{
    const pinna_fbank_config *features = &config->features;
    unsigned kind = features->type == PINNA_FEATURE_MFCC    ? PINNA_HTK_MFCC
                    : features->type != PINNA_FEATURE_FBANK ? PINNA_HTK_USER
                    : features->use_log                     ? PINNA_HTK_FBANK
                                                            : PINNA_HTK_MELSPEC;

    if (config->splice_left + config->splice_right > 0 ||
        config->delta.order > 2)
        return PINNA_HTK_USER;
    if (features->use_energy)
        kind |= PINNA_HTK_E;
    else if (features->type == PINNA_FEATURE_MFCC)
        kind |= PINNA_HTK_0;
    if (config->delta.order > 0)
        kind |= PINNA_HTK_D;
    if (config->delta.order > 1)
        kind |= PINNA_HTK_A;
    if (config->cmvn != PINNA_CMVN_NONE)
        kind |= PINNA_HTK_Z;
    return kind;
}

pinna_status pinna_feature_write(const char *path, pinna_feature_format format,
                                 const pinna_matrix *matrix, pinna_error *error)
{
    pinna_output_file output = {0};
    pinna_error cause = {""};

    pinna_status status = pinna_output_file_open(path, &output, error);
    if (status)
        return status;
    if (format == PINNA_FORMAT_NPY)
        pinna_npy_write(output.stream, matrix);
    else if (format == PINNA_FORMAT_CSV)
        pinna_matrix_csv_write(output.stream, matrix);
    else
        status = pinna_htk_write(output.stream, matrix, &cause);
    if (status)
        pinna_fail(error, status, "%s: %s", path, cause.text);
    return pinna_output_file_end(&output, status, error);
}

struct pinna_feature_archive {
    pinna_ark_form form;
    char *path;
    bool has_script;
    pinna_output_file ark, script;
};

void pinna_feature_archive_abort(pinna_feature_archive *archive)
{
    if (!archive)
        return;
    pinna_output_file_abort(&archive->ark);
    pinna_output_file_abort(&archive->script);
    free(archive->path);
    free(archive);
}

static pinna_status open_script(pinna_feature_archive *archive,
                                pinna_error *error)
{
    const char *path = archive->path;
    const size_t n = strlen(path) - (ends_with(path, ".ark") ? 4 : 0);
    char *script = malloc(n + 5);

    if (!script)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    memcpy(script, path, n);
    memcpy(script + n, ".scp", 5);
    const pinna_status status =
        pinna_output_file_open(script, &archive->script, error);
    free(script);
    return status;
}

pinna_status pinna_feature_archive_open(const char *path,
                                        pinna_feature_format format,
                                        pinna_feature_archive **out,
                                        pinna_error *error)
{
    *out = NULL;
    pinna_feature_archive *archive = calloc(1, sizeof *archive);
    if (!archive || !(archive->path = strdup(path))) {
        free(archive);
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    }
    archive->form = (pinna_ark_form)(format - PINNA_FORMAT_ARK);
    archive->has_script = strcmp(path, "-") != 0;
    pinna_status status = pinna_output_file_open(path, &archive->ark, error);
    if (!status && archive->has_script)
        status = open_script(archive, error);
    if (status) {
        pinna_feature_archive_abort(archive);
        return status;
    }
    *out = archive;
    return PINNA_OK;
}

pinna_status pinna_feature_archive_add(pinna_feature_archive *archive,
                                       const pinna_matrix *matrix,
                                       pinna_error *error)
{
    long offset;
    const pinna_status status = pinna_ark_write(
        archive->ark.stream, archive->form, matrix, &offset, error);
    if (!status && archive->has_script)
        fprintf(archive->script.stream, "%s %s:%ld\n", matrix->key,
                archive->path, offset);
    return status;
}

pinna_status pinna_feature_archive_commit(pinna_feature_archive *archive,
                                          pinna_error *error)
{
    pinna_status status = pinna_output_file_commit(&archive->ark, error);
    if (!status && archive->has_script)
        status = pinna_output_file_commit(&archive->script, error);
    pinna_feature_archive_abort(archive);
    return status;
}
