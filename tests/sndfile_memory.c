/* tests/sndfile_memory.c -- lets opening of sound files run out of memory
 * cleanly
 *
 * libsndfile (1.2.0 at least) writes to its header buffer without looking
 * whether it got one. So where a test makes allocations fail, the linker puts
 * these in place of its functions: opening fails as a whole or not at all, and
 * the rest does not fail. */
#include "support.h"

#include <sndfile.h>

#include <stdlib.h>

SNDFILE *__real_sf_open_fd(int fd, int mode, SF_INFO *info, int close_fd);
SNDFILE *__real_sf_open_virtual(SF_VIRTUAL_IO *doors, int mode, SF_INFO *info,
                                void *user);
int __real_sf_close(SNDFILE *file);
sf_count_t __real_sf_writef_int(SNDFILE *file, const int *samples,
                                sf_count_t n);
sf_count_t __real_sf_readf_float(SNDFILE *file, float *samples, sf_count_t n);

SNDFILE *__wrap_sf_open_fd(int fd, int mode, SF_INFO *info, int close_fd);
SNDFILE *__wrap_sf_open_virtual(SF_VIRTUAL_IO *doors, int mode, SF_INFO *info,
                                void *user);
int __wrap_sf_close(SNDFILE *file);
sf_count_t __wrap_sf_writef_int(SNDFILE *file, const int *samples,
                                sf_count_t n);
sf_count_t __wrap_sf_readf_float(SNDFILE *file, float *samples, sf_count_t n);

static int fails(void)
{
    void *first = malloc(1);
    free(first);
    return !first;
}

SNDFILE *__wrap_sf_open_fd(int fd, int mode, SF_INFO *info, int close_fd)
{
    if (fails())
        return NULL;
    const size_t n_left = support_hold_failures();
    SNDFILE *file = __real_sf_open_fd(fd, mode, info, close_fd);
    support_release_failures(n_left);
    return file;
}

SNDFILE *__wrap_sf_open_virtual(SF_VIRTUAL_IO *doors, int mode, SF_INFO *info,
                                void *user)
{
    if (fails())
        return NULL;
    const size_t n_left = support_hold_failures();
    SNDFILE *file = __real_sf_open_virtual(doors, mode, info, user);
    support_release_failures(n_left);
    return file;
}

int __wrap_sf_close(SNDFILE *file)
{
    const size_t n_left = support_hold_failures();
    const int code = __real_sf_close(file);
    support_release_failures(n_left);
    return code;
}

sf_count_t __wrap_sf_writef_int(SNDFILE *file, const int *samples, sf_count_t n)
{
    const size_t n_left = support_hold_failures();
    const sf_count_t count = __real_sf_writef_int(file, samples, n);
    support_release_failures(n_left);
    return count;
}

sf_count_t __wrap_sf_readf_float(SNDFILE *file, float *samples, sf_count_t n)
{
    const size_t n_left = support_hold_failures();
    const sf_count_t count = __real_sf_readf_float(file, samples, n);
    support_release_failures(n_left);
    return count;
}
