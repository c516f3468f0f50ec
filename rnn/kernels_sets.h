/* rnn/kernels_sets.h -- the sets of kernels that a build may hold; only
 * kernels.c chooses among them */
#ifndef PINNA_RNN_KERNELS_SETS_H
#define PINNA_RNN_KERNELS_SETS_H

#include "rnn/kernels.h"

extern const pinna_kernels pinna_kernels_c;
extern const pinna_kernels pinna_kernels_avx2;
extern const pinna_kernels pinna_kernels_avx512;

#endif
