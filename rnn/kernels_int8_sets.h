/* rnn/kernels_int8_sets.h -- the sets of int8 kernels that a build may hold;
 * only kernels_int8.c chooses among them */
#ifndef PINNA_RNN_KERNELS_INT8_SETS_H
#define PINNA_RNN_KERNELS_INT8_SETS_H

#include "rnn/kernels_int8.h"

extern const pinna_int8_kernels pinna_int8_kernels_c;
extern const pinna_int8_kernels pinna_int8_kernels_avx2;
extern const pinna_int8_kernels pinna_int8_kernels_avxvnni;
extern const pinna_int8_kernels pinna_int8_kernels_avx512vnni;

#endif
