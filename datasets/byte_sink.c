/* realpath() belongs to the XSI part of POSIX. */
#define _XOPEN_SOURCE 700

#include "datasets/byte_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct pinna_byte_sink {
    int fd;
    bool seekable;
    off_t base; /* of our first byte in fd */
    uint64_t size;
    char *path;
    char *temp; /* NULL when writing directly */
    int cause;
};

static pinna_status no_memory(const char *path, pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: %s", path,
                      pinna_strerror(PINNA_NO_MEMORY));
}

/* A new file in the folder of sink->path; its name in sink->temp. */
static pinna_status create_temp(pinna_byte_sink *sink, mode_t mode,
                                pinna_error *error)
{
    const char *slash = strrchr(sink->path, '/');
    const size_t n_folder = slash ? (size_t)(slash - sink->path) + 1 : 0;
    const size_t n = n_folder + 64;

    sink->temp = malloc(n);
    if (!sink->temp)
        return no_memory(sink->path, error);
    memcpy(sink->temp, sink->path, n_folder);
    for (unsigned k = 0; k < 10000; k++) {
        snprintf(sink->temp + n_folder, n - n_folder, ".pinna-%ld-%u.tmp",
                 (long)getpid(), k);
        sink->fd =
            open(sink->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (sink->fd >= 0)
            return PINNA_OK;
        if (errno != EEXIST)
            break;
    }

    const int cause = errno;
    free(sink->temp); /* not ours to remove */
    sink->temp = NULL;
    return pinna_fail(error, cause == ENOENT ? PINNA_NOT_FOUND : PINNA_IO,
                      "%s: cannot be created: %s", sink->path, strerror(cause));
}

static pinna_status open_directly(pinna_byte_sink *sink, const char *path,
                                  pinna_error *error)
{
    struct stat state;

    sink->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO
                                      : open(path, O_WRONLY | O_CLOEXEC);
    if (sink->fd < 0)
        return pinna_fail(error, PINNA_IO, "%s: %s", path, strerror(errno));
    /* On a file opened for appending pwrite() would append (Linux). */
    sink->base = lseek(sink->fd, 0, SEEK_CUR);
    sink->seekable = sink->base >= 0 && fstat(sink->fd, &state) == 0 &&
                     S_ISREG(state.st_mode) &&
                     !(fcntl(sink->fd, F_GETFL) & O_APPEND);
    return PINNA_OK;
}

static pinna_status start(pinna_byte_sink *sink, const char *path,
                          pinna_error *error)
{
    struct stat state;
    const bool standard = strcmp(path, "-") == 0;
    const bool exists = !standard && stat(path, &state) == 0;
    const bool replaces = exists && S_ISREG(state.st_mode);

    if (exists && S_ISDIR(state.st_mode))
        return pinna_fail(error, PINNA_IO, "%s: is a directory", path);
    sink->path = standard   ? strdup("stdout")
                 : replaces ? realpath(path, NULL)
                            : strdup(path);
    if (!sink->path)
        return replaces && errno != ENOMEM
                   ? pinna_fail(error, PINNA_IO, "%s: %s", path,
                                strerror(errno))
                   : no_memory(path, error);
    if (standard || (exists && !replaces))
        return open_directly(sink, path, error);

    sink->seekable = true;
    const pinna_status status =
        create_temp(sink, exists ? state.st_mode & 0777 : 0666, error);
    /* Put back what the umask took off, if that can be. */
    if (!status && exists)
        (void)fchmod(sink->fd, state.st_mode & 0777);
    return status;
}

pinna_status pinna_byte_sink_open(const char *path, pinna_byte_sink **out,
                                  pinna_error *error)
{
    *out = NULL;
    pinna_byte_sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return no_memory(path, error);
    sink->fd = -1;

    const pinna_status status = start(sink, path, error);
    if (status) {
        pinna_byte_sink_abort(sink);
        return status;
    }
    *out = sink;
    return PINNA_OK;
}

/* Write at the end of a stream, or at place of what can be sought in. */
static pinna_status put(pinna_byte_sink *sink, uint64_t place,
                        const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t count = sink->seekable ? pwrite(sink->fd, bytes, n,
                                                      sink->base + (off_t)place)
                                             : write(sink->fd, bytes, n);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            sink->cause = count < 0 ? errno : ENOSPC;
            return PINNA_IO;
        }
        bytes += count;
        n -= (size_t)count;
        place += (uint64_t)count;
        if (place > sink->size)
            sink->size = place;
    }
    return PINNA_OK;
}

pinna_status pinna_byte_sink_write(pinna_byte_sink *sink, uint64_t place,
                                   const void *bytes, size_t n)
{
    static const unsigned char zeros[512];

    if (sink->cause)
        return PINNA_IO;
    if (!sink->seekable && place < sink->size)
        return PINNA_OK;
    while (!sink->seekable && place > sink->size) {
        const uint64_t gap = place - sink->size;
        const pinna_status status =
            put(sink, sink->size, zeros,
                gap < sizeof zeros ? (size_t)gap : sizeof zeros);
        if (status)
            return status;
    }
    return put(sink, place, bytes, n);
}

bool pinna_byte_sink_seekable(const pinna_byte_sink *sink)
{
    return sink->seekable;
}

int pinna_byte_sink_descriptor(const pinna_byte_sink *sink)
{
    return sink->temp ? sink->fd : -1;
}

uint64_t pinna_byte_sink_size(const pinna_byte_sink *sink)
{
    return sink->size;
}

int pinna_byte_sink_cause(const pinna_byte_sink *sink)
{
    return sink->cause;
}

const char *pinna_byte_sink_path(const pinna_byte_sink *sink)
{
    return sink->path;
}

/* Sync, close and rename the temporary file. */
static bool finish(pinna_byte_sink *sink)
{
    const bool synced = fsync(sink->fd) == 0;
    if (!synced)
        sink->cause = errno;
    const bool closed = close(sink->fd) == 0;
    sink->fd = -1;
    if (synced && closed && rename(sink->temp, sink->path) == 0) {
        free(sink->temp);
        sink->temp = NULL;
        return true;
    }
    if (!sink->cause)
        sink->cause = errno;
    return false;
}

pinna_status pinna_byte_sink_commit(pinna_byte_sink *sink, pinna_error *error)
{
    pinna_status status = PINNA_OK;

    /* Whoever shares the descriptor goes on behind our bytes. */
    if (!sink->cause && !sink->temp && sink->seekable &&
        lseek(sink->fd, sink->base + (off_t)sink->size, SEEK_SET) < 0)
        sink->cause = errno;
    if (sink->cause || (sink->temp && !finish(sink)))
        status = pinna_fail(error, PINNA_IO, "%s: %s", sink->path,
                            strerror(sink->cause));
    pinna_byte_sink_abort(sink);
    return status;
}

void pinna_byte_sink_abort(pinna_byte_sink *sink)
{
    if (!sink)
        return;
    if (sink->fd >= 0 && sink->fd != STDOUT_FILENO)
        close(sink->fd);
    if (sink->temp)
        unlink(sink->temp);
    free(sink->temp);
    free(sink->path);
    free(sink);
}
