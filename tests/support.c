#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dsp/rng.h"
#include "dsp/status.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
    __has_feature(memory_sanitizer)
#define SANITIZER 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZER)
#define REPLACE_MALLOC 1
#endif

/* Comparisons. */

void support_assert_close(double got, double want, double tolerance,
                          const char *what, const char *file, int line)
{
    /* Written so that NaN fails; an infinite difference does too. */
    if (isfinite(got) && isfinite(want) && fabs(got - want) <= tolerance)
        return;
    print_error("%s is %.9g, not %.9g +- %.3g\n", what, got, want, tolerance);
    _fail(file, line);
}

void support_assert_all_close(const float *got, const float *want, size_t n,
                              double atol, double rtol, const char *what,
                              const char *file, int line)
{
    for (size_t i = 0; i < n; i++) {
        const double tolerance = atol + rtol * fabs((double)want[i]);
        const double difference = fabs((double)got[i] - (double)want[i]);
        if (isfinite(got[i]) && isfinite(want[i]) && difference <= tolerance)
            continue;
        print_error("%s[%zu of %zu] is %.9g, not %.9g +- %.3g\n", what, i, n,
                    (double)got[i], (double)want[i], tolerance);
        _fail(file, line);
    }
}

/* Allocations. Atomic, for the tests that start threads. */

static atomic_size_t n_allocations;
static atomic_size_t n_own_allocations; /* asked for by this program itself */
static atomic_size_t n_live;            /* allocated and not yet freed */
static atomic_size_t n_until_failure;   /* 0: none is to fail */
static atomic_bool has_failed;

void support_count_allocations(void)
{
    atomic_store(&n_allocations, 0);
    atomic_store(&n_own_allocations, 0);
}

size_t support_allocations(void)
{
    return atomic_load(&n_allocations);
}

size_t support_own_allocations(void)
{
    return atomic_load(&n_own_allocations);
}

void support_fail_allocation(size_t n)
{
    atomic_store(&has_failed, false);
    atomic_store(&n_until_failure, n);
}

int support_alloc_failed(void)
{
    return atomic_load(&has_failed);
}

size_t support_hold_failures(void)
{
    return atomic_exchange(&n_until_failure, 0);
}

void support_release_failures(size_t n_left)
{
    atomic_store(&n_until_failure, n_left);
}

void support_survives_no_memory(pinna_status (*make)(void))
{
    /* The first call may fill caches of libraries. */
    assert_int_equal(make(), PINNA_OK);

    for (size_t n = 1;; n++) {
        const size_t n_live_before = atomic_load(&n_live);
        support_fail_allocation(n);
        const pinna_status status = make();
        const bool failed = support_alloc_failed();
        support_fail_allocation(0);

        assert_int_equal(status, failed ? PINNA_NO_MEMORY : PINNA_OK);
        assert_int_equal(atomic_load(&n_live), n_live_before);
        if (!failed)
            return;
    }
}

#ifdef REPLACE_MALLOC

/* glibc's own, under the names it exports for this purpose. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *pointer);

/* Seen by the libraries too, although we are built with hidden symbols. */
#define EXPORTED __attribute__((visibility("default")))

/* Where this program's own code lies, by GNU ld and lld. */
extern char __executable_start, etext;

/* Count one allocation, asked for from the code at caller, and tell whether it
 * has to fail. */
static bool must_fail(const void *caller)
{
    const uintptr_t at = (uintptr_t)caller;
    atomic_fetch_add(&n_allocations, 1);
    if (at >= (uintptr_t)&__executable_start && at < (uintptr_t)&etext)
        atomic_fetch_add(&n_own_allocations, 1);

    size_t n = atomic_load(&n_until_failure);
    while (n > 0)
        if (atomic_compare_exchange_weak(&n_until_failure, &n, n - 1))
            break;
    if (n != 1)
        return false;
    atomic_store(&has_failed, true);
    errno = ENOMEM;
    return true;
}

static void *counted(void *pointer)
{
    if (pointer)
        atomic_fetch_add(&n_live, 1);
    return pointer;
}

#define CALLER __builtin_return_address(0)

EXPORTED void *malloc(size_t size)
{
    return must_fail(CALLER) ? NULL : counted(__libc_malloc(size));
}

