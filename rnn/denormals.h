/* rnn/denormals.h -- flush denormal numbers to zero while a stream is
 * processed
 *
 * A GRU fed with silence decays into denormals, which cost a hundred times as
 * much. The caller's mode is restored, since hosts rely on theirs. */
#ifndef PINNA_RNN_DENORMALS_H
#define PINNA_RNN_DENORMALS_H

#include <stdint.h>

#if defined(__SSE2__)
#include <immintrin.h>

static inline uint64_t pinna_flush_denormals(void)
{
    const unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040u); /* FTZ and DAZ */
    return mode;
}

static inline void pinna_restore_denormals(uint64_t mode)
{
    _mm_setcsr((unsigned)mode);
}

#elif defined(__aarch64__)

static inline uint64_t pinna_flush_denormals(void)
{
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | (UINT64_C(1) << 24)));
    return mode;
}

static inline void pinna_restore_denormals(uint64_t mode)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
}

#else

static inline uint64_t pinna_flush_denormals(void)
{
    return 0;
}

static inline void pinna_restore_denormals(uint64_t mode)
{
    (void)mode;
}

#endif

#endif
