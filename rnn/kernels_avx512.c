/* rnn/kernels_avx512.c -- the kernels for CPUs with AVX-512F */
#include "rnn/kernels_sets.h"

#define KERNELS_NAME   "avx512"
#define KERNELS_SYMBOL pinna_kernels_avx512
#define KERNELS_WIDTH  16
#include "rnn/kernels_body.h"
