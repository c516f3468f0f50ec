/* tests/support.h -- what every test of pinna includes
 *
 * The test programs replace malloc and kin, so that allocations inside
 * libraries are counted and can be made to fail too. */
#ifndef PINNA_TESTS_SUPPORT_H
#define PINNA_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dsp/status.h"

/* |got - want| <= tolerance, and neither is NaN or infinite (cmocka 1.1.5's
 * own float check lets those pass). Prints both when it fails. */
#define assert_close(got, want, tolerance)                                     \
    support_assert_close((got), (want), (tolerance), #got, __FILE__, __LINE__)

void support_assert_close(double got, double want, double tolerance,
                          const char *what, const char *file, int line);

/* Every element within atol + rtol * |want|; names the first that is not. */
#define assert_all_close(got, want, n, atol, rtol)                             \
    support_assert_all_close((got), (want), (n), (atol), (rtol), #got,         \
                             __FILE__, __LINE__)

void support_assert_all_close(const float *got, const float *want, size_t n,
                              double atol, double rtol, const char *what,
                              const char *file, int line);

/* Allocations (malloc, calloc, realloc, posix_memalign, aligned_alloc) of this
 * process since the last call of support_count_allocations(). Always 0 under a
 * sanitizer, which has an allocator of its own. */
void support_count_allocations(void);
size_t support_allocations(void);

/* Only those that the program's own code asked for, not the libraries it calls:
 * for training, where OpenBLAS may allocate (its small products do for some
 * CPUs). */
size_t support_own_allocations(void);

/* The n-th allocation from now (1 is the next) and only that returns NULL;
 * 0 switches this off. support_alloc_failed() tells whether it came to that,
 * so that a test can loop until n is past the last allocation. Under a
 * sanitizer nothing fails. */
void support_fail_allocation(size_t n);
int support_alloc_failed(void);

/* Let nothing fail between the two calls; release takes what hold gave. For
 * libraries that do not survive it. */
size_t support_hold_failures(void);
void support_release_failures(size_t n_left);

/* Call make(), which makes and frees an object and gives the status, once with
 * every allocation in it failing: it must give PINNA_NO_MEMORY each time, and
 * PINNA_OK when none fails, and leave nothing allocated. */
void support_survives_no_memory(pinna_status (*make)(void));

/* The path of a file in tests/reference/, the numbers that every clone has
 * ("dsp.safetensors"). Static string, valid until the fourth next call. */
const char *support_fixture(const char *name);

/* The path of a file below the folder of reference numbers
 * ("rnn/gru_1layer.safetensors"), or NULL when there is no such file:
 * $PINNA_SHARED/reference, else ../shared/reference beside the source tree. The
 * string is static. Likewise for recordings, below data/. */
const char *support_reference(const char *name);
const char *support_data(const char *name);

/* A folder of its own for this test program, made on first use, with an empty
 * file system below it; the path of `name` inside it (static string, valid
 * until the fourth next call). Removed at exit. */
const char *support_temp(const char *name);

/* A deterministic test signal [n]: two tones, a chirp and noise, within
 * +-0.9. */
void support_signal(float *samples, size_t n, double sample_rate);

#endif
