#include "tools/run_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the path still leads to the file: another run may have taken it away
 * between open() and flock(). */
static bool is_still_there(const pinna_run_lock *lock)
{
    struct stat at_path, held;

    return stat(lock->path, &at_path) == 0 && fstat(lock->file, &held) == 0 &&
           at_path.st_dev == held.st_dev && at_path.st_ino == held.st_ino;
}

pinna_status pinna_run_lock_take(const char *output, pinna_run_lock *lock,
                                 pinna_error *error)
{
    lock->file = -1;
    if ((size_t)snprintf(lock->path, sizeof lock->path, "%s.lock", output) >=
        sizeof lock->path)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: the name is too long",
                          output);
    for (;;) {
        lock->file = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (lock->file < 0)
            return pinna_fail(error, PINNA_IO, "%s: %s", lock->path,
                              strerror(errno));
        if (flock(lock->file, LOCK_EX | LOCK_NB) != 0) {
            const int cause = errno;
            (void)close(lock->file);
            lock->file = -1;
            if (cause == EWOULDBLOCK)
                return pinna_fail(error, PINNA_BAD_ARG,
                                  "%s: another run is writing it (%s is "
                                  "locked)",
                                  output, lock->path);
            return pinna_fail(error, PINNA_IO, "%s: cannot lock: %s",
                              lock->path, strerror(cause));
        }
        if (is_still_there(lock))
            return PINNA_OK;
        (void)close(lock->file);
    }
}

void pinna_run_lock_release(pinna_run_lock *lock)
{
    if (lock->file < 0)
        return;
    (void)unlink(lock->path); /* while it is still ours */
    (void)close(lock->file);
    lock->file = -1;
}
