#include "rnn/kernels.h"

#include "rnn/kernels_sets.h"

#include <stdbool.h>
#include <string.h>

/* Best first. */
static const pinna_kernels *const all_sets[] = {
#ifdef PINNA_X86_KERNELS
    &pinna_kernels_avx512,
    &pinna_kernels_avx2,
#endif
    &pinna_kernels_c,
};
#define N_SETS (sizeof all_sets / sizeof *all_sets)

static bool runs_here(const pinna_kernels *set)
{
#ifdef PINNA_X86_KERNELS
    if (set == &pinna_kernels_avx512)
        return __builtin_cpu_supports("avx512f") != 0;
    if (set == &pinna_kernels_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return set == &pinna_kernels_c;
}

const pinna_kernels *pinna_kernels_best(void)
{
    for (size_t i = 0; i < N_SETS; i++)
        if (runs_here(all_sets[i]))
            return all_sets[i];
    return &pinna_kernels_c;
}

const pinna_kernels *pinna_kernels_named(const char *name)
{
    for (size_t i = 0; i < N_SETS; i++)
        if (strcmp(all_sets[i]->name, name) == 0 && runs_here(all_sets[i]))
            return all_sets[i];
    return NULL;
}

size_t pinna_packed_size(size_t n_out, size_t n_in)
{
    return (n_out + PINNA_PANEL - 1) / PINNA_PANEL * PINNA_PANEL * n_in;
}

void pinna_pack(const float *weight, size_t n_out, size_t n_in, float *packed)
{
    memset(packed, 0, pinna_packed_size(n_out, n_in) * sizeof(float));
    for (size_t row = 0; row < n_out; row++) {
        const size_t panel = row / PINNA_PANEL, lane = row % PINNA_PANEL;
        for (size_t i = 0; i < n_in; i++)
            packed[(panel * n_in + i) * PINNA_PANEL + lane] =
                weight[row * n_in + i];
    }
}
