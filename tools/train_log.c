#include "tools/train_log.h"

#include "rnn/whole_file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A line a validation: this is many millions of them. */
#define MAX_BYTES ((size_t)1 << 30)

static const char csv_begin[] = "step,", json_begin[] = "{\"step\": ";

static bool ends_with(const char *path, const char *suffix)
{
    const size_t n = strlen(path), n_suffix = strlen(suffix);
    return n > n_suffix && strcmp(path + n - n_suffix, suffix) == 0;
}

bool pinna_train_log_name_fits(const char *path)
{
    return ends_with(path, ".csv") || ends_with(path, ".jsonl");
}

/* The step of a line. */
static bool read_step(const pinna_train_log *log, const char *line,
                      size_t *step)
{
    const size_t skip = log->csv ? 0 : sizeof json_begin - 1;
    char *end;

    if (strncmp(line, json_begin, skip) != 0 || line[skip] < '0' ||
        line[skip] > '9')
        return false;
    *step = (size_t)strtoull(line + skip, &end, 10);
    return *end == ',';
}

/* How many bytes of the text are lines of steps up to last_step; a line that a
 * crash has cut is not. */
static pinna_status count_kept(pinna_train_log *log, const char *text,
                               size_t last_step, size_t *n_kept,
                               pinna_error *error)
{
    size_t number = 1;

    *n_kept = 0;
    for (const char *end; (end = strchr(text + *n_kept, '\n')); number++) {
        const char *line = text + *n_kept;
        size_t step = 0;
        const bool is_head = log->csv && number == 1 &&
                             strncmp(line, csv_begin, strlen(csv_begin)) == 0;
        if (!is_head && !read_step(log, line, &step))
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s:%zu: no line of a training log", log->path,
                              number);
        if (step > last_step)
            break;
        log->headed = log->headed || is_head;
        *n_kept = (size_t)(end - text) + 1;
    }
    return PINNA_OK;
}

/* Leave but the lines up to last_step in the file, if it is there. */
static pinna_status cut(pinna_train_log *log, size_t last_step,
                        pinna_error *error)
{
    char *text;
    size_t n_bytes, n_kept;

    pinna_status status =
        pinna_whole_file_text(log->path, MAX_BYTES, &text, &n_bytes, error);
    if (status == PINNA_NOT_FOUND)
        return PINNA_OK;
    if (status)
        return status;
    status = count_kept(log, text, last_step, &n_kept, error);
    if (!status && n_kept < n_bytes) {
        const pinna_file_part part = {text, n_kept};
        status = pinna_whole_file_replace(log->path, &part, 1, error);
    }
    free(text);
    return status;
}

pinna_status pinna_train_log_open(const char *path, size_t last_step,
                                  pinna_train_log *log, pinna_error *error)
{
    *log = (pinna_train_log){.path = path, .csv = ends_with(path, ".csv")};
    if (last_step > 0) {
        const pinna_status status = cut(log, last_step, error);
        if (status)
            return status;
    }
    log->file = fopen(path, last_step > 0 ? "a" : "w");
    if (!log->file)
        return pinna_fail(error, errno == ENOMEM ? PINNA_NO_MEMORY : PINNA_IO,
                          "%s: %s", path, strerror(errno));
    setvbuf(log->file, log->buffer, _IOFBF, sizeof log->buffer);
    return PINNA_OK;
}

void pinna_train_log_close(pinna_train_log *log)
{
    if (log->file)
        (void)fclose(log->file);
    log->file = NULL;
}

static void write_head(pinna_train_log *log, const pinna_figure *figures,
                       size_t n)
{
    fputs("step", log->file);
    for (size_t i = 0; i < n; i++)
        fprintf(log->file, ",%s", figures[i].name);
    fputc('\n', log->file);
    log->headed = true;
}

pinna_status pinna_train_log_write(pinna_train_log *log, size_t step,
                                   const pinna_figure *figures, size_t n,
                                   pinna_error *error)
{
    if (log->csv && !log->headed)
        write_head(log, figures, n);
    fprintf(log->file, "%s%zu", log->csv ? "" : json_begin, step);
    for (size_t i = 0; i < n; i++) {
        if (log->csv)
            fputc(',', log->file);
        else
            fprintf(log->file, ", \"%s\": ", figures[i].name);
        if (isfinite(figures[i].value))
            fprintf(log->file, "%.9g", figures[i].value);
        else if (!log->csv)
            fputs("null", log->file);
    }
    fputs(log->csv ? "\n" : "}\n", log->file);
    if (fflush(log->file) != 0)
        return pinna_fail(error, PINNA_IO, "%s: %s", log->path,
                          strerror(errno));
    return PINNA_OK;
}
