#include "rnn/kernels_int8.h"

#include "rnn/kernels_int8_sets.h"

#include <stdbool.h>
#include <string.h>
#ifdef PINNA_X86_KERNELS
#include <cpuid.h>
#endif

#define PANEL PINNA_INT8_PANEL

/* Best first. */
static const pinna_int8_kernels *const all_sets[] = {
#ifdef PINNA_X86_KERNELS
    &pinna_int8_kernels_avx512vnni,
    &pinna_int8_kernels_avxvnni,
    &pinna_int8_kernels_avx2,
#endif
    &pinna_int8_kernels_c,
};
#define N_SETS (sizeof all_sets / sizeof *all_sets)

#ifdef PINNA_X86_KERNELS
/* Clang 14 cannot name it to __builtin_cpu_supports(): leaf 7, subleaf 1, EAX
 * bit 4 (Intel's Software Developer's Manual, CPUID). */
static bool has_avxvnni(void)
{
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) &&
           (eax & (1u << 4)) != 0;
}
#endif

static bool runs_here(const pinna_int8_kernels *set)
{
#ifdef PINNA_X86_KERNELS
    const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
    if (set == &pinna_int8_kernels_avx512vnni)
        return __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512vnni");
    if (set == &pinna_int8_kernels_avxvnni)
        return has_avx2 && has_avxvnni();
    if (set == &pinna_int8_kernels_avx2)
        return has_avx2;
#endif
    return set == &pinna_int8_kernels_c;
}

const pinna_int8_kernels *pinna_int8_kernels_best(void)
{
    for (size_t i = 0; i < N_SETS; i++)
        if (runs_here(all_sets[i]))
            return all_sets[i];
    return &pinna_int8_kernels_c;
}

const pinna_int8_kernels *pinna_int8_kernels_named(const char *name)
{
    for (size_t i = 0; i < N_SETS; i++)
        if (strcmp(all_sets[i]->name, name) == 0 && runs_here(all_sets[i]))
            return all_sets[i];
    return NULL;
}

void pinna_int8_pack(const int8_t *weight, size_t n_out, size_t n_in,
                     int8_t *packed, int32_t *row_sums)
{
    const size_t n_padded = pinna_int8_padded(n_in);

    memset(packed, 0, pinna_int8_rows(n_out) * n_padded);
    memset(row_sums, 0, pinna_int8_rows(n_out) * sizeof *row_sums);
    for (size_t row = 0; row < n_out; row++) {
        int8_t *panel = packed + row / PANEL * PANEL * n_padded;
        for (size_t i = 0; i < n_in; i++) {
            const int8_t w = weight[row * n_in + i];
            panel[(i / 4 * PANEL + row % PANEL) * 4 + i % 4] = w;
            row_sums[row] += w;
        }
    }
}