EXPORTED void *calloc(size_t n, size_t size)
{
    return must_fail(CALLER) ? NULL : counted(__libc_calloc(n, size));
}

EXPORTED void *realloc(void *pointer, size_t size)
{
    if (!pointer)
        return must_fail(CALLER) ? NULL : counted(__libc_malloc(size));
    if (size == 0) {
        free(pointer);
        return NULL;
    }
    return must_fail(CALLER) ? NULL : __libc_realloc(pointer, size);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
    return must_fail(CALLER) ? NULL : counted(__libc_memalign(alignment, size));
}

EXPORTED int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 ||
        alignment == 0)
        return EINVAL;
    void *pointer =
        must_fail(CALLER) ? NULL : counted(__libc_memalign(alignment, size));
    if (!pointer)
        return ENOMEM;
    *out = pointer;
    return 0;
}

EXPORTED void free(void *pointer)
{
    if (pointer)
        atomic_fetch_sub(&n_live, 1);
    __libc_free(pointer);
}

#endif

/* Files. */

enum { N_PATHS = 4, PATH_SIZE = 1024 };

/* The next of N_PATHS static buffers, filled with folder/name. */
static const char *join(const char *folder, const char *name)
{
    static char paths[N_PATHS][PATH_SIZE];
    static size_t next;

    char *path = paths[next++ % N_PATHS];
    const int length = snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    if (length < 0 || length >= PATH_SIZE)
        fail_msg("path too long: %s/%s", folder, name);
    return path;
}

const char *support_fixture(const char *name)
{
    return join(PINNA_SOURCE_DIR "/tests/reference", name);
}

static const char *shared_file(const char *folder, const char *name)
{
    const char *shared = getenv("PINNA_SHARED");
    if (!shared || !*shared)
        shared = PINNA_SOURCE_DIR "/../shared";
    char root[PATH_SIZE];
    snprintf(root, sizeof root, "%s/%s", shared, folder);
    const char *path = join(root, name);
    return access(path, R_OK) == 0 ? path : NULL;
}

const char *support_reference(const char *name)
{
    return shared_file("reference", name);
}

const char *support_data(const char *name)
{
    return shared_file("data", name);
}

static char temp_folder[PATH_SIZE];
static pid_t temp_owner;

static void remove_tree(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return;
    if (!S_ISDIR(info.st_mode)) {
        unlink(path);
        return;
    }

    DIR *folder = opendir(path);
    if (folder) {
        for (struct dirent *entry; (entry = readdir(folder));) {
            if (strcmp(entry->d_name, ".") == 0 ||
                strcmp(entry->d_name, "..") == 0)
                continue;
            char inner[2 * PATH_SIZE];
            const int length =
                snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            if (length > 0 && (size_t)length < sizeof inner)
                remove_tree(inner);
        }
        closedir(folder);
    }
    rmdir(path);
}

/* Only in the process that made it: forked children leave by exit too. */
static void remove_temp(void)
{
    if (temp_folder[0] && temp_owner == getpid())
        remove_tree(temp_folder);
}

const char *support_temp(const char *name)
{
    if (!temp_folder[0]) {
        const char *root = getenv("TMPDIR");
        snprintf(temp_folder, sizeof temp_folder, "%s/pinna-test-XXXXXX",
                 root && *root ? root : "/tmp");
        if (!mkdtemp(temp_folder)) {
            temp_folder[0] = '\0';
            fail_msg("no temporary folder: %s", strerror(errno));
        }
        temp_owner = getpid();
        atexit(remove_temp);
    }
    return join(temp_folder, name);
}

/* Signals. */

void support_signal(float *samples, size_t n, double sample_rate)
{
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);

    for (size_t i = 0; i < n; i++) {
        const double t = (double)i / sample_rate;
        /* 100 Hz upwards by 3000 Hz per second, folding at Nyquist. */
        const double chirp = sin(2.0 * PINNA_PI * (100.0 * t + 1500.0 * t * t));
        const double tones = sin(2.0 * PINNA_PI * 440.0 * t) +
                             sin(2.0 * PINNA_PI * 1234.5 * t + 1.0);
        const double noise = pinna_rng_uniform(&rng, -1.0, 1.0);
        samples[i] = (float)(0.2 * tones + 0.3 * chirp + 0.2 * noise);
    }
}
