/* realpath() belongs to the XSI part of POSIX. */
#define _XOPEN_SOURCE 700

#include "rnn/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Temporary names tried: a crash may have left some behind. */
#define N_NAMES 100

static pinna_status fail_errno(const char *path, int number, pinna_error *error)
{
    char text[128];

    if (number == ENOENT)
        return pinna_fail(error, PINNA_NOT_FOUND, "%s: no such file or folder",
                          path);
    if (strerror_r(number, text, sizeof text))
        snprintf(text, sizeof text, "error %d", number);
    return pinna_fail(error, number == ENOMEM ? PINNA_NO_MEMORY : PINNA_IO,
                      "%s: %s", path, text);
}

static pinna_status read_open_file(int fd, const char *path, size_t max_bytes,
                                   unsigned char **bytes, size_t *n_bytes,
                                   pinna_error *error)
{
    struct stat info;
    if (fstat(fd, &info))
        return fail_errno(path, errno, error);
    if (!S_ISREG(info.st_mode))
        return pinna_fail(error, PINNA_IO, "%s: not a regular file", path);
    if ((uintmax_t)info.st_size > max_bytes)
        return pinna_fail(error, PINNA_UNSUPPORTED, "%s: larger than %zu bytes",
                          path, max_bytes);

    const size_t size = (size_t)info.st_size;
    *bytes = malloc(size + 1); /* for a text's zero */
    if (!*bytes)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);

    /* Fewer bytes when somebody cuts the file meanwhile. */
    for (*n_bytes = 0; *n_bytes < size;) {
        const ssize_t n = read(fd, *bytes + *n_bytes, size - *n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(path, errno, error);
        if (n == 0)
            break;
        *n_bytes += (size_t)n;
    }
    return PINNA_OK;
}

pinna_status pinna_whole_file_read(const char *path, size_t max_bytes,
                                   unsigned char **bytes, size_t *n_bytes,
                                   pinna_error *error)
{
    *bytes = NULL;
    *n_bytes = 0;
    /* Not blocking: a FIFO must not make us wait for its writer. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail_errno(path, errno, error);

    const pinna_status status =
        read_open_file(fd, path, max_bytes, bytes, n_bytes, error);
    if (status) {
        free(*bytes);
        *bytes = NULL;
    }
    close(fd);
    return status;
}

pinna_status pinna_whole_file_text(const char *path, size_t max_bytes,
                                   char **text, size_t *n_bytes,
                                   pinna_error *error)
{
    unsigned char *bytes;
    const pinna_status status =
        pinna_whole_file_read(path, max_bytes, &bytes, n_bytes, error);

    *text = (char *)bytes;
    if (*text)
        (*text)[*n_bytes] = '\0'; /* there is room for it */
    return status;
}

static bool write_all(int fd, const unsigned char *bytes, size_t n_bytes)
{
    while (n_bytes > 0) {
        const ssize_t n = write(fd, bytes, n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

static void name_temporary(const char *path, int i, char *name, size_t size)
{
    snprintf(name, size, "%s.%d.tmp", path, i);
}

/* Create path.N.tmp for the first N that is free; its name to name [size]. */
static int create_temporary(const char *path, char *name, size_t size)
{
    int fd = -1;
    for (int i = 0; fd < 0 && i < N_NAMES; i++) {
        name_temporary(path, i, name, size);
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

/* Write parts, sync and close fd; false with errno set when that fails. */
static bool fill(int fd, const pinna_file_part *parts, size_t n_parts)
{
    bool good = true;
    for (size_t i = 0; good && i < n_parts; i++)
        good = write_all(fd, parts[i].bytes, parts[i].n_bytes);
    good = good && fsync(fd) == 0;

    const int number = errno;
    const bool closed = close(fd) == 0;
    if (!good)
        errno = number;
    return good && closed;
}

/* Make a rename in the folder of path last; name [] is scratch that holds
 * path. */
static bool sync_folder(const char *path, char *name)
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 0;
    memcpy(name, path, length);
    memcpy(name + length, slash ? "/" : ".", 2);

    const int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES; /* a folder that we may write but not read */

    /* Some file systems cannot sync a folder, and say EINVAL. */
    const bool synced = fsync(fd) == 0 || errno == EINVAL;
    const int number = errno;
    close(fd);
    errno = number;
    return synced;
}

static pinna_status replace(const char *path, const pinna_file_part *parts,
                            size_t n_parts, pinna_error *error)
{
    const size_t size = strlen(path) + 32;
    char *name = malloc(size);
    if (!name)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);

    pinna_status status = PINNA_OK;
    const int fd = create_temporary(path, name, size);
    if (fd < 0) {
        status = fail_errno(path, errno, error);
    } else if (!fill(fd, parts, n_parts) || rename(name, path)) {
        status = fail_errno(path, errno, error);
        unlink(name);
    } else if (!sync_folder(path, name)) {
        status = fail_errno(path, errno, error);
    }
    free(name);
    return status;
}

pinna_status pinna_whole_file_replace(const char *path,
                                      const pinna_file_part *parts,
                                      size_t n_parts, pinna_error *error)
{
    struct stat info;

    if (stat(path, &info))
        return replace(path, parts, n_parts, error);
    /* A rename would take away /dev/null, or a link instead of its file. */
    if (!S_ISREG(info.st_mode))
        return pinna_fail(error, PINNA_IO, "%s: not a regular file", path);
    char *target = realpath(path, NULL);
    if (!target)
        return fail_errno(path, errno, error);
    const pinna_status status = replace(target, parts, n_parts, error);
    free(target);
    return status;
}

void pinna_whole_file_clean(const char *path)
{
    char name[PATH_MAX + 32];

    for (int i = 0; strlen(path) < PATH_MAX && i < N_NAMES; i++) {
        name_temporary(path, i, name, sizeof name);
        (void)unlink(name);
    }
}
