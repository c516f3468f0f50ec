#include "tools/output_file.h"

#include "tools/command.h"
#include "tools/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int pinna_is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

pinna_status pinna_make_folder(const char *path, pinna_error *error)
{
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && pinna_is_folder(path)))
        return PINNA_OK;
    return pinna_fail(error, PINNA_IO, "%s: cannot make the folder: %s", path,
                      strerror(errno));
}

char *pinna_path_in_folder(const char *folder, const char *path,
                           const char *suffix)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = suffix ? strrchr(name, '.') : NULL;
    const size_t n_name =
        dot && dot != name ? (size_t)(dot - name) : strlen(name);
    const size_t n_folder = strlen(folder);
    const bool closed = n_folder > 0 && folder[n_folder - 1] == '/';
    const size_t size =
        n_folder + 1 + n_name + (suffix ? strlen(suffix) : 0) + 1;
    char *joined = malloc(size);

    if (joined)
        snprintf(joined, size, "%s%s%.*s%s", folder, closed ? "" : "/",
                 (int)n_name, name, suffix ? suffix : "");
    return joined;
}

/* A stream over the sink's own file, or over one elsewhere. */
static FILE *open_stream(pinna_output_file *output)
{
    const int file = pinna_byte_sink_descriptor(output->sink);

    output->copied = file < 0;
    if (output->copied)
        return tmpfile();
    const int again = fcntl(file, F_DUPFD_CLOEXEC, 3);
    FILE *stream = again < 0 ? NULL : fdopen(again, "w+b");
    if (!stream && again >= 0)
        close(again);
    return stream;
}

pinna_status pinna_output_file_open(const char *path, pinna_output_file *output,
                                    pinna_error *error)
{
    *output = (pinna_output_file){0};
    const pinna_status status =
        pinna_byte_sink_open(path, &output->sink, error);
    if (status)
        return status;
    output->stream = open_stream(output);
    if (output->stream)
        return PINNA_OK;

    const int cause = errno;
    pinna_output_file_abort(output);
    return pinna_fail(error, PINNA_IO, "%s: cannot be written: %s", path,
                      strerror(cause));
}

/* What the sink refuses it tells at commit. */
static bool copy_to_sink(FILE *from, pinna_byte_sink *sink)
{
    char block[65536];
    uint64_t place = 0;
    size_t n;

    rewind(from);
    while ((n = fread(block, 1, sizeof block, from)) > 0) {
        if (pinna_byte_sink_write(sink, place, block, n))
            return true;
        place += n;
    }
    return !ferror(from);
}

pinna_status pinna_output_file_commit(pinna_output_file *output,
                                      pinna_error *error)
{
    bool done = fflush(output->stream) == 0 && !ferror(output->stream);

    if (done && output->copied)
        done = copy_to_sink(output->stream, output->sink);
    const int cause = errno;
    pinna_status status;
    if (done) {
        status = pinna_byte_sink_commit(output->sink, error);
        output->sink = NULL;
    } else {
        status =
            pinna_fail(error, PINNA_IO, "%s: cannot be written: %s",
                       pinna_byte_sink_path(output->sink), strerror(cause));
    }
    pinna_output_file_abort(output);
    return status;
}

void pinna_output_file_abort(pinna_output_file *output)
{
    if (output->stream)
        fclose(output->stream);
    pinna_byte_sink_abort(output->sink);
    *output = (pinna_output_file){0};
}

pinna_status pinna_output_file_end(pinna_output_file *output,
                                   pinna_status status, pinna_error *error)
{
    if (!status)
        return pinna_output_file_commit(output, error);
    pinna_output_file_abort(output);
    return status;
}

int pinna_output_file_run(const char *command, const char *path,
                          int (*run)(void *user, FILE *file), void *user)
{
    pinna_output_file output;
    pinna_error error;

    if (!path || strcmp(path, "-") == 0)
        return run(user, stdout);
    if (pinna_output_file_open(path, &output, &error)) {
        pinna_message("pinna %s: %s", command, error.text);
        return PINNA_EXIT_START;
    }
    const int code = run(user, output.stream);
    if (code == PINNA_EXIT_START) {
        pinna_output_file_abort(&output);
    } else if (pinna_output_file_commit(&output, &error)) {
        pinna_message("pinna %s: %s", command, error.text);
        return PINNA_EXIT_INPUT;
    }
    return code;
}
