#include "tools/feature_input.h"

#include "datasets/htk_file.h"
#include "datasets/kaldi_ark.h"
#include "datasets/kaldi_scp.h"
#include "datasets/matrix_csv.h"
#include "datasets/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

struct pinna_feature_input {
    const char *path;
    FILE *file;
    pinna_feature_source source;
    bool is_bare; /* an archive of one matrix without a key */
    bool is_done;
    /* Of a script file. */
    char *line;
    size_t room, n_line;
};

bool pinna_feature_source_of(const char *path, pinna_feature_source *source)
{
    static const char *const endings[] = {
        [PINNA_SOURCE_NPY] = ".npy", [PINNA_SOURCE_HTK] = ".htk",
        [PINNA_SOURCE_CSV] = ".csv", [PINNA_SOURCE_ARK] = ".ark",
        [PINNA_SOURCE_SCP] = ".scp",
    };
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot, endings[i]) == 0) {
            *source = (pinna_feature_source)i;
            return true;
        }
    return false;
}

/* The first byte, which stays in the file; EOF for an empty one. */
static int first_byte(FILE *file)
{
    const int c = fgetc(file);

    if (c != EOF)
        ungetc(c, file);
    return c;
}

static pinna_feature_source source_by_byte(int c)
{
    return c == 0x93 ? PINNA_SOURCE_NPY
           : c > ' ' ? PINNA_SOURCE_ARK
                     : PINNA_SOURCE_HTK;
}

pinna_status pinna_feature_input_open(const char *path,
                                      pinna_feature_input **out,
                                      pinna_error *error)
{
    pinna_status status = PINNA_OK;

    *out = NULL;
    pinna_feature_input *input = calloc(1, sizeof *input);
    if (!input)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    input->path = path;
    input->file = stdin;
    if (strcmp(path, "-") != 0)
        status = pinna_matrix_open(path, &input->file, error);
    if (status) {
        free(input);
        return status;
    }
    const int c = first_byte(input->file);
    if (!pinna_feature_source_of(path, &input->source))
        input->source = source_by_byte(c);
    input->is_bare =
        input->source == PINNA_SOURCE_ARK && pinna_ark_begins_bare(c);
    *out = input;
    return PINNA_OK;
}

void pinna_feature_input_close(pinna_feature_input *input)
{
    if (!input)
        return;
    if (input->file != stdin)
        fclose(input->file);
    free(input->line);
    free(input);
}

pinna_feature_source
pinna_feature_input_source(const pinna_feature_input *input)
{
    return input->source;
}

/* A file that is one matrix. */
static pinna_status read_one(FILE *file, const char *path,
                             pinna_feature_source source, pinna_matrix *matrix,
                             pinna_error *error)
{
    switch (source) {
    case PINNA_SOURCE_NPY:
        return pinna_npy_read(file, path, matrix, error);
    case PINNA_SOURCE_HTK:
        return pinna_htk_read(file, path, matrix, error);
    case PINNA_SOURCE_CSV:
        return pinna_matrix_csv_read(file, path, matrix, error);
    case PINNA_SOURCE_ARK:
        return pinna_ark_read_object(file, path, matrix, error);
    case PINNA_SOURCE_SCP:
        break;
    }
    return pinna_fail(error, PINNA_UNSUPPORTED,
                      "%s: a script file within another", path);
}

/* Paths are relative to the current folder, as in Kaldi; what is not there may
 * lie beside the script file. */
static pinna_status open_named(const char *script, const char *path,
                               FILE **file, pinna_error *error)
{
    pinna_status status = pinna_matrix_open(path, file, error);
    const char *slash = strrchr(script, '/');

    if (status != PINNA_NOT_FOUND || *path == '/' || !slash)
        return status;
    const size_t n = (size_t)(slash - script) + 1;
    char *beside = malloc(n + strlen(path) + 1);
    if (!beside)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    memcpy(beside, script, n);
    strcpy(beside + n, path);
    if (!pinna_matrix_open(beside, file, NULL))
        status = PINNA_OK;
    free(beside);
    return status;
}

/* What a line of a script file stands for. Errors do not name the line. */
static pinna_status read_entry(const char *script, char *line,
                               pinna_matrix *matrix, pinna_error *error)
{
    pinna_scp_entry entry;
    pinna_feature_source source = PINNA_SOURCE_ARK;
    FILE *file;

    pinna_status status = pinna_scp_parse(line, &entry, error);
    if (!status)
        status = open_named(script, entry.path, &file, error);
    if (status)
        return status;
    if (entry.offset < 0)
        pinna_feature_source_of(entry.path, &source);
    else if (fseek(file, entry.offset, SEEK_SET))
        status = pinna_fail(error, PINNA_IO, "%s: there is no byte %ld",
                            entry.path, entry.offset);
    if (!status)
        status = pinna_matrix_set_key(matrix, entry.key, error);
    if (!status)
        status = read_one(file, entry.path, source, matrix, error);
    fclose(file);
    if (!status)
        status = pinna_scp_cut(&entry, matrix, error);
    return status;
}

static pinna_status next_of_script(pinna_feature_input *input,
                                   pinna_matrix *matrix, bool *at_end,
                                   pinna_error *error)
{
    pinna_error cause = {""};

    do {
        if (getline(&input->line, &input->room, input->file) < 0) {
            *at_end = true;
            return ferror(input->file)
                       ? pinna_fail(error, PINNA_IO, "%s: cannot be read",
                                    input->path)
                       : PINNA_OK;
        }
        input->n_line++;
    } while (input->line[strspn(input->line, " \t\r\n")] == '\0');
    const pinna_status status =
        read_entry(input->path, input->line, matrix, &cause);
    if (!status)
        return PINNA_OK;
    pinna_matrix_free(matrix);
    return pinna_fail(error, status, "%s:%zu: %s", input->path, input->n_line,
                      cause.text);
}

pinna_status pinna_feature_input_next(pinna_feature_input *input,
                                      pinna_matrix *matrix, bool *at_end,
                                      pinna_error *error)
{
    pinna_status status;

    *at_end = input->is_done;
    if (input->is_done)
        return PINNA_OK;
    if (input->source == PINNA_SOURCE_SCP) {
        status = next_of_script(input, matrix, at_end, error);
        input->is_done = *at_end;
        return status;
    }
    if (input->source == PINNA_SOURCE_ARK && !input->is_bare) {
        status =
            pinna_ark_read(input->file, input->path, matrix, at_end, error);
        *at_end = *at_end || status;
        input->is_done = *at_end;
        return status;
    }
    input->is_done = true;
    status = read_one(input->file, input->path, input->source, matrix, error);
    if (!status)
        status = pinna_matrix_set_key_of_file(matrix, input->path, error);
    *at_end = status != PINNA_OK;
    return status;
}
