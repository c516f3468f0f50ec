#include "tools/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
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
    const size_t size =
        strlen(folder) + 1 + n_name + (suffix ? strlen(suffix) : 0) + 1;
    char *joined = malloc(size);

    if (joined)
        snprintf(joined, size, "%s/%.*s%s", folder, (int)n_name, name,
                 suffix ? suffix : "");
    return joined;
}

/* Would a rename onto path replace something that is no ordinary file? */
static bool is_special(const char *path)
{
    struct stat info;

    return strcmp(path, "-") == 0 ||
           (stat(path, &info) == 0 && !S_ISREG(info.st_mode));
}

static FILE *open_temporary(const char *path, char **name)
{
    static atomic_uint counter;
    const size_t size = strlen(path) + 48;

    *name = malloc(size);
    if (!*name)
        return NULL;
    snprintf(*name, size, "%s.%ld-%u.tmp", path, (long)getpid(),
             atomic_fetch_add(&counter, 1));
    const int descriptor =
        open(*name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *stream = descriptor < 0 ? NULL : fdopen(descriptor, "w+b");
    if (stream)
        return stream;

    const int cause = errno;
    if (descriptor >= 0) {
        close(descriptor);
        unlink(*name);
    }
    free(*name);
    *name = NULL;
    errno = cause;
    return NULL;
}

pinna_status pinna_output_file_open(const char *path, pinna_output_file *output,
                                    pinna_error *error)
{
    *output = (pinna_output_file){0};
    if (pinna_is_folder(path))
        return pinna_fail(error, PINNA_IO, "%s: is a folder", path);
    output->path = strdup(path);
    if (!output->path)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    output->stream =
        is_special(path) ? tmpfile() : open_temporary(path, &output->temporary);
    if (output->stream)
        return PINNA_OK;

    const int cause = errno;
    pinna_output_file_abort(output);
    return pinna_fail(error, PINNA_IO, "%s: cannot be written: %s", path,
                      strerror(cause));
}

static bool copy_stream(FILE *from, FILE *to)
{
    char block[65536];
    size_t n;

    rewind(from);
    while ((n = fread(block, 1, sizeof block, from)) > 0)
        if (fwrite(block, 1, n, to) != n)
            return false;
    return !ferror(from) && fflush(to) == 0;
}

static bool copy_to_path(FILE *from, const char *path)
{
    if (strcmp(path, "-") == 0)
        return copy_stream(from, stdout);
    FILE *to = fopen(path, "wb");
    if (!to)
        return false;
    const bool copied = copy_stream(from, to);
    return fclose(to) == 0 && copied;
}

pinna_status pinna_output_file_commit(pinna_output_file *output,
                                      pinna_error *error)
{
    bool done = fflush(output->stream) == 0 && !ferror(output->stream);

    if (done && output->temporary)
        done = fsync(fileno(output->stream)) == 0 &&
               rename(output->temporary, output->path) == 0;
    else if (done)
        done = copy_to_path(output->stream, output->path);
    if (!done) {
        const int cause = errno;
        const pinna_status status =
            pinna_fail(error, PINNA_IO, "%s: cannot be written: %s",
                       output->path, strerror(cause));
        pinna_output_file_abort(output);
        return status;
    }
    free(output->temporary); /* renamed: nothing to remove */
    output->temporary = NULL;
    pinna_output_file_abort(output);
    return PINNA_OK;
}

void pinna_output_file_abort(pinna_output_file *output)
{
    if (output->stream)
        fclose(output->stream);
    if (output->temporary)
        unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    *output = (pinna_output_file){0};
}
